"""How long a run may take, by the world's clock and by the wall's.

Nobody is interrupted: it is looked at between two steps of the world, as with Ctrl-C.
"""

from dataclasses import dataclass
from time import perf_counter

from simulator.reports.record import RUNNING, TaskRecord, in_progress
from simulator.scenario.language.sections import Timeout
from simulator.scenario.tasks.scenario_run import ScenarioRun

MAX_NAMED = 5
"""So many of the tasks that were in progress are named."""


@dataclass(frozen=True, slots=True)
class TimedOut:
    """A limit was reached.

    Attributes:
        task: one that was in progress.
        reason: which limit, and what was in progress, in one line.
        is_real: whether it was the limit of the wall's clock, which another machine may not reach.
    """

    task: TaskRecord
    reason: str
    is_real: bool


class Deadline:
    """Looks whether a run has taken too long.

    Args:
        timeout: its limits.
        execution: the run, which begins now.
    """

    def __init__(self, timeout: Timeout, execution: ScenarioRun) -> None:
        self._timeout = timeout
        self._execution = execution
        wall = timeout.wall_seconds
        self._wall_end = None if wall is None else perf_counter() + wall

    def passed(self) -> TimedOut | None:
        """Return which limit is reached, if one is.

        The world's clock jumps: the limit is reached when nothing is left to do before it.
        """
        execution, limit = self._execution, self._timeout.virtual_seconds
        if limit is not None:
            to_come = execution.net.world.clock.next_time - execution.zero_seconds
            if limit < to_come < float("inf"):  # if nothing ever comes, that says more
                return self._reached("virtual_seconds", f"{limit:g} s of virtual time")
        if self._wall_end is not None and perf_counter() > self._wall_end:
            return self._reached("wall_seconds", f"{self._timeout.wall_seconds:g} s of your clock")
        return None

    def _reached(self, key: str, time: str) -> TimedOut | None:
        running = [record for record in self._execution.records if record.status == RUNNING]
        if not running:  # it has not begun, or is over, though the world does not know yet
            return None
        # between two tasks only what holds them is in progress
        tasks = in_progress(running, RUNNING) or running[-1:]
        named = list(dict.fromkeys(map(_named, tasks)))  # repetitions once
        if len(named) > MAX_NAMED:
            named[MAX_NAMED:] = [f"{len(named) - MAX_NAMED} more"]
        limit = f"not over after {time}, which is timeout.{key}"
        reason = f"{limit}; in progress: {', '.join(named)}"
        return TimedOut(tasks[0], reason, key == "wall_seconds")


def _named(task: TaskRecord) -> str:
    nodes = f" {task.parameters}" if task.is_group and task.parameters else ""
    return f"{task.title}{nodes} (line {task.line})"
