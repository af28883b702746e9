"""Graphs to start from that users make: as networkx graphs, or with functions of their own."""

from collections.abc import Callable, Iterable
from itertools import islice
from random import Random
from typing import TYPE_CHECKING, Any

import networkx as nx

from simulator.system import extensions
from simulator.topology.file_graph import (
    FileGraph,
    GraphChannel,
    Network,
    NotThat,
    Unusable,
    network_of,
)
from simulator.topology.generators import MAX_EDGES, check_channels, check_size
from simulator.words.errors import ExtensionFailed
from simulator.words.quoting import shown

if TYPE_CHECKING:
    AnyGraph = nx.Graph[Any]
else:
    AnyGraph = nx.Graph

OwnGenerator = Callable[[int, Random], AnyGraph | Iterable[tuple[int, int]]]
"""A generator of a user's: takes how many nodes there are and a source of randomness."""


def of_networkx(graph: "nx.Graph[Any]", nodes: int | None) -> Network:
    """Return the network that a networkx graph is.

    Args:
        graph: its nodes and channels, which may carry what files say.
        nodes: how many nodes there are; None: that is not known.

    Raises:
        NotThat: it is not consistent.
        Unusable: it has other nodes than there are, or what it says about money is no amount.
    """
    found = FileGraph()
    for name, data in graph.nodes(data=True):
        found.add_node(name, data)
    for one, other, data in graph.edges(data=True):
        found.add_edge(one, other, data)
    return network_of(found, nodes)


class Generator:
    """A function of a user's that makes the graph to start from.

    Args:
        function: what it does.
        name: what it is called; by default as Python calls it.
    """

    def __init__(self, function: OwnGenerator, name: str = "") -> None:
        self._function = function
        self.name = name or extensions.name_of(function)
        self._file = extensions.file_of(function)

    def __repr__(self) -> str:
        return self.name

    def __call__(self, nodes: int, stream: Random) -> Network:
        """Return the graph of the function: of networkx, or pairs of nodes' numbers.

        Raises:
            ExtensionFailed: it raises something, or makes no graph of these nodes.
            ConfigurationError: there are more nodes or channels than can be.
        """
        check_size(nodes)
        what = f"{extensions.GENERATOR.name} {self.name}"
        with extensions.contained(what, self._file):
            made: object = self._function(nodes, stream)
            extensions.refuse_set(what, made)
            if isinstance(made, Iterable) and not isinstance(made, nx.Graph | str | bytes):
                # one more than there are pairs: it is wrong, whatever would come after
                most = min(MAX_EDGES, nodes * (nodes - 1) // 2)
                made = list(islice(made, most + 1))
        if isinstance(made, list):
            check_channels(len(made))
            return Network(tuple(_channels(what, made, nodes)))
        if not isinstance(made, nx.Graph):
            told = f"it returned {shown(type(made).__name__)}, not a graph or pairs of numbers"
            raise ExtensionFailed(what, told)
        check_channels(made.number_of_edges())
        try:
            return of_networkx(made, nodes)
        except (NotThat, Unusable) as error:
            raise ExtensionFailed(what, f"its graph {error}") from None


def _channels(what: str, pairs: Iterable[object], nodes: int) -> Iterable[GraphChannel]:
    """Yield what pairs of numbers mean: who opens a channel, and with whom."""
    seen: set[frozenset[int]] = set()
    for pair in pairs:
        ends = tuple(pair) if isinstance(pair, tuple | list) else ()
        known = [end for end in ends if type(end) is int and 0 <= end < nodes]
        if len(ends) != 2 or len(known) != 2 or known[0] == known[1]:
            told = f"it named {shown(pair)}, which is no pair of nodes: they are 0 to {nodes - 1}"
            raise ExtensionFailed(what, told)
        if frozenset(known) in seen:
            raise ExtensionFailed(what, f"it named the channel {shown(pair)} twice")
        seen.add(frozenset(known))
        yield GraphChannel(known[0], known[1])
