"""Comparisons everywhere, and what calls answer: partners, and how long they took; the order."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.forms.expected import Comparison, holds
from simulator.words.errors import ScenarioInvalid
from tests.scenarios.writing import failure_of, run_tasks, scenario_of

OPEN = "open_channel: {from: 0, to: 1, total_deposit: 20}"
TWO = ("join_network: {from: 0-2, funds: 100}", "wait_idle")

DEPOSITS = "event_name: ChannelNewDeposit"

HOLDS = [
    "assert: {from: 0, to: 1, total_deposit: '>= 20', balance: '< 21'}",
    "assert_deposits: {from: 0, deposits: ['>= 15', 0, '> 19']}",
    "assert_deposits: {from: 0, deposits: ['>= 0', '>= 0', '>= 20']}",
    "assert_all: {from: 0, total_deposits: [20, '<= 0', 20], balances: [0, '> 0', 20]}",
    f"assert_events: {{{DEPOSITS}, num_events: 6, event_args: {{total_deposit: '>= 20'}}}}",
    f"assert_events: {{{DEPOSITS}, num_events: 0, event_args: {{total_deposit: '> 20'}}}}",
    "assert_order: {events: [{event_name: ChannelOpened}, {event_name: ChannelNewDeposit}]}",
]
FAILS = {
    "assert: {from: 0, to: 1, total_deposit: '> 20'}": "total_deposit: expected > 20, actual 20",
    "assert_deposits: {from: 0, deposits: ['>= 20', '>= 20', '>= 1']}": (
        "deposits: expected [>= 1, >= 20, >= 20], actual [0, 20, 20]"
    ),
    "assert_deposits: {from: 0, deposits: ['>= 0', '>= 0']}": "actual [0, 20, 20]",
    "assert_order: {events: [{event_name: ChannelOpened}, {event_name: ChannelSettled}]}": (
        "TokenNetwork.ChannelSettled does not come after TokenNetwork.ChannelOpened at 0:15: "
        "it is not there"
    ),
    "assert_order: {events: [{event_name: ChannelClosed}, {event_name: ChannelSettled}]}": (
        "TokenNetwork.ChannelClosed is not there"
    ),
    "assert_order: {events: [{event_name: ChannelNewDeposit, event_args: {participant: 2}}, "
    "{event_name: ChannelOpened, event_args: {participant1: 0}}]}": "only before it: at 0:",
}


@pytest.mark.parametrize("task", HOLDS)
def test_what_holds(task: str, tmp_path: Path) -> None:
    assert run_tasks(tmp_path, *TWO, task).failure is None


@pytest.mark.parametrize(("task", "message"), FAILS.items())
def test_what_does_not_hold(task: str, message: str, tmp_path: Path) -> None:
    assert message in failure_of(run_tasks(tmp_path, *TWO, task))


def test_the_order_of_closing_and_settling(tmp_path: Path) -> None:
    first = "{event_name: ChannelClosed, event_args: {closing_participant: 0}}"
    order = f"assert_order: {{events: [{first}, {{event_name: ChannelSettled}}]}}"
    tasks = (OPEN, "store_channel_info: {from: 0, to: 1, key: it}", "leave_network: {from: 0}")
    assert run_tasks(tmp_path, *tasks, order).failure is None
    settled = "{event_name: ChannelSettled, channel_info_key: it}"
    back = f"assert_order: {{events: [{settled}, {first}]}}"
    assert "ChannelClosed (closing_participant 0) does not come after" in failure_of(
        run_tasks(tmp_path, *tasks, back)
    )


def test_a_leave_names_its_partners(tmp_path: Path) -> None:
    leave = "leave_network: {from: 0, expected_partners: [%s]}"
    bootstrap = '"0x2222222222222222222222222222222222222222"'
    assert run_tasks(tmp_path, *TWO, leave % f"2, 1, {bootstrap}").failure is None
    assert run_tasks(tmp_path, leave % "").failure is None
    assert failure_of(run_tasks(tmp_path, *TWO, leave % "1, 2")).endswith(
        "partners: expected node 1, node 2, actual the bootstrap address, node 1, node 2"
    )
    assert failure_of(run_tasks(tmp_path, leave % "1")).endswith(
        "partners: expected node 1, actual nobody"
    )


def test_calls_can_be_timed(tmp_path: Path) -> None:
    assert run_tasks(tmp_path, f"{OPEN[:-1]}, expected_seconds: 15}}").failure is None
    assert run_tasks(tmp_path, f"{OPEN[:-1]}, expected_seconds: '<= 15'}}").failure is None
    assert failure_of(run_tasks(tmp_path, f"{OPEN[:-1]}, expected_seconds: '< 15'}}")).endswith(
        "open_channel of node 0 to node 1: seconds: expected < 15, actual 15"
    )
    refused = "join_network: {from: 0, funds: 500, expected_http_status: 409, expected_seconds: 0}"
    assert run_tasks(tmp_path, refused).failure is None


@pytest.mark.parametrize(
    ("task", "message"),
    [
        ("assert: {from: 0, to: 1, balance: '>= 1', allow_balance_error: 1}", "leaves room by its"),
        (
            "assert_order: {events: [{event_name: ChannelOpened}]}",
            "events: must have at least 2, not 1",
        ),
        ("assert_order: {events: [{event_name: A}, {event_name: B}]}", "events[1].event_name: no"),
        ("assert_order: {events: 5}", "assert_order.events: must be"),
        ("assert_order: {events: [{event_nam: A}, {event_name: B}]}", "event_name: is missing"),
        ("assert_node: {node: 0}", "assert_node: needs at least one of online"),
        ("assert_node: {node: 7, online: true}", "there is no node 7"),
        ("leave_network: {from: 0, expected_partners: [7]}", "there is no node 7"),
        (
            "leave_network: {from: 0, expected_partners: [1], expected_http_status: 402}",
            "expected_partners: can't be checked when the call is expected to fail",
        ),
        ("leave_network: {from: 0, expected_seconds: soon}", "must be a number from 0 or a text"),
    ],
)
def test_what_makes_no_sense_is_a_mistake(task: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(ScenarioInvalid) as caught:
        scenario_of(tmp_path, task)
    assert message in str(caught.value)


comparisons = st.builds(Comparison, st.sampled_from(["<", "<=", ">", ">="]), st.integers(0, 6))


@given(st.lists(st.integers(0, 6) | comparisons, max_size=4), st.data())
def test_lists_hold_in_one_order_or_another(expected: list[object], data: st.DataObject) -> None:
    from itertools import permutations  # noqa: PLC0415

    size = len(expected)
    actual = data.draw(st.lists(st.integers(0, 6), min_size=size, max_size=size))
    one = any(all(map(holds, expected, order)) for order in permutations(actual))
    assert holds(list(expected), list(actual)) == one
