"""Workloads that run: each payment has a row, and the statistics are those of the rows."""

import csv
import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from simulator.reports import folder as reports
from simulator.reports.payment_rows import PaymentRows
from simulator.scenario.language.scenario import load
from simulator.scenario.run.runner import run
from simulator.testnet.testnet import Testnet
from tests.scenarios.writing import write

SCENARIO = """\
version: 2
nodes: {count: 20}
chain: {engine: model}
messages: {delay_seconds: 0.1}
topology: {type: scale_free, attachments: 2, deposit: 50, partner_deposit: 50}
scenario:
  serial:
    tasks:
      - workload:
          name: retail
          payments: 100
          arrivals: {type: poisson, per_second: 0.5}
          amounts: {type: uniform, least: 1, most: 20}
      - wait_idle:
"""
POISSON: dict[str, Any] = {"per_second": 2}
SMALL: dict[str, Any] = {"least": 1, "most": 20}
NETWORK: dict[str, Any] = {
    "type": "scale_free",
    "attachments": 2,
    "deposit": 50,
    "partner_deposit": 50,
}
PLANNED = ("started_seconds", "from", "to", "amount")


def network(**options: Any) -> Testnet:
    return Testnet(12, seed=5, engine="model", topology=NETWORK, **options)


def planned(rows: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [tuple(row[column] for column in PLANNED) for row in rows]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of a run with a workload of a hundred payments."""
    folder = tmp_path_factory.mktemp("workload")
    report = run(load(write(folder, SCENARIO)))
    assert report.failure is None
    reports.write(report, folder)
    return folder


def table(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def test_each_payment_has_a_row_that_tells_what_the_journal_tells(written: Path) -> None:
    rows, all_payments = table(written / "workloads.csv"), table(written / "payments.csv")
    assert len(rows) == len(all_payments) == 100
    same = ("from", "to", "amount", "outcome", "reason", "attempts")
    for row, payment in zip(rows, all_payments, strict=True):
        assert row["workload"] == "retail"
        assert {name: row[name] for name in same} == {name: payment[name] for name in same}
        assert row["route"] == payment["path"]
        assert float(row["seconds"]) == pytest.approx(float(payment["seconds"]))
        assert float(row["started_seconds"]) == pytest.approx(float(payment["started_seconds"]))


def test_statistics_are_those_of_the_rows(written: Path) -> None:
    rows = table(written / "workloads.csv")
    data = json.loads((written / "report.json").read_text(encoding="utf-8"))
    (told,) = data["workloads"]
    paid = [row for row in rows if row["outcome"] == "succeeded"]
    failed = [row for row in rows if row["outcome"] == "failed"]
    assert failed  # or nothing is told of reasons
    assert (told["name"], told["payments"], told["pending"]) == ("retail", 100, 0)
    assert (told["succeeded"], told["failed"]) == (len(paid), len(failed))
    assert told["success_rate"] == len(paid) / 100
    assert told["amount"] == sum(int(row["amount"]) for row in rows)
    assert told["amount_paid"] == sum(int(row["amount"]) for row in paid)
    assert told["mean_hops"] == sum(int(row["hops"]) for row in paid) / len(paid)
    assert told["mean_attempts"] == sum(int(row["attempts"]) for row in rows) / 100
    assert sum(told["failures"].values()) == len(failed)
    seconds = sorted(float(row["seconds"]) for row in paid)
    assert told["seconds"]["most"] == seconds[-1]
    assert seconds[len(seconds) // 3] <= told["seconds"]["p50"] <= told["seconds"]["p90"]
    locked = sum(float(row["locked_token_blocks"]) for row in rows)
    assert told["locked_token_blocks"] == pytest.approx(locked)


def test_the_page_shows_the_statistics_of_each_workload(written: Path) -> None:
    html = (written / "report.html").read_text(encoding="utf-8")
    assert '<h2 id="workloads">Workloads</h2>' in html
    assert "retail" in html
    assert "token·blocks" in html


def test_another_workload_changes_nothing_of_what_one_draws() -> None:
    alone, beside = network(), network()
    one = alone.workload(name="one", payments=40, arrivals=POISSON, amounts=SMALL)
    one.result()
    other = beside.workload(name="other", payments=30, arrivals=POISSON, amounts=SMALL)
    again = beside.workload(name="one", payments=40, arrivals=POISSON, amounts=SMALL)
    again.result()
    other.result()
    assert planned(again.rows()) == planned(one.rows())
    assert planned(other.rows()) != planned(one.rows())[:30]


def test_a_seed_gives_the_same_payments_again() -> None:
    nets = network(), network()
    found = [net.workload(payments=50, arrivals=POISSON, amounts=SMALL) for net in nets]
    for one in found:
        one.result()
    assert found[0].rows() == found[1].rows()
    assert nets[0].digest == nets[1].digest


def test_what_is_paid_is_what_nodes_remember() -> None:
    net = network()
    told = net.workload(payments=200, arrivals=POISSON, amounts=SMALL).result()
    sent = [
        payment
        for node in net.nodes
        for payment in node.payments()
        if payment.event == "EventPaymentSentSuccess"
    ]
    assert told.succeeded == len(sent)
    assert told.amount_paid == sum(payment.amount for payment in sent)


def test_locks_count_with_their_amount_for_as_long_as_they_are_there() -> None:
    """Each of three hops is longer locked than the one behind it."""
    net = Testnet(4, engine="model", topology={"type": "line", "deposit": 50})
    net.set_messages(delay_seconds=1)
    pending = net.workload(
        arrivals={"type": "listed", "seconds": [0]},
        amounts={"type": "fixed", "amount": 30},
        pairs={"type": "listed", "pairs": [[0, 3]]},
    )
    pending.result()
    net.run_until_idle()
    times: dict[int, float] = {}
    locked = 0.0
    for entry in net.journal:
        told = entry.as_dict()
        if told["event"] == "TransferLocked":
            times[told["channel_identifier"]] = entry.time
        elif told["event"] == "TransferUnlocked":
            locked += 30 * (entry.time - times[told["channel_identifier"]]) / 15
    assert len(times) == 3
    assert pending.rows()[0]["locked_token_blocks"] == pytest.approx(locked)
    assert pending.statistics.locked_token_blocks == pytest.approx(locked)
    assert locked > 3 * 30 * 4 / 15


def test_locks_that_are_still_there_count_until_now() -> None:
    net = Testnet(3, engine="model", topology={"type": "line", "deposit": 50})
    net.silence(net.node(2))
    pending = net.workload(
        arrivals={"type": "listed", "seconds": [0]},
        amounts={"type": "fixed", "amount": 20},
        pairs={"type": "listed", "pairs": [[0, 2]]},
    )
    net.advance(blocks=3)
    assert pending.statistics.pending == 1
    assert pending.statistics.locked_token_blocks == pytest.approx(2 * 20 * 3)
    assert not pending.done
    told = pending.result()
    assert told.failed == 1
    net.run_until_idle()
    blocks = 99 + 10  # until they expire, and until their senders take them back
    assert pending.statistics.locked_token_blocks == pytest.approx(2 * 20 * blocks)


def test_who_is_stopped_pays_nothing_and_that_is_told() -> None:
    net = network()
    net.node(0).stop()
    told = net.workload(
        payments=5,
        arrivals=POISSON,
        amounts=SMALL,
        pairs={"type": "listed", "pairs": [[0, 1]]},
    ).result()
    assert (told.failed, told.succeeded) == (5, 0)
    assert all("node …" in reason for reason in told.failures)


def test_a_workload_that_is_stopped_makes_no_more_payments() -> None:
    net = network()
    pending = net.workload(seconds=10_000, arrivals=POISSON, amounts=SMALL)
    net.advance(seconds=20)
    pending.stop()
    made = pending.statistics.payments
    assert 20 < made < 80
    assert pending.result().payments == made
    assert pending.done
    net.advance(seconds=100)
    assert pending.statistics.payments == made


def test_payments_begin_for_so_many_seconds() -> None:
    net = network()
    began = net.now
    pending = net.workload(seconds=30, arrivals=POISSON, amounts=SMALL)
    pending.result()
    times = [row["started_seconds"] - began for row in pending.rows()]
    assert 30 < len(times) < 100
    assert 20 < max(times) <= 30


def test_rows_of_payments_that_the_journal_has_lost_are_there() -> None:
    net = network(keep_journal=100)
    pending = net.workload(payments=100, arrivals=POISSON, amounts=SMALL)
    pending.result()
    assert len(net.journal) == 100
    assert len([row for row in pending.rows() if row["route"]]) > 90


@pytest.mark.parametrize("most", [20, 2**70])
def test_rows_are_written_as_csv_and_parquet_alike(most: int, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    net = network()
    pending = net.workload(payments=20, arrivals=POISSON, amounts={"least": 1, "most": most})
    pending.result()
    pending.write(tmp_path / "rows.csv")
    pending.write(str(tmp_path / "rows.parquet"))
    found = parquet.read_table(tmp_path / "rows.parquet").to_pylist()
    amounts = ("amount", "fee", "mediator_fees")
    whole = [{**row, **{name: int(row[name]) for name in amounts}} for row in found]
    assert whole == pending.rows()
    assert [row["amount"] for row in table(tmp_path / "rows.csv")] == [
        str(row["amount"]) for row in pending.rows()
    ]


def test_a_hundred_thousand_payments_are_a_few_megabytes() -> None:
    """Each takes some hundred bytes, its route and a reason of its own included."""
    rows, count = PaymentRows(), 10_000
    tracemalloc.start()
    try:
        for number in range(count):
            row = rows.begin(float(number), number % 100, number % 99, 10**6 + number)
            rows.try_route(row)
            rows.set_route(row, [number % 100, 500, 501, number % 99])
            rows.end(row, number + 0.5, "succeeded")
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held / count < 300
    assert rows.route(5) == [5, 500, 501, 5]
