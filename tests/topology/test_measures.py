"""Measures of graphs are what networkx says, exactly where both are exact, and what is known."""

from collections import Counter
from fractions import Fraction
from itertools import combinations, pairwise
from random import Random
from typing import Any

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.topology import centrality, flows, inequality, mixing, paths, robustness, sparse
from simulator.topology.adjacency import Adjacency
from simulator.topology.measures import CURVES, MEASURES
from tests.topology.test_metrics import graphs

near = pytest.approx


def stream(seed: int = 5) -> Random:
    return Random(seed)  # noqa: S311


@given(graphs())
def test_path_lengths_are_those_of_the_library(graph: "nx.Graph[int]") -> None:
    found: Counter[int] = Counter()
    for one, distances in nx.all_pairs_shortest_path_length(graph):
        found.update(length for other, length in distances.items() if one < other)
    assert paths.path_lengths(graph) == dict(sorted(found.items()))
    if found:
        mean = Fraction(sum(length * pairs for length, pairs in found.items()), found.total())
        assert paths.mean_path_length(graph) == mean
        assert paths.longest_path(graph) == max(found)
    else:
        assert paths.mean_path_length(graph) is None
        assert paths.longest_path(graph) is None


def test_path_lengths_do_not_depend_on_how_many_sources_go_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    graph = nx.gnm_random_graph(30, 45, seed=3)
    together = paths.path_lengths(graph)
    monkeypatch.setattr(paths, "SOURCES_AT_ONCE", 7)
    assert paths.path_lengths(graph) == together


@given(graphs())
def test_betweenness_is_that_of_the_library(graph: "nx.Graph[int]") -> None:
    assert centrality.betweenness(graph) == near(nx.betweenness_centrality(graph))
    found = centrality.central_point_dominance(graph)
    if len(graph) < 3:
        assert found is None
    else:
        values = nx.betweenness_centrality(graph).values()
        expected = sum(max(values) - value for value in values) / (len(graph) - 1)
        assert found is not None
        assert float(found) == near(expected, abs=1e-8)


@pytest.mark.parametrize(("graph", "expected"), [(nx.star_graph(9), 1), (nx.cycle_graph(9), 0)])
def test_a_star_has_one_central_point_and_a_ring_has_none(graph: Any, expected: int) -> None:
    assert centrality.central_point_dominance(graph) == expected


@given(graphs())
def test_products_of_matrices_give_the_same_betweenness(graph: "nx.Graph[int]") -> None:
    pytest.importorskip("scipy")
    if len(graph) == 0:  # nothing to multiply
        return
    adjacency = Adjacency.of(graph)
    found = sparse.dependencies(adjacency, range(len(adjacency)))
    assert found is not None
    scale = max((len(graph) - 1) * (len(graph) - 2), 1)
    expected = nx.betweenness_centrality(graph).values()
    assert [value / scale for value in found[0]] == near(list(expected))


def test_ways_that_are_too_long_or_too_many_for_matrices_are_left_to_plain_python() -> None:
    pytest.importorskip("scipy")
    chain = nx.path_graph(400)
    assert sparse.dependencies(Adjacency.of(chain), range(400)) is None
    assert centrality.betweenness(chain) == near(nx.betweenness_centrality(chain))
    diamonds: nx.Graph[int] = nx.Graph()  # 8 ways more behind each: 8 ** 20 in all
    for number in range(20):
        for middle in range(1, 9):
            diamonds.add_edges_from([(9 * number, 9 * number + middle)])
            diamonds.add_edges_from([(9 * number + middle, 9 * number + 9)])
    assert sparse.dependencies(Adjacency.of(diamonds), range(9)) is None
    assert centrality.betweenness(diamonds) == near(nx.betweenness_centrality(diamonds))


@given(graphs(), st.integers(0, 100))
def test_all_nodes_as_pivots_are_exact(graph: "nx.Graph[int]", seed: int) -> None:
    if len(graph) < 2:
        return
    found = centrality.estimated_betweenness(graph, len(graph) + 1, stream(seed))
    assert found.values == near(centrality.betweenness(graph))
    assert set(found.standard_errors.values()) <= {0.0}


def test_pivots_miss_by_as_much_as_they_say() -> None:
    """Over many drawings: no bias, and the spread is the stated error."""
    graph = nx.barabasi_albert_graph(60, 2, seed=1)
    exact = centrality.betweenness(graph)
    drawn = [centrality.estimated_betweenness(graph, 20, stream(seed)) for seed in range(300)]
    hub = max(exact, key=lambda node: exact[node])
    misses = [one.values[hub] - exact[hub] for one in drawn]
    stated = sum(one.standard_errors[hub] ** 2 for one in drawn) / len(drawn)
    assert abs(sum(misses) / len(misses)) < 4 * (stated / len(drawn)) ** 0.5
    assert sum(miss**2 for miss in misses) / len(misses) == near(stated, rel=0.3)


@given(graphs())
def test_triangles_and_degrees_of_partners_are_those_of_the_library(graph: "nx.Graph[int]") -> None:
    assert float(mixing.transitivity(graph)) == near(nx.transitivity(graph))
    found = mixing.assortativity(graph)
    ends = [graph.degree(node) for edge in graph.edges for node in edge]
    if len(set(ends)) < 2:
        assert found is None
    else:
        assert float(found or 0) == near(nx.degree_assortativity_coefficient(graph))


