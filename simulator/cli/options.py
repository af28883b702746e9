"""Options that commands about scenario files have in common."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from simulator.kernel.rng import MAX_SEED, MIN_SEED
from simulator.words.errors import ConfigurationError
from simulator.words.options import Check, is_remote

if TYPE_CHECKING:
    from simulator.forms.conditions import Wanted
    from simulator.forms.parameters import Value


def check_seed(_: click.Context, __: click.Parameter, seed: int | None) -> int | None:
    """Return a seed, if it is one."""
    if seed is not None and not MIN_SEED <= seed <= MAX_SEED:
        raise click.BadParameter(f"{seed} is not within {MIN_SEED} to {MAX_SEED}.")
    return seed


def parse_seeds(_: click.Context, __: click.Parameter, text: str | None) -> tuple[int, ...] | None:
    """Return the seeds that a text names."""
    if text is None:
        return None
    from simulator.suite.seeds import parse  # noqa: PLC0415 - not for --help

    try:
        return parse(text)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


def _parse_variables(
    _: click.Context, __: click.Parameter, texts: tuple[str, ...]
) -> "dict[str, Value]":
    if not texts:
        return {}
    from simulator.forms.parameters import problems_of  # noqa: PLC0415 - not for --help
    from simulator.scenario.language.source import read_value  # noqa: PLC0415

    variables: dict[str, Any] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            raise click.BadParameter(f"{text!r} is not NAME=VALUE.")
        if name in variables:
            raise click.BadParameter(f"{name} is given twice.")
        variables[name] = read_value(value)
    for name, reason in problems_of(variables):
        raise click.BadParameter(f"{name}: {reason}." if name else f"{reason}.")
    return variables


def _parse_tags(
    _: click.Context, __: click.Parameter, texts: tuple[str, ...]
) -> "tuple[Wanted, ...]":
    from simulator.forms.conditions import wanted  # noqa: PLC0415 - not for --help

    try:
        return tuple(map(wanted, texts))
    except ValueError as error:
        raise click.BadParameter(f"{error}.") from None


def _check_contracts(_: click.Context, __: click.Parameter, file: Path | None) -> Path | None:
    if file is not None:
        from simulator.chain.contract_sets import read  # noqa: PLC0415 - not for --help

        try:
            read(file)
        except ConfigurationError as error:
            raise click.BadParameter(str(error)) from None
    return file


Files = click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path())
OutputFile = click.Path(path_type=Path, dir_okay=False)

Set = click.option(
    "--set",
    "variables",
    metavar="NAME=VALUE",
    multiple=True,
    callback=_parse_variables,
    help="Give the file's template a variable; may be repeated.",
)
Sets = click.option(
    "--parameters",
    "sets",
    metavar="NAME",
    multiple=True,
    help="Only this set of the file's parameters; may be repeated. Default: all.",
)

Tags = click.option(
    "--tag",
    "tags",
    metavar="TAG",
    multiple=True,
    callback=_parse_tags,
    help='Only files with this tag, such as slow, or without it: "not slow"; may be repeated, and '
    "then all must hold.",
)

AllowCode = click.option(
    "--allow-code",
    is_flag=True,
    help="Let scenario files name code to be run, as module:function; only for files you trust.",
)
ContractsOption = click.option(
    "--contracts",
    metavar="FILE",
    type=click.Path(path_type=Path),
    callback=_check_contracts,
    help="Deploy the contracts of this file, in the format of raiden-contracts' contracts.json. "
    "Default: the package's own, or what a scenario file says.",
)
ServicesOption = click.option(
    "--services/--no-services",
    default=True,
    help="Deploy the contracts of Raiden's services too, such as the one for user deposits.",
)
MaxTokenNetworks = click.option(
    "--max-token-networks",
    type=click.IntRange(1),
    help="How many token networks nodes can register, those of --tokens included. Default: any "
    "number.",
)
CheckOption = click.option(
    "--check",
    type=click.Choice([*map(str, Check)]),
    default=str(Check.EVERY_BLOCK),
    callback=lambda _ctx, _parameter, text: Check(text),
    help="When it is checked that nodes, channels and tokens agree; a remote chain is asked at "
    "the end only.",
    show_default=True,
)


def engine_of(engine: str | None, chain: str | None) -> str | None:
    """Return what is to execute the contracts, from the options `--engine` and `--chain`."""
    if chain is None:
        return engine
    if engine is not None:
        raise click.UsageError("--engine and --chain exclude each other.")
    if not is_remote(chain):
        raise click.UsageError(f"--chain must be a URL with http:// or https://, not {chain!r}.")
    return chain
