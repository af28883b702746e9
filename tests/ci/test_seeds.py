"""One scenario with many seeds."""

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.reports.over_seeds import table
from simulator.reports.record import FAILED, PASSED
from simulator.reports.result import NOT_RUN, ScenarioResult
from simulator.suite.seeds import MAX_SEEDS, parse
from tests.ci.test_parameters import GROWTH
from tests.ci.test_suite import GOOD
from tests.marks import nightly
from tests.scenarios.writing import text_of, write
from tests.test_cli import Captured, call


def test_seeds_are_numbers_and_ranges() -> None:
    assert parse("0-3") == (0, 1, 2, 3)
    assert parse("0,3,7-9") == (0, 3, 7, 8, 9)
    assert parse(" 5 , 1-2, 5") == (5, 1, 2)
    assert parse("-3--1,-1-1") == (-3, -2, -1, 0, 1)
    assert len(parse(f"1-{MAX_SEEDS}")) == MAX_SEEDS


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "'' is neither a number nor a range such as 0-99."),
        ("1,,2", "is neither a number nor a range"),
        ("a", "is neither a number nor a range"),
        ("1-", "is neither a number nor a range"),
        ("1.5", "is neither a number nor a range"),
        ("٣", "is neither a number nor a range"),
        ("9-7", "'9-7' ends before it begins."),
        (str(2**63), "is not within -9223372036854775808 to 9223372036854775807."),
        ("0-10000", "these are more than 10,000 seeds."),
        ("0-9223372036854775807", "these are more than 10,000 seeds."),
        ("9" * 5_000, "is neither a number nor a range"),
    ],
)
def test_what_names_no_seeds_is_refused_in_a_sentence(
    text: str, reason: str, capsys: Captured
) -> None:
    assert call("run", "any.yaml", "--seeds", text) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert reason in err
    assert err.count("\n") == 1
    assert len(err) < 400


@given(st.lists(st.integers(-50, 50), min_size=1))
def test_what_is_listed_comes_once_and_in_order(seeds: list[int]) -> None:
    assert parse(",".join(map(str, seeds))) == tuple(dict.fromkeys(seeds))


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--seed", "3"], "--seed and --seeds exclude each other."),
        (["--golden", "golden"], "--golden compares with the record of one seed"),
    ],
)
def test_what_does_not_go_together_with_seeds(
    options: list[str], reason: str, tmp_path: Path, capsys: Captured
) -> None:
    file = write(tmp_path, GOOD)
    assert call("run", file, "--seeds", "0-1", *options) == 2
    assert reason in capsys.readouterr().err


@pytest.mark.parametrize("jobs", [1, nightly(2)])
def test_each_file_and_set_runs_with_each_seed(jobs: int, tmp_path: Path, capsys: Captured) -> None:
    good = write(
        tmp_path, text_of("join_network: {from: 0, funds: 9}", "wait_blocks: 1"), "good.yaml"
    )
    growth = write(tmp_path, GROWTH, "growth.yaml")
    broken = write(tmp_path, "nodes: 3", "broken.yaml")
    xml, out, md = tmp_path / "j.xml", tmp_path / "out", tmp_path / "s.md"
    options: list[str | Path] = [
        "--seeds",
        "3,5-6",
        "--jobs",
        str(jobs),
        "--junit",
        xml,
        "--report",
        out,
    ]
    assert call("run", good, growth, broken, *options, "--summary", md) == 2
    shown, err = capsys.readouterr()
    assert err.count("scenario: is missing") == 1
    assert [line.split()[:4] for line in shown.splitlines()[:3]] == [
        ["passed", str(good), "seed", seed] for seed in "356"
    ]
    (row,) = (line for line in shown.splitlines() if line.split()[:1] == [str(good)])
    assert row.split()[1:4] == ["3", "3", "0"]
    rows = [line for line in shown.splitlines() if line.endswith("3, 5, 6")]
    assert rows[0].startswith(f"{growth} [large] ")
    assert rows[0].split()[2:5] == ["3", "0", "3"]
    assert shown.splitlines()[-1] == "6 passed, 3 failed, 3 invalid"
    assert f"FAILED       {growth}:" in shown
    assert "[large] [seed 5]: " in shown
    names = [case.attrib["name"] for case in ET.parse(xml).iter("testcase")]  # noqa: S314 - ours
    assert names[:3] == [f"good [seed {seed}]" for seed in "356"]
    assert len(names) == 12
    for seed in (3, 5, 6):
        for name in ("good", "growth.small", "growth.large"):
            report = json.loads((out / name / f"seed-{seed}" / "report.json").read_text())
            assert report["seed"] == seed
    digests = {
        json.loads((out / "good" / f"seed-{seed}" / "report.json").read_text())["digest"]
        for seed in (3, 5, 6)
    }
    assert len(digests) == 3
    assert "### Over seeds" in md.read_text(encoding="utf-8")


def test_what_fails_is_shown_in_full(tmp_path: Path, capsys: Captured) -> None:
    file = write(tmp_path, text_of("assert_graph: {nodes: 7}"))
    assert call("run", file, "--seeds", "1,2") == 1
    out = capsys.readouterr().out
    assert out.count("nodes: expected 7, actual 0") >= 4
    assert "seed 2" in out


def test_a_golden_of_one_seed_may_be_compared(tmp_path: Path) -> None:
    file, golden = write(tmp_path, GOOD), tmp_path / "golden"
    assert call("run", file, "--seed", "5", "--golden", golden, "--update-golden") == 0
    assert call("run", file, "--seeds", "5", "--golden", golden) == 0
    assert call("run", file, "--seeds", "6", "--golden", golden) == 1


def test_a_row_is_about_the_runs_that_ended() -> None:
    def result(seed: int, outcome: str, blocks: int, digest: str) -> ScenarioResult:
        return ScenarioResult(
            "a.yaml", outcome, seed=seed, blocks=blocks, gas=blocks * 1000, digest=digest
        )

    results = [
        result(1, PASSED, 10, "a"),
        result(2, PASSED, 30, "b"),
        result(3, FAILED, 20, "b"),
        result(4, NOT_RUN, 0, ""),
        ScenarioResult("b.yaml", NOT_RUN, seed=1),
    ]
    _, *rows = table(results)
    assert rows == [
        ("a.yaml", "4", "2", "1", "10 / 20 / 30", "10,000 / 20,000 / 30,000", "3, 4"),
        ("b.yaml", "1", "0", "0", "", "", "1"),
    ]
    many = [result(seed, FAILED, 1, "x") for seed in range(100)]
    assert table(many)[1][-1].endswith("18, 19 and 80 more")
