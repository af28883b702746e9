"""A report of what a Python program has done with a testnet, as `run --report` leaves one."""

from collections.abc import Sequence
from pathlib import Path

import networkx as nx

from simulator.reports import folder as reports
from simulator.reports.versions import versions
from simulator.scenario.language.schema import Scenario
from simulator.scenario.run.runner import RunReport
from simulator.scenario.tasks.calls import Serial
from simulator.scenario.tasks.execution import FAILED, PASSED, UNFINISHED, Step, TaskRecord
from simulator.testnet.genesis import TokenDetails
from simulator.testnet.handles import PendingCall
from simulator.testnet.simulation import Simulation


def write(
    simulation: Simulation,
    calls: Sequence[PendingCall[object]],
    before: "nx.Graph[str]",
    wall_seconds: float,
    name: str,
    directory: Path,
) -> None:
    """Write a report; see `docs/reports.md`.

    Args:
        simulation: the world as it is now.
        calls: what was asked of nodes, in order: the report's tasks.
        before: the network that it started from.
        wall_seconds: real time since it began.
        name: for people.
        directory: where to; it is made if need be.

    Raises:
        ConfigurationError: a file can't be written.
    """
    block_time = simulation.settings.block_time
    report = RunReport(
        scenario=_scenario(simulation, name),
        seed=simulation.seed,
        failure=None,  # what a call may answer is for the program to say
        digest=simulation.digest,
        last_block_hash=simulation.last_block_hash,
        versions=versions(simulation.ledger.engine, simulation.ledger.client),
        tasks=[_record(call, number, block_time) for number, call in enumerate(calls)],
        virtual_seconds=simulation.now,
        blocks=simulation.block_number - simulation.first_block,
        gas=simulation.world.mempool.gas.by_function(),
        wall_seconds=wall_seconds,
        interrupted=False,
        broken_off="",
        testnet=simulation,
        graph_before=before,
    )
    reports.write(report, directory)


def _record(call: PendingCall[object], number: int, block_time: int) -> TaskRecord:
    status = FAILED if call.error else PASSED if call.done else UNFINISHED
    return TaskRecord(
        path=f"calls[{number}].{call.name}",
        kind=call.name,
        parameters=f"node {call.node}",
        line=0,
        is_block=False,
        started_seconds=call.began,
        status=status,
        ended_seconds=call.ended,
        failure=str(call.error or ""),
        started_block=int(call.began // block_time),
        ended_block=None if call.ended is None else int(call.ended // block_time),
    )


def _scenario(simulation: Simulation, name: str) -> Scenario:
    """Return what stands for the scenario: a name, and no tasks of its own."""
    return Scenario(
        file="",
        name=name,
        description="made by a Python program",
        seed=simulation.seed,
        settings=simulation.settings,
        engine=simulation.ledger.engine,
        token=TokenDetails.usual(0),
        token_balance=0,
        eth_balance=0,
        dialects=tuple(node.dialect for node in simulation.nodes),
        strategies=(),
        settle_timeouts=(),
        root=Step("", "serial", Serial(tasks=()), 0),
    )
