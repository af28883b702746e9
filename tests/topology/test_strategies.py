"""Strategies order candidates by what everybody can see, and equals by the node's own stream."""

from collections import Counter
from itertools import islice, permutations
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.testnet.testnet import Testnet
from simulator.topology.choice import PartnerChoice
from simulator.topology.graph import PeerGraph
from simulator.topology.peers import Peers
from simulator.topology.strategies import STRATEGIES
from simulator.words.errors import ConfigurationError
from simulator.words.events import ChannelClosed, ChannelOpened
from simulator.words.units import BOOTSTRAP_ADDRESS, Address

TOKEN, NETWORK = Address(b"t" * 20), Address(b"n" * 20)
NODES = [Address(bytes([number] * 20)) for number in range(1, 7)]


def star() -> PeerGraph:
    """Node 0 in the middle, a closed channel and a bootstrap channel that do not count."""
    graph = PeerGraph(TOKEN, NETWORK)
    ends = [(NODES[0], other) for other in NODES[1:4]]
    ends += [(NODES[1], NODES[2]), (NODES[4], NODES[5]), (NODES[5], BOOTSTRAP_ADDRESS)]
    for identifier, (one, other) in enumerate(ends, start=1):
        graph.apply(ChannelOpened(NETWORK, identifier, identifier, one, other, 10))
    graph.apply(ChannelClosed(NETWORK, 9, 5, NODES[4]))
    return graph


def test_degrees_count_open_channels() -> None:
    graph = star()
    assert [graph.degree(node) for node in NODES] == [3, 2, 2, 1, 0, 0]
    assert graph.degree(Address(b"x" * 20)) == 0


Change = tuple[Address, bool, int]


@st.composite
def changes(draw: st.DrawFn) -> list[Change]:
    """Return who comes or goes, and how many channels it has then."""
    change = st.tuples(st.sampled_from(NODES), st.booleans(), st.integers(0, 3))
    return draw(st.lists(change, max_size=20))


def replayed(history: list[Change], ask_after: int) -> tuple[Peers, dict[Address, int]]:
    """Return peers after a history, whose degrees are asked for at some moment of it."""
    degrees = dict.fromkeys(NODES, 0)
    peers = Peers(degrees.__getitem__)
    for number, (node, comes, degree) in enumerate(history):
        degrees[node] = degree
        peers.update(node)
        if comes and node not in peers:
            peers.add(node)
        elif not comes:
            peers.discard(node)
        if number == ask_after:
            list(peers.in_order_of_degree(Random(0), highest_first=True))  # noqa: S311
    return peers, degrees


@given(st.sampled_from(sorted(STRATEGIES)), st.integers(0, 2**32), changes(), st.integers(0, 20))
def test_an_order_leaves_nobody_out(
    name: str, seed: int, history: list[Change], ask_after: int
) -> None:
    peers, degrees = replayed(history, ask_after)
    graph = PeerGraph(TOKEN, NETWORK)
    graph.peers = peers
    choices = [PartnerChoice(graph, NODES[0], (), Random(seed)) for _ in range(2)]  # noqa: S311
    orders = [list(STRATEGIES[name](choice)) for choice in choices]
    assert orders[0] == orders[1], "the stream alone decides"
    assert sorted({*orders[0]} - {NODES[0]}) == [peer for peer in peers if peer != NODES[0]]
    assert len({*orders[0]}) == len(orders[0])
    found = [degrees[node] for node in orders[0]]
    if name in ("highest_degree", "lowest_degree"):
        assert found == sorted(found, reverse=name == "highest_degree")


def test_every_order_is_equally_likely() -> None:
    peers = Peers(lambda _: 0)
    for node in NODES[:3]:
        peers.add(node)
    stream = Random(5)  # noqa: S311
    counts = Counter(tuple(peers.in_random_order(stream)) for _ in range(6_000))
    assert {*counts} == {*permutations(NODES[:3])}
    assert all(abs(count - 1_000) < 120 for count in counts.values())


def test_drawing_a_few_of_many_looks_at_a_few() -> None:
    """The number of draws from the stream tells how many peers were looked at."""
    peers = Peers(lambda _: 0)
    for number in range(10_000):
        peers.add(Address(number.to_bytes(20, "big")))

    class Counting(Random):
        draws = 0

        def randrange(self, *arguments: int) -> int:  # type: ignore[override]
            self.draws += 1
            return super().randrange(*arguments)

    stream = Counting(1)
    assert len(set(islice(peers.in_random_order(stream), 5))) == 5
    assert stream.draws == 5


def hub_size(strategy: str) -> int:
    net = Testnet(nodes=12, seed=3, strategies=[strategy])
    for index in range(12):
        net.node(index).join(net.token, funds=100, initial_channel_target=1)
    net.run_until_idle()
    return max(degree for _, degree in net.graph().degree())


def test_strategies_make_hubs_or_avoid_them() -> None:
    assert hub_size("highest_degree") > hub_size("lowest_degree")


@pytest.mark.parametrize("names", [[], ["wealthiest"]])
def test_unknown_strategies_are_refused(names: list[str]) -> None:
    with pytest.raises(ConfigurationError, match="strategies must"):
        Testnet(nodes=1, strategies=names)


@pytest.mark.parametrize(("one", "such"), [("random", "'random'"), (max, "max"), (5, "5")])
def test_strategies_are_a_list(one: Any, such: str) -> None:
    with pytest.raises(ConfigurationError, match=rf"must be a list .*, such as \[{such}\]\.$"):
        Testnet(nodes=1, strategies=one)
