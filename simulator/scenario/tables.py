"""The tables of a report as CSV: amounts are whole numbers, nodes go by number and address."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

NODE_COLUMNS = ("node", "address", "dialect", "online", "funds", "sum_deposits", "channels")
CHANNEL_COLUMNS = (
    *("identifier", "state", "block_opened"),
    *("node1", "participant1", "deposit1", "node2", "participant2", "deposit2"),
)
GAS_COLUMNS = ("call", "calls", "gas")


def write_nodes(data: dict[str, Any], file: Path) -> None:
    """Write one line for each node of a report's data."""
    rows = [{**node, "online": str(node["online"]).lower()} for node in data["nodes"]]
    _write(file, NODE_COLUMNS, ([row[column] for column in NODE_COLUMNS] for row in rows))


def write_channels(data: dict[str, Any], file: Path) -> None:
    """Write one line for each channel that is not settled; who is no node has no number."""
    numbers = {node["address"]: node["node"] for node in data["nodes"]}
    rows: list[list[Any]] = []
    for channel in data["channels"]:
        row = [channel["identifier"], channel["state"], channel["block_opened"]]
        for address, deposit in channel["deposits"].items():
            row += [numbers.get(address, ""), address, deposit]
        rows.append(row)
    _write(file, CHANNEL_COLUMNS, rows)


def write_gas(data: dict[str, Any], file: Path) -> None:
    """Write one line for each function of the contracts that was called."""
    calls = data["gas"]["by_call"]
    _write(file, GAS_COLUMNS, ([name, used["calls"], used["gas"]] for name, used in calls.items()))


def _write(file: Path, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)
