"""Ctrl-C and SIGTERM, in processes of their own: what was done is on record."""

import csv
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import networkx as nx
import pytest

from simulator.reports.file_names import FILES
from simulator.scenario.run import runner
from simulator.testnet.simulation import Simulation
from tests.ci.moments import Moments
from tests.ci.test_junit import parsed
from tests.ci.test_suite import FAILING, GOOD
from tests.marks import nightly
from tests.scenarios.writing import text_of, write
from tests.test_cli import Captured, call
from tests.waiting import PATIENCE_SECONDS, until

PROGRAM = (sys.executable, "-m", "simulator")
LONG = "serial: {repeat: 20000, tasks: [open_channel: {from: 0, to: 1}, leave_network: {from: 0}]}"
TASKS_OF_LONG = 40_000

Started = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One file that is done soon and two that take for ever."""
    scenarios = tmp_path / "scenarios"
    scenarios.mkdir()
    write(scenarios, GOOD, "a.yaml")
    write(scenarios, text_of(LONG), "b.yaml")
    write(scenarios, text_of(LONG), "c.yaml")
    return tmp_path


def start(*arguments: str | Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [*PROGRAM, "run", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def outputs(folder: Path) -> tuple[str | Path, ...]:
    return (
        *("--junit", folder / "junit.xml", "--summary", folder / "summary.md"),
        *("--report", folder / "out"),
    )


def wait_for(process: "subprocess.Popen[str]", text: str) -> None:
    assert process.stdout is not None
    assert any(text in line for line in iter(process.stdout.readline, ""))


def wait_until_nobody_is_left(group: int) -> None:
    """Wait until all processes of a group have ended."""

    def is_empty() -> bool:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        return False

    until(is_empty)


def check_report(folder: Path, outcome: str = "interrupted") -> dict[str, Any]:
    """Read every file of a report the way its readers do."""
    assert {file.name for file in folder.iterdir()} == {*FILES, "manifest.json"}
    data: dict[str, Any] = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert data["outcome"] == manifest["outcome"] == outcome
    journal = (folder / "journal.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(journal) == manifest["events"]
    assert nx.read_graphml(folder / "network.graphml").number_of_nodes() in {0, 2}
    with (folder / "nodes.csv").open() as nodes:
        assert len(list(csv.DictReader(nodes))) == len(data["nodes"]) == 3
    assert len(json.loads((folder / "timings.json").read_text())["tasks"]) == len(data["tasks"])
    assert ET.parse(folder / "network.svg").getroot().tag.endswith("svg")  # noqa: S314 - our own
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert page.rstrip().endswith("</html>")
    assert ("stopped by the user" in page) == (outcome == "interrupted")
    return data


@pytest.mark.parametrize(
    ("processes", "number"),
    [
        ("1", signal.SIGINT),
        ("2", signal.SIGTERM),
        nightly("1", signal.SIGTERM),
        nightly("2", signal.SIGINT),
    ],
)
def test_what_was_done_is_reported(
    folder: Path, processes: str, number: signal.Signals, moments: Moments
) -> None:
    moments.mark_tasks(TASKS_OF_LONG)
    with start(folder / "scenarios", "--jobs", processes, *outputs(folder)) as process:
        wait_for(process, "PASSED")
        until(lambda: moments.under_way == int(processes))
        os.killpg(process.pid, number)  # as a terminal does, and `timeout`
        out, err = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 130
    assert err.strip() == "simulator: interrupted"
    stopped = {"1": "1 interrupted, 1 not run", "2": "2 interrupted"}[processes]
    assert out.splitlines()[-1] == f"1 passed, 0 failed, 0 invalid, {stopped}"
    assert "INTERRUPTED after " in out
    check_report(folder / "out" / "a", "passed")
    tasks = check_report(folder / "out" / "b")["tasks"]
    statuses = [task["status"] for task in tasks]
    assert set(statuses) == {"passed", "unfinished"}
    assert statuses[0] == "unfinished"
    root = parsed((folder / "junit.xml").read_text(encoding="utf-8"))
    assert root[0].attrib["tests"] == "3"
    assert root[0].attrib["skipped"] == "2"
    skipped = [case.attrib["message"] for case in root.iter("skipped")]
    assert " of 40000 tasks" in skipped[0]
    summary = (folder / "summary.md").read_text(encoding="utf-8")
    assert "**interrupted**" in summary


def test_one_file_and_one_process_that_is_told(folder: Path) -> None:
    file = folder / "scenarios" / "b.yaml"
    with start(file, *outputs(folder)) as process:
        wait_for(process, "leave_network")
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=PATIENCE_SECONDS)
    assert (process.returncode, err.strip()) == (130, "simulator: interrupted")
    assert f"report in {folder / 'out'}" in out
    check_report(folder / "out")


def test_what_was_done_can_be_compared(tmp_path: Path, moments: Moments, capsys: Captured) -> None:
    """The second time the run goes on to its end; what was recorded is compared."""
    file, out = write(tmp_path, text_of(LONG.replace("20000", "10"))), tmp_path / "out"
    after_six = "arguments[0]._numbers[DONE] == 6"
    moments.interrupt_at_call("simulator.suite.progress", "Meter.ended", after_six)
    with start(file, "--report", out) as process:
        process.communicate(timeout=PATIENCE_SECONDS)
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["outcome"] == "interrupted"
    assert call("replay", out) == 0
    assert f"equal: {manifest['events']} events" in capsys.readouterr().out


def test_a_failure_before_the_end_stays_one(folder: Path) -> None:
    steps = "parallel: {tasks: [assert_graph: {nodes: 7}, " + LONG + "]}"
    file = write(folder, text_of(steps))
    with start(file, *outputs(folder)) as process:
        wait_for(process, "leave_network")
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 130
    data = json.loads((folder / "out" / "report.json").read_text(encoding="utf-8"))
    assert data["outcome"] == "failed"
    assert (
        data["failure"]["message"]
        == "assert_graph: nodes: expected 7, actual 0 (not in it: node 0, node 1, node 2)"
    )


LOADED = "simulator.cli.main"
BEGUN = "simulator.suite.jobs"
SET_UP = "simulator.chain.model.ledger"
REPORTED = "simulator.topology.drawing"
"""What is imported while the program is loaded, before anything is done, while the first world is
set up, and while the first report is written."""


@pytest.mark.parametrize(
    ("module", "processes"),
    [
        *((LOADED, "1"), (BEGUN, "1"), (SET_UP, "1"), (REPORTED, "2")),
        *(nightly(*more) for more in ((LOADED, "2"), (BEGUN, "2"), (SET_UP, "2"), (REPORTED, "1"))),
    ],
)
def test_at_any_moment(folder: Path, module: str, processes: str, moments: Moments) -> None:
    """Whenever it comes: no traceback, and reports are there as a whole or not at all."""
    moments.interrupt_at_import(module)
    with start(folder / "scenarios", "--jobs", processes, *outputs(folder)) as process:
        _, err = process.communicate(timeout=PATIENCE_SECONDS)
    # Python itself takes 130 for the signal where it interrupts the making of a class
    assert process.returncode in (130, -signal.SIGINT)
    assert err.strip() == "simulator: interrupted"
    for report in (folder / "out").glob("*/report.json"):
        check_report(report.parent, json.loads(report.read_text())["outcome"])


@pytest.mark.parametrize("processes", ["1", nightly("2")])
def test_the_world_need_not_be_set_up_first(folder: Path, processes: str, moments: Moments) -> None:
    """Whoever interrupts in the middle of that does not wait for a large one."""
    moments.interrupt_at_call("simulator.testnet.genesis", "deploy_token_network")
    files = [write(folder, GOOD, f"{name}.yaml") for name in "ab"]
    with start(*files, "--jobs", processes, *outputs(folder)) as process:
        out, _ = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 130
    last = out.splitlines()[-1]
    if processes == "2":  # the other world may have been set up, or be over
        assert re.fullmatch(
            r"[01] passed, 0 failed, 0 invalid, (1 interrupted, )?[12] not run", last
        )
    else:
        assert last == "0 passed, 0 failed, 0 invalid, 2 not run"
    assert (folder / "junit.xml").exists()


SLOW = """\
import time
from pathlib import Path
from simulator.suite import console

