"""How far a run is, in five numbers that others can read while it lasts.

The numbers may lie in memory that two processes share. Nobody waits for anybody: the run writes,
and whoever shows them reads as often as people can look. A process that dies leaves its last ones.
"""

from typing import Protocol

from simulator.reports.record import PASSED, TaskRecord
from simulator.scenario.tasks.scenario_run import Progress

TASKS, DONE, JOINS, BLOCK, PAYMENTS = range(5)
COUNT = 5
"""How many numbers there are: tasks in all, tasks over, joins done, the newest block, and payments
that workloads have made."""

JOIN = "join_network"


class Numbers(Protocol):
    """A list, or an array in shared memory."""

    def __getitem__(self, index: int, /) -> int:
        """Return a number."""

    def __setitem__(self, index: int, value: int, /) -> None:
        """Set a number."""


class Meter:
    """A watcher that writes the numbers down.

    Args:
        numbers: where to; `COUNT` of them.
    """

    hears_events = False

    def __init__(self, numbers: Numbers) -> None:
        self._numbers = numbers

    def begin(self, tasks: int) -> None:
        """Begin with a scenario of so many tasks."""
        for index in (DONE, JOINS, BLOCK, PAYMENTS):
            self._numbers[index] = 0
        self._numbers[TASKS] = tasks

    def started(self, record: TaskRecord) -> None:
        """Do nothing: what has begun does not count."""

    def ended(self, record: TaskRecord) -> None:
        """Count a task, and a join that succeeded."""
        if not record.is_group:
            self._numbers[DONE] += 1
            if record.kind == JOIN and record.status == PASSED:
                self._numbers[JOINS] += 1

    def happened(self, text: str, seconds: float, block: int) -> None:
        """Do nothing."""

    def at(self, block: int, payments: int) -> None:
        """Note the newest block, and how many payments workloads have made."""
        self._numbers[BLOCK] = block
        self._numbers[PAYMENTS] = payments


class Together:
    """Several watchers as one."""

    def __init__(self, *watchers: Progress) -> None:
        self._watchers = watchers
        self.hears_events = any(watcher.hears_events for watcher in watchers)

    def started(self, record: TaskRecord) -> None:
        """Tell all."""
        for watcher in self._watchers:
            watcher.started(record)

    def ended(self, record: TaskRecord) -> None:
        """Tell all."""
        for watcher in self._watchers:
            watcher.ended(record)

    def happened(self, text: str, seconds: float, block: int) -> None:
        """Tell those that hear of events."""
        for watcher in self._watchers:
            if watcher.hears_events:
                watcher.happened(text, seconds, block)

    def at(self, block: int, payments: int) -> None:
        """Tell all."""
        for watcher in self._watchers:
            watcher.at(block, payments)
