"""Recording goldens: what is written, where, with which seed, and what is told of it."""

from pathlib import Path

import pytest

from simulator.reports import golden_lines
from tests.ci.goldens import JOINS, THREE
from tests.ci.test_suite import FAILING
from tests.scenarios.writing import text_of as file_of
from tests.scenarios.writing import write
from tests.test_cli import Captured, call

# -- recording ---------------------------------------------------------------------------


def test_recording_and_comparing(tmp_path: Path, capsys: Captured) -> None:
    file, folder = write(tmp_path, JOINS), tmp_path / "golden"
    folder.mkdir()
    assert call("run", file, "--golden", folder) == 1
    assert "does not exist: record it with --update-golden" in capsys.readouterr().out
    assert call("run", file, "--golden", folder, "--update-golden") == 0
    assert f"added      {folder}/test.golden\ngoldens: 1 added\n" in capsys.readouterr().out
    assert call("run", file, "--golden", folder) == 0
    first = (folder / "test.golden").read_bytes()
    assert call("run", file, "--golden", folder, "--update-golden", "--jobs", "2") == 0
    assert "goldens: 1 unchanged\n" in capsys.readouterr().out
    assert (folder / "test.golden").read_bytes() == first
    (folder / "test.golden").write_bytes(b"\xff")
    assert call("run", file, "--golden", folder) == 1
    assert "test.golden: cannot be read: it is not UTF-8" in capsys.readouterr().out
    assert call("run", file, "--golden", folder, "--update-golden") == 0
    assert (folder / "test.golden").read_bytes() == first


def test_recording_tells_how_much_has_changed(tmp_path: Path, capsys: Captured) -> None:
    folder = tmp_path / "golden"
    assert call("run", write(tmp_path, JOINS), "--golden", folder, "--update-golden") == 0
    file = write(tmp_path, file_of("wait: 15", *THREE))
    capsys.readouterr()
    assert call("run", file, "--golden", folder, "--update-golden") == 0
    assert f"changed    {folder}/test.golden: +2 -1 lines\n" in capsys.readouterr().out


def test_a_new_version_alone_records_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write(tmp_path, JOINS)
    assert call("run", file, "--golden", tmp_path, "--update-golden") == 0
    first = (tmp_path / "test.golden").read_bytes()
    monkeypatch.setattr(golden_lines, "version", lambda: "99.0")
    assert call("run", file, "--golden", tmp_path) == 0
    assert call("run", file, "--golden", tmp_path, "--update-golden") == 0
    assert (tmp_path / "test.golden").read_bytes() == first


def test_a_failing_scenario_is_not_recorded(tmp_path: Path, capsys: Captured) -> None:
    file, folder = write(tmp_path, FAILING), tmp_path / "golden"
    folder.mkdir()
    assert call("run", file, "--golden", folder, "--update-golden") == 1
    assert "not recorded: the scenario fails" in capsys.readouterr().out
    assert call("run", file, "--golden", folder) == 1
    assert "does not exist" not in capsys.readouterr().out
    assert not [*folder.iterdir()]


def test_a_missing_folder_is_told_once(tmp_path: Path, capsys: Captured) -> None:
    files = [write(tmp_path, JOINS, name) for name in ("a.yaml", "b.yaml")]
    assert call("run", *files, "--golden", tmp_path / "goldn") == 2
    captured = capsys.readouterr()
    remedy = "name another one, or record goldens there with --update-golden."
    assert captured.err.count(f"there is no folder {tmp_path / 'goldn'}: {remedy}") == 1
    assert not captured.out, "nothing was run for it"


def test_windows_line_ends_are_no_difference(tmp_path: Path) -> None:
    file = write(tmp_path, JOINS)
    assert call("run", file, "--golden", tmp_path, "--update-golden") == 0
    golden = tmp_path / "test.golden"
    golden.write_bytes(golden.read_bytes().replace(b"\n", b"\r\n"))
    assert call("run", file, "--golden", tmp_path) == 0


# -- where goldens are -------------------------------------------------------------------


