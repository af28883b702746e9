"""Tells what has been edited in a scenario since its golden was recorded, and what it can explain.

A golden has each task's name and parameters, but not where it stands, nor what the file says
outside of its tasks.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from math import inf

from simulator.reports.golden_difference import (
    GoldenDifference,
    are_alike,
    changes_in,
    counted,
    is_event,
    subject,
)
from simulator.reports.golden_lines import Line, changes, in_order_of_the_file, task_text
from simulator.reports.golden_moves import Below, Move, moves, without
from simulator.reports.record import FAULTS, PASSED, TaskRecord

MAX_PAIRS = 4_000_000
"""Of so many pairs of tasks it is found out which are the same: to align longer ones takes long."""

MOST_TASKS = 3
"""So many changed tasks are named."""

_OUTCOME = re.compile(r"  (passed|failed|unfinished)(: .*)?$")
_NODE = re.compile(r"node \d+ is ")


@dataclass(frozen=True, slots=True)
class Edit:
    """Which tasks of a scenario are not those of its golden.

    Attributes:
        told: what has become of each, in words; empty: they are all the same.
        more: how many lines are new below the other tasks.
        less: how many lines are missing there.
        events_before: how many events there were before the first of them could begin.
        is_reordered: whether lines below the other tasks stand in another order.
        is_half: whether the run has failed, so that some tasks have not begun.
        first: what differs first below the other tasks, in words.
        edited: the tasks that are new, or others, in the order of the file.
        moved: the lines that stand below another task now.
        moves: the same in words.
    """

    told: tuple[str, ...]
    more: int
    less: int
    events_before: float
    is_reordered: bool = False
    is_half: bool = False
    first: str = ""
    edited: tuple[TaskRecord, ...] = ()
    moved: tuple[frozenset[int], frozenset[int]] = (frozenset(), frozenset())
    moves: tuple[str, ...] = ()

    @property
    def tasks(self) -> str:
        """What has been edited, the same once."""
        if not self.told:
            return (
                "outside of the tasks that have begun" if self.is_half else "outside of its tasks"
            )
        found = [f"{one}, {n} times" if n > 1 else one for one, n in Counter(self.told).items()]
        unnamed = f" and {len(found) - MOST_TASKS} more" if len(found) > MOST_TASKS else ""
        return ", ".join(found[:MOST_TASKS]) + unnamed

    @property
    def consequences(self) -> str:
        """What the edit has led to elsewhere."""
        unnamed = f" and {len(self.moves) - MOST_TASKS} more" * (len(self.moves) > MOST_TASKS)
        moved = f"{', '.join(self.moves[:MOST_TASKS])}{unnamed}; " if self.moves else ""
        return moved + self._below_other_tasks

    @property
    def _below_other_tasks(self) -> str:
        if self.more or self.less:
            return f"below other tasks {counted(self.less, self.more)}, the first: {self.first}"
        if self.is_reordered:
            return "below other tasks only the order is another"
        return "below other tasks all is as it was"

    def can_explain(self, difference: GoldenDifference) -> bool:
        """Tell whether a difference came when the edited tasks could have led to it."""
        if difference.position is None or self.is_difference(difference):
            return True
        return difference.position >= self.events_before

    def can_explain_moves(self, actual: Sequence[Line]) -> bool:
        """Tell whether all that stands below other tasks happened when that could be of the edit.

        Args:
            actual: the run's lines.
        """
        positions = (actual[number].position for number in self.moved[1])
        return bool(self.moves) and all((at or 0) >= self.events_before for at in positions)

    def is_difference(self, difference: GoldenDifference) -> bool:
        """Tell whether a difference is the edit itself: the line of another task."""
        lines = (difference.expected, difference.actual)
        titles = {_title(line) for line in lines if line is not None}
        return (
            bool(self.told)
            and len(titles) + lines.count(None) > 1
            and not any(map(is_event, titles))
        )


def edit_of(expected: Sequence[str], first: int, actual: Sequence[Line]) -> Edit | None:
    """Return how the tasks of a scenario have changed; None: they are too many to compare.

    Args:
        expected: the lines of the golden.
        first: how many of them are the head, which the run's lines have not.
        actual: the run's lines.
    """
    old = _by_task([Line(text) for text in expected[first:]])
    new = _by_task(actual)
    if len(old) * len(new) > MAX_PAIRS:
        return None
    return _Alignment(old, new).edit()


def first_beyond(expected: Sequence[str], first: int, actual: Sequence[Line]) -> str:
    """Return the first task of a run behind the end of a golden of the same scenario.

    Faults that come by themselves need not have come in time, then or now.

    Args:
        expected: the lines of the golden.
        first: how many of them are the head, which the run's lines have not.
        actual: the run's lines.

    Returns:
        It in words; nothing if the golden has a task that the run has not there, or all of its.
    """
    was = [_title(line.text) for line, _ in _tasks([Line(text) for text in expected[first:]])]
    now = [line for line, _ in _tasks(actual)]
    if was != [_title(line.text) for line in now[: len(was)]]:
        return ""
    return next(
        (
            f"{subject(_title(line.text))}, line {_line(line)} of the scenario"
            for line in now[len(was) :]
            if line.task is not None and not _is_fault(line.text)
        ),
        "",
    )


def _tasks(lines: Sequence[Line]) -> list[Below]:
    """Return each task with the lines below it, what none has led to first, but not who is who."""
    return _by_task(lines)[2:]


def edit_of_tasks(then: list[TaskRecord], now: list[TaskRecord], *, was_half: bool) -> Edit | None:
    """Return how tasks have changed, whatever they did; None: they are too many to compare.

    Args:
        then: the tasks of a run.
        now: those of a later one.
        was_half: whether the first run ended before its end, so that some of its had not begun.
    """
    old, new = _by_text(then), _by_text(now)
    if len(old) * len(new) > MAX_PAIRS:
        return None
    alignment = _Alignment(old, new)
    if was_half:
        alignment.leave_out_the_end()
    return alignment.edit()


def _by_text(tasks: list[TaskRecord]) -> list[Below]:
    """Return tasks with nothing below them, and what stands before them."""
    ordered = in_order_of_the_file(tasks)
    return [(Line(""), []), *((Line(task_text(record), record), list[str]()) for record in ordered)]


def _by_task(lines: Sequence[Line]) -> list[Below]:
    """Return each task with the lines below it; who is who comes first, below none."""
    found: list[Below] = [(Line(""), [])]
    for line in lines:
        if len(found) > 1 and not is_event(line.text):
            found.append((line, []))
        elif line.text:
            found[-1][1].append(line.text)
        else:
            found.append((line, []))
    return found


class _Alignment:
    """Which tasks of two runs are the same, whatever became of them.

    Args:
        old: the golden's.
        new: the run's.
    """

    def __init__(self, old: list[Below], new: list[Below]) -> None:
        self._old, self._new = old, new
        self._records = [line.task for line, _ in new if line.task is not None]
        was, now = ([_title(task.text) for task, _ in part] for part in (old, new))
        self._was, self._now = was, now
        steps = SequenceMatcher(None, was, now, autojunk=False).get_opcodes()
        ends = [n for n, (line, _) in enumerate(new) if _has_failed(line)]
        self._end = min(ends, default=len(new))  # what is behind it need not have begun
        self._same = [pair for step in steps for pair in _pairs(step) if step[0] == "equal"]
        self._blocks = [step[1:] for step in steps if step[0] != "equal"]

    def leave_out_the_end(self) -> None:
        """Take what is new behind all that was there for what had not begun."""
        if self._blocks and self._blocks[-1][1] == len(self._old):
            from_old, to_old, from_new, to_new = self._blocks.pop()
            to_new = min(to_new, from_new + to_old - from_old)
            self._blocks += [(from_old, to_old, from_new, to_new)] * (to_old > from_old)

    def edit(self) -> Edit:
        """Return what is not the same."""
        told = [*self._nodes()]
        events = 0.0 if told else inf
        gone = Counter(self._was[n] for block in self._blocks for n in range(*block[:2]))
        come = Counter(self._now[n] for block in self._blocks for n in range(*block[2:]))
        moved = gone & come
        homes = {title: n for n, title in enumerate(self._was)}
        going, coming = moved.copy(), moved.copy()
        for from_old, to_old, from_new, to_new in self._blocks:
            lost: list[str] = []
            for n in range(from_old, to_old):
                if going[self._was[n]]:
                    going[self._was[n]] -= 1
                elif from_new <= self._end:
                    lost.append(subject(self._was[n]))
            found: list[str] = []
            for n in range(from_new, to_new):
                name = f"line {_line(self._new[n][0])}: {subject(self._now[n])}"
                if coming[self._now[n]]:
                    coming[self._now[n]] -= 1
                    told.append(f"{name} has moved")
                    self._same.append((homes[self._now[n]], n))
                else:
                    found.append(name)
            pairs = min(len(lost), len(found))
            told += [f"{new} instead of {old}" for old, new in zip(lost, found, strict=False)]
            told += [f"{text} is gone" for text in lost[pairs:]]
            told += [f"{text} is new" for text in found[pairs:]]
            if to_new > from_new or from_new <= self._end:
                events = min(events, self._events_before(from_old, to_old, from_new, to_new))
        found_moved = list(moves(self._old, self._new, [*self._tasks_that_are_the_same()]))
        words = tuple(self._of_move(move, is_only_one=len(told) == 1) for move in found_moved)
        moved_from = frozenset[int]().union(*(move.before for move in found_moved))
        moved_to = frozenset[int]().union(*(move.after for move in found_moved))
        self._old, self._new = without(self._old, moved_from), without(self._new, moved_to)
        more, less = self._elsewhere()
        same = self._tasks_that_are_the_same()
        return Edit(
            tuple(told),
            more,
            less,
            events if told else 0,
            is_reordered=any(self._old[n][1] != self._new[m][1] for n, m in same),
            is_half=self._end < len(self._new),
            first=self._first_elsewhere(),
            edited=tuple(
                line.task
                for block in self._blocks
                for line, _ in self._new[block[2] : block[3]]
                if line.task is not None
            ),
            moved=(moved_from, moved_to),
            moves=words,
        )

    def _of_move(self, move: Move, *, is_only_one: bool) -> str:
        """Say which lines have moved, and between which tasks; the only edited one is "it"."""
        partner = dict(self._same)
        source, target = subject(self._was[move.source]), subject(self._now[move.target])
        if move.source in partner:
            source += f" (line {_line(self._new[partner[move.source]][0])})"
        elif is_only_one:
            source = "it"
        is_new = move.target not in partner.values()
        target += f" (line {_line(self._new[move.target][0])})"
        target = "it" if is_new and is_only_one else target
        return f"{move} moved from below {source} to below {target}"

    def _nodes(self) -> Iterator[str]:
        """Say how many nodes there are, if there were others."""
        then, now = (
            sum(1 for line in part[0][1] if _NODE.match(line)) for part in (self._old, self._new)
        )
        if then != now:
            yield f"{now} node{'' if now == 1 else 's'} instead of {then}"

    def _elsewhere(self) -> tuple[int, int]:
        """Return how many lines are new, and how many are missing, of tasks that are the same."""
        was, now = Counter[str](), Counter[str]()
        for n, m in self._tasks_that_are_the_same():
            was.update([self._old[n][0].text, *self._old[n][1]])
            now.update([self._new[m][0].text, *self._new[m][1]])
        more, less = changes(was.elements(), now.elements())
        return more.total(), less.total()

    def _first_elsewhere(self) -> str:
        """Say what differs first of tasks that are the same; empty if nothing does."""
        for n, m in sorted(self._tasks_that_are_the_same(), key=lambda pair: pair[1]):
            (old, was), (new, now) = self._old[n], self._new[m]
            gone, come = Counter([old.text, *was]), Counter([new.text, *now])
            lost = [line for line in (old.text, *was) if gone[line] > come[line]]
            found = [line for line in (new.text, *now) if come[line] > gone[line]]
            alike = ((one, other) for one in lost for other in found if are_alike(one, other))
            if not lost and not found:
                continue
            if pair := next(alike, None):
                what = changes_in(*pair)
            else:
                what = f"{subject(lost[0])} is missing" if lost else f"{subject(found[0])} is new"
            return what if new.task is None else f"{what}, below line {_line(new)} of the scenario"
        return ""

    def _tasks_that_are_the_same(self) -> Iterator[tuple[int, int]]:
        """Yield the places of each, old and new, but for who is who, which is below no task."""
        return ((n, m) for n, m in self._same if n)

    def _events_before(self, from_old: int, to_old: int, from_new: int, to_new: int) -> float:
        """Return how many events there were before anything in a block could begin."""
        come = [line.task for line, _ in self._new[from_new:to_new]]
        found = [0 if task is None else task.events_before for task in come]
        if to_old > from_old:
            found.append(self._end_of_what_is_before(from_new))
            if any(map(_is_fault, self._was[from_old:to_old])):
                found.append(0)  # it came by itself, whenever that was
        return min(found, default=inf)

    def _end_of_what_is_before(self, place: int) -> int:
        """Return how many events there were when what is not there any more could have begun."""
        before = self._new[place - 1][0].task if place else None
        if before is None or before.path.startswith(f"{FAULTS}["):
            return 0
        at_once = [
            record.events_before
            for record in self._records
            if record.is_group and record.kind != "serial" and _holds(record, before)
        ]
        if at_once:
            return min(at_once)
        if before.is_group or before.events_until is None:
            return before.events_before
        return before.events_until


def _pairs(step: tuple[str, int, int, int, int]) -> Iterator[tuple[int, int]]:
    _, from_old, to_old, from_new, to_new = step
    return zip(range(from_old, to_old), range(from_new, to_new), strict=False)


def _holds(group: TaskRecord, task: TaskRecord) -> bool:
    return f"{task.path}.".startswith(f"{group.path}.")


def _is_fault(title: str) -> bool:
    return title.startswith("fault: ")


def _has_failed(line: Line) -> bool:
    return line.task is not None and not line.task.is_group and line.task.status != PASSED


def _title(text: str) -> str:
    """Return a task's line without what became of it, which nobody writes."""
    return text if is_event(text) else _OUTCOME.sub("", text)


def _line(task: Line) -> str:
    return str(task.task.line) if task.task is not None else "?"
