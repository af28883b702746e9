"""Finds where a run leaves its golden, and says it so that people find the reason."""

import re
from collections import Counter
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from simulator.reports.golden_lines import Line, changes
from simulator.reports.record import TaskRecord
from simulator.words.quoting import shortened, visible_line

CONTEXT = 3
"""How many equal lines are shown before the first different one."""

MAX_SHOWN = 500
"""How long a line may be in a message, in characters."""

_NODE = re.compile(r"\bnode \d+")
_INDENT = "  "


@dataclass(frozen=True, slots=True)
class GoldenDifference:
    """The first line in which a run is not as its golden.

    Attributes:
        number: the line of the golden, from 1.
        before: the equal lines right before it, from the one of their task on.
        expected: the golden's line; None: there is one too many.
        actual: the run's line; None: one is missing.
        reordered: whether the run has both, in another order.
        task: what has led to it, if that is a task.
        position: an event of the run by which it had differed, by its position in the journal;
            None: nobody knows.
        more: how many lines the run has besides that the golden has not.
        less: how many lines of the golden the run has not besides.
        moved: how many lines stand below another task, and nothing else about them has changed.
    """

    number: int
    before: tuple[str, ...]
    expected: str | None
    actual: str | None
    reordered: bool
    task: TaskRecord | None
    position: int | None
    more: int
    less: int
    moved: int = 0

    @property
    def message(self) -> str:
        """One line that says what differs, of which node, and because of which task."""
        told = f"line {self.number} of the golden: {self.what}"
        if self.task is not None and is_event(self.actual or self.expected or ""):
            told += f"; task {self.task.path}, line {self.task.line} of the scenario"
        return told

    @property
    def what(self) -> str:
        """What differs, in words."""
        if self.expected is None:
            return f"unexpected {subject(self.actual or '')}"
        if self.actual is None:
            return f"{subject(self.expected)} is missing"
        if self.reordered:
            return f"{subject(self.actual)} comes before {subject(self.expected)}"
        return changes_in(self.expected, self.actual)

    def explain(self) -> str:
        """Return the difference in its context; `-` marks what was expected, `+` what came."""
        rows = [f"    {shown(line)}" for line in self.before]
        for mark, line in (("-", self.expected), ("+", self.actual)):
            if line is not None:
                rows.append(f"  {mark} {shown(line)}")
        if self.more or self.less:
            rows.append(f"    … and further on {counted(self.less, self.more)}")
        if self.moved:
            rows.append(f"    … and {_lines(self.moved)} moved to below another task")
        return "\n".join(rows)


def first_difference(
    expected: Sequence[str],
    first: int,
    actual: Sequence[Line],
    moved: tuple[AbstractSet[int], AbstractSet[int]] = (frozenset(), frozenset()),
) -> GoldenDifference | None:
    """Return where a run leaves its golden, or None when it does not.

    Args:
        expected: the lines of the golden.
        first: how many of them are the head, which the run's lines have not.
        actual: the run's lines.
        moved: the lines that stand below another task, by their numbers in the golden without its
            head, and in the run: they are no difference.
    """
    there = [number for number in range(first, len(expected)) if number - first not in moved[0]]
    old = [expected[number] for number in there]
    actual = [line for number, line in enumerate(actual) if number not in moved[1]]
    new = [line.text for line in actual]
    if old == new:
        return None
    pairs = enumerate(zip(old, new, strict=False))
    shorter = min(len(old), len(new))
    at = next((number for number, (one, other) in pairs if one != other), shorter)
    added, lost = changes(old[at:], new[at:])
    one = old[at] if at < len(old) else None
    other = new[at] if at < len(new) else None
    reordered = not (lost[one or ""] or added[other or ""])
    if not reordered and not are_alike(one or "", other or ""):
        if not lost[one or ""]:
            one = None  # it comes later
        elif not added[other or ""]:
            other = None
    return GoldenDifference(
        (there[at] if at < len(there) else len(expected)) + 1,
        tuple(_context(new, at)),
        one,
        other,
        reordered,
        _task(actual, at, other),
        _position(actual, at, one, other),
        (added - Counter([other or ""])).total(),
        (lost - Counter([one or ""])).total(),
        len(moved[0]),
    )


