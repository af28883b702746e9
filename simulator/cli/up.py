"""`simulator up`: a testnet on local ports.

The HTTP server is imported when there is something to serve: `--help` does not wait for it.
"""

import logging
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from simulator.api.driver import Pace
from simulator.chain.contracts import SETTLE_TIMEOUT_MAX_BLOCKS, SETTLE_TIMEOUT_MIN_BLOCKS
from simulator.chain.engines import ENGINES, MAX_NODES, MODEL, engines_told
from simulator.cli.options import (
    AllowCode,
    CheckOption,
    ContractsOption,
    MaxTokenNetworks,
    ServicesOption,
    Set,
    Sets,
    engine_of,
)
from simulator.cli.parsing import check_messages, parse_kept, parse_pace, parse_words
from simulator.cli.selection import chosen_runs
from simulator.evm.registry import DEFAULT_ENGINE
from simulator.kernel.rng import MAX_SEED, MIN_SEED
from simulator.node.dialects import (
    DEFAULT_DIALECT,
    DEFAULT_ROUTING_MODE,
    Dialect,
    RoutingMode,
)
from simulator.node.world import MAX_BLOCK_TIME_SECONDS, MAX_TIMEOUT_SECONDS, Settings
from simulator.payments.conditions import LineConditions, Spread
from simulator.testnet.simulation import (
    DEFAULT_ETH_BALANCE,
    DEFAULT_NODES,
    DEFAULT_TOKEN_BALANCE,
    MAX_TOKENS,
    Simulation,
)
from simulator.words.errors import ConfigurationError
from simulator.words.events import InvariantBroken
from simulator.words.options import MAX_PORT, Check
from simulator.words.quoting import visible, visible_line

if TYPE_CHECKING:
    from simulator.forms.parameters import Value
    from simulator.scenario.language.scenario import Scenario

logger = logging.getLogger(__name__)

KEEP_JOURNAL = 100_000
KEEP_BLOCKS = 20_000
"""What stays in memory unless all is wanted, so that a testnet can run for weeks."""

MESSAGE_OPTIONS = ("message_delay", "message_spread", "message_loss")
WORLD_OPTIONS = (
    *("nodes", "dialects", "routing_modes", "tokens", "token_balance", "eth_balance"),
    *("settle_timeout", "block_time", "transaction_timeout", "services", "max_token_networks"),
    *MESSAGE_OPTIONS,
)
"""What a scenario file says by itself."""

LISTS = ("dialects", "routing_modes")
LISTEN_OPTIONS = ("host", "port", "control_port", "allowed_hosts")

USUAL = Settings()
DIALECTS = ", ".join(Dialect)


class _Refusal(click.ClickException):
    """What was asked for can't be served; told in one line."""

    exit_code = 2


