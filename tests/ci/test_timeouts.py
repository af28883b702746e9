"""A run that takes too long ends, says what was in progress, and the others go on."""

import json
from pathlib import Path

import pytest

from simulator.reports import timeline
from simulator.scenario.run.runner import run_file
from tests.ci.test_conditions import outcomes
from tests.ci.test_junit import parsed
from tests.ci.test_suite import GOOD
from tests.marks import nightly
from tests.scenarios.writing import run_tasks, text_of, write
from tests.test_cli import Captured, call

HUNG = text_of("parallel: {tasks: [wait: 1, serial: {repeat: 10000, tasks: [wait: 3, wait: 4]}]}")
EVENTS = 4_000
STOPS = text_of(f"serial: {{repeat: {EVENTS // 2}, tasks: [stop_node: 0, start_node: 0, wait: 1]}}")
LIMITED = f"timeout: {{wall_seconds: 0.01}}\n{STOPS}"


@pytest.mark.parametrize(("limit", "is_over"), [(29, False), (29.5, False), (30, True), (31, True)])
def test_virtual_time_is_over_exactly_then(
    tmp_path: Path, limit: float, is_over: bool, capsys: Captured
) -> None:
    text = f"timeout: {{virtual_seconds: {limit}}}\n{text_of('wait_blocks: 2')}"
    file = write(tmp_path, text)
    assert call("run", file) == (0 if is_over else 1)
    message = (
        f"FAILED {file}:9: scenario.serial.tasks[0].wait_blocks: not over after {limit:g} s of "
        "virtual time, which is timeout.virtual_seconds; in progress: wait_blocks (line 9)"
    )
    assert (message in capsys.readouterr().out) == (not is_over)


def test_a_limit_of_virtual_time_changes_nothing_before_it(tmp_path: Path) -> None:
    """What waits until nothing is left to do does not wait for the limit."""
    tasks = ("join_network: {from: 0, funds: 9}", "wait_idle", "assert_blocks: '< 9'")
    free = run_tasks(tmp_path, *tasks)
    write(tmp_path, f"timeout: {{virtual_seconds: 500}}\n{text_of(*tasks)}", "other.yaml")
    out = tmp_path / "out"
    assert call("run", tmp_path / "other.yaml", "--report", out) == 0
    assert json.loads((out / "report.json").read_text())["digest"] == free.digest


def test_what_waits_for_ever_says_so_and_not_the_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.setattr(
        "simulator.testnet.controls.Controls.wait_until_idle",
        lambda self: self._world.clock.env.event(),
    )
    assert (
        call("run", write(tmp_path, f"timeout: {{virtual_seconds: 9}}\n{text_of('wait_idle')}"))
        == 1
    )
    assert "waits for something that never happens" in capsys.readouterr().out


@pytest.mark.parametrize("processes", ["1", nightly("2")])
def test_a_run_that_hangs_is_an_error_and_others_go_on(
    tmp_path: Path, processes: str, capsys: Captured
) -> None:
    folder = tmp_path / "scenarios"
    folder.mkdir()
    write(folder, f"timeout: {{wall_seconds: 0.01}}\nxfail: whatever\n{HUNG}", "a.yaml")
    write(folder, GOOD, "b.yaml")
    junit, out = tmp_path / "junit.xml", tmp_path / "out"
    (tmp_path / "none").mkdir()
    arguments = ("--jobs", processes, "--junit", junit, "--report", out)
    assert call("run", folder, *arguments, "--golden", tmp_path / "none") == 1
    shown = capsys.readouterr().out
    assert "which is timeout.wall_seconds; in progress: " in shown
    assert shown.splitlines()[-1] == "0 passed, 1 failed, 0 invalid, 1 error"  # b has no golden
    root = parsed(junit.read_text(encoding="utf-8"))
    (error,) = root.iter("error")
    assert error.attrib["type"] == "error"
    assert error.attrib["message"].startswith("not over after 0.01 s of your clock")
    assert "again: simulator run " in (error.text or "")
    report = json.loads((out / "a" / "report.json").read_text(encoding="utf-8"))
    assert report["outcome"] == "error"
    assert report["failure"]["line"] == 10


def test_of_a_run_that_was_cut_off_what_was_done_is_replayed(
    tmp_path: Path, capsys: Captured
) -> None:
    file, out = write(tmp_path, LIMITED.replace("0.01", "0.05")), tmp_path / "out"
    assert call("run", file, "--report", out) == 1
    events = json.loads((out / "manifest.json").read_text(encoding="utf-8"))["events"]
    assert 0 < events < EVENTS
    assert call("replay", out) == 0
    assert outcomes(capsys).startswith(f"equal: {events} events")


def test_a_run_that_is_over_by_the_next_step_is_in_time(tmp_path: Path) -> None:
    text = "timeout: {wall_seconds: 1e-9, virtual_seconds: 1e-9}\n" + text_of("stop_node: 0")
    assert call("run", write(tmp_path, text)) == 0


def test_what_many_do_is_told_once(tmp_path: Path, capsys: Captured) -> None:
    tasks = "join_network: {from: 0-7, funds: 5}", "wait: 50"
    text = text_of(f"parallel: {{tasks: [{tasks[0]}, {tasks[1]}, {tasks[1]}]}}", nodes=8)
    file = write(tmp_path, f"timeout: {{virtual_seconds: 10}}\n{text}")
    assert call("run", file) == 1
    out = capsys.readouterr().out
    assert "; in progress: wait (line 9), join_network from 0-7 (line 9)\n" in out


def test_what_is_on_its_way_is_not_called_held(tmp_path: Path) -> None:
    """Only what a fault holds back waits for ever."""
    hold = "hold_transactions: {node: 0}"
    text = text_of(hold, "parallel: {tasks: [join_network: {from: 0-2, funds: 5}]}")
    report = run_file(write(tmp_path, f"timeout: {{virtual_seconds: 10}}\n{text}"))
    assert timeline.around(report).splitlines()[-1] == "  waiting: 1 held, 2 pending"
    rows = [row for row in timeline.around(report).splitlines() if "unfinished" in row]
    assert len(rows) == 1
    assert rows[0].split()[-2:] == ["from", "0-2"]
