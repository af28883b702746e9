"""A function of a user's as a routing policy, and what it is shown."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

import networkx as nx

from simulator.payments.routing.policies import FoundRoute, RouteRequest
from simulator.system import extensions
from simulator.words.errors import ExtensionFailed
from simulator.words.quoting import shown
from simulator.words.units import Address, checksum, parse_address


@dataclass(frozen=True)
class RouteView:
    """What a routing policy of a user's is shown: what whoever pays knows.

    Attributes:
        source: who pays, as all addresses here an EIP-55 text.
        target: who is paid.
        amount: what is to arrive.
    """

    source: str
    target: str
    amount: int
    _request: RouteRequest = field(repr=False)

    @cached_property
    def graph(self) -> "nx.DiGraph[str]":
        """The channels over which something can be sent; it takes as long as there are channels.

        An edge goes from who pays to who is paid and carries `capacity`: what can be sent, as far
        as whoever pays knows. Nodes carry their number, `node`. A copy that can't be changed.
        """
        known = self._request.known
        routes, names = known.routes(), [checksum(address) for address in known.addresses]
        graph: nx.DiGraph[str] = nx.DiGraph()
        for number, name in enumerate(names):
            graph.add_node(name, node=number)
        for number, edges in enumerate(routes.leaving):
            for edge in edges:
                if routes.capacity[edge] >= 0:
                    payee = names[routes.payee[edge]]
                    graph.add_edge(names[number], payee, capacity=routes.capacity[edge])
        frozen: nx.DiGraph[str] = nx.freeze(graph)
        return frozen

    def fee(self, path: Iterable[str]) -> int | None:
        """Return what mediators take for the amount, as far as that is known.

        Args:
            path: all nodes, whoever pays first and the target last.

        Returns:
            None: one of them can't pass the amount on.
        """
        amounts = self._request.known.amounts([*map(parse_address, path)], self.amount)
        return None if amounts is None else amounts[0] - self.amount


OwnPolicy = Callable[[RouteView], Iterable[Iterable[str]]]
"""A routing policy of a user's: returns paths from who pays to who is paid, best first."""


class UserPolicy:
    """A function of a user's as a policy.

    Args:
        function: what it does.
        name: what it is called; by default as Python calls it.
    """

    def __init__(self, function: OwnPolicy, name: str = "") -> None:
        self._function = function
        self.name = name or extensions.name_of(function)
        self._file = extensions.file_of(function)

    def __repr__(self) -> str:
        return self.name

    def __call__(self, request: RouteRequest) -> Iterator[FoundRoute]:
        """Yield the routes that the function names and that can be used now.

        Raises:
            ExtensionFailed: it raises something, or what it names are no paths between the two.
        """
        what = f"{extensions.ROUTING.name} {self.name}"
        view = RouteView(
            checksum(request.source), checksum(request.target), request.amount, request
        )
        with extensions.contained(what, self._file):
            paths = self._function(view)
        extensions.refuse_set(what, paths)
        if isinstance(paths, str | bytes) or not isinstance(paths, Iterable):
            told = f"it returned {shown(type(paths).__name__)}, not paths in an order"
            raise ExtensionFailed(what, told)
        named = iter(paths)
        while True:
            with extensions.contained(what, self._file):
                try:
                    path = next(named)
                except StopIteration:
                    return
            route = self._route(what, request, path)
            if route is not None:
                yield route

    def _route(self, what: str, request: RouteRequest, path: object) -> FoundRoute | None:
        is_path = isinstance(path, Iterable) and not isinstance(path, str | bytes)
        nodes = [*path] if is_path else []  # type: ignore[misc]
        ends = [checksum(request.source), checksum(request.target)]
        if len(nodes) < 2 or [nodes[0], nodes[-1]] != ends:
            told = f"it named {shown(path)}, which is no path from {ends[0]} to {ends[1]}"
            raise ExtensionFailed(what, told)
        numbers = request.known.numbers
        names = {checksum(address) for address in numbers}
        for node in nodes:
            if not isinstance(node, str) or node not in names or nodes.count(node) > 1:
                told = f"it named {shown(node)} on a path, which is no node or there twice"
                raise ExtensionFailed(what, told)
        routes = request.known.routes()
        way = tuple(numbers[parse_address(node)] for node in nodes)
        for payer, payee in pairwise(way):
            if routes.edge(payer, payee) is None:
                who = " and ".join(checksum(request.known.addresses[one]) for one in (payer, payee))
                raise ExtensionFailed(what, f"it named a path over {who}, who have no channel")
        first = Address(parse_address(nodes[1]))
        return None if first in request.tried else request.checked(way, set(), routes)
