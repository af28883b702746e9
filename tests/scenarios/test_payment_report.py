"""Payments in reports: the rows of files, the table of the page, and the summary for a CI page."""

import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest

from simulator.node.dialects import Dialect
from simulator.reports import folder as reports
from simulator.reports.page import MAX_ROWS
from simulator.reports.payments import MAX_IN_SUMMARY, payments_of, some_of
from simulator.scenario.language.scenario import load
from simulator.scenario.run.runner import run
from simulator.testnet.testnet import Testnet
from tests.payments.worlds import chain_of, with_channels
from tests.scenarios.writing import run_tasks, write
from tests.test_cli import call

SILENT = b"\x07" * 32
DIAMOND = [(0, 1), (1, 3), (0, 2), (2, 3)]
SCENARIO = """\
version: 2
nodes: {count: 3}
topology: {type: line, deposit: 50, partner_deposit: 50}
chain: {settle_timeout_blocks: 20}
messages: {delay_seconds: 0.25}
scenario:
  serial:
    tasks:
      - wait: 5
      - transfer: {from: 0, to: 2, amount: 10, identifier: 7}
      - transfer: {from: 0, to: 2, amount: 60, expected_http_status: 409}
"""


def summary_of(file: Path) -> str:
    """Return what `run --summary` writes of a file."""
    told = file.with_suffix(".md")
    assert call("run", file, "--summary", told, "-q") == 0
    return told.read_text(encoding="utf-8")


def written(net: Testnet, folder: Path) -> list[dict[str, Any]]:
    net.report(folder)
    data = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    rows: list[dict[str, Any]] = data["payments"]
    return rows


@pytest.mark.parametrize("dialect", Dialect)
def test_a_payment_has_a_row_with_its_path_and_what_it_took(
    dialect: Dialect, tmp_path: Path
) -> None:
    net = chain_of(4, dialects=[dialect])
    net.set_messages(delay_seconds=0.5)
    began = net.now
    net.node(0).pay(net.token, net.node(3).address, 25, identifier=77)
    net.run_until_idle()
    (row,) = written(net, tmp_path)
    messages = 9 if dialect is Dialect.BESPIN else 11
    assert row == {
        "started_seconds": began,
        "started_block": net.block_number - net._simulation.first_block,
        "token": net.token,
        "from": 0,
        "initiator": net.node(0).address,
        "to": 3,
        "target": net.node(3).address,
        "amount": 25,
        "identifier": 77,
        "outcome": "succeeded",
        "reason": "",
        "waiting": "",
        "seconds": 0.5 * (messages - 3),  # the unlocks come after
        "messages": messages,
        "refunded": False,
        "paths": [[0, 1, 2, 3]],
    }


def test_each_way_that_was_tried_is_told(tmp_path: Path) -> None:
    net = with_channels(4, DIAMOND)
    net.node(1).pay(net.token, net.node(3).address, 80)
    net.node(3).pay(net.token, net.node(0).address, 30)
    net.node(0).pay(net.token, net.node(3).address, 60, identifier=5)
    row = written(net, tmp_path)[2]
    assert (row["outcome"], row["refunded"]) == ("succeeded", False)
    assert row["paths"] == [[0, 1], [0, 2, 3]]
    html = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert '<div class="faint">0 → 1</div>' in html
    assert "0 → 2 → 3" in html


def test_what_failed_says_why_and_where_it_waited(tmp_path: Path) -> None:
    net = chain_of(3, dialects=[Dialect.BESPIN])
    net.set_messages(delay_seconds=2)
    net.node(0).pay.begin(net.token, net.node(2).address, 60)
    net.node(1).pay.begin(net.token, net.node(2).address, 80)
    net.node(0).pay.begin(net.token, net.node(1).address, 500)
    net.run_until_idle()
    stuck, paid, without_way = written(net, tmp_path)
    assert (stuck["outcome"], stuck["reason"]) == ("failed", "lock expired")
    told = "node 1 could not pass it on to node 2: 60 is more than the 20 that can be sent"
    assert stuck["waiting"] == told
    assert stuck["paths"] == [[0, 1]]
    assert paid["outcome"] == "succeeded"
    assert (without_way["outcome"], without_way["paths"]) == ("failed", [])
    assert without_way["seconds"] == without_way["messages"] == 0
    html = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert told in html
    assert "1 succeeded, 2 failed; 80 tokens were paid" in html


def test_what_is_not_over_is_pending_and_refunds_are_told(tmp_path: Path) -> None:
    net = chain_of(3)
    net.node(0).pay.begin(net.token, net.node(2).address, 10, secret_hash=SILENT)
    net.node(1).pay(net.token, net.node(2).address, 85)
    net.node(0).pay.begin(net.token, net.node(2).address, 9)
    net.advance(seconds=1)
    pending, _, refunded = written(net, tmp_path)
    assert (pending["outcome"], pending["seconds"]) == ("pending", None)
    assert (refunded["outcome"], refunded["refunded"]) == ("failed", True)
    html = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "… pending" in html
    assert "0 → 1 and back" in html


