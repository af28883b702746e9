"""Whom to open a channel with: partner-selection strategies.

A strategy orders the candidates; the plan takes as many from the front as it needs.
"""

from collections.abc import Callable, Sequence
from random import Random

from simulator.topology.graph import PeerGraph
from simulator.units import Address

Strategy = Callable[[Sequence[Address], Random, PeerGraph], list[Address]]
"""Orders candidates, which come sorted by address, with the help of the node's own stream and of
what everybody can see: the peer graph."""


def random(candidates: Sequence[Address], rng: Random, _: PeerGraph) -> list[Address]:
    """Return the candidates in uniformly random order."""
    return rng.sample(candidates, len(candidates))


def highest_degree(candidates: Sequence[Address], rng: Random, graph: PeerGraph) -> list[Address]:
    """Return those with the most open channels first, equals in random order: hubs grow."""
    return sorted(random(candidates, rng, graph), key=graph.degree, reverse=True)


def lowest_degree(candidates: Sequence[Address], rng: Random, graph: PeerGraph) -> list[Address]:
    """Return those with the fewest open channels first, equals in random order: it evens out."""
    return sorted(random(candidates, rng, graph), key=graph.degree)


STRATEGIES: dict[str, Strategy] = {
    "random": random,
    "highest_degree": highest_degree,
    "lowest_degree": lowest_degree,
}
"""All strategies by the names that scenario files and the Python API use."""
