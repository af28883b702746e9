"""Executes a study: what is not finished yet is run, by whoever runs it, and tables are written."""

import math
import os
import platform
from collections.abc import Iterable, Iterator
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from time import perf_counter, perf_counter_ns
from typing import TextIO

from simulator.reports.record import PASSED
from simulator.scenario.run.interrupts import Interrupts
from simulator.studies import manifest
from simulator.studies.design import Design, RunSpec, point_text
from simulator.studies.executors import Workers, cores, processes
from simulator.studies.measures import name_of
from simulator.studies.progress import StudyProgress
from simulator.studies.run import Interrupted, failed
from simulator.studies.shards import Shards
from simulator.studies.statistics import mean_interval
from simulator.studies.tables import write_tables
from simulator.studies.work import order_of, perform_once, work
from simulator.system.table_files import TableFormat, format_of
from simulator.words.errors import ConfigurationError

PATIENCE_SECONDS = 30
"""So long runs in progress may take to end once nobody waits for them."""

MAX_FAILED_SHOWN = 10

MAX_GROWTH = 2
"""By so much replications grow at once: the variance of few is not known well."""


@dataclass(frozen=True, slots=True)
class Executed:
    """How the execution of a study went.

    Attributes:
        runs: how many are finished, those of earlier executions included.
        failed: the rows of those that did not pass, in order of their keys; the first ones.
        failures: how many there are.
        missing: how many are not finished, since the user did not wait.
        replications: how many each point has.
        unmet: the points at which `until` is not reached, for people.
    """

    runs: int
    failed: tuple[dict[str, object], ...]
    failures: int
    missing: int
    replications: int
    unmet: tuple[str, ...] = ()


def execute(
    design: Design,
    folder: Path,
    *,
    jobs: int | None = 1,
    workers: Workers | None = None,
    parquet: bool = False,
    interrupts: Interrupts | None = None,
    out: TextIO | None = None,
) -> Executed:
    """Run what is not finished, and write the tables; see `Study.run`.

    Args:
        design: the study.
        folder: where to.
        jobs: how many processes; None: one for each core; 1: all in this one.
        workers: who runs it instead.
        parquet: whether tables are Parquet instead of CSV.
        interrupts: what ends it early; the tables are written all the same.
        out: where it is shown how far it is; None: nowhere.
    """
    form = format_of(parquet=parquet)
    client = _Client(design, folder, interrupts or Interrupts(), out)
    jobs = cores() if jobs is None else jobs
    with _workers(workers, jobs) as found:
        target = design.replications
        client.run(target, found)
        unmet = client.unmet(target)
        while unmet and not client.stopped and target < design.most:
            target = min(design.most, client.enlarged(target, unmet))
            client.run(target, found)
            unmet = client.unmet(target)
    return client.finish(target, form, unmet)


@contextmanager
def _workers(workers: Workers | None, jobs: int) -> Iterator[Workers | None]:
    """Give whoever runs; nobody stands for this process."""
    if workers is not None or jobs == 1:
        with nullcontext(workers) as found:
            yield found
    else:
        with processes(jobs) as pool:
            yield pool


def of_executor(executor: Executor) -> Workers:
    """Return workers of an executor that the user has made."""
    return Workers(executor)


