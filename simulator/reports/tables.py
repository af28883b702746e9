"""The tables of a report as CSV: amounts are whole numbers, nodes go by number and address."""

import csv
from collections.abc import Iterable, Sequence
from io import StringIO
from typing import Any

from simulator.reports import payment_rows
from simulator.reports.record import RunRecord

NODE_COLUMNS = ("node", "address", "dialect", "online", "funds", "sum_deposits", "channels")
CHANNEL_COLUMNS = (
    *("identifier", "state", "block_opened"),
    *("node1", "participant1", "deposit1", "balance1", "locked1"),
    *("node2", "participant2", "deposit2", "balance2", "locked2"),
)
GAS_COLUMNS = ("call", "calls", "gas")
PAYMENT_COLUMNS = (
    *("started_seconds", "started_block", "token", "from", "initiator", "to", "target"),
    *("amount", "identifier", "outcome", "reason", "waiting", "seconds", "messages"),
    *("refunded", "attempts", "path"),
)


def nodes(data: dict[str, Any]) -> str:
    """Return one line for each node of a report's data."""
    rows = [{**node, "online": str(node["online"]).lower()} for node in data["nodes"]]
    return _table(NODE_COLUMNS, ([row[column] for column in NODE_COLUMNS] for row in rows))


def channels(data: dict[str, Any]) -> str:
    """Return one line for each channel that is not settled; who is no node has no number."""
    numbers = {node["address"]: node["node"] for node in data["nodes"]}
    rows: list[list[Any]] = []
    for channel in data["channels"]:
        row = [channel["identifier"], channel["state"], channel["block_opened"]]
        for address, deposit in channel["deposits"].items():
            more = (channel["balances"][address], channel["locked"][address])
            row += [numbers.get(address, ""), address, deposit, *more]
        rows.append(row)
    return _table(CHANNEL_COLUMNS, rows)


def gas(data: dict[str, Any]) -> str:
    """Return one line for each function of the contracts that was called."""
    calls = data["gas"]["by_call"]
    return _table(GAS_COLUMNS, ([name, used["calls"], used["gas"]] for name, used in calls.items()))


def payments(data: dict[str, Any]) -> str:
    """Return one line for each payment; its path is that of its last attempt."""
    rows = (
        {
            **payment,
            "refunded": str(payment["refunded"]).lower(),
            "attempts": len(payment["paths"]),
            "path": " ".join(map(str, payment["paths"][-1])) if payment["paths"] else "",
        }
        for payment in data["payments"]
    )
    return _table(PAYMENT_COLUMNS, ([row[column] for column in PAYMENT_COLUMNS] for row in rows))


def workloads(report: RunRecord) -> str:
    """Return one line for each payment of a workload, also of those that the journal has lost."""
    return _table(
        payment_rows.COLUMNS,
        (
            ["" if value is None else value for value in row]
            for workload in report.world.workloads
            for row in workload.rows.tuples(workload.name, report.zero_seconds)
        ),
    )


def _table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return out.getvalue()
