"""The command `simulator replay`."""

from pathlib import Path

import click

from simulator.cli.exits import EXIT_FAILED
from simulator.cli.options import AllowCode
from simulator.system.terminal import say


@click.command()
@click.argument("manifest", type=click.Path(path_type=Path))
@click.option(
    "--file",
    metavar="PATH",
    type=click.Path(path_type=Path),
    help="Where the scenario file is by now. Default: where the manifest says, or beside it.",
)
@AllowCode
def replay(manifest: Path, file: Path | None, allow_code: bool) -> None:
    """Run again what `run --report` left a MANIFEST of; the folder will do.

    The exit code is 0 when everything happens again, 1 when something differs, and 2 when the
    manifest cannot be used. What differs is shown, and whether the program, the file or the seed is
    another one than then.
    """
    from simulator.scenario.run.replay import replay as again  # noqa: PLC0415 - not for --help

    done = again(manifest, file, allow_code=allow_code)
    for note in done.notes:
        say(f"note: {note}")
    if done.equal:
        print(f"equal: {done.events} events, digest {done.report.digest}")
        return
    for line in done.shown:
        say(line)
    say(done.cause)
    say(f"next: `{done.command}` shows every event")
    click.get_current_context().exit(EXIT_FAILED)
