"""How nodes of the older generations find ways by themselves: they don't know what others have.

Over each partner the shortest way to the target is meant, and of several that are equally short the
one with the smallest sequence of node numbers.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping

from msgspec import Struct

from simulator.words.units import Address

Neighbours = Callable[[Address], Iterable[Address]]
"""Tells who has a channel with somebody that may be used."""


class ShortestWays:
    """The shortest ways to a target, as far from it as anybody asks.

    Args:
        neighbours: who has channels with whom.
        target: where they end.
        numbers: the nodes' numbers; other accounts come behind them, by address.
    """

    def __init__(
        self, neighbours: Neighbours, target: Address, numbers: Mapping[Address, int]
    ) -> None:
        self._neighbours = neighbours
        self._numbers = numbers
        self._rings: list[set[Address]] = [{target}]
        self._seen = {target}

    def nearest_first(self, nodes: Iterable[Address]) -> Iterator[tuple[int, list[Address]]]:
        """Yield how far away some of the nodes are, and which, the nearest first.

        Rings around the target are made as they are needed, and never one in which a node itself
        is: its neighbours tell. Mostly a way is found in a small part of the network.
        """
        left, hops = list(nodes), 0
        near = [node for node in left if node in self._rings[0]]
        while near or (left and self._ring(hops)):
            if near:
                yield hops, near
                left = [node for node in left if node not in near]
            ring = self._ring(hops)
            near = [node for node in left if not ring.isdisjoint(self._neighbours(node))]
            hops += 1

    def _ring(self, hops: int) -> set[Address]:
        """Return who is so far away from the target."""
        while len(self._rings) <= hops:
            last = self._rings[-1]
            ring = set[Address]().union(*map(self._neighbours, last)) - self._seen
            self._seen |= ring
            self._rings.append(ring)
        return self._rings[hops]

    def path_from(self, node: Address, hops: int) -> tuple[Address, ...]:
        """Return the nodes from one that is so far away, itself included, to the target."""
        path = [node]
        for left in range(hops - 1, -1, -1):
            nearer = self._ring(left).intersection(self._neighbours(path[-1]))
            path.append(min(nearer, key=self._order))
        return tuple(path)

    def _order(self, node: Address) -> tuple[int, Address]:
        return self._numbers.get(node, len(self._numbers)), node


class Candidate(Struct, frozen=True):
    """A partner over whom a payment might go.

    Attributes:
        nonrefundable: whether the partner could not send the amount back.
        partner: who.
        channel: the channel's identifier.
    """

    nonrefundable: bool
    partner: Address
    channel: int

    @property
    def order(self) -> tuple[bool, Address, int]:
        """Of those that are equally far from the target, what comes first is tried first."""
        return self.nonrefundable, self.partner, self.channel


def own_ways(ways: ShortestWays, candidates: Iterable[Candidate]) -> Iterator[tuple[Address, ...]]:
    """Yield the shortest way from each candidate to the target, best first."""
    by_partner = {candidate.partner: candidate for candidate in candidates}
    for hops, partners in ways.nearest_first(by_partner):
        for candidate in sorted((by_partner[one] for one in partners), key=lambda one: one.order):
            yield ways.path_from(candidate.partner, hops)
