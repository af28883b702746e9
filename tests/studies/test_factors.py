"""What differs between runs, what of it can't be, and how many runs there are."""

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator import study
from simulator.studies.factors import Factors, RangePart, SamplePart, Scale
from simulator.words.errors import ScenarioInvalid
from tests.studies.writing import SMALL, WORLD, call, run, table, write

MODEL = {"engine": "model"}
Captured = pytest.CaptureFixture[str]


def ranges(**ends: tuple[float, float]) -> dict[str, RangePart]:
    return {
        name: RangePart.model_validate({"from": low, "to": high})
        for name, (low, high) in ends.items()
    }


@given(st.integers(1, 40), st.integers(0, 5))
def test_a_latin_hypercube_has_one_point_in_each_part_of_each_range(size: int, seed: int) -> None:
    factors = Factors(
        ranges=ranges(x=(0.0, 1.0), y=(10.0, 20.0)), sample=SamplePart(latin=size), seed=seed
    )
    points = list(factors)
    assert len(points) == factors.count == size
    assert sorted(math.floor(point["x"] * size) for point in points) == list(range(size))
    assert sorted(math.floor((point["y"] - 10) / 10 * size) for point in points) == [*range(size)]


@given(st.integers(1, 30), st.integers(1, 30))
def test_one_random_point_or_factor_more_changes_no_other(few: int, more: int) -> None:
    alone = list(Factors(ranges=ranges(x=(0, 1e6)), sample=SamplePart(random=few)))
    longer = list(Factors(ranges=ranges(x=(0, 1e6)), sample=SamplePart(random=few + more)))
    beside = Factors(ranges=ranges(y=(0, 1), x=(0, 1e6)), sample=SamplePart(random=few))
    assert longer[:few] == alone
    assert [point["x"] for point in beside] == [point["x"] for point in alone]


@given(st.integers(-5, 5), st.integers(1, 9), st.integers(0, 9), st.sampled_from([*Scale]))
def test_whole_ends_give_whole_numbers_within(
    low: int, width: int, seed: int, scale: Scale
) -> None:
    low = max(1, low) if scale is Scale.LOG else low
    part = RangePart.model_validate({"from": low, "to": low + width, "scale": str(scale)})
    values = [
        point["x"] for point in Factors(ranges={"x": part}, sample=SamplePart(random=30), seed=seed)
    ]
    assert all(type(value) is int and low <= value <= low + width for value in values)


def test_whole_numbers_of_a_range_come_equally_often() -> None:
    part = RangePart.model_validate({"from": 1, "to": 4})
    factors = Factors(ranges={"x": part}, sample=SamplePart(latin=400))
    counts = [sum(point["x"] == value for point in factors) for value in (1, 2, 3, 4)]
    assert counts == [100] * 4


def test_lists_ranges_and_points_meet_each_other(tmp_path: Path) -> None:
    text = (
        SMALL
        + """\
factors:
  growth.initial_channel_target: [1, 2]
  growth.funds: {from: 100, to: 200}
sample: {latin: 3}
points:
  - {chain.confirmation_blocks: 0, growth.every_seconds: 30}
  - {chain.confirmation_blocks: 2, growth.every_seconds: 90}
strategies: [random, lowest_degree]
"""
    )
    rows = table(run(tmp_path, text) / "runs.csv")
    assert len(rows) == 2 * 3 * 2 * 2
    funds = {row["growth.funds"] for row in rows}
    assert len(funds) == 3
    assert all(100 <= int(value) <= 200 for value in funds)
    pairs = {(row["chain.confirmation_blocks"], row["growth.every_seconds"]) for row in rows}
    assert pairs == {("0", "30"), ("2", "90")}


WRONG = {
    "growth.fundz: [1]": "7: growth.fundz: unknown key; did you mean funds?",
    "growth.funds: [0]": "7: growth.funds: must be a positive integer, not 0",
    "grow.funds: [1]": "7: factors.grow.funds: is no way to a key of this",
    "growth.funds: []": "7: factors.growth.funds: must be a list of at least one value, or a range",
    "growth.funds: [1, 1]": "7: factors.growth.funds[1]: 1 is listed twice",
    "growth.funds: {from: 2, to: 1}": "7: factors.growth.funds.to: must be more than from",
    "growth.funds: {from: 1, to: 9}": "1: sample: is missing: how many points are drawn",
    "growth.funds: {from: 0, to: 9, scale: log}": "7: factors.growth.funds.from: must be more",
    "nodes.count: [2, none]": "7: nodes.count: must be an integer, not 'none'",
    "topology: [{type: bal}]": "7: topology.type: must be the name of a graph generator, not 'bal'",
}


@pytest.mark.parametrize(("factor", "told"), WRONG.items())
def test_what_is_wrong_with_a_factor_is_told_with_its_line(
    factor: str, told: str, tmp_path: Path, capsys: Captured
) -> None:
    file = write(tmp_path, "version: 1\n" + SMALL + f"factors:\n  {factor}\n")
    assert call("run", file, "--out", tmp_path / "out") == 2
    assert f"{file}:{told}" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


