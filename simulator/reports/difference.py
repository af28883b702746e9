"""Compares two journals event by event, and explains the first difference to people."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from simulator.kernel.journal import Journal
from simulator.reports.wording import when
from simulator.system import bounded_json, files
from simulator.words.quoting import shortened, visible_line

CONTEXT = 3
"""How many equal events are shown before the first different one."""

MAX_BYTES = 2**31
"""How large a journal may be; a hundred thousand nodes that join write a quarter of that."""

MAX_SHOWN = 2_000
MAX_VALUE = 500
"""How long a line and a value of it may be in a message, in characters."""

Names = Mapping[str, str]
_NO_NAMES: Names = MappingProxyType({})
_ADDRESS = re.compile("0x[0-9a-zA-Z]+")

_MOMENT = ("time", "block", "block_time")
"""The fields that say when: people are told it once."""

NOTHING = "(the journal ends here)"


class Origin(NamedTuple):
    """From where times count for people: where the root task begins.

    Attributes:
        seconds: virtual time then.
        block: the newest block then.
    """

    seconds: float
    block: int


def lines_of(journal: Journal) -> list[str]:
    """Return a journal as canonical lines."""
    return [entry.line() for entry in journal.entries]


def read_lines(file: Path) -> list[str]:
    """Read a journal that was written before.

    Raises:
        ConfigurationError: it cannot be read.
    """
    text = files.read_text(file, MAX_BYTES).replace("\r\n", "\n")  # as git may have it
    return text.removesuffix("\n").split("\n") if text else []


def write_lines(lines: Iterable[str], file: Path) -> None:
    """Write canonical lines; missing folders are made.

    Raises:
        ConfigurationError: they cannot be written.
    """
    with files.writing(file) as out:
        out.writelines(f"{line}\n".encode() for line in lines)


@dataclass(frozen=True, slots=True)
class JournalDifference:
    """The first event in which two journals differ.

    Attributes:
        position: its number, from 0.
        before: the canonical lines right before it, which are equal.
        expected: its canonical line in the older journal; None: that one ends before it.
        actual: its canonical line in the newer journal; None: that one ends before it.
    """

    position: int
    before: tuple[str, ...]
    expected: str | None
    actual: str | None

    def message(self, names: Names = _NO_NAMES, origin: Origin | None = None) -> str:
        """Return one line that says what differs.

        Args:
            names: what people call accounts, by address.
            origin: from where times count; None: from the world's beginning, in seconds.
        """
        told = _Told(names, origin).what_differs(self.expected, self.actual)
        return f"event {self.position}: {told}"

    def explain(self, names: Names = _NO_NAMES, origin: Origin | None = None) -> str:
        """Return the difference in its context; `-` marks what was expected, `+` what came.

        Args:
            names: as in `message`.
            origin: likewise.
        """
        rows = [f"    {readable(line, names, origin)}" for line in self.before]
        for mark, line in (("-", self.expected), ("+", self.actual)):
            rows.append(f"  {mark} {NOTHING if line is None else readable(line, names, origin)}")
        return "\n".join(rows)


def first_difference(expected: Sequence[str], actual: Sequence[str]) -> JournalDifference | None:
    """Return where two journals part, or None when they are equal."""
    pairs = enumerate(zip(expected, actual, strict=False))
    shorter = min(len(expected), len(actual))
    position = next((number for number, (one, other) in pairs if one != other), shorter)
    if position == len(expected) == len(actual):
        return None
    return JournalDifference(
        position,
        tuple(actual[max(0, position - CONTEXT) : position]),
        expected[position] if position < len(expected) else None,
        actual[position] if position < len(actual) else None,
    )


def readable(line: str, names: Names = _NO_NAMES, origin: Origin | None = None) -> str:
    """Return a canonical line for people: position, time, event, fields.

    >>> readable('{"position":3,"time":15.0,"event":"NodeStopped","node":"0xab"}')
    '3  15 s  NodeStopped  node 0xab'
    """
    return _Told(names, origin).line(line)


class _Told:
    """Tells canonical lines to people.

    Args:
        names: what they call accounts.
        origin: from where times count.
    """

    def __init__(self, names: Names, origin: Origin | None = None) -> None:
        self._names = names
        self._origin = origin

    def line(self, line: str) -> str:
        """Return a line."""
        data = _parsed(line)
        if not data.keys() >= {"position", "time", "event"}:
            return shortened(line, MAX_SHOWN)
        seconds = self._moment(data)
        position, event = (data.pop(key) for key in ("position", "event"))
        data = {name: value for name, value in data.items() if name not in _MOMENT and value != ""}
        values = ", ".join(self._field(name, value) for name, value in data.items())
        text = f"{self._short(position)}  {seconds}  {self._short(event)}  {values}".rstrip()
        return shortened(text, MAX_SHOWN)

    def what_differs(self, expected: str | None, actual: str | None) -> str:
        """Say in a line what is not equal in two lines, of which one may be missing."""
        if expected is None or actual is None:
            name = self._subject(expected or actual or "")
            return f"unexpected {name}" if expected is None else f"{name} is missing"
        old, new = _parsed(expected), _parsed(actual)
        if old.get("event") != new.get("event"):
            return f"expected {self._subject(expected)}, actual {self._subject(actual)}"
        names = [name for name in dict.fromkeys((*old, *new)) if old.get(name) != new.get(name)]
        changes = []
        then, now = self._moment(old), self._moment(new)
        if then != now:
            names = [name for name in names if name not in _MOMENT]
            changes.append(f"time: expected {then}, actual {now}")
        changes += [
            f"{self._short(name)}: expected {self._short(old.get(name))}, "
            f"actual {self._short(new.get(name))}"
            for name in names
        ]
        text = f"{self._subject(actual)}: " + ("; ".join(changes) or "written differently")
        return shortened(text, MAX_SHOWN)

    def _moment(self, data: Mapping[str, Any]) -> str:
        """Return when an event was, as far as a file says so: it may say anything."""
        time, block = data.get("time"), data.get("block")
        if not isinstance(time, float) or not isfinite(time):
            return self._short(time)
        if self._origin is None or not isinstance(block, int):
            return f"{time:g} s"
        return when(time - self._origin.seconds, block - self._origin.block)

    def _subject(self, line: str) -> str:
        """Return an event with the node that it names first, if it names one."""
        data = _parsed(line)
        found = [self._names[v] for v in data.values() if isinstance(v, str) and v in self._names]
        nodes = [name for name in found if name.startswith("node ")]
        name = self._short(data.get("event", line))
        return f"{name} of {nodes[0]}" if nodes else name

    def _field(self, name: str, value: object) -> str:
        text = self._short(value)
        return text if f"{text} ".startswith(f"{name} ") else f"{self._short(name)} {text}"

    def _short(self, value: object) -> str:
        text = value if isinstance(value, str) else json.dumps(value)
        text = _ADDRESS.sub(lambda found: self._names.get(found[0], found[0]), text[:MAX_SHOWN])
        return shortened(visible_line(text), MAX_VALUE)


def _parsed(line: str) -> dict[str, Any]:
    try:
        data = bounded_json.loads(line)
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}