class _Client:
    """Who knows what is to be run, and holds keys, not results."""

    def __init__(
        self, design: Design, folder: Path, interrupts: Interrupts, out: TextIO | None
    ) -> None:
        self._design = design
        self._folder = folder
        self._interrupts = interrupts
        self._out = out
        self._shards = Shards(folder)
        self._shards.look()
        self._session = f"{platform.node()}-{os.getpid()}-{perf_counter_ns()}"

    @property
    def stopped(self) -> bool:
        """Whether the user does not wait any longer."""
        return self._interrupts.happened

    def run(self, replications: int, workers: Workers | None) -> None:
        """Run what is missing of so many replications."""
        missing = [
            spec
            for spec in self._design.specs(range(replications))
            if spec.key not in self._shards.places
        ]
        total = replications * self._design.factors.count
        progress = StudyProgress(self._out, total, total - len(missing))
        try:
            if workers is None:
                self._run_here(missing, progress)
            elif missing:
                self._run_there(missing, workers, progress)
        finally:
            progress.end()
            self._shards.look()

    def _run_here(self, specs: Iterable[RunSpec], progress: StudyProgress) -> None:
        for spec in specs:
            try:
                perform_once(self._design, self._shards, spec, self._interrupts)
            except Interrupted:
                return
            progress.finished()

    def _run_there(self, specs: list[RunSpec], workers: Workers, progress: StudyProgress) -> None:
        lost = _Crowd(self, workers, progress, workers.window).run(specs)
        while lost and not self.stopped:
            for spec in lost:  # one of them has broken it, and shows it when it is alone
                if not workers.renew():
                    raise ConfigurationError(
                        "The executor has broken. What is finished is kept: run it again."
                    )
                if _Crowd(self, workers, progress, 1).run([spec]) and not self.stopped:
                    self.give_up(spec, "the process that ran it died")
                    progress.finished()
            self._shards.look()
            workers.renew()
            rest = [spec for spec in specs if spec.key not in self._shards.places]
            lost = _Crowd(self, workers, progress, workers.window).run(rest)

    def give_up(self, spec: RunSpec, reason: str) -> None:
        """Write the row of a run that no worker could finish."""
        with self._shards.claimed(spec.key):
            self._shards.look()
            if spec.key not in self._shards.places:
                self._shards.append(failed(self._design, spec, reason))

    @property
    def task(self) -> tuple[bytes, str, str]:
        """What workers are told beside the run."""
        return order_of(self._design), str(self._folder.resolve()), self._session

    def unmet(self, replications: int) -> dict[str, float]:
        """Return the points whose mean is not known well enough, and how far off it is.

        That is the ratio of the half width that there is to the one that is wanted; infinite where
        there are too few runs to tell.
        """
        until = self._design.until
        if until is None or self.stopped:
            return {}
        values: dict[str, list[float]] = {}
        metric = name_of(until.metric)
        for spec in self._design.specs(range(replications)):
            found = values.setdefault(_point_text(spec), [])
            place = self._shards.places.get(spec.key)
            row = {} if place is None else place.read()
            value = row.get("measures", {}).get(metric)
            if value is not None:
                found.append(value)
        ratios = {}
        for point, found in values.items():
            interval = mean_interval(found, until.confidence)
            ratios[point] = interval.half_width / until.half_width
        return {point: ratio for point, ratio in ratios.items() if not ratio <= 1}

    def enlarged(self, replications: int, unmet: dict[str, float]) -> int:
        """Return how many replications will probably do: a half width shrinks with their root."""
        worst = max(unmet.values())
        factor = MAX_GROWTH if not math.isfinite(worst) else min(MAX_GROWTH, worst**2)
        return max(replications + 1, math.ceil(replications * factor))

    def finish(self, replications: int, form: TableFormat, unmet: dict[str, float]) -> Executed:
        """Write tables and manifest."""
        specs = {spec.key: spec for spec in self._design.specs(range(replications))}
        write_tables(self._design, specs, self._shards.places, self._folder, form)
        runs, failures = 0, 0
        shown: list[dict[str, object]] = []
        for key in sorted(specs.keys() & self._shards.places.keys()):
            row = self._shards.places[key].read()
            runs += 1
            if row["outcome"] != PASSED:
                failures += 1
                if len(shown) < MAX_FAILED_SHOWN:
                    shown.append({**row, "label": specs[key].label})
        missing = len(specs) - runs
        done = Executed(runs, tuple(shown), failures, missing, replications, tuple(unmet))
        manifest.write(self._design, self._folder, form, done.runs, failures, replications)
        return done


def _point_text(spec: RunSpec) -> str:
    return point_text(spec.point) or "the only point"


class _Crowd:
    """Keeps an executor busy, with some runs at a time.

    Args:
        client: whose runs they are.
        workers: who runs.
        progress: told of each that is finished.
        window: how many at a time.
    """

    def __init__(
        self, client: _Client, workers: Workers, progress: StudyProgress, window: int
    ) -> None:
        self._client = client
        self._workers = workers
        self._progress = progress
        self._window = window
        self._done: SimpleQueue[Future[str]] = SimpleQueue()
        self._pending: dict[Future[str], RunSpec] = {}
        self._lost: list[RunSpec] = []

    def run(self, specs: Iterable[RunSpec]) -> list[RunSpec]:
        """Have runs done; return those that were in progress when the executor broke.

        Raises:
            ConfigurationError: no worker can do them.
            OSError: a worker can't write what it has done.
        """
        waiting, task = iter(specs), self._client.task
        since: float | None = None
        while True:
            if self._client.stopped and since is None:
                since = perf_counter()
                self._workers.hurry()
                for future in list(self._pending):
                    future.cancel()
            self._fill(waiting, task)
            if not self._pending:
                return self._lost
            try:
                future = self._done.get(timeout=0.5)
            except Empty:
                if since is not None and perf_counter() - since > PATIENCE_SECONDS:
                    return self._lost
            else:
                self._take(future)

    def _fill(self, waiting: Iterator[RunSpec], task: tuple[bytes, str, str]) -> None:
        while not self._client.stopped and not self._lost and len(self._pending) < self._window:
            spec = next(waiting, None)
            if spec is None:
                return
            try:
                future = self._workers.executor.submit(work, *task, spec)
            except BrokenExecutor:
                self._lost.append(spec)
                return
            self._pending[future] = spec
            future.add_done_callback(self._done.put)

    def _take(self, future: "Future[str]") -> None:
        spec = self._pending.pop(future)
        try:
            future.result()
        except (Interrupted, CancelledError):
            return
        except BrokenExecutor:
            self._lost.append(spec)
            return
        except Exception as error:
            # Dask gives a run up that has ended several workers; its class is not always installed
            if type(error).__name__ != "KilledWorker":
                raise
            self._client.give_up(spec, "the workers that ran it died")
        self._progress.finished()
