"""Tells which lines stand below another task by now, since an edit has put one beside theirs.

What a node does by itself stands below what it has last learnt. Where two tasks tell it something
in one instant, one task more may be the last of them.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from simulator.reports.golden_lines import Line

Below = tuple[Line, list[str]]
"""A task with the lines below it."""

_ACTOR = re.compile(r"\bnode \d+")
_ABOUT = re.compile(r"\b(?:name (\w+)|(channel [\d#-]+))")
_TRANSACTION = "  Transaction"


@dataclass(frozen=True, slots=True)
class Move:
    """Lines that stand below another task.

    Attributes:
        lines: they, in order.
        source: below which task of the golden they are, by its place there.
        target: below which of the run.
        before: the numbers of the lines in the golden, from 0, without its head.
        after: their numbers in the run.
    """

    lines: tuple[str, ...]
    source: int
    target: int
    before: frozenset[int] = field(repr=False)
    after: frozenset[int] = field(repr=False)

    def __str__(self) -> str:
        """Return how many they are, of whom and about what."""
        actors = dict.fromkeys(found[0] for line in self.lines if (found := _ACTOR.search(line)))
        about = dict.fromkeys("".join(one) for line in self.lines for one in _ABOUT.findall(line))
        count = f"{len(self.lines)} line{'' if len(self.lines) == 1 else 's'}"
        of = f" of {', '.join(actors)}" if actors else ""
        return f"{count}{of} ({', '.join(about)})" if about else f"{count}{of}"


def moves(
    old: Sequence[Below], new: Sequence[Below], same: Collection[tuple[int, int]]
) -> Iterator[Move]:
    """Yield the lines that stand below another task.

    A transaction alone may be any other one of its name: it moves with what it has done.

    Args:
        old: the golden's tasks, with the lines below them.
        new: the run's.
        same: the places of those that are the same task, old and new.
    """
    if not any(old[n][1] != new[m][1] for n, m in same):
        return
    partner, other = dict(same), {m: n for n, m in same}
    lost = {
        n: Counter(lines) - Counter(new[partner[n]][1] if n in partner else ())
        for n, (_, lines) in enumerate(old)
    }
    come = {
        m: Counter(lines) - Counter(old[other[m]][1] if m in other else ())
        for m, (_, lines) in enumerate(new)
    }
    first_old, first_new = _beginnings(old), _beginnings(new)
    for n in _those_with_lines(lost):
        for m in _those_with_lines(come):
            if n not in partner and m not in other:
                continue  # which were edited both
            moved = lost[n] & come[m]
            if all(line.startswith(_TRANSACTION) for line in moved):
                continue
            lost[n] -= moved
            come[m] -= moved
            places = _places(old[n][1], moved)
            lines = tuple(old[n][1][place] for place in places)
            yield Move(
                lines,
                n,
                m,
                frozenset(first_old[n] + place for place in places),
                frozenset(first_new[m] + place for place in _places(new[m][1], moved, lines)),
            )


def without(tasks: Sequence[Below], moved: Collection[int]) -> list[Below]:
    """Return tasks without the lines of some numbers below them."""
    return [
        (task, [line for number, line in enumerate(lines, start) if number not in moved])
        for (task, lines), start in zip(tasks, _beginnings(tasks), strict=True)
    ]


def _those_with_lines(found: Mapping[int, Counter[str]]) -> list[int]:
    return [place for place, lines in found.items() if lines]


def _beginnings(tasks: Sequence[Below]) -> list[int]:
    """Return the number of the first line below each task; who is who is below no line."""
    sizes = (len(lines) + 1 for _, lines in tasks)
    return [0, *list(accumulate(sizes))[:-1]]


def _places(lines: Sequence[str], moved: Counter[str], in_a_row: tuple[str, ...] = ()) -> list[int]:
    """Return where moved lines are: in a row if they are, else the last that are like them."""
    size = moved.total()
    for start in range(len(lines) - size, -1, -1):
        row = tuple(lines[start : start + size])
        if row == in_a_row or (not in_a_row and Counter(row) == moved):
            return list(range(start, start + size))
    left, found = moved.copy(), list[int]()
    for place in range(len(lines) - 1, -1, -1):
        if left[lines[place]]:
            left[lines[place]] -= 1
            found.append(place)
    return found[::-1]
