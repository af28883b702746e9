"""What a scenario can have nodes do: the state-changing calls of their API.

The names and parameters of Raiden's scenario player keep their meaning. `from` is the node that
makes a call.
"""

import re
from abc import abstractmethod
from collections.abc import Iterable
from fractions import Fraction
from typing import Annotated, Any, ClassVar

import simpy
from pydantic import Field

from simulator.chain.contracts import SETTLE_TIMEOUT_MAX_BLOCKS, SETTLE_TIMEOUT_MIN_BLOCKS
from simulator.forms.expected import Exact, Measured, holds
from simulator.forms.part import Problem
from simulator.forms.values import Amount, HttpStatus, NodeIndex, Partner
from simulator.node.join_terms import DEFAULT_CHANNEL_TARGET, DEFAULT_JOINABLE, JoinTerms
from simulator.scenario.tasks.scenario_run import Scope, Steps
from simulator.scenario.tasks.task import DEFAULT_STATUS, Task, check_status, differs
from simulator.words.errors import AssertionFailed, InvalidRequest, SimulatorError
from simulator.words.statuses import ALREADY_OPEN, SUCCESS, ApiCall, status_of
from simulator.words.units import Address, checksum, exact_fraction


class CallTask(Task):
    """A state-changing call of a node's API."""

    api_call: ClassVar[ApiCall]
    from_: NodeIndex = Field(alias="from", description="the node that makes the call")
    expected_http_status: HttpStatus = DEFAULT_STATUS
    expected_seconds: Measured | None = Field(
        default=None, description="how many virtual seconds the answer must take"
    )

    @abstractmethod
    def begin(self, scope: Scope) -> simpy.Process:
        """Start the call."""

    def success(self, value: Any) -> int:  # noqa: ARG002 - for those whose status depends on it
        """Return the status of an answer that is no error."""
        return SUCCESS[self.api_call]

    def run(self, scope: Scope) -> Steps:
        """Make the call, wait for the answer and check its status."""
        failure: SimulatorError | None = None
        value, began = None, scope.net.now
        try:
            value = (yield self.begin(scope)).unwrap()
        except SimulatorError as error:
            failure, status = error, status_of(self.api_call, error)
        else:
            status = self.success(value)
        check_status(self.expected_http_status, status, failure)
        took = exact_fraction(scope.net.now - began)
        if self.expected_seconds is not None and not holds(self.expected_seconds, took):
            raise AssertionFailed(differs("seconds", self.expected_seconds, took))
        if failure is None:
            self.check_answer(scope, value)

    def check_answer(self, scope: Scope, value: Any) -> None:
        """Compare what a call that succeeded answers with what the file expects.

        Raises:
            AssertionFailed: it is something else.
        """


GOOD_TERMS: dict[str, Any] = {
    "funds": 1,
    "initial_channel_target": DEFAULT_CHANNEL_TARGET,
    "joinable_funds_target": DEFAULT_JOINABLE,
}
"""Terms that nodes accept, beside which one term can be checked."""


class JoinNetwork(CallTask):
    """Put funds into the token network and let the node open channels.

    It succeeds with 204. Terms that no node would accept are a mistake in the file, unless it
    gives `expected_http_status`: then the node is asked.
    """

    api_call: ClassVar[ApiCall] = ApiCall.JOIN
    funds: int = Field(description="tokens that the node may put into channels; from 1")
    initial_channel_target: int = Field(
        default=DEFAULT_CHANNEL_TARGET,
        description="how many channels to open, and to split the funds over; from 1",
    )
    joinable_funds_target: Exact = Field(
        default=DEFAULT_JOINABLE,
        description="the part of the funds kept for channels that others open, from 0 to 1; "
        "exact: 0.4 is two fifths",
        json_schema_extra={"default": float(DEFAULT_JOINABLE)},
    )

    @property
    def _terms(self) -> tuple[int, int, Fraction]:
        return (self.funds, self.initial_channel_target, self.joinable_funds_target)

    def rules(self) -> Iterable[Iterable[Problem]]:
        """Return one for each of the terms."""
        return [self._term(name) for name in GOOD_TERMS]

    def _term(self, name: str) -> Iterable[Problem]:
        """Yield that no node accepts a value, unless the scenario says what it answers."""
        if not self.says("expected_http_status"):
            try:
                JoinTerms.checked(**{**GOOD_TERMS, name: getattr(self, name)})
            except InvalidRequest as error:
                yield (error.field,), error.reason

    def begin(self, scope: Scope) -> simpy.Process:
        """Start the join."""
        node = scope.node(self.from_)
        path = (checksum(scope.token),)
        return node.call(
            self.api_call, path, lambda: JoinTerms.checked(*self._terms), node.join, scope.path
        )


class LeaveNetwork(CallTask):
    """Close all channels and wait until they are settled. It succeeds with 200."""

    api_call: ClassVar[ApiCall] = ApiCall.LEAVE
    expected_partners: list[Partner] | None = Field(
        default=None,
        description="whose channels were closed, as the answer names them, in any order",
    )

    def problems(self) -> Iterable[Problem]:
        """Yield that there will be no answer to compare."""
        fails = re.fullmatch(self.expected_http_status, str(SUCCESS[self.api_call])) is None
        if self.expected_partners is not None and fails:
            yield ("expected_partners",), "can't be checked when the call is expected to fail"

    def check_answer(self, scope: Scope, value: Any) -> None:
        """Compare the partners, of whom one can be named for several channels."""
        if self.expected_partners is not None:
            expected = sorted(scope.address(partner) for partner in self.expected_partners)
            if expected != sorted(value):
                names = [", ".join(map(scope.name_of, some)) for some in (expected, sorted(value))]
                wanted, found = (name or "nobody" for name in names)
                raise AssertionFailed(f"partners: expected {wanted}, actual {found}")

    def begin(self, scope: Scope) -> simpy.Process:
        """Start leaving."""
        node = scope.node(self.from_)
        path = (checksum(scope.token),)
        return node.call(
            self.api_call, path, _nothing, lambda token, _: node.leave(token), scope.path
        )


