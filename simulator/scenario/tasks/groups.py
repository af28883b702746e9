"""Tasks that hold others: one after the other, or at the same time."""

from collections.abc import Iterable
from functools import partial
from typing import Annotated, ClassVar

import simpy
from pydantic import Field, PlainValidator, WithJsonSchema

from simulator.scenario.tasks.scenario_run import Scope, Step, Steps
from simulator.scenario.tasks.task import Task
from simulator.words.errors import SimulatorError

MAX_REPEAT = 100_000


class TaskGroup(Task):
    """A task that holds others."""

    is_group: ClassVar[bool] = True
    name: str = Field(default="", description="for people")
    repeat: Annotated[int, Field(ge=1, le=MAX_REPEAT)] = Field(
        default=1, description="how often the whole list is done"
    )
    token: str | None = Field(
        default=None,
        description="the token that the tasks are about, as `deploy_token` remembered it; by "
        "default that of the tasks around, and so the scenario's",
    )
    tasks: Annotated[
        tuple[Step, ...],
        PlainValidator(tuple),
        WithJsonSchema({"type": "array", "minItems": 1}),
    ] = Field(description="what is done: tasks by name, with their parameters")

    @property
    def size(self) -> int:
        """How many tasks this one comes to, repetitions counted, itself not."""
        return self.repeat * sum(step.task.size for step in self.tasks)

    def text(self) -> str:
        """Return the name."""
        return self.name

    def _steps(self) -> Iterable[tuple[Step, int | None]]:
        for repetition in range(1, self.repeat + 1):
            for step in self.tasks:
                yield step, repetition if self.repeat > 1 else None


class Serial(TaskGroup):
    """Tasks one after the other; the first failure ends it.

    Repetitions come one after the other, too.
    """

    def run(self, scope: Scope) -> Steps:
        """Run the tasks in order."""
        for step, repetition in self._steps():
            yield from scope.perform(step, repetition, self.token)


class Parallel(TaskGroup):
    """Tasks at the same time; it waits for all of them, then reports what failed first.

    All repetitions go on at the same time.
    """

    concurrency: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="how many of the tasks at a time; by default all of them"
    )

    def run(self, scope: Scope) -> Steps:
        """Run the tasks, at most `concurrency` of them at a time."""
        steps = list(self._steps())
        env = scope.net.world.clock.env
        slots = simpy.Resource(env, self.concurrency or len(steps))
        failures: list[SimulatorError] = []

        def child(step: Step, repetition: int | None) -> Steps:
            with slots.request() as slot:
                yield slot
                try:
                    yield from scope.perform(step, repetition, self.token)
                except SimulatorError as error:
                    failures.append(error)

        yield env.all_of([scope.spawn(partial(child, *step)) for step in steps])
        if failures:
            raise failures[0]


TASKS: dict[str, type[Task]] = {"serial": Serial, "parallel": Parallel}
"""The tasks of this module by their names in scenario files."""
