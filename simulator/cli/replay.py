"""The command `simulator replay`."""

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from simulator.cli.exits import EXIT_FAILED
from simulator.cli.options import AllowCode
from simulator.system.terminal import say

if TYPE_CHECKING:
    from simulator.suite.console import Lines


@click.command()
@click.argument("manifest", type=click.Path(path_type=Path))
@click.option(
    "--file",
    metavar="PATH",
    type=click.Path(path_type=Path),
    help="Where the scenario file is by now. Default: where the manifest says, or beside it.",
)
@click.option("-v", "--verbose", is_flag=True, help="Show every event of the run, too.")
@AllowCode
def replay(manifest: Path, file: Path | None, verbose: bool, allow_code: bool) -> None:
    """Run again what `run --report` left a MANIFEST of; the folder will do.

    The exit code is 0 when everything happens again, 1 when something differs, and 2 when the
    manifest cannot be used. What differs is shown, and whether the program, the file or the seed is
    another one than then.
    """
    from simulator.replay.again import replay as again  # noqa: PLC0415 - not for --help

    done = again(manifest, file, allow_code=allow_code, progress=_shown(verbose=verbose))
    for note in done.notes:
        say(f"note: {note}")
    if done.equal:
        print(f"equal: {done.events} events, digest {done.report.digest}")
        return
    for line in done.shown:
        say(line)
    say(done.cause)
    if not verbose:
        words = ["simulator", "replay", str(manifest), *(["--file", str(file)] if file else [])]
        words += ["--allow-code"] * allow_code
        say(f"next: `{shlex.join([*words, '--verbose'])}` shows every event")
    click.get_current_context().exit(EXIT_FAILED)


def _shown(*, verbose: bool) -> "Lines | None":
    """Return what shows tasks and events as `run --verbose` does; None: nobody asks for it."""
    if not verbose:
        return None
    from simulator.suite.console import Lines  # noqa: PLC0415 - not for --help

    return Lines(sys.stdout, hears_events=True)