@click.command(context_settings={"show_default": True})
@click.option(
    "--nodes", default=DEFAULT_NODES, type=click.IntRange(1, MAX_NODES), help="How many nodes."
)
@click.option("--host", default="127.0.0.1", help="Where to listen.")
@click.option(
    "--allow-host",
    "allowed_hosts",
    multiple=True,
    metavar="NAME",
    help="A further name under which requests may ask for this machine, such as a container's; "
    "can be given several times.",
)
@click.option(
    "--port",
    default=5001,
    type=click.IntRange(0, MAX_PORT),
    help="Of node 0; node k listens on PORT+k. 0: any free ports.",
)
@click.option(
    "--control-port",
    type=click.IntRange(0, MAX_PORT),
    help="Of the control API.  [default: PORT-1]",
)
@click.option(
    "--seed",
    default=0,
    type=click.IntRange(MIN_SEED, MAX_SEED),
    help="Decides keys, addresses and every random choice; instead of a scenario's own.",
)
@click.option(
    "--dialect",
    "dialects",
    default=DEFAULT_DIALECT.value,
    callback=parse_words(Dialect),
    help=f"API dialect, or a comma-separated list given to the nodes in turn: {DIALECTS}.",
)
@click.option(
    "--routing-mode",
    "routing_modes",
    default=DEFAULT_ROUTING_MODE.value,
    callback=parse_words(RoutingMode),
    help="Where bespin nodes find the ways of payments, or a list given in turn: pfs (a service), "
    "or private (they pay direct partners only).",
)
@click.option(
    "--tokens",
    default=1,
    type=click.IntRange(1, MAX_TOKENS),
    help="How many tokens, each with a token network of its own.",
)
@click.option(
    "--token-balance", default=DEFAULT_TOKEN_BALANCE, help="Of each token, in each wallet."
)
@click.option("--eth-balance", default=DEFAULT_ETH_BALANCE, help="ETH of each node, in wei.")
@click.option(
    "--settle-timeout",
    default=USUAL.settle_timeout_blocks,
    type=click.IntRange(SETTLE_TIMEOUT_MIN_BLOCKS, SETTLE_TIMEOUT_MAX_BLOCKS),
    help="Blocks.",
)
@click.option(
    "--block-time",
    default=USUAL.block_time,
    type=click.IntRange(1, MAX_BLOCK_TIME_SECONDS),
    help="Virtual seconds.",
)
@click.option(
    "--transaction-timeout",
    default=USUAL.transaction_timeout_seconds,
    type=click.IntRange(1, MAX_TIMEOUT_SECONDS),
    help="How long a node waits for a transaction, in virtual seconds.",
)
@click.option(
    "--message-delay",
    default=0.0,
    callback=check_messages,
    help="How long messages between nodes take on average, in virtual seconds.",
)
@click.option(
    "--message-spread",
    default=Spread.FIXED.value,
    type=click.Choice([*map(str, Spread)]),
    help="How their delays are spread.",
)
@click.option(
    "--message-loss",
    default=0.0,
    callback=check_messages,
    help="The part of them that is lost, 0 to 1; nodes send them again.",
)
@click.option(
    "--engine",
    type=click.Choice([*ENGINES]),
    default=DEFAULT_ENGINE,
    help=f"What executes the contracts: {engines_told()}.",
)
@click.option(
    "--chain",
    metavar="URL",
    help="Use a development node that runs elsewhere and speaks JSON-RPC, such as anvil.",
)
@ContractsOption
@ServicesOption
@MaxTokenNetworks
@click.option(
    "--pace",
    default="warp",
    callback=parse_pace,
    help="How time passes: warp (jumps to what somebody waits for) or realtime[:FACTOR].",
)
@click.option(
    "--scenario",
    type=click.Path(exists=True, dir_okay=False),
    help="Run a scenario first, then serve the world that it made.",
)
@click.option(
    "--keep-journal",
    metavar="N|all",
    default=str(KEEP_JOURNAL),
    callback=parse_kept,
    help="How many of the newest journal entries are kept; all takes memory for ever.",
)
@click.option(
    "--keep-blocks",
    metavar="N|all",
    default=str(KEEP_BLOCKS),
    callback=parse_kept,
    help="How many of the newest blocks are kept; all takes memory for ever.",
)
@CheckOption
@Set
@Sets
@AllowCode
@click.pass_context
def up(
    context: click.Context,
    /,
    pace: Pace,
    scenario: str | None,
    variables: "dict[str, Value]",
    sets: tuple[str, ...],
    check: Check,
    allow_code: bool,
    **world: Any,
) -> None:
    """Serve a testnet: every node's REST API on a port of its own, until Ctrl-C.

    Prints each node's URL and address, the token's address and the URL of the control API, then
    `ready`. Each URL documents its API at /docs.
    """
    from simulator.api import server  # noqa: PLC0415 - takes seconds, and --help needs none of it

    _log_to_terminal()
    try:
        made = None
        if scenario is None and (variables or sets):
            raise click.UsageError("--set and --parameters say something about a --scenario.")
        if scenario is not None:
            _reject_world_options(context)
            given = context.get_parameter_source("seed") is not ParameterSource.DEFAULT
            made = _run_scenario(
                _chosen(scenario, variables, sets, allow_code),
                world["seed"] if given else None,
                _engine(context, world["engine"], world["chain"]),
                check,
                world["keep_blocks"],
                world["contracts"],
            )
        world["messages"] = LineConditions(*(world.pop(name) for name in MESSAGE_OPTIONS))
        nodes = world["nodes"] if made is None else len(made.nodes)
        where = {name: world.pop(name) for name in LISTEN_OPTIONS}
        with closing(server.listen(nodes, **where)) as sockets:
            if (warning := server.warning(sockets)) is not None:
                click.echo(f"Warning: {warning}", err=True)
            world["engine"] = _engine(context, world["engine"], world.pop("chain"))
            keep_journal = world.pop("keep_journal")
            testnet = made or _make_testnet(check=check, **world)
            for broken in testnet.world.broken:  # by the scenario
                _log_broken(broken)
            testnet.checker.report = _log_broken
            testnet.journal.keep_only(keep_journal)
            server.serve(testnet, sockets, pace=pace, announce=click.echo)
            testnet.checker.finish()
    except ConfigurationError as error:
        raise _Refusal(str(error)) from None


