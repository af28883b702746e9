"""How networks grow, and that studies compare equal worlds."""

from pathlib import Path
from statistics import fmean, variance

import networkx as nx
import pytest

from simulator import PeerView, Study, study
from tests.studies.writing import SMALL, WORLD, run, table

MODEL = {"engine": "model", "settle_timeout_blocks": 10}


def test_twenty_percent_offline_at_any_time_is_one_line(tmp_path: Path) -> None:
    found = study(
        chain=MODEL,
        nodes={"count": 60},
        growth={
            "funds": 1000,
            "arrivals": "waves",
            "wave_size": 60,
            "every_seconds": 1,
            "offline": 0.2,
            "offline_seconds": 300,
            "after_seconds": 6000,
        },
        series={"every_seconds": 300, "measures": ["online"]},
        replications=3,
    ).run(tmp_path)
    by_time: dict[float, list[float]] = {}
    for row in found.series:
        if row["value"] is not None and row["time"] > 0:
            by_time.setdefault(row["time"], []).append(row["value"])
    means = [fmean(values) for values in by_time.values()]
    assert len(means) == 20
    assert fmean(means) == pytest.approx(0.8, abs=0.03)
    assert means[-1] == pytest.approx(0.8, abs=0.1)


def test_the_share_that_is_offline_is_the_same_from_the_beginning(tmp_path: Path) -> None:
    found = study(
        chain=MODEL,
        nodes={"count": 60},
        growth={
            "funds": 1000,
            "arrivals": "waves",
            "wave_size": 60,
            "every_seconds": 1,
            "offline": 0.3,
            "offline_seconds": 1_000_000,
            "after_seconds": 60,
        },
        measures=["online"],
        replications=3,
    ).run(tmp_path)
    assert fmean(row["online"] for row in found.runs) == pytest.approx(0.7, abs=0.1)


@pytest.mark.parametrize(
    "said",
    [
        {"offline": 0.25},
        {"online_seconds": 900, "offline_seconds": 300},
        {"offline": 0.25, "online_seconds": 900},
    ],
)
def test_share_and_times_say_the_same(said: dict[str, float], tmp_path: Path) -> None:
    growth = {"funds": 100, "after_seconds": 3000}
    if "online_seconds" not in said:
        said = {**said, "offline_seconds": 300}
    usual = {"offline": 0.25, "offline_seconds": 300}
    digests = [
        study(chain=MODEL, nodes={"count": 8}, growth={**growth, **times})
        .run(tmp_path / str(number))
        .runs[0]["digest"]
        for number, times in enumerate((said, usual))
    ]
    assert digests[0] == digests[1]


def events(**growth: object) -> list[tuple[float, str]]:
    """Return who did what when in one world."""
    from simulator.scenario.run.runner import run as run_scenario  # noqa: PLC0415

    made = study(
        chain=MODEL, nodes={"count": 5}, growth={"funds": 100, "every_seconds": 60, **growth}
    )
    done = run_scenario(made._design.scenario_at({}), 3)
    assert done.passed, done.failure
    return [(entry.time, type(entry.event).__name__) for entry in done.testnet.journal.entries]


def times(found: list[tuple[float, str]], kind: str) -> list[float]:
    return [time for time, name in found if name == kind]


def test_waves_come_together_and_again_after_some_time() -> None:
    found = events(arrivals="waves", wave_size=2)
    assert times(found, "JoinStarted") == [0, 0, 60, 60, 120]


def test_in_turn_each_waits_for_the_answer_to_the_one_before() -> None:
    found = events(arrivals="in_turn", every_seconds=0)
    began, ended = times(found, "JoinStarted"), times(found, "JoinEnded")
    assert began[1:] == ended[:-1]


def test_poisson_arrivals_only_stretch_with_their_mean() -> None:
    short = times(events(arrivals="poisson", every_seconds=100), "JoinStarted")
    long = times(events(arrivals="poisson", every_seconds=300), "JoinStarted")
    assert long == pytest.approx([3 * time for time in short])
    gaps = [later - time for time, later in zip([0.0, *short], short, strict=False)]
    assert len(set(gaps)) == len(gaps)


def test_nodes_leave_and_return() -> None:
    stays = {"stay_seconds": 400, "after_seconds": 20_000}
    left = events(**stays)
    assert len(times(left, "LeaveEnded")) == 5
    assert len(times(left, "JoinStarted")) == 5
    returned = events(**stays, away_seconds=300)
    assert len(times(returned, "JoinStarted")) > 10
    offline = events(**stays, away_seconds=300, offline=0.3, offline_seconds=200)
    assert times(offline, "NodeStopped")
    assert len(times(offline, "NodeStarted")) > 5
    assert times(offline, "LeaveEnded")


def test_those_of_the_start_graph_do_not_join(tmp_path: Path) -> None:
    text = SMALL + "topology: {type: star, nodes: 4, deposit: 10, partner_deposit: 10}\n"
    (row,) = table(run(tmp_path, text) / "runs.csv")
    assert row["joins"] == "2"


EQUAL = (
    WORLD
    + """\
measures: [degree_gini, joins, capacity]
factors: {growth.initial_channel_target: [1, 2]}
strategies: [random, lowest_degree]
replications: 3
"""
)
MORE = [
    EQUAL.replace("[1, 2]", "[3, 1, 2]"),
    EQUAL.replace("lowest_degree]", "lowest_degree, highest_degree]"),
    EQUAL.replace("replications: 3", "replications: 5"),
    EQUAL.replace("measures:", "name: Another\nmeasures:"),
]


