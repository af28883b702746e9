"""Which runs of scenario files are meant, on the command line: sets of parameters, and tags."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from simulator.system.terminal import say

if TYPE_CHECKING:
    from simulator.forms.conditions import Wanted
    from simulator.forms.parameters import Parameters, Value

    Run = tuple[str, Parameters]


def chosen_runs(
    files: list[str], variables: "dict[str, Value]", sets: tuple[str, ...]
) -> "list[Run]":
    """Return files with what their templates are given, file by file and set by set.

    Raises:
        click.UsageError: no file has one of the sets.
        ScenarioInvalid: nobody can tell which sets a file has.
    """
    from simulator.scenario.language.source import read_sets, runs_of  # noqa: PLC0415

    runs = [(file, parameters) for file in files for parameters in runs_of(file, variables)]
    known = {parameters.name for _, parameters in runs}
    for name in sets:
        if name not in known - {""}:
            for file in files:
                read_sets(Path(file))  # which says why nobody knows the sets of a file
            there = ", ".join(sorted(known - {""})) or "none"
            message = f"no file has a set of parameters {name!r}: there are {there}."
            raise click.BadParameter(message, param_hint="--parameters")
    return [(file, chosen) for file, chosen in runs if not sets or chosen.name in sets]


def with_tags(runs: "list[Run]", wanted: "Sequence[Wanted]") -> "list[Run]":
    """Return the runs that all of the tags choose, and those of which nobody can tell.

    What is wrong with a file must not pass unnoticed because nobody can read its tags.
    """
    if not wanted:
        return runs
    from simulator.scenario.language.source import conditions_of  # noqa: PLC0415 - not for --help

    found = [conditions_of(file, parameters) for file, parameters in runs]
    there = sorted({tag for one in found if one is not None for tag in one.tags})
    chosen = [
        run
        for run, conditions in zip(runs, found, strict=True)
        if conditions is None or all(one.takes(conditions) for one in wanted)
    ]
    unknown = [one.tag for one in wanted if one.is_wanted and one.tag not in there]
    if unknown:
        message = f"no file has the tag {unknown[0]}: there are {', '.join(there) or 'none'}."
        raise click.BadParameter(message, param_hint="--tag")
    if not chosen:
        raise click.BadParameter("all files are left out by these tags.", param_hint="--tag")
    return chosen


def collected(patterns: tuple[str, ...]) -> list[str]:
    """Return the files that are meant; name those that might have been."""
    from simulator.scenario.language.collection import collect  # noqa: PLC0415 - not for --help

    found = collect(patterns)
    for file in found.passed_over:
        say(f"note: {file} looks like a scenario and is not among the files", sys.stderr)
    return list(found.files)
