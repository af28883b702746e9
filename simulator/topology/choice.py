"""What a strategy decides about."""

from collections.abc import Callable, Container, Iterable, Iterator
from random import Random

from msgspec import Struct

from simulator.topology.graph import PeerGraph
from simulator.words.units import Address


class PartnerChoice(Struct, frozen=True, gc=False):
    """What a strategy decides about.

    Attributes:
        graph: what is known of the token network.
        node: who chooses.
        opening: those with whom an opening of the node is pending.
        stream: the node's own source of randomness.
    """

    graph: PeerGraph
    node: Address
    opening: Container[Address]
    stream: Random

    def possible(self, order: Iterable[Address]) -> Iterator[Address]:
        """Pass over those in `order` with whom the node can't open a channel."""
        for peer in self.graph.candidates(self.node, order):
            if peer not in self.opening:
                yield peer


Strategy = Callable[[PartnerChoice], Iterator[Address]]
"""Puts the peers in order. Those who can't be partners are passed over later."""
