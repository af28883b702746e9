"""Where the nodes of a drawn network go: channels pull, nodes push, and the page is filled.

These are Fruchterman and Reingold's forces. They are computed here, since the libraries that do it
weigh more than all else (scipy), or are not free for every use (igraph's license is the GPL); and
since sums, products and square roots, one after the other, come out alike on every machine: equal
networks are drawn alike, whichever run they come from. Don't use `sum`, which rounds in another way
since Python 3.12, nor complex numbers.
"""

from functools import partial
from math import cos, pi, sin, sqrt

import networkx as nx

ITERATIONS = 150
MAX_PAIRS = 6_000_000
"""So many pairs of nodes push each other at most; larger networks get fewer iterations."""
MAX_FORCES = 1200
"""Larger networks lie on a spiral."""
GRAVITY = 0.15
"""Keeps the parts of a network that are not connected on the page."""
GOLDEN_ANGLE = pi * (3 - sqrt(5))
FEW = 20
"""So few nodes are laid out from several starts."""
STARTS = 8
EVENNESS = 0.45
"""How much of the way a crowd moves to where it would fill the page evenly, 0 to 1."""
MANY = 100
"""More nodes may touch each other."""
APART = 0.065
"""How far apart the others are, about."""
DECIMALS = 6
"""Of places computed with sine and cosine, whose last digits are not alike everywhere."""

Edges = list[list[int]]


def positions(graph: "nx.Graph[str]") -> dict[str, tuple[float, float]]:
    """Return a place for each node, within 0 to 1 in both directions."""
    names = sorted(graph.nodes, key=lambda name: (-graph.degree(name), name))
    index = {name: number for number, name in enumerate(names)}
    edges = sorted(sorted((index[one], index[other])) for one, other in graph.edges)
    if len(names) <= FEW:
        starts = (_spiral(len(names), shift) for shift in range(STARTS))
        xs, ys = max((_relaxed(*start, edges) for start in starts), key=partial(_room, edges))
    elif len(names) <= MAX_FORCES:
        xs, ys = map(_even_out, _relaxed(*_spiral(len(names)), edges))
        if len(names) <= MANY:
            _part(xs, ys)
    else:
        xs, ys = _spiral(len(names))
    return dict(zip(names, zip(_fit(xs), _fit(ys), strict=True), strict=True))


def _spiral(count: int, shift: int = 0) -> tuple[list[float], list[float]]:
    """Return places on a spiral that fills a disc evenly, the first ones innermost.

    Args:
        count: how many.
        shift: so many are innermost before the first one.
    """
    places = [(number + shift) % count for number in range(count)]
    polar = [(sqrt(place + 0.5), place * GOLDEN_ANGLE) for place in places]
    return (
        [round(radius * cos(angle), DECIMALS) for radius, angle in polar],
        [round(radius * sin(angle), DECIMALS) for radius, angle in polar],
    )


def _relaxed(xs: list[float], ys: list[float], edges: Edges) -> tuple[list[float], list[float]]:
    """Return where nodes come to rest that start from these places."""
    _relax(xs, ys, edges)
    return _fit(xs), _fit(ys)


def _room(edges: Edges, places: tuple[list[float], list[float]]) -> float:
    """Return how close a node comes to a channel of others, at the closest."""
    xs, ys = places
    closest = 1.0
    for one, other in edges:
        x, y = xs[other] - xs[one], ys[other] - ys[one]
        length = x * x + y * y or 1.0
        for node in range(len(xs)):
            if node not in (one, other):
                to_x, to_y = xs[node] - xs[one], ys[node] - ys[one]
                along = min(1.0, max(0.0, (to_x * x + to_y * y) / length))
                off_x, off_y = to_x - along * x, to_y - along * y
                closest = min(closest, off_x * off_x + off_y * off_y)
    return round(closest, DECIMALS)


def _relax(xs: list[float], ys: list[float], edges: Edges) -> None:
    """Move the nodes until forces balance; by how much at most, falls with each iteration."""
    count = len(xs)
    iterations = min(ITERATIONS, MAX_PAIRS * 2 // count**2)
    for iteration in range(iterations):
        forces_x, forces_y = _pushes(xs, ys)
        _pull(forces_x, forces_y, xs, ys, edges)
        furthest = sqrt(count) / 4 * (1 - iteration / iterations)
        for number in range(count):
            force_x, force_y = forces_x[number], forces_y[number]
            size = sqrt(force_x * force_x + force_y * force_y)
            part = min(1, furthest / size) if size else 0
            xs[number] += force_x * part
            ys[number] += force_y * part


def _pushes(xs: list[float], ys: list[float]) -> tuple[list[float], list[float]]:
    """Return how nodes push each other, the more the closer they are, and are held together."""
    forces_x, forces_y = [-GRAVITY * x for x in xs], [-GRAVITY * y for y in ys]
    for one in range(1, len(xs)):
        x, y = xs[one], ys[one]
        force_x, force_y = forces_x[one], forces_y[one]
        for other in range(one):
            push_x, push_y = x - xs[other], y - ys[other]
            size = 1 / (push_x * push_x + push_y * push_y + 1e-9)
            push_x *= size
            push_y *= size
            force_x += push_x
            force_y += push_y
            forces_x[other] -= push_x
            forces_y[other] -= push_y
        forces_x[one], forces_y[one] = force_x, force_y
    return forces_x, forces_y


def _pull(
    forces_x: list[float],
    forces_y: list[float],
    xs: list[float],
    ys: list[float],
    edges: Edges,
) -> None:
    """Let channels pull their ends together, the more the longer they are."""
    for one, other in edges:
        pull_x, pull_y = xs[one] - xs[other], ys[one] - ys[other]
        length = sqrt(pull_x * pull_x + pull_y * pull_y)
        forces_x[one] -= pull_x * length
        forces_y[one] -= pull_y * length
        forces_x[other] += pull_x * length
        forces_y[other] += pull_y * length


def _part(xs: list[float], ys: list[float]) -> None:
    """Push apart what would overlap."""
    for _ in range(20):
        for one in range(1, len(xs)):
            for other in range(one):
                off_x, off_y = xs[one] - xs[other], ys[one] - ys[other]
                distance = sqrt(off_x * off_x + off_y * off_y)
                if 0 < distance < APART:
                    step = (APART / distance - 1) / 2
                    xs[one] += off_x * step
                    ys[one] += off_y * step
                    xs[other] -= off_x * step
                    ys[other] -= off_y * step


def _fit(values: list[float]) -> list[float]:
    low, high = min(values), max(values)
    if high == low:
        return [0.5] * len(values)
    return [(value - low) / (high - low) for value in values]


def _even_out(values: list[float]) -> list[float]:
    """Give the dense middle more of the page and the outskirts less."""
    ranked = sorted(range(len(values)), key=values.__getitem__)
    rank = {number: place for place, number in enumerate(ranked)}
    return [
        value * (1 - EVENNESS) + rank[number] / (len(values) - 1) * EVENNESS
        for number, value in enumerate(values)
    ]
