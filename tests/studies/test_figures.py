"""What a study has found becomes figures, made of its tables and its manifest alone."""

import csv
import io
import os
import re
import subprocess
import sys
from pathlib import Path
from statistics import fmean

import pytest

from simulator import study
from simulator.studies.figures.rendering import LOOKS
from simulator.studies.results import Results
from simulator.topology.measures import CURVES
from simulator.words.errors import ConfigurationError, ScenarioInvalid
from tests.studies.writing import SMALL, WORLD, call, run, table, write

COMPARED = (
    WORLD
    + """\
name: Whom to choose
factors: {growth.initial_channel_target: [1, 2, 3], growth.joinable_funds_target: [0, 0.5]}
strategies: [random, lowest_degree]
replications: 3
measures: [degree_gini, joins]
series: {every_seconds: 60, measures: [channels]}
curves: [degree_ccdf, targeted_removal]
"""
)


ASKED = (
    COMPARED
    + """\
figures:
  - means: joins
    across: growth.joinable_funds_target
    lines: growth.initial_channel_target
    panels: strategy
    title: How many came
  - differences: degree_gini
    lines: growth.initial_channel_target
    base: 2
    where: {strategy: random}
  - curve: degree_ccdf
  - series: channels
"""
)


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return run(tmp_path_factory.mktemp("figures"), COMPARED)


@pytest.fixture(scope="module")
def reported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the page of a report of four figures, one of each kind."""
    return Results(run(tmp_path_factory.mktemp("reported"), ASKED)).report()


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_curves_of_each_run_are_a_table(compared: Path) -> None:
    runs = {row["run"] for row in table(compared / "runs.csv")}
    points = table(compared / "curves.csv")
    assert {(row["run"], row["curve"]) for row in points} == {
        (key, name) for key in runs for name in ("degree_ccdf", "targeted_removal")
    }
    for key in runs:
        tail = [
            (float(row["x"]), float(row["y"]))
            for row in points
            if (row["run"], row["curve"]) == (key, "degree_ccdf")
        ]
        assert tail[0][1] == 1
        assert tail == sorted(tail)
        assert [share for _, share in tail] == sorted((s for _, s in tail), reverse=True)


def test_every_curve_can_be_kept(tmp_path: Path) -> None:
    out = run(tmp_path, f"{SMALL}curves: [{', '.join(CURVES)}]\n")
    assert {row["curve"] for row in table(out / "curves.csv")} == {*CURVES}
    assert {figure.subject for figure in Results(out).figures()} == {*CURVES}


def test_curves_change_the_keys_of_their_own_study_only(tmp_path: Path) -> None:
    plain = table(run(tmp_path, SMALL) / "runs.csv")
    kept = table(run(tmp_path, SMALL + "curves: [degree_ccdf]\n") / "runs.csv")
    assert plain[0]["run"] != kept[0]["run"]
    assert plain[0]["digest"] == kept[0]["digest"]  # the worlds are the same
    assert table(run(tmp_path, SMALL) / "runs.csv") == plain


def test_figures_are_no_part_of_what_is_run(tmp_path: Path) -> None:
    before = table(run(tmp_path, SMALL) / "runs.csv")
    asked = "factors: {growth.funds: [100]}\nfigures: [{means: joins, across: growth.funds}]\n"
    assert table(run(tmp_path, SMALL + asked) / "runs.csv")[0]["run"] == before[0]["run"]


def test_the_usual_figures_follow_from_the_design(compared: Path) -> None:
    names = [figure.name for figure in Results(compared).figures()]
    assert names == [
        *(
            f"{kind}-{measure}-{factor}"
            for measure in ("degree_gini", "joins")
            for factor in ("initial_channel_target", "joinable_funds_target")
            for kind in ("means", "differences")
        ),
        "series-channels",
        "curve-degree_ccdf",
        "curve-targeted_removal",
    ]


def test_each_mean_that_is_drawn_is_in_the_figures_table(compared: Path) -> None:
    results = Results(compared)
    figure = results.means_figure("degree_gini")
    drawn = rows(figure.csv())
    assert len(drawn) == 3 * 2 * 2
    for row in drawn:
        same = [
            one["degree_gini"]
            for one in results.runs
            if one["strategy"] == row["strategy"]
            and one["growth.initial_channel_target"] == int(row["growth.initial_channel_target"])
            and one["growth.joinable_funds_target"] == float(row["growth.joinable_funds_target"])
        ]
        assert float(row["estimate"]) == pytest.approx(fmean(same))
        assert float(row["low"]) <= float(row["estimate"]) <= float(row["high"])
        assert int(row["count"]) == len(same) == 3


def test_what_is_averaged_over_counts_once_for_each_replication(compared: Path) -> None:
    """Runs of one replication see equal worlds: they are no independent observations."""
    results = Results(compared)
    for found in results.means("degree_gini", by=["strategy"]):
        by_world: dict[int, list[float]] = {}
        for row in results.runs:
            if row["strategy"] == found.point["strategy"]:
                by_world.setdefault(row["replication"], []).append(row["degree_gini"])
        means = [fmean(values) for values in by_world.values()]
        assert found.interval.count == 3
        assert found.interval.estimate == pytest.approx(fmean(means))


def test_differences_are_between_equal_worlds(compared: Path) -> None:
    results = Results(compared)
    (figure,) = [one for one in results.figures() if one.name.startswith("differences-degree")][:1]
    drawn = rows(figure.csv())
    assert {row["strategy"] for row in drawn} == {"lowest_degree"}  # compared with the first
    found = results.differences("degree_gini", "strategy", "random")
    assert sorted(float(row["estimate"]) for row in drawn) == sorted(
        one.interval.estimate for one in found
    )


def test_without_numbers_what_is_compared_is_in_rows(compared: Path) -> None:
    some = Results(compared).where(
        {"growth.initial_channel_target": 2, "growth.joinable_funds_target": 0.5}
    )
    means = rows(some.means_figure("degree_gini").csv())
    assert [row["strategy"] for row in means] == ["random", "lowest_degree"]
    differences = some.differences_figure("degree_gini", base="lowest_degree")
    assert [row["strategy"] for row in rows(differences.csv())] == ["random"]


def test_a_series_is_told_as_far_as_all_its_runs_last(compared: Path) -> None:
    results = Results(compared)
    ends: dict[str, float] = {}
    for row in results.series:
        ends[row["run"]] = max(row["time"], ends.get(row["run"], 0))
    drawn = rows(results.series_figure("channels").csv())
    assert max(float(row["time"]) for row in drawn) == min(ends.values())
    assert {row["count"] for row in drawn} == {"3"}


@pytest.mark.parametrize("kind", ["means_figure", "differences_figure"])
def test_drawn_points_are_points_and_their_other_factors_are_left_out(
    kind: str, tmp_path: Path
) -> None:
    text = (
        WORLD
        + """\
