"""Whatever happens to one file, the others run and the results are complete, and valid."""

import json
import multiprocessing.heap
import os
import pty
import resource
import signal
import subprocess
import sys
from contextlib import ExitStack, suppress
from pathlib import Path
from threading import Thread
from xml.etree import ElementTree as ET

import pytest

from simulator.reports.record import ERROR, PASSED
from simulator.reports.result import CRASHED, NOT_RUN, ScenarioResult
from simulator.scenario.run.interrupts import Interrupts
from simulator.suite import jobs as suite
from simulator.suite import parallel
from simulator.suite.job import Job
from tests.chain import anvil
from tests.ci.moments import Moments
from tests.ci.test_interrupts import LONG, start, wait_for, wait_until_nobody_is_left
from tests.ci.test_junit import parsed
from tests.ci.test_suite import FAILING, GOOD
from tests.marks import nightly
from tests.scenarios.writing import text_of, write
from tests.test_cli import Captured, call
from tests.waiting import PATIENCE_SECONDS, until

PROGRAM = (sys.executable, "-m", "simulator")
MOSTLY_TWO = pytest.mark.parametrize("jobs", [nightly("1"), "2"])
MOSTLY_ONE = pytest.mark.parametrize("jobs", ["1", nightly("2")])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three files; it is the middle one that has bad luck."""
    for name in "abc":
        write(tmp_path, GOOD, f"{name}.yaml")
    return tmp_path


def outcomes(folder: Path) -> list[tuple[str, str]]:
    """Return what JUnit's XML says: each case's outcome and message."""
    root = parsed((folder / "junit.xml").read_text(encoding="utf-8"))
    cases = root.findall(".//testcase")
    assert len(cases) == int(root[0].attrib["tests"])
    found = []
    for case in cases:
        troubles = [child for child in case if child.tag in {"error", "failure", "skipped"}]
        kind = troubles[0].attrib.get("type", "skipped") if troubles else PASSED
        found.append((kind, troubles[0].attrib["message"] if troubles else ""))
    rows = (folder / "summary.md").read_text(encoding="utf-8").splitlines()[4:]
    assert len(rows) == len(cases)
    return found


def run(folder: Path, *options: str | Path) -> int:
    files = [folder / f"{name}.yaml" for name in "abc"]
    outputs = ("--junit", folder / "junit.xml", "--summary", folder / "summary.md")
    return call("run", *files, *outputs, *options)


def check_only_b_is_an_error(folder: Path, reason: str) -> None:
    first, (kind, message), last = outcomes(folder)
    assert first == last == (PASSED, "")
    assert kind == ERROR
    assert reason in message


@MOSTLY_ONE
def test_a_world_that_cannot_be_set_up(
    folder: Path,
    jobs: str,
    moments: Moments,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Captured,
) -> None:
    text = GOOD.replace("engine: model", "engine: revm")
    write(folder, text, "b.yaml")
    moments.customize("import sys; sys.modules['pyrevm'] = None")
    monkeypatch.setitem(sys.modules, "pyrevm", None)
    assert run(folder, "--jobs", jobs) == 1
    check_only_b_is_an_error(folder, "needs pyrevm")
    out, err = capsys.readouterr()
    assert err.startswith(f"{folder}/b.yaml: ")
    assert out.splitlines()[-1] == "2 passed, 0 failed, 0 invalid, 1 error"


@pytest.mark.parametrize(
    ("name", "jobs"),
    [
        *(("network.svg", "1"), ("report.json", "1"), ("journal.jsonl", "1")),
        *(nightly(name, "2") for name in ("network.svg", "report.json", "journal.jsonl")),
    ],
)
def test_a_folder_in_the_way_of_a_report(folder: Path, jobs: str, name: str) -> None:
    (folder / "out" / "b" / name).mkdir(parents=True)
    assert run(folder, "--report", folder / "out", "--jobs", jobs) == 1
    check_only_b_is_an_error(folder, f"b/{name}: cannot be written: Is a directory")
    assert (folder / "out" / "c" / "report.html").exists()


def test_a_golden_that_cannot_be_recorded(folder: Path) -> None:
    (folder / "golden" / "b.golden").mkdir(parents=True)
    assert run(folder, "--golden", folder / "golden", "--update-golden") == 1
    check_only_b_is_an_error(folder, "golden/b.golden: cannot be written: Is a directory")
    assert (folder / "golden" / "c.golden").exists()


def test_a_golden_whose_name_is_too_long(folder: Path) -> None:
    (folder / "b.yaml").rename(folder / f"b{'x' * 249}.yaml")
    (folder / "golden").mkdir()
    outputs = ("--junit", folder / "junit.xml", "--summary", folder / "summary.md")
    assert call("run", folder, *outputs, "--golden", folder / "golden") == 1
    assert [kind for kind, _ in outcomes(folder)] == ["failed"] * 3
    assert "File name too long" in outcomes(folder)[1][1]


def test_a_failure_stays_one_whatever_else_goes_wrong(folder: Path) -> None:
    write(folder, FAILING, "b.yaml")
    limited(folder, bytes_of_a_file=6_000)
    assert [kind for kind, _ in outcomes(folder)] == ["error", "failed", "error"]
    text = (folder / "junit.xml").read_text(encoding="utf-8")
    assert text.count("report.html: cannot be written: File too large") == 5


def limited(folder: Path, *, bytes_of_a_file: int) -> None:
    """Run with a limit on the size of files, which the page exceeds, as on a disk that is full."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_of_a_file, bytes_of_a_file))

    outputs = ("--junit", folder / "junit.xml", "--summary", folder / "summary.md")
    command = [*PROGRAM, "run", *map(str, (folder, *outputs)), "--report", str(folder / "out")]
    # or Python would keep half of what it has compiled
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        command, preexec_fn=limit, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr == ""


