"""A failure names what was asserted or called, and which node was asked or acted."""

from pathlib import Path

import pytest

from simulator.scenario.language.kinds import TASKS
from simulator.scenario.tasks.calls import CallTask
from tests.scenarios.writing import failure_of, run_tasks

OPEN = "open_channel: {from: 0, to: 1, total_deposit: 7}"
OTHER = "expected_http_status: 599"

WRONG: dict[str, tuple[str, str]] = {
    "assert": ("{from: 0, to: 1, total_deposit: 8}", " of node 0 to node 1: total_deposit: "),
    "assert_connections": ("{from: 2, funds: 8}", " of node 2: funds: expected 8, actual 0"),
    "assert_deposits": ("{from: 0, deposits: [8]}", " of node 0: deposits: expected [8], actual ["),
    "assert_node": ("{node: 1, online: false}", " of node 1: online: expected false, actual true"),
    "assert_wallet": ("{from: 0, tokens: 8}", " of node 0: tokens: expected 8, actual 93"),
    "assert_all": ("{from: 0, balances: [8]}", " of node 0: balances: expected [8], actual [7]"),
    "assert_sum": ("{from: 0, balance_sum: 8}", " of node 0: balance_sum: expected 8, actual 7"),
    "store_channel_info": ("{from: 0, to: 2, key: a}", " of node 0 to node 2: HTTP status: exp"),
    "assert_graph": ("{edges: 8}", ": edges: expected 8, actual 1"),
    "assert_gas": ("{call: approve, calls: 8}", " of approve: calls: expected 8, actual 1"),
    "assert_blocks": ("8", ": blocks: expected 8, actual 1"),
    "assert_events": (
        "{event_name: ChannelClosed, num_events: 8}",
        " of TokenNetwork.ChannelClosed: num_events: expected 8, actual 0",
    ),
    "assert_order": (
        "{events: [{event_name: ChannelClosed}, {event_name: ChannelOpened}]}",
        ": TokenNetwork.ChannelClosed is not there",
    ),
    "join_network": (f"{{from: 2, funds: 9, {OTHER}}}", " of node 2: HTTP status: expected 599, "),
    "leave_network": (f"{{from: 0, {OTHER}}}", " of node 0: HTTP status: expected 599, "),
    "open_channel": (f"{{from: 2, to: 0, {OTHER}}}", " of node 2 to node 0: HTTP status: expected"),
    "deposit": (
        f"{{from: 0, to: 1, total_deposit: 9, {OTHER}}}",
        " of node 0 to node 1: HTTP status: expected 599, actual 200",
    ),
    "transfer": (
        f"{{from: 0, to: 1, amount: 1, {OTHER}}}",
        " of node 0 to node 1: HTTP status: expected 599, actual 200",
    ),
    "assert_pending": ("{from: 0, locked: 8}", " of node 0: locked: expected 8, actual 0"),
    "assert_history": ("{from: 1, sent: 8}", " of node 1: sent: expected 8, actual 0"),
    "assert_workload": (
        "{workload: a, payments: 8}",
        ": workload: 'a' is none of those that have begun",
    ),
    "withdraw": (
        f"{{from: 0, to: 1, total_withdraw: 1, {OTHER}}}",
        " of node 0 to node 1: HTTP status: expected 599, actual 200",
    ),
    "assert_channel_settled_event": (
        "{initiator: 0, partner: 1, channel_info_key: a}",
        " of a: no channel was stored under the key 'a'",
    ),
    "set_reveal_timeout": (
        f"{{from: 0, to: 1, reveal_timeout: 4, {OTHER}}}",
        " of node 0 to node 1: HTTP status: expected 599, actual 200",
    ),
    "register_token": (
        f"{{from: 2, {OTHER}}}",
        " of node 2: HTTP status: expected 599, actual 409",
    ),
    "mint_tokens": (
        f"{{from: 2, amount: 1, {OTHER}}}",
        " of node 2: HTTP status: expected 599, actual 200",
    ),
    "deposit_for_services": (
        f"{{from: 2, total_deposit: 1, {OTHER}}}",
        " of node 2: HTTP status: expected 599, actual 405",
    ),
    "plan_service_withdraw": (
        f"{{from: 2, amount: 1, {OTHER}}}",
        " of node 2: HTTP status: expected 599, actual 405",
    ),
    "withdraw_from_services": (
        f"{{from: 2, amount: 1, {OTHER}}}",
        " of node 2: HTTP status: expected 599, actual 405",
    ),
    "assert_user_deposit": (
        "{from: 2, balance: 1}",
        " of node 2: There is no UserDeposit contract",
    ),
    "shut_down": (f"{{from: 2, {OTHER}}}", " of node 2: HTTP status: expected 599, actual 200"),
    "close_channel": (
        f"{{from: 0, to: 1, {OTHER}}}",
        " of node 0 to node 1: HTTP status: expected",
    ),
}


def test_every_assertion_and_call_has_its_case() -> None:
    asserting = {
        name
        for name, kind in TASKS.items()
        if issubclass(kind, CallTask) or kind.model_construct().is_assertion
    }
    assert asserting == WRONG.keys()


@pytest.mark.parametrize("kind", WRONG)
def test_a_failure_names_its_task_and_node(kind: str, tmp_path: Path) -> None:
    parameters, told = WRONG[kind]
    failure = failure_of(run_tasks(tmp_path, OPEN, f"{kind}: {parameters}"))
    assert failure.startswith(f"scenario.serial.tasks[1]: {kind}{told}")
