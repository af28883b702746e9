"""What to type to accept what differs from a golden stands beside what shows it again."""

import shlex
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from simulator.node import connections
from tests.ci.goldens import JOINS, stingy
from tests.scenarios.writing import text_of as file_of
from tests.scenarios.writing import write
from tests.test_cli import Captured, call

SETS = "parameters:\n  small: {funds: 90}\n  large: {funds: 100, seed: 4}\n---\n".replace(
    " set", "_"
)
TEXT = SETS + JOINS.replace("funds: 100", "funds: {{ funds }}")


def accept_of(out: str) -> list[str]:
    """Return the words of each command that accepts something."""
    return [line.partition(" ")[2] for line in out.splitlines() if line.startswith("accept: ")]


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, TEXT, "sets.yaml")
    return "sets.yaml"


@pytest.mark.parametrize("before", [None, "wait: 15", "renamed"])
def test_each_command_accepts_its_run_and_no_other(
    tmp_path: Path, file: str, capsys: Captured, before: str | None
) -> None:
    """Be it without a golden, edited or renamed."""
    compare = ("run", ".", "--golden", "golden", "--junit", "out.xml")
    if before is not None:
        write(tmp_path, TEXT.replace("- wait_idle:", "- wait: 15\n      - wait_idle:"), file)
        assert call(*compare[:4], "--update-golden") == 0
        write(tmp_path, TEXT, file)
    else:
        Path("golden").mkdir()
    if before == "renamed":
        Path(file).rename("other.yaml")
    capsys.readouterr()
    for left in (2, 1):
        assert call(*compare) == 1
        commands = accept_of(capsys.readouterr().out)
        assert len(commands) == left
        cases = [one.text or "" for one in ET.parse("out.xml").iter("failure")]  # noqa: S314
        assert [accept_of(text) for text in cases] == [[command] for command in commands]
        program, *words = shlex.split(commands[0])
        assert program == "simulator"
        assert call(*words) == 0
    assert call(*compare) == 0


@pytest.mark.parametrize(
    ("text", "options"),
    [
        (file_of("assert_graph: {nodes: 7}"), ()),
        (f"xfail: known\n{JOINS}", ()),
        (JOINS, ("--seed", "7")),
    ],
    ids=["what fails", "what is expected to fail", "another seed"],
)
def test_what_can_not_be_recorded_can_not_be_accepted(
    tmp_path: Path, file: str, capsys: Captured, text: str, options: tuple[str, ...]
) -> None:
    write(tmp_path, JOINS, file)
    assert call("run", file, "--golden", "golden", "--update-golden") == 0
    write(tmp_path, text, file)
    capsys.readouterr()
    assert call("run", file, "--golden", "golden", *options) == 1
    out = capsys.readouterr().out
    assert "again: " in out
    assert "accept: " not in out


def test_pytest_has_its_own_command(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\nsimulator_scenarios = *.yaml\n")
    write(pytester.path, TEXT, "sets.yaml")
    options = ("--simulator-golden=golden", "--simulator-update-golden")
    assert pytester.runpytest(*options).ret == 0
    write(pytester.path, TEXT.replace("wait_idle:", "wait: 30"), "sets.yaml")
    for left in (2, 1):
        out = pytester.runpytest(options[0]).stdout.str()
        commands = [line.split() for line in out.splitlines() if line.startswith("  accept ")]
        assert len(commands) == left
        _, program, *words = commands[0]
        assert (program, tuple(words[1:])) == ("pytest", options)
        result = pytester.runpytest(*words)
        result.assert_outcomes(passed=1)
    assert pytester.runpytest(options[0]).ret == 0


def test_a_rule_that_has_changed_can_be_accepted(
    tmp_path: Path, file: str, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, JOINS, file)
    assert call("run", file, "--golden", "golden", "--update-golden") == 0
    monkeypatch.setattr(connections, "plan", stingy)
    capsys.readouterr()
    assert call("run", file, "--golden", "golden", "--check", "never") == 1
    told = "simulator run sets.yaml --seed 0 --golden golden --check never"
    again = f"again: {told}\naccept: {told} --update-golden\n"
    assert again in capsys.readouterr().out
