"""A report of what a Python program has done with a testnet, as `run --report` leaves one."""

from collections.abc import Sequence
from pathlib import Path

import networkx as nx

from simulator.reports import folder as reports
from simulator.reports.record import (
    FAILED,
    PASSED,
    UNFINISHED,
    RunRecord,
    ScenarioRecord,
    TaskRecord,
)
from simulator.testnet.calls import PendingCall
from simulator.testnet.recording import recorded
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
    report = RunRecord(
        scenario=ScenarioRecord("", name, "made by a Python program"),
        world=recorded(simulation, simulation.last_block_hash),
        failure=None,  # what a call may answer is for the program to say
        tasks=[_record(call, number, block_time) for number, call in enumerate(calls)],
        virtual_seconds=simulation.now,
        blocks=simulation.block_number - simulation.first_block,
        wall_seconds=wall_seconds,
        interrupted=False,
        broken_off="",
        zero_seconds=0.0,
        zero_block=simulation.first_block,
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
        is_group=False,
        started_seconds=call.began,
        status=status,
        ended_seconds=call.ended,
        failure=str(call.error or ""),
        started_block=int(call.began // block_time),
        ended_block=None if call.ended is None else int(call.ended // block_time),
    )
