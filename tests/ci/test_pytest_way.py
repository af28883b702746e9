"""pytest does with scenario files what `simulator run` does: options, names, outcomes."""

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.ci.test_parameters import GROWTH
from tests.ci.test_suite import FAILING, GOOD
from tests.ci.test_timeouts import HUNG
from tests.marks import nightly
from tests.scenarios.writing import text_of
from tests.test_cli import call

Options = tuple[str, ...]


def write(pytester: pytest.Pytester, name: str, text: str) -> Path:
    file = pytester.path / f"{name}.scenario.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def test_goldens_are_recorded_and_compared(pytester: pytest.Pytester) -> None:
    file = write(pytester, "a", GOOD)
    golden = ("--simulator-golden", "golden")
    done = pytester.runpytest_inprocess(*golden)
    assert done.ret == pytest.ExitCode.USAGE_ERROR
    remedy = "name another one, or record goldens there with --simulator-update-golden"
    done.stderr.fnmatch_lines([f"ERROR: --simulator-golden: there is no folder golden: {remedy}"])
    Path("golden").mkdir()
    done = pytester.runpytest_inprocess(*golden)
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(["*does not exist: record it with --simulator-update-golden"])
    assert "task" not in done.stdout.str()
    pytester.runpytest_inprocess(*golden, "--simulator-update-golden").assert_outcomes(passed=1)
    pytester.runpytest_inprocess(*golden).assert_outcomes(passed=1)
    assert call("run", file.name, "--golden", "golden") == 0, "they are the command line's"
    file.write_text(GOOD.replace("wait: 1", "stop_node: 0"))
    done = pytester.runpytest_inprocess(*golden)
    done.assert_outcomes(failed=1)
    fact = "line 8: `stop_node  node 0` instead of `wait  seconds 1`; *"
    edited = "  golden the scenario has been edited since golden/a.scenario.golden was recorded"
    again = "  again  simulator run * --golden golden"
    task = "  task   scenario.serial.tasks?0?.stop_node"
    file_line = "  file   a.scenario.yaml:8"
    done.stdout.fnmatch_lines([fact, edited, file_line, task, again, "*stop_node*"])
    assert " --update-golden" not in done.stdout.str()


@pytest.mark.parametrize("processes", [(), nightly(("-n", "2"))])
def test_what_becomes_of_goldens_is_told_at_the_end(
    pytester: pytest.Pytester, processes: Options
) -> None:
    file = write(pytester, "a", GOOD)
    write(pytester, "gone", GOOD.replace("wait: 1", "wait: 2"))
    options = ("--simulator-golden", "golden", *processes)
    record = (*options, "--simulator-update-golden")
    run = pytester.runpytest_subprocess if processes else pytester.runpytest_inprocess
    done = run(*record)
    told = [f"added      golden/{name}.scenario.golden" for name in ("a", "gone")]
    done.stdout.fnmatch_lines_random([*told, "goldens: 2 added"])
    file.rename("new.scenario.yaml")
    Path("gone.scenario.yaml").unlink()
    write(pytester, "b", text_of("join_network: {from: 0-2, funds: 100}", "wait_idle:"))
    write(pytester, "xfail", f"xfail: known\n{text_of('assert_graph: {nodes: 7}')}")
    orphan = "note: golden/gone.scenario.golden is an orphan: there is no scenario gone.scenario*"
    run(*options).stdout.fnmatch_lines([orphan])
    done = run(*record)
    done.assert_outcomes(passed=2, xfailed=1)
    moved = "moved      golden/new.scenario.golden, from golden/a.scenario.golden"
    added = "added      golden/b.scenario.golden"
    counted = "goldens: 1 added, 1 moved, 1 not recorded: xfail"
    done.stdout.fnmatch_lines_random([moved, added, counted, orphan])
    assert "golden/a.scenario.golden is an orphan" not in done.stdout.str()


