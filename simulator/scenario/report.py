"""What a run leaves behind: a page for people and files for tools; see `docs/reports.md`.

Equal runs leave equal bytes, but for what the wall clock says: that is in `timings.json` and on the
page.
"""

import json
from pathlib import Path
from typing import Any

import networkx as nx

from simulator.errors import ConfigurationError
from simulator.scenario import tables
from simulator.scenario.execution import TaskRecord
from simulator.scenario.manifest import JOURNAL, write_journal
from simulator.scenario.runner import RunReport
from simulator.topology.graph import CLOSED
from simulator.units import BOOTSTRAP_ADDRESS, checksum, parse_address

SCHEMA = 1
"""Grows when a key of `report.json` goes away or changes its meaning."""

REPORT = "report.json"
GRAPH = "network.graphml"
TIMINGS = "timings.json"
PAGE = "report.html"
PICTURE = "network.svg"
PIXELS = "network.png"
NODES = "nodes.csv"
CHANNELS = "channels.csv"
GAS = "gas.csv"
FILES = (REPORT, GRAPH, TIMINGS, PAGE, PICTURE, PIXELS, JOURNAL, NODES, CHANNELS, GAS)


def prepare(directory: Path) -> None:
    """See to it that reports can be written, before anything runs; earlier ones stay.

    Raises:
        ConfigurationError: the directory can't be made, or nothing can be written into it.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for name in FILES:
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
    data = as_dict(report)
    try:
        directory.mkdir(parents=True, exist_ok=True)
        _write_json(directory / REPORT, data)
        _write_json(directory / TIMINGS, timings(report))
        nx.write_graphml_xml(network(report), directory / GRAPH)
        tables.write_nodes(data, directory / NODES)
        tables.write_channels(data, directory / CHANNELS)
        tables.write_gas(data, directory / GAS)
        write_journal(report.testnet.journal, directory / JOURNAL)
        _write_pictures(report, data, directory)
    except OSError as error:
        raise _unwritable(directory, error) from None


def _write_pictures(report: RunReport, data: dict[str, Any], directory: Path) -> None:
    from simulator.scenario.drawing import Drawing  # noqa: PLC0415 - matplotlib costs a second
    from simulator.scenario.html_report import render  # noqa: PLC0415 - runs without report

    before = Drawing(_numbered(report, report.graph_before))
    after = Drawing(_numbered(report, report.testnet.graph()))
    (directory / PICTURE).write_text(after.svg(), encoding="utf-8")
    (directory / PIXELS).write_bytes(after.png())
    page = render(report, data, channel_count(report), before, after)
    (directory / PAGE).write_text(page, encoding="utf-8")


def _unwritable(directory: Path, error: OSError) -> ConfigurationError:
    return ConfigurationError(f"{directory}: reports can't be written: {error.strerror}")


def _write_json(file: Path, data: dict[str, Any]) -> None:
    file.write_text(json.dumps(data, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def as_dict(report: RunReport) -> dict[str, Any]:
    """Return a run as JSON-ready data; equal runs give equal data in equal order."""
    failure = report.failure
    return {
        "schema": SCHEMA,
        "outcome": report.outcome,
        "scenario": {
            "file": report.scenario.file,
            "name": report.scenario.name,
            "description": report.scenario.description,
            "parameters": report.scenario.parameters.name,
            "variables": dict(report.scenario.parameters.variables),
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
    graph = _numbered(report, report.testnet.graph())
    for _, _, data in graph.edges(data=True):
        for position, (address, amount) in enumerate(sorted(data.pop("deposits").items()), 1):
            data[f"participant{position}"] = address
            data[f"deposit{position}"] = amount
    return graph


def _numbered(report: RunReport, graph: "nx.Graph[str]") -> "nx.Graph[str]":
    """Return a copy whose nodes know their number; accounts that are no nodes have none."""
    copy = graph.copy()
    numbers = {checksum(node.address): node.index for node in report.testnet.nodes}
    for address, data in copy.nodes(data=True):
        if address in numbers:
            data["node"] = numbers[address]
    return copy


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
