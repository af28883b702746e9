"""Goldens whose scenario has another name: what else it does is told, and each is told of once."""

import shlex
from pathlib import Path

import pytest

from simulator.node import connections
from tests.ci.goldens import JOINS, stingy
from tests.scenarios.writing import text_of as file_of
from tests.scenarios.writing import write
from tests.test_cli import Captured, call

EDITED = JOINS.replace("from: 1, funds: 100", "from: 1, funds: 90")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with a golden of a scenario that has another name since."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path, JOINS, "old.yaml")
    assert record() == 0
    (tmp_path / "old.yaml").rename("new.yaml")
    return tmp_path


def record(*options: str) -> int:
    return call("run", ".", "--golden", "golden", "--update-golden", "--check", "never", *options)


def compare() -> int:
    return call("run", ".", "--golden", "golden", "--check", "never")


def test_a_changed_rule_is_told_though_the_file_has_another_name(
    folder: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "plan", stingy)
    old, new = Path("golden/old.golden"), Path("golden/new.golden")
    before = old.read_text().splitlines()
    capsys.readouterr()
    assert compare() == 1
    out = capsys.readouterr().out
    told = "it has no golden; it looks renamed, but does something else: line "
    (line,) = (line for line in out.splitlines() if told in line and line.startswith("FAILED"))
    assert line.startswith("FAILED new.yaml:9: ")
    assert ": Deposited of node 1: total_deposit: expected 20, actual 19; task " in line
    assert line.endswith(f"; `mv {old} {new}` keeps the old record")
    assert (line.count(str(old)), line.count(str(new))) == (1, 1)
    assert "  -   Deposited  " in out
    assert record() == 0
    after = new.read_text().splitlines()
    more, less = (len(set(one) - set(other)) for one, other in ((after, before), (before, after)))
    assert more > 1
    assert f"moved      {new}, from {old}: +{more} -{less} lines\n" in capsys.readouterr().out
    assert not old.exists()


def test_an_orphan_that_a_failure_names_has_no_second_recipe(
    folder: Path, capsys: Captured
) -> None:
    for text in (JOINS, EDITED):
        write(folder, text, "new.yaml")
        capsys.readouterr()
        assert compare() == 1
        out = capsys.readouterr().out
        assert ("looks renamed" in out) == (text == JOINS)
        assert ("perhaps it was renamed" in out) == (text == EDITED)
        assert "orphan" not in out


def test_what_was_recorded_anew_names_the_orphan_that_is_left(
    folder: Path, capsys: Captured
) -> None:
    write(folder, EDITED, "new.yaml")
    capsys.readouterr()
    assert record("--jobs", "2") == 0
    out = capsys.readouterr().out
    told = "perhaps it was renamed, but recorded anew: `rm golden/old.golden`"
    assert f"added      golden/new.golden; {told}\n" in out
    assert "orphan" not in out
    for run in (compare, record):
        assert run() == 0
        out = capsys.readouterr().out
        assert "and no other one misses it: `rm golden/old.golden`\n" in out
        assert "`mv " not in out, "it would be moved over what has just been recorded"


@pytest.mark.parametrize(
    ("new", "beside"),
    [
        (EDITED, file_of("assert_graph: {nodes: 7}")),
        (file_of("stop_node: 1", nodes=7), f"xfail: known\n{JOINS}"),
    ],
    ids=["what fails", "what is expected to fail"],
)
def test_what_can_have_no_golden_is_no_reason_to_move_one(
    folder: Path, capsys: Captured, new: str, beside: str
) -> None:
    write(folder, new, "new.yaml")
    write(folder, beside, "beside.yaml")
    assert record() == 1
    capsys.readouterr()
    for file, options in (("new.yaml", ()), (".", ()), ("new.yaml", ("--update-golden",))):
        call("run", file, "--golden", "golden", *options)
        out = capsys.readouterr().out
        assert "note: golden/old.golden is an orphan: " in out
        assert "`rm golden/old.golden`\n" in out
        assert "`mv " not in out


