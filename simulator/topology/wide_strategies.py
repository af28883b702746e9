"""Strategies that look at the whole graph: what they have found there they remember for a while.

Each choice of theirs takes as long as there are peers, so they are for up to some ten thousand
nodes; the others look at a few of very many.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from simulator.topology.adjacency import Adjacency
from simulator.topology.centrality import plain_betweenness, to_nine_digits
from simulator.topology.choice import PartnerChoice, Strategy
from simulator.topology.graph import PeerGraph
from simulator.words.units import Address


def far(choice: PartnerChoice) -> Iterator[Address]:
    """Return those first who are the most channels away, equals in random order.

    Whoever can't be reached is farther than anybody else. A node without channels takes a random
    peer first, and is as far from the others as that one.
    """
    order = list(choice.graph.peers.in_random_order(choice.stream))
    centre = choice.node
    if not any(choice.graph.partners(centre)):
        centre = next(choice.possible(order), centre)
        yield from (peer for peer in order if peer == centre)
    distances: dict[Address, int] = {}
    _approach(choice.graph, distances, centre, 0)
    beyond = len(order) + len(distances)
    order.sort(key=lambda peer: -distances.get(peer, beyond))
    yield from (peer for peer in order if peer != centre)


def k_center(choice: PartnerChoice) -> Iterator[Address]:
    """Return next always who is the most channels away once those before are partners.

    Gonzalez's way to keep the farthest node near. Whoever can't be reached is farther than anybody
    else; equals are drawn, and so is the first partner of a node that has none.
    """
    order = list(choice.graph.peers.in_random_order(choice.stream))
    distances: dict[Address, int] = {}
    _approach(choice.graph, distances, choice.node, 0)
    for peer in order:
        if peer in choice.opening:
            _approach(choice.graph, distances, peer, 1)
    left = list(choice.possible(order))
    beyond = len(order) + len(distances)
    while left:
        farthest = max(left, key=lambda peer: distances.get(peer, beyond))
        yield farthest
        left.remove(farthest)
        _approach(choice.graph, distances, farthest, 1)


def _approach(
    graph: PeerGraph, distances: dict[Address, int], node: Address, distance: int
) -> None:
    """Take in that a node is so near, and so all behind it."""
    if distances.get(node, distance + 1) <= distance:
        return
    distances[node] = distance
    frontier = [node]
    while frontier:
        distance += 1
        following = []
        for one in frontier:
            for other in graph.partners(one):
                if distances.get(other, distance + 1) > distance:
                    distances[other] = distance
                    following.append(other)
        frontier = following


@dataclass(frozen=True)
class Richest:
    """Those first who have deposited most in their open channels, equals in random order.

    Attributes:
        every_joins: after how many joins deposits are looked at anew; see `PeerGraph.remembered`.
    """

    every_joins: int = 1

    def __repr__(self) -> str:
        return f"richest: {{every_joins: {self.every_joins}}}"

    def __call__(self, choice: PartnerChoice) -> Iterator[Address]:
        """Return the peers in that order."""
        return _by_score(choice, choice.graph.remembered("deposits", self.every_joins, _deposits))


@dataclass(frozen=True)
class Betweenness:
    """Those first over whom the most shortest ways lead, equals in random order.

    Computed in plain Python wherever it runs, so that a history is the same with and without the
    libraries of an extra.

    Attributes:
        every_joins: after how many joins it is computed anew; see `PeerGraph.remembered`.
    """

    every_joins: int = 100

    def __repr__(self) -> str:
        return f"betweenness: {{every_joins: {self.every_joins}}}"

    def __call__(self, choice: PartnerChoice) -> Iterator[Address]:
        """Return the peers in that order."""
        return _by_score(
            choice, choice.graph.remembered("betweenness", self.every_joins, _betweenness)
        )


@dataclass(frozen=True)
class Mixture:
    """Each partner is one that a strategy names first, which is drawn anew for each.

    Attributes:
        parts: strategies, and how often each is drawn in proportion to the others.
        text: what is written for it.
    """

    parts: tuple[tuple[Strategy, float], ...]
    text: str = field(default="mixture", compare=False)

    def __repr__(self) -> str:
        return self.text

    def __call__(self, choice: PartnerChoice) -> Iterator[Address]:
        """Yield peers, nobody twice."""
        left = [(strategy(choice), weight) for strategy, weight in self.parts]
        seen: set[Address] = set()
        while left:
            (number,) = choice.stream.choices(range(len(left)), [weight for _, weight in left])
            # its first ones who can't be partners must not cost the others their turns
            peer = next((one for one in choice.possible(left[number][0]) if one not in seen), None)
            if peer is None:
                del left[number]
            else:
                seen.add(peer)
                yield peer


def _by_score(choice: PartnerChoice, scores: Mapping[Address, float]) -> Iterator[Address]:
    order = list(choice.graph.peers.in_random_order(choice.stream))
    order.sort(key=lambda peer: -scores.get(peer, 0))
    return iter(order)


def _deposits(graph: PeerGraph) -> dict[Address, float]:
    found: dict[Address, float] = {}
    for edge in graph.open_channels():
        found[edge.one] = found.get(edge.one, 0) + edge.deposit_of_one
        found[edge.other] = found.get(edge.other, 0) + edge.deposit_of_other
    return found


def _betweenness(graph: PeerGraph) -> dict[Address, float]:
    pairs: Iterable[tuple[Address, Address]] = [
        (edge.one, edge.other) for edge in graph.open_channels()
    ]
    nodes = sorted({end for pair in pairs for end in pair})
    values = plain_betweenness(Adjacency(nodes, pairs))
    return {node: float(to_nine_digits(value)) for node, value in zip(nodes, values, strict=True)}
