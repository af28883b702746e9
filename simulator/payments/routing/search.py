"""Searches for ways, in plain Python: the others must find what these find.

A way is the least by its cost, of these one with the fewest hops, and of these the one with the
smallest sequence of node numbers: a property of the way, so that every search finds the same.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from heapq import heapify, heappop, heappush

from simulator.payments.routing.route_map import RouteMap

Way = tuple[int, ...]
"""The numbers of the nodes, whoever pays and the target included."""

Extend = Callable[[int, int, int | None], int | None]
"""Returns the cost from an edge on: given the edge, the cost behind it, and the edge that follows.

None: it can't be used. A cost must not be less than the one behind it."""

NONE: frozenset[int] = frozenset()


def fewest_hops(
    routes: RouteMap, source: int, target: int, amount: int, closed: Collection[int] = NONE
) -> Way | None:
    """Return the way with the fewest hops that can carry an amount, from both ends at once.

    Args:
        routes: the map.
        source: who pays.
        target: who is paid.
        amount: what every edge must carry.
        closed: edges that must not be used.
    """
    payee, capacity, leaving = routes.payee, routes.capacity, routes.leaving
    ahead, behind = {source: 0}, {target: 0}
    front, back = [source], [target]
    while front and back:
        forward = len(front) <= len(back)
        here, there = (ahead, behind) if forward else (behind, ahead)
        found: list[int] = []
        for node in front if forward else back:
            hops = here[node] + 1
            for leaving_edge in leaving[node]:
                edge = leaving_edge if forward else leaving_edge ^ 1
                other = payee[leaving_edge]
                if other not in here and capacity[edge] >= amount and edge not in closed:
                    here[other] = hops
                    found.append(other)
        if forward:
            front = found
        else:
            back = found
        if met := [node for node in found if node in there]:
            usable = _Usable(routes, amount, closed)
            return _smallest(usable, source, ahead, behind, met)
    return None


class _Usable:
    """The edges that can carry an amount."""

    def __init__(self, routes: RouteMap, amount: int, closed: Collection[int]) -> None:
        self._routes = routes
        self._amount = amount
        self._closed = closed

    def payees(self, node: int) -> Iterable[int]:
        """Yield whom a node can pay."""
        payee, capacity = self._routes.payee, self._routes.capacity
        for edge in self._routes.leaving[node]:
            if capacity[edge] >= self._amount and edge not in self._closed:
                yield payee[edge]

    def payers(self, node: int) -> Iterable[int]:
        """Yield who can pay a node."""
        payee, capacity = self._routes.payee, self._routes.capacity
        for edge in self._routes.leaving[node]:
            if capacity[edge ^ 1] >= self._amount and edge ^ 1 not in self._closed:
                yield payee[edge]


def _smallest(
    usable: _Usable, source: int, ahead: dict[int, int], behind: dict[int, int], met: list[int]
) -> Way:
    """Return the smallest of the shortest ways: those over the nodes where two searches have met.

    Args:
        usable: which edges can be used.
        source: where the way begins.
        ahead: how far nodes are from there.
        behind: how far nodes are from the target.
        met: the nodes in the middle.
    """
    marked = [set(met)]  # who is on such a way, from the middle to the source
    for hops in range(ahead[met[0]] - 1, 0, -1):
        marked.append(
            {
                payer
                for node in marked[-1]
                for payer in usable.payers(node)
                if ahead.get(payer) == hops
            }
        )
    way = [source]
    if ahead[met[0]] > 0:
        for nodes in reversed(marked):
            way.append(min(node for node in usable.payees(way[-1]) if node in nodes))
    while (left := behind[way[-1]]) > 0:
        nearer = (node for node in usable.payees(way[-1]) if behind.get(node) == left - 1)
        way.append(min(nearer))
    return tuple(way)


def least(
    routes: RouteMap,
    source: int,
    target: int,
    extend: Extend,
    *,
    start: int = 0,
    avoided: Collection[int] = NONE,
) -> tuple[int, Way] | None:
    """Return the way of the least cost, and this; the search begins at the target.

    Args:
        routes: the map.
        source: who pays.
        target: who is paid.
        extend: tells costs.
        start: the cost of nothing.
        avoided: nodes that must not be on the way.
    """
    payee, leaving = routes.payee, routes.leaving
    best: dict[int, tuple[int, int, int]] = {target: (start, 0, -1)}
    onward: dict[int, int] = {}
    settled = set(avoided)
    heap = [(start, 0, -1, target)]
    while heap:
        cost, hops, _, node = heappop(heap)
        if node in settled:
            continue
        if node == source:
            return cost, _along(routes, source, target, onward)
        settled.add(node)
        following = onward.get(node)
        for edge in leaving[node]:
            payer = payee[edge]
            if payer in settled:
                continue
            extended = extend(edge ^ 1, cost, following)
            if extended is None:
                continue
            rank = (extended, hops + 1, node)
            if payer not in best or rank < best[payer]:
                best[payer], onward[payer] = rank, edge ^ 1
                heappush(heap, (*rank, payer))
    return None


def _along(routes: RouteMap, source: int, target: int, onward: dict[int, int]) -> Way:
    way = [source]
    while way[-1] != target:
        way.append(routes.payee[onward[way[-1]]])
    return tuple(way)


def bottleneck(routes: RouteMap, source: int, target: int, closed: Collection[int] = NONE) -> int:
    """Return the most that some way can carry; less than 0: there is none."""
    payee, capacity, leaving = routes.payee, routes.capacity, routes.leaving
    settled: set[int] = set()
    heap = [(-(1 << 256), target)]
    while heap:
        width, node = heappop(heap)
        if node == source:
            return -width
        if node in settled:
            continue
        settled.add(node)
        for edge in leaving[node]:
            payer, width_there = payee[edge], capacity[edge ^ 1]
            if payer not in settled and width_there >= 0 and edge ^ 1 not in closed:
                heappush(heap, (max(width, -width_there), payer))
    return -1


def in_order(
    source: int,
    search: Callable[[int, Collection[int], Collection[int]], tuple[int, Way] | None],
    cost_of: Callable[[int, int], int],
) -> Iterator[Way]:
    """Yield all ways without loops, the least first: Yen's algorithm.

    Args:
        source: who pays.
        search: finds the least way from a node, without some nodes, and some payees after it.
        cost_of: the cost of the edge between two nodes.
    """
    found: list[Way] = []
    first = search(source, NONE, NONE)
    heap = [] if first is None else [(first[0], len(first[1]), first[1])]
    known = {one[2] for one in heap}
    heapify(heap)
    while heap:
        _, __, way = heappop(heap)
        found.append(way)
        yield way
        before = 0
        for index, node in enumerate(way[:-1]):
            root = way[: index + 1]
            taken = {other[index + 1] for other in found if other[: index + 1] == root}
            detour = search(node, root[:-1], taken)
            if detour is not None and (whole := root[:-1] + detour[1]) not in known:
                known.add(whole)
                heappush(heap, (before + detour[0], len(whole), whole))
            before += cost_of(node, way[index + 1])
