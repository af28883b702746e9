"""Options of `simulator up`: which world, and where it listens."""

import re
from collections.abc import Callable
from enum import StrEnum
from typing import Any, TypeVar

import click

from simulator.api.driver import Pace
from simulator.chain.contracts import SETTLE_TIMEOUT_MAX_BLOCKS, SETTLE_TIMEOUT_MIN_BLOCKS
from simulator.chain.engines import ENGINES, MAX_NODES, engines_told
from simulator.cli.options import ContractsOption, MaxTokenNetworks, ServicesOption
from simulator.evm.parameters import MAX_CHAIN_ID
from simulator.evm.registry import DEFAULT_ENGINE
from simulator.kernel.rng import MAX_SEED, MIN_SEED
from simulator.node.dialects import (
    DEFAULT_DIALECT,
    DEFAULT_ROUTING_MODE,
    Dialect,
    RoutingMode,
)
from simulator.node.settings import MAX_BLOCK_TIME_SECONDS, MAX_TIMEOUT_SECONDS, Settings
from simulator.payments.conditions import LineConditions, Spread
from simulator.payments.fees import MAX_IMBALANCE, MILLION, RAIDENS_FEES
from simulator.payments.routing.atlas import Knowledge
from simulator.payments.routing.routing import POLICIES, routings_of
from simulator.testnet.arguments import MAX_TOKENS
from simulator.testnet.people import MAX_ACCOUNTS, USUAL_ACCOUNTS, USUAL_MNEMONIC
from simulator.testnet.simulation import (
    DEFAULT_ETH_BALANCE,
    DEFAULT_NODES,
    DEFAULT_TOKEN_BALANCE,
)
from simulator.words.errors import ConfigurationError, InvalidRequest
from simulator.words.moments import unix_seconds
from simulator.words.options import MAX_PORT
from simulator.words.quoting import shown

Command = TypeVar("Command", bound=Callable[..., Any])

KEEP_JOURNAL = 100_000
KEEP_BLOCKS = 20_000
"""What stays in memory unless all is wanted, so that a testnet can run for weeks."""

CHAIN_OPTIONS = ("chain_id", "genesis_time")
"""What a chain is that is made here: a scenario's too, where the options are given."""

MESSAGE_OPTIONS = ("message_delay", "message_spread", "message_loss")
_RULE_OPTIONS = ("settle_timeout", "block_time", "transaction_timeout", *MESSAGE_OPTIONS)
SETTINGS_OPTIONS = (*_RULE_OPTIONS, *CHAIN_OPTIONS)
"""What becomes `Settings`."""

FEE_OPTIONS = (
    *("flat_fee", "proportional_fee", "proportional_imbalance_fee"),
    "cap_mediation_fees",
)
"""What becomes `Fees`, in Raiden's words."""

WORLD_OPTIONS = (
    *("nodes", "dialects", "routing_modes", "tokens", "token_balance", "eth_balance"),
    *("routing", "knowledge", *FEE_OPTIONS),
    *_RULE_OPTIONS,
    *("services", "max_token_networks"),
)
"""What a scenario file says by itself."""

LISTS = ("dialects", "routing_modes")
LISTEN_OPTIONS = ("host", "port", "control_port", "allowed_hosts")

USUAL = Settings()
DIALECTS = ", ".join(Dialect)
ALL = "all"


def _parse_words(kind: type[StrEnum]) -> Callable[..., list[StrEnum]]:
    """Return what reads a list of words of a kind."""

    def parse(_: click.Context, __: click.Parameter, text: str) -> list[StrEnum]:
        try:
            return [kind(name.strip()) for name in text.split(",")]
        except ValueError:
            known = ", ".join(kind)
            raise click.BadParameter(f"{shown(text)} is not a list of: {known}.") from None

    return parse


def _parse_policies(_: click.Context, __: click.Parameter, text: str | None) -> list[str] | None:
    if text is None:
        return None
    names = [name.strip() for name in text.split(",")]
    try:
        routings_of(names)
    except ConfigurationError as error:
        told = str(error).removeprefix("routing must name some of ").partition(", or be functions")
        raise click.BadParameter(f"{shown(text)} is not a list of: {told[0]}.") from None
    return names


