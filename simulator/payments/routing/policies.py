"""Routing policies: which ways are tried, and in which order."""

from collections.abc import Callable, Collection, Iterator
from itertools import islice, pairwise

from msgspec import Struct

from simulator.payments.fees import MediationFee
from simulator.payments.routing.atlas import TokenMap
from simulator.payments.routing.route_map import RouteMap
from simulator.payments.routing.search import (
    Way,
    in_order,
    least,
)
from simulator.payments.routing.searches import search_of
from simulator.words.units import Address

HOP = 10**18
"""What a hop costs a pathfinding service: so do this many tokens, where one of them is a penalty of
a hop. Costs are whole numbers, and the least fee still counts."""


UNRATED = 10**9 * HOP
"""What an edge costs whose fee is not defined: it is only used where there is no other."""

MAX_LOOKED_AT = 100
"""So many ways that turn out to be of no use are looked at for one that is."""


class FoundRoute(Struct, frozen=True):
    """A way that can carry a payment, as far as anybody knows.

    Attributes:
        path: the nodes, whoever pays first and the target last.
        fee: what mediators are expected to take.
    """

    path: tuple[Address, ...]
    fee: int


class RouteRequest(Struct, frozen=True):
    """What a policy is asked for.

    Attributes:
        known: what is known of channels.
        source: who pays.
        target: who is paid.
        amount: what is to arrive.
        tried: partners of whoever pays over whom it was tried in vain.
        own: what whoever pays can send over its own channels, which it always knows.
        max_paths: how many routes are wanted at most.
        fee_penalty: as many hops the fee of 10^18 is as bad as.
        diversity_penalty: as many hops a channel is as bad as that is in a route before.
    """

    known: TokenMap
    source: Address
    target: Address
    amount: int
    tried: Collection[Address]
    own: Callable[[Address], int]
    max_paths: int
    fee_penalty: int
    diversity_penalty: int

    @property
    def ends(self) -> tuple[int, int]:
        """The numbers of whoever pays and of the target."""
        return self.known.numbers[self.source], self.known.numbers[self.target]

    def closed(self, routes: RouteMap) -> set[int]:
        """Return which edges of whoever pays can't be used, beside what a map of balances tells."""
        source, _ = self.ends
        if not self.tried and self.known.tells_balances:
            return set()
        return {
            edge
            for edge in routes.leaving[source]
            if (partner := self.known.addresses[routes.payee[edge]]) in self.tried
            or self.own(partner) < self.amount
        }

    def checked(self, way: Way, closed: set[int], routes: RouteMap) -> FoundRoute | None:
        """Return a way as a route, if it carries the amount and the fees of all mediators.

        Otherwise what can't carry it is closed: fees may need more than was searched for, and a
        channel may be about to be closed.
        """
        path = tuple(self.known.addresses[number] for number in way)
        amounts = self.known.amounts(path, self.amount)
        if amounts is None:
            closed.update(_edges(routes, way)[-2:])
            return None
        for index, (payer, payee) in enumerate(pairwise(path)):
            there = self.known.capacity_between(payer, payee) if index else self.own(payee)
            if there < amounts[index]:
                closed.add(_edges(routes, way)[index])
                if index:
                    self.known.doubt_between(payer, payee)
                return None
        return FoundRoute(path, amounts[0] - self.amount)


def _edges(routes: RouteMap, way: Way) -> list[int]:
    found = (routes.edge(payer, payee) for payer, payee in pairwise(way))
    return [edge for edge in found if edge is not None]


Policy = Callable[[RouteRequest], Iterator[FoundRoute]]
"""Yields the routes that are to be tried, best first."""


def shortest(request: RouteRequest) -> Iterator[FoundRoute]:
    """Yield the routes with the fewest hops whose channels can carry the amount."""
    routes = request.known.routes()
    closed, search = request.closed(routes), search_of(routes)
    while True:
        way = search.fewest_hops(*request.ends, request.amount, closed)
        if way is None:
            return
        route = request.checked(way, closed, routes)
        if route is not None:
            yield route
            closed.add(_edges(routes, way)[0])


