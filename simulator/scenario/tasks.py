"""What a scenario can do: order tasks, wait, and make calls of the nodes' API.

The names and parameters of Raiden's scenario player keep their meaning. `from` is the node that
makes a call.
"""

from abc import abstractmethod
from collections.abc import Iterable
from fractions import Fraction
from functools import partial
from typing import Annotated, Any, ClassVar

import simpy
from pydantic import Field, PlainValidator, WithJsonSchema

from simulator.errors import (
    CallNotOffered,
    InvalidRequest,
    NodeUnavailable,
    SimulatorError,
)
from simulator.node.membership import Terms
from simulator.node.node import Dialect
from simulator.scenario.execution import Scope, Step, Steps
from simulator.scenario.source import KeyPath
from simulator.scenario.task import (
    DEFAULT_STATUS,
    Amount,
    Exact,
    HttpStatus,
    NodeIndex,
    Partner,
    Task,
    check_status,
)
from simulator.statuses import SUCCESS, ApiCall, status_of

MAX_REPEAT = 100_000
MAX_WAIT_BLOCKS = 100_000
MAX_WAIT_SECONDS = 1_000_000


class Block(Task):
    """A task that holds others."""

    is_block: ClassVar[bool] = True
    name: str = ""
    repeat: Annotated[int, Field(ge=1, le=MAX_REPEAT)] = 1
    tasks: Annotated[
        tuple[Step, ...],
        PlainValidator(tuple),
        WithJsonSchema({"type": "array", "minItems": 1}),
    ]

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


class Serial(Block):
    """Tasks one after the other; the first failure ends it."""

    def run(self, scope: Scope) -> Steps:
        """Run the tasks in order."""
        for step, repetition in self._steps():
            yield from scope.perform(step, repetition)


class Parallel(Block):
    """Tasks at the same time; it waits for all of them, then reports the first failure."""

    concurrency: Annotated[int, Field(ge=1)] | None = None

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
                    yield from scope.perform(step, repetition)
                except SimulatorError as error:
                    failures.append(error)

        yield env.all_of([scope.spawn(partial(child, *step)) for step in steps])
        if failures:
            raise failures[0]


class Wait(Task):
    """Let virtual seconds pass."""

    shorthand: ClassVar[str | None] = "seconds"
    seconds: Annotated[float, Field(ge=0, le=MAX_WAIT_SECONDS)]

    def run(self, scope: Scope) -> Steps:
        """Sleep."""
        (yield scope.net.controls.advance_seconds(self.seconds)).unwrap()


class WaitBlocks(Task):
    """Wait until so many more blocks are mined."""

    shorthand: ClassVar[str | None] = "blocks"
    blocks: Annotated[int, Field(ge=0, le=MAX_WAIT_BLOCKS)]

    def run(self, scope: Scope) -> Steps:
        """Sleep until the height is reached."""
        (yield scope.net.controls.advance_blocks(self.blocks)).unwrap()


class WaitIdle(Task):
    """Wait until nothing is left to do, automatic settlements included."""

    def run(self, scope: Scope) -> Steps:
        """Wait for the world to rest."""
        (yield scope.net.controls.wait_until_idle()).unwrap()


class Call(Task):
    """A state-changing call of a node's API."""

    api_call: ClassVar[ApiCall]
    from_: NodeIndex = Field(alias="from")
    expected_http_status: HttpStatus = DEFAULT_STATUS

    @abstractmethod
    def begin(self, scope: Scope) -> simpy.Process:
        """Start the call."""

    def success(self, value: Any) -> int:  # noqa: ARG002 - for those whose status depends on it
        """Return the status of an answer that is no error."""
        return SUCCESS[self.api_call]

    def run(self, scope: Scope) -> Steps:
        """Make the call, wait for the answer and check its status."""
        failure: SimulatorError | None = None
        try:
            value = (yield self.begin(scope)).unwrap()
        except SimulatorError as error:
            failure, status = error, status_of(self.api_call, error)
        else:
            status = self.success(value)
        check_status(self.expected_http_status, status, failure)


class JoinNetwork(Call):
    """Put funds into the token network and let the node open channels."""

    api_call: ClassVar[ApiCall] = ApiCall.JOIN
    funds: int
    initial_channel_target: int = 3
    joinable_funds_target: Exact = Fraction(2, 5)

    @property
    def _terms(self) -> tuple[int, int, Fraction]:
        return (self.funds, self.initial_channel_target, self.joinable_funds_target)

    def problems(self) -> Iterable[tuple[KeyPath, str]]:
        """Yield the value that no node accepts, unless the scenario says what it answers."""
        if "expected_http_status" not in self.model_fields_set:
            try:
                Terms.checked(*self._terms)
            except InvalidRequest as error:
                yield (error.field,), error.reason

    def begin(self, scope: Scope) -> simpy.Process:
        """Start the join; what is wrong with the request shows in the API's order."""
        node = scope.node(self.from_)
        if node.dialect is Dialect.BESPIN:
            raise CallNotOffered("join", node.dialect)
        if not node.online:
            raise NodeUnavailable(node.account.name)
        return node.join(scope.token, Terms.checked(*self._terms))


class LeaveNetwork(Call):
    """Close all channels and wait until they are settled."""

    api_call: ClassVar[ApiCall] = ApiCall.LEAVE

    def begin(self, scope: Scope) -> simpy.Process:
        """Start leaving."""
        return scope.node(self.from_).leave(scope.token)


class ChannelCall(Call):
    """A call about the channel with a partner."""

    to: Partner


class OpenChannel(ChannelCall):
    """Open a channel by hand."""

    api_call: ClassVar[ApiCall] = ApiCall.OPEN_CHANNEL
    total_deposit: Amount = 0
    settle_timeout: Annotated[int, Field(ge=1)] | None = None

    def begin(self, scope: Scope) -> simpy.Process:
        """Start opening."""
        partner = scope.address(self.to)
        return scope.node(self.from_).open_channel(
            scope.token, partner, self.settle_timeout, self.total_deposit
        )

    def success(self, value: Any) -> int:
        """Return 201, or 200 when the partner was quicker."""
        return SUCCESS[self.api_call] if value.created else SUCCESS[ApiCall.PATCH_CHANNEL]


class Deposit(ChannelCall):
    """Raise the node's total deposit in a channel."""

    api_call: ClassVar[ApiCall] = ApiCall.PATCH_CHANNEL
    total_deposit: Amount

    def begin(self, scope: Scope) -> simpy.Process:
        """Start depositing."""
        partner = scope.address(self.to)
        return scope.node(self.from_).deposit(scope.token, partner, self.total_deposit)


class CloseChannel(ChannelCall):
    """Close a channel."""

    api_call: ClassVar[ApiCall] = ApiCall.PATCH_CHANNEL

    def begin(self, scope: Scope) -> simpy.Process:
        """Start closing."""
        return scope.node(self.from_).close_channel(scope.token, scope.address(self.to))


TASKS: dict[str, type[Task]] = {
    "serial": Serial,
    "parallel": Parallel,
    "wait": Wait,
    "wait_blocks": WaitBlocks,
    "wait_idle": WaitIdle,
    "join_network": JoinNetwork,
    "leave_network": LeaveNetwork,
    "open_channel": OpenChannel,
    "deposit": Deposit,
    "close_channel": CloseChannel,
}
"""The tasks of this module by their names in scenario files."""
