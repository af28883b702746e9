"""What has been published about CLoTH's snapshot of Lightning, found again with our own measures.

The files are not part of this package: they are in the public repository marcono/cloth (commit
e0e4043). `python -m benchmarks.published_network channels_ln.csv` takes them from where they are,
`nodes_ln.csv` and `edges_ln.csv` beside it, and ends with 1 if a figure is not found again.
"""

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import count, islice
from pathlib import Path
from random import Random
from time import process_time
from typing import Any, NamedTuple

import networkx as nx

from simulator.kernel.rng import Rng
from simulator.topology import formats
from simulator.topology.centrality import betweenness, to_nine_digits
from simulator.topology.choice import PartnerChoice, Strategy
from simulator.topology.files import cloth
from simulator.topology.graph import PeerGraph
from simulator.topology.measures import MEASURES
from simulator.topology.strategies import STRATEGIES
from simulator.words.errors import ConfigurationError
from simulator.words.events import ChannelOpened, JoinStarted, NodeStarted
from simulator.words.units import Address

JOINS = 1_000
TARGET = 5
EVERY_JOINS = 100
SETTLE_TIMEOUT_BLOCKS = 500
DRAWN = 0.01
"""How far a figure may be away that depends on what is drawn."""


class Published(NamedTuple):
    """A figure, and where ours is taken.

    Attributes:
        name: of the figure.
        text: its digits; ours must round to the same.
        measure: the name of what is measured.
        whole: of all nodes; else of the largest component.
    """

    name: str
    text: str
    measure: str
    whole: bool = False


FIGURES = (
    Published("nodes", "6006", "nodes", whole=True),
    Published("pairs with channels", "27100", "channels", whole=True),
    Published("nodes of the giant component", "5992", "nodes"),
    Published("mean degree", "9.043", "mean_degree"),
    Published("transitivity", "0.0607", "transitivity"),
    Published("clustering", "0.2303", "average_clustering"),
    Published("diameter", "7", "longest_path"),
    Published("mean path", "3.1676", "mean_path"),
    Published("assortativity", "-0.2973", "assortativity"),
    Published("central point dominance", "0.1502", "central_point_dominance"),
    Published("Gini of degree", "0.7693", "degree_gini"),
    Published("articulation points", "338", "articulation_points"),
)
"""Of the snapshot."""

AFTER = ("central_point_dominance", "degree_gini", "mean_path")
"""What is measured after the joins."""


class InOrder(Random):
    """Draws always the first that is left: so equals come in the order of the file."""

    def randrange(self, start: int, stop: int | None = None, step: int = 1) -> int:  # noqa: ARG002
        """Return the least number."""
        return 0 if stop is None else start


def open_betweenness(graph: PeerGraph) -> dict[Address, float]:
    """Return betweenness as the strategy of that name sees it, by way of scipy where it is."""
    channels = nx.Graph([(edge.one, edge.other) for edge in graph.open_channels()])
    return {node: float(to_nine_digits(share)) for node, share in betweenness(channels).items()}


def by_betweenness(choice: PartnerChoice) -> Iterator[Address]:
    """Return those first over whom most shortest ways led when that was looked at last."""
    shares = choice.graph.remembered("betweenness", EVERY_JOINS, open_betweenness)
    order = choice.graph.peers.in_random_order(choice.stream)
    return iter(sorted(order, key=lambda peer: -shares.get(peer, 0)))


class Joins(NamedTuple):
    """How nodes choose whom they join, and what was published for it.

    Attributes:
        name: for people.
        strategy: how they choose.
        texts: the figures, in the order of `AFTER`.
        drawn: whether equals are drawn; else they come in the order of the file.
    """

    name: str
    strategy: Strategy
    texts: tuple[str, ...]
    drawn: bool


WAYS = (
    Joins("random", STRATEGIES["random"], (".150", ".683", "3.286"), drawn=True),
    Joins("preferential", STRATEGIES["preferential"], (".144", ".735", "3.138"), drawn=True),
    Joins("lowest degree", STRATEGIES["lowest_degree"], (".144", ".635", "3.364"), drawn=True),
    Joins("highest degree", STRATEGIES["highest_degree"], (".188", ".752", "3.002"), drawn=False),
    Joins("betweenness", by_betweenness, (".197", ".752", "2.995"), drawn=False),
)


def network_in(file: Path) -> "nx.Graph[int]":
    """Return the graph of the nodes in the files, those without channels included."""
    nodes = (file.parent / file.name.replace(cloth.CHANNELS, cloth.NODES)).read_text("utf-8")
    graph: nx.Graph[int] = nx.empty_graph(len(nodes.split()) - 1)
    for channel in formats.read(file, "cloth", None).channels:
        assert isinstance(channel.partner, int)
        graph.add_edge(channel.opener, channel.partner)
    return graph


