"""What lets time pass in a scenario: seconds, blocks, until nothing is left to do."""

from typing import Annotated, ClassVar

from pydantic import Field

from simulator.forms.values import Seconds
from simulator.scenario.tasks.scenario_run import Scope, Steps
from simulator.scenario.tasks.task import Task
from simulator.words.errors import AssertionFailed

MAX_WAIT_BLOCKS = 100_000


class Wait(Task):
    """Let virtual time pass."""

    shorthand: ClassVar[str | None] = "seconds"
    seconds: Seconds = Field(description="how many virtual seconds", examples=[5])

    def run(self, scope: Scope) -> Steps:
        """Sleep."""
        (yield scope.net.controls.advance_seconds(self.seconds)).unwrap()


STAND_IN = Wait(seconds=0)
"""What stands in the place of a task that is wrong, so that the others can be counted."""


class WaitBlocks(Task):
    """Wait until so many more blocks are mined."""

    shorthand: ClassVar[str | None] = "blocks"
    blocks: Annotated[int, Field(ge=0, le=MAX_WAIT_BLOCKS)] = Field(
        description="how many blocks", examples=[10]
    )

    def run(self, scope: Scope) -> Steps:
        """Sleep until the height is reached."""
        (yield scope.net.controls.advance_blocks(self.blocks)).unwrap()


class WaitIdle(Task):
    """Wait until nothing is left to do.

    Then no transaction is on its way, no plan is pending, no fault of the file is still to come,
    and all closed channels are settled. What can't be done by waiting is named: transactions that
    are held back, and channels that nobody can settle.
    """

    nothing_left: bool = Field(
        default=False, description="whether it fails if transactions or closed channels are left"
    )

    def run(self, scope: Scope) -> Steps:
        """Wait for the world to rest.

        Raises:
            AssertionFailed: something is left and should not be.
        """
        controls = scope.net.controls
        (yield controls.wait_until_idle()).unwrap()
        if left := controls.left():
            told = f"idle, but {left}"
            if self.nothing_left:
                raise AssertionFailed(told)
            scope.note(told)


TASKS: dict[str, type[Task]] = {"wait": Wait, "wait_blocks": WaitBlocks, "wait_idle": WaitIdle}
"""The tasks of this module by their names in scenario files."""
