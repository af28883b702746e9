"""What a study measures: functions of what has come of a world, found by their names."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Annotated, Any

import networkx as nx
from pydantic import AfterValidator, WithJsonSchema

from simulator.forms.own_code import Named
from simulator.kernel.journal import Entry
from simulator.reports.joins import JOIN_MEASURES, JoinHistory, JoinMeasure
from simulator.reports.payment_measures import (
    PAYMENT_MEASURES,
    PaymentHistory,
    PaymentMeasure,
)
from simulator.system import extensions
from simulator.testnet.simulation import Simulation
from simulator.topology import measures, metrics
from simulator.topology.graph import KINDS, ChannelGraph
from simulator.topology.measures import CURVES
from simulator.words.errors import ExtensionFailed
from simulator.words.events import JoinEnded, JoinStarted
from simulator.words.quoting import suggestion
from simulator.words.units import parse_address

Measured = int | Fraction | float | None
"""A value; None: there is no such thing, such as the diameter of a graph in parts."""


class Moment:
    """A world at one time, to be measured.

    Args:
        graph: what was known of the token network then.
        net: the world; only its parts that don't change are for measures of any moment.
        entries: how many entries the journal had then.
        now: when that was, in virtual seconds.
    """

    def __init__(self, graph: ChannelGraph, net: Simulation, entries: int, now: float) -> None:
        self._known = graph
        self.net = net
        self.entries = entries
        self.now = now

    @cached_property
    def graph(self) -> "nx.Graph[str]":
        """The open channels, as `Testnet.graph` returns them."""
        nodes = [node.address for node in self.net.nodes]
        graph: nx.Graph[str] = nx.freeze(self._known.snapshot(nodes))
        return graph

    @cached_property
    def joins(self) -> JoinHistory:
        """What joins have come to; the gas that they have used is known at the end only."""
        known, entries = self._known, self.net.journal.part(0, self.entries)
        gas = self.net.world.mempool.gas
        return JoinHistory(known.token, known.token_network, entries, self.now, gas)

    @cached_property
    def payments(self) -> PaymentHistory:
        """What payments have come to; the gas that was used is known at the end only."""
        known, world = self._known, self.net.world
        entries = self.net.journal.part(0, self.entries)
        facts = (world.clock.block_time, world.numbers, world.mempool.gas, self.net.workloads.holds)
        return PaymentHistory(known.token, known.token_network, entries, self.now, *facts)

    def events(self, kind: type[Any]) -> Iterator[Any]:
        """Go through the events of a kind up to then, oldest first."""
        for entry in self.net.journal.part(0, self.entries):
            if isinstance(entry.event, kind):
                yield entry.event


@dataclass(frozen=True, slots=True)
class Measure:
    """Something that can be measured.

    Attributes:
        of: takes a moment and returns a number, or None if there is no such thing.
        description: what it is, with its unit.
        whole: whether it is always a whole number.
        at_end: whether only the end of a run can tell it, so that no series can have it.
    """

    of: Callable[[Moment], Measured]
    description: str
    whole: bool = False
    at_end: bool = False


def _of_graph(
    function: "Callable[[nx.Graph[Any]], Measured]", description: str, *, whole: bool = False
) -> Measure:
    return Measure(lambda moment: function(moment.graph), description, whole)


def _online(graph: "nx.Graph[Any]") -> Fraction | None:
    online = [data["online"] for _, data in graph.nodes(data=True)]
    return Fraction(sum(online), len(online)) if online else None


def _gas(moment: Moment) -> int:
    return sum(gas for _, gas in moment.net.world.mempool.gas.by_function().values())


def _of_joins(measure: JoinMeasure, *, at_end: bool) -> Measure:
    return Measure(
        lambda moment: measure.of(moment.joins), measure.description, measure.whole, at_end
    )


def _of_payments(measure: PaymentMeasure) -> Measure:
    return Measure(
        lambda moment: measure.of(moment.payments),
        measure.description,
        measure.whole,
        measure.at_end,
    )


OF_GAS = {"gas_per_join", "fees_per_join"}

MEASURES: dict[str, Measure] = {
    **{
        name: _of_graph(one.of, one.description, whole=one.whole)
        for name, one in measures.MEASURES.items()
    },
    "online": _of_graph(_online, "the share of the nodes with channels that is online, 0 to 1"),
    "joins": Measure(
        lambda moment: sum(1 for _ in moment.events(JoinStarted)),
        "how many joins were accepted",
        whole=True,
    ),
    "joins_failed": Measure(
        lambda moment: sum(1 for event in moment.events(JoinEnded) if event.error),
        "how many accepted joins failed",
        whole=True,
    ),
    **{name: _of_joins(one, at_end=name in OF_GAS) for name, one in JOIN_MEASURES.items()},
    **{name: _of_payments(one) for name, one in PAYMENT_MEASURES.items()},
    "gas": Measure(_gas, "what all transactions have used", whole=True, at_end=True),
}
"""Ours, by the names that study files and tables use."""

MeasureName = Annotated[
    str | metrics.Metric,
    Named(
        extensions.METRIC,
        {name: measure.description for name, measure in MEASURES.items()},
        metrics.Metric,
    ),
]
"""One of ours, a metric of an installed package's, or one of the user's own."""


def _known_curve(name: str) -> str:
    if name not in CURVES:
        raise ValueError(f"there is no curve {name}; {suggestion(name, CURVES)}")
    return name


CurveName = Annotated[
    str,
    AfterValidator(_known_curve),
    WithJsonSchema(
        {
            "type": "string",
            "enum": [*CURVES],
            "oneOf": [
                {"const": name, "description": curve.description} for name, curve in CURVES.items()
            ],
        }
    ),
]

MAX_CURVE_POINTS = 1_000
"""So many of each curve are kept: a table must not grow with the nodes of a large network."""


def name_of(measure: str | metrics.Metric) -> str:
    """Return what a measure is called in tables."""
    return str(measure)


def is_whole(measure: str | metrics.Metric) -> bool:
    """Tell whether a measure's values are whole numbers."""
    return isinstance(measure, str) and MEASURES[measure].whole


