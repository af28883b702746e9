"""A study measures graphs and joins by the names that they are known by elsewhere, too."""

from pathlib import Path

from simulator.reports.joins import JOIN_MEASURES
from simulator.studies.measures import MEASURES
from simulator.topology.measures import MEASURES as OF_GRAPHS
from tests.studies.writing import WORLD, run, table

AT_ANY_TIME = [name for name, measure in MEASURES.items() if not measure.at_end]


def test_whatever_graphs_and_joins_have_can_be_measured(tmp_path: Path) -> None:
    assert MEASURES.keys() > OF_GRAPHS.keys() | JOIN_MEASURES.keys()
    names, over_time = ", ".join(MEASURES), ", ".join(AT_ANY_TIME)
    series = f"series: {{every_seconds: 60, measures: [{over_time}]}}\n"
    out = run(tmp_path, f"{WORLD}measures: [{names}]\n{series}")
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
