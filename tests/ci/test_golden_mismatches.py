"""What is no regression though it is not as a golden: seeds, formats, conflicts, edits."""

from collections.abc import Callable
from pathlib import Path

import pytest

from simulator.reports import golden_lines
from simulator.reports.golden import compare, text_of
from simulator.scenario.run.runner import run_file
from tests.ci.goldens import JOINS, lines_of
from tests.scenarios.writing import run_tasks, write
from tests.scenarios.writing import text_of as file_of
from tests.test_cli import Captured, call

NOT_ONE: dict[str, tuple[Callable[[list[str]], list[str]], str]] = {
    "another seed": (
        lambda text: [*text[:2], "seed 5", *text[3:]],
        (
            "recorded with seed 5, and this run has seed 0: they can't be compared; write "
            "`seed: 5` into the scenario; if 0 is meant, --update-golden records it anew"
        ),
    ),
    "no seed": (
        lambda text: [*text[:2], "seed five", *text[3:]],
        "its seed is no number, but five: --update-golden records it anew",
    ),
    "another format": (
        lambda _: ["golden 7", "version 3.2", "whatever"],
        "has format 7, of version 3.2 of the simulator, and this version knows format 1: ",
    ),
    "an edited scenario": (
        lambda text: [*text[:3], "scenario 0123456789abcdef", *text[4:]],
        "the scenario has been edited since {} was recorded, and does what it did: ",
    ),
    "a merge conflict": (
        lambda text: [*text[:9], "<<<<<<< HEAD", text[9], "=======", ">>>>>>> other", *text[10:]],
        (
            "line 10 of the golden is a mark of a merge conflict, and the scenario has none: "
            "--update-golden records it anew; see that it differs from each side by what the "
            "other one did: `git diff HEAD -- {0}`, `git diff MERGE_HEAD -- {0}`"
        ),
    ),
    "no golden": (lambda _: ["{}"], "is no golden: its first line should be `golden 1`"),
    "an empty file": (lambda _: [], "is no golden"),
    "half a head": (lambda text: text[:2], "it is not whole: it ends before its seed; take it "),
    "a head without a seed": (
        lambda text: [*text[:2], *text[3:]],
        "does not say its seed where it should: --update-golden records it anew",
    ),
}


@pytest.mark.parametrize("what", NOT_ONE)
def test_what_can_be_no_regression_is_said_to_be_none(tmp_path: Path, what: str) -> None:
    edit, message = NOT_ONE[what]
    report = run_file(write(tmp_path, JOINS))
    golden = tmp_path / "test.golden"
    golden.write_text("\n".join([*edit(text_of(report)), ""]))
    finding = compare(report, golden)
    assert finding is not None
    assert message.format(golden) in finding.message
    assert not finding.message.startswith("not as in ")
    assert finding.message.count(str(tmp_path)) == (3 if "git diff" in message else 1)


def test_an_edited_scenario_that_does_something_else_is_told_as_both(tmp_path: Path) -> None:
    golden = tmp_path / "test.golden"
    golden.write_text("\n".join([*lines_of(tmp_path, JOINS), ""]))
    report = run_file(write(tmp_path, JOINS.replace("from: 1, funds: 100", "from: 1, funds: 90")))
    finding = compare(report, golden)
    assert finding is not None
    assert "the scenario has been edited since " in finding.message
    instead = "`join_network  from 1, funds 90` instead of `join_network  from 1, funds 100`"
    assert f" was recorded: line 9: {instead}; below other tasks " in finding.message
    assert "expected" not in finding.message, "it is told once"


OPENING = "open_channel: {from: 1, to: 2, expected_http_status: 2..|503}"

