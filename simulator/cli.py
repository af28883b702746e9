"""The command line: `simulator run`, `simulator validate`, `simulator up`.

Commands are imported when they are used, so that `run` does not wait for web3 and the HTTP stack,
and `--help` for neither.
"""

import errno
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from simulator.errors import ConfigurationError
from simulator.scenario import MAX_SEED, MIN_SEED

if TYPE_CHECKING:
    from simulator.scenario.runner import RunReport
    from simulator.scenario.schema import Scenario

EXIT_FAILED = 1
EXIT_INVALID = 2
EXIT_INTERRUPTED = 130

COMMANDS = {
    "run": ("simulator.cli:run", "Run scenario files."),
    "up": ("simulator.up:up", "Start nodes with Raiden's REST API on ports."),
    "validate": ("simulator.cli:validate", "Check scenario files without running them."),
}
"""Where each command is, and what it does."""


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return sorted(COMMANDS)

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command."""
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name][0].split(":")
        command: click.Command = getattr(import_module(module), name)
        return command

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in sorted(COMMANDS.items())])


def _print_version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        from simulator import __version__  # noqa: PLC0415 - reads the package's metadata

        print(f"simulator {__version__}")
        ctx.exit()


@click.group(cls=LazyGroup)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Show the version.",
)
def cli() -> None:
    """Simulate a local testnet of Raiden payment channels."""


def _check_seed(_: click.Context, __: click.Parameter, seed: int | None) -> int | None:
    if seed is not None and not MIN_SEED <= seed <= MAX_SEED:
        raise click.BadParameter(f"{seed} is not within {MIN_SEED} to {MAX_SEED}.")
    return seed


# -- commands ----------------------------------------------------------------------------


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path())
@click.option(
    "--seed",
    metavar="N",
    type=int,
    callback=_check_seed,
    help="Decides keys, addresses and all random choices. Default: the file's, or 0.",
)
@click.option(
    "--report",
    "directory",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Write report.json, network.graphml and timings.json into DIR; "
    "with several files, into a folder of DIR for each.",
)
def run(files: tuple[str, ...], seed: int | None, directory: Path | None) -> None:
    """Run scenario files.

    The exit code is 0 when all scenarios pass, 1 when one fails, and 2 when a file is invalid
    (the others run all the same) or the command line is wrong.
    """
    folders = _report_folders(files, directory)
    scenarios = [_load(file) for file in files]
    reports: list[RunReport] = []
    for scenario, folder in zip(scenarios, folders, strict=True):
        if scenario is not None:
            reports.append(_run_one(scenario, seed, folder))
            print()
    failed = sum(not report.passed for report in reports)
    invalid = len(files) - len(reports)
    if len(files) > 1:
        print(f"{len(reports) - failed} passed, {failed} failed, {invalid} invalid")
    _exit(EXIT_INVALID if invalid else EXIT_FAILED if failed else 0)


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path())
def validate(files: tuple[str, ...]) -> None:
    """Check scenario files without running them; the exit code is 2 when one is invalid."""
    scenarios = [_load(file) for file in files]
    for scenario in scenarios:
        if scenario is not None:
            nodes = len(scenario.dialects)
            print(f"{scenario.file}: valid, {nodes} nodes, {scenario.size} tasks")
    _exit(0 if all(scenarios) else EXIT_INVALID)


def _exit(code: int) -> None:
    click.get_current_context().exit(code)


def _load(file: str) -> "Scenario | None":
    """Read a file; say what is wrong with it."""
    from simulator.scenario.schema import load  # noqa: PLC0415 - not for --help

    try:
        return load(Path(file))
    except ConfigurationError as error:
        print(error, file=sys.stderr)
        return None


def _run_one(scenario: "Scenario", seed: int | None, folder: Path | None) -> "RunReport":
    from simulator.scenario import console, runner  # noqa: PLC0415 - not for --help

    with console.watch(scenario, scenario.seed if seed is None else seed) as progress:
        report = runner.run(scenario, seed, progress)
    console.summary(report)
    if folder is not None:
        from simulator.scenario.report import write  # noqa: PLC0415

        write(report, folder)
        print(f"report in {folder}")
    return report


def _report_folders(files: Sequence[str], directory: Path | None) -> list[Path | None]:
    """Choose and prepare a folder for each file's report."""
    if directory is None:
        return [None] * len(files)
    from simulator.scenario.report import prepare  # noqa: PLC0415 - not for --help

    if len(files) == 1:
        folders = [directory]
    else:
        folders = []
        for file in files:
            stem, number = Path(file).stem, 1
            folder = directory / stem
            while folder in folders:
                number += 1
                folder = directory / f"{stem}-{number}"
            folders.append(folder)
    for folder in folders:
        prepare(folder)
    return list(folders)


# -- entry point -------------------------------------------------------------------------


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit; errors are one line on the standard error."""
    try:
        code: Any = cli.main(arguments, prog_name="simulator", standalone_mode=False)
        sys.stdout.flush()
    except (KeyboardInterrupt, click.Abort):
        _fail("interrupted", EXIT_INTERRUPTED)
    except click.exceptions.NoArgsIsHelpError as error:
        print(error.format_message(), file=sys.stderr)
        sys.exit(EXIT_INVALID)
    except click.UsageError as error:
        hint = f" (see {error.ctx.command_path} --help)" if error.ctx else ""
        _fail(error.format_message() + hint, EXIT_INVALID)
    except click.ClickException as error:
        _fail(error.format_message(), EXIT_INVALID)
    except ConfigurationError as error:
        _fail(str(error), EXIT_INVALID)
    except OSError as error:
        # nothing more can be written, not even by the interpreter at its end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if error.errno == errno.EPIPE:  # the reader has had enough
            sys.exit(EXIT_FAILED)
        _fail(str(error), EXIT_FAILED)
    sys.exit(code)


def _fail(message: str, code: int) -> None:
    print(f"simulator: {message}", file=sys.stderr)
    sys.exit(code)
