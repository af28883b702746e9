"""Whom to open a channel with, as a pathfinding service would suggest it."""

from collections.abc import Callable
from dataclasses import dataclass

from simulator.topology.graph import PeerGraph
from simulator.words.units import Address


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A node that others may open a channel with.

    Attributes:
        centrality: the part of the others that it has a channel with, 0 to 1.
        uptime: for how many seconds it has been online.
        capacity: what its channels hold, in the token's smallest unit.
    """

    address: Address
    centrality: float
    uptime: float
    capacity: int

    @property
    def score(self) -> float:
        """How good it is."""
        return self.centrality * self.uptime * self.capacity


def suggest(graph: PeerGraph, uptime: Callable[[Address], float], most: int) -> list[Suggestion]:
    """Return whom a pathfinding service suggests, best first; of equal ones the lower address.

    Who is offline or has left is nobody to open a channel with.

    Args:
        graph: the token network.
        uptime: for how many seconds a node has been online.
        most: how many at most.
    """
    peers = list(graph.peers)
    capacities = dict.fromkeys(peers, 0)
    for edge in graph.open_channels():
        for end in (edge.one, edge.other):
            if end in capacities:
                capacities[end] += edge.capacity
    others = max(1, len(peers) - 1)
    found = [
        Suggestion(peer, min(1.0, graph.degree(peer) / others), uptime(peer), capacities[peer])
        for peer in peers
    ]
    return sorted(found, key=lambda one: (-one.score, one.address))[:most]
