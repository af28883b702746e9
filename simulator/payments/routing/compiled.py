"""The same searches, compiled by numba: for networks of thousands of nodes.

What can be sent is cut off at a number that fits into a machine's word; who asks for more than that
is served in plain Python.
"""

from collections.abc import Collection

import numpy as np
from numba import njit
from numpy.typing import NDArray

from simulator.payments.routing import search
from simulator.payments.routing.route_map import UNUSABLE, RouteMap
from simulator.payments.routing.search import NONE, Way

MOST = 2**62

Numbers = NDArray[np.int64]
Edges = tuple[Numbers, Numbers, Numbers, Numbers]
"""Where the edges of a node begin in the next array; these edges; payees; what they can carry."""


class CompiledSearch:
    """Searches of one map, which follows it.

    Args:
        routes: the map.
    """

    def __init__(self, routes: RouteMap) -> None:
        self._routes = routes
        self._version = -1
        self._capacity: Numbers = np.empty(0, np.int64)
        self._payee: Numbers = self._capacity
        self._first: Numbers = self._capacity
        self._leaving: Numbers = self._capacity
        self._scratch: tuple[Numbers, ...] = ()

    def set_capacity(self, edge: int, capacity: int) -> None:
        """Take in what can be sent over an edge from now on."""
        if edge < len(self._capacity):
            self._capacity[edge] = min(capacity, MOST)

    def _follow(self) -> None:
        """Take in the edges, if there are others than before."""
        routes = self._routes
        if self._version == routes.version:
            return
        self._version = routes.version
        self._capacity = np.array([min(one, MOST) for one in routes.capacity], np.int64)
        self._payee = np.array(routes.payee, np.int64)
        counts = [len(edges) for edges in routes.leaving]
        self._first = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
        leaving = [edge for edges in routes.leaving for edge in edges]
        self._leaving = np.array(leaving, np.int64)
        nodes = len(routes.leaving)
        self._scratch = tuple(np.full(nodes, -1, np.int64) for _ in range(6))

    def fewest_hops(
        self, source: int, target: int, amount: int, closed: Collection[int] = NONE
    ) -> Way | None:
        """Return the shortest way that can carry an amount."""
        if amount > MOST:
            return search.fewest_hops(self._routes, source, target, amount, closed)
        self._follow()
        with _Closed(self._capacity, closed):
            way = _fewest_hops(
                (self._first, self._leaving, self._payee, self._capacity),
                self._scratch,
                (source, target),
                amount,
            )
        return tuple(way.tolist()) if len(way) else None

    def bottleneck(self, source: int, target: int, closed: Collection[int] = NONE) -> int:
        """Return the most that some way can carry."""
        return search.bottleneck(self._routes, source, target, closed)


class _Closed:
    """Edges that can't be used meanwhile."""

    def __init__(self, capacity: Numbers, closed: Collection[int]) -> None:
        self._capacity = capacity
        self._edges = np.array(sorted(closed), np.int64)
        self._before = capacity[self._edges]

    def __enter__(self) -> None:
        self._capacity[self._edges] = UNUSABLE

    def __exit__(self, *_: object) -> None:
        self._capacity[self._edges] = self._before


@njit(cache=True)
def _fewest_hops(
    edges: Edges,
    scratch: tuple[Numbers, ...],
    ends: tuple[int, int],
    amount: int,
) -> Numbers:
    ahead, behind, front, back, found, marked = scratch
    source, target = ends
    ahead[source], behind[target] = 0, 0
    front[0], back[0] = source, target
    front_from, front_to, back_from, back_to = 0, 1, 0, 1
    met = -1
    while met < 0 and front_from < front_to and back_from < back_to:
        if front_to - front_from <= back_to - back_from:
            span = (front_from, front_to)
            last, met = _spread(edges, ahead, behind, front, span, amount, 0)
            front_from, front_to = front_to, last
        else:
            span = (back_from, back_to)
            last, met = _spread(edges, behind, ahead, back, span, amount, 1)
            back_from, back_to = back_to, last
    way = np.empty(0, np.int64)
    if met >= 0:
        middle, hops = ahead[met], ahead[met] + behind[met]
        count = 0
        for index in range(front_to):
            node = front[index]
            if ahead[node] == middle and behind[node] == hops - middle:
                marked[node] = middle
                found[count] = node
                count += 1
        count = _mark(edges, ahead, found, marked, count, middle, amount)
        way = np.empty(hops + 1, np.int64)
        way[0] = source
        _walk(edges, marked, behind, way, middle, amount)
        for index in range(count):
            marked[found[index]] = -1
    for index in range(front_to):
        ahead[front[index]] = -1
    for index in range(back_to):
        behind[back[index]] = -1
    return way


@njit(cache=True)
def _spread(
    edges: Edges,
    here: Numbers,
    there: Numbers,
    queue: Numbers,
    span: tuple[int, int],
    amount: int,
    backwards: int,
) -> tuple[int, int]:
    """Go a hop further from one end; tell how many nodes are found, and where the ends have met."""
    first, leaving, payee, capacity = edges
    last, met = span[1], -1
    for index in range(span[0], span[1]):
        node = queue[index]
        for place in range(first[node], first[node + 1]):
            edge = leaving[place]
            other = payee[edge]
            if here[other] < 0 and capacity[edge ^ backwards] >= amount:
                here[other] = here[node] + 1
                queue[last] = other
                last += 1
                if there[other] >= 0:
                    met = other
    return last, met


@njit(cache=True)
def _mark(
    edges: Edges,
    ahead: Numbers,
    found: Numbers,
    marked: Numbers,
    count: int,
    middle: int,
    amount: int,
) -> int:
    """Mark who is on a shortest way, from the middle to its beginning; tell how many they are."""
    first, leaving, payee, capacity = edges
    begin = 0
    for hops in range(middle - 1, 0, -1):
        end = count
        for index in range(begin, end):
            node = found[index]
            for place in range(first[node], first[node + 1]):
                edge = leaving[place]
                payer = payee[edge]
                if ahead[payer] == hops and marked[payer] < 0 and capacity[edge ^ 1] >= amount:
                    marked[payer] = hops
                    found[count] = payer
                    count += 1
        begin = end
    return count


@njit(cache=True)
def _walk(
    edges: Edges,
    marked: Numbers,
    behind: Numbers,
    way: Numbers,
    middle: int,
    amount: int,
) -> None:
    """Go the smallest of the shortest ways, from its beginning."""
    first, leaving, payee, capacity = edges
    whole = len(way) - 1
    for hops in range(1, whole + 1):
        here, best = way[hops - 1], -1
        for place in range(first[here], first[here + 1]):
            edge = leaving[place]
            node = payee[edge]
            if capacity[edge] < amount or (best >= 0 and node > best):
                continue
            if (hops <= middle and marked[node] == hops) or (
                hops > middle and behind[node] == whole - hops
            ):
                best = node
        way[hops] = best
