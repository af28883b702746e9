"""Where the nodes of a drawn network go.

Nothing here is random: nodes start on a spiral, the best connected ones innermost, and forces move
them from there. Equal networks are drawn alike.
"""

from collections.abc import Callable
from math import pi, sqrt
from typing import TYPE_CHECKING

import networkx as nx
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Points = NDArray[np.float64]

GOLDEN_ANGLE = pi * (3 - sqrt(5))
MAX_FORCES = 1200
"""Forces act between all pairs; larger networks stay on the spiral."""
WORK = 25_000_000
"""How many pairs are looked at in all iterations together, at most, unless these get too few."""
GRAVITY = 0.06
"""Keeps the parts of a network that are not connected on the page."""
ALONE = 3
"""How much more of it acts on nodes without channels, which nothing else holds."""
CROWD = 20
EVENNESS = 0.45
"""How much of the way a crowd moves to where it would fill the page evenly, 0 to 1."""


def positions(graph: "nx.Graph[str]") -> dict[str, tuple[float, float]]:
    """Return a place for each node, within 0 to 1 in both directions."""
    names = sorted(graph.nodes, key=lambda name: (-graph.degree(name), name))
    if len(names) < 2:
        return dict.fromkeys(names, (0.5, 0.5))
    points = _spiral(len(names))
    if len(names) <= MAX_FORCES:
        points = _fit(_relax(points, _pairs(graph, names)))
        if len(names) > CROWD:
            points = _even_out(points)
        points = _spread(points)
    return {name: (float(x), float(y)) for name, (x, y) in zip(names, _fit(points), strict=True)}


def _spiral(count: int) -> "Points":
    index = np.arange(count, dtype=np.float64)
    radius = np.sqrt((index + 0.5) / count)
    return np.column_stack(
        (radius * np.cos(index * GOLDEN_ANGLE), radius * np.sin(index * GOLDEN_ANGLE))
    )


def _fit(points: "Points") -> "Points":
    low, high = points.min(axis=0), points.max(axis=0)
    fitted: Points = (points - low) / np.maximum(high - low, 1e-9)
    return fitted


def _pairs(graph: "nx.Graph[str]", names: list[str]) -> "NDArray[np.intp]":
    number = {name: index for index, name in enumerate(names)}
    pairs = sorted(sorted((number[one], number[other])) for one, other in graph.edges)
    return np.array(pairs, dtype=np.intp).reshape(-1, 2)


def _apart(points: "Points", strength: "Callable[[Points], Points]") -> "Points":
    """Return how all nodes together push each; the strength is a function of squared distance.

    No linear algebra: its libraries may add up in another order on another day.
    """
    across = points[:, None, 0] - points[None, :, 0]
    upward = points[:, None, 1] - points[None, :, 1]
    push = strength(np.maximum(across**2 + upward**2, 1e-9))
    return np.column_stack(((across * push).sum(axis=1), (upward * push).sum(axis=1)))


def _relax(points: "Points", pairs: "NDArray[np.intp]") -> "Points":
    """Let channels pull and nodes push each other (Fruchterman and Reingold), ever more gently."""
    count = len(points)
    ideal = 1.8 / sqrt(count)
    iterations = max(40, min(400, WORK // count**2))
    one, other = pairs[:, 0], pairs[:, 1]
    alone = np.bincount(pairs.ravel(), minlength=count) == 0
    gravity = (GRAVITY * count * ideal) * np.where(alone, ALONE, 1)[:, None]
    for iteration in range(iterations):
        force = _apart(points, lambda squared: ideal**2 / squared)
        along = points[one] - points[other]
        pull = along * (np.sqrt((along**2).sum(axis=1)) / ideal)[:, None]
        np.add.at(force, one, -pull)
        np.add.at(force, other, pull)
        force -= points * gravity
        length = np.maximum(np.sqrt((force**2).sum(axis=1)), 1e-9)
        step = 0.25 * (1 - iteration / iterations) + 0.002
        points = points + force * (np.minimum(length, step) / length)[:, None]
    return points


def _even_out(points: "Points") -> "Points":
    """Give the dense middle more of the page and the outskirts less."""
    ranks = points.argsort(axis=0, kind="stable").argsort(axis=0, kind="stable")
    evened: Points = points * (1 - EVENNESS) + ranks / (len(points) - 1) * EVENNESS
    return evened


def _spread(points: "Points") -> "Points":
    """Move nodes apart that would be drawn over one another."""
    least = 0.55 / sqrt(len(points))
    for _ in range(25):
        push = _apart(points, lambda squared: np.maximum(least / np.sqrt(squared) - 1, 0))
        points = points + push * 0.25
    return points
