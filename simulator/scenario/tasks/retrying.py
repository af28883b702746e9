"""Assertions that may take a while to hold: they are checked again after every block."""

from collections.abc import Callable, Iterable, Iterator
from typing import Annotated

from pydantic import Field, PlainValidator, WithJsonSchema

from simulator.forms.part import Problem
from simulator.forms.values import Seconds
from simulator.scenario.tasks.groups import TaskGroup
from simulator.scenario.tasks.near_misses import in_brackets, unrest
from simulator.scenario.tasks.scenario_run import Scope, Step, Steps
from simulator.scenario.tasks.task import Task
from simulator.scenario.tasks.waits import STAND_IN
from simulator.words.errors import AssertionFailed

DEFAULT_TIMEOUT_SECONDS = 600.0


def until_it_holds(scope: Scope, seconds: float, check: Callable[[], Steps]) -> Steps:
    """Check at once, then after every block, until it holds or time is up.

    Between two blocks little happens that an assertion could see.

    Args:
        scope: of the task.
        seconds: of virtual time, how long it may take.
        check: what has to succeed.

    Raises:
        AssertionFailed: it did not hold at the end of that time either.
    """
    clock = scope.net.world.clock
    end = clock.now + seconds
    while True:
        try:
            yield from check()
        except AssertionFailed as error:
            if clock.now >= end:
                raise AssertionFailed(f"{error} (checked for {seconds:g} s)") from None
        else:
            return
        yield clock.alarm(min(end, clock.time_of_block(clock.block_number + 1)))[0]


class WaitUntil(Task):
    """Wait until assertions hold, all of them at the same time.

    They stand beside `timeout` by their names, or as a list under `tasks`. They are checked at once
    and then after every block.
    """

    timeout: Seconds = Field(
        default=DEFAULT_TIMEOUT_SECONDS,
        description="how many virtual seconds that may take; then it fails",
    )
    tasks: Annotated[
        tuple[Step, ...],
        PlainValidator(tuple),
        WithJsonSchema({"type": "array", "minItems": 1}),
    ] = Field(default=(), description="the assertions")

    def problems(self) -> Iterable[Problem]:
        """Yield that nothing is asserted, or that something else is done."""
        if not self.tasks:
            yield (), "needs at least one assertion"
        for step in self.tasks:
            if step.task is STAND_IN:  # something else is wrong with it
                continue
            if not (isinstance(step.task, Task) and step.task.is_assertion):
                yield (step.kind,), "is no assertion"
            elif getattr(step.task, "timeout", None) is not None:
                yield (step.kind, "timeout"), "says nothing: wait_until has one for all of them"

    def text(self) -> str:
        """Return the assertions, and how long they may take."""
        told = [f"{step.kind} {step.task.text()}".strip() for step in self.tasks]
        return f"{', '.join(told)}; timeout {self.timeout:g}"

    def run(self, scope: Scope) -> Steps:
        """Wait for all of them; a failure tells each that does not hold at the end.

        Raises:
            AssertionFailed: one does not.
        """
        steps = [*_each(self.tasks)]

        def check() -> Steps:
            for _, task in steps:
                yield from task.check(scope)

        try:
            yield from until_it_holds(scope, self.timeout, check)
        except AssertionFailed as error:
            told = [str(error)]
        else:
            return
        wrong: list[str] = []
        for step, task in steps:
            try:
                yield from task.check(scope)
            except AssertionFailed as error:
                place = f"{step.called} (line {step.line})"
                wrong.append(f"{place}: {error}{in_brackets(task.nearest(scope))}")
        if wrong:
            told = [f"{'; '.join(wrong)} (checked for {self.timeout:g} s)"]
        raise AssertionFailed(told[0] + in_brackets(unrest(scope)))


def _each(steps: Iterable[Step]) -> Iterator[tuple[Step, Task]]:
    """Yield assertions, for those of several nodes that of each node."""
    for step in steps:
        assert isinstance(step.task, Task)  # noqa: S101 - see `problems`
        if isinstance(step.task, TaskGroup):
            yield from _each(step.task.tasks)
        else:
            yield step, step.task
