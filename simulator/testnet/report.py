"""A report of what a Python program has done with a testnet, as `run --report` leaves one."""

from collections.abc import Sequence
from pathlib import Path

import networkx as nx

from simulator.reports import folder as reports
from simulator.reports.last_lines import LastLines
from simulator.reports.record import (
    FAILED,
    PASSED,
    UNFINISHED,
    RunRecord,
    ScenarioRecord,
    TaskRecord,
)
from simulator.testnet.calls import PendingCall
from simulator.testnet.recording import names_of, recorded
from simulator.testnet.simulation import Simulation
from simulator.words.events import PaymentFailed


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


def last_lines(simulation: Simulation, calls: Sequence[PendingCall[object]]) -> list[str]:
    """Return what the journal says last of the call that failed last, or else of the last one.

    Of a payment that is what happened on its path, of other calls the newest entries about the
    node.
    """
    call = next((one for one in reversed(calls) if one.error), calls[-1] if calls else None)
    if call is None:
        return []
    node, entries = simulation.nodes[call.node].address, simulation.journal.entries
    lines = LastLines(names_of(simulation), zero_block=simulation.first_block)
    if call.error and call.name == "pay":
        for entry in reversed(entries):
            event = entry.event
            if isinstance(event, PaymentFailed) and (event.node, entry.time) == (node, call.ended):
                return lines.of_payment(
                    (event.token, node, event.target, event.identifier), entries
                )
    return lines.of_nodes([node], entries)


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