@given(graphs())
def test_cores_and_articulation_points_are_those_of_the_library(graph: "nx.Graph[int]") -> None:
    for k in range(5):
        inside = {node for node, core in robustness.core_numbers(graph).items() if core >= k}
        assert inside == set(nx.k_core(graph, k))
    parts = nx.number_connected_components(graph)
    links = 0
    for node in graph:
        without = graph.subgraph(set(graph) - {node})
        links += nx.number_connected_components(without) > parts
    assert robustness.articulation_points(graph) == links


@given(graphs(), st.permutations(range(9)))
def test_the_largest_part_after_each_removal_is_that_of_the_library(
    graph: "nx.Graph[int]", order: list[int]
) -> None:
    gone = [node for node in order if node in graph]
    sizes = robustness.giant_sizes(graph, gone)
    for count, size in enumerate(sizes):
        left = graph.subgraph(gone[count:])
        assert size == max(map(len, nx.connected_components(left)), default=0)
    assert robustness.giant(graph) == (Fraction(sizes[0], len(graph)) if len(graph) else 0)
    curve = robustness.removal_curve(sizes)
    assert len(curve) == len(graph)
    assert all(0 < share <= 1 for _, share in curve)
    if len(graph):
        half = Fraction(1, 2)
        found = robustness.giant_without(graph, gone, half)
        assert found == curve[len(graph) // 2][1]


@given(st.integers(1, 12))
def test_robustness_lies_between_none_and_that_of_a_complete_graph(size: int) -> None:
    complete, alone = nx.complete_graph(size), nx.empty_graph(size)
    order = list(range(size))
    assert robustness.robustness(robustness.giant_sizes(complete, order)) == Fraction(
        size - 1, 2 * size
    )
    assert robustness.robustness(robustness.giant_sizes(alone, order)) == Fraction(
        size - 1, size * size
    )


@given(graphs(), st.integers(0, 100))
def test_orders_of_removal_take_everybody_and_hubs_first(graph: "nx.Graph[int]", seed: int) -> None:
    orders = [robustness.random_order, robustness.degree_order, robustness.adaptive_degree_order]
    for order in orders:
        assert sorted(order(graph, stream(seed))) == sorted(graph)
    degrees = [graph.degree(node) for node in robustness.degree_order(graph, stream(seed))]
    assert degrees == sorted(degrees, reverse=True)
    left = nx.Graph(graph)
    for node in robustness.adaptive_degree_order(graph, stream(seed)):
        assert left.degree(node) == max(degree for _, degree in left.degree())
        left.remove_node(node)


def test_equals_are_removed_in_an_order_that_is_drawn() -> None:
    ring = nx.cycle_graph(6)
    firsts = {robustness.degree_order(ring, stream(seed))[0] for seed in range(60)}
    assert firsts == set(ring)


@given(st.lists(st.integers(0, 50), min_size=1, max_size=12))
def test_the_area_below_a_lorenz_curve_tells_the_gini_coefficient(values: list[int]) -> None:
    curve = inequality.lorenz(values)
    assert [*curve[0], *curve[-1]] == [0, 0, 1, 1]
    area = sum((b[0] - a[0]) * (a[1] + b[1]) / 2 for a, b in pairwise(curve))
    assert 1 - 2 * area == inequality.gini(values)


@given(st.lists(st.integers(0, 9), max_size=12))
def test_a_ccdf_counts_the_values_that_are_so_large(values: list[int]) -> None:
    assert inequality.ccdf(values) == [
        (Fraction(value), Fraction(sum(other >= value for other in values), len(values)))
        for value in sorted(set(values))
    ]


@given(graphs(), st.integers(0, 100))
def test_a_flow_is_no_more_than_any_cut_lets_through_and_as_much_as_one(
    graph: "nx.Graph[int]", seed: int
) -> None:
    if len(graph) < 2:
        assert flows.random_flows(graph, 3, stream(seed)) == []
        return
    chance = stream(seed)
    for one, other, data in graph.edges(data=True):
        given_by = chance.randint(0, data["capacity"])
        data |= {"participant1": other, "deposit1": given_by}
        data |= {"participant2": one, "deposit2": data["capacity"] - given_by}
    sender, receiver = chance.sample(sorted(graph), 2)
    others = sorted(set(graph) - {sender, receiver})

    def cut(side: set[int]) -> int:
        total = 0
        for one, other, data in graph.edges(data=True):
            for end, partner in ((one, other), (other, one)):
                if end in side and partner not in side:
                    total += data["deposit1" if data["participant1"] == end else "deposit2"]
        return total

    cuts = [
        cut({sender, *some})
        for size in range(len(others) + 1)
        for some in combinations(others, size)
    ]
    assert flows.max_flow(graph, sender, receiver) == min(cuts)


@settings(max_examples=20)
@given(graphs())
def test_every_measure_and_curve_takes_every_graph_and_says_the_same_again(
    graph: "nx.Graph[int]",
) -> None:
    frozen = nx.freeze(graph)
    for measure in MEASURES.values():
        value = measure.of(frozen)
        assert value == measure.of(frozen)
        assert value is None or isinstance(value, int if measure.whole else int | Fraction)
    for curve in CURVES.values():
        points = curve.of(frozen)
        assert points == curve.of(frozen)
        assert [x for x, _ in points] == sorted(x for x, _ in points)
