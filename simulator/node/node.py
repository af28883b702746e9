"""One node: an account, its place in each token network, and a queue for what its user asks."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import TypeVar

import simpy

from simulator.chain.keys import Key
from simulator.kernel.turns import Turns
from simulator.node import by_hand, leaving
from simulator.node.account import Account, End
from simulator.node.channels import ChannelBook, ChannelEntry, ChannelEvent
from simulator.node.connections import ConnectionManager
from simulator.node.dialects import (
    generation_of,
)
from simulator.node.disk import Disk
from simulator.node.join_terms import JoinTerms
from simulator.node.membership import Membership
from simulator.node.options import NodeOptions
from simulator.node.orders import PaymentOrder
from simulator.node.paying_member import PayingMember
from simulator.node.world import CallResult, Steps, World
from simulator.payments.fees import Fees, book_of
from simulator.payments.messages import ChannelKey
from simulator.words.errors import CallNotOffered, NodeUnavailable, UnknownTokenNetwork
from simulator.words.events import (
    BalanceProofUpdated,
    ChannelClosed,
    ChannelOpened,
    ChannelSettled,
    Deposited,
    EthBalanceSet,
    Event,
    FaultSet,
    NodeCrashed,
    NodeStarted,
    NodeStopped,
    TokensMoved,
    Unlocked,
    Withdrawn,
)
from simulator.words.statuses import ApiCall
from simulator.words.units import Address, checksum, parse_address

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Connection:
    """What a node has in one token network, as `GET /connections` reports it."""

    funds: int
    sum_deposits: int
    channels: int


class Node:
    """A simulated Raiden node.

    State-changing calls return a SimPy process that always succeeds, with a `CallResult`. They
    queue: one at a time, in order of arrival. Reads don't queue, and nodes don't wait for each
    other.

    Args:
        world: the environment.
        index: the node's number, from 0.
        key: the account.
        options: what else it is told.

    Raises:
        ConfigurationError: nodes of the dialect don't have the routing mode, or no channel can have
            the settle timeout.

    Attributes:
        member: what other nodes see of it, and its payments.
        disk: what it has saved.
    """

    def __init__(self, world: World, index: int, key: Key, options: NodeOptions) -> None:
        self.index = index
        self.dialect, self.routing_mode = options.dialect, options.routing_mode
        generation = generation_of(options.dialect, options.routing_mode, options.routing)
        usual = generation.fees if options.fees is None else options.fees.checked()
        self._told = usual
        more = (options.settle_timeout_blocks, book_of(usual))
        self.account = Account(world, f"node {index}", key, options.strategy, *more)
        self.account.outbox.sender = self
        self.address = self.account.address
        self._world = world
        self._queue = Turns(world.clock)
        self._cause = ""
        self._managers: dict[Address, ConnectionManager] = {}
        self.member = PayingMember(self.account, self, generation)
        self.disk = Disk(self)
        world.members[self.address] = self.member
        world.journal.subscribe_party(self.address, self)

    @property
    def online(self) -> bool:
        """Whether the node is running."""
        return self.account.online

    def connections(self) -> dict[Address, Connection]:
        """Return the token networks in which the node has open channels, by token."""
        found = {}
        for token, manager in sorted(self._managers.items()):
            membership = manager.membership
            opened = membership.in_use()
            if opened:
                deposits = sum(channel.own_deposit for channel in opened)
                found[token] = Connection(membership.terms.funds, deposits, len(opened))
        return found

    def channels(self, token: Address | None = None) -> list[tuple[Address, ChannelEntry]]:
        """Return the unsettled channels with their tokens, of one token or of all."""
        return [
            (address, channel)
            for address, manager in sorted(self._managers.items())
            if token in (None, address)
            for channel in manager.membership.channels
        ]

    def book(self, token: Address) -> ChannelBook | None:
        """Return what the node believes of its channels of a token; None: there were never any."""
        manager = self._managers.get(token)
        return None if manager is None else manager.membership.channels

    def channel(self, token: Address, partner: Address) -> ChannelEntry | None:
        """Return the unsettled channel with a partner."""
        if token not in self._managers:
            return None
        return self._managers[token].membership.channels.with_partner(partner)

    def managers(self) -> list[ConnectionManager]:
        """Return the node's connection managers, one for each token network it knows."""
        return [manager for _, manager in sorted(self._managers.items())]

    def membership(self, token: Address) -> Membership | None:
        """Return the node's state in a token network, if it has any there."""
        manager = self._managers.get(token)
        return None if manager is None else manager.membership

    def admit(self, call: ApiCall, path: Sequence[str] = ()) -> list[Address]:
        """Check what comes before a call's body, in the order in which a node's API checks it.

        Args:
            call: what is asked for.
            path: the addresses that it is about, as texts.

        Returns:
            The addresses.

        Raises:
            CallNotOffered: the node's API does not have the call, whether or not the node runs.
            NodeUnavailable: the node is stopped.
            InvalidAddress: a text of the path is no EIP-55 address.
        """
        if not self.dialect.offers(call):
            raise CallNotOffered(call, self.dialect)
        if not self.online:
            raise NodeUnavailable(self.account.name)
        return [parse_address(text) for text in path]

    def call(
        self,
        call: ApiCall,
        path: Sequence[str],
        body: Callable[[], T],
        start: Callable[..., simpy.Process],
        cause: str = "",
    ) -> simpy.Process:
        """Make a call as a client does: this is the one place that knows the order of checks.

        First what `admit` checks, then the body; then the call queues, and when it is its turn
        come what it means (409) and the ETH for it (402). HTTP, scenario tasks and the Python API
        all come through here.

        Args:
            call: what is asked for.
            path: the addresses that it is about, as texts.
            body: reads the other arguments, or raises what is wrong with them.
            start: begins the call, given the addresses and what `body` returns.
            cause: what the gas that it uses is booked under; see `GasUse`.

        Raises:
            SimulatorError: a check before the queue fails.
        """
        addresses = self.admit(call, path)
        arguments = body()
        self._cause = cause
        try:
            return start(*addresses, arguments)
        finally:
            self._cause = ""

    def join(self, token: Address, terms: JoinTerms) -> simpy.Process:
        """Join a token network; see `ConnectionManager.join`."""
        return self.in_turn(lambda: self._manager(token).join(terms))

    def leave(self, token: Address) -> simpy.Process:
        """Leave a token network; see `leaving.leave`. The value is the list of partners."""

        def work() -> Steps[list[Address]]:
            manager = self._manager(token)
            try:
                return (yield from leaving.leave(manager.membership, self.member.together))
            finally:
                manager.plan_soon()  # one that has not left after all has planned nothing meanwhile

        return self.in_turn(work)

    def open_channel(
        self,
        token: Address,
        partner: Address,
        settle_timeout_blocks: int | None = None,
        total_deposit: int = 0,
        reveal_timeout_blocks: int | None = None,
    ) -> simpy.Process:
        """Open a channel by hand; see `by_hand.open_channel`. The value is an `Opening`."""
        limits = (settle_timeout_blocks, total_deposit, reveal_timeout_blocks)
        return self.in_turn(lambda: by_hand.open_channel(self._entered(token), partner, *limits))

    def deposit(self, token: Address, partner: Address, total_deposit: int) -> simpy.Process:
        """Raise a deposit by hand; see `by_hand.deposit`. The value is the `ChannelEntry`."""
        return self.in_turn(lambda: by_hand.deposit(self._entered(token), partner, total_deposit))

    def set_reveal_timeout(self, token: Address, partner: Address, blocks: int) -> simpy.Process:
        """Choose a reveal timeout; see `by_hand.set_reveal_timeout`. The value is the channel."""

        def work() -> Steps[ChannelEntry]:
            yield from ()
            return by_hand.set_reveal_timeout(self._entered(token), partner, blocks)

        return self.in_turn(work)

    def withdraw(self, token: Address, partner: Address, total_withdraw: int) -> simpy.Process:
        """Take tokens out of a channel; see `by_hand.withdraw`. The value is the `ChannelEntry`."""
        duty, about = self.member.paying.withdraws, (partner, total_withdraw, self._cause)
        return self._beside(lambda: by_hand.withdraw(self._entered(token), duty, *about))

    def close_channel(self, token: Address, partner: Address, back: int = 0) -> simpy.Process:
        """Close a channel by hand; see `by_hand.close`. The value is the `ChannelEntry`."""
        together = self.member.together
        return self.in_turn(lambda: by_hand.close(self._entered(token), partner, together, back))

    def pay(self, token: Address, order: PaymentOrder) -> simpy.Process:
        """Pay; see `Paying.pay`. The value is a `PaymentResult`."""
        return self._beside(lambda: self.member.paying.pay(token, order))

    def _beside(self, work: Callable[[], Steps[T]]) -> simpy.Process:
        """Start a call that doesn't queue behind others, nor others behind it."""
        return self.account.background(partial(self._in_foreground, work))

    def _in_foreground(self, work: Callable[[], Steps[T]]) -> Steps[T]:
        with self._world.clock.foreground:
            return (yield from work())

    def in_turn(self, work: Callable[[], Steps[T]]) -> simpy.Process:
        """Start a call that queues behind others."""
        return self.account.background(partial(self._queued, work, self._cause))

    def _queued(self, work: Callable[[], Steps[T]], cause: str) -> Steps[T]:
        with self._world.clock.foreground, self._queue.request() as turn:
            yield from turn.wait()
            self.account.outbox.cause = cause  # one call at a time, so that all it sends is its
            try:
                return (yield from work())
            finally:
                self.account.outbox.cause = ""

    def set_fees(self, fees: Fees | None, channel: tuple[Address, Address] | None = None) -> None:
        """Take something else for passing payments on, from now on.

        Args:
            fees: None: what the node was told at first, or, in a channel, what it takes elsewhere.
            channel: token and partner, if it is about one only.
        """
        book = self.account.fees
        if channel is None:
            self.account.fees = book.with_usual(self._told if fees is None else fees)
        else:
            self.account.fees = book.with_channel(*channel, fees)
        self.member.look_at_waiting()

    def let(
        self,
        token: Address,
        work: Callable[[Membership], Steps[T]],
        done: Callable[[CallResult[T]], None],
    ) -> None:
        """Make a call by hand, one of very many: nobody waits for it, `done` is told its end."""
        steps = partial(self._queued, partial(work, self._entered(token)), "")
        self.account.go_through(steps, done)

    def accept(self, token: Address, share: Fraction) -> None:
        """Answer deposits in channels that others open from now on; see `Membership.accept`."""
        self._manager(token).membership.accept(share)

    def _manager(self, token: Address) -> ConnectionManager:
        manager = self._managers.get(token)
        if manager is None:
            if token not in self._world.networks:
                raise UnknownTokenNetwork(checksum(token))
            manager = self._managers[token] = ConnectionManager(Membership(self.account, token))
        return manager

    def _entered(self, token: Address) -> Membership:
        return self._manager(token).membership

    def start(self) -> None:
        """Come online: settle what is due, then plan."""
        if self.online:
            return
        self.account.online = True
        self._world.record(NodeStarted(self.address))
        self.member.start()
        for _, manager in sorted(self._managers.items()):
            manager.membership.start()
            manager.plan_soon()

    def stop(self) -> None:
        """Go offline: calls end with `NodeUnavailable`; submitted transactions go on."""
        if self.online:
            self._go_offline(End.STOP)
            self._world.record(NodeStopped(self.address))

    def crash(self) -> None:
        """Go offline at once: what is neither on the chain nor on the node's disk is lost.

        Calls end with `NodeUnavailable` and are forgotten, a join or a leave in progress too;
        transactions that are in no block yet have never been sent.
        """
        if self.online:
            self._go_offline(End.CRASH)
            self._world.transport.forget_early(self.address)
            self._world.record(NodeCrashed(self.address))

    def _go_offline(self, end: End) -> None:
        self.account.online = False
        self.account.interrupt(end)
        self.member.go_offline()
        for manager in self._managers.values():
            manager.membership.stop()
            manager.stop()

    def on_event(self, event: Event) -> None:
        """Take in an event that names the node."""
        match event:
            # named, since nothing is told as often as what becomes of channels
            case (
                ChannelOpened()
                | Deposited()
                | Withdrawn()
                | ChannelClosed()
                | BalanceProofUpdated()
                | ChannelSettled()
                | Unlocked()
            ):
                self._on_channel_event(event)
            case EthBalanceSet():
                self.go_on()
            case FaultSet():
                self.account.outbox.doubt_closes()
                for manager in self.managers():
                    manager.membership.retry()
                self.member.look_at_all()
            case TokensMoved():
                if event.contract in self._managers:
                    self._managers[event.contract].plan_soon()

    def go_on(self) -> None:
        """Take up what the node had no ETH for."""
        for manager in self.managers():
            manager.membership.retry()
            manager.plan_soon()
        self.member.look_at_all()

    def on_late_end(self, token: Address) -> None:
        """Take in that a transaction has ended after its timeout: the facts have changed."""
        manager = self._manager(token)
        manager.membership.retry()
        manager.plan_soon()
        self.member.look_at_all()

    def _on_channel_event(self, event: ChannelEvent) -> None:
        manager = self._manager(self._world.token_of[event.contract])
        pays = self.member.has_begun
        before = manager.membership.channels.get(event.channel_identifier) if pays else None
        manager.membership.apply(event)
        if before is not None and before.transfers is not None:
            key = ChannelKey(manager.membership.token, before.identifier)
            self.member.look_at(key, before.transfers)
        if pays and isinstance(event, ChannelOpened | Deposited):  # which may carry what waits
            self.member.look_at_waiting()
        manager.plan_soon()
