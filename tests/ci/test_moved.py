"""A replay finds a scenario file that was renamed or moved since: the user says which one it is."""

import shutil
from pathlib import Path

import pytest

from tests.ci.test_suite import GOOD
from tests.scenarios.writing import text_of, write
from tests.test_cli import Captured, call


@pytest.fixture
def left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The report of a run whose scenario file has another name since."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path, GOOD, "old.yaml")
    assert call("run", "old.yaml", "--report", "out") == 0
    (tmp_path / "scenarios" / "deep").mkdir(parents=True)
    (tmp_path / "old.yaml").rename("scenarios/deep/new.yml")
    write(tmp_path, f"{GOOD}\n", "scenarios/almost.yaml")
    return tmp_path / "out"


def test_a_file_with_the_same_content_is_named(left: Path, capsys: Captured) -> None:
    assert call("replay", left) == 2
    err = capsys.readouterr().err
    again = f"`simulator replay {left} --file "
    told = "its scenario file old.yaml was renamed to "
    assert f"{told}scenarios/deep/new.yml: {again}scenarios/deep/new.yml`\n" in err
    shutil.copy("scenarios/deep/new.yml", "scenarios/copy.yaml")
    assert call("replay", left) == 2
    err = capsys.readouterr().err
    copy = "scenarios/copy.yaml"
    assert f"{told}{copy} (or scenarios/deep/new.yml): {again}{copy}`\n" in err


def test_of_a_file_that_was_edited_too_the_one_is_named_that_is_most_like_it(
    left: Path, capsys: Captured
) -> None:
    Path("scenarios/deep/new.yml").unlink()
    Path("scenarios/almost.yaml").unlink()
    write(Path("scenarios"), text_of("stop_node: 0", "stop_node: 1"), "less.yaml")
    write(Path("scenarios"), text_of("wait: 1", "wait: 2"), "the one.yaml")
    assert call("replay", left) == 2
    err = capsys.readouterr().err
    renamed = "; perhaps it was renamed, and edited, to scenarios/the one.yaml: "
    assert f"{renamed}`simulator replay {left} --file 'scenarios/the one.yaml'`\n" in err
    assert call("replay", left, "--file", "scenarios/the one.yaml") in {0, 1}
    (left / "report.json").unlink()
    assert call("replay", left) == 2
    assert "name it with --file PATH\n" in capsys.readouterr().err


def test_without_one_the_way_out_is_named(left: Path, capsys: Captured) -> None:
    Path("scenarios/deep/new.yml").unlink()
    write(Path("scenarios"), text_of("stop_node: 0"), "almost.yaml")
    assert call("replay", left) == 2
    assert "name it with --file PATH\n" in capsys.readouterr().err


def test_a_file_that_is_named_is_taken(left: Path, capsys: Captured) -> None:
    assert call("replay", left, "--file", "scenarios/deep/new.yml") == 0
    assert capsys.readouterr().out.startswith("equal: ")
    write(Path("scenarios"), GOOD.replace("wait: 1", "stop_node: 0"), "other.yaml")
    assert call("replay", left, "--file", "scenarios/other.yaml") == 1
    out = capsys.readouterr().out
    assert "note: scenarios/other.yaml has changed since" in out
    assert call("replay", left, "--file", "scenarios/none.yaml") == 2
    assert "scenarios/none.yaml: cannot be read" in capsys.readouterr().err
