"""The append-only record of what happened, and who is told.

It may keep the newest entries only; who is interested is told what is dropped.

Every fact is one canonical JSON line; the SHA-256 over all lines names the run. Wall times,
gas and block hashes stay out of it, so that another chain engine gives the same digest. Beside the
lines it is kept what led to each fact: on whose behalf it came about, and in which transaction.
"""

import hashlib
import json
from collections import deque
from collections.abc import Callable, Generator, Iterator
from functools import lru_cache
from itertools import islice
from typing import Any, Protocol, TypeVar, get_type_hints

from msgspec import Struct

from simulator.system import notebook
from simulator.words.errors import NotKept
from simulator.words.events import Event
from simulator.words.units import Address, checksum

T = TypeVar("T")


class Entry(Struct, frozen=True, gc=False):
    """One recorded fact.

    What the chain tells is learnt some blocks after it is mined, if nodes wait for confirmations:
    `time` says when it was learnt, `block` and `block_time` when it happened.

    Beside what its line says, an entry knows its `cause`: on whose behalf it came about, such as
    that of a scenario's task, or nobody's. And of an event of the chain, its `transaction`: the
    sequence of the one that was handed in here.

    Attributes:
        position: its number in the journal, from 0.
        time: when it was recorded, in virtual seconds since the start.
        block: the number of the block that it is in; of what is in none, the newest one then.
        block_time: when that block was mined, in virtual seconds since the start.
        event: what happened.
    """

    position: int
    time: float
    block: int
    block_time: float
    event: Event
    cause: str = ""
    transaction: int | None = None

    def line(self) -> str:
        """Return the entry as one canonical line of JSON: `as_dict` without any space."""
        event = self.event
        write = _LINES.get(type(event)) or _line_of(type(event))
        return write(self, event)

    def as_dict(self) -> dict[str, Any]:
        """Return the entry as JSON-ready data: addresses as EIP-55 text, amounts as integers."""
        data: dict[str, Any] = {
            "position": self.position,
            "time": self.time,
            "block": self.block,
            "block_time": self.block_time,
            "event": type(self.event).__name__,
        }
        for name in fields_of(type(self.event)):
            data[name] = _plain(getattr(self.event, name))
        return data

    def __repr__(self) -> str:
        return f"<entry {self.line()}>"

    def _repr_html_(self) -> str:
        said = self.as_dict()
        return notebook.block(f"{said['event']}", notebook.facts(said))


def fields_of(kind: type[Event]) -> list[str]:
    """Return the names of what a kind of event says, beside what every entry does."""
    return [name for name in kind.__struct_fields__ if name != "block_number"]


def _plain(value: object) -> object:
    if isinstance(value, bytes):
        return checksum(Address(value))
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value


def _json(value: object) -> str:
    """Return a value as canonical JSON."""
    return json.dumps(_plain(value), separators=(",", ":"))


MAX_QUOTED = 2**18


class _Quoted(dict[Address, str]):
    """Addresses as JSON has them.

    A cache that knows which one was used last would touch five places of the memory each time.
    """

    def __missing__(self, address: Address) -> str:
        if len(self) == MAX_QUOTED:
            self.clear()
        text = self[address] = f'"{checksum(address)}"'
        return text


_quoted = _Quoted()


_text = lru_cache(maxsize=1024)(json.dumps)


@lru_cache(maxsize=16, typed=True)  # hundreds of entries have the same, one after the other
def _moment(time: float, block: int, block_time: float) -> str:
    return f'"time":{time!r},"block":{block},"block_time":{block_time!r}'


JournalLine = Callable[[Entry, Event], str]
"""What writes the lines of a kind of events, from an entry and its event."""

_LINES: dict[type[Event], JournalLine] = {}


def _line_of(kind: type[Event]) -> JournalLine:
    """Make what writes a kind of events: one f-string, three times as fast as any other way.

    A run writes millions of lines. The code is made of the names in our own class, as dataclasses
    make theirs.
    """
    writers = {int: "{e.%s}", Address: "{address[e.%s]}", str: "{text(e.%s)}"}
    types = get_type_hints(kind)
    fields = [
        f'"{name}":{writers.get(types[name], "{json(e.%s)}") % name}' for name in fields_of(kind)
    ]
    start = '"position":{entry.position},{moment(entry.time, entry.block, entry.block_time)}'
    parts = [start, f'"event":"{kind.__name__}"', *fields]
    code = f"lambda entry, e: f'{{{{{','.join(parts)}}}}}'"
    names = {"address": _quoted, "text": _text, "json": _json, "moment": _moment}
    _LINES[kind] = eval(code, names)  # noqa: S307 - nothing in it comes from outside
    return _LINES[kind]


MAX_FRESH = 256
"""So many are written and hashed at once, which takes half as long as one by one."""

Subscriber = Callable[[Event], None]


class Party(Protocol):
    """Somebody whom events name."""

    def on_event(self, event: Event) -> None:
        """Take in an event that names it."""


