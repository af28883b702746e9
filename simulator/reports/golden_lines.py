"""A run as lines that are made to be compared: what happened, below the task that led to it.

No line says when it happened, or the how manieth it was: one wait more, or one task more, would
change every line behind it. Nodes have their numbers, channels the numbers of their ends, tasks
their names and parameters instead of their places. A line can change only if what it tells does.

What a task did is below it in the order in which it happened, and then what each node did by itself
because of it. Between different tasks and nodes there is no order: it would change with every wait.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from simulator.chain.mempool import Fault
from simulator.kernel.journal import Entry, fields_of
from simulator.reports.causes import named, with_causes
from simulator.reports.record import FAULTS, RunRecord, TaskRecord
from simulator.reports.wording import with_names
from simulator.system import program
from simulator.words.events import (
    ChainEvent,
    ChannelClosed,
    ChannelOpened,
    ChannelSettled,
    DiskBackedUp,
    DiskLost,
    EthBalanceSet,
    FaultSet,
    GasPriceSet,
    NodeCrashed,
    NodeStarted,
    NodeStopped,
    TransactionFinished,
    TransactionSent,
)
from simulator.words.quoting import visible_line
from simulator.words.units import BOOTSTRAP_ADDRESS, Address, checksum

FORMAT = 1
"""Grows when lines of it mean something else than before."""

VERSION, SEED, SCENARIO = "version", "seed", "scenario"

KEYS = ("golden", VERSION, SEED, SCENARIO)
"""What the head says, a line each: the format, who has recorded it, and what was run."""

NO_TASK = "(no task)"
"""Above what happened before any task, and what none has led to."""

_USUAL = {"contract": {"token", "network"}, "token": {"token"}}
"""What is not said because it is the same in every event, but where there are several tokens."""

_VARYING = {
    *("sequence", "channel_identifier", "expiration", "identifier", "secret", "secrethash"),
}
"""What a wait or a task more would change; of a transfer, its ends say in which channel it is."""

_BY_HAND = (
    *(NodeStarted, NodeStopped, NodeCrashed, DiskBackedUp, DiskLost),
    *(FaultSet, EthBalanceSet, GasPriceSet),
)
"""What only a tester does, whenever the scenario says so."""

SECTIONS = ("topology", "scenario", FAULTS)
_INDEX = re.compile(r"[\[#](\d+)")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a golden.

    Attributes:
        text: what it says.
        task: what led to it, or the task itself; None: no task.
        position: of its event in the journal; None: it is no event.
        by: who did that by itself, by number; None: the task did, or it is no event.
    """

    text: str
    task: TaskRecord | None = None
    position: int | None = None
    by: int | None = None


def version() -> str:
    """Return the program's version without what every commit changes."""
    found = re.match(r"\d+(\.\d+)*", program.version())
    return found[0] if found else program.version()


def head(report: RunRecord) -> dict[str, str]:
    """Return what a golden says of itself, before its first line."""
    values = (str(FORMAT), version(), str(report.seed), report.scenario.content)
    return dict(zip(KEYS, values, strict=True))


def changes(old: Iterable[str], new: Iterable[str]) -> tuple[Counter[str], Counter[str]]:
    """Return which lines have come and which have gone, and how often; order does not count."""
    was, now = Counter(old), Counter(new)
    return now - was, was - now


def lines(report: RunRecord) -> list[Line]:
    """Return a run: who is who, then each task with what it has led to."""
    names, entries = report.world.names, report.world.journal.entries
    who = [Line(f"{name} is {checksum(address)}") for address, name in names.items()]
    told = defaultdict[str, dict[int, list[Line]]](dict)
    tasks = {record.path: record for record in report.tasks}
    numbers = {node.address: node.node for node in report.world.nodes}
    words = _Words(names)
    for entry, cause in with_causes(entries):
        by = None
        if cause.by_itself is not None:
            by = numbers.get(cause.by_itself, len(numbers))
        line = Line(words.of(entry), tasks.get(cause.task), entry.position, by)
        told[cause.task].setdefault(-1 if by is None else by, []).append(line)
    found = [*who, Line(""), Line(NO_TASK), *_in_turn(told[""])]
    for record in in_order_of_the_file(report.tasks):
        found.append(Line(words.of_task(record), record))
        found += _in_turn(told[record.path])
    return found


def task_text(record: TaskRecord) -> str:
    """Return a task with its parameters."""
    title = record.title
    if record.is_group and record.parameters.startswith(f"{title} "):
        title = ""  # as of a task of several nodes, which is called by what it does
    return "  ".join(part for part in (title, record.parameters) if part)


def _in_turn(told: dict[int, list[Line]]) -> Iterator[Line]:
    """Yield what a task did, and then what each node did because of it."""
    for _, lines_of_one in sorted(told.items()):
        yield from lines_of_one


