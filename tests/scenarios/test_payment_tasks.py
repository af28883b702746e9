"""Payments in scenario files: what they do, check and refuse."""

from pathlib import Path

import pytest

from simulator.words.errors import ScenarioInvalid
from tests.scenarios.writing import failure_of, run_tasks

HASH = "0x" + "11" * 32
OPENED = "open_channel: {from: 0, to: 1, total_deposit: 50}"


@pytest.mark.parametrize(
    "task",
    [
        "transfer: {from: 0, to: 1, amount: 50}",
        "transfer: {from: 0, to: 1, amount: 51, expected_http_status: 409}",
        "transfer: {from: 0, to: 1, amount: 1, identifier: 0, expected_http_status: 409}",
        "transfer: {from: 0, to: 1, amount: 1, identifier: generate}",
        "transfer: {from: 0, to: 1, amount: 1, lock_timeout: 0, expected_http_status: 409}",
        f"transfer: {{from: 0, to: 1, amount: 1, secret: {HASH}}}",
        f"transfer: {{from: 0, to: 1, amount: 1, secret: '{HASH}'}}",
        f"transfer: {{from: 0, to: 1, amount: 1, secret_hash: {HASH}, expected_http_status: 409}}",
        "assert_history: {from: 0, sent: 0, failed: 0, received: 0}",
        "assert_pending: {from: 1, transfers: 0, locked: 0}",
        "silence_nodes: [0, 1]",
        f"register_secret: {{node: 1, secret: {HASH}}}",
        "close_channel: {from: 1, to: 0, proofs_back: 1}",
    ],
)
def test_what_holds(task: str, tmp_path: Path) -> None:
    assert run_tasks(tmp_path, OPENED, task).failure is None


@pytest.mark.parametrize(
    ("task", "told"),
    [
        ("transfer: {from: 0, to: 1, amount: 51}", "Payment couldn't be completed"),
        ("assert_history: {from: 0, sent: 1}", "sent: expected 1, actual 0"),
        ("assert_pending: {from: 0, locked: 5}", "locked: expected 5, actual 0"),
        ("drop_messages: {nodes: [0, 0]}", "messages travel between two nodes"),
        ("partition: [[0], [0, 1]]", "a node can be in one group only"),
    ],
)
def test_what_does_not_hold_is_told(task: str, told: str, tmp_path: Path) -> None:
    assert told in failure_of(run_tasks(tmp_path, OPENED, task))


@pytest.mark.parametrize(
    ("task", "told"),
    [
        ("transfer: {from: 0, to: 1}", "transfer.amount: is missing"),
        ("transfer: {from: 0, to: 1, amount: 1, secret: abc}", "64 hexadecimal digits"),
        ("assert_pending: {from: 0}", "needs at least one of transfers, locked"),
        ("assert_history: {from: 0, with: 9, sent: 1}", "there is no node 9"),
        ("drop_messages: {share: 1.5}", "share"),
        ("delay_messages: {seconds: -1}", "seconds"),
        ("delay_messages: {seconds: 1, spread: wide}", "spread"),
        ("partition: [[0, 1]]", "groups"),
        ("silence_nodes: []", "silence_nodes.nodes"),
        ("silence_nodes: [2, 9]", "there is no node 9"),
        ("register_secret: {node: 1, secret: 0x11}", "64 hexadecimal digits"),
        ("close_channel: {from: 1, to: 0, proofs_back: -1}", "proofs_back"),
    ],
)
def test_mistakes_are_found_before_anything_runs(task: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(ScenarioInvalid, match=told):
        run_tasks(tmp_path, OPENED, task)
