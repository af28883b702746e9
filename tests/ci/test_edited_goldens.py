"""What an edit of a scenario can explain, and what it can't, is told when its golden differs."""

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from simulator.node import connections
from simulator.reports.golden import GoldenFinding, compare, text_of
from simulator.scenario.run.runner import run_file
from simulator.words.options import Check
from tests.ci.goldens import JOINS, THREE, lines_of, stingy
from tests.examples import examples
from tests.scenarios.writing import text_of as file_of
from tests.scenarios.writing import write


def finding_of(folder: Path, before: str, after: str) -> GoldenFinding | None:
    """Compare what an edited scenario does with what it did."""
    golden = folder / "test.golden"
    golden.write_text("\n".join([*lines_of(folder, before), ""]))
    return compare(run_file(write(folder, after), check=Check.NEVER), golden)


def told(folder: Path, before: str, after: str) -> str:
    finding = finding_of(folder, before, after)
    assert finding is not None
    return finding.message


# -- a regression is none of an edit that comes later ------------------------------------

RECORD = "--update-golden"
LATER = {
    "a new task": (*THREE, "stop_node: 0"),
    "another value": (*THREE[:2], "wait: 100"),
    "a task that is gone": THREE[:2],
    "a group": (*THREE, "parallel: {tasks: [stop_node: 0, stop_node: 1]}"),
}


@pytest.mark.parametrize("what", LATER)
def test_a_regression_before_an_edit_is_told_as_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    golden = tmp_path / "test.golden"
    golden.write_text("\n".join([*lines_of(tmp_path, JOINS), ""]))
    monkeypatch.setattr(connections, "plan", stingy)
    finding = compare(run_file(write(tmp_path, file_of(*LATER[what])), check=Check.NEVER), golden)
    assert finding is not None
    told = finding.message
    assert re.match(rf"not as in {re.escape(str(golden))}: line \d+ of the golden: ", told)
    assert "Deposited of node 1: total_deposit: expected 20, actual 19; task " in told
    assert "; the scenario has been edited too (" in told
    assert "but that comes later and can't explain it" in told
    assert told.endswith(f"; if it is meant, {RECORD} records it anew")
    assert "may be" not in told
    assert finding.line == 9


EARLIER = {
    "before": (THREE[0], "stop_node: 2", *THREE[1:]),
    "at the same time": (THREE[0], f"parallel: {{tasks: [{THREE[1]}, stop_node: 2]}}"),
    "it itself": (THREE[0], THREE[1].replace("100", "90"), THREE[2]),
}


@pytest.mark.parametrize("what", EARLIER)
def test_what_an_edit_may_have_led_to_is_not_called_a_regression(tmp_path: Path, what: str) -> None:
    message = told(tmp_path, JOINS, file_of(*EARLIER[what]))
    assert "the scenario has been edited since " in message
    assert f"({RECORD} records it anew)" in message


