"""Faults that come by themselves: what a tester's hands do at a time or at a block of a run."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated

from pydantic import Field

from simulator.forms.part import KeyPath, Part
from simulator.forms.values import Seconds
from simulator.scenario.tasks.scenario_run import ScenarioRun, Step
from simulator.scenario.tasks.waits import MAX_WAIT_BLOCKS

MAX_FAULTS = 10_000


class MomentPart(Part):
    """When a fault comes, counted from the beginning of the root task."""

    at_seconds: Seconds | None = Field(
        default=None, description="how many virtual seconds later it comes"
    )
    at_block: Annotated[int, Field(ge=0, le=MAX_WAIT_BLOCKS)] | None = Field(
        default=None, description="how many blocks later it comes"
    )

    def problems(self) -> Iterable[tuple[KeyPath, str]]:
        """Yield that it is not said when, or said twice."""
        if (self.at_seconds is None) == (self.at_block is None):
            yield (), "needs either at_seconds or at_block"

    def __str__(self) -> str:
        """Return the moment for people."""
        if self.at_block is None:
            return f"{self.at_seconds:g} s after the root task began"
        return f"{self.at_block} blocks after the root task began"


@dataclass(frozen=True, slots=True)
class PlannedFault:
    """A task with a moment instead of a place among the others."""

    moment: MomentPart
    step: Step


@dataclass(slots=True)
class Faults:
    """The faults of one run.

    Attributes:
        to_come: what has not come yet, in the file's order.
    """

    execution: ScenarioRun
    to_come: list[PlannedFault] = field(default_factory=list)

    def plan(self, faults: Iterable[PlannedFault]) -> None:
        """Let faults come from now on, each at its moment.

        Those of one moment come in the file's order, after the block of that moment.
        """
        clock = self.execution.net.world.clock
        for fault in faults:
            self.to_come.append(fault)
            come = partial(self._come, fault)
            if fault.moment.at_block is not None:
                clock.at_block(clock.block_number + fault.moment.at_block, come)
            else:
                clock.timer(clock.now + (fault.moment.at_seconds or 0.0), come)

    def _come(self, fault: PlannedFault) -> None:
        self.to_come.remove(fault)
        world, step = self.execution.net.world, fault.step
        world.spawn(self.execution.net.controls, lambda: self.execution.perform(step, step.key))
