"""Many files: folders, processes, crashes, interruptions."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from simulator.reports.record import PASSED
from simulator.reports.result import CRASHED, ScenarioResult
from simulator.scenario.run import runner
from simulator.scenario.run.interrupts import Interrupts
from simulator.suite import parallel
from simulator.suite.job import Job
from simulator.suite.jobs import perform_quietly
from simulator.suite.progress import Numbers
from tests.scenarios.writing import text_of, write
from tests.test_cli import Captured, call

PROGRAM = (sys.executable, "-m", "simulator")
GOOD = text_of("wait: 1")
FAILING = text_of("assert_graph: {nodes: 7}")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a file of each kind."""
    (tmp_path / ".golden").mkdir()
    write(tmp_path / ".golden", GOOD, "not_this.yaml")
    write(tmp_path, GOOD, "a_good.yaml")
    write(tmp_path, FAILING, "b_failing.yaml")
    write(tmp_path, "version: [", "c_invalid.yaml")
    write(tmp_path, GOOD, "d_good.yaml")
    write(tmp_path, "neither", "notes.txt")
    return tmp_path


def without_times(out: str) -> list[str]:
    return [line.partition(" in ")[0] if "PASSED in" in line else line for line in out.splitlines()]


def test_the_command_that_shows_a_failure_again_is_shown(tmp_path: Path, capsys: Captured) -> None:
    good, failing = write(tmp_path, GOOD, "good.yaml"), write(tmp_path, FAILING, "failing.yaml")
    options = ("--seed", "3", "--engine", "model", "--check", "end")
    assert call("run", good, failing, *options) == 1
    (line,) = [row for row in capsys.readouterr().out.splitlines() if row.startswith("again: ")]
    assert line == f"again: simulator run {failing} --seed 3 --engine model --check end"
    assert call(*shlex.split(line)[2:]) == 1


def test_processes_print_what_one_process_prints(folder: Path, capsys: Captured) -> None:
    assert call("run", folder) == 2
    alone = capsys.readouterr()
    assert call("run", folder, "--jobs", "2") == 2
    together = capsys.readouterr()
    assert without_times(together.out) == without_times(alone.out)
    assert together.err == alone.err
    assert "c_invalid.yaml:1" in alone.err
    failed, invalid, counted = sorted(alone.out.splitlines()[-3:-1]) + alone.out.splitlines()[-1:]
    told = "assert_graph: nodes: expected 7, actual 0 (not in it: node 0, node 1, node 2)"
    assert failed == f"FAILED       {folder}/b_failing.yaml:8: {told}"
    assert invalid.startswith(f"INVALID      {folder}/c_invalid.yaml:1: ")
    assert counted == "2 passed, 1 failed, 1 invalid"


def test_exit_codes(folder: Path) -> None:
    good, failing, invalid = (
        folder / f"{name}.yaml" for name in ("a_good", "b_failing", "c_invalid")
    )
    assert call("run", good) == 0
    assert call("run", good, failing) == 1
    assert call("run", invalid, failing, good) == 2
    assert call("run", good, "--jobs", "0") == 2
    assert call("validate", folder) == 2


def test_python_m_runs_processes_too(folder: Path) -> None:
    files = [str(folder / "a_good.yaml"), str(folder / "d_good.yaml")]
    done = subprocess.run(
        [*PROGRAM, "run", *files, "--jobs", "2"], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "2 passed, 0 failed, 0 invalid"


def die_sometimes(job: Job, interrupts: Interrupts, numbers: Numbers) -> ScenarioResult:
    """What a worker does whose process may die."""
    if "b_" in job.file:
        os._exit(9)
    return perform_quietly(job, interrupts, numbers)


def test_a_process_that_dies_fails_its_file_only(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parallel, "perform_quietly", die_sometimes)
    jobs = [Job(str(folder / f"{name}.yaml")) for name in ("a_good", "b_failing", "d_good")]
    running = parallel.run_in_processes(jobs, 1, sys.stdout, Interrupts())
    outcomes = [result.outcome for result in running]
    assert outcomes == [PASSED, CRASHED, PASSED]


def test_a_fault_of_the_simulator_fails_its_file_only(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    def broken(*_: object, **options: object) -> None:
        raise ZeroDivisionError("a fault of ours")

    monkeypatch.setattr(runner, "run", broken)
    assert call("run", folder / "a_good.yaml", folder / "d_good.yaml") == 1
    out, err = capsys.readouterr()
    assert out.splitlines()[-1] == "0 passed, 0 failed, 0 invalid, 2 crashed"
    assert err.count("ZeroDivisionError: a fault of ours") == 2
