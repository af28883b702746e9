"""What is left of a network when nodes go, at random or the most important ones first."""

from collections.abc import Hashable, Sequence
from fractions import Fraction
from heapq import heapify, heappop, heappush
from random import Random
from typing import Any

import networkx as nx

from simulator.topology.inequality import Curve


def giant(graph: "nx.Graph[Any]") -> Fraction:
    """Return the share of nodes that are in the largest part; 0 for an empty graph."""
    if len(graph) == 0:
        return Fraction(0)
    return Fraction(max(map(len, nx.connected_components(graph))), len(graph))


def random_order(graph: "nx.Graph[Any]", stream: Random) -> list[Any]:
    """Return all nodes, shuffled: failures that hit anybody."""
    nodes = list(graph)
    stream.shuffle(nodes)
    return nodes


def degree_order(graph: "nx.Graph[Any]", stream: Random) -> list[Any]:
    """Return all nodes, those with most channels first, equals drawn: an attack.

    Degrees are those of the whole graph, before anybody goes.
    """
    return sorted(random_order(graph, stream), key=graph.degree, reverse=True)


def adaptive_degree_order(graph: "nx.Graph[Any]", stream: Random) -> list[Any]:
    """Return all nodes, next always one that has most channels with those left; equals drawn."""
    ranks = {node: rank for rank, node in enumerate(random_order(graph, stream))}
    degrees = dict(graph.degree())
    waiting = [(-degree, ranks[node], node) for node, degree in degrees.items()]
    heapify(waiting)
    order: list[Any] = []
    while waiting:
        degree, _, node = heappop(waiting)
        if degrees.get(node) != -degree:  # it has lost channels since
            continue
        order.append(node)
        del degrees[node]
        for other in graph[node]:
            if other in degrees:
                degrees[other] -= 1
                heappush(waiting, (-degrees[other], ranks[other], other))
    return order


def giant_sizes(graph: "nx.Graph[Any]", order: Sequence[Hashable]) -> list[int]:
    """Return how many nodes the largest part has after 0, 1, 2… have gone, to the last one.

    Seen backwards: nodes come back one by one, and parts only grow together.

    Args:
        graph: before anybody goes.
        order: all its nodes, whoever goes first in front.
    """
    parents: dict[Hashable, Hashable] = {}
    sizes: dict[Hashable, int] = {}

    def root(node: Hashable) -> Hashable:
        while parents[node] != node:
            parents[node] = parents[parents[node]]
            node = parents[node]
        return node

    largest, found = 0, [0]
    for node in reversed(order):
        parents[node], sizes[node] = node, 1
        for other in graph[node]:
            if other in parents:
                small, large = sorted((root(node), root(other)), key=sizes.__getitem__)
                if small != large:
                    parents[small] = large
                    sizes[large] += sizes[small]
        largest = max(largest, sizes[root(node)])
        found.append(largest)
    return found[::-1]


def removal_curve(sizes: Sequence[int]) -> Curve:
    """Return the share of those left that is in the largest part, by the share that has gone.

    From nobody gone to all but one.

    Args:
        sizes: of `giant_sizes`.
    """
    count = len(sizes) - 1
    return [
        (Fraction(gone, count), Fraction(size, count - gone))
        for gone, size in enumerate(sizes[:-1])
    ]


def robustness(sizes: Sequence[int]) -> Fraction:
    """Return the area under the sizes of the largest part, as shares of all nodes: 0 to 1/2.

    The robustness R of Schneider and others (2011): the mean, after 1, 2… and all nodes have
    gone, of the largest part's share of the nodes that there were. (N - 1) / 2N for a complete
    graph, 0 for one without nodes.

    Args:
        sizes: of `giant_sizes`.
    """
    count = len(sizes) - 1
    return Fraction(sum(sizes[1:]), count * count) if count else Fraction(0)


def giant_without(graph: "nx.Graph[Any]", order: Sequence[Hashable], share: Fraction) -> Fraction:
    """Return the share of those left that is in the largest part once the first ones have gone.

    Args:
        graph: before anybody goes.
        order: all its nodes, whoever goes first in front.
        share: how many go, from 0 to below 1, rounded down to whole nodes.
    """
    left = set(order[int(share * len(order)) :])
    return giant(graph.subgraph(left))


def articulation_points(graph: "nx.Graph[Any]") -> int:
    """Return how many nodes are the only link between others: without one, its part falls apart."""
    return sum(1 for _ in nx.articulation_points(graph))


def core_numbers(graph: "nx.Graph[Any]") -> dict[Any, int]:
    """Return for each node the largest k for which it is in the k-core (Seidman, 1983).

    The k-core is the largest set of nodes of whom each has channels with k others of it.
    """
    numbers: dict[Any, int] = nx.core_number(graph)
    return numbers
