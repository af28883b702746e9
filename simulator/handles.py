"""A node as the Python API shows it: text addresses, plain numbers, calls that return when done."""

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any, Generic, TypeVar

import simpy

from simulator.errors import check_whole
from simulator.node.channels import Channel
from simulator.node.membership import Terms
from simulator.node.node import Connection, Node
from simulator.node.world import Result, World
from simulator.units import checksum, exact_fraction, parse_address

T = TypeVar("T")


def wait_for(world: World, process: simpy.Process) -> Any:
    """Run a world until a process has ended; return its value or raise its error."""
    if not process.processed:
        world.clock.run(lambda: process.processed)
    result = process.value
    assert isinstance(result, Result)  # noqa: S101 - what `World.spawn` promises
    return result.unwrap()


class PendingCall(Generic[T]):
    """A call that has been made but not waited for."""

    def __init__(self, world: World, process: simpy.Process, convert: Callable[[Any], T]) -> None:
        self._world = world
        self._process = process
        self._convert = convert

    @property
    def done(self) -> bool:
        """Whether the answer is there."""
        return bool(self._process.processed)

    def result(self) -> T:
        """Let time pass until the answer is there, and return it.

        Raises:
            SimulatorError: the call failed; the class says why.
        """
        return self._convert(wait_for(self._world, self._process))


class NodeHandle:
    """One node. Tokens and partners are EIP-55 texts, amounts the token's smallest unit.

    Each call has a `begin_…` twin that returns at once, for calls that are to overlap.
    """

    def __init__(self, world: World, node: Node) -> None:
        self._world = world
        self._node = node

    @property
    def index(self) -> int:
        """The node's number."""
        return self._node.index

    @property
    def address(self) -> str:
        """The node's account."""
        return checksum(self._node.address)

    @property
    def online(self) -> bool:
        """Whether the node is running."""
        return self._node.online

    # -- reads ---------------------------------------------------------------------------

    def connections(self) -> dict[str, Connection]:
        """Return funds, deposits and channels by token."""
        return {checksum(token): value for token, value in self._node.connections().items()}

    def channels(self, token: str) -> list[Channel]:
        """Return the unsettled channels of a token, in order of identifier."""
        return [channel for _, channel in self._node.channels(parse_address(token))]

    def deposits(self, token: str) -> list[int]:
        """Return the node's own deposits in its open channels, sorted."""
        return sorted(c.own_deposit for c in self.channels(token) if c.is_open)

    def balance(self, token: str) -> int:
        """Return the tokens in the node's wallet."""
        network = self._world.networks[parse_address(token)]
        return network.token.balance_of(self._world.ledger, self._node.address)

    @property
    def eth_balance(self) -> int:
        """The node's ETH, in wei."""
        return self._world.ledger.eth_balance(self._node.address)

    # -- calls ---------------------------------------------------------------------------

    def begin_join(
        self,
        token: str,
        funds: int,
        initial_channel_target: int = 3,
        joinable_funds_target: Decimal | float | Fraction | str = Fraction(2, 5),
    ) -> PendingCall[None]:
        """Start joining a token network."""
        check_whole("funds", funds)
        check_whole("initial_channel_target", initial_channel_target)
        fraction = exact_fraction(joinable_funds_target)
        terms = Terms.checked(funds, initial_channel_target, fraction)
        return self._begin(self._node.join(parse_address(token), terms), lambda _: None)

    def join(
        self,
        token: str,
        funds: int,
        initial_channel_target: int = 3,
        joinable_funds_target: Decimal | float | Fraction | str = Fraction(2, 5),
    ) -> None:
        """Join a token network.

        Args:
            token: the token.
            funds: tokens to put into the network.
            initial_channel_target: channels to open; the funds are split over so many.
            joinable_funds_target: the fraction of the funds kept for channels of others.

        Raises:
            SimulatorError: the call failed; the class says why.
        """
        terms = (funds, initial_channel_target, joinable_funds_target)
        self.begin_join(token, *terms).result()

    def begin_leave(self, token: str) -> PendingCall[list[str]]:
        """Start leaving a token network."""
        process = self._node.leave(parse_address(token))
        return self._begin(process, lambda partners: [checksum(p) for p in partners])

    def leave(self, token: str) -> list[str]:
        """Leave a token network: close and settle everything; return the partners."""
        return self.begin_leave(token).result()

    def begin_open_channel(
        self,
        token: str,
        partner: str,
        total_deposit: int = 0,
        settle_timeout_blocks: int | None = None,
    ) -> PendingCall[Channel]:
        """Start opening a channel."""
        check_whole("total_deposit", total_deposit)
        if settle_timeout_blocks is not None:
            check_whole("settle_timeout", settle_timeout_blocks)
        process = self._node.open_channel(
            parse_address(token), parse_address(partner), settle_timeout_blocks, total_deposit
        )
        return self._begin(process, lambda opening: opening.channel)

    def open_channel(
        self,
        token: str,
        partner: str,
        total_deposit: int = 0,
        settle_timeout_blocks: int | None = None,
    ) -> Channel:
        """Open a channel by hand, or deposit into the open one.

        Raises:
            InvalidRequest: among others, a deposit into an open channel would not grow.
        """
        arguments = (total_deposit, settle_timeout_blocks)
        return self.begin_open_channel(token, partner, *arguments).result()

    def begin_deposit(self, token: str, partner: str, total_deposit: int) -> PendingCall[Channel]:
        """Start raising a deposit."""
        check_whole("total_deposit", total_deposit)
        addresses = (parse_address(token), parse_address(partner))
        return self._begin(self._node.deposit(*addresses, total_deposit), lambda channel: channel)

    def deposit(self, token: str, partner: str, total_deposit: int) -> Channel:
        """Raise the node's total deposit in a channel."""
        return self.begin_deposit(token, partner, total_deposit).result()

    def begin_close_channel(self, token: str, partner: str) -> PendingCall[Channel]:
        """Start closing a channel."""
        addresses = (parse_address(token), parse_address(partner))
        return self._begin(self._node.close_channel(*addresses), lambda channel: channel)

    def close_channel(self, token: str, partner: str) -> Channel:
        """Close a channel; it is settled by itself after the settle timeout."""
        return self.begin_close_channel(token, partner).result()

    def stop(self) -> None:
        """Go offline."""
        self._node.stop()

    def crash(self) -> None:
        """Go offline at once; what is neither on the chain nor on the node's disk is lost."""
        self._node.crash()

    def start(self) -> None:
        """Come online again."""
        self._node.start()

    def _begin(self, process: simpy.Process, convert: Callable[[Any], T]) -> PendingCall[T]:
        return PendingCall(self._world, process, convert)
