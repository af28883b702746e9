"""What has been published about CLoTH's snapshot of Lightning, measured again in its files.

The files are not part of this package: `python -m benchmarks.published_network channels_ln.csv`
takes them from where they are (`nodes_ln.csv` and `edges_ln.csv` beside it).
"""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import networkx as nx

from simulator.topology import formats
from simulator.topology.files import cloth

JOINS = 1_000
TARGET = 5

PUBLISHED = {
    "nodes": 6006,
    "pairs": 27100,
    "giant component": 5992,
    "mean degree": 9.043,
    "transitivity": 0.0607,
    "clustering": 0.2303,
    "diameter": 7,
    "mean path": 3.1676,
    "assortativity": -0.2973,
    "Gini of degree": 0.7693,
    "articulation points": 338,
}
"""The figures that the files should give."""

AFTER_JOINS = {
    "random": (0.683, 3.286),
    "preferential": (0.735, 3.138),
    "lowest degree": (0.635, 3.364),
    "highest degree": (0.752, 3.002),
}
"""Gini of degree and mean path after the joins, for each way to choose partners."""


def network_in(file: Path) -> "nx.Graph[int]":
    """Return the graph of nodes in the files, those without channels included."""
    nodes = (file.parent / file.name.replace(cloth.CHANNELS, cloth.NODES)).read_text("utf-8")
    graph: nx.Graph[int] = nx.empty_graph(len(nodes.split()) - 1)
    for channel in formats.read(file, "cloth", None).channels:
        assert isinstance(channel.partner, int)
        graph.add_edge(channel.opener, channel.partner)
    return graph


def distances(graph: "nx.Graph[int]") -> tuple[int, float]:
    """Return the diameter and the mean path of a connected graph.

    Who is reached from where is a number of as many bits as nodes, so one step is taken from all
    nodes at once.
    """
    place = {node: number for number, node in enumerate(graph)}
    reached = {node: 1 << number for node, number in place.items()}
    pairs = len(graph) * (len(graph) - 1)
    steps = total = 0
    left = pairs
    while left:
        steps += 1
        total += left
        wider = {}
        for node, seen in reached.items():
            for other in graph.adj[node]:
                seen |= reached[other]  # noqa: PLW2901 - it grows
            wider[node] = seen
        reached = wider
        left = pairs + len(graph) - sum(seen.bit_count() for seen in reached.values())
    return steps, total / pairs


def gini(values: list[int]) -> float:
    """Return how unequal numbers are, from 0."""
    ranked = sum(rank * value for rank, value in enumerate(sorted(values), 1))
    return 2 * ranked / (len(values) * sum(values)) - (len(values) + 1) / len(values)


def degrees(graph: "nx.Graph[int]") -> list[int]:
    """Return how many channels each node has."""
    return [degree for _, degree in graph.degree()]


def measured(graph: "nx.Graph[int]") -> Iterator[tuple[str, float]]:
    """Yield what is published about a graph, one number after the other."""
    giant = giant_of(graph)
    yield "nodes", len(graph)
    yield "pairs", graph.number_of_edges()
    yield "giant component", len(giant)
    yield "mean degree", 2 * giant.number_of_edges() / len(giant)
    yield "transitivity", nx.transitivity(giant)
    yield "clustering", nx.average_clustering(giant)
    diameter, mean = distances(giant)
    yield "diameter", diameter
    yield "mean path", mean
    yield "assortativity", nx.degree_assortativity_coefficient(giant)
    yield "Gini of degree", gini(degrees(giant))
    yield "articulation points", sum(1 for _ in nx.articulation_points(giant))


def giant_of(graph: "nx.Graph[int]") -> "nx.Graph[int]":
    """Return the largest component, in the order of the graph."""
    inside = max(nx.connected_components(graph), key=len)
    found: nx.Graph[int] = nx.Graph()
    found.add_nodes_from(node for node in graph if node in inside)
    found.add_edges_from(edge for edge in graph.edges if edge[0] in inside)
    return found


def _random(graph: "nx.Graph[int]", stream: Random) -> list[int]:
    return stream.sample([*graph], TARGET)


def _preferential(graph: "nx.Graph[int]", stream: Random) -> list[int]:
    ends = [end for edge in graph.edges for end in edge]
    chosen: dict[int, None] = {}
    while len(chosen) < TARGET:
        chosen[stream.choice(ends)] = None
    return [*chosen]


def _lowest(graph: "nx.Graph[int]", stream: Random) -> list[int]:
    return sorted(graph, key=lambda node: (graph.degree(node), stream.random()))[:TARGET]


def _highest(graph: "nx.Graph[int]", _: Random) -> list[int]:
    return sorted(graph, key=lambda node: -graph.degree(node))[:TARGET]


CHOICES: dict[str, Callable[[Any, Random], list[int]]] = {
    "random": _random,
    "preferential": _preferential,
    "lowest degree": _lowest,
    "highest degree": _highest,
}
"""Whom a node that joins opens channels with; those of highest degree in the file's order."""


def grown(graph: "nx.Graph[int]", name: str, seed: int = 0) -> "nx.Graph[int]":
    """Return a graph that nodes have joined one after another."""
    found, stream = graph.copy(), Random(seed)  # noqa: S311 - no secret
    for new in range(max(found) + 1, max(found) + 1 + JOINS):
        chosen = CHOICES[name](found, stream)
        found.add_edges_from((new, other) for other in chosen)
    return found


def main(file: Path) -> None:
    """Print what is published beside what is found."""
    graph = network_in(file)
    print(f"{'':20} {'published':>10} {'found':>10}")
    for name, value in measured(graph):
        print(f"{name:20} {PUBLISHED[name]:10} {round(value, 4):10}")
    giant = giant_of(graph)
    print(f"\nafter {JOINS} joins with {TARGET} channels each: Gini of degree, mean path")
    for name, values in AFTER_JOINS.items():
        found = grown(giant, name)
        told = gini(degrees(found)), distances(found)[1]
        print(f"{name:20} {values[0]:10} {values[1]:10} {told[0]:10.3f} {told[1]:10.3f}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
