"""`simulator up`: a testnet on local ports.

The HTTP server is imported when there is something to serve: `--help` does not wait for it.
"""

import logging
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from simulator.api.driver import Pace
from simulator.cli.options import AllowCode, CheckOption, Set, Sets, engine_of
from simulator.cli.selection import chosen_runs
from simulator.cli.up_options import (
    CHAIN_OPTIONS,
    LISTEN_OPTIONS,
    LISTS,
    SETTINGS_OPTIONS,
    WORLD_OPTIONS,
    world_options,
)
from simulator.evm.registry import DEFAULT_ENGINE
from simulator.node.settings import Settings
from simulator.payments.conditions import LineConditions
from simulator.testnet.people import derive
from simulator.testnet.simulation import Simulation
from simulator.words.errors import ConfigurationError
from simulator.words.events import InvariantBroken
from simulator.words.options import Check
from simulator.words.quoting import visible, visible_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simulator.chain.keys import Key
    from simulator.forms.parameters import Value
    from simulator.scenario.language.scenario import Scenario

logger = logging.getLogger(__name__)


class _Refusal(click.ClickException):
    """What was asked for can't be served; told in one line."""

    exit_code = 2


@click.command(context_settings={"show_default": True})
@world_options
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

    Prints each node's URL, address and web interface, the token's address, the URLs of the control
    API and of JSON-RPC, and accounts for people with their keys, then `ready`. The nodes and the
    control API document themselves at /docs.
    """
    # takes seconds, and --help needs none of it
    from simulator.api import listening, rpc, server  # noqa: PLC0415

    _log_to_terminal()
    try:
        asked = _engine(context, world.pop("engine"), world.pop("chain"))
        world["accounts"] = derive(world.pop("mnemonic"), world["accounts"])
        made = None
        if scenario is None and (variables or sets):
            raise click.UsageError("--set and --parameters say something about a --scenario.")
        if scenario is not None:
            _reject_world_options(context)
            made = _run_scenario(
                _chosen(scenario, variables, sets, allow_code),
                world["seed"] if _is_given(context, "seed") else None,
                check=check,
                engine=asked,
                identity={name: world[name] for name in CHAIN_OPTIONS if _is_given(context, name)},
                **{name: world[name] for name in ("keep_blocks", "contracts", "accounts")},
            )
        world["engine"] = asked or DEFAULT_ENGINE
        world["settings"] = _settings(**{name: world.pop(name) for name in SETTINGS_OPTIONS})
        nodes = world["nodes"] if made is None else len(made.nodes)
        where = {name: world.pop(name) for name in LISTEN_OPTIONS}
        no_rpc = rpc.no_rpc_reason(made.ledger.engine if made else world["engine"])
        rpc_port = world.pop("rpc_port")
        with (
            closing(listening.listen(nodes, **where)) as others,
            closing(listening.listen_for_rpc(others, rpc_port, no_rpc)) as sockets,
        ):
            if (warning := listening.warning(sockets)) is not None:
                click.echo(f"Warning: {warning}", err=True)
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


def _settings(
    *,
    block_time: int,
    settle_timeout: int,
    transaction_timeout: int,
    message_delay: float,
    message_spread: str,
    message_loss: float,
    **chain: int,
) -> Settings:
    messages = LineConditions(message_delay, message_spread, message_loss)
    times = (block_time, settle_timeout, transaction_timeout)
    return Settings(*times, messages=messages, **chain)


def _make_testnet(
    *,
    engine: str,
    contracts: Path | None,
    services: bool,
    check: Check,
    **world: Any,
) -> Simulation:
    from simulator.chain.contract_sets import OURS, read  # noqa: PLC0415 - not for --help

    testnet = Simulation(
        engine=engine,
        contracts=OURS if contracts is None else read(contracts),
        services=services,
        **world,
    )
    testnet.watch(check)
    return testnet


def _reject_world_options(context: click.Context) -> None:
    for name in WORLD_OPTIONS:
        if _is_given(context, name):
            option = name.removesuffix("s") if name in LISTS else name
            option = option.replace("_", "-")
            raise click.UsageError(
                f"--{option} can't be given with --scenario: the scenario decides."
            )


def _engine(context: click.Context, engine: str, chain: str | None) -> str | None:
    """Return the engine or chain that was asked for, if any was."""
    if chain is not None:
        for name in filter(partial(_is_given, context), CHAIN_OPTIONS):
            option = name.replace("_", "-")
            raise click.UsageError(f"--{option} can't be given with --chain: it has its own.")
    return engine_of(engine if _is_given(context, "engine") else None, chain)


def _is_given(context: click.Context, name: str) -> bool:
    """Tell whether somebody has said it."""
    return context.get_parameter_source(name) is not ParameterSource.DEFAULT


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
    *,
    engine: str | None,
    check: Check,
    keep_blocks: int | None,
    contracts: Path | None,
    accounts: "Sequence[Key]",
    identity: dict[str, Any],
) -> Simulation:
    from simulator.chain.contract_sets import read  # noqa: PLC0415 - not for --help
    from simulator.scenario.run.runner import run  # noqa: PLC0415

    if engine is not None:
        scenario = replace(scenario, engine=engine)
    scenario = replace(scenario, settings=replace(scenario.settings, **identity))
    if contracts is not None:
        scenario = replace(scenario, contracts=read(contracts))
    for note in scenario.notes:
        click.echo(f"note: {visible_line(note)}", err=True)
    report = run(scenario, seed, check=check, keep_blocks=keep_blocks, accounts=accounts)
    if not report.passed:
        file = visible_line(str(scenario.file))
        message = f"The scenario {file} failed; its world is served all the same."
        click.echo(message, err=True)
    return report.testnet


if __name__ == "__main__":
    up()