@pytest.mark.parametrize("more", MORE, ids=["value", "strategy", "replication", "name"])
def test_one_more_changes_no_row_that_is_there(more: str, tmp_path: Path) -> None:
    rows = table(run(tmp_path, EQUAL) / "runs.csv")
    grown = table(run(tmp_path, more) / "runs.csv")
    assert len(grown) > len(rows) or more == MORE[-1]
    assert [row for row in rows if row not in grown] == []
    lines = [
        line
        for shard in (tmp_path / "out" / "shards").glob("*.jsonl")
        for line in shard.read_text().splitlines()
    ]
    assert len(lines) == len(grown)  # and nothing was run again


def test_strategies_with_other_parameters_are_others(tmp_path: Path) -> None:
    said = [
        {"betweenness": {"every_joins": 1}},
        {"betweenness": {"every_joins": 2}},
        {"mixture": {"random": 0.7, "far": 0.3}},
        {"mixture": {"random": 0.3, "far": 0.7}},
        "betweenness",
    ]
    rows = (
        study(chain=MODEL, nodes={"count": 3}, growth={"funds": 100}, strategies=said)
        .run(tmp_path)
        .runs
    )
    assert len({row["run"] for row in rows}) == len(said)
    assert {row["strategy"] for row in rows} == {
        "betweenness: {every_joins: 1}",
        "betweenness: {every_joins: 2}",
        "mixture: {random: 0.7, far: 0.3}",
        "mixture: {random: 0.3, far: 0.7}",
        "betweenness",
    }


def test_what_decides_about_runs_makes_others_of_them(tmp_path: Path) -> None:
    rows = {row["run"] for row in table(run(tmp_path, EQUAL) / "runs.csv")}
    for other in (
        EQUAL.replace("funds: 100", "funds: 101"),
        EQUAL.replace("joins, ", "joins, nodes, "),
        "seed: 1\n" + EQUAL,
        EQUAL.replace("engine: model", "engine: model, confirmation_blocks: 1"),
    ):
        assert not rows & {row["run"] for row in table(run(tmp_path, other) / "runs.csv")}


def test_runs_of_a_replication_see_equal_worlds(tmp_path: Path) -> None:
    rows = table(run(tmp_path, EQUAL) / "runs.csv")
    seeds = {row["replication"]: set[str]() for row in rows}
    for row in rows:
        seeds[row["replication"]].add(row["seed"])
    assert all(len(found) == 1 for found in seeds.values())
    assert len(set.union(*seeds.values())) == 3


def test_paired_differences_vary_less_than_unpaired_ones(tmp_path: Path) -> None:
    found = study(
        chain=MODEL,
        nodes={"count": 12},
        growth={"funds": 100, "arrivals": "poisson", "every_seconds": 30, "after_seconds": 0},
        factors={"growth.initial_channel_target": [2, 3]},
        measures=["channels", "degree_gini"],
        replications=40,
    ).run(tmp_path)
    ones, others = (
        [
            row["degree_gini"]
            for row in sorted(found.runs, key=lambda row: row["replication"])
            if row["growth.initial_channel_target"] == value
        ]
        for value in (3, 2)
    )
    paired = variance([one - other for one, other in zip(ones, others, strict=True)])
    assert 0 < paired < (variance(ones) + variance(others))
    (finding,) = found.differences("degree_gini", "growth.initial_channel_target", 2)
    (low, high) = found.means("degree_gini")
    assert finding.interval.estimate == pytest.approx(
        high.interval.estimate - low.interval.estimate
    )
    assert finding.interval.half_width < low.interval.half_width


def test_a_file_and_a_program_say_the_same(tmp_path: Path) -> None:
    out = run(tmp_path, SMALL)
    loaded = Study.load(tmp_path / "small.yaml")
    assert [row["run"] for row in table(out / "runs.csv")] == [
        row["run"] for row in loaded.run(tmp_path / "again").runs
    ]


def test_a_study_that_is_moved_keeps_its_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a run is called depends on what is in files, and on no folder above the study's."""
    keys = []
    for folder in ("one", "other"):
        (tmp_path / folder).mkdir()
        monkeypatch.chdir(tmp_path / folder if folder == "one" else tmp_path)
        (tmp_path / folder / "base.yaml").write_text(
            "nodes: {count: 2}\nscenario: {serial: {tasks: [wait: 1]}}\n"
        )
        file = Path("study.yaml") if folder == "one" else Path("other/study.yaml")
        file.write_text("scenario: base.yaml\n")
        keys += [spec.key for spec in Study.load(file)._design.specs()]
    assert keys[0] == keys[1]
    Path("other/base.yaml").write_text(
        "nodes: {count: 2}\nscenario: {serial: {tasks: [wait: 2]}}\n"
    )
    assert next(Study.load(file)._design.specs()).key != keys[0]


def test_functions_of_a_program_are_strategies_and_measures(tmp_path: Path) -> None:
    def first(view: PeerView) -> list[str]:
        return list(view.peers)

    def edges(graph: "nx.Graph[str]") -> int:
        return graph.number_of_edges()

    found = study(
        chain=MODEL,
        nodes={"count": 4},
        growth={"funds": 100},
        strategies=[first, "random"],
        measures=["channels", edges],
    ).run(tmp_path)
    name = "test_functions_of_a_program_are_strategies_and_measures.<locals>"
    assert {row["strategy"] for row in found.runs} == {"random", f"{name}.first"}
    assert all(row[f"{name}.edges"] == row["channels"] for row in found.runs)
