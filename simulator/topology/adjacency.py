"""A graph as lists of numbers, which algorithms walk through many times."""

from collections.abc import Hashable, Iterable
from typing import Any

import networkx as nx


class Adjacency:
    """Who has a channel with whom, by numbers from 0.

    Args:
        nodes: in the order of which they get their numbers.
        edges: pairs of them, each once.

    Attributes:
        nodes: by number.
        neighbours: the numbers of each node's partners, by number.
    """

    def __init__(
        self, nodes: Iterable[Hashable], edges: Iterable[tuple[Hashable, Hashable]]
    ) -> None:
        self.nodes = list(nodes)
        self.neighbours: list[list[int]] = [[] for _ in self.nodes]
        numbers = {node: number for number, node in enumerate(self.nodes)}
        for one, other in edges:
            self.neighbours[numbers[one]].append(numbers[other])
            self.neighbours[numbers[other]].append(numbers[one])

    @classmethod
    def of(cls, graph: "nx.Graph[Any]") -> "Adjacency":
        """Return a graph of networkx in this form."""
        return cls(graph, graph.edges())

    def __len__(self) -> int:
        """Return how many nodes there are."""
        return len(self.nodes)

    def distances(self, sources: Iterable[int]) -> list[int]:
        """Return how far each node is from the nearest of some, in channels; -1: unreachable."""
        found = [-1] * len(self)
        frontier = list(sources)
        for source in frontier:
            found[source] = 0
        distance = 0
        while frontier:
            distance += 1
            following = []
            for node in frontier:
                for other in self.neighbours[node]:
                    if found[other] < 0:
                        found[other] = distance
                        following.append(other)
            frontier = following
        return found
