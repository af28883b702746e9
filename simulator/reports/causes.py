"""Which task has led to what happened, as far as that can be told from the journal.

What a task or a node's call does, the journal knows. What a node does by itself, it does because of
what it has last learnt, so that the same task has led to both. Its own transactions' success is no
news to it, and what has happened in other channels is none for its first deposit into one. A
channel is settled because it was closed, however much has happened since, and a fault is over
because it was set.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from simulator.chain.ledger import Status
from simulator.kernel.journal import Entry, fields_of
from simulator.words.events import (
    ChainEvent,
    ChannelClosed,
    ChannelOpened,
    ChannelSettled,
    Deposited,
    Event,
    FaultSet,
    GasPriceSet,
    TransactionFinished,
    TransactionSent,
)
from simulator.words.units import Address

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
    causes = _Causes(_channels(entries))
    for entry in entries:
        yield entry, causes.of(entry)


def channel_of(event: ChainEvent) -> ChannelKey:
    """Return which channel an event is about; an identifier of 0 is none."""
    return event.contract, getattr(event, "channel_identifier", 0)


def _channels(entries: Iterable[Entry]) -> dict[int, ChannelKey]:
    """Return the channels that transactions deposit into or settle, by sequence.

    An approval is for the deposit that was sent with it.
    """
    found = {
        entry.transaction: channel_of(entry.event)
        for entry in entries
        if isinstance(entry.event, Deposited | ChannelSettled) and entry.transaction is not None
    }
    for entry in entries:
        event = entry.event
        if isinstance(event, TransactionSent) and event.name == "approve":
            deposit = found.get(event.sequence + 1)
            if deposit is not None:
                found[event.sequence] = deposit
    return found


class News(NamedTuple):
    """Something that an account has learnt: where in the journal it is, and what task led to it."""

    position: int
    task: str


class _Causes:
    """Finds causes, entry by entry.

    Args:
        channels: which channel a transaction deposits into or settles, by its sequence.
    """

    def __init__(self, channels: dict[int, ChannelKey]) -> None:
        self._channels = channels
        self._sent: dict[int, tuple[Address, Cause]] = {}
        self._news: dict[Address, News] = {}
        self._news_about: dict[tuple[Address, ChannelKey | None], News] = {}  # None: no channel
        self._funded: set[tuple[Address, ChannelKey]] = set()
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
        self._take_in(event, sender, News(entry.position, cause.task))
        return cause

    def _take_in(self, event: Event, sender: Address | None, news: News) -> None:
        about: ChannelKey | None = None  # what ends a channel may lead to deposits into any other
        if isinstance(event, ChannelOpened | Deposited):
            about = channel_of(event)
        for account in self._learn(event):
            if account != sender or not isinstance(event, ChainEvent):
                self._news[account] = self._news_about[account, about] = news
        if isinstance(event, Deposited):
            self._funded.add((event.participant, channel_of(event)))

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
        return Cause("" if account is None else self._reason(account, transaction), account)

    def _reason(self, account: Address, transaction: int) -> str:
        """Return the task because of which an account does something by itself."""
        channel = self._channels.get(transaction)
        if channel in self._closed:
            return self._closed[channel]
        last = self._news.get(account)
        if channel in self._ends and (account, channel) not in self._funded:
            news = [self._news_about.get((account, about)) for about in (channel, None)]
            last = max((one for one in news if one is not None), default=last)
        return "" if last is None else last.task

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