def test_a_report_that_does_not_fit(folder: Path) -> None:
    limited(folder, bytes_of_a_file=6_000)
    for kind, message in outcomes(folder):
        assert kind == ERROR
        assert "report.html: cannot be written: File too large" in message
    for name in "abc":
        left = {file.name for file in (folder / "out" / name).iterdir()}
        assert {"report.json", "manifest.json", "network.svg"} < left
        assert not any(file.endswith(".part") for file in left)


def test_results_that_cannot_be_written_cost_nothing_else(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    def lose_the_folder(*arguments: object) -> ScenarioResult:
        (folder / "results").rename(folder / "gone")
        (folder / "results").write_text("")
        monkeypatch.undo()
        return suite.perform(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(suite, "perform", lose_the_folder)
    files = [folder / "a.yaml", folder / "b.yaml"]
    junit, summary = folder / "results" / "junit.xml", folder / "summary.md"
    assert call("run", *files, "--junit", junit, "--summary", summary) == 1
    out, err = capsys.readouterr()
    assert out.splitlines()[-1] == "2 passed, 0 failed, 0 invalid"
    assert err == f"simulator: {junit}: cannot be written: Not a directory\n"
    assert "2 passed" in summary.read_text()


def test_an_earlier_runs_results_are_taken_away_first(folder: Path) -> None:
    (folder / "junit.xml").write_text("of an earlier run")
    write(folder, text_of(LONG), "b.yaml")
    with start(folder, "--junit", folder / "junit.xml") as process:
        wait_for(process, "leave_network")
        assert not (folder / "junit.xml").exists()
        process.kill()
    assert not (folder / "junit.xml").exists()


@MOSTLY_TWO
def test_after_kill_9_nothing_is_half_written_and_no_process_stays(folder: Path, jobs: str) -> None:
    write(folder, text_of(LONG), "b.yaml")
    write(folder, text_of(LONG), "c.yaml")
    outputs = ("--junit", folder / "junit.xml", "--report", folder / "out")
    with start(folder, "--jobs", jobs, *outputs) as process:
        wait_for(process, "report in")
        process.kill()
        process.wait()
    wait_until_nobody_is_left(process.pid)
    assert not (folder / "junit.xml").exists()
    assert json.loads((folder / "out" / "a" / "report.json").read_text())["outcome"] == PASSED
    for name in "bc":
        assert list((folder / "out" / name).iterdir()) == []


@MOSTLY_TWO
def test_a_terminal_that_goes_away(folder: Path, jobs: str) -> None:
    """The shell and the system may both say so; the results are complete all the same."""
    write(folder, text_of(LONG), "b.yaml")
    write(folder, text_of(LONG), "c.yaml")
    outputs = ("--junit", folder / "junit.xml", "--summary", folder / "summary.md")
    with start(folder, "--jobs", jobs, *outputs) as process:
        wait_for(process, "PASSED")
        os.killpg(process.pid, signal.SIGHUP)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGHUP)
        _, err = process.communicate(timeout=PATIENCE_SECONDS)
    assert (process.returncode, err.strip()) == (130, "simulator: interrupted")
    assert [kind for kind, _ in outcomes(folder)] == [PASSED, "skipped", "skipped"]


def test_what_nohup_has_switched_off_stays_so(folder: Path) -> None:
    command = [*PROGRAM, "run", str(folder), "--junit", str(folder / "junit.xml")]
    ignoring = ("import os, signal, sys; signal.signal(signal.SIGHUP, signal.SIG_IGN);"
                "os.execv(sys.argv[1], sys.argv[1:])")  # fmt: skip
    write(folder, text_of(LONG.replace("20000", "300")), "b.yaml")
    with subprocess.Popen(
        [sys.executable, "-c", ignoring, *command], stdout=subprocess.PIPE, text=True
    ) as process:
        wait_for(process, "leave_network")
        process.send_signal(signal.SIGHUP)
        process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 0


CLOSED = """\
import os, sys
for number in sys.argv[1].split(","):
    os.close(int(number))
os.execv(sys.argv[2], sys.argv[2:])
"""


@pytest.mark.parametrize(
    ("numbers", "jobs"),
    [
        *(("1,2", "1"), ("0,1,2", "1"), nightly("1", "1")),
        *(nightly("1", "2"), nightly("1,2", "2"), nightly("0,1,2", "2")),
    ],
)
def test_with_closed_streams_the_run_goes_on(folder: Path, jobs: str, numbers: str) -> None:
    """And what is written next is not taken for the standard output."""
    outputs = ("--junit", folder / "junit.xml", "--summary", folder / "summary.md")
    command = [sys.executable, "-c", CLOSED, numbers, *PROGRAM, "run", str(folder), "--jobs", jobs]
    command += map(str, outputs)
    done = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert [kind for kind, _ in outcomes(folder)] == [PASSED] * 3


@MOSTLY_ONE
def test_with_a_full_standard_output_the_run_goes_on(folder: Path, jobs: str) -> None:
    outputs = ("--junit", folder / "junit.xml", "--summary", folder / "summary.md")
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*PROGRAM, "run", folder, "--jobs", jobs, *outputs],
            stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 0
    assert done.stderr == "simulator: not all could be shown: No space left on device\n"
    assert [kind for kind, _ in outcomes(folder)] == [PASSED] * 3


