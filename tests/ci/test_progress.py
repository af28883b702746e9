"""How far runs are: what is counted, and what a terminal shows of it."""

import io
import re
import signal
import threading
from pathlib import Path

import pytest

from simulator.reports.record import PASSED
from simulator.reports.result import CRASHED
from simulator.scenario.run.interrupts import Interrupts
from simulator.scenario.run.runner import run
from simulator.suite import parallel
from simulator.suite.display import Board, Lane
from simulator.suite.job import Job
from simulator.suite.progress import BLOCK, COUNT, DONE, JOINS, TASKS, Meter
from tests.ci.test_interrupts import LONG
from tests.ci.test_suite import FAILING, GOOD
from tests.marks import nightly
from tests.scenarios.writing import scenario_of, text_of, write
from tests.test_cli import Captured, call, on_a_terminal
from tests.waiting import PATIENCE_SECONDS, until

JOINS_TWICE = ("join_network: {from: 0, funds: 100}", "join_network: {from: 1, funds: 100}")


def test_what_is_counted(tmp_path: Path) -> None:
    scenario = scenario_of(tmp_path, *JOINS_TWICE, "wait: 60")
    numbers = [9] * COUNT
    meter = Meter(numbers)
    meter.begin(scenario.size)
    assert numbers == [3, 0, 0, 0, 0]
    report = run(scenario, progress=meter)
    assert (numbers[DONE], numbers[JOINS]) == (3, 2)
    assert numbers[BLOCK] == report.testnet.block_number


def test_one_file() -> None:
    board, lane = Board(1, Interrupts()), Lane()
    board.lanes.append(lane)
    board.begin(lane, "a.yaml")
    lane.numbers[TASKS], lane.numbers[DONE], lane.numbers[BLOCK] = 4000, 12, 1234
    (line,) = board.lines()
    assert re.fullmatch(r"12/4,000 tasks  [0-9,.]+ tasks/s  block 1,234  0:00", line)
    lane.numbers[JOINS] = 5
    assert re.search(r"  5 joins  [0-9,.]+ joins/s  ", board.lines()[0])


def test_several_files() -> None:
    interrupts = Interrupts()
    board, lanes = Board(4, interrupts), [Lane(), Lane()]
    board.lanes += lanes
    for lane, file in zip(lanes, ("a.yaml", "b.yaml"), strict=True):
        board.begin(lane, file)
    lanes[0].numbers[TASKS] = lanes[0].numbers[DONE] = 10
    board.end(lanes[0])
    board.begin(lanes[0], "c.yaml")
    lanes[1].numbers[TASKS], lanes[1].numbers[DONE] = 7, 2
    interrupts.happened = True
    first, *others = board.lines()
    assert first.startswith("12/17+ tasks  ")
    assert "  1/4 files  " in first
    assert others == [
        "setting up  c.yaml",
        "2/7 tasks  block 0  b.yaml",
        "stopping; Ctrl-C again ends at once",
    ]


def test_all_tasks_are_known_when_all_files_are_read() -> None:
    board, read = Board(2, Interrupts()), threading.Event()

    def last() -> int:
        read.wait(PATIENCE_SECONDS)
        return 6

    board.read_ahead([lambda: 5, last])
    assert re.match(r"0/\d+\+ tasks", board.lines()[0])
    read.set()
    until(lambda: board.lines()[0].startswith("0/11 tasks"))


@pytest.mark.parametrize("processes", ["1", nightly("2")])
def test_a_terminal_sees_all_files(tmp_path: Path, processes: str) -> None:
    for name in ("one", "two", "three"):
        write(tmp_path, text_of(*JOINS_TWICE, "leave_network: {from: 0}"), f"{name}.yaml")
    code, out = on_a_terminal("run", str(tmp_path), "--jobs", processes)
    assert code == 0
    assert re.search(r"\d/9 tasks", out)
    assert re.search(r"\d/3 files", out)
    assert re.search(r"(setting up|\d/3 tasks  block \d+)  /", out)
    assert out.count("\x1b[?25l") == out.count("\x1b[?25h") > 0


@pytest.mark.parametrize("processes", ["1", nightly("2")])
def test_elsewhere_there_are_no_control_characters(
    tmp_path: Path, processes: str, capsys: Captured
) -> None:
    for name, text in (("one", GOOD), ("two", FAILING)):
        write(tmp_path, text, f"{name}.yaml")
    assert call("run", tmp_path, "--jobs", processes) == 1
    out, err = capsys.readouterr()
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", out + err)


class Terminal(io.StringIO):
    """Looks like a terminal."""

    def isatty(self) -> bool:
        return True


def test_a_process_that_is_killed_leaves_the_board_alone(tmp_path: Path) -> None:
    files = [write(tmp_path, text, f"{n}.yaml") for n, text in enumerate((text_of(LONG), GOOD))]
    jobs = [Job(str(file)) for file in files]
    interrupts, out = Interrupts(), Terminal()

    def kill() -> None:
        until(lambda: re.search(r"  \d+/40,000 tasks  block", out.getvalue()))
        for process in list(interrupts.processes):
            interrupts.tell(process, signal.SIGKILL)

    killer = threading.Thread(target=kill, daemon=True)
    killer.start()
    results = list(parallel.run_in_processes(jobs, 1, out, interrupts))
    killer.join()
    assert [result.outcome for result in results] == [CRASHED, PASSED]
    assert not interrupts.processes