def _log_broken(broken: InvariantBroken) -> None:
    logger.error("internal fault %s", broken)


class _Visible(logging.Formatter):
    """Formats records for a terminal: paths of requests, for one, come from anywhere."""

    def format(self, record: logging.LogRecord) -> str:
        return visible(super().format(record))


def _log_to_terminal() -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(_Visible("%(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])


def _make_testnet(
    *,
    settle_timeout: int,
    block_time: int,
    transaction_timeout: int,
    messages: LineConditions,
    engine: str | None,
    contracts: Path | None,
    services: bool | None,
    check: Check,
    **world: Any,
) -> Simulation:
    from simulator.chain.contract_sets import OURS, read  # noqa: PLC0415 - not for --help

    testnet = Simulation(
        settings=Settings(block_time, settle_timeout, transaction_timeout, messages=messages),
        engine=engine or DEFAULT_ENGINE,
        contracts=OURS if contracts is None else read(contracts),
        services=engine != MODEL if services is None else services,
        **world,
    )
    testnet.watch(check)
    return testnet


def _reject_world_options(context: click.Context) -> None:
    for name in WORLD_OPTIONS:
        if context.get_parameter_source(name) is not ParameterSource.DEFAULT:
            option = name.removesuffix("s") if name in LISTS else name
            option = option.replace("_", "-")
            raise click.UsageError(
                f"--{option} can't be given with --scenario: the scenario decides."
            )


def _engine(context: click.Context, engine: str, chain: str | None) -> str | None:
    """Return the engine or chain that was asked for, if any was."""
    given = context.get_parameter_source("engine") is not ParameterSource.DEFAULT
    return engine_of(engine if given else None, chain)


def _chosen(
    path: str, variables: "dict[str, Value]", sets: tuple[str, ...], allow_code: bool
) -> "Scenario":
    """Read the scenario that is to be run: of several sets of parameters, one."""
    from simulator.scenario.language.scenario import load  # noqa: PLC0415 - not for --help

    runs = chosen_runs([path], variables, sets)
    if len(runs) > 1:
        names = ", ".join(parameters.name for _, parameters in runs)
        raise click.UsageError(f"{path} has several sets: choose --parameters of {names}.")
    return load(Path(path), runs[0][1], allow_code=allow_code)


def _run_scenario(
    scenario: "Scenario",
    seed: int | None,
    engine: str | None,
    check: Check,
    keep_blocks: int | None,
    contracts: Path | None,
) -> Simulation:
    from simulator.chain.contract_sets import read  # noqa: PLC0415 - not for --help
    from simulator.scenario.run.runner import run  # noqa: PLC0415

    if engine is not None:
        scenario = replace(scenario, engine=engine)
    if contracts is not None:
        scenario = replace(scenario, contracts=read(contracts))
    for note in scenario.notes:
        click.echo(f"note: {visible_line(note)}", err=True)
    report = run(scenario, seed, check=check, keep_blocks=keep_blocks)
    if not report.passed:
        file = visible_line(str(scenario.file))
        message = f"The scenario {file} failed; its world is served all the same."
        click.echo(message, err=True)
    return report.testnet


if __name__ == "__main__":
    up()