def test_a_reader_that_goes_away_costs_nothing(folder: Path) -> None:
    write(folder, text_of(LONG.replace("20000", "300")), "b.yaml")
    outputs = ("--junit", folder / "junit.xml", "--summary", folder / "summary.md")
    with start(folder, *outputs) as process:
        wait_for(process, "leave_network")
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.wait(timeout=PATIENCE_SECONDS) == 0
        assert process.stderr.read() == ""
    assert [kind for kind, _ in outcomes(folder)] == [PASSED] * 3


NAMES = {
    "a pair of surrogates, as JSON writes it": ('"\\ud83c\\udf89"', "\N{PARTY POPPER}"),
    "half a pair, which is no character": ('"\\ud83c"', "\ufffd"),
    "an arrow": ("a \N{RIGHTWARDS ARROW} b", "a \N{RIGHTWARDS ARROW} b"),
    "an escape sequence": ('"\\e[31mred\\e[0m"', "\ufffd[31mred\ufffd[0m"),
}


@pytest.mark.parametrize("encoding", ["cp1252", nightly("ascii"), nightly("utf-8")])
def test_names_that_a_console_cannot_show(folder: Path, encoding: str) -> None:
    for file in "abc":
        (folder / f"{file}.yaml").unlink()
    for number, (written, _) in enumerate(NAMES.values()):
        write(folder, f"name: {written}\n{GOOD}", f"{number}.yaml")
    outputs = ("--junit", folder / "junit.xml", "--summary", folder / "summary.md")
    done = subprocess.run(
        [*PROGRAM, "run", folder, *outputs],
        env={**os.environ, "PYTHONIOENCODING": encoding}, capture_output=True, check=True,
    )  # fmt: skip
    assert b"\x1b" not in done.stdout
    assert done.stdout.count(b"PASSED in") == len(NAMES)
    cases = parsed((folder / "junit.xml").read_text(encoding="utf-8")).findall(".//testcase")
    assert [case.attrib["name"] for case in cases] == [
        f"{name} [seed 0]" for _, name in NAMES.values()
    ]


@MOSTLY_ONE
def test_a_file_name_that_is_not_utf8(folder: Path, jobs: str, capsys: Captured) -> None:
    strange = folder / os.fsdecode(b"b\xff\x1b[2J.yaml")
    (folder / "b.yaml").rename(strange)
    assert call("run", folder, "--report", folder / "out", "--jobs", jobs) == 0
    assert "\x1b" not in capsys.readouterr().out
    assert call("replay", folder / "out" / strange.stem) == 0


def test_a_file_of_dots_stays_in_its_folder(folder: Path) -> None:
    (folder / "b.yaml").rename(folder / "...yaml")
    (folder / "in").mkdir()
    assert call("run", folder, "--report", folder / "in" / "out") == 0
    assert [entry.name for entry in (folder / "in").iterdir()] == ["out"]
    assert {entry.name for entry in (folder / "in" / "out").iterdir()} == {"a", "c", "scenario"}


