"""What a scenario can check.

Everything is checked at once: virtual time makes retries pointless. A `Question` asks a node's API,
so a stopped node answers 503; the other assertions look at the world itself.
"""

import re
from abc import abstractmethod
from collections.abc import Iterable
from typing import Annotated, ClassVar

from pydantic import BeforeValidator, Field

from simulator.chain.contracts import Token
from simulator.forms.expected import Comparison, Expected, holds
from simulator.forms.part import Problem
from simulator.forms.values import Amount, HttpStatus, NodeIndex, Partner, Seconds
from simulator.node.node import Connection, Node
from simulator.scenario.tasks import near_misses
from simulator.scenario.tasks.retrying import until_it_holds
from simulator.scenario.tasks.scenario_run import Scope, Steps
from simulator.scenario.tasks.task import DEFAULT_STATUS, Task, check_status, differs
from simulator.words.errors import AssertionFailed, ChannelNotFound, NodeUnavailable, SimulatorError
from simulator.words.statuses import SUCCESS, ApiCall, status_of
from simulator.words.units import ChannelState, checksum


class Expectation(Task):
    """A task that compares values of the world with those that the file gives."""

    subjects: ClassVar[tuple[str, ...]]
    """The parameters that are compared."""
    says_something_alone: ClassVar[bool] = False
    """Whether it can fail without comparing anything."""
    timeout: Seconds | None = Field(
        default=None,
        description="within how many virtual seconds it must hold; by default at once",
    )

    @property
    def is_assertion(self) -> bool:
        """Say that it is one."""
        return True

    def run(self, scope: Scope) -> Steps:
        """Check, once or until it holds; a failure tells what is there instead."""
        try:
            if self.timeout is None:
                yield from self.check(scope)
            else:
                yield from until_it_holds(scope, self.timeout, lambda: self.check(scope))
        except AssertionFailed as error:
            raise AssertionFailed(f"{error}{near_misses.hints(self, scope)}") from None

    @abstractmethod
    def check(self, scope: Scope) -> Steps:
        """Compare once.

        Raises:
            SimulatorError: it does not hold.
        """

    def problems(self) -> Iterable[Problem]:
        """Yield that nothing is compared, which would always hold."""
        if not self.compared and not self.says_something_alone:
            yield (), f"needs at least one of {', '.join(self.subjects)}"

    @property
    def compared(self) -> list[str]:
        """Which parameters the file gives."""
        return [s for s in self.subjects if getattr(self, s) is not None]

    def compare(self, actual: dict[str, object]) -> None:
        """Compare what the file gives with the actual values, all of them at once.

        Raises:
            AssertionFailed: at least one differs.
        """
        fail_if_any(
            differs(name, getattr(self, name), actual[name])
            for name in self.compared
            if not self.holds(name, actual[name])
        )

    def holds(self, subject: str, actual: object) -> bool:
        """Tell whether a value is what the file says."""
        return holds(getattr(self, subject), actual)


def fail_if_any(wrong: Iterable[str]) -> None:
    """Fail with all that is wrong at once.

    Raises:
        AssertionFailed: something is.
    """
    if told := "; ".join(wrong):
        raise AssertionFailed(told)


class Question(Expectation):
    """An assertion about what a node's API answers."""

    from_: NodeIndex = Field(alias="from", description="the node that is asked")
    expected_http_status: HttpStatus = DEFAULT_STATUS

    @property
    def _expects_answer(self) -> bool:
        status = str(SUCCESS[ApiCall.READ])
        return re.fullmatch(self.expected_http_status, status) is not None

    def problems(self) -> Iterable[Problem]:
        """Yield that nothing is compared, or that there will be nothing to compare."""
        if self._expects_answer:
            yield from super().problems()
        elif self.compared:
            yield (self.compared[0],), "can't be checked when the call is expected to fail"

    def nearest(self, scope: Scope) -> Iterable[str]:
        """Yield the node's channels."""
        return near_misses.channels(scope, scope.node(self.from_))

    @abstractmethod
    def answer(self, scope: Scope, node: Node) -> dict[str, object]:
        """Return the actual values.

        Raises:
            SimulatorError: the call fails.
        """

    def check(self, scope: Scope) -> Steps:
        """Ask the node and compare."""
        node = scope.node(self.from_)
        failure: SimulatorError | None = None
        try:
            if not node.online:
                raise NodeUnavailable(node.account.name)
            actual = self.answer(scope, node)
        except SimulatorError as error:
            failure = error
        status = status_of(ApiCall.READ, failure) if failure else SUCCESS[ApiCall.READ]
        check_status(self.expected_http_status, status, failure)
        if failure is None:
            self.compare(actual)
        yield from ()


def _sorted(value: object) -> object:
    if isinstance(value, list) and len(kinds := {type(item) for item in value}) == 1:
        return sorted(value) if kinds <= {int, str} else value
    return value


Amounts = Annotated[list[Expected], BeforeValidator(_sorted)]
"""Amounts in any order, or comparisons of which each is met by another one."""

ChannelStates = Annotated[list[ChannelState], BeforeValidator(_sorted)]
"""States in any order."""