def test_another_seed_is_told_in_the_words_of_pytest(pytester: pytest.Pytester) -> None:
    write(pytester, "a", GOOD)
    options = ("--simulator-golden", "golden", "--simulator-update-golden")
    pytester.runpytest_inprocess(*options).assert_outcomes(passed=1)
    pytester.makeini("[pytest]\nsimulator_seeds = 5\n")
    done = pytester.runpytest_inprocess(*options)
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(
        ["*stays as it is: *; taking `simulator_seeds` out records it anew; *"]
    )
    done = pytester.runpytest_inprocess(*options[:2])
    done.stdout.fnmatch_lines(
        ["*they can't be compared; taking `simulator_seeds` out compares with it"]
    )
    assert "--seed 0 records" not in done.stdout.str()


def test_reports_are_written_for_each_run(pytester: pytest.Pytester) -> None:
    write(pytester, "one/a", GOOD)
    write(pytester, "two/a", GOOD)
    pytester.makeini("[pytest]\nsimulator_seeds = 4 5\n")
    pytester.runpytest_inprocess("--simulator-report", "out").assert_outcomes(passed=4)
    found = {str(file.parent) for file in Path("out").rglob("report.html")}
    assert found == {f"out/a.scenario{more}/seed-{seed}" for more in ("", "-2") for seed in (4, 5)}


def test_an_engine_is_chosen(pytester: pytest.Pytester) -> None:
    write(pytester, "a", GOOD)
    options = ("--simulator-engine", "model", "--simulator-report", "out")
    pytester.runpytest_inprocess(*options).assert_outcomes(passed=1)
    (manifest,) = Path("out").rglob("manifest.json")
    assert '"engine": "model"' in manifest.read_text()


def test_an_option_goes_before_the_ini_file(pytester: pytest.Pytester) -> None:
    write(pytester, "a", GOOD)
    pytester.makeini("[pytest]\nsimulator_check = end\n")
    options = ("--simulator-check", "never", "--simulator-report", "out")
    pytester.runpytest_inprocess(*options).assert_outcomes(passed=1)
    (manifest,) = Path("out").rglob("manifest.json")
    assert '"check": "never"' in manifest.read_text()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            ("--simulator-check", "often"),
            "--simulator-check: 'often' is none of every-message, every-b",
        ),
        (("--simulator-engine", "evm"), "--simulator-engine: 'evm' is none of pyevm"),
        (("--simulator-update-golden",), "--simulator-update-golden needs --simulator-golden DIR"),
        (("--simulator-golden", "x"), "--simulator-golden compares with the record of one seed"),
    ],
)
def test_options_that_cannot_be_meant_are_usage_errors(
    pytester: pytest.Pytester, options: Options, message: str
) -> None:
    pytester.makeini("[pytest]\nsimulator_seeds = 4 5\n")
    done = pytester.runpytest_inprocess(*options)
    assert done.ret == pytest.ExitCode.USAGE_ERROR
    done.stderr.fnmatch_lines([f"ERROR: {message}*"])


def cases(file: Path) -> set[tuple[str, str]]:
    """Return the names of all cases of JUnit's XML."""
    root = ET.parse(file).getroot()  # noqa: S314 - our own
    return {(case.attrib["classname"], case.attrib["name"]) for case in root.iter("testcase")}


@pytest.mark.parametrize("processes", [(), nightly(("-n", "2"))])
def test_cases_have_the_names_of_the_command_line(
    pytester: pytest.Pytester, processes: Options
) -> None:
    files = [
        write(pytester, "deep/growth", GROWTH),
        write(pytester, "named", f"name: A [b], c::d\nseed: 7\n{FAILING}"),
        write(pytester, "broken", "nodes: 3"),
        write(pytester, "late", f"skip: later\n{GOOD}"),
        write(pytester, "known", f"xfail: known\n{FAILING}"),
    ]
    names = [str(file.relative_to(pytester.path)) for file in files]
    assert call("run", *names, "--junit", "run.xml") == 2
    run = pytester.runpytest_subprocess if processes else pytester.runpytest_inprocess
    done = run("--junitxml", "pytest.xml", *processes)
    done.assert_outcomes(passed=1, failed=3, skipped=1, xfailed=1)
    assert cases(Path("pytest.xml")) == cases(Path("run.xml"))
    assert ("named_scenario", "A [b], c::d [seed 7]") in cases(Path("pytest.xml"))


