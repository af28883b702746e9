"""Who has channels with whom: triangles, and whether hubs have them with hubs. Exact."""

from fractions import Fraction
from typing import Any

import networkx as nx


def transitivity(graph: "nx.Graph[Any]") -> Fraction:
    """Return which share of two channels at one node belongs to a triangle, from 0 to 1.

    Three times the triangles, divided by the pairs of channels that share a node; 0 without such.
    """
    by_node: Any = nx.triangles(graph)
    pairs = sum(degree * (degree - 1) // 2 for _, degree in graph.degree())
    return Fraction(sum(by_node.values()), pairs) if pairs else Fraction(0)


def assortativity(graph: "nx.Graph[Any]") -> Fraction | None:
    """Return how alike the degrees at both ends of a channel are, from -1 to 1.

    Pearson's coefficient over all channels, seen from both ends (Newman, 2002): below 0, hubs have
    channels with the many. None where all ends have the same degree.
    """
    degrees = dict(graph.degree())
    first, second, third = (
        sum(degree**power for degree in degrees.values()) for power in (1, 2, 3)
    )
    products = 2 * sum(degrees[one] * degrees[other] for one, other in graph.edges())
    variance = first * third - second**2
    return Fraction(first * products - second**2, variance) if variance else None
