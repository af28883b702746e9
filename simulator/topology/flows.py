"""How much can be paid between two nodes if a payment may be split over all ways."""

from fractions import Fraction
from random import Random
from typing import Any

import networkx as nx


def balances(graph: "nx.Graph[Any]") -> "nx.DiGraph[Any]":
    """Return what each end of a channel can send to the other one, as the capacity of an arc.

    That is its deposit, at most what the channel has; payments off the chain are not known here.
    Where deposits are not told, each end can send what the channel has (`capacity`, or 0).
    """
    arcs: nx.DiGraph[Any] = nx.DiGraph()
    arcs.add_nodes_from(graph)
    for one, other, data in graph.edges(data=True):
        capacity = data.get("capacity", 0)
        ends = {
            data.get("participant1", one): "deposit1",
            data.get("participant2", other): "deposit2",
        }
        for end, key in ends.items():
            amount = min(data.get(key, capacity), capacity)
            arcs.add_edge(end, other if end == one else one, capacity=amount)
    return arcs


def max_flow(graph: "nx.Graph[Any]", sender: Any, receiver: Any) -> int:
    """Return how many tokens one node could pay another one, over all ways at once."""
    return _max_flow(balances(graph), sender, receiver)


def _max_flow(arcs: "nx.DiGraph[Any]", sender: Any, receiver: Any) -> int:
    return int(nx.maximum_flow_value(arcs, sender, receiver))


def random_flows(graph: "nx.Graph[Any]", pairs: int, stream: Random) -> list[int]:
    """Return `max_flow` of random pairs of different nodes; none with fewer than two nodes.

    Args:
        graph: with deposits.
        pairs: how many are drawn, each anew.
        stream: draws them.
    """
    nodes, arcs = list(graph), balances(graph)
    if len(nodes) < 2:
        return []
    drawn = [stream.sample(nodes, 2) for _ in range(pairs)]
    return [_max_flow(arcs, sender, receiver) for sender, receiver in drawn]


def mean_max_flow(graph: "nx.Graph[Any]", pairs: int, stream: Random) -> Fraction | None:
    """Return the mean of `random_flows`; None where there are no pairs."""
    found = random_flows(graph, pairs, stream)
    return Fraction(sum(found), len(found)) if found else None
