"""What to do about a golden that can't be compared: the place is named, and what to type."""

from pathlib import Path

import pytest

from simulator.reports.golden import compare, text_of
from simulator.scenario.run.runner import run_file
from tests.ci.goldens import JOINS
from tests.scenarios.writing import text_of as file_of
from tests.scenarios.writing import write
from tests.test_cli import Captured, call

SETS = "parameters:\n  small: {seed: 1}\n  large:\n    seed: 2\n---\n"


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("before", "after", "place"),
    [
        (f"seed: 4\n{JOINS}", f"name: x\nseed: 5\n{JOINS}", "2: *seed: 4` into line 2"),
        (JOINS, f"seed: 5\n{JOINS}", "1: *seed: 0` into line 1"),
        (f"seed: 4\n{JOINS}", JOINS, " *seed: 4` into the scenario"),
        (
            SETS + JOINS,
            SETS.replace("2", "3") + JOINS,
            "4: [large] *seed: 2` into line 4, in the set large",
        ),
    ],
)
def test_the_line_of_the_seed_is_named(
    tmp_path: Path, capsys: Captured, before: str, after: str, place: str
) -> None:
    file = write(tmp_path, before)
    assert call("run", file, "--golden", "golden", "--update-golden") == 0
    write(tmp_path, after)
    capsys.readouterr()
    assert call("run", file, "--golden", "golden") == 1
    head, place = place.split("*")
    out = capsys.readouterr().out
    assert f"FAILED {file}:{head}" in out
    assert f"they can't be compared; write `{place}; if " in out


def test_the_line_of_a_set_without_a_golden_is_named(tmp_path: Path, capsys: Captured) -> None:
    file = write(tmp_path, SETS + JOINS).name
    Path("golden").mkdir()
    assert call("run", file, "--golden", "golden") == 1
    out = capsys.readouterr().out
    for line, name in ((2, "small"), (3, "large")):
        assert f"FAILED {file}:{line}: [{name}] golden/test.{name}.golden does not exist: " in out
        assert f"FAILED       {file}:{line} [{name}]: " in out


def test_of_many_files_a_seed_that_is_none_of_theirs_is_left_out(
    tmp_path: Path, capsys: Captured
) -> None:
    for seed in (3, 4):
        write(tmp_path, f"seed: {seed}\n{JOINS}", f"{seed}.yaml")
    assert call("run", ".", "--golden", "golden", "--update-golden") == 0
    capsys.readouterr()
    assert call("run", ".", "--golden", "golden", "--seed", "9") == 1
    out = capsys.readouterr().out
    told = "it was recorded with seed 3, and this run has seed 9"
    remedy = "they can't be compared; leaving --seed out compares with it"
    assert f"FAILED 3.yaml: golden/3.golden: {told}: {remedy}\n" in out
    assert "--seed 3 " not in out
    assert f"FAILED       3.yaml: {told}\n" in out, "the list is short"
    assert out.endswith(
        "note: leaving --seed out compares with 2 goldens\n0 passed, 2 failed, 0 invalid\n"
    )


def test_a_seed_that_was_chosen_when_it_was_recorded_is_told(
    tmp_path: Path, capsys: Captured
) -> None:
    file = write(tmp_path, JOINS)
    assert call("run", file, "--golden", "golden", "--update-golden", "--seed", "6") == 0
    capsys.readouterr()
    assert call("run", file, "--golden", "golden", "--seed", "9") == 1
    assert "can't be compared; --seed 6 compares with it" in capsys.readouterr().out


@pytest.mark.parametrize("left", [10, 50, 100, 400, -2])
def test_a_golden_that_was_cut_off_is_named_as_not_whole(
    tmp_path: Path, capsys: Captured, left: int
) -> None:
    file, golden = write(tmp_path, JOINS), tmp_path / "golden" / "test.golden"
    assert call("run", file, "--golden", "golden", "--update-golden") == 0
    golden.write_bytes(golden.read_bytes()[:left])
    capsys.readouterr()
    assert call("run", file, "--golden", "golden") == 1
    out = capsys.readouterr().out
    assert "golden/test.golden: it is not whole: its last line has no end, " in out
    assert call("run", file, "--golden", "golden", "--update-golden") == 0
    assert call("run", file, "--golden", "golden") == 0


