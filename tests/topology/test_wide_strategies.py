"""Strategies that look at the whole graph, preferences by chance, and mixtures."""

from collections import Counter
from collections.abc import Sequence
from itertools import combinations, islice
from random import Random
from typing import Any

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.testnet.testnet import Testnet
from simulator.topology.choice import PartnerChoice, Strategy
from simulator.topology.graph import PeerGraph
from simulator.topology.strategies import STRATEGIES, configured, strategies_of
from simulator.words.errors import ConfigurationError
from simulator.words.events import ChannelOpened, Deposited, JoinStarted, NodeStarted
from simulator.words.units import Address

TOKEN, NETWORK = Address(b"t" * 20), Address(b"n" * 20)


def node(number: int) -> Address:
    return Address(number.to_bytes(20, "big"))


NEWCOMER = node(900)


def network(edges: Sequence[tuple[int, int]], deposits: Sequence[int] = ()) -> PeerGraph:
    """Return a graph of online nodes whose first ends deposit."""
    graph = PeerGraph(TOKEN, NETWORK)
    for identifier, (one, other) in enumerate(edges, start=1):
        graph.apply(ChannelOpened(NETWORK, 1, identifier, node(one), node(other), 10))
    for identifier, deposit in enumerate(deposits, start=1):
        graph.apply(Deposited(NETWORK, 1, identifier, node(edges[identifier - 1][0]), deposit))
    for number in sorted({end for edge in edges for end in edge}):
        graph.apply(NodeStarted(node(number)))
    return graph


def join(graph: PeerGraph) -> None:
    graph.apply(JoinStarted(NEWCOMER, TOKEN, 100, 3, "0.4"))


def named(
    strategy: Any, graph: PeerGraph, seed: int = 0, who: Address = NEWCOMER, count: int = 99
) -> list[int]:
    chosen = strategy if callable(strategy) else known(strategy)
    choice = PartnerChoice(graph, who, (), Random(seed))  # noqa: S311
    peers = islice(choice.possible(chosen(choice)), count)
    return [int.from_bytes(peer, "big") for peer in peers]


def known(strategy: Any) -> Strategy:
    """Return one that is asked many times: looking its name up asks for installed packages."""
    (chosen,) = strategies_of([strategy])
    return chosen


def firsts(strategy: Any, graph: PeerGraph, draws: int, who: Address = NEWCOMER) -> Counter[int]:
    chosen = known(strategy)
    return Counter(named(chosen, graph, seed, who, 1)[0] for seed in range(draws))


STAR = [(1, 2), (1, 3), (1, 4), (5, 1)]
CHAIN = [(1, 2), (2, 3), (3, 4), (4, 5), (5, 6)]


def test_preferential_draws_peers_as_often_as_they_have_channels() -> None:
    counts = firsts("preferential", network(STAR), 1_600)
    assert abs(counts[1] - 800) < 100
    assert all(abs(counts[leaf] - 200) < 60 for leaf in range(2, 6))


def test_preferential_draws_the_second_from_those_who_are_left() -> None:
    graph = network([(1, 2), (1, 3), (1, 4), (2, 3)])  # 3, 2, 2 and 1 channels
    chosen = known("preferential")
    after_hub = [order[1] for seed in range(1_500) if (order := named(chosen, graph, seed))[0] == 1]
    assert Counter(after_hub)[2] / len(after_hub) == pytest.approx(2 / 5, abs=0.07)
    assert Counter(after_hub)[4] / len(after_hub) == pytest.approx(1 / 5, abs=0.07)


def test_far_takes_those_at_the_other_end_and_whoever_cannot_be_reached_before() -> None:
    graph = network([*CHAIN, (7, 8)])
    order = named("far", graph, who=node(1))
    assert set(order[:2]) == {7, 8}
    assert order[2:] == [6, 5, 4, 3]
    assert set(firsts("far", graph, 60, node(1))) == {7, 8}, "equals are drawn"


def test_a_newcomer_draws_its_first_partner_and_goes_far_from_it() -> None:
    for strategy in ("far", "k_center"):
        assert set(firsts(strategy, network(CHAIN), 100)) == {1, 2, 3, 4, 5, 6}
        for seed in range(20):
            first, second, *_ = named(strategy, network(CHAIN), seed)
            assert abs(first - second) == max(first - 1, 6 - first)


def test_k_center_counts_what_it_has_chosen_and_far_does_not() -> None:
    two_ends = [(1, 2), (2, 3), (3, 4), (4, 5), (4, 6), (2, 7), (7, 8)]
    graph = network(two_ends)  # 5 and 6 are four away from 1, and 8 is three
    for seed in range(20):
        assert set(named("far", graph, seed, node(1), 2)) == {5, 6}
        first, second = named("k_center", graph, seed, node(1), 2)
        assert first in (5, 6)
        assert second in ({5, 6, 8} - {first})
    assert {named("k_center", graph, seed, node(1), 2)[1] for seed in range(60)} == {5, 6, 8}