TASKS_EDITED: dict[str, tuple[str, str, str]] = {
    "a wait that changes nothing": (
        file_of("stop_node: 0", "stop_node: 1"),
        file_of("stop_node: 0", "wait: 15", "stop_node: 1"),
        "line 9: `wait  seconds 15` is new*; below other tasks all is as it was (",
    ),
    "a wait that changes much": (
        file_of(f"parallel: {{tasks: [{OPENING}, serial: {{tasks: [wait: 1, stop_node: 1]}}]}}"),
        file_of(f"parallel: {{tasks: [{OPENING}, serial: {{tasks: [wait: 100, stop_node: 1]}}]}}"),
        (
            "line 8: `wait  seconds 100` instead of `wait  seconds 1`*why they differ: "
            "line 19 of the golden: unexpected ChannelOpened of node 1; "
            "*tasks[0].open_channel, line 8 of the scenario; "
            "below other tasks 2 lines are new, the first: "
        ),
    ),
    "a task that is gone": (
        file_of("stop_node: 0", "stop_node: 1"),
        file_of("stop_node: 0"),
        "recorded: `stop_node  node 1` is gone; below other tasks all is as it was (",
    ),
    "very much": (
        file_of(*(f"wait: {n}" for n in range(9))),
        file_of(*(f"wait: {n}" for n in range(20, 29))),
        "line 10: `wait  seconds 22` instead of `wait  seconds 2` and 6 more; ",
    ),
}


@pytest.mark.parametrize("what", TASKS_EDITED)
def test_the_edited_task_is_named_and_what_follows_is_counted(tmp_path: Path, what: str) -> None:
    before, after, message = TASKS_EDITED[what]
    golden = tmp_path / "test.golden"
    golden.write_text("\n".join([*lines_of(tmp_path, before), ""]))
    finding = compare(run_file(write(tmp_path, after)), golden)
    assert finding is not None
    assert all(part in finding.message for part in message.split("*"))


@pytest.mark.parametrize("version", ["99.0", "?"])
def test_another_version_is_named_where_something_differs(tmp_path: Path, version: str) -> None:
    report = run_file(write(tmp_path, JOINS))
    golden, text = tmp_path / "test.golden", text_of(report)
    text[1] = f"version {version}"
    golden.write_text("\n".join([*text, ""]))
    assert compare(report, golden) is None
    text.pop(next(n for n, line in enumerate(text) if "JoinEnded" in line))
    golden.write_text("\n".join([*text, ""]))
    finding = compare(report, golden)
    assert finding is not None
    as_before = "the scenario and the seed are as they were, so it is the simulator "
    now = golden_lines.version()
    assert f"{as_before}({version} then, {now} now) or what it uses; if " in finding.message
    edited = run_file(write(tmp_path, JOINS.replace("from: 1, funds: 100", "from: 1, funds: 90")))
    finding = compare(edited, golden)
    assert finding is not None
    assert f"it was recorded by version {version} of the simulator" in finding.message
    assert "as they were" not in finding.message


def test_a_golden_with_marks_is_not_counted_against(tmp_path: Path, capsys: Captured) -> None:
    run = ("run", write(tmp_path, JOINS), "--golden", tmp_path / "golden")
    assert call(*run, "--update-golden") == 0
    golden = tmp_path / "golden" / "test.golden"
    text = golden.read_text().splitlines()
    text[6:6] = ["<<<<<<< HEAD", "  NodeStopped          node 2", "=======", ">>>>>>> other"]
    golden.write_text("\n".join([*text, ""]))
    capsys.readouterr()
    assert call(*run, "--update-golden") == 0
    told = f"changed    {golden}; it had marks of a merge conflict\ngoldens: 1 changed\n"
    assert told in capsys.readouterr().out


def test_only_what_decides_counts_as_an_edit(tmp_path: Path) -> None:
    """Comments, spaces, the order of keys, names for people, and the engine decide nothing."""
    before = lines_of(tmp_path, JOINS)
    text = JOINS.replace("{from: 0, funds: 100}", "{funds: 100,  from: 0}  # first")
    text = f"name: Renamed\n# a comment\n{text}".replace("engine: model, ", "")
    assert lines_of(tmp_path, text) == before
    for edited in (
        JOINS.replace("balance_fund: 100", "balance_fund: 101"),
        JOINS.replace("wait_idle:", "wait: 15"),
        JOINS.replace("chain: {", "chain: {confirmation_blocks: 0, "),
        JOINS + "faults: [{at_block: 90, stop_node: 2}]\n",
    ):
        assert run_file(write(tmp_path, edited)).scenario.content != before[3].split()[1]


def test_the_order_of_tasks_in_one_entry_counts(tmp_path: Path) -> None:
    contents = {
        run_tasks(tmp_path, f"{{{first}, {second}}}").scenario.content
        for first, second in (("wait: 1", "stop_node: 0"), ("stop_node: 0", "wait: 1"))
    }
    assert len(contents) == 2
