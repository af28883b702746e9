"""What a run leaves behind: `report.json`, `network.graphml` and `timings.json`.

Equal runs leave equal bytes in the first two. What the wall clock says is kept apart in the third.
"""

import json
from pathlib import Path
from typing import Any

import networkx as nx

from simulator.errors import ConfigurationError
from simulator.scenario.execution import TaskRecord
from simulator.scenario.runner import RunReport
from simulator.topology.graph import CLOSED
from simulator.units import BOOTSTRAP_ADDRESS, checksum, parse_address

REPORT = "report.json"
GRAPH = "network.graphml"
TIMINGS = "timings.json"


def prepare(directory: Path) -> None:
    """See to it that reports can be written, before anything runs; earlier ones stay.

    Raises:
        ConfigurationError: the directory can't be made, or nothing can be written into it.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for name in (REPORT, GRAPH, TIMINGS):
            with (directory / name).open("ab") as file:
                is_new = file.tell() == 0
            if is_new:
                (directory / name).unlink()
    except OSError as error:
        raise _unwritable(directory, error) from None


def write(report: RunReport, directory: Path) -> None:
    """Write a run's files into a directory, which is made if need be.

    Raises:
        ConfigurationError: they cannot be written.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        _write_json(directory / REPORT, as_dict(report))
        _write_json(directory / TIMINGS, timings(report))
        nx.write_graphml_xml(network(report), directory / GRAPH)
    except OSError as error:
        raise _unwritable(directory, error) from None


def _unwritable(directory: Path, error: OSError) -> ConfigurationError:
    return ConfigurationError(f"{directory}: reports can't be written: {error.strerror}")


def _write_json(file: Path, data: dict[str, Any]) -> None:
    file.write_text(json.dumps(data, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def as_dict(report: RunReport) -> dict[str, Any]:
    """Return a run as JSON-ready data; equal runs give equal data in equal order."""
    failure = report.failure
    return {
        "outcome": report.outcome,
        "scenario": {
            "file": report.scenario.file,
            "name": report.scenario.name,
            "description": report.scenario.description,
        },
        "seed": report.seed,
        "digest": report.digest,
        "last_block_hash": report.last_block_hash,
        "versions": report.versions,
        "failure": failure
        and {"path": failure.path, "line": failure.line, "message": failure.message},
        "tasks": [_task(record) for record in report.tasks],
        "virtual_seconds": report.virtual_seconds,
        "blocks": report.blocks,
        "gas": {
            "total": sum(gas for _, gas in report.gas.values()),
            "by_call": {
                name: {"calls": calls, "gas": gas} for name, (calls, gas) in report.gas.items()
            },
        },
        "nodes": _nodes(report),
        "channels": _channels(report),
    }


def _task(record: TaskRecord) -> dict[str, Any]:
    return {
        "path": record.path,
        "line": record.line,
        "name": record.kind,
        "parameters": record.parameters,
        "status": record.status,
        "started_seconds": record.started_seconds,
        "ended_seconds": record.ended_seconds,
        "failure": record.failure or None,
    }


def _nodes(report: RunReport) -> list[dict[str, Any]]:
    net = report.testnet
    token = parse_address(net.token)
    found = []
    for node in net.nodes:
        entry = node.connections().get(token)
        found.append(
            {
                "node": node.index,
                "address": checksum(node.address),
                "dialect": node.dialect.value,
                "online": node.online,
                "funds": entry.funds if entry else 0,
                "sum_deposits": entry.sum_deposits if entry else 0,
                "channels": entry.channels if entry else 0,
            }
        )
    return found


def _channels(report: RunReport) -> list[dict[str, Any]]:
    """Return all channels that are not settled, by identifier."""
    edges = report.testnet.graph(everything=True).edges(data=True)
    return [
        {
            "identifier": data["channel_identifier"],
            "state": data["state"],
            "block_opened": data["block_opened"],
            "deposits": data["deposits"],
        }
        for _, _, data in sorted(edges, key=lambda edge: edge[2]["channel_identifier"])
    ]


def timings(report: RunReport) -> dict[str, Any]:
    """Return how long everything really took."""
    return {
        "wall_seconds": report.wall_seconds,
        "tasks": [
            {"path": record.path, "wall_seconds": record.wall_seconds} for record in report.tasks
        ],
    }


def network(report: RunReport) -> "nx.Graph[str]":
    """Return the graph of open channels, with only such attributes as GraphML knows.

    Nodes also carry their number as `node`. The two ends of an edge have no order in GraphML, so
    each is named beside its deposit: `participant1`, `deposit1`, `participant2`, `deposit2`.
    """
    net = report.testnet
    graph = net.graph()
    numbers = {checksum(node.address): node.index for node in net.nodes}
    for address, data in graph.nodes(data=True):
        if address in numbers:
            data["node"] = numbers[address]
    for _, _, data in graph.edges(data=True):
        for position, (address, amount) in enumerate(sorted(data.pop("deposits").items()), 1):
            data[f"participant{position}"] = address
            data[f"deposit{position}"] = amount
    return graph


def channel_count(report: RunReport) -> dict[str, int]:
    """Return how many channels are open, closed but not settled, and for bootstrapping."""
    count = {"open": 0, "waiting to be settled": 0, "bootstrap": 0}
    bootstrap = checksum(BOOTSTRAP_ADDRESS)
    for one, other, data in report.testnet.graph(everything=True).edges(data=True):
        if data["state"] == CLOSED:
            count["waiting to be settled"] += 1
        else:
            count["bootstrap" if bootstrap in (one, other) else "open"] += 1
    return count
