"""A replay of a scenario that has been edited since: what is replayed, and what is to blame."""

import json
import re
import shlex
from pathlib import Path

import pytest

from tests.scenarios.writing import text_of, write
from tests.test_cli import Captured, call

TASKS = (
    "join_network: {from: 0, funds: 100}",
    "join_network: {from: 1, funds: 100}",
    "wait_idle:",
    "deposit: {from: 0, to: 1, total_deposit: 60}",
    "deposit: {from: 0, to: 1, total_deposit: 70}",
    "wait_idle:",
    "assert: {from: 0, to: 1, total_deposit: 70}",
)
PLAIN = text_of(*TASKS)
FIRST = PLAIN.splitlines().index(f"      - {TASKS[0]}") + 1


def sets(other: str, **replaced: str) -> str:
    """Return a file with two sets, the second of which is this one."""
    text = "parameters:\n  small: {funds: 90}\n" + f"  {other}\n---\n" + PLAIN
    text = text.replace("from: 1, funds: 100", "from: 1, funds: {{ funds }}")
    for old, new in replaced.items():
        text = text.replace(old, new)
    return text


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def left_of(text: str, *options: str) -> None:
    """Leave the report of a run of a file in `out`."""
    write(Path(), text)
    assert call("run", "test.yaml", "--engine", "model", "--report", "out", *options) in {0, 1}


def replayed(text: str, capsys: Captured, *options: str) -> list[str]:
    """Return what a replay says when the file has another text by now."""
    write(Path(), text)
    capsys.readouterr()
    assert call("replay", "out", *options) in {0, 1}
    return capsys.readouterr().out.splitlines()


def note(lines: list[str], about: str) -> str:
    """Return what is noted of something beside the change itself."""
    found = [line for line in lines if line.startswith("note: ") and about in line]
    return found[0] if found else ""


# -- what is replayed --------------------------------------------------------------------


def test_a_seed_that_was_edited_is_told_beside_the_one_that_is_replayed(capsys: Captured) -> None:
    left_of(f"seed: 7\n{PLAIN}")
    lines = replayed(f"seed: 8\n{PLAIN}", capsys)
    told = "note: test.yaml has seed 8 by now; this is the run with seed 7, as recorded"
    assert told in lines
    assert lines[-1].startswith("equal: ")
    lines = replayed(PLAIN, capsys)
    assert "note: test.yaml has no seed by now; this is the run with seed 7, as recorded" in lines


def test_a_seed_that_was_only_asked_for_is_no_edit(capsys: Captured) -> None:
    left_of(f"seed: 7\n{PLAIN}", "--seed", "5")
    assert len(replayed(f"seed: 7\n{PLAIN}", capsys)) == 1
    assert not note(replayed(f"seed: 7\n# more\n{PLAIN}", capsys), "seed")
    assert not note(replayed(f"seed: 5\n{PLAIN}", capsys), "seed")
    assert "seed 8 by now; this is the run with seed 5" in note(
        replayed(f"seed: 8\n{PLAIN}", capsys), "seed"
    )


@pytest.mark.parametrize(
    ("now", "told"),
    [
        ("large: {funds: 80, seed: 7}", "the set large of test.yaml has funds=80 by now; "),
        ("large: {funds: 100, seed: 8}", "the set large of test.yaml has seed 8 by now; "),
        ("large: {funds: 100}", "test.yaml has no seed by now; "),
        ("big: {funds: 100, seed: 7}", "test.yaml has no set large (but small, big) by now; "),
    ],
)
def test_a_set_that_was_edited_is_told_beside_what_is_replayed(
    now: str, told: str, capsys: Captured
) -> None:
    left_of(sets("large: {funds: 100, seed: 7}"), "--parameters", "large")
    lines = replayed(sets(now), capsys)
    line = note(lines, "by now")
    assert line.startswith(f"note: {told}this is the run with ")
    assert line.endswith(("with funds=100, as recorded", "seed 7, as recorded"))
    assert ("funds=100 and seed 7" in line) == ("has no set" in told)
    assert lines[-1].startswith("equal: ")


def test_sets_that_came_and_went_are_told(capsys: Captured) -> None:
    left_of(PLAIN)
    told = note(replayed(sets("large: {funds: 80}", **{"{{ funds }}": "100"}), capsys), "by now")
    assert told == (
        "note: test.yaml has sets of parameters by now; this is the run with none, as recorded"
    )


# -- what comes next ---------------------------------------------------------------------

EDITED = sets("big: {funds: 50, seed: 9}", **{"total_deposit: 60": "total_deposit: 61"})


@pytest.mark.parametrize("name", ["test.yaml", "other name.yaml"])
def test_what_to_type_next_works_and_shows_this_very_run(name: str, capsys: Captured) -> None:
    """Also of a set that is gone, and of a file that has another name."""
    left_of(sets("large: {funds: 100, seed: 7}"), "--parameters", "large")
    options = () if name == "test.yaml" else ("--file", name)
    write(Path(), EDITED, name)
    lines = replayed(EDITED, capsys, *options)
    found = re.fullmatch("next: `simulator (.*)` shows every event", lines[-1])
    assert found
    assert call(*shlex.split(found[1])) == 1
    *shown, difference = capsys.readouterr().out.partition("\nnote: ")[::2]
    assert difference.splitlines()[1:] == lines[1:-1]
    events = [line for line in shown[0].splitlines() if line.startswith("        ")]
    assert sum("JoinStarted" in line for line in events) == 2
    assert sum("funds 100, " in line for line in events) == 2
    assert sum(line.startswith("  ok ") for line in shown[0].splitlines()) == len(TASKS)


