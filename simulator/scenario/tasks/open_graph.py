"""The first step of a run: the channels of the graph that a scenario starts from."""

from dataclasses import dataclass
from typing import ClassVar

from simulator.scenario.tasks.scenario_run import Scope, Steps
from simulator.testnet.start_graph import StartGraph


@dataclass(frozen=True, slots=True)
class OpenGraph:
    """Really open the channels of a graph.

    Attributes:
        graph: which.
    """

    is_group: ClassVar[bool] = False
    graph: StartGraph

    @property
    def size(self) -> int:
        """How many tasks it comes to."""
        return 1

    def subject(self) -> str:
        """Return that it is about no node in particular."""
        return ""

    def about(self) -> tuple[int, ...]:
        """Return none either."""
        return ()

    def text(self) -> str:
        """Return the graph's type."""
        return str(self.graph.part.type)

    def run(self, scope: Scope) -> Steps:
        """Open all channels at once; see `StartGraph.open`."""
        return self.graph.open(scope.net)