def summary(report, out):
    print(report.outcome.upper(), file=out)
    if report.interrupted:
        Path({mark!r}).touch()
        time.sleep(10_000)

console.summary = summary
"""


@pytest.mark.parametrize("processes", ["1", nightly("2")])
def test_the_second_signal_ends_at_once(folder: Path, processes: str, moments: Moments) -> None:
    mark = folder / "summarizing"
    moments.customize(SLOW.format(mark=str(mark)))
    moments.mark_tasks(TASKS_OF_LONG)
    with start(folder / "scenarios", "--jobs", processes) as process:
        until(lambda: moments.under_way)
        process.send_signal(signal.SIGINT)
        until(mark.exists)
        assert process.poll() is None
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 130
    assert err == "simulator: interrupted\n"
    wait_until_nobody_is_left(process.pid)


def test_a_swallowed_ctrl_c_is_not_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    def make(*arguments: Any, **options: Any) -> Simulation:
        with suppress(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        return Simulation(*arguments, **options)

    monkeypatch.setattr(runner, "Simulation", make)
    before = signal.getsignal(signal.SIGINT)
    assert call("run", write(tmp_path, FAILING)) == 130
    assert signal.getsignal(signal.SIGINT) is before
    assert "INTERRUPTED after" in capsys.readouterr().out


def test_while_the_program_is_loaded_nothing_is_lost_by_ending() -> None:
    """Also where what is loaded would swallow the interrupt; afterwards it is Python's again."""
    lines = [
        "import signal",
        "from simulator.system.loading import Loading",
        "with Loading():",
        "    pass",
        "try:",
        "    signal.raise_signal(signal.SIGINT)",
        "except KeyboardInterrupt:",
        "    print('as ever')",
        "with Loading():",
        "    try:",
        "        signal.raise_signal(signal.SIGINT)",
        "    except KeyboardInterrupt:",
        "        print('swallowed')",
    ]
    command = [sys.executable, "-u", "-c", "\n".join(lines)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (130, "as ever\n")
    assert ended.stderr == "\nsimulator: interrupted\n"