def test_what_a_file_says_about_being_run_counts(pytester: pytest.Pytester) -> None:
    write(pytester, "late", f"skip: needs a new node\n{GOOD}")
    write(pytester, "known", f"xfail: known since May\n{FAILING}")
    write(pytester, "mended", f"xfail: known since May\n{GOOD}")
    write(pytester, "broken", f"xfail: known since May\nskip: 3\n{GOOD}")
    done = pytester.runpytest_inprocess("-rsx")
    done.assert_outcomes(skipped=1, xfailed=1, failed=2)
    done.stdout.fnmatch_lines_random(
        [
            "SKIPPED ?1? late.scenario.yaml:1: needs a new node",
            "XFAIL known.scenario.yaml::scenario - *since May: assert_graph: nodes: expected 7*",
            "passed, but is expected to fail (known since May): take xfail out of line 1",
            "broken.scenario.yaml:2: skip: must say why*",
        ]
    )
    done = pytester.runpytest_inprocess("--runxfail", "known.scenario.yaml")
    done.assert_outcomes(failed=1)


SETS = "parameters:\n  small: {}\n  large: {tags: [slow]}\n---\ntags: [hub-1]\n"


@pytest.mark.parametrize(
    ("expression", "names"),
    [
        ("slow", ["large"]),
        ("not slow", ["scenario", "small"]),
        ("hub-1", ["large", "small"]),
        ("hub-1 and not slow", ["small"]),
    ],
)
def test_tags_are_markers(pytester: pytest.Pytester, expression: str, names: list[str]) -> None:
    write(pytester, "sets", SETS + GOOD)
    write(pytester, "plain", GOOD)
    done = pytester.runpytest_inprocess(
        *("-m", expression, "--strict-markers", "--collect-only", "-q", "-W", "error")
    )
    items = [line.partition("::")[2] for line in done.outlines if "::" in line]
    assert sorted(items) == names


def test_a_failure_shows_what_went_on_around_it(pytester: pytest.Pytester) -> None:
    fails = "serial: {tasks: [wait: 20, assert_graph: {nodes: 7}]}"
    hold = "hold_transactions: {node: 0}"
    opening = "open_channel: {from: 0, to: 1, expected_http_status: 408}"
    together = f"parallel: {{tasks: [{opening}, {fails}]}}"
    write(pytester, "a", text_of("wait: 1", hold, together))
    done = pytester.runpytest_inprocess()
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(
        [
            "assert_graph: nodes: expected 7, actual 0*",
            "  file   a.scenario.yaml:10",
            "  task   scenario.serial.tasks?2?.parallel.tasks?1?.serial.tasks?1?.assert_graph",
            "  again  simulator run a.scenario.yaml --seed 0",
            "what went on around it:",
            "  ok      0:00 - 0:01 (block 0)*wait *seconds 1",
            "  ok      0:01 - 0:01 (block 0)*hold_transactions *",
            "  FAILED  0:21 - 0:21 (block 1)*assert_graph *",
            "      assert_graph: nodes: expected 7, actual 0*",
            "  ok      0:01 - 10:01 (block 0 to 40)*open_channel *",
            "  waiting: 1 held",
        ]
    )


