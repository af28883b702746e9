"""Which implementation searches a map: numba's where it is installed and worth its start."""

from collections.abc import Collection
from functools import cache
from importlib.util import find_spec
from typing import Protocol

from simulator.payments.routing import search
from simulator.payments.routing.route_map import RouteMap
from simulator.payments.routing.search import NONE, Way

FEW_EDGES = 4_000
"""On smaller maps plain Python is done before compiled code is loaded."""


class Search(Protocol):
    """Searches of one map."""

    def fewest_hops(
        self, source: int, target: int, amount: int, closed: Collection[int] = NONE
    ) -> Way | None:
        """Return the shortest way that can carry an amount; see `search.fewest_hops`."""

    def bottleneck(self, source: int, target: int, closed: Collection[int] = NONE) -> int:
        """Return the most that some way can carry; see `search.bottleneck`."""


class PlainSearch:
    """Searches in plain Python.

    Args:
        routes: the map.
    """

    def __init__(self, routes: RouteMap) -> None:
        self._routes = routes

    def fewest_hops(
        self, source: int, target: int, amount: int, closed: Collection[int] = NONE
    ) -> Way | None:
        """Return the shortest way that can carry an amount."""
        return search.fewest_hops(self._routes, source, target, amount, closed)

    def bottleneck(self, source: int, target: int, closed: Collection[int] = NONE) -> int:
        """Return the most that some way can carry."""
        return search.bottleneck(self._routes, source, target, closed)


@cache
def _has_numba() -> bool:
    return find_spec("numba") is not None


def search_of(routes: RouteMap) -> Search:
    """Return what searches a map fastest here; all find the same."""
    if len(routes.payee) < FEW_EDGES or not _has_numba():
        return PlainSearch(routes)
    from simulator.payments.routing.compiled import CompiledSearch  # noqa: PLC0415 - an extra

    if not isinstance(routes.mirror, CompiledSearch):
        routes.mirror = CompiledSearch(routes)
    return routes.mirror
