"""Scenarios that were renamed, and changed otherwise at once: nothing is promised in vain."""

from pathlib import Path

import pytest

from tests.ci.goldens import JOINS
from tests.scenarios.writing import write
from tests.test_cli import Captured, call

EDITED = JOINS.replace("from: 1, funds: 100", "from: 1, funds: 90")
MOVES = "`mv golden/old.golden golden/new.golden`"


def record(*options: str) -> int:
    return call("run", ".", "--golden", "golden", "--update-golden", *options)


@pytest.fixture(autouse=True)
def _old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave a golden of a scenario with a seed of its own, which is gone by now."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path, f"name: x\nseed: 3\n{JOINS}", "old.yaml")
    assert record() == 0
    (tmp_path / "old.yaml").unlink()


def told(capsys: Captured, *options: str) -> str:
    capsys.readouterr()
    assert call("run", "new.yaml", "--golden", "golden", *options) == 1
    lines = capsys.readouterr().out.splitlines()
    (line,) = (line for line in lines if line.startswith("FAILED new.yaml"))
    return line


@pytest.mark.parametrize(("text", "edit"), [(JOINS, ""), (EDITED, ", and edited")])
def test_another_seed_is_told_with_the_new_name(
    tmp_path: Path, capsys: Captured, text: str, edit: str
) -> None:
    write(tmp_path, f"name: x\nseed: 5\n{text}", "new.yaml")
    message = told(capsys)
    assert message.startswith("FAILED new.yaml:2: ")
    assert f"perhaps it was renamed{edit}, and its seed changed from 3 to 5 (line 2): " in message
    remedy = f"{MOVES} keeps the old record; if 5 is meant, record it with --update-golden"
    assert message.endswith(remedy)
    Path("golden/old.golden").rename("golden/new.golden")
    assert "write `seed: 3` into line 2; if 5 is meant, --update-golden records" in told(capsys)


def test_a_seed_that_was_only_chosen_is_told_as_that(tmp_path: Path, capsys: Captured) -> None:
    write(tmp_path, f"name: x\nseed: 3\n{JOINS}", "new.yaml")
    message = told(capsys, "--seed", "7")
    told_as = "it was recorded with seed 3, and this run has seed 7: "
    assert f"{told_as}{MOVES} keeps the old record, and leaving --seed out compares" in message


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("golden 1", "golden 7", "it has format 7, of version "),
        ("serial", "<<<<<<< HEAD", " of the golden is a mark of a merge conflict"),
    ],
)
def test_what_the_next_run_could_not_compare_is_not_to_be_moved(
    tmp_path: Path, capsys: Captured, old: str, new: str, reason: str
) -> None:
    golden = Path("golden/old.golden")
    golden.write_text(golden.read_text().replace(old, new, 1))
    write(tmp_path, f"seed: 3\n{EDITED}", "new.yaml")
    message = told(capsys)
    assert "perhaps it was renamed from golden/old.golden, which can't be compared: " in message
    assert reason in message
    assert ": --update-golden records it" in message
    assert "`mv " not in message
    assert message.endswith("; then `rm golden/old.golden`")


def test_a_rename_with_another_seed_is_known_by_its_content_however_little_is_alike(
    tmp_path: Path, capsys: Captured
) -> None:
    golden = Path("golden/old.golden")
    golden.write_text("".join(golden.read_text().splitlines(keepends=True)[:6]))
    write(tmp_path, f"seed: 5\n{JOINS}", "new.yaml")
    assert "perhaps it was renamed, and its seed changed from 3 to 5 (line 1)" in told(capsys)
    assert record() == 0
    assert "recorded anew: `rm golden/old.golden`" in capsys.readouterr().out