def giant_of(graph: "nx.Graph[int]") -> "nx.Graph[int]":
    """Return the largest component, in the order of the graph."""
    inside = max(nx.connected_components(graph), key=len)
    found: nx.Graph[int] = nx.Graph()
    found.add_nodes_from(node for node in graph if node in inside)
    found.add_edges_from(edge for edge in graph.edges if edge[0] in inside)
    return found


class Growing:
    """A graph that nodes join one after another, as nodes of a testnet see it.

    Args:
        graph: to start from, of numbers.
    """

    def __init__(self, graph: "nx.Graph[int]") -> None:
        self._peers = PeerGraph(_address(0), _address(0))
        self._channels = count(1)
        for node in graph:
            self._peers.apply(NodeStarted(_address(node + 1)))
        for one, other in graph.edges:
            self._open(_address(one + 1), _address(other + 1))

    def _open(self, one: Address, other: Address) -> None:
        opened = (next(self._channels), one, other, SETTLE_TIMEOUT_BLOCKS)
        self._peers.apply(ChannelOpened(self._peers.token_network, 0, *opened))

    def join(self, number: int, strategy: Strategy, stream: Random) -> None:
        """Let a node come and open its channels."""
        node, peers = _address(number + 1), self._peers
        choice = PartnerChoice(peers, node, (), stream)
        chosen = [*islice(choice.possible(strategy(choice)), TARGET)]
        peers.apply(NodeStarted(node))
        peers.apply(JoinStarted(node, peers.token, 0, TARGET, "0"))
        for partner in chosen:
            self._open(node, partner)

    def graph(self) -> "nx.Graph[Address]":
        """Return the graph as it is now."""
        return nx.Graph([(edge.one, edge.other) for edge in self._peers.open_channels()])


def _address(number: int) -> Address:
    return Address(number.to_bytes(20, "big"))


def grown(graph: "nx.Graph[int]", way: Joins, joins: int) -> "nx.Graph[Address]":
    """Return a graph that nodes have joined one after another."""
    growing = Growing(graph)
    stream = Rng(0).stream("published", way.name) if way.drawn else InOrder(0)
    for number in islice(count(max(graph) + 1), joins):
        growing.join(number, way.strategy, stream)
    return growing.graph()


class Finding(NamedTuple):
    """A figure that was looked for.

    Attributes:
        what: its name.
        published: its digits.
        found: what it is here.
        tolerance: how far that may be away.
    """

    what: str
    published: str
    found: float
    tolerance: float

    @property
    def holds(self) -> bool:
        """Whether it was found again."""
        return abs(self.found - float(self.published)) <= self.tolerance

    def line(self) -> str:
        """Return it as a line of a table."""
        verdict = "yes" if self.holds else "NO"
        figures = f"{self.published:>9} {self.found:>12.5f} {self.tolerance:>9g}"
        return f"{self.what:40} {figures}  {verdict}"


def rounding(text: str) -> float:
    """Return how far a number may be away that rounds to these digits."""
    digits = len(text.partition(".")[2])
    return 0.5 * 10**-digits + 1e-12 if digits else 0.0


def _measured(graph: "nx.Graph[Any]", measure: str) -> float:
    value = MEASURES[measure].of(graph)
    return float("nan") if value is None else float(value)


def of_snapshot(graph: "nx.Graph[int]") -> Iterator[Finding]:
    """Look for what is published about the snapshot."""
    giant = giant_of(graph)
    for name, text, measure, whole in FIGURES:
        found = _measured(graph if whole else giant, measure)
        yield Finding(name, text, found, rounding(text))


def of_joins(graph: "nx.Graph[int]", ways: Sequence[Joins], joins: int) -> Iterator[Finding]:
    """Look for what is published about the snapshot's giant component after joins."""
    giant = giant_of(graph)
    for way in ways:
        after = grown(giant, way, joins)
        for measure, text in zip(AFTER, way.texts, strict=True):
            tolerance = DRAWN if way.drawn else rounding(text)
            yield Finding(f"{way.name}: {measure}", text, _measured(after, measure), tolerance)


def told(findings: Iterable[Finding], say: Callable[[str], None]) -> bool:
    """Say what was found as it comes, and return whether all of it holds."""
    all_hold = True
    for finding in findings:
        say(finding.line())
        all_hold &= finding.holds
    return all_hold


def main() -> int:
    """Print what is published beside what is found; return 1 if they differ."""
    made = argparse.ArgumentParser(description=__doc__)
    made.add_argument("file", type=Path, help="CLoTH's channels_ln.csv")
    made.add_argument("--joins", type=int, default=JOINS, help="other numbers prove nothing")
    options = made.parse_args()
    say = partial(print, flush=True)
    try:
        graph = network_in(options.file)
    except (ConfigurationError, OSError) as problem:
        say(f"{options.file}: {problem}")
        return 2
    say(f"{'':40} {'published':>9} {'found':>12} {'within':>9}")
    holds = told(of_snapshot(graph), say)
    say(f"\nafter {options.joins:,} joins with {TARGET} channels each:")
    holds &= told(of_joins(graph, WAYS, options.joins), say)
    say(f"\n{process_time():.0f} s of a processor")
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
