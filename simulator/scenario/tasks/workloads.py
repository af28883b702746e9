"""Workloads in scenario files: payments that are made by themselves, and what they come to."""

from collections.abc import Iterable, Iterator

from simulator.forms.part import Problem
from simulator.scenario.tasks.scenario_run import Scope, Steps
from simulator.scenario.tasks.task import Task
from simulator.workloads.form import WorkloadPart


class MakeWorkload(WorkloadPart, Task):
    """Let nodes pay each other: when, who, whom and how much is drawn from the seed.

    It ends when all its payments have been answered; that some fail is no failure of the task.
    What they have come to is in the report, with a row for each payment in `workloads.csv`. Each
    part is drawn from a random stream of its own that is named after the workload, so that another
    one changes nothing about its payments.
    """

    def rules(self) -> Iterable[Iterable[Problem]]:
        """Return what checks a workload, and that it ends: a scenario does."""
        return [*super().rules(), self._end()]

    def _end(self) -> Iterator[Problem]:
        if not self.ends:
            yield ("payments",), "is missing: payments or seconds must say when it ends"

    def run(self, scope: Scope) -> Steps:
        """Make the payments."""
        _, process = scope.net.workloads.begin(self, scope.token, scope.path, scope.path)
        scope.note(str((yield process).unwrap()))


CALLS: dict[str, type[Task]] = {"workload": MakeWorkload}
"""The tasks of this module by their names in scenario files."""
