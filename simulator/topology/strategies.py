"""Whom to open a channel with: partner-selection strategies.

A strategy puts the peers into an order; the plan takes as many from the front as it needs.
"""

from collections.abc import Callable, Iterator
from random import Random

from simulator.topology.peers import Peers
from simulator.units import Address

Strategy = Callable[[Peers, Random], Iterator[Address]]
"""Orders what everybody can see, the peers, with the help of the node's own stream. Those who can't
be partners are passed over later."""


def random(peers: Peers, stream: Random) -> Iterator[Address]:
    """Return the peers in uniformly random order."""
    return peers.in_random_order(stream)


def highest_degree(peers: Peers, stream: Random) -> Iterator[Address]:
    """Return those with the most open channels first, equals in random order: hubs grow."""
    return peers.in_order_of_degree(stream, highest_first=True)


def lowest_degree(peers: Peers, stream: Random) -> Iterator[Address]:
    """Return those with the fewest open channels first, equals in random order: it evens out."""
    return peers.in_order_of_degree(stream, highest_first=False)


STRATEGIES: dict[str, Strategy] = {
    "random": random,
    "highest_degree": highest_degree,
    "lowest_degree": lowest_degree,
}
"""All strategies by the names that scenario files and the Python API use."""
