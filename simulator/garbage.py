"""Python's search for cyclic garbage, while very many objects are there to stay."""

import gc
import weakref
from collections.abc import Iterator
from contextlib import contextmanager

YOUNG_OBJECTS = 1_000_000
"""New objects between two searches; Python's own 700 suit small heaps.

What a run throws away has no cycles (but for calls that fail): nothing piles up meanwhile.
"""

MANY_NODES = 10_000
"""A world of so many keeps the search rare for as long as it lives.

Python looks through everything each time that a quarter more is there, five times the final size
in all. That took 15 % of the time in which 100,000 nodes join in waves.
"""


class _Reasons:
    """Counts why the search is rare, and remembers how it was before."""

    def __init__(self) -> None:
        self._count = 0
        self._before = gc.get_threshold()

    def add(self) -> None:
        if self._count == 0:
            self._before = gc.get_threshold()
            if self._before[0]:  # else somebody has switched it off
                gc.set_threshold(max(self._before[0], YOUNG_OBJECTS), *self._before[1:])
        self._count += 1

    def remove(self) -> None:
        self._count -= 1
        if self._count == 0:
            gc.set_threshold(*self._before)


_reasons = _Reasons()


@contextmanager
def collecting_rarely() -> Iterator[None]:
    """Search for cyclic garbage less often; afterwards as often as before."""
    _reasons.add()
    try:
        yield
    finally:
        _reasons.remove()


def collect_rarely_with(world: object, nodes: int) -> None:
    """Search less often while a world lives, if it has many nodes.

    What earlier worlds have left is collected first: two of them might not fit into the memory.
    """
    if nodes >= MANY_NODES:
        gc.collect()
        _reasons.add()
        weakref.finalize(world, _reasons.remove).atexit = False