def value(measure: str | metrics.Metric, moment: Moment) -> int | float | None:
    """Measure; what is exact is rounded once, to the nearest number that a table can hold.

    Raises:
        ExtensionFailed: a metric of the user's does not do what it should.
    """
    found: Measured
    if isinstance(measure, metrics.Metric):
        found = measure(moment.graph)
        if isinstance(found, int):
            try:
                return float(found)  # its column has room for fractions
            except OverflowError:
                told = "it returned a number that is too large for a table"
                raise ExtensionFailed(f"metric {measure}", told) from None
    else:
        found = MEASURES[measure].of(moment)
        if found is not None and not MEASURES[measure].whole:
            return float(found)
    return float(found) if isinstance(found, Fraction) else found


def now(net: Simulation) -> Moment:
    """Return a world as it is, to be measured."""
    return Moment(net.world.graphs[parse_address(net.token)], net, net.journal.count, net.now)


def values(names: Iterable[str | metrics.Metric], moment: Moment) -> dict[str, int | float | None]:
    """Measure all that is named."""
    return {name_of(name): value(name, moment) for name in names}


def curve_points(names: Iterable[str], moment: Moment) -> Iterator[tuple[str, float, float]]:
    """Go through the points of curves, from left to right; of many, as many as are kept.

    Yields:
        The curve's name, and how far to the right and how high the point is.
    """
    for name in names:
        points = CURVES[name].of(moment.graph)
        last, steps = len(points) - 1, MAX_CURVE_POINTS - 1
        if last > steps:
            points = [points[number * last // steps] for number in range(MAX_CURVE_POINTS)]
        for across, up in points:
            yield name, float(across), float(up)


def over_time(
    net: Simulation,
    names: tuple[str | metrics.Metric, ...],
    zero_seconds: float,
    every_seconds: float,
) -> Iterator[tuple[float, Mapping[str, int | float | None]]]:
    """Measure a world as it was at one time after the other, from its journal.

    The world itself goes on undisturbed, and knows nothing of it.

    Args:
        net: the world, at its end.
        names: what to measure.
        zero_seconds: when times begin to count.
        every_seconds: from one time to the next.

    Yields:
        Seconds since the beginning, and the values right then.
    """
    token = parse_address(net.token)
    network = net.world.graphs[token].token_network
    graph = ChannelGraph(token, network)
    entries: Iterator[Entry] = iter(net.journal.entries)
    following = next(entries, None)
    for number in range(int((net.now - zero_seconds) // every_seconds) + 1):
        time = zero_seconds + number * every_seconds
        while following is not None and following.time <= time:
            if type(following.event) in KINDS:
                graph.apply(following.event)
            following = next(entries, None)
        count = net.journal.count if following is None else following.position
        moment = Moment(graph, net, count, time)
        yield time - zero_seconds, values(names, moment)
