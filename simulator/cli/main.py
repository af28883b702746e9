"""The command line: `simulator run`, `replay`, `validate`, `schema`, `study` and `up`.

Commands are imported when they are used, so that `run` does not wait for web3 and the HTTP stack,
and `--help` for neither.
"""

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn

import click

from simulator.cli.exits import EXIT_FAILED, EXIT_INVALID
from simulator.system.loading import EXIT_INTERRUPTED, Loading
from simulator.system.terminal import open_outlets, say
from simulator.words.errors import ConfigurationError

SOURCES_LENGTH = 12

COMMANDS = {
    "replay": (
        "simulator.cli.replay:replay",
        "Run again what `run --report` recorded, and compare.",
    ),
    "run": ("simulator.cli.run:run", "Run scenario files."),
    "schema": ("simulator.cli.schema:schema", "Print the JSON Schema of scenario files."),
    "study": (
        "simulator.cli.study:study",
        "Answer a question with many runs.",
    ),
    "up": ("simulator.cli.up:up", "Start nodes with Raiden's REST API on ports."),
    "validate": (
        "simulator.cli.validate:validate",
        "Check scenario files without running them.",
    ),
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
        with Loading():
            command: click.Command = getattr(import_module(module), name)
        return command

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in sorted(COMMANDS.items())])


def _print_version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        from simulator.system import program  # noqa: PLC0415 - reads the package's metadata

        sources = program.sources()[:SOURCES_LENGTH]
        print(f"simulator {program.version()}, commit {program.commit()}, sources {sources}")
        ctx.exit()


@click.group(cls=LazyGroup)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Show the version, the commit, and the beginning of a hash over the sources.",
)
def cli() -> None:
    """Simulate a local testnet of Raiden payment channels."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit; errors are one line on the standard error.

    What the standard output does not take is lost, and nothing else. A command whose answer is its
    exit code has told it; for the others, the text was the answer.
    """
    outlet = open_outlets()
    try:
        code: int | None = cli.main(arguments, prog_name="simulator", standalone_mode=False)
        sys.stdout.flush()
    except (KeyboardInterrupt, click.Abort):
        _fail("interrupted", EXIT_INTERRUPTED)
    except click.exceptions.NoArgsIsHelpError as error:
        say(error.format_message(), sys.stderr)
        sys.exit(EXIT_INVALID)
    except click.UsageError as error:
        hint = f" (see {error.ctx.command_path} --help)" if error.ctx else ""
        _fail(error.format_message() + hint, EXIT_INVALID)
    except click.ClickException as error:
        _fail(error.format_message(), EXIT_INVALID)
    except ConfigurationError as error:
        _fail(str(error), EXIT_INVALID)
    except OSError as error:
        _fail(str(error), EXIT_FAILED)
    if outlet is not None and outlet.error is not None:
        code = EXIT_FAILED if code is None else code
        if outlet.loss:
            _fail(f"not all could be shown: {outlet.loss}", code)
    sys.exit(code)


def _fail(message: str, code: int) -> NoReturn:
    say(f"simulator: {message}", sys.stderr)
    sys.exit(code)
