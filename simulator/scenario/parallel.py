"""Runs scenario files in several processes.

Each lane is a thread with a process of its own that it hands one file after the other. When a
process dies, that file has crashed and the lane goes on with a new process; other lanes don't
notice. Results come in the order of the files, whoever is done first.
"""

import os
import signal
from collections.abc import Generator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from multiprocessing import get_context
from queue import Empty, SimpleQueue
from threading import Event, Thread

from simulator.scenario.suite import Job, Result, crashed, perform_quietly

DIED = "the process that ran it died"


def run_in_processes(jobs: Sequence[Job], processes: int) -> Generator[Result, None, None]:
    """Run files at the same time; when the caller stops early, the processes are ended.

    Raises:
        ConfigurationError: reports or goldens cannot be used.
    """
    futures: list[Future[Result]] = [Future() for _ in jobs]
    waiting: SimpleQueue[tuple[Job, Future[Result]]] = SimpleQueue()
    for pair in zip(jobs, futures, strict=True):
        waiting.put(pair)
    lanes = [_Lane(waiting) for _ in range(min(processes, len(jobs)))]
    try:
        for lane in lanes:
            lane.start()
        for future in futures:
            yield future.result()
    finally:
        for lane in lanes:
            lane.stop()
        for lane in lanes:
            lane.join()


def _ignore_interrupts() -> None:
    """Leave Ctrl-C, which reaches all processes of a terminal, to the one that started them."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


class _Lane(Thread):
    """Takes files from a queue and runs them, one at a time."""

    def __init__(self, waiting: "SimpleQueue[tuple[Job, Future[Result]]]") -> None:
        super().__init__()
        self._waiting = waiting
        self._stopping = Event()
        self._process: int | None = None

    def run(self) -> None:
        """Work until there is nothing left."""
        going_on = True
        while going_on and not self._stopping.is_set():
            with ProcessPoolExecutor(1, get_context("spawn"), _ignore_interrupts) as pool:
                going_on = self._work(pool)
                self._process = None

    def stop(self) -> None:
        """End the process, whatever it does."""
        self._stopping.set()
        process = self._process
        if process is not None:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGTERM)

    def _work(self, pool: ProcessPoolExecutor) -> bool:
        """Run files until none is left or the process dies; return whether to try another."""
        while not self._stopping.is_set():
            try:
                job, future = self._waiting.get_nowait()
            except Empty:
                return False
            try:
                self._process = pool.submit(os.getpid).result()
                if self._stopping.is_set():  # and whoever stops us did not know the process yet
                    return False
                future.set_result(pool.submit(perform_quietly, job).result())
            except BrokenProcessPool:
                future.set_result(crashed(job, DIED))
                return True
            except Exception as error:  # noqa: BLE001 - for whoever waits for the result
                future.set_exception(error)
        return False
