"""Workloads in scenario files: payments that are made by themselves, and what they come to."""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import ClassVar

from pydantic import Field

from simulator.forms.expected import Expected, Measured
from simulator.forms.part import Problem
from simulator.scenario.tasks.assertions import Expectation
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


class AssertWorkload(Expectation):
    """What the payments of a workload have come to so far."""

    subjects: ClassVar[tuple[str, ...]] = (
        "payments",
        "succeeded",
        "failed",
        "pending",
        "success_rate",
        "success_of_amount",
        "mean_attempts",
        "mean_hops",
        "fees",
        "mediator_fees",
        "locked_token_blocks",
    )
    workload: str = Field(description="its name")
    payments: Expected | None = Field(default=None, description="how many have begun")
    succeeded: Expected | None = Field(default=None, description="how many of them succeeded")
    failed: Expected | None = Field(default=None, description="how many of them failed")
    pending: Expected | None = Field(default=None, description="how many are not over")
    success_rate: Measured | None = Field(
        default=None, description="the share of those that are over which succeeded, 0 to 1"
    )
    success_of_amount: Measured | None = Field(
        default=None, description="the share of their tokens that were paid, 0 to 1"
    )
    mean_attempts: Measured | None = Field(
        default=None, description="over how many routes one was tried, on average"
    )
    mean_hops: Measured | None = Field(
        default=None, description="through how many channels one went that succeeded, on average"
    )
    fees: Expected | None = Field(
        default=None, description="what payers have paid on top of the amounts"
    )
    mediator_fees: Expected | None = Field(
        default=None, description="what of that mediators have kept; payees have the rest"
    )
    locked_token_blocks: Measured | None = Field(
        default=None, description="tokens in locks times how long they were there, in blocks"
    )

    def check(self, scope: Scope) -> Steps:
        """Look and compare."""
        told = scope.net.workloads.find(self.workload).statistics()
        actual = {name: getattr(told, name) for name in self.subjects}
        self.compare(
            {name: Fraction(one) if isinstance(one, float) else one for name, one in actual.items()}
        )
        yield from ()


ASSERTIONS: dict[str, type[Task]] = {"assert_workload": AssertWorkload}
CALLS: dict[str, type[Task]] = {"workload": MakeWorkload}
"""The tasks of this module by their names in scenario files."""
