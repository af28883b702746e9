"""Assertions about the graph of open channels: what is measured in it."""

from collections.abc import Callable, Iterable
from typing import Annotated, Any, ClassVar

import networkx as nx
from pydantic import Field

from simulator.forms.expected import Expected, Measured, holds
from simulator.forms.own_code import Named
from simulator.scenario.tasks import near_misses
from simulator.scenario.tasks.assertions import Expectation, fail_if_any
from simulator.scenario.tasks.scenario_run import Scope, Steps
from simulator.scenario.tasks.task import Task, differs
from simulator.system import extensions
from simulator.topology import metrics
from simulator.topology.measures import MEASURES

_MEASURES: dict[str, "Callable[[nx.Graph[Any]], object]"] = {
    "nodes": len,
    "edges": lambda graph: graph.number_of_edges(),
    "connected": metrics.is_connected,
    "components": metrics.components,
    "diameter": metrics.diameter,
    "min_degree": metrics.min_degree,
    "max_degree": metrics.max_degree,
    "average_clustering": metrics.average_clustering,
    "capacity": metrics.capacity,
    "degree_gini": metrics.degree_gini,
}

_OURS = {name: measure.description for name, measure in MEASURES.items()}

AnyMetric = Annotated[str | metrics.Metric, Named(extensions.METRIC, _OURS, metrics.Metric)]
"""One of ours by its name, one of a package's, or a function of the user's."""


class AssertGraph(Expectation):
    """The graph of open channels.

    A bootstrap channel is no edge of it. An empty graph is not connected.
    """

    subjects: ClassVar[tuple[str, ...]] = (*_MEASURES, "metrics")
    nodes: Expected | None = Field(default=None, description="how many nodes have an open channel")
    edges: Expected | None = Field(default=None, description="how many channels there are")
    connected: bool | None = Field(default=None, description="whether everybody can be reached")
    components: Expected | None = Field(
        default=None, description="in how many parts the graph falls"
    )
    diameter: Expected | None = Field(
        default=None,
        description="the longest of all shortest ways, in channels; "
        "nothing holds for a graph in parts",
    )
    min_degree: Expected | None = Field(
        default=None, description="the fewest channels that a node has"
    )
    max_degree: Expected | None = Field(
        default=None, description="the most channels that a node has"
    )
    average_clustering: Measured | None = Field(
        default=None,
        description="how likely two partners of a node are partners of each other, 0 to 1",
    )
    capacity: Expected | None = Field(default=None, description="the sum of all deposits")
    degree_gini: Measured | None = Field(
        default=None,
        description="how unequally channels are spread: 0 for a ring, "
        "towards 1 for a hub with everything",
    )

    metrics: dict[AnyMetric, Measured] | None = Field(
        default=None,
        description="further measures by their names, ours or those of functions of your own",
    )

    def nearest(self, scope: Scope) -> Iterable[str]:
        """Yield who is in which part of the graph."""
        if scope.token not in scope.net.world.networks:
            return ()
        return near_misses.graph(scope, scope.graph(), self.compared)

    def check(self, scope: Scope) -> Steps:
        """Look at the graph and compare; only what is asked for is measured."""
        graph = nx.freeze(scope.graph())
        expected: dict[object, object] = {
            name: getattr(self, name) for name in self.compared if name in _MEASURES
        }
        actual: dict[object, object] = {name: _MEASURES[str(name)](graph) for name in expected}
        for metric, value in (self.metrics or {}).items():
            measure = MEASURES[metric].of if isinstance(metric, str) else metric
            expected[metric], actual[metric] = value, measure(graph)
        fail_if_any(
            differs(str(name), value, actual[name])
            for name, value in expected.items()
            if not holds(value, actual[name])
        )
        yield from ()


TASKS: dict[str, type[Task]] = {"assert_graph": AssertGraph}
"""The task of this module by its name in scenario files."""
