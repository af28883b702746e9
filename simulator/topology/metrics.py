"""What can be measured in a peer graph: pure functions, exact results.

Ratios are fractions, so that a comparison never depends on rounding. Every function takes any
undirected graph without parallel edges and leaves it as it is. Self-loops are not expected: nobody
has a channel with itself.
"""

import math
from collections.abc import Callable
from fractions import Fraction
from numbers import Integral, Real
from typing import Any

import networkx as nx

from simulator.system import extensions
from simulator.topology.inequality import gini
from simulator.topology.paths import longest_path
from simulator.words.errors import ExtensionFailed
from simulator.words.quoting import shown
from simulator.words.units import exact_fraction

OwnMetric = Callable[["nx.Graph[str]"], "float | Fraction | None"]
"""A metric of a user's: takes a token network's graph and returns a number, or None if there is
no such thing."""


def components(graph: "nx.Graph[Any]") -> int:
    """Return in how many parts the graph falls; 0 for an empty one."""
    return nx.number_connected_components(graph)


def is_connected(graph: "nx.Graph[Any]") -> bool:
    """Tell whether everybody can be reached from everybody; an empty graph is not connected."""
    return len(graph) > 0 and nx.is_connected(graph)


def diameter(graph: "nx.Graph[Any]") -> int | None:
    """Return the longest of the shortest ways between two nodes, in channels.

    None where there is no such thing: the graph is empty or falls into parts.
    """
    if not is_connected(graph):
        return None
    return longest_path(graph) or 0  # of a node alone


def degrees(graph: "nx.Graph[Any]") -> list[int]:
    """Return how many channels each node has, least first."""
    return sorted(degree for _, degree in graph.degree())


def min_degree(graph: "nx.Graph[Any]") -> int:
    """Return the smallest degree; 0 for an empty graph."""
    return min(degrees(graph), default=0)


def max_degree(graph: "nx.Graph[Any]") -> int:
    """Return the largest degree; 0 for an empty graph."""
    return max(degrees(graph), default=0)


def average_clustering(graph: "nx.Graph[Any]") -> Fraction:
    """Return how likely two partners of a node are partners of each other, from 0 to 1.

    That is the mean, over all nodes, of triangles through the node divided by pairs of its
    partners; nodes with fewer than two partners count as 0 (Watts and Strogatz, 1998).
    """
    if len(graph) == 0:
        return Fraction(0)
    total = Fraction(0)
    by_node: Any = nx.triangles(graph)
    for node, triangles in by_node.items():
        degree = graph.degree(node)
        if degree > 1:
            total += Fraction(2 * triangles, degree * (degree - 1))
    return total / len(graph)


def capacity(graph: "nx.Graph[Any]") -> int:
    """Return the sum of all deposits in all channels."""
    return sum(amount for _, _, amount in graph.edges(data="capacity", default=0))


def degree_gini(graph: "nx.Graph[Any]") -> Fraction:
    """Return how unequally channels are spread over nodes; see `inequality.gini`."""
    return gini(degrees(graph))


class Metric:
    """A function of a user's as a metric.

    Args:
        function: what it does.
        name: what it is called; by default as Python calls it.
    """

    def __init__(self, function: OwnMetric, name: str = "") -> None:
        self._function = function
        self.name = name or extensions.name_of(function)

    def __str__(self) -> str:
        return self.name

    def __call__(self, graph: "nx.Graph[str]") -> int | Fraction | None:
        """Return what the function measures, exactly.

        Raises:
            ExtensionFailed: it raises something, or returns no number.
        """
        what = f"{extensions.METRIC.name} {self.name}"
        with extensions.contained(what, extensions.file_of(self._function)):
            value: Any = self._function(graph)
        if value is None or isinstance(value, Fraction):
            return value
        if not isinstance(value, bool):
            if isinstance(value, Integral):
                return int(value)
            if isinstance(value, Real) and math.isfinite(float(value)):
                return exact_fraction(float(value))
        raise ExtensionFailed(what, f"it returned {shown(value)}, not a number")
