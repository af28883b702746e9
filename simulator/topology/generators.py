"""Graphs to start from: well-known shapes and random models, as lists of edges.

Nodes are numbered from 0. An edge is a pair of numbers, the smaller one first; lists are sorted and
without repetitions.
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from inspect import Parameter, signature
from itertools import combinations
from random import Random
from typing import Any

import networkx as nx

from simulator.chain.engines import MAX_NODES_ANYWHERE
from simulator.words.errors import ConfigurationError

MAX_NODES = MAX_NODES_ANYWHERE
MAX_EDGES = 5_000_000

MAX_DRAWN_PAIRS = 1_000
"""With more nodes, drawing for each pair of them whether it has a channel would take minutes."""

NumberedEdge = tuple[int, int]


def edges_of(pairs: Iterable[tuple[int, int]]) -> list[NumberedEdge]:
    """Return pairs as edges: in order, without loops, each once.

    Raises:
        ConfigurationError: there are too many.
    """
    found = sorted({(min(pair), max(pair)) for pair in pairs if pair[0] != pair[1]})
    check_channels(len(found))
    return found


def check_channels(count: float) -> None:
    """Check how many channels a graph has, or is going to have.

    Raises:
        ConfigurationError: more than can be opened.
    """
    if count > MAX_EDGES:
        raise ConfigurationError(f"The graph has {count:.0f} channels, at most {MAX_EDGES} work.")


def check_size(nodes: int) -> None:
    """Check how many nodes a graph is to have.

    Raises:
        ConfigurationError: more than there can be.
    """
    if nodes > MAX_NODES:
        raise ConfigurationError(f"A graph to start from has at most {MAX_NODES} nodes.")


def _edges(graph: "nx.Graph[Any]") -> list[NumberedEdge]:
    return edges_of(graph.edges)


def complete(nodes: int) -> list[NumberedEdge]:
    """Connect everybody with everybody."""
    if nodes * (nodes - 1) // 2 > MAX_EDGES:
        raise ConfigurationError(f"A complete graph of {nodes} nodes has too many channels.")
    return list(combinations(range(nodes), 2))


def line(nodes: int) -> list[NumberedEdge]:
    """Connect each node with the next one."""
    return [(node, node + 1) for node in range(nodes - 1)]


def ring(nodes: int) -> list[NumberedEdge]:
    """Connect each node with the next one, and the last with the first."""
    return edges_of((node, (node + 1) % nodes) for node in range(nodes))


def star(nodes: int) -> list[NumberedEdge]:
    """Connect node 0 with all others."""
    return [(0, node) for node in range(1, nodes)]


def grid(nodes: int, columns: int | None = None) -> list[NumberedEdge]:
    """Put the nodes into rows and connect neighbours; the last row may be shorter.

    Args:
        nodes: how many.
        columns: nodes in a row; by default the root of `nodes`, rounded up.
    """
    width = columns or math.isqrt(max(nodes - 1, 0)) + 1
    right = ((n, n + 1) for n in range(nodes - 1) if (n + 1) % width)
    down = ((n, n + width) for n in range(nodes - width))
    return edges_of([*right, *down])


def random(nodes: int, probability: float, stream: Random) -> list[NumberedEdge]:
    """Let every channel exist with the same probability (Gilbert, 1959)."""
    draw = nx.gnp_random_graph if nodes <= MAX_DRAWN_PAIRS else nx.fast_gnp_random_graph
    return _edges(draw(nodes, probability, seed=stream))


def check_random(nodes: int, probability: float) -> None:
    """Check what `random` is asked for, before anything is drawn.

    Raises:
        ConfigurationError: on average it would have more channels than can be opened.
    """
    check_channels(nodes * (nodes - 1) / 2 * probability)


def small_world(
    nodes: int, neighbours: int, probability: float, stream: Random
) -> list[NumberedEdge]:
    """Connect everybody with its neighbours on a ring, then move some ends (Watts, Strogatz).

    Args:
        nodes: how many.
        neighbours: on both sides of the ring together; even, and less than `nodes`.
        probability: of an end to be moved somewhere else.
        stream: the source of randomness.

    Raises:
        ConfigurationError: the number of neighbours is odd or too large.
    """
    check_small_world(nodes, neighbours)
    return _edges(nx.watts_strogatz_graph(nodes, neighbours, probability, seed=stream))


def check_small_world(nodes: int, neighbours: int) -> None:
    """Check what `small_world` is asked for, before anything is drawn.

    Raises:
        ConfigurationError: the number of neighbours is odd or too large.
    """
    if neighbours % 2 or not 0 < neighbours < nodes:
        raise ConfigurationError(f"neighbours must be even and less than the {nodes} nodes.")
    check_channels(nodes * neighbours // 2)


def scale_free(nodes: int, attachments: int, stream: Random) -> list[NumberedEdge]:
    """Let nodes come one after the other and prefer those with many channels (Barabási, Albert).

    Args:
        nodes: how many.
        attachments: channels of each node that comes; at least 1 and less than `nodes`.
        stream: the source of randomness.

    Raises:
        ConfigurationError: the number of attachments does not fit.
    """
    check_scale_free(nodes, attachments)
    return _edges(nx.barabasi_albert_graph(nodes, attachments, seed=stream))


def check_scale_free(nodes: int, attachments: int) -> None:
    """Check what `scale_free` is asked for, before anything is drawn.

    Raises:
        ConfigurationError: the number of attachments does not fit.
    """
    if not 0 < attachments < nodes:
        raise ConfigurationError(f"attachments must be less than the {nodes} nodes.")
    check_channels((nodes - attachments) * attachments)


SNAPSHOT_MEAN_DEGREE = 9.043
SNAPSHOT_SPREAD = 1.8
"""Of the logarithm of how many channels nodes come with: nodes of one channel, and hubs."""

MAX_TRIES = 50
"""For each channel that a node comes with: where hubs have most ends, others are rarely drawn."""


def snapshot_like(
    nodes: int, stream: Random, mean_degree: float | None = None
) -> list[NumberedEdge]:
    """Let nodes come one by one, with very different numbers of channels, and prefer hubs.

    As `scale_free`, but how many channels a node comes with is drawn too, from a lognormal
    distribution, at least 1: so most have few, as in snapshots of Lightning.

    Args:
        nodes: how many.
        stream: the source of randomness.
        mean_degree: how many channels a node has on average, about; by default 9.043.

    Raises:
        ConfigurationError: the mean degree does not fit.
    """
    check_snapshot_like(nodes, mean_degree)
    mean = (mean_degree or SNAPSHOT_MEAN_DEGREE) / 2
    middle = math.log(mean) - SNAPSHOT_SPREAD**2 / 2
    ends, found = [0], []
    for new in range(1, nodes):
        wanted = min(new, max(1, round(stream.lognormvariate(middle, SNAPSHOT_SPREAD))))
        chosen: dict[int, None] = {}
        for _ in range(wanted * MAX_TRIES):
            chosen[stream.choice(ends)] = None
            if len(chosen) == wanted:
                break
        found += [(other, new) for other in chosen]
        ends += [*chosen, *[new] * len(chosen)]
    return edges_of(found)


def check_snapshot_like(nodes: int, mean_degree: float | None) -> None:
    """Check what `snapshot_like` is asked for, before anything is drawn.

    Raises:
        ConfigurationError: the mean degree does not fit.
    """
    if mean_degree is not None and not 2 <= mean_degree < nodes:
        raise ConfigurationError(f"mean_degree must be 2 at least and less than the {nodes} nodes.")
    check_channels(nodes * (mean_degree or SNAPSHOT_MEAN_DEGREE) / 2)


def lognormal_deposits(
    count: int, median: int, spread: float, stream: Random
) -> list[tuple[int, int]]:
    """Return deposits of both ends for so many channels: half of a lognormal capacity each.

    Args:
        count: of how many channels.
        median: of the capacities.
        spread: of their natural logarithm, the standard deviation.
        stream: the source of randomness.
    """
    capacities = [round(median * stream.lognormvariate(0, spread)) for _ in range(count)]
    return [(capacity - capacity // 2, capacity // 2) for capacity in capacities]


def parameters_of(function: Callable[..., object]) -> tuple[str, ...]:
    """Return what one of these functions is told beside the number of nodes and a stream."""
    return tuple(name for name in signature(function).parameters if name not in {"nodes", "stream"})


@dataclass(frozen=True, slots=True)
class Shape:
    """A type of graph that is made for any number of nodes.

    Attributes:
        description: what it looks like.
        make: returns its edges: takes how many nodes there are, then its parameters by name, and
            `stream` if it is drawn.
        check: looks at some of the parameters of what is drawn, without drawing it.
    """

    description: str
    make: Callable[..., list[NumberedEdge]]
    check: Callable[..., None] | None = None

    @property
    def takes(self) -> tuple[str, ...]:
        """The parameters that say something about it."""
        return parameters_of(self.make)

    @property
    def needs(self) -> tuple[str, ...]:
        """The parameters that it can't do without."""
        known = signature(self.make).parameters
        return tuple(name for name in self.takes if known[name].default is Parameter.empty)


SHAPES = {
    "complete": Shape("a channel between any two nodes", complete),
    "line": Shape("each node with the next one", line),
    "ring": Shape("a line whose ends meet", ring),
    "star": Shape("all nodes with node 0", star),
    "grid": Shape("rows of nodes, one below the other", grid),
    "random": Shape(
        "each channel exists with the same probability (Gilbert)", random, check_random
    ),
    "small_world": Shape(
        "a ring of neighbours, of which some ends are moved elsewhere (Watts and Strogatz)",
        small_world,
        check_small_world,
    ),
    "scale_free": Shape(
        "nodes come one by one and prefer the well connected (Barabási and Albert)",
        scale_free,
        check_scale_free,
    ),
    "snapshot_like": Shape(
        "as `scale_free`, but most nodes come with few channels and some with many, as in "
        "snapshots of Lightning",
        snapshot_like,
        check_snapshot_like,
    ),
}
"""Every type of graph that is made here, by name."""
