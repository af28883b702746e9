"""Each scenario has one verdict, which says all that has come of it; nothing contradicts it."""

import re
from pathlib import Path

import pytest

from simulator.reports import folder
from simulator.words.errors import ConfigurationError
from tests.ci.test_suite import FAILING, GOOD
from tests.scenarios.writing import write
from tests.test_cli import Captured, call

VERDICT = re.compile(r"(PASSED|FAILED|XFAILED|ERROR|SKIPPED|INTERRUPTED)\b")
NODES = "not in it: node 0, node 1, node 2"
WHY = f"scenario.serial.tasks[0]: assert_graph: nodes: expected 7, actual 0 ({NODES})"
GOLDEN = ("--golden", "golden")
UPDATE = (*GOLDEN, "--update-golden")
XFAIL = "xfail: known since May\n"
OTHER = GOOD.replace("wait: 1", "stop_node: 0")
SETS = f"parameters:\n  one: {{}}\n  two:\n    xfail: known since May\n---\n{GOOD}"


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def verdict(text: str, capsys: Captured, *options: str) -> tuple[str, list[str]]:
    """Return the only verdict of a run, and what stands below it."""
    write(Path(), text)
    capsys.readouterr()
    call("run", "test.yaml", "--engine", "model", *options)
    lines = capsys.readouterr().out.splitlines()
    (place,) = (n for n, line in enumerate(lines) if VERDICT.match(line))
    below = lines[place + 1 :]
    return lines[place], [line for line in below if not line.startswith("again: ")]


def test_what_passes_has_one(capsys: Captured) -> None:
    line, below = verdict(GOOD, capsys)
    assert re.fullmatch(r"PASSED in \d+\.\d s", line)
    assert not any(below)


def test_what_fails_as_expected_has_one_with_place_and_reason(capsys: Captured) -> None:
    line, _ = verdict(XFAIL + FAILING, capsys)
    assert line == f"XFAILED test.yaml:9: known since May: {WHY}"


def test_what_differs_from_its_golden_as_expected_has_one(capsys: Captured) -> None:
    verdict(GOOD, capsys, *UPDATE)
    line, below = verdict(XFAIL + OTHER, capsys, *GOLDEN)
    assert line.startswith("XFAILED test.yaml:9: known since May: the scenario has been edited ")
    assert line.endswith("(once `xfail` is out of line 1, --update-golden records it anew)")
    assert "  + stop_node  node 0  passed" in below


@pytest.mark.parametrize(
    ("text", "options", "place"),
    [
        (f"name: x\n{XFAIL}{GOOD}", (), "test.yaml:2: passed, ... line 2"),
        (SETS, ("--parameters", "two"), "test.yaml:4: [two] passed, ... line 4"),
    ],
)
def test_what_passes_against_its_xfail_has_one_that_names_its_line(
    text: str, options: tuple[str, ...], place: str, capsys: Captured
) -> None:
    told = "but is expected to fail (known since May): take xfail out of"
    assert verdict(text, capsys, *options)[0] == f"FAILED {place.replace('...', told)}"


def test_what_fails_and_is_not_as_its_golden_has_one(capsys: Captured) -> None:
    verdict(GOOD, capsys, *UPDATE)
    line, below = verdict(FAILING, capsys, *GOLDEN)
    assert line == f"FAILED test.yaml:8: {WHY}"
    assert below[0].startswith("the scenario has been edited since golden/test.golden was ")


@pytest.mark.parametrize(
    ("text", "begin", "why_not"),
    [
        (FAILING, "FAILED test.yaml:8: ", "fails"),
        (XFAIL + FAILING, "XFAILED test.yaml:9: ", "is expected to fail"),
        (XFAIL + GOOD, "FAILED test.yaml:1: ", "is expected to fail"),
    ],
)
def test_what_is_not_recorded_has_one(
    text: str, begin: str, why_not: str, capsys: Captured
) -> None:
    line, below = verdict(text, capsys, *UPDATE)
    assert line.startswith(begin)
    assert below[0] == f"not recorded: the scenario {why_not}"


def test_what_can_not_be_recorded_has_one_and_says_why_once(capsys: Captured) -> None:
    verdict(GOOD, capsys, *UPDATE)
    line, below = verdict(GOOD, capsys, *UPDATE, "--seed", "9")
    assert line.startswith("ERROR test.yaml: golden/test.golden stays as it is: ")
    assert not any("stays as it is" in other for other in below)


@pytest.mark.parametrize(("text", "outcome"), [(GOOD, "ERROR"), (FAILING, "FAILED")])
def test_what_leaves_no_report_has_one(
    text: str, outcome: str, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write_half(*_: object) -> None:
        raise ConfigurationError("out/report.html: cannot be written: disk full")

    monkeypatch.setattr(folder, "write", write_half)
    line, below = verdict(text, capsys, "--report", "out")
    assert line.startswith(f"{outcome} test.yaml")
    assert ("disk full" in line) == (outcome == "ERROR")
    assert any("disk full" in other for other in below) == (outcome == "FAILED")
