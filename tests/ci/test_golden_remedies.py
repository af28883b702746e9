"""What to do about a golden that can't be compared: the place is named, and what to type."""

from pathlib import Path

import pytest

from tests.ci.test_golden import JOINS
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
        (f"seed: 4\n{JOINS}", f"name: x\nseed: 5\n{JOINS}", "seed: 4` into line 2"),
        (JOINS, f"seed: 5\n{JOINS}", "seed: 0` into line 1"),
        (f"seed: 4\n{JOINS}", JOINS, "seed: 4` into the scenario"),
        (SETS + JOINS, SETS.replace("2", "3") + JOINS, "seed: 2` into line 4, in the set large"),
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
    assert f"they can't be compared; write `{place}; if " in capsys.readouterr().out


def test_of_many_files_a_seed_that_is_none_of_theirs_is_left_out(
    tmp_path: Path, capsys: Captured
) -> None:
    for seed in (3, 4):
        write(tmp_path, f"seed: {seed}\n{JOINS}", f"{seed}.yaml")
    assert call("run", ".", "--golden", "golden", "--update-golden") == 0
    capsys.readouterr()
    assert call("run", ".", "--golden", "golden", "--seed", "9") == 1
    out = capsys.readouterr().out
    assert out.count("FAILED") == out.count("; leaving --seed out compares with it") > 1
    assert "--seed 3 " not in out


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


def test_an_end_that_an_editor_has_taken_is_no_difference(tmp_path: Path) -> None:
    file, golden = write(tmp_path, JOINS), tmp_path / "golden" / "test.golden"
    assert call("run", file, "--golden", "golden", "--update-golden") == 0
    golden.write_bytes(golden.read_bytes()[:-1])
    assert call("run", file, "--golden", "golden") == 0


def test_what_failed_to_be_recorded_is_tried_again_by_its_command(
    tmp_path: Path, capsys: Captured
) -> None:
    file = write(tmp_path, file_of("assert_graph: {nodes: 7}"))
    assert call("run", file.name, "--golden", "golden", "--update-golden") == 1
    again = "again: simulator run test.yaml --seed 0 --golden golden --update-golden\n"
    assert again in capsys.readouterr().out