def test_equal_names_in_two_folders_have_goldens_of_their_own(tmp_path: Path) -> None:
    for name, funds in (("a", 100), ("b", 90)):
        (tmp_path / "scenarios" / name).mkdir(parents=True)
        write(tmp_path / "scenarios" / name, JOINS.replace("100}", f"{funds}}}"), "same.yaml")
    write(tmp_path, JOINS, "same.yaml")
    folder = tmp_path / "scenarios" / "golden"
    files = (tmp_path / "scenarios" / "a", tmp_path / "scenarios" / "b", tmp_path / "same.yaml")
    assert call("run", *files, "--golden", folder, "--update-golden") == 0
    found = {file.relative_to(folder).as_posix() for file in folder.rglob("*.golden")}
    assert found == {"a/same.golden", "b/same.golden", "_/same.golden"}
    for file in files:  # alone, each has the same golden as with the others
        assert call("run", file, "--golden", folder) == 0


def test_goldens_may_lie_beside_their_scenarios(tmp_path: Path, capsys: Captured) -> None:
    (tmp_path / "more").mkdir()
    write(tmp_path / "more", JOINS)
    assert call("run", tmp_path / "more", "--golden", tmp_path, "--update-golden") == 0
    assert (tmp_path / "more" / "test.golden").exists()
    assert "orphan" not in capsys.readouterr().out


def test_usage(tmp_path: Path, capsys: Captured) -> None:
    file = write(tmp_path, JOINS)
    assert call("run", file, "--update-golden") == 2
    assert "--update-golden needs --golden DIR." in capsys.readouterr().err
    assert call("run", file, file, "--golden", tmp_path) == 2
    message = f"{file} and {file} would share the golden {tmp_path}/test.golden: "
    assert message in " ".join(capsys.readouterr().err.split())


# -- seeds -------------------------------------------------------------------------------


def test_a_golden_keeps_its_seed_unless_the_scenario_has_another(
    tmp_path: Path, capsys: Captured
) -> None:
    file, options = write(tmp_path, JOINS), ("--golden", tmp_path / "golden")
    assert call("run", file, *options, "--update-golden") == 0
    golden = tmp_path / "golden" / "test.golden"
    before = golden.read_bytes()
    capsys.readouterr()
    assert call("run", file, *options, "--seed", "5") == 1
    assert "they can't be compared; leaving --seed out compares with it" in capsys.readouterr().out
    assert call("run", file, *options, "--update-golden", "--seed", "5") == 1
    out = capsys.readouterr().out
    assert f"{golden} stays as it is: it was recorded with seed 0, and this run has seed 5" in out
    assert (
        "leaving --seed out records it anew; if seed 5 is meant from now on, write `seed: 5` into"
        in out
    )
    assert golden.read_bytes() == before
    file.write_text(f"seed: 5\n{file.read_text()}")
    assert call("run", file, *options, "--update-golden") == 0
    assert "lines; with seed 5, which was 0\n" in capsys.readouterr().out
    assert call("run", file, *options) == 0


def test_the_first_golden_of_another_seed_says_how_to_compare(
    tmp_path: Path, capsys: Captured
) -> None:
    run = ("run", write(tmp_path, JOINS), "--golden", tmp_path, "--seed", "5")
    assert call(*run, "--update-golden") == 0
    out = capsys.readouterr().out
    assert "; with seed 5, which the scenario does not say: --seed 5 compares\n" in out
    assert call(*run) == 0


def test_what_is_not_recorded_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.chdir(tmp_path)
    fails = file_of("assert_graph: {nodes: 7}")
    for name, text in (("a", JOINS), ("b", f"xfail: known\n{fails}"), ("c", f"skip: x\n{JOINS}")):
        write(tmp_path, text, f"{name}.yaml")
    assert call("run", ".", "--golden", "golden", "--update-golden") == 0
    counted = "goldens: 1 added, 1 not recorded: skipped, 1 not recorded: xfail\n"
    assert counted in capsys.readouterr().out
    write(tmp_path, fails, "d.yaml")
    assert call("run", ".", "--golden", "golden", "--update-golden") == 1
    assert "goldens: 1 unchanged, 1 not recorded: failed, 1 not " in capsys.readouterr().out