@given(st.integers(0, 2**32), st.integers(1, 5))
def test_k_center_is_at_most_twice_as_far_as_the_best(seed: int, count: int) -> None:
    """Gonzalez' promise, for those chosen first, from a random one."""
    graph = nx.connected_watts_strogatz_graph(9, 4, 0.3, seed=seed % 50)
    chosen = named("k_center", network([(a + 1, b + 1) for a, b in graph.edges]), seed)[:count]
    assert len(set(chosen)) == count
    lengths = dict(nx.all_pairs_shortest_path_length(graph))

    def radius(centres: Sequence[int]) -> int:
        farthest: int = max(min(lengths[centre][other] for centre in centres) for other in graph)
        return farthest

    best = min(radius(centres) for centres in combinations(graph, count))
    assert radius([peer - 1 for peer in chosen]) <= 2 * best + 1  # a way leads over the newcomer


def test_richest_takes_those_with_most_in_their_open_channels() -> None:
    graph = network(CHAIN, [5, 0, 9, 0, 5])
    for seed in range(10):
        order = named("richest", graph, seed)
        assert order[0] == 3
        assert set(order[1:3]) == {1, 5}
    assert set(firsts("richest", network(CHAIN), 100)) == {1, 2, 3, 4, 5, 6}, "equals are drawn"


def test_betweenness_takes_those_over_whom_most_ways_lead() -> None:
    orders = [named("betweenness", network(CHAIN), seed) for seed in range(40)]
    for order in orders:
        assert [{*order[:2]}, {*order[2:4]}, {*order[4:]}] == [{3, 4}, {2, 5}, {1, 6}]
    assert {order[0] for order in orders} == {3, 4}, "equals are drawn"


def test_what_was_seen_is_remembered_for_as_many_joins_as_are_told() -> None:
    graph = network([(number, number + 1) for number in range(1, 60)])
    strategy = {"betweenness": {"every_joins": 3}}
    before = named(strategy, graph, count=2)
    edges = [(60 + number, 1) for number in range(1, 200)]
    for identifier, (one, other) in enumerate(edges, start=100):
        graph.apply(ChannelOpened(NETWORK, 1, identifier, node(one), node(other), 10))
    for _ in range(3):
        assert named(strategy, graph, count=2) == before
        join(graph)
    assert named(strategy, graph, count=1) == [1]


def test_a_small_network_is_looked_at_as_it_grows() -> None:
    graph = network(CHAIN)
    assert named("betweenness", graph)[0] in (3, 4)
    for number in range(10, 20):
        graph.apply(ChannelOpened(NETWORK, 1, number, node(number), node(1), 10))
    join(graph)
    assert named("betweenness", graph)[0] == 1


def test_a_mixture_takes_from_each_as_often_as_it_says() -> None:
    graph = network(STAR)
    counts = firsts({"mixture": {"highest_degree": 0.6, "lowest_degree": 0.4}}, graph, 1_000)
    assert abs(counts[1] - 600) < 60
    order = named({"mixture": {"random": 7, "far": 3}}, graph)
    assert sorted(order) == [1, 2, 3, 4, 5]


def test_a_mixture_can_have_functions_of_ones_own() -> None:
    def last(view: Any) -> list[str]:
        return list(view.peers[-1:])

    mixed = configured({"mixture": {"own": 1}}, lambda _: last)
    choice = PartnerChoice(network(STAR), NEWCOMER, (), Random(1))  # noqa: S311
    assert [*mixed(choice)] == [node(5)]


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        (
            {},
            "a strategy with parameters must be a mapping of one of mixture, betweenness, richest",
        ),
        ({"mixture": {"random": 1}, "far": 1}, "must be a mapping of one of"),
        ({"random": {}}, "must be a mapping of one of"),
        ({"mixture": {}}, r"mixture must be a mapping such as \{random: 0.7, far: 0.3\}"),
        ({"mixture": "random"}, "mixture must be a mapping such as"),
        ({"mixture": {"random": 0}}, "the share of 'random' must be a number above 0"),
        ({"mixture": {"random": True}}, "the share of 'random' must be a number above 0"),
        ({"mixture": {"random": float("nan")}}, "the share of 'random' must be a number above 0"),
        ({"mixture": {"wealthiest": 1}}, "strategies must name some of random, preferential"),
        ({"betweenness": {}}, r"betweenness must be a mapping such as \{every_joins: 10\}"),
        ({"betweenness": {"joins": 3}}, "betweenness has the parameter every_joins, not 'joins'"),
        ({"richest": {"every_joins": 0}}, "richest.every_joins must be a whole number of joins"),
        ({"richest": {"every_joins": 1.5}}, "richest.every_joins must be a whole number of joins"),
    ],
)
def test_parameters_that_can_not_be_are_refused(wanted: Any, told: str) -> None:
    with pytest.raises(ConfigurationError, match=told):
        Testnet(nodes=1, strategies=[wanted])


@pytest.mark.parametrize("strategy", [*STRATEGIES, "mixture"])
def test_every_strategy_grows_a_network_and_the_same_one_again(strategy: str) -> None:
    wanted = {"mixture": {"random": 0.5, "far": 0.5}} if strategy == "mixture" else strategy
    digests = set()
    for _ in range(2):
        net = Testnet(12, seed=4, strategies=[wanted])
        for one in net.nodes:
            one.join(net.token, 100)
            net.run_until_idle()
        assert nx.is_connected(net.graph())
        assert len(net.graph()) == 12
        digests.add(net.digest)
    assert len(digests) == 1