def test_without_shared_memory_files_run_in_processes(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some containers have no `/dev/shm`."""
    missing = [str(folder / "missing")]
    monkeypatch.setattr(multiprocessing.heap.Arena, "_dir_candidates", missing)
    jobs = [Job(str(folder / f"{name}.yaml")) for name in "abc"]
    running = parallel.run_in_processes(jobs, 1, sys.stdout, Interrupts())
    assert [result.outcome for result in running] == [PASSED] * 3


def test_without_processes_the_reason_is_told(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    (folder / "gone").mkdir()
    monkeypatch.chdir(folder / "gone")
    (folder / "gone").rmdir()
    assert run(folder, "--jobs", "2") == 1
    reason = "no process can be started for it: No such file or directory"
    assert outcomes(folder) == [(ERROR, reason)] * 3
    assert capsys.readouterr().out.splitlines()[-1] == "0 passed, 0 failed, 0 invalid, 3 error"


def test_a_fault_of_ours_outside_of_any_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What has run is on record even then."""

    def broken(result: ScenarioResult) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("simulator.cli.run._show", broken)
    files = [folder / f"{name}.yaml" for name in "abc"]
    outputs = ("--junit", folder / "junit.xml", "--summary", folder / "summary.md")
    with pytest.raises(ZeroDivisionError):
        call("run", *files, *outputs)
    assert [kind for kind, _ in outcomes(folder)] == [PASSED, "skipped", "skipped"]


def test_a_chain_that_goes_away_costs_what_was_not_done_yet(folder: Path) -> None:
    """The tasks until then are in the report, and the next file says that the chain is gone."""
    write(folder, text_of("open_channel: {from: 0, to: 1}", LONG), "b.yaml")
    with ExitStack() as running:
        url = running.enter_context(anvil.running())
        outputs = ("--junit", folder / "junit.xml", "--summary", folder / "summary.md")
        with start(folder, "--chain", url, "--report", folder / "out", *outputs) as process:
            wait_for(process, "leave_network")
            running.close()
            out, _ = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 1
    kinds = outcomes(folder)
    assert [kind for kind, _ in kinds] == [PASSED, ERROR, ERROR]
    assert f"The chain at {url} cannot be reached" in kinds[1][1]
    report = json.loads((folder / "out" / "b" / "report.json").read_text())
    assert report["outcome"] == ERROR
    assert report["tasks"][1]["status"] == PASSED
    assert out.splitlines()[-1] == "1 passed, 0 failed, 0 invalid, 2 error"


def test_a_terminal_gets_no_escape_sequences_of_others(folder: Path) -> None:
    write(folder, f'name: "\\e]0;owned\\a"\n{GOOD}', "b.yaml")
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(PROGRAM[0], [*PROGRAM, "run", str(folder)])  # noqa: S606
    output = b""
    with suppress(OSError):
        while chunk := os.read(terminal, 65536):
            output += chunk
    os.close(terminal)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert b"\x1b]0;" not in output
    assert b"\\x1b]0;owned\\x07" in output


def test_xml_is_xml_whatever_the_texts_are() -> None:
    result = ScenarioResult("a\udcff\x00.yaml", CRASHED, "\x1b", message="\ud800", details="\b")
    from simulator.reports import junit  # noqa: PLC0415

    document = junit.document([result, ScenarioResult("b", NOT_RUN, message="\x01")])
    assert ET.fromstring(document.encode()).tag == "testsuites"  # noqa: S314


DEAF = """\
import ctypes
import os
from pathlib import Path
from simulator.suite import console

def summary(report, out):
    Path({folder!r}, str(os.getpid())).touch()
    ctypes.CDLL(None).sleep(10_000)  # in a library's code, which looks for no signals

console.summary = summary
"""


def test_a_process_that_hears_no_signal_is_ended(
    folder: Path, tmp_path: Path, moments: Moments, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parallel, "PATIENCE_SECONDS", 1)
    deaf = tmp_path / "deaf"
    deaf.mkdir()
    moments.customize(DEAF.format(folder=str(deaf)))
    interrupts = Interrupts()

    def interrupt() -> None:
        until(lambda: list(deaf.iterdir()))
        interrupts.happened = True

    user = Thread(target=interrupt)
    user.start()
    jobs = [Job(str(folder / f"{name}.yaml")) for name in "abc"]
    running = parallel.run_in_processes(jobs, 1, sys.stdout, interrupts)
    assert [result.outcome for result in running] == ["not run"] * 3
    user.join()
