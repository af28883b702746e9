"""How far nodes are from each other, and who lies between them."""

from fractions import Fraction
from typing import Any

import networkx as nx

from simulator.topology.adjacency import Adjacency

SOURCES_AT_ONCE = 8_192
"""How many sources are followed together: bounds memory to a KiB for each node."""


def path_lengths(graph: "nx.Graph[Any]") -> dict[int, int]:
    """Return how many pairs of nodes are at each distance from 1, shortest first.

    Pairs without a way between them are left out.
    """
    adjacency = Adjacency.of(graph)
    counts: dict[int, int] = {}
    for first in range(0, len(adjacency), SOURCES_AT_ONCE):
        _count_from(adjacency, range(first, min(first + SOURCES_AT_ONCE, len(adjacency))), counts)
    return {distance: counts[distance] // 2 for distance in sorted(counts)}


def _count_from(adjacency: Adjacency, sources: range, counts: dict[int, int]) -> None:
    """Count pairs by distance: all sources go one channel further at the same time.

    Bit by bit, a node's number tells which sources have come to it; a processor takes 64 of them
    in one step, which is why this needs no faster library.
    """
    come = [0] * len(adjacency)
    for bit, source in enumerate(sources):
        come[source] = 1 << bit
    everyone = (1 << len(sources)) - 1
    new = dict(enumerate(come))
    distance = 0
    while new := _spread(adjacency, come, {n: bits for n, bits in new.items() if bits}, everyone):
        distance += 1
        found = sum(bits.bit_count() for bits in new.values())
        counts[distance] = counts.get(distance, 0) + found


def _spread(
    adjacency: Adjacency, come: list[int], moving: dict[int, int], everyone: int
) -> dict[int, int]:
    arriving: dict[int, int] = {}
    for node, bits in moving.items():
        for other in adjacency.neighbours[node]:
            if come[other] != everyone:
                arriving[other] = arriving.get(other, 0) | bits
    new = {node: bits & ~come[node] for node, bits in arriving.items()}
    new = {node: bits for node, bits in new.items() if bits}
    for node, bits in new.items():
        come[node] |= bits
    return new


def mean_path_length(graph: "nx.Graph[Any]") -> Fraction | None:
    """Return the mean of the shortest ways, in channels, over all pairs that have one.

    None where no pair has one.
    """
    counts = path_lengths(graph)
    pairs = sum(counts.values())
    total = sum(distance * count for distance, count in counts.items())
    return Fraction(total, pairs) if pairs else None


def longest_path(graph: "nx.Graph[Any]") -> int | None:
    """Return the longest of the shortest ways, in channels, over all pairs that have one.

    For a connected graph that is its diameter. None where no pair has one.
    """
    return max(path_lengths(graph), default=None)
