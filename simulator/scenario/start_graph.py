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
_TAKES = {**_NEEDS, "grid": ("columns",)}


class TopologyPart(Part):
    """The graph to start from."""

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
    ]
    columns: Annotated[int, Field(ge=1, le=generators.MAX_NODES)] | None = None
    probability: Annotated[float, Field(ge=0, le=1)] | None = None
    neighbours: Annotated[int, Field(ge=2)] | None = None
    attachments: Annotated[int, Field(ge=1)] | None = None
    file: str | None = None
    deposit: Amount = 0
    partner_deposit: Amount = 0

    def problems(self) -> Iterable[tuple[KeyPath, str]]:
        """Yield parameters that are missing, or that say nothing about graphs of this type."""
        for name in ("columns", "probability", "neighbours", "attachments", "file"):
            given = getattr(self, name) is not None
            if given and name not in _TAKES.get(self.type, ()):
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
        there = scope.net.node(needed.index(most)).balance(scope.net.token)
        if most > there:
            raise AssertionFailed(f"node {needed.index(most)} needs {most} tokens but has {there}")
