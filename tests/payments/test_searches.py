"""Searches for ways: each finds what the plainest one would, and all find the same."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.payments.routing.route_map import UNUSABLE, RouteMap
from simulator.payments.routing.search import Way, bottleneck, fewest_hops, in_order, least

NODES = 8
COMPILED = "simulator.payments.routing.compiled"

Channel = tuple[int, int, int, int]
"""Two nodes, and what the first can send the second, and the second the first."""

capacities = st.integers(UNUSABLE, 6)
channels = st.lists(
    st.tuples(st.integers(0, NODES - 1), st.integers(0, NODES - 1), capacities, capacities),
    max_size=20,
    unique_by=lambda one: frozenset(one[:2]),
)
two_nodes = st.lists(st.integers(0, NODES - 1), min_size=2, max_size=2, unique=True)


def map_of(made: Sequence[Channel], nodes: int = NODES) -> RouteMap:
    routes = RouteMap(nodes)
    for one, other, there, back in made:
        if one != other:
            edge = routes.add(one, other)
            routes.set_capacity(edge, there)
            routes.set_capacity(edge ^ 1, back)
    return routes


def graph_of(routes: RouteMap, amount: int, closed: Sequence[int] = ()) -> "nx.DiGraph[int]":
    """Return who can pay whom an amount."""
    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_nodes_from(range(len(routes.leaving)))
    for payer, edges in enumerate(routes.leaving):
        for edge in edges:
            if routes.capacity[edge] >= amount and edge not in closed:
                graph.add_edge(payer, routes.payee[edge], edge=edge)
    return graph


def ways_of(graph: "nx.DiGraph[int]", source: int, target: int) -> list[Way]:
    return [tuple(way) for way in nx.all_simple_paths(graph, source, target)]


def edges_of(routes: RouteMap, way: Way) -> Iterator[int]:
    for payer, payee in pairwise(way):
        edge = routes.edge(payer, payee)
        assert edge is not None
        yield edge


@given(channels, two_nodes, st.integers(0, 6), st.sets(st.integers(0, 39), max_size=6))
def test_the_way_with_the_fewest_hops_is_the_smallest_of_these(
    made: Sequence[Channel], ends: list[int], amount: int, closed: set[int]
) -> None:
    routes = map_of(made)
    ways = ways_of(graph_of(routes, amount, sorted(closed)), *ends)
    expected = min(ways, key=lambda way: (len(way), way), default=None)
    assert fewest_hops(routes, ends[0], ends[1], amount, closed) == expected


@given(channels, two_nodes)
def test_the_widest_way_is_as_wide_as_its_narrowest_edge(
    made: Sequence[Channel], ends: list[int]
) -> None:
    routes = map_of(made)
    ways = ways_of(graph_of(routes, 0), *ends)
    widths = [min(routes.capacity[edge] for edge in edges_of(routes, way)) for way in ways]
    assert bottleneck(routes, ends[0], ends[1]) == max(widths, default=-1)


@given(channels, two_nodes, st.lists(st.integers(0, 3), min_size=40, max_size=40))
def test_the_least_way_has_the_least_cost_then_hops_then_numbers(
    made: Sequence[Channel], ends: list[int], costs: list[int]
) -> None:
    routes = map_of(made)
    ways = ways_of(graph_of(routes, 1), *ends)

    def cost(way: Way) -> int:
        return sum(costs[edge] for edge in edges_of(routes, way))

    def extend(edge: int, behind: int, _: int | None) -> int | None:
        return behind + costs[edge] if routes.capacity[edge] >= 1 else None

    expected = min(ways, key=lambda way: (cost(way), len(way), way), default=None)
    found = least(routes, ends[0], ends[1], extend)
    assert found == (None if expected is None else (cost(expected), expected))


@given(channels, two_nodes, st.lists(st.integers(1, 3), min_size=40, max_size=40))
def test_all_ways_come_in_order_of_cost(
    made: Sequence[Channel], ends: list[int], costs: list[int]
) -> None:
    routes = map_of(made)
    source, target = ends

    def search(start: int, avoided: Any, taken: Any) -> tuple[int, Way] | None:
        def extend(edge: int, behind: int, _: int | None) -> int | None:
            barred = routes.payee[edge ^ 1] == start and routes.payee[edge] in taken
            usable = routes.capacity[edge] >= 1 and not barred
            return behind + costs[edge] if usable else None

        return least(routes, start, target, extend, avoided=avoided)

    def cost_of(payer: int, payee: int) -> int:
        return costs[next(edges_of(routes, (payer, payee)))]

    found = list(in_order(source, search, cost_of))
    ranks = [(sum(costs[edge] for edge in edges_of(routes, way)), len(way)) for way in found]
    assert ranks == sorted(ranks)
    assert sorted(found) == sorted(ways_of(graph_of(routes, 1), source, target))


@settings(max_examples=30)
@given(channels, st.lists(st.integers(0, 19), max_size=8), two_nodes, st.integers(0, 6))
def test_compiled_searches_find_the_same_ways_however_the_map_changes(
    made: Sequence[Channel], removed: list[int], ends: list[int], amount: int
) -> None:
    compiled_search = pytest.importorskip(COMPILED, reason="needs the extra `fast`").CompiledSearch
    routes = map_of(made)
    compiled = compiled_search(routes)
    routes.mirror = compiled
    left = list(range(0, len(routes.payee), 2))
    for step in [None, *removed]:
        if step is not None and left:
            edge = left[step % len(left)]
            if step % 2:
                routes.set_capacity(edge, step)
            else:
                left.remove(edge)
                routes.remove(edge)
        closed = {edge + 1 for edge in left[:2]}
        for shut in (set[int](), closed):
            found = compiled.fewest_hops(ends[0], ends[1], amount, shut)
            assert found == fewest_hops(routes, ends[0], ends[1], amount, shut)


def test_compiled_searches_know_amounts_that_fit_into_no_machine_word() -> None:
    compiled_search = pytest.importorskip(COMPILED, reason="needs the extra `fast`").CompiledSearch
    routes = map_of([(0, 1, 2**80, 0), (1, 2, 2**80, 0), (0, 2, 2**70, 0)])
    compiled = compiled_search(routes)
    assert compiled.fewest_hops(0, 2, 2**61) == (0, 2)
    assert compiled.fewest_hops(0, 2, 2**75) == (0, 1, 2)
    assert compiled.fewest_hops(0, 2, 2**81) is None


def test_a_channel_that_is_gone_leaves_room_for_another() -> None:
    routes = map_of([(0, 1, 5, 5)])
    edge = routes.edge(0, 1)
    assert edge is not None
    routes.remove(edge)
    assert routes.edge(0, 1) is routes.edge(1, 0) is None
    assert routes.add(2, 3) == edge
    assert fewest_hops(routes, 2, 3, 0) is None
    assert len(routes.payee) == 2
