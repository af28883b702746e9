"""Which task has led to what happened, as far as that can be told from the journal.

What a task or a node's call does, the journal knows. What a node does by itself, it does because of
what it has last learnt, so that the same task has led to both. Its own transactions' success is no
news to it. A channel is settled because it was closed, however much has happened since, and a fault
is over because it was set.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from simulator.chain.ledger import Status
from simulator.events import (
    ChainEvent,
    ChannelClosed,
    ChannelOpened,
    ChannelSettled,
    Event,
    FaultSet,
    GasPriceSet,
    TransactionFinished,
    TransactionSent,
)
from simulator.journal import Entry, fields_of
from simulator.units import Address

ChannelKey = tuple[Address, int]


class Cause(NamedTuple):
    """What has led to an entry.

    Attributes:
        task: the path of a task; empty: none that is known.
        by_itself: the account that did it without being told to.
    """

    task: str = ""
    by_itself: Address | None = None


def with_causes(entries: Iterable[Entry]) -> Iterator[tuple[Entry, Cause]]:
    """Yield each entry of a whole journal with what has led to it."""
    entries = list(entries)
    settles = {
        entry.transaction: channel_of(entry.event)
        for entry in entries
        if isinstance(entry.event, ChannelSettled) and entry.transaction is not None
    }
    causes = _Causes(settles)
    for entry in entries:
        yield entry, causes.of(entry)


def channel_of(event: ChainEvent) -> ChannelKey:
    """Return which channel an event is about; an identifier of 0 is none."""
    return event.contract, getattr(event, "channel_identifier", 0)


class _Causes:
    """Finds causes, entry by entry.

    Args:
        settles: which channel a transaction settles, by its sequence.
    """

    def __init__(self, settles: dict[int, ChannelKey]) -> None:
        self._settles = settles
        self._sent: dict[int, tuple[Address, Cause]] = {}
        self._news: dict[Address, str] = {}  # the task that led to what an account learnt last
        self._ends: dict[ChannelKey, tuple[Address, Address]] = {}
        self._closed: dict[ChannelKey, str] = {}
        self._set: dict[Address | None, str] = {}  # faults of accounts, and the gas price

    def of(self, entry: Entry) -> Cause:
        """Return the cause of the next entry."""
        event, cause = entry.event, self._cause(entry)
        sender, _ = self._sent.get(self._transaction(entry), (None, cause))
        if isinstance(event, TransactionSent):
            self._sent[event.sequence] = (event.sender, cause)
        elif isinstance(event, ChannelOpened):
            self._ends[channel_of(event)] = (event.participant1, event.participant2)
        elif isinstance(event, ChannelClosed):
            self._closed[channel_of(event)] = cause.task
        elif isinstance(event, FaultSet):
            self._set[event.account] = cause.task
        elif isinstance(event, GasPriceSet):
            self._set[None] = cause.task
        for account in self._learn(event):
            if account != sender or not isinstance(event, ChainEvent):
                self._news[account] = cause.task
        return cause

    def _cause(self, entry: Entry) -> Cause:
        event, transaction = entry.event, self._transaction(entry)
        if transaction in self._sent and not isinstance(event, TransactionSent):
            return self._sent[transaction][1]
        if entry.cause:
            return Cause(entry.cause)
        if isinstance(event, FaultSet):
            return Cause(self._set.get(event.account, ""))
        if isinstance(event, GasPriceSet):
            return Cause(self._set.get(None, ""))
        account = next(iter(named(event)), None)
        if transaction in self._settles:
            return Cause(self._closed.get(self._settles[transaction], ""), account)
        return Cause("" if account is None else self._news.get(account, ""), account)

    @staticmethod
    def _transaction(entry: Entry) -> int:
        """Return the sequence of the transaction that an entry is about; -1: of none."""
        event = entry.event
        if isinstance(event, TransactionSent | TransactionFinished):
            return event.sequence
        return -1 if entry.transaction is None else entry.transaction

    def _learn(self, event: Event) -> tuple[Address, ...]:
        """Return who may do something by itself because of an event."""
        if isinstance(event, TransactionSent):
            return ()
        if isinstance(event, TransactionFinished):
            return () if event.status == Status.MINED else (event.sender,)
        ends = self._ends.get(channel_of(event), ()) if isinstance(event, ChainEvent) else ()
        return (*named(event), *ends)


def named(event: Event) -> tuple[Address, ...]:
    """Return the accounts that an event names, its own first."""
    values = (getattr(event, name) for name in fields_of(type(event)))
    return tuple(Address(value) for value in values if isinstance(value, bytes))
