"""The graph that a scenario starts from: channels opened and funded before the root task."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from simulator.errors import AssertionFailed, SimulatorError
from simulator.scenario.execution import Scope, Steps
from simulator.scenario.source import KeyPath
from simulator.scenario.task import Amount, Part
from simulator.topology import formats, generators
from simulator.topology.generators import Edge

STREAM = "topology"
"""The name of the random stream that graphs are drawn from."""

_NEEDS: dict[str, tuple[str, ...]] = {
    "random": ("probability",),
    "small_world": ("neighbours", "probability"),
    "scale_free": ("attachments",),
    **dict.fromkeys(formats.FORMATS, ("file",)),
}
TAKES = {**_NEEDS, "grid": ("columns",)}
"""The parameters that say something about a type of graph; those of a grid need not be there."""


GRAPHS = {
    "complete": "a channel between any two nodes",
    "line": "each node with the next one",
    "ring": "a line whose ends meet",
    "star": "all nodes with node 0",
    "grid": "rows of nodes, one below the other",
    "random": "each channel exists with the same probability (Gilbert)",
    "small_world": "a ring of neighbours, of which some ends are moved elsewhere "
    "(Watts and Strogatz)",
    "scale_free": "nodes come one by one and prefer the well connected (Barabási and Albert)",
    "graphml": "a GraphML file, such as `network.graphml` of a report",
    "node_link": "JSON with `nodes` (`id`) and `links` or `edges` (`source`, `target`)",
    "describegraph": "what `lncli describegraph` prints; of a larger graph, the part around the "
    "best connected node",
}
"""Every type of graph, and what it looks like."""


class TopologyPart(Part):
    """The graph to start from.

    Its channels are really opened and funded, by hand and all at once, before the root task runs.
    Random graphs are drawn from the seed.
    """

    type: Literal[
        "complete",
        "line",
        "ring",
        "star",
        "grid",
        "random",
        "small_world",
        "scale_free",
        "graphml",
        "node_link",
        "describegraph",
    ] = Field(
        description="what the graph looks like",
        json_schema_extra={
            "oneOf": [{"const": name, "description": text} for name, text in GRAPHS.items()]
        },
    )
    columns: Annotated[int, Field(ge=1, le=generators.MAX_NODES)] | None = Field(
        default=None,
        description="`grid`: how many nodes in a row; by default as square as possible",
    )
    probability: Annotated[float, Field(ge=0, le=1)] | None = Field(
        default=None,
        description="`random`: of each channel; `small_world`: that an end is moved",
    )
    neighbours: Annotated[int, Field(ge=2)] | None = Field(
        default=None, description="`small_world`: how many each node has in the ring; even"
    )
    attachments: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="`scale_free`: how many channels a node comes with"
    )
    file: str | None = Field(
        default=None,
        description="`graphml`, `node_link` and `describegraph`: where it is, seen from the "
        "scenario file; nodes get their numbers in the file's order",
    )
    deposit: Amount = Field(
        default=0, description="what the end with the lower number puts into each channel"
    )
    partner_deposit: Amount = Field(
        default=0, description="what the other end puts into each channel"
    )

    def problems(self) -> Iterable[tuple[KeyPath, str]]:
        """Yield parameters that are missing, or that say nothing about graphs of this type."""
        for name in ("columns", "probability", "neighbours", "attachments", "file"):
            given = getattr(self, name) is not None
            if given and name not in TAKES.get(self.type, ()):
                yield (name,), f"says nothing about a graph of type {self.type}"
            elif not given and name in _NEEDS.get(self.type, ()):
                yield (name,), f"is missing: a graph of type {self.type} needs it"

    def edges(self, folder: Path, nodes: int, stream: Random) -> list[Edge]:
        """Return the channels.

        Args:
            folder: where relative paths start.
            nodes: how many nodes there are.
            stream: the source of randomness.

        Raises:
            ConfigurationError: there is no such graph.
        """
        generators.check_size(nodes)
        probability = self.probability or 0.0
        match self.type:
            case "complete" | "line" | "ring" | "star":
                edges: list[Edge] = getattr(generators, self.type)(nodes)
            case "grid":
                edges = generators.grid(nodes, self.columns)
            case "random":
                edges = generators.random(nodes, probability, stream)
            case "small_world":
                edges = generators.small_world(nodes, self.neighbours or 0, probability, stream)
            case "scale_free":
                edges = generators.scale_free(nodes, self.attachments or 0, stream)
            case _:
                edges = formats.read(folder / (self.file or ""), self.type, nodes)
        return edges


@dataclass(frozen=True, slots=True)
class StartGraph:
    """The first step of a run: really open the channels of a graph.

    Attributes:
        part: what the file says.
        folder: where the file is.
    """

    is_block: ClassVar[bool] = False
    part: TopologyPart
    folder: Path

    @property
    def size(self) -> int:
        """How many tasks it comes to."""
        return 1

    def text(self) -> str:
        """Return the graph's type."""
        return self.part.type

    def run(self, scope: Scope) -> Steps:
        """Open all channels at once, as their owners would, and fund both sides.

        Raises:
            SimulatorError: somebody has not got the tokens or the ETH.
        """
        stream = scope.net.world.rng.stream(STREAM)
        edges = self.part.edges(self.folder, len(scope.net.nodes), stream)
        self._check_tokens(scope, edges)
        failures: list[SimulatorError] = []

        def child(one: int, other: int) -> Steps:
            try:
                yield from self._channel(scope, one, other)
            except SimulatorError as error:
                failures.append(error)

        channels = [scope.spawn(partial(child, *edge)) for edge in edges]
        yield scope.net.world.clock.env.all_of(channels)
        if failures:
            raise failures[0]

    def _channel(self, scope: Scope, one: int, other: int) -> Steps:
        ends = scope.node(one), scope.node(other)
        opening = ends[0].open_channel(scope.token, ends[1].address, None, self.part.deposit)
        (yield opening).unwrap()
        if self.part.partner_deposit:
            amount = self.part.partner_deposit
            (yield ends[1].deposit(scope.token, ends[0].address, amount)).unwrap()

    def _check_tokens(self, scope: Scope, edges: list[Edge]) -> None:
        needed = [0] * len(scope.net.nodes)
        for one, other in edges:
            needed[one] += self.part.deposit
            needed[other] += self.part.partner_deposit
        most = max(needed)
        there = scope.net.balance(needed.index(most), scope.token)
        if most > there:
            raise AssertionFailed(f"node {needed.index(most)} needs {most} tokens but has {there}")
