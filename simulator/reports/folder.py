"""What a run leaves behind: a page for people and files for tools; see `docs/reports.md`.

Equal runs leave equal bytes, but for what the wall clock says: that is in `timings.json` and on the
page.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict
from io import BytesIO
from pathlib import Path
from typing import Any

import networkx as nx

from simulator.reports import manifest, tables
from simulator.reports.difference import lines_of, write_lines
from simulator.reports.file_names import (
    CHANNELS,
    FILES,
    GAS,
    GRAPH,
    JOURNAL,
    MANIFEST,
    NODES,
    PAGE,
    PAYMENTS,
    PICTURE,
    REPORT,
    TIMINGS,
    WORKLOADS,
)
from simulator.reports.page import render
from simulator.reports.payments import rows_of
from simulator.reports.record import RunRecord, TaskRecord
from simulator.system import files
from simulator.topology.drawing import Drawing
from simulator.words.errors import ConfigurationError
from simulator.words.units import BOOTSTRAP_ADDRESS, CLOSED, checksum

SCHEMA = 1
"""Grows when a key of `report.json` goes away or changes its meaning."""


def prepare(directory: Path) -> None:
    """Take an earlier run's report away, and see whether another one can be written.

    Raises:
        ConfigurationError: the directory can't be made, or one of the files can't be written.
    """
    for name in FILES:
        files.clear(directory / name)


def write(report: RunRecord, directory: Path) -> None:
    """Write a run's files into a directory, which is made if need be.

    Raises:
        ConfigurationError: one of them can't be written; the others are there.
    """
    troubles: list[ConfigurationError] = []
    for name, content in _contents(report):
        try:
            files.write(directory / name, content)
        except ConfigurationError as error:
            troubles.append(error)
    try:
        write_lines(lines_of(report.world.journal), directory / JOURNAL)
    except ConfigurationError as error:
        troubles.append(error)
    if troubles:
        raise troubles[0]


def _contents(report: RunRecord) -> Iterator[tuple[str, str | bytes]]:
    """Yield the names of all files but the journal, and what is in them."""
    data = as_dict(report)
    yield REPORT, _json(data)
    yield MANIFEST, _json(manifest.as_dict(report))
    yield TIMINGS, _json(timings(report))
    graph = BytesIO()
    nx.write_graphml_xml(report.world.graph, graph)
    yield GRAPH, graph.getvalue()
    yield NODES, tables.nodes(data)
    yield CHANNELS, tables.channels(data)
    yield GAS, tables.gas(data)
    yield PAYMENTS, tables.payments(data)
    yield WORKLOADS, tables.workloads(report)
    yield from _pictures(report, data)


def _pictures(report: RunRecord, data: dict[str, Any]) -> Iterator[tuple[str, str | bytes]]:
    before = Drawing(report.graph_before)
    after = Drawing(report.world.graph)
    yield PICTURE, after.svg()
    yield PAGE, render(report, data, channel_count(report), before, after)


def _json(data: dict[str, Any]) -> str:
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def as_dict(report: RunRecord) -> dict[str, Any]:
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
        "last_block_hash": report.world.last_block_hash,
        "versions": report.world.versions,
        "failure": failure
        and {"path": failure.path, "line": failure.line, "message": failure.message},
        "tasks": [_task(record) for record in report.tasks],
        "virtual_seconds": report.virtual_seconds,
        "blocks": report.blocks,
        "gas": {
            "total": sum(gas for _, gas in report.world.gas.values()),
            "by_call": {
                name: {"calls": calls, "gas": gas}
                for name, (calls, gas) in report.world.gas.items()
            },
        },
        "nodes": _nodes(report),
        "channels": _channels(report),
        "payments": rows_of(report),
        "workloads": [workload.as_dict() for workload in report.world.workloads],
    }


def _task(record: TaskRecord) -> dict[str, Any]:
    return {
        "path": record.path,
        "line": record.line,
        "name": record.kind,
        "parameters": record.parameters,
        "status": record.status,
        "started_seconds": record.started_seconds,
        "started_block": record.started_block,
        "ended_seconds": record.ended_seconds,
        "ended_block": record.ended_block,
        "failure": record.failure or None,
        "note": record.note or None,
    }


def _nodes(report: RunRecord) -> list[dict[str, Any]]:
    return [{**asdict(node), "address": checksum(node.address)} for node in report.world.nodes]


def _channels(report: RunRecord) -> list[dict[str, Any]]:
    """Return all channels that are not settled, by identifier."""
    edges = report.world.everything.edges(data=True)
    return [
        {
            "identifier": data["channel_identifier"],
            "state": data["state"],
            "block_opened": data["block_opened"],
            "deposits": _of_ends(data, "deposit"),
            "balances": _of_ends(data, "balance"),
            "locked": _of_ends(data, "locked"),
        }
        for _, _, data in sorted(edges, key=lambda edge: edge[2]["channel_identifier"])
    ]


def _of_ends(channel: dict[str, Any], what: str) -> dict[str, int]:
    return {channel[f"participant{end}"]: channel[f"{what}{end}"] for end in "12"}


def timings(report: RunRecord) -> dict[str, Any]:
    """Return how long everything really took."""
    return {
        "wall_seconds": report.wall_seconds,
        "tasks": [
            {"path": record.path, "wall_seconds": record.wall_seconds} for record in report.tasks
        ],
    }


def channel_count(report: RunRecord) -> dict[str, int]:
    """Return how many channels are open, closed but not settled, and for bootstrapping."""
    count = {"open": 0, "waiting to be settled": 0, "bootstrap": 0}
    bootstrap = checksum(BOOTSTRAP_ADDRESS)
    for one, other, data in report.world.everything.edges(data=True):
        if data["state"] == CLOSED:
            count["waiting to be settled"] += 1
        else:
            count["bootstrap" if bootstrap in (one, other) else "open"] += 1
    return count