def most_capacity(request: RouteRequest) -> Iterator[FoundRoute]:
    """Yield the routes over whose narrowest channel most can be sent."""
    routes = request.known.routes()
    closed, search = request.closed(routes), search_of(routes)
    while True:
        width = search.bottleneck(*request.ends, closed)
        if width < request.amount:
            return
        way = search.fewest_hops(*request.ends, width, closed)
        assert way is not None  # noqa: S101 - there is one that is so wide
        route = request.checked(way, closed, routes)
        if route is not None:
            yield route
            closed.add(_edges(routes, way)[0])


def cheapest(request: RouteRequest) -> Iterator[FoundRoute]:
    """Yield the routes that need the least to be sent."""
    routes, known = request.known.routes(), request.known
    closed = request.closed(routes)
    addresses = known.addresses

    def extend(edge: int, amount: int, following: int | None) -> int | None:
        if edge in closed or routes.capacity[edge] < amount:  # which only grows
            return None
        if following is not None:
            three = (routes.payee[edge ^ 1], routes.payee[edge], routes.payee[following])
            fee = known.mediation(*(addresses[number] for number in three))
            before = _before(fee, amount)
            if before is None:
                return None
            amount = max(before, amount)  # who is paid for balancing channels is no shorter way
        return amount if routes.capacity[edge] >= amount else None

    while True:
        found = least(routes, *request.ends, extend, start=request.amount)
        if found is None:
            return
        route = request.checked(found[1], closed, routes)
        if route is not None:
            yield route
            closed.add(_edges(routes, found[1])[0])


def _before(fee: MediationFee | None, amount: int) -> int | None:
    if fee is None:
        return None
    return amount if fee.is_free else fee.amount_in(amount)


class _Penalties:
    """What edges cost a pathfinding service, in `HOP`."""

    def __init__(self, request: RouteRequest, routes: RouteMap, closed: Collection[int]) -> None:
        self._request = request
        self._routes = routes
        self._closed = closed
        self._fees: dict[int, int | None] = {}
        self.visited: dict[int, int] = {}

    def cost(self, edge: int) -> int | None:
        """Return what an edge costs; None: it can't be used."""
        request, capacity = self._request, self._routes.capacity
        if edge in self._closed or capacity[edge] < request.amount:
            return None
        if edge not in self._fees:
            self._fees[edge] = self._fee(edge)
        fee = self._fees[edge]
        if fee is None:
            return UNRATED
        nonrefundable = capacity[edge ^ 1] < int(request.amount * 1.1)
        hops = 1 + nonrefundable + self.visited.get(edge >> 1, 0)
        return hops * HOP + fee * request.fee_penalty

    def extend(self, edge: int, cost: int, _: int | None) -> int | None:
        """Return the cost from an edge on."""
        own = self.cost(edge)
        return None if own is None else cost + own

    def _fee(self, edge: int) -> int | None:
        """Return what both ends of a channel take for a payment, as if it were in the middle."""
        request, routes = self._request, self._routes
        addresses = request.known.addresses
        payer, payee = addresses[routes.payee[edge ^ 1]], addresses[routes.payee[edge]]
        return request.known.fee_in_channel(payer, payee, routes.capacity[edge], request.amount)


def pathfinding_service(request: RouteRequest) -> Iterator[FoundRoute]:
    """Yield what Raiden's pathfinding service answers, with its penalties."""
    routes = request.known.routes()
    closed = request.closed(routes)
    penalties = _Penalties(request, routes, closed)

    def search(
        start: int, avoided: Collection[int], taken: Collection[int]
    ) -> tuple[int, Way] | None:
        def extend(edge: int, cost: int, following: int | None) -> int | None:
            if taken and routes.payee[edge ^ 1] == start and routes.payee[edge] in taken:
                return None
            return penalties.extend(edge, cost, following)

        return least(routes, start, request.ends[1], extend, avoided=avoided)

    def cost_of(payer: int, payee: int) -> int:
        edge = routes.edge(payer, payee)
        return (edge is not None and penalties.cost(edge)) or 0

    told: set[Way] = set()

    def next_one() -> tuple[Way, FoundRoute] | None:
        for way in islice(in_order(request.ends[0], search, cost_of), MAX_LOOKED_AT):
            if way not in told:
                route = request.checked(way, set(), routes)
                if route is not None:
                    return way, route
        return None

    for _ in range(request.max_paths):
        found = next_one()
        if found is None:
            return
        way, route = found
        told.add(way)
        for edge in _edges(routes, way):
            visits = penalties.visited.get(edge >> 1, 0)
            penalties.visited[edge >> 1] = visits + request.diversity_penalty
        yield route