factors: {growth.funds: {from: 10, to: 90}, growth.every_seconds: {from: 1, to: 60}}
sample: {latin: 3}
strategies: [random, lowest_degree]
measures: [capacity]
"""
    )
    drawn = rows(getattr(Results(run(tmp_path, text)), kind)("capacity", "growth.funds").csv())
    assert {*drawn[0]} == {"growth.funds", "strategy", "estimate", "low", "high", "count"}
    assert len({row["growth.funds"] for row in drawn}) == 3


def test_lines_can_be_told_apart_without_colour() -> None:
    assert len({str(dashes) for _, dashes, _ in LOOKS}) == len(LOOKS)
    assert len({marker for *_, marker in LOOKS}) == len(LOOKS)


def test_equal_tables_give_equal_bytes_in_every_process(reported: Path, tmp_path: Path) -> None:
    here, there = reported.parent, tmp_path / "there"
    command = [sys.executable, "-m", "simulator", "study", "report", str(here.parent)]
    told = subprocess.run(
        [*command, "--out", str(there)],
        env={**os.environ, "PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo"},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout
    assert told == f"{there / 'report.html'}\n"
    found = [file.relative_to(here) for file in sorted(here.rglob("*.*"))]
    assert len(found) == 2 + 3 * 4
    for file in found:
        assert (here / file).read_bytes() == (there / file).read_bytes(), file


def test_the_page_needs_nothing_else_and_links_what_is_beside_it(reported: Path) -> None:
    text = reported.read_text()
    sources = re.findall(r'(?:src|srcset)="([^"]*)"', text)
    assert len(sources) == 4
    assert all(source.startswith("data:image/svg+xml;base64,") for source in sources)
    assert "<script" not in text
    assert "<link" not in text
    links = re.findall(r'href="([^"]*)"', text)
    assert len(links) == 3 * 4 + 1
    assert all((reported.parent / link).stat().st_size for link in links)
    assert {"strategy", "measure", "low"} <= rows((reported.parent / "means.csv").read_text())[
        0
    ].keys()
    for figure in reported.parent.glob("figures/*.pdf"):
        assert figure.read_bytes().startswith(b"%PDF-1.")
        assert b"CreationDate" not in figure.read_bytes()


def test_a_report_takes_the_figures_of_the_one_before_away(reported: Path) -> None:
    figures = reported.parent / "figures"
    before = sorted(figures.iterdir())
    (figures / "means-other.svg").touch()
    (figures / "notes.txt").touch()
    assert call("report", reported.parent.parent) == 0
    (figures / "notes.txt").unlink()  # the user's own
    assert sorted(figures.iterdir()) == before


def test_names_from_a_file_are_nothing_but_text(tmp_path: Path) -> None:
    hostile = "<script>alert(1)</script> $x$ _y"
    text = SMALL + f'name: "{hostile}"\n'
    base = "scenario: base.yaml\nmeasures: [joins]\n"
    write(
        tmp_path,
        "# {{ word }}\nnodes: {count: 2}\nchain: {engine: model}\n"
        "scenario:\n  serial:\n    tasks:\n      - join_network: {nodes: all, funds: 100}\n",
        "base.yaml",
    )
    factors = f'factors: {{word: ["_a", "$b_c$", "{hostile}", "字"]}}\n'
    for study_text in (text, f'{base}{factors}name: "{hostile}"\n'):
        page = Results(run(tmp_path, study_text)).report(tmp_path / "report")
        found = page.read_text()
        assert "<script" not in found
        assert "&lt;script&gt;" in found


def test_a_study_in_which_nothing_differs_has_its_means(tmp_path: Path) -> None:
    page = Results(run(tmp_path, SMALL)).report()
    text = page.read_text()
    assert "there is nothing to draw" in text
    assert ">channels</th>" in text


def test_failed_runs_are_on_the_page_with_what_to_type(tmp_path: Path) -> None:
    text = SMALL + "timeout: {virtual_seconds: 1}\nfactors: {growth.funds: [1, 2]}\n"
    out = tmp_path / "out"
    assert call("run", write(tmp_path, text), "--jobs", "1", "--out", out) == 1
    found = Results(out).report().read_text()
    for row in table(out / "runs.csv"):
        assert row["command"] in found
    assert found.count("data:image/svg+xml") == 3  # empty ones


def test_a_study_says_which_figures_it_wants(reported: Path) -> None:
    first, second, third, fourth = Results(reported.parent.parent).figures()
    assert first.title == "How many came"
    assert first.columns == (
        "strategy",
        "growth.initial_channel_target",
        "growth.joinable_funds_target",
    )
    drawn = rows(second.csv())
    assert {row["growth.initial_channel_target"] for row in drawn} == {"1", "3"}
    assert "Only strategy random." in second.caption
    assert (third.name, fourth.name) == ("curve-degree_ccdf", "series-channels")


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ("{means: degree_ginny}", "degree_ginny is not measured; did you mean degree_gini?"),
        ("{series: joins}", "joins is not measured; known: channels"),
        ("{curve: degree_lorenz}", "degree_lorenz is not measured; known: degree_ccdf, targeted"),
        ("{means: joins, across: funds}", "funds is no factor; known: growth.initial_channel"),
        ("{means: joins, where: {funds: 1}}", "funds is no factor"),
        ("{}", "must have one of means, differences, series, curve"),
        ("{means: joins, curve: degree_ccdf}", "must have one of means, differences"),
        ("{means: joins, base: random}", "says nothing beside means: it is for differences"),
        ("{curve: degree_ccdf, across: strategy}", "says nothing beside curve, which has its own"),
        ("{means: joins, line: strategy}", "line"),
        ("joins", "must be a mapping"),
    ],
)
def test_a_figure_that_the_study_has_not_is_told_where_it_stands(wrong: str, told: str) -> None:
    with pytest.raises(ScenarioInvalid) as caught:
        study(**_sections(f"{COMPARED}figures: [{wrong}]\n"))
    assert told in str(caught.value)
    assert "figures" in str(caught.value)


def _sections(text: str) -> dict[str, object]:
    import yaml  # noqa: PLC0415

    found: dict[str, object] = yaml.safe_load(text)
    return found


@pytest.mark.parametrize(
    ("curves", "told"),
    [
        ("[degree_cdf]", "there is no curve degree_cdf; did you mean degree_ccdf?"),
        ("[degree_ccdf, degree_ccdf]", "degree_ccdf is listed twice"),
        ("[]", "curves"),
    ],
)
def test_curves_are_known_ones(curves: str, told: str) -> None:
    with pytest.raises(ScenarioInvalid) as caught:
        study(**_sections(f"{SMALL}curves: {curves}\n"))
    assert told in str(caught.value)


def test_what_a_study_has_not_is_told_in_one_sentence(compared: Path) -> None:
    results = Results(compared)
    for wrong, told in (
        (lambda: results.means_figure("ginni"), "There is no measure 'ginni'"),
        (lambda: results.series_figure("joins"), "There is no series of 'joins'"),
        (lambda: results.curve_figure("joins"), "There is no curve 'joins'"),
        (lambda: results.means_figure("joins", "funds"), "There is no factor 'funds'"),
        (lambda: results.means_figure("joins", "strategy", "strategy"), "has two places"),
        (lambda: results.where({"strategy": "far"}), "there are: random, lowest_degree"),
        (lambda: results.differences_figure("joins", base="far"), "No run has strategy 'far'"),
    ):
        with pytest.raises(ConfigurationError, match=re.escape(told)):
            wrong()


def test_without_matplotlib_it_is_said_what_to_install(
    compared: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert call("report", compared) == 2
    assert "pip install 'raiden-simulator[figures]'" in capsys.readouterr().err


def test_notebooks_show_a_figure_as_it_is(compared: Path) -> None:
    figure = Results(compared).means_figure("joins")
    assert figure._repr_svg_() == figure.svg()
    assert figure.svg().startswith("<?xml")
    assert figure.png().startswith(b"\x89PNG")
    assert repr(figure) == "<figure means-joins-initial_channel_target: 2 panels, 2 lines>"
