"""Whom to open a channel with: partner-selection strategies.

A strategy orders the candidates; the plan takes as many from the front as it needs.
"""

from collections.abc import Callable, Sequence
from random import Random

from simulator.units import Address

Strategy = Callable[[Sequence[Address], Random], list[Address]]
"""Orders candidates, which come sorted by address, with the help of the node's own stream."""


def random(candidates: Sequence[Address], rng: Random) -> list[Address]:
    """Return the candidates in uniformly random order."""
    return rng.sample(candidates, len(candidates))
