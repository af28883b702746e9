"""A run that is not as its golden: what differs is named, with node, task and lines."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from simulator.node import connections
from simulator.reports import golden_lines
from simulator.reports.golden import compare, text_of
from simulator.scenario.run.runner import run_file
from tests.ci.goldens import JOINS, stingy
from tests.scenarios.writing import write
from tests.test_cli import Captured, call

FOLDER = Path(__file__).parents[2] / "scenarios" / "golden"

TWO = ("join_network: {from: 0, funds: 100}", "join_network: {from: 1, funds: 100}")

EDITS: dict[str, tuple[Callable[[list[str]], list[str]], str]] = {
    "an amount": (
        lambda text: [line.replace("total_deposit 20", "total_deposit 21") for line in text],
        (
            "Deposited of node 1: total_deposit: expected 21, actual 20; task "
            "scenario.serial.tasks[1].join_network, line 9 of the scenario"
        ),
    ),
    "a node": (
        lambda text: [line.replace("participant node 1", "participant node 2") for line in text],
        "Deposited of node 1: participant: expected node 2, actual node 1; task ",
    ),
    "a lost event": (
        lambda text: [*text, "  NodeStopped          node 2"],
        "NodeStopped of node 2 is missing; task scenario.serial.tasks[2].wait_idle, line 10",
    ),
    "an additional event": (
        lambda text: [line for line in text if "JoinEnded            node 1" not in line],
        "unexpected JoinEnded of node 1; task scenario.serial.tasks[1].join_network, line 9",
    ),
    "the order": (
        lambda text: swapped(text, "  TransactionSent      sender node 1, name approve"),
        (
            "TransactionSent approve of node 1 comes before "
            "TransactionSent openChannelWithDeposit of node 1; task "
        ),
    ),
    "a duration": (
        lambda text: [line.replace(", blocks 1", ", blocks 2") for line in text],
        (
            "TransactionFinished openChannel of node 0: blocks: expected 2, actual 1; task "
            "scenario.serial.tasks[0].join_network, line 8"
        ),
    ),
    "a task's outcome": (
        lambda text: [line.replace("wait_idle  passed", "wait_idle  failed: x") for line in text],
        "expected `wait_idle  failed: x`, actual `wait_idle  passed`",
    ),
    "a missing task": (
        lambda text: [*text, "wait  seconds 1  passed"],
        "`wait  seconds 1  passed` is missing",
    ),
}


def swapped(text: list[str], line: str) -> list[str]:
    at = text.index(line)
    return [*text[:at], text[at + 1], text[at], *text[at + 2 :]]


@pytest.mark.parametrize("what", EDITS)
def test_a_difference_is_named_with_its_node_and_its_task(tmp_path: Path, what: str) -> None:
    edit, message = EDITS[what]
    report = run_file(write(tmp_path, JOINS))
    golden = tmp_path / "test.golden"
    assert compare(report, golden) is not None
    golden.write_text("\n".join([*edit(text_of(report)), ""]))
    finding = compare(report, golden)
    assert finding is not None
    assert message in finding.message
    line = r"line \d+ of the golden: "
    assert re.match(rf"not as in {re.escape(str(golden))}: {line}", finding.message)
    assert finding.message.count(str(golden)) == 1
    assert "recorded by version" not in finding.message
    versions = f"({golden_lines.version()} then and now)"
    as_before = f"; the scenario and the seed are as they were, so it is the simulator {versions}"
    assert f"{as_before} or what it uses; " in finding.message


def test_what_comes_before_and_after_a_difference_is_told(tmp_path: Path) -> None:
    report = run_file(write(tmp_path, JOINS))
    text = [line.replace("total_deposit 20", "total_deposit 21") for line in text_of(report)]
    golden = tmp_path / "test.golden"
    golden.write_text("\n".join([*text, "  NodeStopped          node 2", ""]))
    finding = compare(report, golden)
    assert finding is not None
    task, *before, expected, actual, more = finding.details.splitlines()
    assert task.strip() == "join_network  from 1, funds 100  passed"
    assert len(before) == 3
    assert expected.startswith("  -   Deposited")
    assert actual.startswith("  +   Deposited")
    assert re.fullmatch(r"    … and further on \d lines? (is|are) missing, \d (is|are) new", more)
    assert finding.line == 9
    assert finding.place == "scenario.serial.tasks[1].join_network"


def test_a_changed_rule_is_explained(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    """One token less in each deposit: no assertion need notice, the golden does."""
    scenario = FOLDER.parent / "too_few_peers.yaml"
    assert call("run", scenario, "--golden", FOLDER) == 0
    monkeypatch.setattr(connections, "plan", stingy)
    capsys.readouterr()
    assert call("run", scenario, "--golden", FOLDER, "--check", "never") == 1
    lines = capsys.readouterr().out.splitlines()
    (first,) = (number for number, line in enumerate(lines) if "not as in" in line)
    assert re.match(r"not as in .*too_few_peers.golden: line \d+ of the golden: ", lines[first])
    assert lines[first - 1].startswith(f"FAILED {scenario}:"), "an assertion has noticed it too"
    assert "Deposited of node 1: total_deposit: expected 30, actual 29; task " in lines[first]
    marks = [line[:4] for line in lines[first + 1 :]]
    assert marks[: marks.index("  + ") + 1][-3:] == ["    ", "  - ", "  + "]


def test_a_scenario_that_differs_has_not_passed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    file = write(tmp_path, JOINS)
    assert call("run", file, "--golden", tmp_path, "--update-golden") == 0
    monkeypatch.setattr(connections, "plan", stingy)
    capsys.readouterr()
    assert call("run", file, "--golden", tmp_path, "--check", "never") == 1
    out = capsys.readouterr().out
    assert "PASSED" not in out
    assert out.count("FAILED") == 1
