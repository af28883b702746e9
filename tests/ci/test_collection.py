"""Files, folders and globs mean the same to `simulator run` and to pytest; nothing is left out in
silence."""

import os
from pathlib import Path

import pytest

from simulator.scenario.language.collection import collect
from simulator.words.errors import ConfigurationError
from tests.ci.test_suite import GOOD
from tests.marks import nightly
from tests.scenarios.writing import write
from tests.test_cli import Captured, call

ON_THE_MODEL = ("--simulator-engine", "model")
"""No EVM is loaded: which files are run is not the engine's business."""

FILES = ("top.yaml", "other.yml", "LOUD.YAML", "sub/deep.yaml", "sub/deeper/deepest.yaml")

DEEP = ["sub/deep.yaml", "sub/deeper/deepest.yaml"]
MEANINGS = {
    "scenarios": ["LOUD.YAML", "other.yml", *DEEP, "top.yaml"],
    "scenarios/": ["LOUD.YAML", "other.yml", *DEEP, "top.yaml"],
    "./scenarios": ["LOUD.YAML", "other.yml", *DEEP, "top.yaml"],
    "scenarios/*.yaml": ["top.yaml"],
    "./scenarios/*.yaml": ["top.yaml"],
    "scenarios/*.y*ml": ["other.yml", "top.yaml"],
    "scenarios/**/*.yaml": ["sub/deep.yaml", "sub/deeper/deepest.yaml", "top.yaml"],
    "**/deep*.yaml": ["sub/deep.yaml", "sub/deeper/deepest.yaml"],
    "scenarios/*/*.yaml": ["sub/deep.yaml"],
    "scenarios/s*": DEEP,
    "scenarios/[st]op.yaml": ["top.yaml"],
    "scenarios/top.yaml": ["top.yaml"],
}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "scenarios" / "sub" / "deeper").mkdir(parents=True)
    for name in FILES:
        write(tmp_path / "scenarios", GOOD, name)
    write(tmp_path / "scenarios", "a: 1", "sub/no_scenario.yaml.txt")
    (tmp_path / "scenarios" / ".hidden").mkdir()
    write(tmp_path / "scenarios", "a: 1", ".hidden/not_meant.yaml")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(("pattern", "names"), MEANINGS.items())
def test_what_a_pattern_means(project: Path, pattern: str, names: list[str]) -> None:
    expected = [os.path.normpath(project / "scenarios" / name) for name in names]
    for found in (collect([pattern]), collect([pattern], project)):
        assert sorted(map(os.path.abspath, found.files)) == expected


def test_a_folder_that_a_link_leads_round_to_counts_once(project: Path) -> None:
    (project / "scenarios" / "sub" / "circle").symlink_to(project / "scenarios")
    assert sorted(collect(["scenarios"]).files) == sorted(f"scenarios/{name}" for name in FILES)


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize("pattern", ["scenarios/none*.yaml", "nowhere/**/*.yaml", "empty", ""])
def test_what_has_no_files_is_a_mistake(pattern: str, capsys: Captured) -> None:
    Path("empty").mkdir()
    with pytest.raises(ConfigurationError):
        collect([pattern])
    assert call("run", pattern, "scenarios/top.yaml") == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"simulator: {pattern}")


@pytest.mark.usefixtures("project")
def test_files_that_look_like_scenarios_and_are_not_run_are_named(capsys: Captured) -> None:
    write(Path("scenarios"), "version: 3", "compose.yaml")  # somebody else's
    write(Path("scenarios"), GOOD, "sub/unreadable.yaml").chmod(0)
    assert set(collect(["scenarios/t*.yaml"]).passed_over) - {"scenarios/sub/unreadable.yaml"} == {
        *("scenarios/LOUD.YAML", "scenarios/other.yml", "scenarios/sub/deep.yaml")
    }
    assert collect(["scenarios/top.yaml"]).passed_over == ()  # one file is meant, and said
    assert call("validate", "scenarios/t*.yaml") == 0
    notes = capsys.readouterr().err
    assert "note: scenarios/other.yml looks like a scenario and is not among the files\n" in notes


NOWHERE = ("circle.yaml", "x" * 300 + ".yaml")
"""A link that leads to itself, and a name that no system has."""


