"""One task of several nodes: `from: 0-9`, `nodes: [0, 2, 5]`, `nodes: all`."""

import re
from collections.abc import Sequence

from simulator.scenario.tasks.groups import Parallel
from simulator.scenario.tasks.task import Task
from simulator.words.quoting import shown

ALL = "all"
RANGE = "(0|[1-9][0-9]{0,9})-(0|[1-9][0-9]{0,9})"


def is_several(value: object) -> bool:
    """Tell whether a value may name several nodes."""
    return isinstance(value, list) or (isinstance(value, str) and _is_range(value))


def numbers_of(value: object, count: int) -> list[int]:
    """Return the numbers that a file names: all, a range, or a list of numbers and ranges.

    Args:
        value: what stands in the file.
        count: how many nodes there are.

    Raises:
        ValueError: there are no such nodes, or one is named twice.
    """
    found: list[int] = []
    for entry in value if isinstance(value, list) else [value]:
        found += _range(entry, count)
    if not found:
        raise ValueError("names no node")
    once: set[int] = set()
    for number in found:
        if number in once:
            raise ValueError(f"names node {number} twice")
        once.add(number)
    return found


def _is_range(text: str) -> bool:
    return text == ALL or re.fullmatch(RANGE, text) is not None


def _range(entry: object, count: int) -> Sequence[int]:
    if entry == ALL:
        return range(count)
    ends = re.fullmatch(RANGE, entry) if isinstance(entry, str) else None
    if ends is None and (isinstance(entry, bool) or not isinstance(entry, int)):
        raise ValueError(f"must be nodes' numbers, ranges like 0-9, or all, not {shown(entry)}")
    first, last = (int(ends[1]), int(ends[2])) if ends else (int(str(entry)), int(str(entry)))
    if first > last:
        raise ValueError(f"the range {entry} ends before it begins")
    if not 0 <= first <= last < count:
        missing = last if first < count else first
        raise ValueError(f"there is no node {missing}: nodes are 0 to {count - 1}")
    return range(first, last + 1)


class EachNode(Parallel):
    """A task of several nodes at the same time. It fails if it does for one of them."""

    @property
    def is_assertion(self) -> bool:
        """Whether each of them is one."""
        return all(isinstance(step.task, Task) and step.task.is_assertion for step in self.tasks)
