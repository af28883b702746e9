"""An assertion that fails tells what is there instead, and whether the world was at rest."""

from pathlib import Path

import pytest

from simulator.reports.record import FAILED
from tests.scenarios.writing import failure_of, run_tasks
from tests.test_cli import call

JOINS = "join_network: {from: 0-2, funds: 100}"
AT_REST = (JOINS, "wait_idle")
CLOSED = (*AT_REST, "close_channel: {from: 0, to: 2}")
MOVING = "parallel: {tasks: [join_network: {from: 0-1, funds: 100}, wait: 1, %s]}"

NEAR = {
    "assert_deposits: {from: 0, deposits: [20, 20, 20]}": (
        "actual [0, 20, 20] (node 0 has 0 with the bootstrap address, 20 with node "
    ),
    "assert_connections: {from: 0, channels: 2}": "0 with the bootstrap address",
    "assert_wallet: {from: 0, tokens: 100}": "actual 60 (40 more in open channels)",
    "assert: {from: 0, to: 3}": "(they never had one; node 0 has channels with the bootstrap addr",
    "assert_graph: {nodes: 4}": "nodes: expected 4, actual 3 (not in it: node 3)",
    "assert_graph: {edges: 4}": "edges: expected 4, actual 3",
    "assert_graph: {min_degree: 3}": "actual 2 (so many has node 0, node 1, node 2)",
    "assert_events: {event_name: ChannelNewDeposit, num_events: 1, "
    "event_args: {participant: 3}}": "(there: 2 with participant node ",
    "assert_events: {event_name: ChannelNewDeposit, num_events: 2}": "actual 6 (there: ",
    "assert_events: {event_name: ChannelClosed, num_events: 1}": (
        "actual 0 (nobody's either; there: "
    ),
}
NEAR_CLOSED = {
    "assert: {from: 0, to: 2, state: opened}": (
        "actual closed (the one with node 2 is closed since block 4, can be settled in block 15)"
    ),
    "assert_all: {from: 2, states: [opened, opened, opened]}": "20 with node 0 (closed)",
    "assert_wallet: {from: 0, tokens: 100}": "20 more in open channels; 20 more in closed",
    "assert_order: {events: [{event_name: ChannelClosed}, {event_name: ChannelOpened}]}": (
        "only before it: at 0:30"
    ),
}


@pytest.mark.parametrize(("task", "told"), NEAR.items())
def test_what_is_there_instead_is_told(task: str, told: str, tmp_path: Path) -> None:
    failure = failure_of(run_tasks(tmp_path, *AT_REST, task, nodes=4))
    assert told in failure
    assert "on the way" not in failure


@pytest.mark.parametrize(("task", "told"), NEAR_CLOSED.items())
def test_what_became_of_a_channel_is_told(task: str, told: str, tmp_path: Path) -> None:
    assert told in failure_of(run_tasks(tmp_path, *CLOSED, task))


def test_a_settled_channel_is_told(tmp_path: Path) -> None:
    tasks = ("open_channel: {from: 0, to: 1}", "close_channel: {from: 1, to: 0}", "wait_idle")
    failure = failure_of(run_tasks(tmp_path, *tasks, "assert: {from: 0, to: 1}"))
    assert failure.endswith("(theirs was settled at 3:15 (block 13))")


def test_parts_of_a_graph_are_told(tmp_path: Path) -> None:
    opens = ("open_channel: {from: 0, to: 1}", "open_channel: {from: 2, to: 3}")
    failure = failure_of(run_tasks(tmp_path, *opens, "assert_graph: {connected: true}", nodes=4))
    assert failure.endswith("(its parts: [node 0, node 1], [node 2, node 3])")


def test_a_world_that_is_not_at_rest_is_told(tmp_path: Path) -> None:
    task = "serial: {tasks: [wait: 1, assert_wallet: {from: 0, tokens: 5}]}"
    report = run_tasks(tmp_path, MOVING % task)
    assert "(2 transactions on the way: wait_idle first?)" in failure_of(report)
    held = ("hold_transactions: 0", "join_network: {from: 0, funds: 5, expected_http_status: 408}")
    failure = failure_of(run_tasks(tmp_path, *held, "assert_wallet: {from: 0, tokens: 5}"))
    assert "on the way" not in failure, "what is held back does not come by waiting"


def test_what_holds_a_little_later_is_told(tmp_path: Path) -> None:
    task = "serial: {tasks: [wait: 1, assert_graph: {nodes: 2}]}"
    report = run_tasks(tmp_path, MOVING % task)
    assert failure_of(report).endswith("wait_idle first?); it holds 1 block later")
    (failed,) = [task for task in report.tasks if task.failure]
    assert (failed.status, failed.ended_seconds) == (FAILED, 1.0), "it is no less a failure"
    again = run_tasks(tmp_path, MOVING % task)
    assert (again.digest, str(again.failure)) == (report.digest, str(report.failure))


def test_what_never_holds_is_not_said_to(tmp_path: Path) -> None:
    assert "later" not in failure_of(run_tasks(tmp_path, MOVING % "assert_graph: {nodes: 3}"))


def test_waiting_tells_what_was_missing(tmp_path: Path) -> None:
    task = "wait_until: {timeout: 30, assert_blocks: '>= 0', assert_graph: {nodes: 4}}"
    failure = failure_of(run_tasks(tmp_path, *AT_REST, task, nodes=4))
    assert failure.endswith(
        "wait_until: assert_graph (line 10): nodes: expected 4, actual 3 "
        "(not in it: node 3) (checked for 30 s)"
    )


def test_it_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run_tasks(tmp_path, *AT_REST, "assert_deposits: {from: 0, deposits: [1]}")
    assert call("run", tmp_path / "test.yaml") == 1
    lines = capsys.readouterr().out.splitlines()
    (line,) = [line for line in lines if line.startswith("FAILED")]
    assert "(node 0 has 0 with the bootstrap address, " in line
