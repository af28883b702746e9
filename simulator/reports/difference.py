"""Compares two journals event by event, and explains the first difference to people."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulator.kernel.journal import Journal
from simulator.system import bounded_json, files
from simulator.words.quoting import shortened, visible_line

CONTEXT = 3
"""How many equal events are shown before the first different one."""

MAX_BYTES = 2**31
"""How large a journal may be; a hundred thousand nodes that join write a quarter of that."""

MAX_SHOWN = 2_000
MAX_VALUE = 500
"""How long a line and a value of it may be in a message, in characters."""

NOTHING = "(the journal ends here)"


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

    @property
    def message(self) -> str:
        """One line that says what differs."""
        return f"event {self.position}: {_what_differs(self.expected, self.actual)}"

    def explain(self) -> str:
        """Return the difference in its context; `-` marks what was expected, `+` what came."""
        rows = [f"    {readable(line)}" for line in self.before]
        for mark, line in (("-", self.expected), ("+", self.actual)):
            rows.append(f"  {mark} {NOTHING if line is None else readable(line)}")
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


def readable(line: str) -> str:
    """Return a canonical line for people: position, time, event, fields.

    >>> readable('{"position":3,"time":15.0,"event":"NodeStopped","node":"0xab"}')
    '3  15 s  NodeStopped  node 0xab'
    """
    data = _parsed(line)
    if not data.keys() >= {"position", "time", "event"}:
        return shortened(line, MAX_SHOWN)
    position, time, event = (data.pop(key) for key in ("position", "time", "event"))
    data = {name: value for name, value in data.items() if name not in {"block", "block_time"}}
    seconds = f"{time:g} s" if isinstance(time, float) else _short(time)  # a file may say anything
    values = ", ".join(f"{_short(name)} {_short(value)}" for name, value in data.items())
    text = f"{_short(position)}  {seconds}  {_short(event)}  {values}".rstrip()
    return shortened(text, MAX_SHOWN)


def _what_differs(expected: str | None, actual: str | None) -> str:
    if expected is None or actual is None:
        line = expected or actual or ""
        name = _short(_parsed(line).get("event", line))
        return f"unexpected {name}" if expected is None else f"{name} is missing"
    old, new = _parsed(expected), _parsed(actual)
    if old.get("event") != new.get("event"):
        names = _short(old.get("event", expected)), _short(new.get("event", actual))
        return f"expected {names[0]}, actual {names[1]}"
    changes = [
        f"{_short(name)}: expected {_short(old.get(name))}, actual {_short(new.get(name))}"
        for name in dict.fromkeys((*old, *new))
        if old.get(name) != new.get(name)
    ]
    text = f"{_short(new.get('event', 'line'))}: " + ("; ".join(changes) or "written differently")
    return shortened(text, MAX_SHOWN)


def _parsed(line: str) -> dict[str, Any]:
    try:
        data = bounded_json.loads(line)
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}


def _short(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return shortened(visible_line(text[:MAX_SHOWN]), MAX_VALUE)