def _lines(count: int) -> str:
    """Say how many lines have done something."""
    return f"{count} line{' has' if count == 1 else 's have'}"


def counted(less: int, more: int) -> str:
    """Say how many lines are missing and new, of which there is at least one."""
    told, word = list[str](), "line"
    for count, what in ((less, "missing"), (more, "new")):
        if count:
            words = f"{word}{'' if count == 1 else 's'} " if word else ""
            told.append(f"{count} {words}{'is' if count == 1 else 'are'} {what}")
            word = ""
    return ", ".join(told)


def _context(lines: Sequence[str], at: int) -> list[str]:
    """Return the lines before a place, the task's among them."""
    start = max(0, at - CONTEXT)
    above = next((n for n in range(at - 1, -1, -1) if not is_event(lines[n])), start)
    return [lines[above]] * (above < start) + list(lines[start:at])


def _task(actual: Sequence[Line], at: int, other: str | None) -> TaskRecord | None:
    """Return the task of the line that came, or of the one before that which did not."""
    if other is not None:
        return actual[at].task
    return actual[at - 1].task if at else None


def _position(actual: Sequence[Line], at: int, one: str | None, other: str | None) -> int | None:
    """Return the event by which a run had left its golden, by its position in the journal.

    What one actor does because of one task is in order: what is missing before another line of the
    same was missing before that happened. After the last one it may only be too early.
    """
    line = actual[at] if at < len(actual) else None
    if line is None:
        return None
    if line.position is None:  # a task, whose outcome is known when it is over
        are_tasks = one is not None and other is not None and not is_event(one)
        until = line.task.events_until if line.task is not None else None
        return until - 1 if are_tasks and until is not None else None
    before = actual[at - 1]
    goes_on = (line.task, line.by) == (before.task, before.by)
    return line.position if goes_on or are_alike(one or "", other or "") else None


def is_event(line: str) -> bool:
    """Tell whether a line is an event below a task, and no task."""
    return line.startswith(_INDENT)


def subject(line: str) -> str:
    """Return a line in a few words: an event with its node, or a task."""
    if not is_event(line):
        return f"`{shown(line)}`"
    name = _word(line)
    node = _NODE.search(line)
    function = re.search(r"\bname (\w+)", line)
    told = f"{name} {function[1]}" if function else name
    return f"{told} of {node[0]}" if node else told


def are_alike(one: str, other: str) -> bool:
    """Tell whether two lines are most likely the same event, though not with the same values."""
    if not (is_event(one) and is_event(other)):
        return False
    channels = {_fields(line).get("channel") for line in (one, other)}
    return subject(one) == subject(other) and len(channels) == 1


def changes_in(old: str, new: str) -> str:
    """Say what is not equal in two lines."""
    if is_event(old) and is_event(new) and _word(old) == _word(new):
        was, now = _fields(old), _fields(new)
        different = [
            f"{name}: expected {was.get(name, 'nothing')}, actual {now.get(name, 'nothing')}"
            for name in dict.fromkeys((*was, *now))
            if was.get(name) != now.get(name)
        ]
        return shortened(f"{subject(new)}: {'; '.join(different)}", MAX_SHOWN)
    return f"expected {subject(old)}, actual {subject(new)}"


def _word(line: str) -> str:
    return line.strip().partition(" ")[0]


def _fields(line: str) -> dict[str, str]:
    fields = line.strip().partition(" ")[2].strip().split(", ")
    return dict(field.partition(" ")[::2] for field in fields)


def shown(line: str) -> str:
    """Return a line as messages show it."""
    return shortened(visible_line(line), MAX_SHOWN)