def test_what_differs_first_below_other_tasks_is_told_behind_an_edit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An edit that stands first must not hide a rule that has changed as well."""
    golden = tmp_path / "test.golden"
    golden.write_text("\n".join([*lines_of(tmp_path, JOINS), ""]))
    monkeypatch.setattr(connections, "plan", stingy)
    edited = write(tmp_path, file_of("wait: 15", *THREE))
    finding = compare(run_file(edited, check=Check.NEVER), golden)
    assert finding is not None
    assert "`wait  seconds 15` is new; below other tasks " in finding.message
    first = "TokensMoved of node 1: amount: expected 20, actual 19, below line 10 of the scenario ("
    assert f", the first: {first}" in finding.message


def test_what_follows_later_may_be_of_an_edit(tmp_path: Path) -> None:
    """A settlement that never comes is below a task that was over long before the edit."""
    by_hand = ("open_channel: {from: 1, to: 2}", "close_channel: {from: 1, to: 2}")
    message = told(tmp_path, file_of(*by_hand, "wait: 1000"), file_of(*by_hand, "wait: 15"))
    assert "which may be why they differ: " in message
    assert ": expected TransactionSent settleChannel of node " in message


def test_a_rule_alone_says_how_to_accept_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    golden = tmp_path / "test.golden"
    golden.write_text("\n".join([*lines_of(tmp_path, JOINS), ""]))
    monkeypatch.setattr(connections, "plan", stingy)
    finding = compare(run_file(write(tmp_path, JOINS), check=Check.NEVER), golden)
    assert finding is not None
    assert finding.message.endswith("; if it is meant, --update-golden records it anew")


# -- what is an edit ---------------------------------------------------------------------

FAILS = "assert_graph: {nodes: 7}"


def test_a_task_that_fails_now_is_not_edited(tmp_path: Path) -> None:
    """Nor are those that do not begin because of it; and what fails could not be recorded."""
    before = (*THREE, "assert_deposits: {from: 0, deposits: [0, 20]}", "wait: 1", "stop_node: 0")
    after = (THREE[0].replace("100", "200"), *before[1:])
    message = told(tmp_path, file_of(*before), file_of(*after, tokens=300))
    assert "line 8: `join_network  from 0, funds 200` instead of " in message
    assert "instead of `assert_deposits" not in message
    assert "is gone" not in message
    assert message.endswith("(once it passes, --update-golden records it anew)")


def test_a_failing_scenario_is_not_invited_to_be_recorded(tmp_path: Path) -> None:
    report = run_file(write(tmp_path, file_of(*THREE, FAILS)))
    golden = tmp_path / "test.golden"
    text = text_of(report)
    text.pop(next(n for n, line in enumerate(text) if "JoinEnded" in line))
    golden.write_text("\n".join([*text, ""]))
    finding = compare(report, golden)
    assert finding is not None
    assert "unexpected JoinEnded" in finding.message
    assert RECORD not in finding.message


@pytest.mark.parametrize(
    ("nodes", "told_as"), [(4, "4 nodes instead of 3"), (2, "2 nodes instead")]
)
def test_another_number_of_nodes_is_named(tmp_path: Path, nodes: int, told_as: str) -> None:
    stops = ("stop_node: 0", "stop_node: 1")
    message = told(tmp_path, file_of(*stops), file_of(*stops, nodes=nodes))
    assert f" was recorded: {told_as}" in message
    lines = "1 line is new" if nodes > 3 else "1 line is missing"
    assert f"; below other tasks {lines}, the first: NodeStarted" in message, (
        "who is who is below none"
    )


def test_an_edit_outside_of_the_tasks_is_told_as_one(tmp_path: Path) -> None:
    message = told(tmp_path, JOINS, JOINS.replace("blocks: 10}", "blocks: 20}"))
    assert " was recorded, outside of its tasks, which may be why they differ: " in message


def test_a_swapped_order_is_told_once(tmp_path: Path) -> None:
    stops = ("stop_node: 0", "stop_node: 1", "wait: 1")
    message = told(tmp_path, file_of(*stops), file_of(stops[1], stops[0], stops[2]))
    assert message.count(" has moved") == 1
    assert "is new" not in message
    assert "is gone" not in message
    assert "below other tasks all is as it was" in message


def test_a_task_of_a_loop_is_told_once(tmp_path: Path) -> None:
    loop = "serial: {{repeat: 4, tasks: [wait: 1{}]}}"
    added = (loop.format(tasks) for tasks in ("", ", stop_node: 0, start_node: 0"))
    message = told(tmp_path, *(file_of(one) for one in added))
    assert "line 8: `stop_node  node 0` is new, 4 times, " in message


def test_only_lines_that_differ_are_counted(tmp_path: Path) -> None:
    message = told(tmp_path, JOINS, file_of("stop_node: 2", *THREE))
    assert "0 lines" not in message


def test_what_led_to_something_else_in_the_same_instant_is_told_as_that(tmp_path: Path) -> None:
    """Who joins at the same time as others goes on by itself while those begin."""
    joins = [f"join_network: {{from: {n}, funds: 100}}" for n in range(5)]
    text = "parallel: {{tasks: [{}]}}".format(", ".join(f"{{{join}}}" for join in joins[:3]))
    late = (joins[3].replace("}", ", initial_channel_target: 4}"), joins[4], "wait_idle:")
    before, after = (text, "wait_idle:", *late), (text, *late)
    message = told(tmp_path, file_of(*before, nodes=5), file_of(*after, nodes=5))
    joining = "`join_network  from {}, funds 100{}` (line {})"
    moves = ", ".join(
        f"4 lines of node {n} (setTotalDeposit, channel {n}-3) moved from below "
        f"{joining.format(3, ', initial_channel_target 4', 9)} to below {joining.format(n, '', 8)}"
        for n in (1, 2)
    )
    assert f": `wait_idle` is gone; {moves}; below other tasks all is as it was (" in message


def test_another_order_is_told_as_one(tmp_path: Path) -> None:
    golden = tmp_path / "test.golden"
    lines = lines_of(tmp_path, JOINS)
    at = next(n for n, line in enumerate(lines) if "openChannelWithDeposit" in line)
    lines[at - 1 : at + 1] = lines[at], lines[at - 1]
    golden.write_text("\n".join([*lines, ""]))
    finding = compare(run_file(write(tmp_path, file_of("wait: 15", *THREE))), golden)
    assert finding is not None
    assert "below other tasks only the order is another (" in finding.message


JOIN = "join_network: {{from: {}, funds: {}, expected_http_status: 2..|4..|5..}}"
HELD = "hold_transactions: {node: 1, blocks: 2}"
SOME_TASKS = st.sampled_from(
    [
        *(JOIN.format(node, funds) for node in range(3) for funds in (40, 100)),
        "leave_network: {from: 0, expected_http_status: 2..|4..|5..}",
        "wait: 20",
        "wait_idle:",
        "stop_node: 1",
        "start_node: 1",
        HELD,
    ]
)
BLOCKS = st.one_of(
    SOME_TASKS,
    st.lists(SOME_TASKS, min_size=1, max_size=3).map(
        lambda tasks: "parallel: {tasks: [" + ", ".join(f"{{{task}}}" for task in tasks) + "]}"
    ),
)


@examples(25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(BLOCKS, min_size=1, max_size=5), st.lists(BLOCKS, max_size=2), st.data())
def test_no_edit_of_tasks_is_called_a_regression(
    tmp_path: Path, tasks: list[str], others: list[str], data: st.DataObject
) -> None:
    """Whatever is put in, taken out or replaced: the rules are the same."""
    first = data.draw(st.integers(0, len(tasks)))
    last = data.draw(st.integers(first, min(len(tasks), first + 2)))
    edited = [*tasks[:first], *others, *tasks[last:]]
    if not edited:
        return
    before, after = (run_file(write(tmp_path, on_model(one))) for one in (tasks, edited))
    golden = tmp_path / "test.golden"
    golden.write_text("\n".join([*text_of(before), ""]))
    finding = compare(after, golden)
    if after.scenario.content != before.scenario.content:
        assert finding is not None
        assert " has been edited since " in finding.message, finding.message
    else:
        assert finding is None


def on_model(tasks: list[str]) -> str:
    return file_of(*tasks, tokens=300)
