"""Finds where a run leaves its golden, and says it so that people find the reason."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import chain

from simulator.reports.golden_lines import Line, changes
from simulator.reports.record import PASSED, TaskRecord
from simulator.words.quoting import shortened, visible_line

CONTEXT = 3
"""How many equal lines are shown before the first different one."""

MAX_SHOWN = 500
"""How long a line may be in a message, in characters."""

MAX_PAIRS = 4_000_000
"""Of so many pairs of tasks it is found out which are the same: to align longer ones takes long."""

MOST_TASKS = 3
"""So many changed tasks are named."""

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
        more: how many lines the run has besides that the golden has not.
        less: how many lines of the golden the run has not besides.
    """

    number: int
    before: tuple[str, ...]
    expected: str | None
    actual: str | None
    reordered: bool
    task: TaskRecord | None
    more: int
    less: int

    @property
    def message(self) -> str:
        """One line that says what differs, of which node, and because of which task."""
        told = f"line {self.number}: {self._what()}"
        if self.task is not None and _is_event(self.actual or self.expected or ""):
            told += f"; task {self.task.path}, line {self.task.line}"
        return told

    def _what(self) -> str:
        if self.expected is None:
            return f"unexpected {_subject(self.actual or '')}"
        if self.actual is None:
            return f"{_subject(self.expected)} is missing"
        if self.reordered:
            return f"{_subject(self.actual)} comes before {_subject(self.expected)}"
        return _changes(self.expected, self.actual)

    def explain(self) -> str:
        """Return the difference in its context; `-` marks what was expected, `+` what came."""
        rows = [f"    {_shown(line)}" for line in self.before]
        for mark, line in (("-", self.expected), ("+", self.actual)):
            if line is not None:
                rows.append(f"  {mark} {_shown(line)}")
        if self.more or self.less:
            rows.append(f"    … and further on {_counted(self.less, self.more)}")
        return "\n".join(rows)


def first_difference(
    expected: Sequence[str], first: int, actual: Sequence[Line]
) -> GoldenDifference | None:
    """Return where a run leaves its golden, or None when it does not.

    Args:
        expected: the lines of the golden.
        first: how many of them are the head, which the run's lines have not.
        actual: the run's lines.
    """
    old, new = list(expected[first:]), [line.text for line in actual]
    if old == new:
        return None
    pairs = enumerate(zip(old, new, strict=False))
    shorter = min(len(old), len(new))
    at = next((number for number, (one, other) in pairs if one != other), shorter)
    added, lost = changes(old[at:], new[at:])
    one = old[at] if at < len(old) else None
    other = new[at] if at < len(new) else None
    reordered = not (lost[one or ""] or added[other or ""])
    if not reordered and not _are_alike(one or "", other or ""):
        if not lost[one or ""]:
            one = None  # it comes later
        elif not added[other or ""]:
            other = None
    return GoldenDifference(
        first + at + 1,
        tuple(_context(new, at)),
        one,
        other,
        reordered,
        _task(actual, at, other),
        (added - Counter([other or ""])).total(),
        (lost - Counter([one or ""])).total(),
    )


@dataclass(frozen=True, slots=True)
class Edit:
    """Which tasks of a scenario are not those of its golden.

    Attributes:
        tasks: what has become of them, in words.
        more: how many lines are new below the other tasks.
        less: how many lines are missing there.
    """

    tasks: str
    more: int
    less: int

    @property
    def consequences(self) -> str:
        """What the edit has led to elsewhere."""
        if self.more or self.less:
            return f"below other tasks {_counted(self.less, self.more)}"
        return "below other tasks all is as it was"


