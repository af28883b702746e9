"""The table for job pages."""

from pathlib import Path

from simulator.reports.record import FAILED, PASSED
from simulator.reports.result import NOT_RUN, ScenarioResult
from simulator.reports.summary import COLUMNS, counts, document
from tests.ci.test_suite import FAILING, GOOD
from tests.scenarios.writing import write
from tests.test_cli import call


def test_a_table() -> None:
    passed = ScenarioResult(
        "a.yaml",
        PASSED,
        "A",
        3,
        virtual_seconds=75.0,
        wall_seconds=1.26,
        tasks_done=2,
        tasks=2,
        blocks=1200,
        gas=3_000_000,
        digest="ab" * 32,
    )
    failed = ScenarioResult(
        "b_c.yaml", FAILED, message="x | y\nz", line=3, place="scenario.wait", seed=0
    )
    assert document([passed, failed]).splitlines() == [
        "### Scenarios: 1 passed, 1 failed, 0 invalid",
        "",
        f"| {' | '.join(COLUMNS)} |",
        "| --- | --- | --: | --: | --: | --: | --: | --: | --- | --- |",
        "| a.yaml | passed | 3 | 2/2 | 1,200 | 1:15 | 1.3 s | 3,000,000 | `abababababab` |  |",
        r"| b\_c.yaml | **failed** | 0 |  |  |  |  |  |  | line 3, scenario.wait: x \| y z |",
    ]


def test_counts_name_what_is_unusual() -> None:
    assert counts([]) == "0 passed, 0 failed, 0 invalid"
    stopped = ScenarioResult("a.yaml", NOT_RUN)
    assert counts([stopped, stopped]) == "0 passed, 0 failed, 0 invalid, 2 not run"


def test_what_a_run_writes(tmp_path: Path) -> None:
    files = [write(tmp_path, GOOD, "good.yaml"), write(tmp_path, FAILING, "failing.yaml")]
    summary = tmp_path / "summary.md"
    assert call("run", *files, "--summary", summary) == 1
    lines = summary.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "### Scenarios: 1 passed, 1 failed, 0 invalid"
    assert lines[-1].endswith(
        "assert\\_graph: nodes: expected 7, actual 0 (not in it: node 0, node 1, node 2) |"
    )
