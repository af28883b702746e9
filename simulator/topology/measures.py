"""What can be measured in a graph, by name: assertions and studies look here."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from random import Random
from typing import Any

import networkx as nx

from simulator.kernel.rng import Rng
from simulator.topology import centrality, flows, inequality, metrics, mixing, paths, robustness
from simulator.topology.inequality import Curve

MeasuredNumber = int | Fraction | None
"""What a graph measures; None: there is no such thing, such as the diameter of one in parts."""

TOP = Fraction(1, 20)
FLOW_PAIRS = 20


@dataclass(frozen=True, slots=True)
class GraphMeasure:
    """A number that is measured in a token network's graph.

    Attributes:
        of: takes the graph.
        description: what it is, with its range.
        whole: whether it is always a whole number.
    """

    of: "Callable[[nx.Graph[Any]], MeasuredNumber]"
    description: str
    whole: bool = False


class CurveShape(StrEnum):
    """What a curve says where it has no point."""

    LINE = "line"
    """Between two points, what is between them."""
    CCDF = "ccdf"
    """What the next point to the right says; nothing is to the right of the last one."""
    COUNTS = "counts"
    """Nothing: there is none of it."""


@dataclass(frozen=True, slots=True)
class GraphCurve:
    """A line that is measured in a token network's graph.

    Attributes:
        of: takes the graph; returns points, from left to right.
        description: what it is.
        across: what is told from left to right.
        up: what is told upwards.
        shape: what is between the points.
    """

    of: "Callable[[nx.Graph[Any]], Curve]"
    description: str
    across: str
    up: str
    shape: CurveShape = CurveShape.LINE


def _drawing(name: str) -> Random:
    """Return the stream of a measure that draws: equal graphs measure the same, everywhere."""
    return Rng(0).stream("measure", name)


def _amounts(graph: "nx.Graph[Any]") -> list[int]:
    return [amount for _, _, amount in graph.edges(data="capacity", default=0)]


def _random_sizes(graph: "nx.Graph[Any]") -> list[int]:
    return robustness.giant_sizes(graph, robustness.random_order(graph, _drawing("random removal")))


def _targeted_order(graph: "nx.Graph[Any]") -> list[Any]:
    return robustness.degree_order(graph, _drawing("targeted removal"))


def _targeted_sizes(graph: "nx.Graph[Any]") -> list[int]:
    return robustness.giant_sizes(graph, _targeted_order(graph))


MEASURES: dict[str, GraphMeasure] = {
    "nodes": GraphMeasure(len, "how many nodes have an open channel", whole=True),
    "channels": GraphMeasure(
        lambda graph: graph.number_of_edges(), "how many channels are open", whole=True
    ),
    "components": GraphMeasure(
        metrics.components, "in how many parts the graph falls", whole=True
    ),
    "giant": GraphMeasure(
        robustness.giant, "the share of nodes that are in the largest part, 0 to 1"
    ),
    "giant_without_hubs": GraphMeasure(
        lambda graph: robustness.giant_without(graph, _targeted_order(graph), TOP),
        "the largest part's share of those left once the 5 % with most channels have gone, 0 to 1",
    ),
    "robustness_random": GraphMeasure(
        lambda graph: robustness.robustness(_random_sizes(graph)),
        "the mean share of nodes in the largest part while nodes go in one random order, 0 to 0.5",
    ),
    "robustness_targeted": GraphMeasure(
        lambda graph: robustness.robustness(_targeted_sizes(graph)),
        "the mean share of nodes in the largest part while those with most channels go first, "
        "0 to 0.5",
    ),
    "diameter": GraphMeasure(
        metrics.diameter,
        "the longest of all shortest ways, in channels; none for a graph in parts",
        whole=True,
    ),
    "longest_path": GraphMeasure(
        paths.longest_path,
        "the longest of all shortest ways that there are, in channels; none without channels",
        whole=True,
    ),
    "mean_path": GraphMeasure(
        paths.mean_path_length,
        "the mean of all shortest ways that there are, in channels; none without channels",
    ),
    "min_degree": GraphMeasure(
        metrics.min_degree, "the fewest channels that a node has", whole=True
    ),
    "mean_degree": GraphMeasure(
        lambda graph: Fraction(2 * graph.number_of_edges(), len(graph)) if len(graph) else None,
        "how many channels a node has on average; none for an empty graph",
    ),
    "max_degree": GraphMeasure(metrics.max_degree, "the most channels that a node has", whole=True),
    "degree_gini": GraphMeasure(
        metrics.degree_gini, "how unequally channels are spread over nodes, 0 to 1"
    ),
    "betweenness_gini": GraphMeasure(
        lambda graph: inequality.gini(centrality.betweenness_shares(graph)),
        "how unequally shortest ways are spread over the nodes between their ends, 0 to 1",
    ),
    "capacity_gini": GraphMeasure(
        lambda graph: inequality.gini(_amounts(graph)),
        "how unequally tokens are spread over channels, 0 to 1",
    ),
    "capacity": GraphMeasure(metrics.capacity, "the sum of all deposits, in tokens", whole=True),
    "mean_max_flow": GraphMeasure(
        lambda graph: flows.mean_max_flow(graph, FLOW_PAIRS, _drawing("flows")),
        "what one node could pay another over all ways at once, in tokens: the mean of 20 random "
        "pairs; none with fewer than two nodes",
    ),
    "average_clustering": GraphMeasure(
        metrics.average_clustering,
        "how likely two partners of a node are partners of each other, 0 to 1",
    ),
    "transitivity": GraphMeasure(
        mixing.transitivity, "the share of two channels at a node that belong to a triangle, 0 to 1"
    ),
    "assortativity": GraphMeasure(
        mixing.assortativity,
        "how alike the degrees of partners are, -1 to 1; none where all have the same",
    ),
    "max_core": GraphMeasure(
        lambda graph: max(robustness.core_numbers(graph).values(), default=0),
        "the largest k for which some nodes have channels with k of themselves",
        whole=True,
    ),
    "articulation_points": GraphMeasure(
        robustness.articulation_points,
        "how many nodes are the only link between others",
        whole=True,
    ),
    "central_point_dominance": GraphMeasure(
        centrality.central_point_dominance,
        "how far the most central node stands above the others, 0 (ring) to 1 (star); none for "
        "fewer than three nodes",
    ),
}  # fmt: skip
"""Numbers, by the names that files and tables use."""

CURVES: dict[str, GraphCurve] = {
    "degree_ccdf": GraphCurve(
        lambda graph: inequality.ccdf(metrics.degrees(graph)),
        "the degrees' distribution", "channels", "share of nodes with so many or more",
        CurveShape.CCDF,
    ),
    "degree_lorenz": GraphCurve(
        lambda graph: inequality.lorenz(metrics.degrees(graph)),
        "how channels are spread", "share of nodes, least first", "share of channels",
    ),
    "betweenness_lorenz": GraphCurve(
        lambda graph: inequality.lorenz(centrality.betweenness_shares(graph)),
        "how betweenness is spread", "share of nodes, least first", "share of betweenness",
    ),
    "capacity_lorenz": GraphCurve(
        lambda graph: inequality.lorenz(_amounts(graph)),
        "how tokens are spread", "share of channels, least first", "share of tokens",
    ),
    "random_removal": GraphCurve(
        lambda graph: robustness.removal_curve(_random_sizes(graph)),
        "what is left when nodes fail", "share of nodes that have gone",
        "largest part's share of those left",
    ),
    "targeted_removal": GraphCurve(
        lambda graph: robustness.removal_curve(_targeted_sizes(graph)),
        "what is left when hubs go first", "share of nodes that have gone",
        "largest part's share of those left",
    ),
    "path_lengths": GraphCurve(
        lambda graph: [(Fraction(n), Fraction(m)) for n, m in paths.path_lengths(graph).items()],
        "how far pairs are from each other", "channels", "pairs of nodes", CurveShape.COUNTS,
    ),
}  # fmt: skip
"""Lines, by the names that figures use."""
