"""When payments begin, how much is paid, and who pays whom: each drawn from a stream of its own."""

import heapq
import math
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate, cycle
from random import Random

from msgspec import Struct

from simulator.words.errors import ConfigurationError
from simulator.words.units import UINT256_MAX
from simulator.workloads.form import ActivityPart, AmountsPart, ArrivalsPart, PairsPart

MONTH_SECONDS = 30 * 24 * 60 * 60
"""A month of SimLN's."""

Draw = Callable[[], int]
Pair = tuple[int, int]


class PlannedPayment(Struct, frozen=True, gc=False):
    """A payment that is to be made.

    Attributes:
        seconds: when, since the workload began.
        payer: the number of the node that pays.
        payee: that of the node that is paid.
        amount: how much.
    """

    seconds: float
    payer: int
    payee: int
    amount: int


class Weights(Struct, frozen=True):
    """What nodes have when a workload begins.

    Attributes:
        degrees: how many open channels, by number.
        capacities: what is in these, both ends together, by number.
    """

    degrees: Sequence[int]
    capacities: Sequence[int]


def arrivals(part: ArrivalsPart, stream: Random) -> Iterator[float]:
    """Yield when payments begin, in seconds since the beginning; without end unless listed."""
    if part.type == "listed":
        yield from sorted(part.seconds or ())
        return
    rate = part.per_second or 1.0
    now, number = 0.0, 0
    while True:
        if part.type == "poisson":
            now += stream.expovariate(rate)
        else:
            now = number / rate  # which adding up would blur
        number += 1
        yield now


def amounts(part: AmountsPart, stream: Random) -> Iterator[int]:
    """Yield amounts without end."""
    listed = part.listed()
    least, most = part.least or 1, part.most or 1
    ways: dict[str, Draw] = {
        "fixed": lambda: part.amount or 1,
        "uniform": lambda: stream.randint(least, most),
        "lognormal": lambda: _lognormal(part, stream),
        "file": lambda: stream.choice(listed),
    }
    draw = ways[part.type]
    while True:
        yield draw()


def _lognormal(part: AmountsPart, stream: Random) -> int:
    """Return an amount whose logarithm is normal, of 1 at least."""
    drawn = (part.median or 1) * math.exp((part.spread or 0) * stream.gauss())
    return max(1, min(round(drawn), part.most or UINT256_MAX))


class Picker:
    """Draws nodes by their weights.

    Args:
        nodes: whom, each once.
        weights: how likely, in whole numbers, by the nodes' numbers.
        stream: the source of randomness.
    """

    def __init__(self, nodes: Sequence[int], weights: Sequence[int], stream: Random) -> None:
        self._nodes = nodes
        self._ends = list(accumulate(weights[node] for node in nodes))
        self._place = {node: place for place, node in enumerate(nodes)}
        self._stream = stream

    def pick(self, without: int | None = None) -> int:
        """Return one of them; another one than `without`, if that is given."""
        total = self._ends[-1]
        place = None if without is None else self._place.get(without)
        if place is None:
            return self._nodes[bisect_right(self._ends, self._stream.randrange(total))]
        begin = self._ends[place - 1] if place else 0
        weight = self._ends[place] - begin
        drawn = self._stream.randrange(total - weight)
        return self._nodes[bisect_right(self._ends, drawn + weight * (drawn >= begin))]


def pairs(part: PairsPart, stream: Random, weights: Weights) -> Iterator[Pair]:
    """Return who pays whom, without end: the payer is drawn first, and then any other payee.

    Raises:
        ConfigurationError: there are no two nodes that could.
    """
    if part.type == "listed":
        return cycle((payer, payee) for payer, payee in part.pairs or ())
    everybody = range(len(weights.degrees))
    payers, payees = part.payers or list(everybody), part.payees or list(everybody)
    if part.type == "hubs":
        order = sorted(everybody, key=lambda node: (-weights.degrees[node], node))
        payees = order[: part.hubs or 1]
        payers = [node for node in payers if node not in {*payees}]
    alike = [1] * len(everybody)
    by = {"degree": weights.degrees, "capacity": weights.capacities}.get(part.type, alike)
    payees = [node for node in payees if by[node]]
    payers = [node for node in payers if by[node] and payees != [node]]
    if not payers or not payees:
        has = " with something in its channels" if by is not alike else ""
        raise ConfigurationError(
            f"pairs: there is no node{has} that could pay another one: name more of them."
        )
    return _drawn(Picker(payers, by, stream), Picker(payees, by, stream))


def _drawn(payers: Picker, payees: Picker) -> Iterator[Pair]:
    while True:
        payer = payers.pick()
        yield payer, payees.pick(without=payer)


def random_activity(
    part: ActivityPart, weights: Weights, stream_of: Callable[[int], Random]
) -> Iterator[PlannedPayment]:
    """Return the payments of SimLN's random activity, without end, in order of time.

    As its `random_activity.rs` has it: exponential times between a node's payments, in whole
    seconds; receivers by capacity; lognormal amounts whose mean is the expected amount, and whose
    spread is such that few are more than half of the smaller end's capacity.

    Args:
        part: how much is paid.
        weights: what nodes have.
        stream_of: returns a node's own source of randomness.

    Raises:
        ConfigurationError: there are no two nodes that could pay so much.
    """
    expected = part.expected_amount
    halves = [capacity // 2 for capacity in weights.capacities]
    able = [node for node, capacity in enumerate(halves) if capacity >= 2 * expected]
    if len(able) < 2:
        raise ConfigurationError(
            f"activity: an expected_amount of {expected} needs two nodes with at least "
            f"{4 * expected} in their channels, and there are {len(able)}."
        )
    return _activity(part, halves, able, stream_of)


def _activity(
    part: ActivityPart,
    halves: Sequence[int],
    able: Sequence[int],
    stream_of: Callable[[int], Random],
) -> Iterator[PlannedPayment]:
    streams = {node: stream_of(node) for node in able}
    pickers = {node: Picker(able, halves, streams[node]) for node in able}

    def after(time: float, node: int) -> float:
        rate = halves[node] * part.multiplier / part.expected_amount / MONTH_SECONDS
        return time + math.floor(streams[node].expovariate(rate))

    queue = [(after(0.0, node), node) for node in able]
    heapq.heapify(queue)
    while True:
        time, payer = queue[0]
        payee = pickers[payer].pick(without=payer)
        limit = min(halves[payer], halves[payee]) // 2
        yield PlannedPayment(time, payer, payee, _activity_amount(part, limit, streams[payer]))
        heapq.heapreplace(queue, (after(time, payer), payer))


def _activity_amount(part: ActivityPart, limit: int, stream: Random) -> int:
    expected, most = math.log(part.expected_amount), math.log(limit)
    mean, variance = 2 * expected - most, 2 * (most - expected)
    return max(1, int(math.exp(mean + math.sqrt(max(0.0, variance)) * stream.gauss())))
