"""The command `simulator validate`: once, or again and again while files are written."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from simulator.cli.exits import EXIT_INVALID
from simulator.cli.options import AllowCode, Files, Set, Sets
from simulator.cli.selection import chosen_runs, collected
from simulator.system.terminal import say
from simulator.words.errors import ConfigurationError

if TYPE_CHECKING:
    from simulator.forms.parameters import Parameters, Value
    from simulator.scenario.language.scenario import Scenario
    from simulator.suite.watching import Watch

    Loaded = Scenario | ConfigurationError


@click.command()
@Files
@Set
@Sets
@AllowCode
@click.option(
    "--watch",
    is_flag=True,
    help="Check again whenever a file changes, or a graph that it names, until Ctrl-C.",
)
def validate(
    files: tuple[str, ...],
    variables: "dict[str, Value]",
    sets: tuple[str, ...],
    allow_code: bool,
    watch: bool,
) -> None:
    """Check scenario files without running them; the exit code is 2 when one is invalid.

    With --watch the exit code says it of the last check.
    """
    found = collected(files)
    if watch:
        code = _validate_until_interrupted(files, variables, sets, allow_code)
    else:
        loaded = _load(chosen_runs(found, variables, sets), allow_code)
        _say_errors(loaded)
        for scenario in loaded:
            if not isinstance(scenario, ConfigurationError):
                name, nodes = scenario.file + scenario.parameters.mark, len(scenario.dialects)
                say(f"{name}: valid, {nodes} nodes, {scenario.size} tasks")
                _say_notes(scenario)
        code = _exit_code(loaded)
    click.get_current_context().exit(code)


def _validate_until_interrupted(
    patterns: tuple[str, ...],
    variables: "dict[str, Value]",
    sets: tuple[str, ...],
    allow_code: bool,
) -> int:
    """Check again and again; return the exit code of the last check."""
    from simulator.scenario.run.interrupts import Interrupts  # noqa: PLC0415 - not for --help
    from simulator.suite.watching import Watch, told  # noqa: PLC0415

    interrupts, watch, code = Interrupts(), Watch(patterns), None
    with interrupts.remembered():
        try:
            while True:
                with interrupts.at_once():
                    if code is not None:
                        watch.wait()
                    loaded = _round(watch, variables, sets, allow_code, is_first=code is None)
                _say_errors(loaded)
                for scenario in loaded:
                    if not isinstance(scenario, ConfigurationError):
                        _say_notes(scenario)
                say(told(loaded))
                code = _exit_code(loaded)
        except KeyboardInterrupt:
            if code is None:
                raise
            return code


def _round(
    watch: "Watch",
    variables: "dict[str, Value]",
    sets: tuple[str, ...],
    allow_code: bool,
    *,
    is_first: bool,
) -> "list[Loaded]":
    """Check once.

    What makes a call wrong may come and go while files are written, so later it is only shown.
    """
    try:
        with watch.round() as found:
            return _load(chosen_runs(found, variables, sets), allow_code)
    except (ConfigurationError, click.UsageError) as error:
        if is_first:
            raise
        reason = error.format_message() if isinstance(error, click.UsageError) else str(error)
        return [ConfigurationError(f"simulator: {reason}")]


def _load(runs: "list[tuple[str, Parameters]]", allow_code: bool) -> "list[Loaded]":
    """Read files, each to a scenario or to what is wrong with it."""
    from simulator.scenario.language.scenario import load  # noqa: PLC0415 - not for --help

    loaded: list[Loaded] = []
    for file, parameters in runs:
        try:
            loaded.append(load(Path(file), parameters, allow_code=allow_code))
        except ConfigurationError as error:
            loaded.append(error)
    return loaded


def _say_errors(loaded: "Sequence[Loaded]") -> None:
    for one in loaded:
        if isinstance(one, ConfigurationError):
            say(str(one), sys.stderr)


def _say_notes(scenario: "Scenario") -> None:
    for note in scenario.notes:
        say(f"note: {note}")


def _exit_code(loaded: "Sequence[Loaded]") -> int:
    return EXIT_INVALID if any(isinstance(one, ConfigurationError) for one in loaded) else 0
