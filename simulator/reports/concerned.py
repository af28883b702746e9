"""Entries of the journal that concern some accounts, or a payment."""

from collections.abc import Collection, Mapping
from functools import cache
from typing import get_type_hints

from simulator.kernel.journal import Entry, Journal, fields_of
from simulator.words.events import (
    ChainEvent,
    ChannelOpened,
    Event,
    OwnPayment,
    PaymentReceived,
    TransferEvent,
)
from simulator.words.units import Address, checksum

Channel = tuple[Address, int]
"""A channel by its token network and its identifier."""

Channels = Mapping[Channel, tuple[Address, Address]]
"""Channels with their ends."""

PaymentName = tuple[Address, Address, Address, int]
"""A payment by its token, initiator, target and identifier."""


@cache
def _naming(kind: type[Event]) -> tuple[list[str], list[str], list[str]]:
    """Return which fields of a kind of events name an account, accounts, and groups of them."""
    hints = get_type_hints(kind)
    of_type = {Address: 0, tuple[Address, ...]: 1, tuple[str, ...]: 2}
    found: tuple[list[str], list[str], list[str]] = ([], [], [])
    for name in fields_of(kind):
        if hints[name] in of_type:
            found[of_type[hints[name]]].append(name)
    return found


class Concerned:
    """Tells which entries concern accounts: those that name one, and those about its channels.

    Args:
        accounts: who is concerned.
        channels: unsettled ones with their ends, as they are before the first entry.
    """

    def __init__(
        self,
        accounts: Collection[Address],
        channels: Channels | None = None,
    ) -> None:
        self._accounts = frozenset(accounts)
        self._texts = [checksum(account) for account in accounts]
        ends = (channels or {}).items()
        self._channels = {channel for channel, pair in ends if self._accounts.intersection(pair)}

    def learn(self, event: Event) -> None:
        """Know a channel from now on: entries about it name only one of its ends, or none."""
        if isinstance(event, ChannelOpened) and self._names(event):
            self._channels.add((event.contract, event.channel_identifier))

    def includes(self, event: Event) -> bool:
        """Tell whether an event concerns somebody, given all those before it."""
        self.learn(event)
        if isinstance(event, ChainEvent):
            channel = event.contract, getattr(event, "channel_identifier", 0)
            if channel in self._channels:
                return True
        return self._names(event)

    def _names(self, event: Event) -> bool:
        one, several, groups = _naming(type(event))
        return (
            any(getattr(event, name) in self._accounts for name in one)
            or any(not self._accounts.isdisjoint(getattr(event, name)) for name in several)
            or any(self._is_in(getattr(event, name)) for name in groups)
        )

    def _is_in(self, groups: Collection[str]) -> bool:
        return any(text in group for group in groups for text in self._texts)


MAX_LOOKED_AT = 100_000
"""So many entries are looked at for a page: whoever serves it does nothing else meanwhile."""


def page_about(
    journal: Journal, account: Address, channels: Channels, first: int, limit: int
) -> tuple[list[Entry], int]:
    """Return some of the entries that concern an account, and the position where they go on.

    Args:
        journal: what is looked through.
        account: who.
        channels: those that were not settled before its oldest entry.
        first: the position of the first entry that may be among them.
        limit: how many there may be.

    Raises:
        NotKept: the first one is no longer kept.
    """
    concerned, found = Concerned([account], channels), list[Entry]()
    entries = journal.part(first, first + MAX_LOOKED_AT)
    for entry in journal.part(journal.oldest, first):
        concerned.learn(entry.event)
    for entry in entries:
        if concerned.includes(entry.event):
            found.append(entry)
            if len(found) == limit:
                return found, entry.position + 1
    return found, first + MAX_LOOKED_AT


def payment_of(event: Event) -> PaymentName | None:
    """Return the payment that an event is a step of; None: of none."""
    if isinstance(event, OwnPayment):
        return event.token, event.node, event.target, event.identifier
    if isinstance(event, PaymentReceived):
        return event.token, event.initiator, event.node, event.identifier
    if isinstance(event, TransferEvent):
        return event.token, event.initiator, event.target, event.identifier
    return None
