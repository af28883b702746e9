"""Measures of graphs: what is known of special graphs, and what holds for all."""

from fractions import Fraction
from itertools import combinations

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.topology import metrics
from simulator.topology.inequality import gini


@st.composite
def graphs(draw: st.DrawFn) -> "nx.Graph[int]":
    size = draw(st.integers(0, 9))
    pairs = list(combinations(range(size), 2))
    graph: nx.Graph[int] = nx.Graph()
    graph.add_nodes_from(range(size))
    if pairs:
        for one, other in draw(st.lists(st.sampled_from(pairs), unique=True)):
            graph.add_edge(one, other, capacity=draw(st.integers(0, 100)))
    return graph


def test_an_empty_graph_has_nothing() -> None:
    empty: nx.Graph[int] = nx.Graph()
    assert metrics.components(empty) == 0
    assert not metrics.is_connected(empty)
    assert metrics.diameter(empty) is None
    assert metrics.min_degree(empty) == metrics.max_degree(empty) == 0
    assert metrics.average_clustering(empty) == metrics.degree_gini(empty) == 0
    assert metrics.capacity(empty) == 0


@given(st.integers(3, 30))
def test_rings(size: int) -> None:
    ring = nx.cycle_graph(size)
    assert metrics.diameter(ring) == size // 2
    assert metrics.min_degree(ring) == metrics.max_degree(ring) == 2
    assert metrics.degree_gini(ring) == 0
    assert metrics.average_clustering(ring) == (1 if size == 3 else 0)


@given(st.integers(2, 30))
def test_stars(leaves: int) -> None:
    star = nx.star_graph(leaves)
    assert metrics.diameter(star) == 2
    assert (metrics.min_degree(star), metrics.max_degree(star)) == (1, leaves)
    assert metrics.average_clustering(star) == 0
    assert metrics.degree_gini(star) == Fraction(leaves - 1, 2 * (leaves + 1))


@given(graphs())
def test_agrees_with_the_library(graph: "nx.Graph[int]") -> None:
    if len(graph):
        assert float(metrics.average_clustering(graph)) == pytest.approx(
            nx.average_clustering(graph)
        )
    assert (metrics.diameter(graph) is not None) == metrics.is_connected(graph)
    assert metrics.is_connected(graph) == (metrics.components(graph) == 1)
    assert sum(metrics.degrees(graph)) == 2 * graph.number_of_edges()
    assert metrics.capacity(graph) == sum(graph.edges[edge]["capacity"] for edge in graph.edges)


@given(st.lists(st.integers(0, 10**30), max_size=12))
def test_gini_is_the_mean_difference(values: list[int]) -> None:
    """The definition, pair by pair: half the mean difference over the mean."""
    if sum(values) == 0:
        assert gini(values) == 0
        return
    differences = sum(abs(one - other) for one in values for other in values)
    assert gini(values) == Fraction(differences, 2 * len(values) * sum(values))


@given(st.lists(st.integers(0, 1000), min_size=1), st.integers(1, 50))
def test_gini_knows_no_unit_and_no_order(values: list[int], factor: int) -> None:
    found = gini(values)
    assert 0 <= found < 1
    assert gini([value * factor for value in reversed(values)]) == found
