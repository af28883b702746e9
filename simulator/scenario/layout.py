"""Where the nodes of a drawn network go: networkx finds places, here they are fitted to the page.

The seed is fixed and the nodes are put in order, so that equal networks are drawn alike, whichever
run they come from. scipy, which networkx needs for it, is slow to import: import this module only
where something is drawn.
"""

from math import pi, sqrt
from typing import TYPE_CHECKING

import networkx as nx
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Points = NDArray[np.float64]

SEED = 1
GRAVITY = 2.0
"""Keeps the parts of a network that are not connected on the page, and apart."""
ITERATIONS = 50
FULL_LENGTH = 400
"""Of more nodes the iterations get fewer, since each looks at all pairs."""
MAX_FORCES = 1200
"""Larger networks lie on a spiral."""
GOLDEN_ANGLE = pi * (3 - sqrt(5))
CROWD = 20
EVENNESS = 0.45
"""How much of the way a crowd moves to where it would fill the page evenly, 0 to 1."""


def positions(graph: "nx.Graph[str]") -> dict[str, tuple[float, float]]:
    """Return a place for each node, within 0 to 1 in both directions."""
    names = sorted(graph.nodes, key=lambda name: (-graph.degree(name), name))
    if len(names) < 2:
        return dict.fromkeys(names, (0.5, 0.5))
    if len(names) > MAX_FORCES:
        points = _spiral(len(names))
    else:
        points = _fit(_relaxed(graph, names))
        if len(names) > CROWD:
            points = _even_out(points)
    return {name: (float(x), float(y)) for name, (x, y) in zip(names, _fit(points), strict=True)}


def _relaxed(graph: "nx.Graph[str]", names: list[str]) -> "Points":
    """Let channels pull and nodes push each other; gravity acts on each part as a whole."""
    ordered: nx.Graph[str] = nx.Graph()
    ordered.add_nodes_from(names)
    ordered.add_edges_from(sorted((min(edge), max(edge)) for edge in graph.edges))
    iterations = round(ITERATIONS * min(1, FULL_LENGTH / len(names)) ** 1.5)
    places = nx.spring_layout(
        ordered, seed=SEED, method="energy", gravity=GRAVITY, iterations=iterations
    )
    return np.array([places[name] for name in names])


def _spiral(count: int) -> "Points":
    """Return places on a spiral that fills a disc evenly, the first ones innermost."""
    index = np.arange(count, dtype=np.float64)
    radius = np.sqrt((index + 0.5) / count)
    return np.column_stack(
        (radius * np.cos(index * GOLDEN_ANGLE), radius * np.sin(index * GOLDEN_ANGLE))
    )


def _fit(points: "Points") -> "Points":
    low, high = points.min(axis=0), points.max(axis=0)
    fitted: Points = (points - low) / np.maximum(high - low, 1e-9)
    return fitted


def _even_out(points: "Points") -> "Points":
    """Give the dense middle more of the page and the outskirts less."""
    ranks = points.argsort(axis=0, kind="stable").argsort(axis=0, kind="stable")
    evened: Points = points * (1 - EVENNESS) + ranks / (len(points) - 1) * EVENNESS
    return evened