class AssertChannel(Question):
    """A channel that is not settled, seen from one end.

    Without anything to compare it says that there is a channel. A settled channel is none: 404.
    """

    subjects: ClassVar[tuple[str, ...]] = ("total_deposit", "total_withdraw", "balance", "state")
    says_something_alone: ClassVar[bool] = True
    to: Partner
    total_deposit: Expected | None = Field(
        default=None, description="what the node itself has put in"
    )
    total_withdraw: Expected | None = Field(
        default=None, description="what the node itself has taken out on the chain"
    )
    balance: Expected | None = Field(default=None, description="what the node could pay")
    state: ChannelState | None = Field(default=None, description="whether the channel is closed")
    allow_total_deposit_error: Amount = Field(
        default=0, description="how far `total_deposit` may be off, up or down"
    )
    allow_balance_error: Amount = Field(
        default=0, description="how far `balance` may be off, up or down"
    )

    def rules(self) -> Iterable[Iterable[Problem]]:
        """Return the question's own, and one for each tolerance."""
        return [*super().rules(), *map(self._tolerance, ("total_deposit", "balance"))]

    def _tolerance(self, subject: str) -> Iterable[Problem]:
        """Yield that a tolerance is of what is not compared, or leaves room already."""
        tolerance = f"allow_{subject}_error"
        if self.says(tolerance) and getattr(self, subject) is None:
            yield (tolerance,), f"says nothing without {subject}"
        if self.says(tolerance) and isinstance(getattr(self, subject), Comparison):
            yield (tolerance,), f"says nothing about a comparison: {subject} leaves room by itself"

    def holds(self, subject: str, actual: object) -> bool:
        """Tell whether a value is what the file says, or as near to it as the file allows."""
        tolerance = getattr(self, f"allow_{subject}_error", 0)
        expected = getattr(self, subject)
        if tolerance and isinstance(actual, int) and isinstance(expected, int):
            return abs(expected - actual) <= tolerance
        return super().holds(subject, actual)

    def nearest(self, scope: Scope) -> Iterable[str]:
        """Yield what became of the channel."""
        return near_misses.channel(scope, scope.node(self.from_), scope.address(self.to))

    def answer(self, scope: Scope, node: Node) -> dict[str, object]:
        """Return the channel as the node knows it."""
        partner = scope.address(self.to)
        channel = node.channel(scope.token, partner)
        if channel is None:
            raise ChannelNotFound(checksum(scope.token), checksum(partner))
        return {
            "total_deposit": channel.own_deposit,
            "total_withdraw": channel.own_withdrawn,
            "balance": channel.balance,
            "state": channel.state,
        }


class AssertConnections(Question):
    """What `GET /connections` says about the token; zeros when it does not name it."""

    subjects: ClassVar[tuple[str, ...]] = ("funds", "sum_deposits", "channels")
    funds: Expected | None = Field(default=None, description="what the node has joined with")
    sum_deposits: Expected | None = Field(
        default=None, description="the node's own deposits in open channels, added up"
    )
    channels: Expected | None = Field(
        default=None, description="how many open channels; a bootstrap channel counts"
    )

    def answer(self, scope: Scope, node: Node) -> dict[str, object]:
        """Return the token's entry."""
        entry = node.connections().get(scope.token, Connection(0, 0, 0))
        return {
            "funds": entry.funds,
            "sum_deposits": entry.sum_deposits,
            "channels": entry.channels,
        }


class AssertDeposits(Question):
    """The node's own deposits in its open channels."""

    subjects: ClassVar[tuple[str, ...]] = ("deposits",)
    deposits: Amounts | None = Field(
        default=None, description="all of them, in any order; a bootstrap channel counts as 0"
    )

    def answer(self, scope: Scope, node: Node) -> dict[str, object]:
        """Return the deposits; a bootstrap channel counts with 0."""
        return {
            "deposits": sorted(
                channel.own_deposit for _, channel in node.channels(scope.token) if channel.is_open
            )
        }


class AssertNode(Expectation):
    """Whether a node is running."""

    subjects: ClassVar[tuple[str, ...]] = ("online",)
    node: NodeIndex = Field(description="the node that it is about")
    online: bool | None = Field(default=None, description="whether it is running")

    def check(self, scope: Scope) -> Steps:
        """Look at the node and compare."""
        self.compare({"online": scope.node(self.node).online})
        yield from ()


class AssertWallet(Expectation):
    """What a node's account holds on the chain outside of channels."""

    subjects: ClassVar[tuple[str, ...]] = ("tokens", "wei")
    from_: NodeIndex = Field(alias="from", description="the node whose account it is")
    tokens: Expected | None = Field(default=None, description="tokens in the wallet")
    wei: Expected | None = Field(default=None, description="ETH, in wei")

    def nearest(self, scope: Scope) -> Iterable[str]:
        """Yield where other tokens of the node are."""
        return near_misses.wallet(scope, scope.node(self.from_)) if self.tokens is not None else ()

    def check(self, scope: Scope) -> Steps:
        """Read the chain and compare."""
        world = scope.net.world
        account = scope.node(self.from_).address
        token = Token(scope.token, scope.net.deployment.contracts)
        tokens = token.balance_of(world.ledger, account)
        self.compare({"tokens": tokens, "wei": world.ledger.eth_balance(account)})
        yield from ()


TASKS: dict[str, type[Task]] = {
    "assert": AssertChannel,
    "assert_connections": AssertConnections,
    "assert_deposits": AssertDeposits,
    "assert_node": AssertNode,
    "assert_wallet": AssertWallet,
}
"""The tasks of this module by their names in scenario files."""
