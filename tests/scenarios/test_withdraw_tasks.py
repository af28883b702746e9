"""Scenario files that take tokens out of channels, and settle them together or not."""

from pathlib import Path

import pytest

from simulator.scenario.language.scenario import load
from simulator.scenario.run.runner import FinishedRun, run
from tests.scenarios.writing import failure_of, run_tasks, text_of, write

OPEN = "open_channel: {from: 0, to: 1, total_deposit: 50}"
STORE = "store_channel_info: {from: 0, to: 1, key: it}"
PAY = "transfer: {from: 0, to: 1, amount: 20}"
CLOSE = "close_channel: {from: 1, to: 0}"
SETTLED = "channel_info_key: it"


def run_among(dialect: str, folder: Path, *tasks: str) -> FinishedRun:
    """Run tasks of nodes that all speak a dialect."""
    options = f"default_options: {{dialect: {dialect}}}"
    return run(load(write(folder, text_of(*tasks).replace("count: 3", f"count: 3, {options}"))))


def test_a_withdraw_is_seen(tmp_path: Path) -> None:
    tasks = (
        *(OPEN, PAY),
        "withdraw: {from: 1, to: 0, total_withdraw: 15, expected_seconds: 15}",
        "assert: {from: 1, to: 0, total_withdraw: 15, balance: 5, total_deposit: 0}",
        "assert: {from: 1, to: 0, total_withdraw: '>= 15'}",
        "withdraw: {from: 1, to: 0, total_withdraw: 15, expected_http_status: 409}",
        "withdraw: {from: 0, to: 2, total_withdraw: 15, expected_http_status: 409}",
        "assert_events: {event_name: ChannelWithdraw, num_events: 1, event_args: {participant: 1}}",
    )
    assert run_tasks(tmp_path, *tasks).failure is None


@pytest.mark.parametrize(
    ("task", "told"),
    [
        ("withdraw: {from: 0, to: 1, total_withdraw: 51}", "expected 2.., actual 409"),
        ("assert: {from: 0, to: 1, total_withdraw: 1}", "total_withdraw: expected 1, actual 0"),
    ],
)
def test_what_differs_is_told(task: str, told: str, tmp_path: Path) -> None:
    assert told in failure_of(run_tasks(tmp_path, OPEN, task))


ANY = "initiator: 1, partner: 0"


@pytest.mark.parametrize("dialect", ["bespin", "red-eyes"])
def test_the_end_of_a_channel_and_what_was_paid(dialect: str, tmp_path: Path) -> None:
    got = "initiator_amount: 20, partner_amount: 30"
    tasks = (OPEN, STORE, PAY, CLOSE, "wait_idle", "assert: {from: 0, to: 1, state: closed}")
    end = f"assert_channel_settled_event: {{{ANY}, {SETTLED}, {got}}}"
    assert run_among(dialect, tmp_path, *tasks[:5], end).failure is None
    status = "expected_http_status: 404"
    gone = f"assert: {{from: 0, to: 1, {status}}}"
    there = gone if dialect == "bespin" else tasks[5]
    assert run_among(dialect, tmp_path, *tasks[:4], there).failure is None


@pytest.mark.parametrize(
    ("end", "told"),
    [
        (f"{ANY}, {SETTLED}, initiator_amount: 21", "initiator_amount: expected 21, actual 20"),
        (f"{ANY}, {SETTLED}, partner_amount: '< 30'", "partner_amount: expected < 30, actual 30"),
        (f"initiator: 0, partner: 1, {SETTLED}", "it was settled by node 1"),
        (f"initiator: 1, partner: 2, {SETTLED}", "the channel was between node 1 and node 0"),
        (f"{ANY}, channel_info_key: that", "no channel was stored under the key 'that'"),
    ],
)
def test_what_differs_at_the_end_is_told(end: str, told: str, tmp_path: Path) -> None:
    task = f"assert_channel_settled_event: {{{end}}}"
    report = run_among("bespin", tmp_path, OPEN, STORE, PAY, CLOSE, task)
    assert told in failure_of(report)


def test_a_channel_that_is_only_closed_is_not_settled(tmp_path: Path) -> None:
    task = f"assert_channel_settled_event: {{{ANY}, {SETTLED}}}"
    assert "is not settled" in failure_of(run_tasks(tmp_path, OPEN, STORE, CLOSE, task))
    waits = f"assert_channel_settled_event: {{{ANY}, {SETTLED}, timeout: 9000}}"
    assert run_tasks(tmp_path, OPEN, STORE, CLOSE, waits).failure is None
