"""Python's search for cyclic garbage, while very many objects are there to stay."""

import gc
import weakref
from collections.abc import Iterator
from contextlib import contextmanager

YOUNG_OBJECTS = 1_000_000
"""New objects between two searches; Python's own 700 suit small heaps.

What a run throws away has no cycles (but for calls that fail): nothing piles up meanwhile.
"""

MANY_NODES = 1_000
"""A world of so many keeps the search rare for as long as it lives.

Python looks through everything each time that a quarter more is there, five times the final size
in all. That took 15 % of the time in which 100,000 nodes join in waves. And where one call after
the other lets time pass, each would be followed by a search of all that is new.
"""

VERY_MANY_NODES = 10_000
"""What earlier worlds have left is collected before one of so many: both might not fit into the
memory, and before smaller ones that would take as long as making them."""

OBJECTS_OF_A_NODE = 200
"""More than a node has at any time, its calls in progress included."""


class _Reasons:
    """Knows how rare the search is to be, and remembers how it was before."""

    def __init__(self) -> None:
        self._wanted: list[int] = []
        self._before = gc.get_threshold()

    def add(self, young_objects: int) -> None:
        if not self._wanted:
            self._before = gc.get_threshold()
        self._wanted.append(young_objects)
        self._apply()

    def remove(self, young_objects: int) -> None:
        self._wanted.remove(young_objects)
        self._apply()

    def _apply(self) -> None:
        if self._before[0]:  # else somebody has switched it off
            gc.set_threshold(max(self._before[0], *self._wanted, 0), *self._before[1:])


_reasons = _Reasons()


@contextmanager
def collecting_rarely() -> Iterator[None]:
    """Search for cyclic garbage less often; afterwards as often as before."""
    _reasons.add(YOUNG_OBJECTS)
    try:
        yield
    finally:
        _reasons.remove(YOUNG_OBJECTS)


def collect_rarely_with(world: object, nodes: int) -> None:
    """Search less often while a world lives, if it has many nodes."""
    if nodes >= VERY_MANY_NODES:
        gc.collect()
    if nodes >= MANY_NODES:
        young_objects = OBJECTS_OF_A_NODE * nodes
        _reasons.add(young_objects)
        weakref.finalize(world, _reasons.remove, young_objects).atexit = False
