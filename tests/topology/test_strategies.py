"""Strategies order candidates by what everybody can see, and equals by the node's own stream."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.errors import ConfigurationError
from simulator.events import ChannelClosed, ChannelOpened
from simulator.testnet import Testnet
from simulator.topology.graph import PeerGraph
from simulator.topology.strategies import STRATEGIES
from simulator.units import BOOTSTRAP_ADDRESS, Address

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


@given(st.sampled_from(sorted(STRATEGIES)), st.integers(0, 2**32), st.sets(st.sampled_from(NODES)))
def test_an_order_leaves_nobody_out(name: str, seed: int, chosen: set[Address]) -> None:
    graph, candidates = star(), sorted(chosen)
    orders = [STRATEGIES[name](candidates, Random(seed), graph) for _ in range(2)]  # noqa: S311
    assert orders[0] == orders[1], "the stream alone decides"
    assert sorted(orders[0]) == candidates
    degrees = [graph.degree(node) for node in orders[0]]
    if name != "random":
        assert degrees == sorted(degrees, reverse=name == "highest_degree")


def hub_size(strategy: str) -> int:
    net = Testnet(nodes=12, seed=3, strategies=[strategy])
    for index in range(12):
        net.node(index).join(net.token, funds=100, initial_channel_target=1)
    net.run_until_idle()
    return max(degree for _, degree in net.graph().degree())


def test_strategies_make_hubs_or_avoid_them() -> None:
    assert hub_size("highest_degree") > hub_size("lowest_degree")


@pytest.mark.parametrize("names", [[], ["richest"]])
def test_unknown_strategies_are_refused(names: list[str]) -> None:
    with pytest.raises(ConfigurationError, match="strategies must name"):
        Testnet(nodes=1, strategies=names)