def test_what_was_in_progress_and_what_waits_is_shown(pytester: pytest.Pytester) -> None:
    hold = "hold_transactions: {node: 0}"
    limit = "timeout: {virtual_seconds: 60}\n"
    write(pytester, "a", limit + text_of(hold, "open_channel: {from: 0, to: 1}"))
    done = pytester.runpytest_inprocess()
    done.stdout.fnmatch_lines(
        [
            "not over after 60 s of virtual time*; in progress: open_channel (line 10)",
            "  task   scenario.serial.tasks?1?.open_channel",
            "  unfinished  0:00 (block 0) -*open_channel *",
            "  waiting: 1 held",
        ]
    )


def test_a_hung_run_names_its_task_and_others_go_on(pytester: pytest.Pytester) -> None:
    write(pytester, "a", f"timeout: {{wall_seconds: 0.01}}\n{HUNG}")
    write(pytester, "b", GOOD)
    done = pytester.runpytest_inprocess()
    done.assert_outcomes(failed=1, passed=1)
    done.stdout.fnmatch_lines(["not over after 0.01 s of your clock*; in progress: *(line *)*"])


def test_a_golden_follows_its_scenario_to_another_name(pytester: pytest.Pytester) -> None:
    file = write(pytester, "old", GOOD)
    golden = ("--simulator-golden", "golden")
    record = (*golden, "--simulator-update-golden")
    pytester.runpytest_inprocess(*record).assert_outcomes(passed=1)
    file.rename("new.scenario.yaml")
    done = pytester.runpytest_inprocess(*golden)
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(["*looks renamed from golden/old.scenario.golden*"])
    assert "orphan" not in done.stdout.str()
    pytester.runpytest_inprocess(*record).assert_outcomes(passed=1)
    assert [golden.name for golden in Path("golden").iterdir()] == ["new.scenario.golden"]


def test_two_files_never_share_a_golden(pytester: pytest.Pytester) -> None:
    write(pytester, "one/a", GOOD)
    write(pytester, "two/a", GOOD).with_suffix(".yml").write_text(GOOD)
    options = ("--simulator-golden", "golden", "--simulator-update-golden")
    done = pytester.runpytest_inprocess(*options)
    done.assert_outcomes(passed=2, failed=1)
    done.stdout.fnmatch_lines(["a.scenario.yaml beside it would share the golden *"])


MANY = {
    "edited": (GOOD.replace("wait: 1", "stop_node: 0"), "test.scenario.yaml"),
    "renamed and edited": (GOOD.replace("wait: 1", "wait: 2"), "other.scenario.yaml"),
    "renamed": (GOOD, "other.scenario.yaml"),
    "another seed": (f"seed: 9\n{GOOD}", "test.scenario.yaml"),
    "invalid": (GOOD.replace("wait: 1", "wiat: 1"), "test.scenario.yaml"),
    "passes against its xfail": (f"xfail: known\n{GOOD}", "test.scenario.yaml"),
}


@pytest.mark.parametrize("what", MANY)
def test_a_line_of_pytests_summary_names_each_path_once(
    what: str, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    text, name = MANY[what]
    monkeypatch.setenv("COLUMNS", "1000")
    file = write(pytester, "test", GOOD)
    golden = "--simulator-golden=golden"
    pytester.runpytest_inprocess(golden, "--simulator-update-golden").assert_outcomes(passed=1)
    file.unlink()
    write(pytester, name.partition(".")[0], text)
    done = pytester.runpytest_inprocess(golden)
    (line,) = (line for line in done.outlines if line.startswith("FAILED "))
    paths = re.findall(r"[\w/.]+\.(?:yaml|golden)\b", line)
    assert name in paths
    assert len({*paths}) == len(paths), line


def test_a_failure_names_the_folder_of_its_report(pytester: pytest.Pytester) -> None:
    write(pytester, "test", FAILING)
    write(pytester, "invalid", "version: [")
    done = pytester.runpytest_inprocess("--simulator-report=out")
    rows = [line for line in done.outlines if line.startswith("  report ")]
    assert rows == ["  report out/test.scenario"]
    assert (pytester.path / "out" / "test.scenario" / "report.html").exists()
