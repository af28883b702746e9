"""Python's search for cyclic garbage, while very many objects are there to stay."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

YOUNG_OBJECTS = 1_000_000
"""New objects between two searches; Python's own 700 suit small heaps.

A world of 10,000 nodes has a million objects that live as long as it does. Looking through them
again and again took 40 % of the time of a join, and still 10 % with 100,000. What a run throws away
has no cycles (but for calls that fail), so rare searches let nothing pile up.
"""


@contextmanager
def collecting_rarely() -> Iterator[None]:
    """Search for cyclic garbage less often; afterwards as often as before."""
    before = gc.get_threshold()
    if before[0]:  # else somebody has switched it off
        gc.set_threshold(max(before[0], YOUNG_OBJECTS), *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