FAULT = f"{JOINS}faults: [{{at_seconds: 60, stop_node: 2}}]\n"


@pytest.mark.parametrize("text", [JOINS, FAULT], ids=["tasks", "faults"])
def test_a_golden_that_was_cut_at_the_end_of_a_line_is_named_as_not_whole(
    tmp_path: Path, text: str
) -> None:
    """Wherever that was: only behind the line of the last task what came after it may be new."""
    report, golden = run_file(write(tmp_path, text)), tmp_path / "test.golden"
    lines = text_of(report)
    assert any("fault:" in line for line in lines) == (text == FAULT)
    last = max(n for n, line in enumerate(lines) if line[:1].isalpha() and "fault:" not in line)
    for left in range(1, len(lines)):
        golden.write_text("\n".join([*lines[:left], ""]))
        finding = compare(report, golden)
        assert finding is not None
        if left <= last:
            assert f"{golden}: it is not whole: it ends before " in finding.message
            remedy = "; take it from version control again, or --update-golden records it anew"
            assert finding.message.endswith(remedy)
        else:
            assert f"not as in {golden}: line {left + 1} of the golden: " in finding.message
            remedy = "there the golden ends: if it was cut off, take it from version control again"
            assert f"; {remedy}; if it is meant, --update-golden " in finding.message


def test_the_first_task_is_named_that_a_golden_lacks(tmp_path: Path) -> None:
    report, golden = run_file(write(tmp_path, JOINS)), tmp_path / "test.golden"
    text = text_of(report)
    golden.write_text("\n".join([*text[: text.index("wait_idle  passed")], ""]))
    finding = compare(report, golden)
    assert finding is not None
    place = "`wait_idle`, line 10 of the scenario, and the scenario is as it was"
    assert f"it is not whole: it ends before {place}; " in finding.message


def test_what_came_behind_the_end_of_a_whole_golden_is_a_regression(tmp_path: Path) -> None:
    """Tasks that are missing in the middle, or are others, are no end that was cut off."""
    report, golden = run_file(write(tmp_path, JOINS)), tmp_path / "test.golden"
    for task in ("serial", "join_network  from 0, funds 100  passed"):
        golden.write_text("\n".join([*(line for line in text_of(report) if line != task), ""]))
        finding = compare(report, golden)
        assert finding is not None
        assert finding.message.startswith(f"not as in {golden}: ")
        assert "cut off" not in finding.message


@pytest.mark.parametrize(
    ("file", "place"),
    [
        (f"seed: 4\n{JOINS}", "seed: 9` into line 1"),
        (JOINS, "seed: 9` into the scenario"),
        (SETS + JOINS, "seed: 9` into line 4, in the set large"),
    ],
)
def test_where_another_seed_is_to_be_written_is_told_where_it_can_not_be_recorded(
    tmp_path: Path, capsys: Captured, file: str, place: str
) -> None:
    run = ("run", write(tmp_path, file), "--golden", "golden", "--update-golden")
    assert call(*run) == 0
    capsys.readouterr()
    assert call(*run, "--seed", "9") == 1
    assert f"; if seed 9 is meant from now on, write `{place}\n" in capsys.readouterr().out


def test_an_end_that_an_editor_has_taken_is_no_difference(tmp_path: Path) -> None:
    file, golden = write(tmp_path, JOINS), tmp_path / "golden" / "test.golden"
    assert call("run", file, "--golden", "golden", "--update-golden") == 0
    golden.write_bytes(golden.read_bytes()[:-1])
    assert call("run", file, "--golden", "golden") == 0


def test_what_failed_to_be_recorded_is_looked_at_again_by_its_command(
    tmp_path: Path, capsys: Captured
) -> None:
    """It is typed to see the failure, not to record anything."""
    file = write(tmp_path, file_of("assert_graph: {nodes: 7}"))
    assert call("run", file.name, "--golden", "golden", "--update-golden") == 1
    out = capsys.readouterr().out
    assert "again: simulator run test.yaml --seed 0 --golden golden\n" in out
    assert "accept: " not in out
