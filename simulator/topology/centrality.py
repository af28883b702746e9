"""Who lies on how many shortest ways: betweenness, exact or from some of the nodes."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from importlib.util import find_spec
from random import Random
from typing import Any

import networkx as nx

from simulator.topology import sparse
from simulator.topology.adjacency import Adjacency

FEW = 300
"""So many nodes that plain Python is as quick as loading a library."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What some sources tell of betweenness.

    Attributes:
        values: for each node, unbiased.
        standard_errors: for each node, in the unit of the values.
    """

    values: dict[Any, float]
    standard_errors: dict[Any, float]


def betweenness(graph: "nx.Graph[Any]") -> dict[Any, float]:
    """Return for each node which share of shortest ways between two others leads over it, 0 to 1.

    Of several shortest ways between a pair, each counts as its part of one (Freeman, 1977;
    computed as by Brandes, 2001). Pairs without a way count as 0, as do graphs of fewer than
    three nodes. With scipy (the extra `study`) it is some ten times as quick; results agree to
    ten digits.
    """
    adjacency = Adjacency.of(graph)
    sums, _ = _dependencies(adjacency, range(len(adjacency)))
    scale = _pairs(len(adjacency))
    return {node: value / scale for node, value in zip(adjacency.nodes, sums, strict=True)}


def estimated_betweenness(graph: "nx.Graph[Any]", pivots: int, stream: Random) -> Estimate:
    """Return `betweenness` from the shortest ways of some nodes only, drawn without replacement.

    Brandes and Pich (2007). With as many pivots as nodes it is exact, and errors are 0.

    Args:
        graph: any.
        pivots: from how many nodes ways are followed, from 2; at most all.
        stream: draws them.
    """
    adjacency = Adjacency.of(graph)
    count = len(adjacency)
    pivots = min(pivots, count)
    sources = sorted(stream.sample(range(count), pivots))
    sums, squares = _dependencies(adjacency, sources)
    scale, missing = _pairs(count), 1 - pivots / max(count, 1)
    values, errors = {}, {}
    for node, total, square in zip(adjacency.nodes, sums, squares, strict=True):
        values[node] = total / pivots * count / scale
        spread = max(square - total * total / pivots, 0.0) / max(pivots - 1, 1)
        errors[node] = (spread / pivots * missing) ** 0.5 * count / scale
    return Estimate(values, errors)


def central_point_dominance(graph: "nx.Graph[Any]") -> Fraction | None:
    """Return how far the most central node stands above the others: 0 for a ring, 1 for a star.

    The mean, over all other nodes, of how much less betweenness they have than the one that has
    most (Freeman, 1977). None for fewer than three nodes.
    """
    if len(graph) < 3:
        return None
    shares = betweenness_shares(graph)
    largest = max(shares)
    return sum((largest - share for share in shares), Fraction(0)) / (len(graph) - 1)


def _pairs(count: int) -> int:
    """Return how many ordered pairs of others there are for a node; each way is seen from both."""
    return max((count - 1) * (count - 2), 1)


def _dependencies(
    adjacency: Adjacency, sources: Sequence[int]
) -> tuple[Sequence[float], Sequence[float]]:
    """Return the sum of each node's dependencies over sources, and of their squares."""
    if len(adjacency) > FEW and find_spec("scipy"):
        found = sparse.dependencies(adjacency, sources)
        if found is not None:
            return found
    return _plain_dependencies(adjacency, sources)


def plain_betweenness(adjacency: Adjacency) -> list[float]:
    """Return `betweenness` by number, computed the same way on every machine."""
    sums, _ = _plain_dependencies(adjacency, range(len(adjacency)))
    scale = _pairs(len(adjacency))
    return [value / scale for value in sums]


def _plain_dependencies(
    adjacency: Adjacency, sources: Sequence[int]
) -> tuple[list[float], list[float]]:
    sums, squares = [0.0] * len(adjacency), [0.0] * len(adjacency)
    for source in sources:
        for node, value in _dependencies_of(adjacency.neighbours, source):
            sums[node] += value
            squares[node] += value * value
    return sums, squares


def _dependencies_of(neighbours: list[list[int]], source: int) -> list[tuple[int, float]]:
    """Return how much each node lies between a source and all others (Brandes' dependency)."""
    distances = [-1] * len(neighbours)
    ways = [0] * len(neighbours)  # integers: there can be more than a float can count
    distances[source], ways[source] = 0, 1
    order = [source]
    for node in order:  # it grows meanwhile
        following = distances[node] + 1
        for other in neighbours[node]:
            if distances[other] < 0:
                distances[other] = following
                order.append(other)
            if distances[other] == following:
                ways[other] += ways[node]
    found = [0.0] * len(neighbours)
    for node in reversed(order):
        before, share = distances[node] - 1, 1.0 + found[node]
        for other in neighbours[node]:
            if distances[other] == before:
                found[other] += ways[other] / ways[node] * share
    return [(node, found[node]) for node in order[1:]]


def to_nine_digits(value: float) -> Fraction:
    """Return a value to nine digits, so that those are equal that only rounding tells apart."""
    return Fraction(f"{value:.9g}")


def betweenness_shares(graph: "nx.Graph[Any]") -> list[Fraction]:
    """Return each node's betweenness to nine digits, in the order of nodes."""
    return [to_nine_digits(value) for value in betweenness(graph).values()]