def test_an_orphan_of_something_else_is_moved_over_nothing_that_was_recorded(
    folder: Path, capsys: Captured
) -> None:
    """As long as a scenario misses a golden, it may be its."""
    write(folder, file_of("stop_node: 1", nodes=7), "new.yaml")
    write(folder, file_of("stop_node: 0", nodes=7), "other.yaml")
    capsys.readouterr()
    for file, may_move in (("new.yaml", True), ("new.yaml", True), ("other.yaml", False)):
        assert call("run", file, "--golden", "golden", "--update-golden") == 0
        out = capsys.readouterr().out
        assert ("`mv golden/old.golden golden/other.golden`" in out) == may_move
        assert "`rm golden/old.golden`\n" in out


def test_what_can_not_be_compared_is_told_of_the_golden_by_its_other_name(
    folder: Path, capsys: Captured
) -> None:
    golden = Path("golden/old.golden")
    golden.write_text("".join(golden.read_text().splitlines(keepends=True)[:10]))
    capsys.readouterr()
    assert compare() == 1
    out = capsys.readouterr().out
    told = "it has no golden; it looks renamed, but can't be compared with that golden: "
    told += "it is not whole"
    assert f"FAILED new.yaml: {told}: it ends before `serial`, line 6 of the scenario, " in out
    assert "; `mv golden/old.golden golden/new.golden` keeps the old record\n" in out


def test_one_golden_moves_once(folder: Path, capsys: Captured) -> None:
    """Whoever comes first by name, in how many processes ever."""
    write(folder, JOINS, "other.yaml")
    capsys.readouterr()
    assert record("--jobs", "2") == 0
    out = capsys.readouterr().out
    assert "moved      golden/new.golden, from golden/old.golden\n" in out
    assert "added      golden/other.golden\n" in out
    assert "goldens: 1 added, 1 moved\n" in out
    assert compare() == 0


PARAMETERS = "parameters:\n  small: {seed: 1}\n  large: {seed: 2}\n---\n"


@pytest.mark.parametrize(
    ("edit", "orphan", "told"),
    [
        (
            ("large", "huge"),
            "sets.large",
            "the set is called huge by now, `mv {} sets.huge.golden`",
        ),
        (
            (PARAMETERS, ""),
            "sets.large",
            "it is of the whole file by now, `mv {} sets.golden`",
        ),
    ],
)
def test_a_set_keeps_the_name_of_its_file(
    folder: Path, capsys: Captured, edit: tuple[str, str], orphan: str, told: str
) -> None:
    (folder / "new.yaml").unlink()
    file = write(folder, PARAMETERS + JOINS, "sets.yaml")
    assert call("run", file, "--golden", "golden", "--update-golden") == 0
    file.write_text(file.read_text().replace(*edit).replace("wait_idle:", "stop_node: 0"))
    write(folder, file_of("stop_node: 1", nodes=7), "beside.yaml")
    capsys.readouterr()
    assert call("run", "beside.yaml", "--golden", "golden") == 1
    out = capsys.readouterr().out.replace(" golden/", " ")
    assert f"if {told.format(f'{orphan}.golden')}, else `rm {orphan}.golden`\n" in out


@pytest.mark.parametrize(
    ("beside", "told"),
    [
        (PARAMETERS, "its scenario is called beside by now, `mv {} golden/beside.large.golden`"),
        ("", "it is that of beside by now, `mv {} golden/beside.golden`"),
        (
            PARAMETERS.replace("large", "a.large"),
            "its scenario is called beside.a by now, `mv {} golden/beside.a.large.golden`",
        ),
        (
            PARAMETERS.replace("large", "huge"),
            "its scenario is called NEW by now, `mv {} golden/NEW.large.golden`",
        ),
    ],
)
def test_a_file_with_sets_keeps_them_under_another_name(
    folder: Path, capsys: Captured, beside: str, told: str
) -> None:
    (folder / "new.yaml").unlink()
    file = write(folder, PARAMETERS + JOINS, "sets.yaml")
    assert record() == 0
    file.unlink()
    capsys.readouterr()
    write(folder, beside + file_of("stop_node: 1", nodes=7), "beside.yaml")
    assert call("run", "beside.yaml", "--golden", "golden") == 1
    out = capsys.readouterr().out
    assert f"if {told.format('golden/sets.large.golden')}, else `rm " in out


