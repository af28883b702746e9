"""How far a study is: on a terminal one line that changes, elsewhere a line now and then."""

import statistics
from collections.abc import Iterable
from time import perf_counter
from typing import TextIO

from simulator.reports.wording import span
from simulator.system.terminal import say

STEPS = 10
"""So many lines at most, where lines stay."""
REFRESH_SECONDS = 0.2


class StudyProgress:
    """Counts finished runs and says how long the others will take.

    Args:
        out: where to; None: nowhere.
        total: how many there are.
        there: how many were finished before.
    """

    def __init__(self, out: TextIO | None, total: int, there: int) -> None:
        self._out = out
        self._total, self._there, self._done = total, there, 0
        self._began = self._shown = perf_counter()
        self._on_terminal = out is not None and out.isatty()
        self._step = 0

    def finished(self) -> None:
        """Count one."""
        self._done += 1
        if self._out is None:
            return
        now, count = perf_counter(), self._there + self._done
        if self._on_terminal:
            if now - self._shown > REFRESH_SECONDS or count == self._total:
                self._shown = now
                self._out.write(f"\r\x1b[K{self.text}")
                self._out.flush()
        elif (step := STEPS * count // self._total) > self._step:
            self._step = step
            say(self.text, self._out)

    def end(self) -> None:
        """Leave the line."""
        if self._on_terminal and self._out is not None and self._done:
            self._out.write("\n")
            self._out.flush()

    @property
    def text(self) -> str:
        """How far it is, in a line."""
        count, seconds = self._there + self._done, perf_counter() - self._began
        rate = self._done / seconds if seconds else 0.0
        left = (
            f", {span((self._total - count) / rate)} left" if rate and count < self._total else ""
        )
        return f"{count:,} of {self._total:,} runs, {rate:.3g} a second{left}"


def about(wall_seconds: Iterable[float], runs: int, jobs: int) -> float:
    """Return how many seconds some runs take, by those that are known."""
    return statistics.fmean(wall_seconds) * runs / max(1, min(jobs, runs))
