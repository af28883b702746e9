"""What a run leaves behind, and that equal runs leave equal bytes."""

import csv
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import networkx as nx
import pytest

from simulator.reports import file_names as report_files
from simulator.reports import folder as reports
from simulator.scenario.run.runner import FinishedRun, run_file
from simulator.testnet.running import RunningTestnet
from simulator.words.errors import ConfigurationError
from tests.marks import nightly
from tests.scenarios.writing import SHIPPED, run_tasks

FILES = {file.stem: file for file in SHIPPED}
KEYS = [
    *("schema", "outcome", "scenario", "seed", "digest", "last_block_hash", "versions", "failure"),
    *("tasks", "virtual_seconds", "blocks", "gas", "nodes", "channels", "payments", "workloads"),
]


@pytest.fixture(scope="module")
def flagship() -> FinishedRun:
    return run_file(FILES["too_few_peers"], 7)


def written(report: FinishedRun, folder: Path) -> dict[str, Any]:
    reports.write(report, folder)
    data: dict[str, Any] = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    return data


def test_report_of_a_success(flagship: FinishedRun, tmp_path: Path) -> None:
    data = written(flagship, tmp_path / "new" / "folder")
    assert list(data) == KEYS
    assert (data["outcome"], data["seed"], data["failure"]) == ("passed", 7, None)
    assert len(data["digest"]) == 64
    assert len(data["last_block_hash"]) == 66
    assert {"simulator", "python", "py-evm", "eth-tester"} <= data["versions"].keys()
    assert data["tasks"][0]["path"] == "scenario.serial"
    assert {task["status"] for task in data["tasks"]} == {"passed"}
    calls = data["gas"]["by_call"]
    assert list(calls) == sorted(calls)
    assert sum(entry["gas"] for entry in calls.values()) == data["gas"]["total"] > 0
    assert data["nodes"][3]["sum_deposits"] == 60
    identifiers = [channel["identifier"] for channel in data["channels"]]
    assert identifiers == list(range(1, 10))


def test_report_of_a_failure(tmp_path: Path) -> None:
    data = written(run_tasks(tmp_path, "wait: 3", "assert_graph: {nodes: 4}"), tmp_path)
    assert data["outcome"] == "failed"
    assert data["failure"] == {
        "path": "scenario.serial.tasks[1].assert_graph",
        "line": 9,
        "message": "assert_graph: nodes: expected 4, actual 0 (not in it: node 0, node 1, node 2)",
    }
    assert data["tasks"][2] == {
        "path": "scenario.serial.tasks[1].assert_graph",
        "line": 9,
        "name": "assert_graph",
        "parameters": "nodes 4",
        "status": "failed",
        "started_seconds": 3.0,
        "started_block": 0,
        "ended_seconds": 3.0,
        "ended_block": 0,
        "failure": "assert_graph: nodes: expected 4, actual 0 (not in it: node 0, node 1, node 2)",
        "note": None,
    }


def test_timings_are_kept_apart(flagship: FinishedRun, tmp_path: Path) -> None:
    text = json.dumps(written(flagship, tmp_path))
    timings = json.loads((tmp_path / "timings.json").read_text(encoding="utf-8"))
    assert "wall_seconds" not in text
    assert timings["wall_seconds"] > 0
    assert [task["path"] for task in timings["tasks"]] == [r.path for r in flagship.tasks]


def test_graphml_can_be_read(flagship: FinishedRun, tmp_path: Path) -> None:
    reports.write(flagship, tmp_path)
    graph = nx.read_graphml(tmp_path / "network.graphml")
    net = RunningTestnet(flagship.testnet)
    assert (graph.number_of_nodes(), graph.number_of_edges()) == (5, 8)
    assert {data["node"] for _, data in graph.nodes(data=True)} == set(range(5))
    assert {data["online"] for _, data in graph.nodes(data=True)} == {True}
    own = net.node(3).address
    ends = [(1, 2), (2, 1)]
    edges = [data for *_, data in graph.edges(own, data=True)]
    assert sorted(
        data[f"deposit{own_end}"]
        for data in edges
        for own_end, _ in ends
        if data[f"participant{own_end}"] == own
    ) == [15, 15, 15, 15]
    assert all(data["capacity"] == data["deposit1"] + data["deposit2"] for data in edges)


def test_graphml_of_nothing_and_of_much(tmp_path: Path) -> None:
    reports.write(run_tasks(tmp_path, "wait: 1"), tmp_path)
    assert len(nx.read_graphml(tmp_path / "network.graphml")) == 0
    much = 2**200
    report = run_tasks(
        tmp_path, f"open_channel: {{from: 0, to: 1, total_deposit: {much}}}", tokens=much
    )
    reports.write(report, tmp_path)
    ((*_, data),) = nx.read_graphml(tmp_path / "network.graphml").edges(data=True)
    assert data["capacity"] == much


def rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