def test_what_another_orphan_is_moved_to_misses_no_golden(folder: Path, capsys: Captured) -> None:
    """One set was taken out, another one renamed: only `rm` is left for the first."""
    (folder / "new.yaml").unlink()
    Path("golden/old.golden").unlink()
    sets = "parameters:\n  small: {funds: 90}\n  large: {funds: 100}\n---\n"
    text = JOINS.replace("funds: 100", "funds: {{ funds }}")
    file = write(folder, sets + text, "sets.yaml")
    assert record() == 0
    file.write_text("parameters:\n  huge: {funds: 100}\n---\n" + text)
    capsys.readouterr()
    assert compare() == 1
    out = capsys.readouterr().out
    assert "looks renamed from golden/sets.large.golden: " in out
    gone = "sets.yaml has no set of parameters small, and no other one misses it: `rm "
    assert f"note: golden/sets.small.golden is an orphan: {gone}golden/sets.small.golden`\n" in out


FIRST, SECOND = file_of("stop_node: 0", "stop_node: 1"), JOINS


def test_two_files_that_were_swapped_are_told_as_that(
    folder: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "new.yaml").unlink()
    Path("golden/old.golden").unlink()
    write(folder, FIRST, "a.yaml")
    write(folder, SECOND, "b.yaml")
    assert record() == 0
    write(folder, SECOND, "a.yaml")
    write(folder, FIRST, "b.yaml")
    capsys.readouterr()
    assert compare() == 1
    out = capsys.readouterr().out
    told = "its golden is of another scenario, and its own has another name: if the two "
    mine, other, between = "golden/a.golden", "golden/b.golden", "golden/a.golden.old"
    moves = f"mv {mine} {between} && mv {other} {mine} && mv {between} {other}"
    for name in "ab":
        assert f"FAILED {name}.yaml: {told}were swapped, `" in out
    assert f"`{moves}` swaps their goldens too, else --update-golden records it anew\n" in out
    assert "edited" not in out
    monkeypatch.setattr(connections, "plan", stingy)
    assert compare() == 1
    out = capsys.readouterr().out
    assert "records it anew; it does something else: line " in out
    monkeypatch.undo()
    monkeypatch.chdir(folder)
    for command in moves.split(" && "):
        _, source, target = shlex.split(command)
        Path(source).rename(target)
    assert compare() == 0


def test_a_file_that_was_renamed_over_another_has_its_own_golden_by_the_old_name(
    folder: Path, capsys: Captured
) -> None:
    write(folder, FIRST, "other.yaml")
    assert call("run", "other.yaml", "--golden", "golden", "--update-golden") == 0
    (folder / "new.yaml").rename("other.yaml")
    capsys.readouterr()
    assert compare() == 1
    out = capsys.readouterr().out
    moves = "`mv golden/old.golden golden/other.golden`"
    assert f"FAILED other.yaml: its golden is of another scenario; {moves} puts its own" in out
    assert "orphan" not in out


def test_an_edit_that_is_no_other_scenario_is_no_swap(folder: Path, capsys: Captured) -> None:
    write(folder, FIRST, "other.yaml")
    assert call("run", "other.yaml", "--golden", "golden", "--update-golden") == 0
    write(folder, file_of("stop_node: 0", "stop_node: 2"), "other.yaml")
    capsys.readouterr()
    assert compare() == 1
    assert "FAILED other.yaml:9: the scenario has been edited since " in capsys.readouterr().out