class ChannelCall(CallTask):
    """A call about the channel with a partner."""

    to: Partner

    def path(self, scope: Scope) -> tuple[str, str]:
        """Return token and partner as the call's path has them."""
        return (checksum(scope.token), checksum(scope.address(self.to)))


class OpenChannel(ChannelCall):
    """Open a channel by hand. It succeeds with 201, or with 200 if it is open already.

    A deposit into a channel that is open already must be higher than the one there.
    """

    api_call: ClassVar[ApiCall] = ApiCall.OPEN_CHANNEL
    total_deposit: Amount = Field(default=0, description="what the node puts in at once")
    settle_timeout: Annotated[int, Field(ge=1)] | None = Field(
        default=None,
        description="how many blocks the channel waits for settlement once it is closed, "
        f"{SETTLE_TIMEOUT_MIN_BLOCKS} to {SETTLE_TIMEOUT_MAX_BLOCKS:,} or the call fails; "
        "by default what the node or the chain says",
    )
    reveal_timeout: Annotated[int, Field(ge=0)] | None = Field(
        default=None,
        description="so many blocks before a lock expires its receiver must know the secret; at "
        "most half of the settle timeout or the call fails; by default 50, or that half",
    )

    def begin(self, scope: Scope) -> simpy.Process:
        """Start opening."""
        node = scope.node(self.from_)
        ends = (scope.token, scope.address(self.to))
        arguments = (*ends, self.settle_timeout, self.total_deposit, self.reveal_timeout)
        return node.call(
            self.api_call, (), lambda: arguments, lambda a: node.open_channel(*a), scope.path
        )

    def success(self, value: Any) -> int:
        """Return 201, or 200 when the channel was open already."""
        return SUCCESS[self.api_call] if value.created else ALREADY_OPEN


class Deposit(ChannelCall):
    """Raise the node's total deposit in a channel. It succeeds with 200."""

    api_call: ClassVar[ApiCall] = ApiCall.PATCH_CHANNEL
    total_deposit: Amount = Field(description="the new total, not what is added")

    def begin(self, scope: Scope) -> simpy.Process:
        """Start depositing."""
        node = scope.node(self.from_)
        path = self.path(scope)
        return node.call(self.api_call, path, lambda: self.total_deposit, node.deposit, scope.path)


class WithdrawTokens(ChannelCall):
    """Take tokens out of an open channel; the partner must agree. It succeeds with 200.

    What is locked for payments on their way can't be taken out.
    """

    api_call: ClassVar[ApiCall] = ApiCall.PATCH_CHANNEL
    total_withdraw: Amount = Field(
        description="everything that the node has ever taken out, with what it takes now"
    )

    def begin(self, scope: Scope) -> simpy.Process:
        """Start withdrawing."""
        node = scope.node(self.from_)
        path = self.path(scope)
        return node.call(
            self.api_call, path, lambda: self.total_withdraw, node.withdraw, scope.path
        )


class SetRevealTimeout(ChannelCall):
    """Choose how early a node wants to know the secrets of locks in a channel.

    It succeeds with 200. The other end has a reveal timeout of its own.
    """

    api_call: ClassVar[ApiCall] = ApiCall.PATCH_CHANNEL
    reveal_timeout: Annotated[int, Field(ge=0)] = Field(
        description="so many blocks before a lock expires; at most half of the settle timeout or "
        "the call fails",
        examples=[20],
    )

    def begin(self, scope: Scope) -> simpy.Process:
        """Start choosing."""
        node = scope.node(self.from_)
        blocks = self.reveal_timeout
        return node.call(
            self.api_call, self.path(scope), lambda: blocks, node.set_reveal_timeout, scope.path
        )


class CloseChannel(ChannelCall):
    """Close a channel.

    It succeeds with 200. The channel is settled by itself when the settle timeout is over. Two
    bespin nodes settle it at once, together, if nothing is pending in it.
    """

    api_call: ClassVar[ApiCall] = ApiCall.PATCH_CHANNEL
    proofs_back: Annotated[int, Field(ge=0)] = Field(
        default=0,
        description="what no real node can be asked for: to cheat, and show a balance proof of the "
        "partner that is so much older than the newest, or none if there are no more",
    )

    def begin(self, scope: Scope) -> simpy.Process:
        """Start closing."""
        node = scope.node(self.from_)

        def start(token: Address, partner: Address, _: None) -> simpy.Process:
            return node.close_channel(token, partner, self.proofs_back)

        return node.call(self.api_call, self.path(scope), _nothing, start, scope.path)


def _nothing() -> None:
    """Stand for the arguments of a call that has none."""


TASKS: dict[str, type[Task]] = {
    "join_network": JoinNetwork,
    "leave_network": LeaveNetwork,
    "open_channel": OpenChannel,
    "deposit": Deposit,
    "withdraw": WithdrawTokens,
    "set_reveal_timeout": SetRevealTimeout,
    "close_channel": CloseChannel,
}
"""The tasks of this module by their names in scenario files."""