# -- what is to blame --------------------------------------------------------------------

GONE = "`deposit  from 0, to 1, total_deposit 60` is gone"
EDITS: dict[str, tuple[str, str, str]] = {
    "a task that is gone": (
        PLAIN.replace(f"      - {TASKS[3]}\n", ""),
        GONE,
        rf"; now below task \S+deposit, test.yaml:{FIRST + 3}, which is as it was",
    ),
    "another wait": (
        PLAIN.replace("wait_idle:", "wait: 90", 1),
        f"line {FIRST + 2}: `wait  seconds 90` instead of `wait_idle`",
        rf"; now below task \S+deposit, test.yaml:{FIRST + 3}, which is as it was",
    ),
    "another value": (
        PLAIN.replace("total_deposit: 60", "total_deposit: 61"),
        (
            f"line {FIRST + 3}: `deposit  from 0, to 1, total_deposit 61` instead of "
            "`deposit  from 0, to 1, total_deposit 60`"
        ),
        rf"; task \S+deposit, test.yaml:{FIRST + 3}",
    ),
    "a new task": (
        PLAIN.replace("      - deposit", "      - stop_node: 2\n      - deposit", 1),
        f"line {FIRST + 3}: `stop_node  node 2` is new",
        rf"; task \S+stop_node, test.yaml:{FIRST + 3}",
    ),
    "nothing of the tasks": (PLAIN.replace("count: 3", "count: 4"), "outside of its tasks", ""),
}


@pytest.mark.parametrize("what", EDITS)
def test_an_edited_task_is_blamed_and_not_its_neighbour(what: str, capsys: Captured) -> None:
    text, change, task = EDITS[what]
    left_of(PLAIN)
    lines = replayed(text, capsys)
    assert lines[0].startswith("note: test.yaml has changed since")
    assert lines[0].endswith(change)
    assert re.fullmatch(rf"event \d+: [^;]*({task})", lines[1]), lines[1]
    assert "cause: changed since: the scenario file; as it was: the program" in lines[-2]


def test_an_edit_behind_a_difference_is_told_to_be_none_of_its_causes(capsys: Captured) -> None:
    left_of(PLAIN)
    journal = Path("out/journal.jsonl")
    first, *others = journal.read_text().splitlines(keepends=True)
    change = next(n for n, line in enumerate(others) if '"funds":100' in line)
    others[change] = others[change].replace('"funds":100', '"funds":101')
    journal.write_text("".join([first, *others]))
    lines = replayed(PLAIN.replace("total_deposit: 70", "total_deposit: 71"), capsys)
    assert re.search(r": JoinStarted of node 0: funds: .*; task \S+join_network, test", lines[1])
    assert "the scenario file (though the edited tasks come after this difference)" in lines[-2]


@pytest.mark.parametrize("content", [None, "[]", '{"tasks": 3}', '{"tasks": [{}]}', "[" * 1_000])
def test_without_the_report_no_task_is_blamed_for_an_edit(
    content: str | None, capsys: Captured
) -> None:
    left_of(PLAIN)
    report = Path("out/report.json")
    if content is None:
        report.unlink()
    else:
        digest = json.loads(report.read_text())["digest"]
        report.write_text(content.replace("{", f'{{"digest": "{digest}", ', 1))
    lines = replayed(EDITS["a task that is gone"][0], capsys)
    assert lines[0] == "note: test.yaml has changed since"
    assert re.search(rf"; now below task \S+deposit, test.yaml:{FIRST + 3}$", lines[1])


def test_a_report_that_leads_elsewhere_is_not_read(capsys: Captured) -> None:
    left_of(PLAIN)
    Path("out/report.json").rename("elsewhere.json")
    Path("out/report.json").symlink_to(Path("elsewhere.json").absolute())
    assert GONE not in replayed(EDITS["a task that is gone"][0], capsys)[0]


def test_another_outcome_is_told_with_its_task_line_and_reason(capsys: Captured) -> None:
    left_of(PLAIN)
    lines = replayed(PLAIN.replace(TASKS[-1], TASKS[-1].replace("70", "71")), capsys)
    line = FIRST + len(TASKS) - 1
    assert lines[1] == (
        f"outcome: expected passed, actual failed: test.yaml:{line}: scenario.serial.tasks[6]: "
        "assert of node 0 to node 1: total_deposit: expected 71, actual 70"
    )


def test_what_had_not_begun_when_a_run_failed_is_not_new(capsys: Captured) -> None:
    wrong = PLAIN.replace("70", "1000", 1)
    left_of(wrong)
    lines = replayed(f"{wrong}      - wait: 1\n", capsys)
    assert lines[0] == "note: test.yaml has changed since, outside of the tasks that have begun"
    assert lines[-1].startswith("equal: ")
    told = f"line {FIRST + 4}: `deposit  from 0, to 1, total_deposit 70` instead of "
    told += "`deposit  from 0, to 1, total_deposit 1000`"
    assert replayed(PLAIN, capsys)[0] == f"note: test.yaml has changed since: {told}"