@pytest.mark.usefixtures("project")
def test_what_cannot_be_looked_at_costs_no_other_file(capsys: Captured) -> None:
    Path("scenarios/circle.yaml").symlink_to("circle.yaml")
    assert call("validate", "scenarios", f"scenarios/{NOWHERE[1]}") == 2
    out, err = capsys.readouterr()
    assert [line.partition(":")[0] for line in out.splitlines()] == [
        f"scenarios/{name}" for name in ("LOUD.YAML", "other.yml", "top.yaml", *DEEP)
    ]
    for name in NOWHERE:
        assert f"scenarios/{name}: cannot be read: " in err


@pytest.mark.parametrize("name", NOWHERE)
def test_pytest_goes_on_beside_what_cannot_be_looked_at(
    pytester: pytest.Pytester, name: str
) -> None:
    write(pytester.path, GOOD, "good.yaml")
    if name == NOWHERE[0]:
        (pytester.path / name).symlink_to(name)
    pytester.makeini(f"[pytest]\nsimulator_scenarios = good.yaml {name}")
    result = pytester.runpytest_inprocess("--no-header", *ON_THE_MODEL)
    result.stdout.no_fnmatch_line("*INTERNALERROR*")
    result.stderr.no_fnmatch_line("*Traceback*")


@pytest.mark.parametrize(("pattern", "names"), MEANINGS.items())
def test_pytest_collects_the_same(
    pytester: pytest.Pytester, pattern: str, names: list[str]
) -> None:
    for name in FILES:
        file = pytester.path / "scenarios" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(GOOD)
    pytester.makeini(f"[pytest]\nsimulator_scenarios = {pattern}\n")
    done = pytester.runpytest_inprocess("--collect-only", "-q")
    items = [line for line in done.outlines if "::" in line]
    assert sorted(items) == sorted(f"scenarios/{name}::scenario" for name in names)


@pytest.mark.parametrize("pattern", ["scenarios/none*.yaml", "scenarios", "typo.yaml", "[a"])
def test_pytest_refuses_a_pattern_without_files(pytester: pytest.Pytester, pattern: str) -> None:
    (pytester.path / "scenarios").mkdir()
    pytester.makeini(f"[pytest]\nsimulator_scenarios = {pattern}\n")
    pytester.makepyfile("def test_one(): pass")
    done = pytester.runpytest_inprocess()
    assert done.ret == pytest.ExitCode.USAGE_ERROR
    assert any(f"ERROR: simulator_scenarios: {pattern}: " in line for line in done.errlines)


@pytest.mark.parametrize("processes", [(), nightly(("-n", "2"))])
def test_listed_files_count_wherever_pytest_looks(
    pytester: pytest.Pytester, processes: tuple[str, ...]
) -> None:
    """`testpaths` says where Python's tests are; who asks for one test gets that one."""
    (pytester.path / "scenarios").mkdir()
    (pytester.path / "tests").mkdir()
    (pytester.path / "scenarios" / "one.yaml").write_text(GOOD)
    (pytester.path / "scenarios" / "two.yml").write_text(GOOD)
    (pytester.path / "tests" / "three.scenario.yml").write_text(GOOD)
    (pytester.path / "tests" / "test_it.py").write_text("def test_one(): pass")
    pytester.makeini("[pytest]\ntestpaths = tests\nsimulator_scenarios = scenarios/*.yaml\n")
    done = pytester.runpytest_inprocess(*processes, *ON_THE_MODEL)
    done.assert_outcomes(passed=3)
    done.stdout.fnmatch_lines(["note: scenarios/two.yml looks like a scenario, and *"])
    pytester.runpytest_inprocess("tests/test_it.py", *processes).assert_outcomes(passed=1)


@pytest.mark.parametrize("processes", [(), nightly(("-n", "2"))])
def test_items_can_be_marked(pytester: pytest.Pytester, processes: tuple[str, ...]) -> None:
    for name in ("skipped", "failing", "run"):
        (pytester.path / f"{name}.scenario.yaml").write_text(
            GOOD if name != "failing" else GOOD.replace("wait: 1", "assert_graph: {nodes: 7}")
        )
    pytester.makeconftest(
        """
        import pytest

        MARKS = {
            "skipped": pytest.mark.skip(reason="later"),
            "failing": pytest.mark.xfail(reason="known", strict=True),
        }

        def pytest_collection_modifyitems(items):
            for item in items:
                for name, mark in MARKS.items():
                    if name in item.nodeid:
                        item.add_marker(mark)
        """
    )
    done = pytester.runpytest_inprocess("-rs", *processes, *ON_THE_MODEL)
    done.assert_outcomes(passed=1, skipped=1, xfailed=1)
    done.stdout.fnmatch_lines(["SKIPPED * skipped.scenario.yaml*: later"])
