"""Graphs to start from have the shapes that they are named after."""

import math
from random import Random

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.topology import generators
from simulator.topology.generators import NumberedEdge
from simulator.words.errors import ConfigurationError


def graph_of(nodes: int, edges: list[NumberedEdge]) -> "nx.Graph[int]":
    assert edges == sorted(set(edges))
    assert all(0 <= one < other < nodes for one, other in edges)
    graph: nx.Graph[int] = nx.Graph(edges)
    graph.add_nodes_from(range(nodes))
    return graph


@given(st.integers(1, 40))
def test_shapes(nodes: int) -> None:
    degrees = {
        name: sorted(d for _, d in graph_of(nodes, getattr(generators, name)(nodes)).degree())
        for name in ("complete", "line", "star")
    }
    assert degrees["complete"] == [nodes - 1] * nodes
    assert sum(degrees["line"]) == sum(degrees["star"]) == 2 * (nodes - 1)
    assert max(degrees["line"]) <= 2
    assert max(degrees["star"]) == nodes - 1
    assert len(generators.ring(nodes)) == (nodes if nodes > 2 else nodes - 1)


@given(st.integers(1, 40), st.none() | st.integers(1, 50))
def test_grids(nodes: int, columns: int | None) -> None:
    graph = graph_of(nodes, generators.grid(nodes, columns))
    width = columns or math.ceil(math.sqrt(nodes))
    for one, other in graph.edges:
        assert abs(one % width - other % width) + abs(one // width - other // width) == 1
    assert nx.is_connected(graph)
    assert len(graph.edges) == (nodes - math.ceil(nodes / width)) + max(0, nodes - width)


@given(st.integers(2, 40), st.integers(0, 2**32), st.floats(0, 1))
def test_random_models(nodes: int, seed: int, probability: float) -> None:
    def drawn() -> list[list[NumberedEdge]]:
        return [
            generators.random(nodes, probability, Random(seed)),  # noqa: S311
            generators.scale_free(nodes, 1, Random(seed)),  # noqa: S311
        ]

    random, scale_free = drawn()
    assert drawn() == [random, scale_free], "the stream alone decides"
    graph_of(nodes, random)
    assert nx.is_tree(graph_of(nodes, scale_free))
    if nodes > 4:
        ring = generators.small_world(nodes, 4, 0.0, Random(seed))  # noqa: S311
        moved = generators.small_world(nodes, 4, probability, Random(seed))  # noqa: S311
        assert {degree for _, degree in graph_of(nodes, ring).degree()} == {4}
        assert len(moved) == len(ring) == 2 * nodes


def test_like_a_snapshot_most_nodes_have_few_channels_and_some_very_many() -> None:
    """Of Lightning's in CLoTH: mean degree 9.043, Gini of degree .769, diameter 7."""
    graph = graph_of(3000, generators.snapshot_like(3000, Random(5)))  # noqa: S311
    degrees = sorted(degree for _, degree in graph.degree())
    assert nx.is_connected(graph)
    assert 7 < sum(degrees) / 3000 < 11
    assert degrees[1500] <= 4
    assert degrees[-1] > 300
    ranked = sum(rank * degree for rank, degree in enumerate(degrees, 1))
    assert 0.68 < 2 * ranked / (3000 * sum(degrees)) - 3001 / 3000 < 0.82


def test_lognormal_capacities_have_the_median_and_the_spread_asked_for() -> None:
    drawn = generators.lognormal_deposits(20_001, 800_000, 1.88, Random(5))  # noqa: S311
    capacities = sorted(one + other for one, other in drawn)
    assert all(0 <= one - other <= 1 for one, other in drawn), "half each"
    assert 760_000 < capacities[10_000] < 840_000
    assert 5.9 < capacities[16_827] / capacities[10_000] < 7.3, "one deviation up is e^1.88"


def test_bounds() -> None:
    stream = Random(1)  # noqa: S311
    for call in (
        lambda: generators.complete(5000),
        lambda: generators.check_random(5000, 1.0),
        lambda: generators.small_world(5, 3, 0.1, stream),
        lambda: generators.small_world(4, 4, 0.1, stream),
        lambda: generators.scale_free(3, 3, stream),
        lambda: generators.snapshot_like(9, stream, 9.0),
        lambda: generators.check_snapshot_like(10**6, 11.0),
        lambda: generators.check_size(generators.MAX_NODES + 1),
    ):
        with pytest.raises(ConfigurationError):
            call()