def in_order_of_the_file(records: list[TaskRecord]) -> list[TaskRecord]:
    """Return tasks as they stand in the file, each repetition whole, whichever began first."""
    first_seen: dict[str, int] = {}

    def place(record: TaskRecord) -> list[tuple[int, ...]]:
        found: list[tuple[int, ...]] = []
        above = ""
        for part in record.path.split("."):
            numbers = tuple(map(int, _INDEX.findall(part)))
            word = above + _INDEX.sub("", part)  # the same for all tasks of a list
            found.append((first_seen.setdefault(word, len(first_seen)), *numbers))
            above = f"{above}{part}."
        section = _INDEX.sub("", record.path.partition(".")[0]).rstrip("]")
        return [(SECTIONS.index(section),), *found]

    return sorted(records, key=place)


class _Words:
    """Says in a line what an entry tells, given all those before it.

    How long a transaction or a settlement took is said in blocks, unless a tester's hand had
    to do with it: then it depends on when.
    """

    def __init__(self, names: dict[Address, str]) -> None:
        self._names = {**names, BOOTSTRAP_ADDRESS: "bootstrap"}
        self._texts = {checksum(address): name for address, name in self._names.items()}
        self._channels: dict[tuple[Address, int], str] = {}
        self._pairs: defaultdict[str, int] = defaultdict(int)
        self._ends: dict[str, tuple[Address, Address]] = {}
        self._closed: dict[str, Entry] = {}  # by channel
        self._sent: dict[int, Entry] = {}
        self._touched: dict[Address | None, int] = {}  # at which position; None: everybody
        self._faulty: set[Address] = set()

    def of_task(self, record: TaskRecord) -> str:
        """Return a task with its parameters and what became of it: of a group, its tasks say it."""
        told = record.failure or record.note
        status = f"{record.status}: {told}" if told else record.status
        status = "" if record.is_group else status
        parts = (task_text(record), status)
        return visible_line(self._named("  ".join(part for part in parts if part)))

    def of(self, entry: Entry) -> str:
        """Return an entry without what is different after another wait, another task."""
        fields = ", ".join(
            value if value.startswith(f"{name} ") else f"{name} {value}"  # and no "node node 3"
            for name, value in self._fields(entry)
        )
        return visible_line(f"  {type(entry.event).__name__:<19}  {fields}").rstrip()

    def _fields(self, entry: Entry) -> Iterator[tuple[str, str]]:
        event = entry.event
        for name in fields_of(type(event)):
            value = getattr(event, name)
            if name == "channel_identifier" and isinstance(event, ChainEvent):
                yield "channel", self._channel(event, value)
            elif name not in _VARYING and value != "":
                text = self._value(value)
                if text not in _USUAL.get(name, ()):
                    yield name, text
        blocks = self._blocks(entry)
        if blocks is not None:
            yield "blocks", str(blocks)

    def _value(self, value: object) -> str:
        if isinstance(value, bytes):
            return self._names.get(Address(value)) or checksum(Address(value))
        if isinstance(value, tuple):
            return f"[{', '.join(map(self._value, value))}]"
        return self._named(str(value))

    def _named(self, text: str) -> str:
        return with_names(text, self._texts)

    def _channel(self, event: ChainEvent, identifier: int) -> str:
        """Return what a channel is called: by its ends, and by how many they have had before."""
        key = (event.contract, identifier)
        if isinstance(event, ChannelOpened):
            ends = (self._value(end) for end in (event.participant1, event.participant2))
            pair = "-".join(sorted((end.removeprefix("node ") for end in ends), key=_by_number))
            self._pairs[pair] += 1
            again = f"#{self._pairs[pair]}" if self._pairs[pair] > 1 else ""
            self._channels[key] = pair + again
            self._ends[pair + again] = (event.participant1, event.participant2)
        return self._channels.get(key, str(identifier))

    def _blocks(self, entry: Entry) -> int | None:
        """Return how many blocks something took; None if that isn't its own doing, or nothing."""
        event = entry.event
        if isinstance(event, TransactionSent):
            self._sent[event.sequence] = entry
        elif isinstance(event, ChannelClosed):
            self._closed[self._channel(event, event.channel_identifier)] = entry
        elif isinstance(event, TransactionFinished):
            return self._since(self._sent[event.sequence], entry, event.sender)
        elif isinstance(event, ChannelSettled):
            channel = self._channel(event, event.channel_identifier)
            closed = self._closed.get(channel)  # not if it was settled cooperatively
            return None if closed is None else self._since(closed, entry, *self._ends[channel])
        elif isinstance(event, _BY_HAND):
            account = next(iter(named(event)), None)
            self._touched[account] = entry.position
            if account is not None and isinstance(event, FaultSet):
                change = self._faulty.discard if event.mode == Fault.NONE else self._faulty.add
                change(account)
        return None

    def _since(self, first: Entry, last: Entry, *accounts: Address) -> int | None:
        touched = max(self._touched.get(account, -1) for account in (None, *accounts))
        if touched > first.position or self._faulty.intersection(accounts):
            return None
        return last.block - first.block


def _by_number(end: str) -> tuple[int, str]:
    return (int(end), "") if end.isdigit() else (2**31, end)
