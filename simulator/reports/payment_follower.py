"""Follows payments through the events of a world, into rows."""

from collections.abc import Callable, Mapping

from msgspec import Struct, field

from simulator.reports.payment_rows import FAILED, SUCCEEDED, PaymentRows
from simulator.words.events import (
    ChannelSettled,
    Event,
    HopEvent,
    OwnPayment,
    PaymentFailed,
    PaymentInitiated,
    PaymentSucceeded,
    TransferExpired,
    TransferLocked,
    TransferRefunded,
    TransferUnlocked,
)
from simulator.words.units import Address

KINDS = (
    PaymentInitiated,
    PaymentSucceeded,
    PaymentFailed,
    TransferLocked,
    TransferRefunded,
    TransferUnlocked,
    TransferExpired,
    ChannelSettled,
)
"""The events that tell what becomes of payments."""

Name = tuple[Address, Address, Address, int]
"""A payment's token, initiator, target and identifier."""


class _Flight(Struct, eq=False):
    """A payment that is not over, or whose locks are not all gone.

    Attributes:
        rows: where it is told of.
        row: in which line.
        name: what it is called.
        hashes: those of its attempts.
        route: the nodes that have a lock in the last one.
        sent: what its initiator has locked in the last one, fees included.
        arrived: what the last of them has locked for the next.
        locks: how many there are now.
        over: whether it has succeeded or failed.
    """

    rows: PaymentRows
    row: int
    name: Name
    hashes: list[str] = field(default_factory=list)
    route: list[int] = field(default_factory=list)
    sent: int = 0
    arrived: int = 0
    locks: int = 0
    over: bool = False


class _Lock(Struct):
    """A lock that is pending.

    Attributes:
        flight: its payment.
        amount: tokens.
        since: when it was sent, in virtual seconds.
    """

    flight: _Flight
    amount: int
    since: float


class PaymentFollower:
    """Follows payments until nothing of them is left, and writes down what becomes of them.

    Args:
        block_time: seconds between two blocks.
        numbers: the nodes' numbers.
        tokens: of token networks, by their addresses.
        everything: tells where a payment goes that a node begins; None: only those are followed
            that somebody has announced.

    Attributes:
        count: how many have been followed.
    """

    def __init__(
        self,
        block_time: int,
        numbers: Mapping[Address, int],
        tokens: Mapping[Address, Address],
        everything: Callable[[PaymentInitiated], PaymentRows] | None = None,
    ) -> None:
        self._block_time = block_time
        self._numbers = numbers
        self._tokens = tokens
        self._everything = everything
        self.count = 0
        self._flights: dict[Name, _Flight] = {}
        # with the hash, since an identifier may be used again before all locks are gone
        self._of_hash: dict[tuple[str, Address], _Flight] = {}
        self._locks: dict[tuple[Address, int], dict[tuple[str, Address], _Lock]] = {}

    def announce(self, rows: PaymentRows, time: float, name: Name, amount: int) -> int:
        """Follow a payment that is about to begin; return its row."""
        row = rows.begin(time, self._number(name[1]), self._number(name[2]), amount)
        self._flights[name] = _Flight(rows, row, name)
        self.count += 1
        return row

    def _number(self, node: Address) -> int:
        return self._numbers.get(node, -1)

    def take_in(self, event: Event, time: float) -> None:
        """Take in what has happened, and when, in virtual seconds."""
        match event:
            case HopEvent():
                self._hop(event, time)
            case OwnPayment():
                self._own(event, time)
            case ChannelSettled():
                token = self._tokens.get(event.contract)
                if token is not None:
                    for lock in self._locks.pop((token, event.channel_identifier), {}).values():
                        self._unlocked(lock, time)

    def _own(self, event: OwnPayment, time: float) -> None:
        name = (event.token, event.node, event.target, event.identifier)
        if isinstance(event, PaymentInitiated):
            if self._everything is not None:
                self.announce(self._everything(event), time, name, event.amount)
            return
        flight = self._flights.get(name)
        if flight is None:
            return
        if isinstance(event, PaymentFailed):
            self.end(name, time, FAILED, event.reason)
        else:
            flight.rows.fees[flight.row] = flight.sent - event.amount
            flight.rows.mediator_fees[flight.row] = flight.sent - flight.arrived
            self.end(name, time, SUCCEEDED)

    def end(self, name: Name, time: float, outcome: str, reason: str = "") -> None:
        """Note how a payment has ended, whatever is left of its locks."""
        flight = self._flights.get(name)
        if flight is not None and not flight.over:
            flight.rows.end(flight.row, time, outcome, reason)
            flight.over = True
            self._forget_if_done(flight)

    def _hop(self, event: HopEvent, time: float) -> None:
        key = event.secrethash, event.initiator
        locks = isinstance(event, TransferLocked)
        if locks and event.sender == event.initiator:
            name = (event.token, event.initiator, event.target, event.identifier)
            flight = self._flights.get(name)
            if flight is None:
                return
            self._of_hash[key] = flight
            flight.hashes.append(event.secrethash)
            flight.route, flight.sent = [self._number(event.sender)], event.amount
            flight.rows.try_route(flight.row)
        else:
            flight = self._of_hash.get(key)
            if flight is None:
                return
        pending = self._locks.setdefault((event.token, event.channel_identifier), {})
        here = event.secrethash, event.sender
        if locks or isinstance(event, TransferRefunded):
            pending[here] = _Lock(flight, event.amount, time)
            flight.locks += 1
            if locks and event.secrethash == flight.hashes[-1]:
                flight.arrived = event.amount
                flight.route.append(self._number(event.receiver))
                flight.rows.set_route(flight.row, flight.route)
        elif here in pending:
            self._unlocked(pending.pop(here), time)
        if not pending:
            del self._locks[event.token, event.channel_identifier]

    def _unlocked(self, lock: _Lock, time: float) -> None:
        """Add up what was in a lock that has gone."""
        flight = lock.flight
        flight.rows.locked[flight.row] += lock.amount * (time - lock.since) / self._block_time
        flight.locks -= 1
        self._forget_if_done(flight)

    def _forget_if_done(self, flight: _Flight) -> None:
        if not flight.over:
            return
        if self._flights.get(flight.name) is flight:
            del self._flights[flight.name]
        if not flight.locks:
            for secrethash in flight.hashes:
                self._of_hash.pop((secrethash, flight.name[1]), None)

    def pending(self, rows: PaymentRows, now: float) -> float:
        """Return for how long how much is in locks that are still there, in token·blocks."""
        return sum(
            lock.amount * (now - lock.since) / self._block_time
            for locks in self._locks.values()
            for lock in locks.values()
            if lock.flight.rows is rows
        )