def edit_of(expected: Sequence[str], first: int, actual: Sequence[Line]) -> Edit | None:
    """Return how the tasks of a scenario have changed; None: not at all, or too many to compare.

    The arguments are those of `first_difference`.
    """
    old = _by_task([Line(text) for text in expected[first:]])
    new = _by_task(actual)
    was, now = ([task.text for task, _ in part] for part in (old, new))
    if len(was) * len(now) > MAX_PAIRS:
        return None
    told: list[str] = []
    others = Counter[str](), Counter[str]()  # lines of tasks that nobody has edited
    steps = SequenceMatcher(None, was, now, autojunk=False).get_opcodes()
    for what, from_old, to_old, from_new, to_new in steps:
        if what == "equal":
            others[0].update(chain.from_iterable(below for _, below in old[from_old:to_old]))
            others[1].update(chain.from_iterable(below for _, below in new[from_new:to_new]))
            continue
        gone = [_title(task) for task, _ in old[from_old:to_old]]
        come = [f"line {_line(task)}: {_title(task)}" for task, _ in new[from_new:to_new]]
        pairs = min(len(gone), len(come))
        told += [f"{new} instead of {old}" for old, new in zip(gone[:pairs], come, strict=False)]
        told += [f"{text} is gone" for text in gone[pairs:]]
        told += [f"{text} is new" for text in come[pairs:]]
    if not told:
        return None
    unnamed = f" and {len(told) - MOST_TASKS} more" if len(told) > MOST_TASKS else ""
    more, less = changes(others[0].elements(), others[1].elements())
    return Edit(", ".join(told[:MOST_TASKS]) + unnamed, more.total(), less.total())


def _by_task(lines: Sequence[Line]) -> list[tuple[Line, list[str]]]:
    """Return each task with the lines below it; who is who comes first, below none."""
    found: list[tuple[Line, list[str]]] = [(Line(""), [])]
    for line in lines:
        if len(found) > 1 and not _is_event(line.text):
            found.append((line, []))
        elif line.text:
            found[-1][1].append(line.text)
        else:
            found.append((line, []))
    return found


def _counted(less: int, more: int) -> str:
    """Say how many lines are missing and new."""
    missing = "1 line is missing" if less == 1 else f"{less} lines are missing"
    return f"{missing}, {more} {'is' if more == 1 else 'are'} new"


def _title(task: Line) -> str:
    return _subject(task.text.removesuffix(f"  {PASSED}"))


def _line(task: Line) -> str:
    return str(task.task.line) if task.task is not None else "?"


def _context(lines: Sequence[str], at: int) -> list[str]:
    """Return the lines before a place, the task's among them."""
    start = max(0, at - CONTEXT)
    above = next((n for n in range(at - 1, -1, -1) if not _is_event(lines[n])), start)
    return [lines[above]] * (above < start) + list(lines[start:at])


def _task(actual: Sequence[Line], at: int, other: str | None) -> TaskRecord | None:
    """Return the task of the line that came, or of the one before that which did not."""
    if other is not None:
        return actual[at].task
    return actual[at - 1].task if at else None


def _is_event(line: str) -> bool:
    return line.startswith(_INDENT)


def _subject(line: str) -> str:
    """Return a line in a few words: an event with its node, or a task."""
    if not _is_event(line):
        return f"`{_shown(line)}`"
    name = _word(line)
    node = _NODE.search(line)
    function = re.search(r"\bname (\w+)", line)
    told = f"{name} {function[1]}" if function else name
    return f"{told} of {node[0]}" if node else told


def _are_alike(one: str, other: str) -> bool:
    """Tell whether two lines are most likely the same event, though not with the same values."""
    if not (_is_event(one) and _is_event(other)):
        return False
    channels = {_fields(line).get("channel") for line in (one, other)}
    return _subject(one) == _subject(other) and len(channels) == 1


def _changes(old: str, new: str) -> str:
    """Say what is not equal in two lines."""
    if _is_event(old) and _is_event(new) and _word(old) == _word(new):
        was, now = _fields(old), _fields(new)
        different = [
            f"{name}: expected {was.get(name, 'nothing')}, actual {now.get(name, 'nothing')}"
            for name in dict.fromkeys((*was, *now))
            if was.get(name) != now.get(name)
        ]
        return shortened(f"{_subject(new)}: {'; '.join(different)}", MAX_SHOWN)
    return f"expected {_subject(old)}, actual {_subject(new)}"


def _word(line: str) -> str:
    return line.strip().partition(" ")[0]


def _fields(line: str) -> dict[str, str]:
    fields = line.strip().partition(" ")[2].strip().split(", ")
    return dict(field.partition(" ")[::2] for field in fields)


def _shown(line: str) -> str:
    return shortened(visible_line(line), MAX_SHOWN)
