"""Runs scenario files in several processes.

Each lane is a thread with a process of its own that it hands one file after the other. When a
process dies, that file has crashed and the lane goes on with a new process; other lanes don't
notice. Results come in the order of the files, whoever is done first.

How far a run is stands in memory that a process shares with its lane: nothing is sent, so nothing
can fill up or be waited for.
"""

import signal
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, wait
from contextlib import suppress
from dataclasses import replace
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import TextIO

from simulator.reports.result import ScenarioResult
from simulator.scenario.run.interrupts import Interrupts
from simulator.suite.display import Board, Lane
from simulator.suite.job import Job
from simulator.suite.jobs import board_of, crashed, not_run, perform_quietly
from simulator.suite.progress import COUNT, Numbers
from simulator.system.processes import end_with_parent

PATIENCE_SECONDS = 30
"""So long processes may take to leave their reports once the user wants to stop."""

DIED = "the process that ran it died"
Performs = Callable[[Job, Interrupts, Numbers], ScenarioResult]
Waiting = SimpleQueue[tuple[Job, "Future[ScenarioResult]"]]


def run_in_processes(
    jobs: Sequence[Job], processes: int, out: TextIO, interrupts: Interrupts
) -> Generator[ScenarioResult, None, None]:
    """Run files at the same time; when the caller stops early, the processes are ended.

    Args:
        jobs: the files.
        processes: how many at a time.
        out: where it is shown how far they are, if it is a terminal.
        interrupts: what ends the runs.
    """
    futures: list[Future[ScenarioResult]] = [Future() for _ in jobs]
    waiting: Waiting = SimpleQueue()
    for pair in zip(jobs, futures, strict=True):
        waiting.put(pair)
    board = board_of(jobs, out, interrupts)
    lanes = [_Worker(waiting, board, interrupts) for _ in range(min(processes, len(jobs)))]
    try:
        for lane in lanes:
            lane.start()
        for future in futures:
            if not future.done():
                with board.shown(out):
                    _wait(future, lanes, interrupts)
            yield future.result()
    finally:
        for lane in lanes:
            lane.stop()
        for lane in lanes:
            lane.join()


def _wait(
    future: "Future[ScenarioResult]", lanes: "Sequence[_Worker]", interrupts: Interrupts
) -> None:
    """Wait for a result; processes that were told to stop, and don't hear it, are ended.

    One that is inside a library's code does not look for signals.
    """
    for _ in range(PATIENCE_SECONDS):
        while not interrupts.happened and not future.done():
            wait([future], timeout=1)
        if wait([future], timeout=1).done:
            return
    for lane in lanes:
        lane.stop()
    wait([future])


class _Worker(Thread):
    """Takes files from a queue and has them run in a process, one at a time."""

    def __init__(self, waiting: Waiting, board: Board, interrupts: Interrupts) -> None:
        super().__init__(daemon=True)
        self._waiting = waiting
        self._board = board
        self._interrupts = interrupts
        self._stopping = Event()
        self._context = get_context("spawn")
        self._numbers = self._shared_numbers()
        self._lane = Lane(self._numbers)
        self._process: SpawnProcess | None = None
        self._connection: Connection | None = None
        board.lanes.append(self._lane)

    def run(self) -> None:
        """Work until there is nothing left; what is left when it is to stop is not run."""
        with suppress(Empty):
            while True:
                job, future = self._waiting.get_nowait()
                self._board.begin(self._lane, job.shown)
                try:
                    future.set_result(self._perform(job))
                except Exception as error:  # noqa: BLE001 - for whoever waits for the result
                    future.set_exception(error)
                self._board.end(self._lane)
        self._leave_process()

    def stop(self) -> None:
        """End the process, unless it has nothing to do and ends by itself."""
        self._stopping.set()
        process = self._process
        if process is not None and process.pid is not None and self._lane.file is not None:
            self._interrupts.tell(process.pid, signal.SIGKILL)

    def _shared_numbers(self) -> Numbers:
        """Return numbers in memory that both processes see.

        Some containers have no room for that (`/dev/shm`). Then nobody sees how far a file is, and
        everything else works.
        """
        try:
            shared: Numbers = self._context.RawArray("q", COUNT)
        except OSError:
            return [0] * COUNT
        return shared

    def _perform(self, job: Job) -> ScenarioResult:
        if self._stopping.is_set():
            return not_run(job)
        try:
            connection = self._connection or self._start_process()
        except OSError as error:  # such as a limit, or a current folder that is gone
            if self._interrupts.happened:
                return not_run(job)
            reason = f"no process can be started for it: {error.strerror or error}"
            return perform_quietly(replace(job, obstacle=reason), self._interrupts, self._numbers)
        try:
            if self._interrupts.happened or self._stopping.is_set():
                return not_run(job)  # and whoever told the processes may have missed this one
            connection.send(job)
            answer: ScenarioResult = connection.recv()
        except (EOFError, OSError):
            self._leave_process()
            return not_run(job) if self._interrupts.happened else crashed(not_run(job), DIED)
        return answer

    def _start_process(self) -> Connection:
        here, there = self._context.Pipe()
        arguments = (there, self._numbers, perform_quietly)
        process = self._context.Process(target=_work, args=arguments, daemon=True)
        process.start()
        there.close()  # or nobody would notice when the process dies
        assert process.pid is not None  # noqa: S101 - it has been started
        self._interrupts.processes.add(process.pid)
        self._process, self._connection = process, here
        return here

    def _leave_process(self) -> None:
        """Close the connection, whereupon the process ends."""
        if self._process is None or self._connection is None:
            return
        self._connection.close()
        self._process.join()
        self._interrupts.processes.discard(self._process.pid or 0)
        self._process = self._connection = None


def _work(connection: Connection, numbers: Numbers, perform: Performs) -> None:
    """Run what comes through a connection until it is closed, in a process of its own.

    Ctrl-C reaches all processes of a terminal, and this one may be told again by the one that has
    started it: only that one may end it at once.
    """
    end_with_parent()
    interrupts = Interrupts(last_word=False)
    with interrupts.remembered(), suppress(EOFError, BrokenPipeError):
        while True:
            job: Job = connection.recv()
            connection.send(perform(job, interrupts, numbers))