MISTAKES = {
    SMALL + "growht: 1\n": ":5: growht: unknown key; did you mean growth?",
    "measures: [channels]\n": ":1: must have a scenario, a growth or a workload",
    SMALL + "scenario: x.yaml\n": "must have either a scenario or a growth",
    "scenario: x.yaml\nnodes: {count: 3}\n": ":2: nodes: says nothing beside scenario",
    "scenario: x.yaml\n": "x.yaml: cannot be read: No such file",
    SMALL.replace(
        "channels", "chanels"
    ): "measures[0]: must be the name of a metric, not 'chanels'",
    SMALL.replace("joins]", "joins, joins]"): "measures[3]: joins is listed twice",
    SMALL + "strategies: [rando]\n": "strategies[0]: must be the name of a strategy, not 'rando'",
    SMALL + "strategies: [random, random]\n": "strategies[1]: random is listed twice",
    SMALL + "replications: 0\n": ":5: replications: must be at least 1",
    SMALL
    + "series: {every_seconds: 0, measures: [channels]}\n": "every_seconds: must be more than 0",
    SMALL
    + "series: {every_seconds: 9, measures: [gas]}\n": "gas is only known at the end of a run",
    SMALL + "until: {metric: gini, half_width: 1}\n": "until.metric: ",
    SMALL + "until: {metric: nodes, half_width: 1}\n": "nodes is none of the measures",
    SMALL
    + "until: {metric: joins, half_width: 1, most: 1}\nreplications: 2\n": "at least replications",
    SMALL + "sample: {latin: 3}\n": "sample: says nothing: no factor is a range",
    SMALL + "points: [{growth.funds: 1}, {}]\n": "points[1]: must say the same as the first point",
    SMALL.replace("funds: 100", "funds: 100, offline: 1"): "growth.offline: ",
    SMALL.replace(
        "funds: 100", "funds: 100, wave_size: 2"
    ): "wave_size: says nothing about arrivals",
    SMALL.replace("poisson", "waves"): "growth.wave_size: is missing: waves need it",
    SMALL.replace(
        "every_seconds: 60", "every_seconds: 0"
    ): "must be more than 0 with arrivals poisson",
    SMALL.replace("funds: 100", "funds: 9, away_seconds: 2"): "says nothing without stay_seconds",
    SMALL.replace("funds: 100", "funds: 9, offline_seconds: 2"): "says nothing without offline",
    SMALL.replace("nodes: {count: 6}\n", ""): "nodes: is missing",
    SMALL.replace(
        "blocks: 10", "blocks: 10, confirmation_blocks: 5"
    ): ":1: chain.confirmation_blocks: settle_timeout_blocks of 10 gives a reveal timeout of 5",
    SMALL
    + "factors: {chain.confirmation_blocks: [1, 5]}\n": ":5: chain.confirmation_blocks: settle_",
    "[1]\n": ":1: must be a mapping of keys to values",
}


@pytest.mark.parametrize(("text", "told"), MISTAKES.items())
def test_every_mistake_is_one_sentence(
    text: str, told: str, tmp_path: Path, capsys: Captured
) -> None:
    file = write(tmp_path, text)
    assert call("run", file, "--out", tmp_path / "out") == 2
    lines = capsys.readouterr().err.splitlines()
    assert any(told in line for line in lines), lines
    assert all(line.removeprefix("simulator: ").startswith(str(tmp_path)) for line in lines)


def test_in_a_program_mistakes_have_no_line() -> None:
    with pytest.raises(ScenarioInvalid, match=r"^study: growth\.funds: is missing$"):
        study(nodes={"count": 2}, growth={})


def test_a_dry_run_says_how_many_runs_there_are_and_leaves_nothing(
    tmp_path: Path, capsys: Captured
) -> None:
    text = SMALL + "replications: 3\nfactors: {growth.initial_channel_target: [1, 2]}\n"
    file, out = write(tmp_path, text), tmp_path / "out"
    assert call("run", file, "--dry-run", "--out", out, "--jobs", "2") == 0
    told = capsys.readouterr().out
    assert "2 points x 3 replications: 6 runs\nabout 0:0" in told
    assert "with 2 processes, by the first one" in told
    assert not out.exists()
    run(tmp_path, text.replace("replications: 3", "replications: 2"))
    write(tmp_path, text)
    capsys.readouterr()
    assert call("run", file, "--dry-run", "--out", out) == 0
    told = capsys.readouterr().out
    assert "6 runs, 4 of them finished" in told
    assert "by those that are finished" in told


UNTIL = (
    WORLD
    + """\
measures: [degree_gini]
factors: {growth.initial_channel_target: [1, 2]}
replications: 3
"""
)


def test_replications_are_added_until_all_means_are_known(tmp_path: Path) -> None:
    text = UNTIL + "until: {metric: degree_gini, half_width: 0.05}\n"
    out = run(tmp_path, text)
    rows = table(out / "runs.csv")
    counts = [sum(row["growth.initial_channel_target"] == value for row in rows) for value in "12"]
    assert counts[0] == counts[1] > 3  # so that differences stay paired
    before = (out / "runs.csv").read_bytes()
    assert run(tmp_path, text).joinpath("runs.csv").read_bytes() == before
    from simulator.studies.results import Results  # noqa: PLC0415

    assert all(one.interval.half_width <= 0.05 for one in Results(out).means("degree_gini"))


def test_it_is_told_where_so_many_replications_do_not_do(tmp_path: Path, capsys: Captured) -> None:
    run(tmp_path, UNTIL + "until: {metric: degree_gini, half_width: 1e-6, most: 4}\n")
    assert "until is not reached with 4 replications: 2 points" in capsys.readouterr().out
    assert len(table(tmp_path / "out" / "runs.csv")) == 8