def test_the_same_identifier_again_is_another_payment() -> None:
    net = chain_of(2)
    for amount in (10, 20):
        net.node(0).pay(net.token, net.node(1).address, amount, identifier=5)
    found = payments_of(net.journal)
    assert [(one.event.amount, one.messages, one.outcome) for one in found] == [
        (10, 5, "succeeded"),
        (20, 5, "succeeded"),
    ]


def test_what_began_before_the_kept_journal_is_left_out() -> None:
    net = chain_of(2, keep_journal=3)
    net.node(0).pay(net.token, net.node(1).address, 10)
    assert payments_of(net.journal) == []


def test_times_count_from_the_root_task_as_those_of_tasks(tmp_path: Path) -> None:
    report = run(load(write(tmp_path, SCENARIO)))
    assert report.failure is None
    reports.write(report, tmp_path)
    data = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    tasks = [task for task in data["tasks"] if task["name"] == "transfer"]
    for task, payment in zip(tasks, data["payments"], strict=True):
        for key in ("started_seconds", "started_block"):
            assert payment[key] == task[key]
        assert payment["seconds"] == task["ended_seconds"] - task["started_seconds"]


def test_the_table_of_payments_says_the_same(tmp_path: Path) -> None:
    report = run(load(write(tmp_path, SCENARIO)))
    reports.write(report, tmp_path)
    data = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    with (tmp_path / "payments.csv").open(encoding="utf-8", newline="") as text:
        rows = list(csv.DictReader(text))
    assert [row["path"] for row in rows] == ["0 1 2", ""]
    assert [row["attempts"] for row in rows] == ["1", "0"]
    for row, payment in zip(rows, data["payments"], strict=True):
        for key in payment.keys() - {"paths", "refunded"}:
            assert row[key] == str(payment[key])


def test_a_run_without_payments_says_nothing_of_them(tmp_path: Path) -> None:
    report = run_tasks(tmp_path, "open_channel: {from: 0, to: 1, total_deposit: 5}")
    reports.write(report, tmp_path)
    assert json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))["payments"] == []
    assert len((tmp_path / "payments.csv").read_text(encoding="utf-8").splitlines()) == 1
    assert "Payments" not in (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "<details>" not in summary_of(tmp_path / "test.yaml")


def test_of_many_payments_the_page_shows_some_and_room_is_left_for_what_failed(
    tmp_path: Path,
) -> None:
    net = chain_of(2)
    for number in range(MAX_ROWS + 30):
        net.node(0).pay.begin(net.token, net.node(1).address, 1 if number < 20 else 1000)
    net.run_until_idle()
    rows = written(net, tmp_path)
    assert len(rows) == MAX_ROWS + 30
    html = (tmp_path / "report.html").read_text(encoding="utf-8")
    section = html[html.index('<h2 id="payments">') :]
    section = section[: section.index("</section>")]
    assert section.count("<tr>") == MAX_ROWS + 1
    assert "30 more payments are not listed here; all are in payments.csv" in section
    for most in (10, MAX_ROWS):
        shown = some_of(rows[::-1], most)
        assert len(shown) == most
        assert shown == [row for row in rows[::-1] if row in shown]


def test_failed_ones_are_shown_first_of_very_many() -> None:
    rows = [{"number": n, "outcome": "failed" if n >= 90 else "succeeded"} for n in range(100)]
    shown = some_of(rows, 10)
    assert [row["number"] for row in shown] == [0, 1, 2, 3, 4, 90, 91, 92, 93, 94]
    assert len(some_of(rows[:95], 20)) == 20


def test_payments_in_several_tokens_say_in_which(tmp_path: Path) -> None:
    net = with_channels(2, [(0, 1)], tokens=2)
    other = net.tokens[1]
    net.node(0).open_channel(other, net.node(1).address, 50)
    net.node(0).pay(net.token, net.node(1).address, 1)
    net.node(0).pay(other, net.node(1).address, 2)
    assert [row["token"] for row in written(net, tmp_path)] == net.tokens
    html = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "<td>token</td>" in html
    assert "<td>token 1</td>" in html


def test_the_summary_for_a_ci_page_lists_payments_folded_up(tmp_path: Path) -> None:
    many = "".join(
        f"      - transfer: {{from: 0, to: 2, amount: 1, identifier: {number}}}\n"
        for number in range(100, 100 + MAX_IN_SUMMARY)
    )
    file = write(tmp_path, SCENARIO + many, "a_<b>.yaml")
    text = summary_of(file)
    assert f"a_&lt;b&gt;.yaml, seed 0: {MAX_IN_SUMMARY + 1} succeeded, 1 failed; " in text
    assert "| 0 | 2 | 10 | 0 → 1 → 2 | succeeded | 1.5 s | 8 |" in text
    assert "failed: 60 is more than the" in text
    table = text[text.index("| start |") :]
    assert len(re.findall(r"^\| \d", table, re.MULTILINE)) == MAX_IN_SUMMARY
    assert "2 more are in the report." in text
