"""A study measures graphs and joins by the names that they are known by elsewhere, too."""

from pathlib import Path

from simulator.reports.joins import JOIN_MEASURES
from simulator.reports.payment_measures import PAYMENT_MEASURES
from simulator.studies.measures import MEASURES
from simulator.topology.measures import MEASURES as OF_GRAPHS
from tests.studies.writing import WORLD, call, run, table, write

WORKLOAD = """\
workload:
  payments: 40
  arrivals: {per_second: 1}
  amounts: {least: 1, most: 12}
"""
AT_ANY_TIME = [name for name, measure in MEASURES.items() if not measure.at_end]


def test_whatever_graphs_joins_and_payments_have_can_be_measured(tmp_path: Path) -> None:
    assert MEASURES.keys() > OF_GRAPHS.keys() | JOIN_MEASURES.keys() | PAYMENT_MEASURES.keys()
    names, over_time = ", ".join(MEASURES), ", ".join(AT_ANY_TIME)
    series = f"series: {{every_seconds: 60, measures: [{over_time}]}}\n"
    out = run(tmp_path, f"{WORLD}{WORKLOAD}measures: [{names}]\n{series}")
    (row,) = table(out / "runs.csv")
    assert row["outcome"] == "passed"
    assert not [name for name in MEASURES if row[name] == ""]
    assert {one["metric"] for one in table(out / "series.csv")} == {*AT_ANY_TIME}


def test_a_series_ends_at_what_the_run_ends_at(tmp_path: Path) -> None:
    """Measured from the journal, a moment is what the world was then."""
    names = "channels, joins, unplaced_tokens, channels_short, mean_path"
    series = f"series: {{every_seconds: 15, measures: [{names}]}}\n"
    out = run(tmp_path, f"{WORLD}measures: [{names}]\n{series}")
    (row,) = table(out / "runs.csv")
    last = {one["metric"]: one["value"] for one in table(out / "series.csv")}
    assert {name: float(value) for name, value in last.items()} == {
        name: float(row[name]) for name in last
    }


def test_what_waits_is_measured_up_to_its_moment(tmp_path: Path) -> None:
    """The first to join has nobody to open a channel with, for as long as nobody comes."""
    text = "chain: {engine: model}\nnodes: {count: 1}\ngrowth: {funds: 100, after_seconds: 120}\n"
    series = "series: {every_seconds: 60, measures: [missing_seconds]}\n"
    out = run(tmp_path, f"{text}measures: [missing_seconds]\n{series}")
    waits = [float(one["value"] or 0) for one in table(out / "series.csv")]
    assert waits == sorted(waits)
    assert waits[-1] > waits[1] > 0


def test_networks_that_have_grown_are_judged_by_payments(tmp_path: Path) -> None:
    """Of amounts that fit into channels more succeed; whatever else is drawn stays the same."""
    factors = "factors: {workload.amounts.amount: [1, 12, 1000]}\n"
    fixed = WORKLOAD.replace("least: 1, most: 12", "type: fixed, amount: 1")
    measures = "measures: [payments, success_rate, success_of_amount, payment_hops]\n"
    out = run(tmp_path, f"{WORLD}{fixed}{factors}{measures}")
    rows = {row["workload.amounts.amount"]: row for row in table(out / "runs.csv")}
    small, large, huge = (rows[amount] for amount in ("1", "12", "1000"))
    assert {row["payments"] for row in (small, large, huge)} == {"40"}
    assert 1 >= float(small["success_rate"]) > float(large["success_rate"]) > 0
    assert (huge["success_rate"], huge["payment_hops"]) == ("0.0", "")
    assert float(small["success_of_amount"]) == float(small["success_rate"])


def test_a_network_that_is_there_from_the_start_is_judged_by_payments(tmp_path: Path) -> None:
    """Nobody grows: in a line of three only the middle one passes anything on, for its fee."""
    text = (
        "chain: {engine: model}\n"
        "nodes: {count: 3, default_options: {dialect: bespin, proportional-fee: 0, "
        "proportional-imbalance-fee: 0}}\n"
        "topology: {type: line, deposit: 5000, partner_deposit: 5000}\n"
        "workload: {payments: 2, arrivals: {per_second: 1}, amounts: {type: fixed, amount: 1000}, "
        "pairs: {type: listed, pairs: [[0, 2]]}}\n"
        "factors: {nodes.default_options.flat-fee: [0, 100]}\n"
        "measures: [channels, payments, payment_fees, mediator_fees]\n"
    )
    rows = table(run(tmp_path, text) / "runs.csv")
    told = {row["nodes.default_options.flat-fee"]: row for row in rows}
    assert [row["channels"] for row in rows] == [row["payments"] for row in rows] == ["2", "2"]
    assert told["0"]["mediator_fees"] == "0"
    assert told["100"]["mediator_fees"] == "200"
    margins = 2 * 4  # 3 % of the fee, and 0.05 % of the amount
    assert told["100"]["payment_fees"] == str(200 + margins)


def test_payments_are_measured_up_to_their_moment(tmp_path: Path) -> None:
    series = "series: {every_seconds: 5, measures: [payments, success_rate]}\n"
    out = run(tmp_path, f"{WORLD}{WORKLOAD}measures: [payments, success_rate]\n{series}")
    (row,) = table(out / "runs.csv")
    made = [int(one["value"]) for one in table(out / "series.csv") if one["metric"] == "payments"]
    assert made == sorted(made)
    assert made[0] == 0
    assert len({*made}) > 5
    assert row["payments"] == "40"


def test_a_workload_of_a_study_follows_the_rules_of_a_task(tmp_path: Path) -> None:
    text = f"{WORLD}{WORKLOAD.replace('per_second', 'per_sec')}"
    assert call("validate", write(tmp_path, text)) == 2