class Journal:
    """Records events in order and passes each to those with an interest in it.

    Args:
        seed: opens the digest, so that runs with different seeds never share one.
        keep: how many entries stay in memory (None: all). The digest covers every entry.

    Attributes:
        entries: those that are kept.
        count: how many there have been.
        cause: on whose behalf everything is done that is done right now.
    """

    def __init__(self, seed: int, keep: int | None = None) -> None:
        self.entries: deque[Entry] = deque()
        self.count = 0
        self.cause = ""
        self._keep = keep
        # lines go in as they come: the digest covers entries that are no longer kept
        self._sha = hashlib.sha256(f"seed {seed}\n".encode())
        self._fresh: list[Entry] = []  # not in the digest yet
        self._by_kind: dict[type[Event], list[Subscriber]] = {}
        self._by_party: dict[Address, Party] = {}
        self._on_dropped: dict[type[Event], list[Subscriber]] = {}

    @property
    def oldest(self) -> int:
        """The position of the oldest entry that is kept."""
        return self.count - len(self.entries)

    def must_be_kept(self, position: int) -> None:
        """See whether the entry of a position is not too old.

        Raises:
            NotKept: it is no longer kept.
        """
        if position < self.oldest:
            raise NotKept("journal entry", position, self.oldest, "keep_journal")

    def part(self, first: int, end: int) -> Iterator[Entry]:
        """Return the entries from a position to the one before another, as far as there are some.

        Raises:
            NotKept: the first one is no longer kept.
        """
        self.must_be_kept(first)
        # no further than the end: islice takes no number beyond the machine's own integers
        first, end = min(first, self.count), min(end, self.count)
        return islice(self.entries, first - self.oldest, max(first, end) - self.oldest)

    def keep_only(self, keep: int | None) -> None:
        """Keep so many of the newest entries from now on; None: all that come."""
        self._keep = keep
        self._drop_old()

    def _drop_old(self) -> None:
        keep, entries = self._keep, self.entries
        while keep is not None and len(entries) > keep:
            event = entries.popleft().event
            for subscriber in self._on_dropped.get(type(event), ()):
                subscriber(event)

    def subscribe_dropped(self, subscriber: Subscriber, *kinds: type[Event]) -> None:
        """Tell `subscriber` of every event of some kinds whose entry is not kept any longer."""
        for kind in kinds:
            self._on_dropped.setdefault(kind, []).append(subscriber)

    def subscribe(self, subscriber: Subscriber, *kinds: type[Event]) -> None:
        """Tell `subscriber` of every event of some kinds, before any party is told."""
        for kind in kinds:
            self._by_kind.setdefault(kind, []).append(subscriber)

    def subscribe_party(self, address: Address, party: Party) -> None:
        """Tell `party` of the events that name an address among their parties."""
        self._by_party[address] = party

    def record(
        self,
        event: Event,
        time: float,
        block: int,
        block_time: float,
        extra_parties: tuple[Address, ...] = (),
        transaction: int | None = None,
    ) -> None:
        """Append an event and tell the subscribers; parties in address order.

        Args:
            event: what happened.
            time: now, in virtual seconds since the start.
            block: the number of the block that it is in, or of the newest one.
            block_time: when that block was mined, in virtual seconds since the start.
            extra_parties: parties that the event itself cannot name (a channel's participants).
            transaction: the sequence of the transaction whose event it is, if it is one's.
        """
        entry = Entry(self.count, time, block, block_time, event, self.cause, transaction)
        self.count += 1
        self.entries.append(entry)
        if self._keep is not None and len(self.entries) > self._keep:
            self._drop_old()
        self._fresh.append(entry)
        if len(self._fresh) == MAX_FRESH:
            self._hash_fresh()
        # at once, not when the block is complete: the next event may be about what this one began
        for subscriber in self._by_kind.get(type(event), ()):
            subscriber(event)
        parties = event.parties + extra_parties
        if not parties:  # as with every transaction
            return
        for address in sorted({*parties}) if len(parties) > 1 else parties:
            party = self._by_party.get(address)
            if party is not None:
                party.on_event(event)

    def on_behalf(self, cause: str, steps: Generator[Any, Any, T]) -> Generator[Any, Any, T]:
        """Go through steps; what is recorded in one of them came about on behalf of `cause`.

        Nothing that happens between two steps did, though they wait for it.
        """
        answer: Any = None
        failure: BaseException | None = None
        while True:
            before, self.cause = self.cause, cause
            try:
                awaited = steps.send(answer) if failure is None else steps.throw(failure)
            except StopIteration as end:
                value: T = end.value
                return value
            finally:
                self.cause = before
            failure = None
            try:
                answer = yield awaited
            except BaseException as error:  # noqa: BLE001 - which is for the steps
                failure = error

    def acting_for(self, cause: str) -> "Acting":
        """Let what is recorded meanwhile come about on behalf of `cause`, whose step ever it is."""
        return Acting(self, cause)

    def _hash_fresh(self) -> None:
        lines = [entry.line() for entry in self._fresh]
        self._sha.update("\n".join([*lines, ""]).encode())
        self._fresh.clear()

    @property
    def digest(self) -> str:
        """The SHA-256 over the seed and every line so far, in hexadecimal."""
        self._hash_fresh()
        return self._sha.hexdigest()


class Acting:
    """A context in which everything comes about on somebody's behalf.

    It is entered for every opening of a start graph: a generator would take five times as long.
    """

    __slots__ = ("_before", "_cause", "_journal")

    def __init__(self, journal: Journal, cause: str) -> None:
        self._journal = journal
        self._cause = cause
        self._before = ""

    def __enter__(self) -> None:
        self._before, self._journal.cause = self._journal.cause, self._cause

    def __exit__(self, *_: object) -> None:
        self._journal.cause = self._before
