"""Who is there to open a channel with: a set that grows to any size and is drawn from in bits.

Drawing a few of very many takes as long as drawing a few of a few: nobody sorts, shuffles or even
looks at all of them.
"""

from collections.abc import Callable, Iterator, Sequence
from random import Random

from sortedcontainers import SortedDict, SortedList

from simulator.words.units import Address


class Peers:
    """Nodes that take part, are online and are not leaving.

    Args:
        degree: tells how many open channels a node has.
    """

    def __init__(self, degree: Callable[[Address], int]) -> None:
        self._degree = degree
        self._members: set[Address] = set()
        self._all: SortedList[Address] = SortedList()
        self._by_degree: SortedDict[int, SortedList[Address]] | None = None
        self._degrees: dict[Address, int] = {}

    def __contains__(self, node: Address) -> bool:
        """Tell whether a node is one of them."""
        return node in self._members

    def __iter__(self) -> Iterator[Address]:
        """Go through all of them, sorted by address."""
        return iter(self._all)

    def add(self, node: Address) -> None:
        """Let a node be one of them, who was not."""
        self._members.add(node)
        self._all.add(node)
        if self._by_degree is not None:
            self._put(node)

    def discard(self, node: Address) -> None:
        """Let a node be none of them."""
        if node not in self._members:
            return
        self._members.remove(node)
        self._all.remove(node)
        if self._by_degree is not None:
            self._take(node)

    def update(self, node: Address) -> None:
        """Take in that the degree of a node has changed."""
        if self._by_degree is not None and node in self._degrees:
            self._take(node)
            self._put(node)

    def in_random_order(self, stream: Random) -> Iterator[Address]:
        """Draw one after the other, each time uniformly from those that are left."""
        return _shuffled(self._all, stream)

    def in_order_of_degree(self, stream: Random, *, highest_first: bool) -> Iterator[Address]:
        """Draw those with the most, or the fewest, open channels first; equals at random."""
        by_degree = self._kept_by_degree()
        degrees = reversed(by_degree) if highest_first else iter(by_degree)
        for degree in degrees:
            yield from _shuffled(by_degree[degree], stream)

    def in_order_of_chance(self, stream: Random) -> Iterator[Address]:
        """Draw one after the other, as likely as it has channels; those without come last."""
        by_degree = self._kept_by_degree()
        left = {degree: len(nodes) for degree, nodes in by_degree.items() if degree}
        orders = {degree: _shuffled(nodes, stream) for degree, nodes in by_degree.items()}
        while channels := sum(degree * count for degree, count in left.items()):
            drawn = stream.randrange(channels)
            for degree, count in left.items():
                drawn -= degree * count
                if drawn < 0:
                    left[degree] -= 1
                    yield next(orders[degree])
                    break
        yield from orders.get(0, ())

    def _kept_by_degree(self) -> "SortedDict[int, SortedList[Address]]":
        if self._by_degree is None:  # kept from the first time on
            self._by_degree = SortedDict()
            for node in self._all:
                self._put(node)
        return self._by_degree

    def _put(self, node: Address) -> None:
        assert self._by_degree is not None  # noqa: S101 - only called where it is kept
        degree = self._degree(node)
        self._degrees[node] = degree
        self._by_degree.setdefault(degree, SortedList()).add(node)

    def _take(self, node: Address) -> None:
        assert self._by_degree is not None  # noqa: S101 - only called where it is kept
        degree = self._degrees.pop(node, None)
        if degree is not None:
            nodes = self._by_degree[degree]
            nodes.remove(node)
            if not nodes:
                del self._by_degree[degree]


def _shuffled(nodes: Sequence[Address], stream: Random) -> Iterator[Address]:
    """Shuffle lazily (Fisher and Yates), remembering only the positions that have moved."""
    moved: dict[int, int] = {}
    count = len(nodes)
    for position in range(count):
        drawn = stream.randrange(position, count)
        yield nodes[moved.get(drawn, drawn)]
        moved[drawn] = moved.pop(position, position)
