"""Assertions that may take a while to hold: they are checked again after every block."""

from collections.abc import Callable, Iterable
from typing import Annotated

from pydantic import Field, PlainValidator, WithJsonSchema

from simulator.forms.part import Problem
from simulator.forms.values import Seconds
from simulator.scenario.tasks.near_misses import hints
from simulator.scenario.tasks.scenario_run import Scope, Step, Steps
from simulator.scenario.tasks.task import Task
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
            if not (isinstance(step.task, Task) and step.task.is_assertion):
                yield (step.kind,), "is no assertion"
            elif getattr(step.task, "timeout", None) is not None:
                yield (step.kind, "timeout"), "says nothing: wait_until has one for all of them"

    def text(self) -> str:
        """Return the assertions, and how long they may take."""
        told = [f"{step.kind} {step.task.text()}".strip() for step in self.tasks]
        return f"{', '.join(told)}; timeout {self.timeout:g}"

    def run(self, scope: Scope) -> Steps:
        """Wait for all of them."""
        missed: list[Task] = []

        def check() -> Steps:
            for step in self.tasks:
                assert isinstance(step.task, Task)  # noqa: S101 - see `problems`
                missed[:] = [step.task]
                yield from step.task.check(scope)

        try:
            yield from until_it_holds(scope, self.timeout, check)
        except AssertionFailed as error:
            raise AssertionFailed(f"{error}{hints(missed[0], scope)}") from None