def _parse_pace(_: click.Context, __: click.Parameter, text: str) -> Pace:
    try:
        return Pace.parse(text)
    except ConfigurationError as error:
        raise click.BadParameter(str(error)) from None


def _check_messages(_: click.Context, parameter: click.Parameter, number: float) -> float:
    try:
        LineConditions(loss=number) if parameter.name == "message_loss" else LineConditions(number)
    except InvalidRequest as error:
        raise click.BadParameter(f"{error.reason}.") from None
    return number


def _parse_moment(_: click.Context, __: click.Parameter, text: str) -> int:
    try:
        return unix_seconds(text)
    except ValueError:
        raise click.BadParameter(
            f"{shown(text)} is neither Unix seconds nor a date such as 2026-01-31T12:00:00."
        ) from None


def _parse_kept(_: click.Context, __: click.Parameter, text: str) -> int | None:
    if text == ALL:
        return None
    if not re.fullmatch("0*[1-9][0-9]{0,17}", text, re.ASCII):
        raise click.BadParameter(f"{shown(text)} is neither a number from 1 on nor all.")
    return int(text)


_OPTIONS = (
    click.option(
        "--nodes", default=DEFAULT_NODES, type=click.IntRange(1, MAX_NODES), help="How many nodes."
    ),
    click.option("--host", default="127.0.0.1", help="Where to listen."),
    click.option(
        "--allow-host",
        "allowed_hosts",
        multiple=True,
        metavar="NAME",
        help="A further name under which requests may ask for this machine, such as a container's; "
        "can be given several times.",
    ),
    click.option(
        "--port",
        default=5001,
        type=click.IntRange(0, MAX_PORT),
        help="Of node 0; node k listens on PORT+k. 0: any free ports.",
    ),
    click.option(
        "--control-port",
        type=click.IntRange(0, MAX_PORT),
        help="Of the control API.  [default: PORT-1]",
    ),
    click.option(
        "--rpc-port",
        type=click.IntRange(0, MAX_PORT),
        help="Of JSON-RPC, for wallets and tools; 0: any free port.  [default: 8545 if it is free]",
    ),
    click.option(
        "--accounts",
        default=USUAL_ACCOUNTS,
        type=click.IntRange(0, MAX_ACCOUNTS),
        help="How many accounts for people there are, each as rich as a node.",
    ),
    click.option(
        "--mnemonic",
        default=USUAL_MNEMONIC,
        metavar="WORDS",
        help="What their keys follow from; everybody knows the keys behind the default.",
    ),
    click.option(
        "--seed",
        default=0,
        type=click.IntRange(MIN_SEED, MAX_SEED),
        help="Decides keys, addresses and every random choice; instead of a scenario's own.",
    ),
    click.option(
        "--dialect",
        "dialects",
        default=DEFAULT_DIALECT.value,
        callback=_parse_words(Dialect),
        help=f"API dialect, or a comma-separated list given to the nodes in turn: {DIALECTS}.",
    ),
    click.option(
        "--routing-mode",
        "routing_modes",
        default=DEFAULT_ROUTING_MODE.value,
        callback=_parse_words(RoutingMode),
        help="Where bespin nodes find the ways of payments, or a list given in turn: pfs (a "
        "service), or private (they pay direct partners only).",
    ),
    click.option(
        "--routing",
        callback=_parse_policies,
        metavar="POLICY,…",
        help="How nodes find the ways of payments, or a list given in turn: "
        f"{', '.join(POLICIES)}, or a policy of an installed package.  [default: shortest for "
        "bespin, else own]",
    ),
    click.option(
        "--knowledge",
        type=click.Choice([*map(str, Knowledge)]),
        help="What they know of others' channels then.  [default: perfect]",
    ),
    click.option(
        "--flat-fee",
        type=click.IntRange(0),
        help="Tokens that nodes take for each payment that they pass on.  [default: 0]",
    ),
    click.option(
        "--proportional-fee",
        type=click.IntRange(0, MILLION),
        help="Parts per million of what they pass on.  [default: "
        f"{RAIDENS_FEES.proportional}; red-eyes 0]",
    ),
    click.option(
        "--proportional-imbalance-fee",
        type=click.IntRange(0, MAX_IMBALANCE),
        help="Parts per million of a channel's capacity, for what unbalances it.  [default: "
        f"{RAIDENS_FEES.imbalance}; red-eyes 0]",
    ),
    click.option(
        "--cap-mediation-fees/--no-cap-mediation-fees",
        default=None,
        help="Whether they never take less than nothing.  [default: they don't]",
    ),
    click.option(
        "--tokens",
        default=1,
        type=click.IntRange(1, MAX_TOKENS),
        help="How many tokens, each with a token network of its own.",
    ),
    click.option(
        "--token-balance", default=DEFAULT_TOKEN_BALANCE, help="Of each token, in each wallet."
    ),
    click.option("--eth-balance", default=DEFAULT_ETH_BALANCE, help="ETH of each node, in wei."),
    click.option(
        "--settle-timeout",
        default=USUAL.settle_timeout_blocks,
        type=click.IntRange(SETTLE_TIMEOUT_MIN_BLOCKS, SETTLE_TIMEOUT_MAX_BLOCKS),
        help="Blocks.",
    ),
    click.option(
        "--block-time",
        default=USUAL.block_time,
        type=click.IntRange(1, MAX_BLOCK_TIME_SECONDS),
        help="Virtual seconds.",
    ),
    click.option(
        "--chain-id",
        default=USUAL.chain_id,
        type=click.IntRange(1, MAX_CHAIN_ID),
        help="What wallets tell the chain by; none of a public network's.",
    ),
    click.option(
        "--genesis-time",
        default=str(USUAL.genesis_time),
        metavar="DATE",
        callback=_parse_moment,
        help="When the first block is: Unix seconds, or a date such as 2026-01-31T12:00:00, in "
        "UTC.",
    ),
    click.option(
        "--transaction-timeout",
        default=USUAL.transaction_timeout_seconds,
        type=click.IntRange(1, MAX_TIMEOUT_SECONDS),
        help="How long a node waits for a transaction, in virtual seconds.",
    ),
    click.option(
        "--message-delay",
        default=0.0,
        callback=_check_messages,
        help="How long messages between nodes take on average, in virtual seconds.",
    ),
    click.option(
        "--message-spread",
        default=Spread.FIXED.value,
        type=click.Choice([*map(str, Spread)]),
        help="How their delays are spread.",
    ),
    click.option(
        "--message-loss",
        default=0.0,
        callback=_check_messages,
        help="The part of them that is lost, 0 to 1; nodes send them again.",
    ),
    click.option(
        "--engine",
        type=click.Choice([*ENGINES]),
        default=DEFAULT_ENGINE,
        help=f"What executes the contracts: {engines_told()}.",
    ),
    click.option(
        "--chain",
        metavar="URL",
        help="Use a development node that runs elsewhere and speaks JSON-RPC, such as anvil.",
    ),
    ContractsOption,
    ServicesOption,
    MaxTokenNetworks,
    click.option(
        "--pace",
        default="warp",
        callback=_parse_pace,
        help="How time passes: warp (jumps to what somebody waits for) or realtime[:FACTOR].",
    ),
    click.option(
        "--scenario",
        type=click.Path(exists=True, dir_okay=False),
        help="Run a scenario first, then serve the world that it made.",
    ),
    click.option(
        "--keep-journal",
        metavar="N|all",
        default=str(KEEP_JOURNAL),
        callback=_parse_kept,
        help="How many of the newest journal entries are kept; all takes memory for ever.",
    ),
    click.option(
        "--keep-blocks",
        metavar="N|all",
        default=str(KEEP_BLOCKS),
        callback=_parse_kept,
        help="How many of the newest blocks are kept; all takes memory for ever.",
    ),
)


def world_options(command: Command) -> Command:
    """Let a command have the options that describe a world, and where it listens."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command
