"""Goldens without a scenario, and scenarios that have another name since."""

from pathlib import Path

import pytest

from tests.ci.goldens import JOINS
from tests.scenarios.writing import text_of as file_of
from tests.scenarios.writing import write
from tests.test_cli import Captured, call

SETS = f"parameters:\n  small: {{tokens: 90}}\n  large: {{tokens: 100}}\n---\n{JOINS}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with two scenarios, one of them with sets of parameters, and goldens."""
    write(tmp_path, JOINS, "old.yaml")
    write(tmp_path, SETS.replace("funds: 100}", "funds: {{ tokens }} }"), "sets.yaml")
    assert call("run", tmp_path, "--golden", tmp_path / "golden", "--update-golden") == 0
    return tmp_path


def test_goldens_of_scenarios_that_are_not_run_are_no_orphans(
    folder: Path, capsys: Captured
) -> None:
    for chosen in (("old.yaml",), ("sets.yaml", "--parameters", "small")):
        file, *options = chosen
        assert call("run", folder / file, *options, "--golden", folder / "golden") == 0
    assert "orphan" not in capsys.readouterr().out


def test_orphans_are_named_in_every_run(folder: Path, capsys: Captured) -> None:
    (folder / "old.yaml").unlink()
    (folder / "sets.yaml").write_text(
        (folder / "sets.yaml").read_text().replace("large: {", "huge: {")
    )
    capsys.readouterr()
    small = ("run", folder / "sets.yaml", "--parameters", "small", "--golden", folder / "golden")
    for options in ((), ("--update-golden",)):
        assert call(*small, *options) == 0
        out = capsys.readouterr().out
        assert f"note: {folder}/golden/old.golden is an orphan: there is no scenario " in out
        assert f"note: {folder}/golden/sets.large.golden is an orphan: " in out
        assert "sets.yaml has no set of parameters large; " in out
        old = folder / "golden" / "old.golden"
        like = old.with_name("sets.small.golden")
        told = f"if {like}, which says much the same, is recorded instead, `rm {old}`\n"
        assert told in out
    assert (folder / "golden" / "old.golden").exists()


def test_an_orphan_of_a_set_names_no_file_that_never_was(folder: Path, capsys: Captured) -> None:
    (folder / "sets.yaml").unlink()
    capsys.readouterr()
    assert call("run", folder / "old.yaml", "--golden", folder / "golden") == 0
    out = capsys.readouterr().out
    assert "orphan: there is no scenario sets.large in " in out
    assert ", be it with a set of parameters, and no other one misses it: `rm " in out
    assert ".yaml" not in out.partition("note: ")[2]


def test_a_rename_is_recognised(folder: Path, capsys: Captured) -> None:
    (folder / "old.yaml").rename(folder / "new.yaml")
    old, new = folder / "golden" / "old.golden", folder / "golden" / "new.golden"
    content = old.read_bytes()
    capsys.readouterr()
    assert call("run", folder / "new.yaml", "--golden", folder / "golden") == 1
    message = f"{new} does not exist; looks renamed from {old}: --update-golden moves it"
    assert message in capsys.readouterr().out
    update = ("--golden", folder / "golden", "--update-golden")
    assert call("run", folder / "new.yaml", *update, "--jobs", "2") == 0
    out = capsys.readouterr().out
    assert f"moved      {new}, from {old}\ngoldens: 1 moved\n" in out
    assert "orphan" not in out
    assert not old.exists()
    assert new.read_bytes() == content


def test_a_copy_is_no_rename(folder: Path, capsys: Captured) -> None:
    write(folder, JOINS, "copy.yaml")
    capsys.readouterr()
    assert call("run", folder / "copy.yaml", "--golden", folder / "golden") == 1
    out = capsys.readouterr().out
    assert "copy.golden does not exist: record it with --update-golden" in out
    assert "renamed" not in out


def test_a_rename_with_an_edit_is_taken_for_one(folder: Path, capsys: Captured) -> None:
    """But moves nothing: it need not be one."""
    (folder / "old.yaml").unlink()
    new = write(folder, JOINS.replace("from: 1, funds: 100", "from: 1, funds: 90"), "new.yaml")
    old, golden = folder / "golden" / "old.golden", folder / "golden" / "new.golden"
    capsys.readouterr()
    assert call("run", new, "--golden", folder / "golden") == 1
    out = capsys.readouterr().out
    assert f"it has no golden; perhaps it was renamed, and edited: `mv {old} {golden}`" in out
    assert call("run", new, "--golden", folder / "golden", "--update-golden") == 0
    told = f"added      {golden}; perhaps it was renamed, but recorded anew: `rm {old}`\n"
    assert told in capsys.readouterr().out
    golden.unlink()
    old.rename(golden)
    assert call("run", new, "--golden", folder / "golden") == 1
    assert ": the scenario has been edited since " in capsys.readouterr().out


def test_what_has_little_in_common_is_no_rename(folder: Path, capsys: Captured) -> None:
    (folder / "old.yaml").unlink()
    new = write(folder, file_of("stop_node: 1", nodes=7), "new.yaml")
    capsys.readouterr()
    assert call("run", new, "--golden", folder / "golden") == 1
    assert "new.golden does not exist: record it with --update-golden" in capsys.readouterr().out
