"""What is left in a world at rest is named, and all times count from the root task."""

from pathlib import Path

import pytest

from simulator.scenario.run.runner import FinishedRun, run_file
from tests.scenarios.writing import failure_of, run_tasks, write
from tests.test_cli import call

HELD = ("hold_transactions: 0", "parallel: {tasks: [join_network: {from: 0, funds: 5}, wait: 1]}")
STUCK = (
    "open_channel: {from: 0, to: 1}",
    "stop_node: 1",
    "close_channel: {from: 0, to: 1}",
    "set_eth: {node: 0, wei: 0}",
)
JOIN_IN_VAIN = "join_network: {from: 0, funds: 5, expected_http_status: 408}"
OF_ANOTHER = JOIN_IN_VAIN.replace("0", "2", 1)


def note_of(report: FinishedRun) -> str:
    assert report.failure is None
    (task,) = [task for task in report.tasks if task.kind == "wait_idle"]
    return task.note


def test_nothing_is_said_where_nothing_is_left(tmp_path: Path) -> None:
    tasks = ("join_network: {from: 0, funds: 5}", "wait_idle: {nothing_left: true}")
    assert note_of(run_tasks(tmp_path, *tasks)) == ""


@pytest.mark.parametrize(
    ("tasks", "left"),
    [
        (("hold_transactions: 0", JOIN_IN_VAIN), "1 held"),
        (STUCK, "1 unsettled"),
        (
            (*STUCK, "hold_transactions: 2", JOIN_IN_VAIN.replace("0", "2", 1)),
            "1 held, 1 unsettled",
        ),
    ],
)
def test_what_is_left_is_named_and_can_be_a_failure(
    tmp_path: Path, tasks: tuple[str, ...], left: str
) -> None:
    assert note_of(run_tasks(tmp_path, *tasks, "wait_idle")) == f"idle, but {left}"
    strict = run_tasks(tmp_path, *tasks, "wait_idle: {nothing_left: true}")
    assert failure_of(strict).endswith(f"wait_idle: idle, but {left}")


def test_what_is_left_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run_tasks(tmp_path, *STUCK, "wait_idle")
    assert call("run", tmp_path / "test.yaml", "--report", tmp_path / "report") == 0
    assert "\n      idle, but 1 unsettled\n" in capsys.readouterr().out
    assert "idle, but 1 unsettled" in (tmp_path / "report" / "report.html").read_text()
    assert '"note": "idle, but 1 unsettled"' in (tmp_path / "report" / "report.json").read_text()


def test_who_holds_transactions_can_be_named_alone(tmp_path: Path) -> None:
    for word in ("hold", "drop", "fail"):
        report = run_tasks(
            tmp_path, f"{word}_transactions: 1", "release_transactions: 1", "wait: 1"
        )
        assert report.passed


def test_all_times_count_from_the_root_task(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (
        "nodes: {count: 3}\n"
        "topology: {type: line, deposit: 5}\n"
        "faults: [{at_seconds: 20, mint: {node: 0, amount: 1}}]\n"
        "scenario: {serial: {tasks: [assert_blocks: 0, wait_blocks: 2, assert_blocks: 2]}}\n"
    )
    report = run_file(write(tmp_path, text))
    assert report.failure is None
    times = {task.kind: (task.started_seconds, task.ended_seconds) for task in report.tasks}
    began, ended = times["topology"]
    assert (began, ended) == (-15.0, 0.0)
    assert times["wait_blocks"] == (0.0, 30.0)
    assert times["mint"] == (20.0, 30.0)
    assert (report.blocks, report.virtual_seconds) == (2, 30.0)
    assert call("run", tmp_path / "test.yaml") == 0
    out = capsys.readouterr().out
    assert "ok      -0:15 - 0:00 (block -1 to 0)  topology" in out
    assert "2 in 0:30 of virtual time" in out


def test_without_a_start_graph_the_world_begins_at_zero(tmp_path: Path) -> None:
    report = run_tasks(tmp_path, "wait: 7", "wait_blocks: 1")
    assert [task.started_seconds for task in report.tasks] == [0.0, 0.0, 7.0]
    assert (report.blocks, report.virtual_seconds) == (1, 15.0)