def test_tables_say_what_the_world_says(flagship: FinishedRun, tmp_path: Path) -> None:
    data = written(flagship, tmp_path)
    net = RunningTestnet(flagship.testnet)
    nodes = rows(tmp_path / "nodes.csv")
    assert [row["address"] for row in nodes] == [net.node(index).address for index in range(5)]
    assert [int(row["node"]) for row in nodes] == list(range(5))
    assert [int(row["sum_deposits"]) for row in nodes] == [
        sum(channel["deposits"].get(row["address"], 0) for channel in data["channels"])
        for row in nodes
    ]
    assert {row["online"] for row in nodes} == {"true"}
    gas = {row["call"]: (int(row["calls"]), int(row["gas"])) for row in rows(tmp_path / "gas.csv")}
    assert gas == flagship.world.gas
    channels = rows(tmp_path / "channels.csv")
    found = {
        (int(row["identifier"]), row["state"]): {
            row["participant1"]: int(row["deposit1"]),
            row["participant2"]: int(row["deposit2"]),
        }
        for row in channels
    }
    assert found == {(c["identifier"], c["state"]): c["deposits"] for c in data["channels"]}
    for row in channels:
        for end in "12":
            number = row[f"node{end}"]
            address = row[f"participant{end}"]
            assert address == (net.node(int(number)).address if number else "0x" + "22" * 20)


def test_the_journal_adds_up_to_the_digest(flagship: FinishedRun, tmp_path: Path) -> None:
    reports.write(flagship, tmp_path)
    lines = (tmp_path / "journal.jsonl").read_bytes()
    assert hashlib.sha256(b"seed 7\n" + lines).hexdigest() == flagship.digest
    assert [json.loads(line) for line in lines.splitlines()] == [
        entry.as_dict() for entry in flagship.testnet.journal.entries
    ]


def test_all_files_are_written(flagship: FinishedRun, tmp_path: Path) -> None:
    reports.prepare(tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert written(flagship, tmp_path)["schema"] == reports.SCHEMA
    assert {file.name for file in tmp_path.iterdir()} == {*report_files.FILES}
    assert all(file.stat().st_size for file in tmp_path.iterdir())


def test_channels_that_are_not_open(tmp_path: Path) -> None:
    report = run_tasks(
        tmp_path,
        "open_channel: {from: 0, to: 1}",
        "open_channel: {from: 1, to: 2}",
        "join_network: {from: 2, funds: 10, initial_channel_target: 1}",
        "close_channel: {from: 0, to: 1}",
    )
    assert reports.channel_count(report) == {"open": 1, "waiting to be settled": 1, "bootstrap": 0}
    states = [channel["state"] for channel in written(report, tmp_path)["channels"]]
    assert states == ["closed", "opened"]


def test_folders_that_cannot_be_written(tmp_path: Path, flagship: FinishedRun) -> None:
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(ConfigurationError, match=r"report.json: cannot be written: "):
            reports.prepare(folder)
        with pytest.raises(ConfigurationError, match=r"report.json: cannot be written: "):
            reports.write(flagship, folder)


def test_one_file_that_cannot_be_written_does_not_cost_the_others(
    tmp_path: Path, flagship: FinishedRun
) -> None:
    (tmp_path / report_files.GRAPH).mkdir()
    with pytest.raises(ConfigurationError, match=r"network.graphml: cannot be written: Is a dir"):
        reports.write(flagship, tmp_path)
    assert {file.name for file in tmp_path.iterdir()} == {*report_files.FILES}


def test_an_earlier_report_is_taken_away_and_nothing_else(
    tmp_path: Path, flagship: FinishedRun
) -> None:
    written(flagship, tmp_path)
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / ".report.json.12345.part").write_text("of a run that was killed")
    reports.prepare(tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["notes.txt"]


def start(file: Path, folder: Path, hash_seed: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [
            *(sys.executable, "-c", "from simulator.cli.main import main; main()", "run"),
            *(str(file), "--seed", "3", "--report", str(folder)),
        ],
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        stdout=subprocess.DEVNULL,
    )


@pytest.mark.parametrize("scenario", ["too_few_peers", nightly("thirty_at_once")])
def test_equal_runs_leave_equal_bytes(tmp_path: Path, scenario: str) -> None:
    """In two processes whose sets and dictionaries of texts are in different order."""
    file = FILES[scenario]
    with start(file, tmp_path / "1", "1") as one, start(file, tmp_path / "2", "4242") as other:
        assert (one.wait(), other.wait()) == (0, 0)
    same = sorted({*report_files.FILES} - {"timings.json", "report.html"})
    assert len(same) == 10
    for name in same:
        assert (tmp_path / "1" / name).read_bytes() == (tmp_path / "2" / name).read_bytes()
    data = json.loads((tmp_path / "1" / "report.json").read_text(encoding="utf-8"))
    another_seed = run_file(file, 4)
    assert data["digest"] != another_seed.digest
    assert data["last_block_hash"] != another_seed.world.last_block_hash
