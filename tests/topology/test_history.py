"""The graph at any kept moment follows from what is kept: the oldest one and the entries since."""

from collections.abc import Callable
from contextlib import suppress

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.node.settings import Settings
from simulator.testnet.testnet import Testnet
from simulator.words.errors import InvalidRequest, NotKept, SimulatorError
from tests.examples import examples

NODES = 4
SETTINGS = Settings(settle_timeout_blocks=5)
nodes = st.integers(0, NODES - 1)
tokens = st.integers(0, 1)

Act = Callable[[Testnet], object]


def of(name: str) -> Callable[..., Act]:
    """Return what makes an act of a method of a node and a token."""

    def make(node: int, token: int, *arguments: int) -> Act:
        return lambda net: getattr(net.node(node), name)(net.tokens[token], *arguments)

    return make


def open_channel(node: int, token: int, other: int, deposit: int) -> Act:
    return lambda net: net.node(node).open_channel(
        net.tokens[token], net.node(other).address, deposit
    )


acts = st.one_of(
    st.builds(of("join"), nodes, tokens, st.integers(1, 100), st.integers(1, 3)),
    st.builds(of("leave"), nodes, tokens),
    st.builds(open_channel, nodes, tokens, nodes, st.integers(0, 50)),
    st.builds(lambda node: lambda net: net.node(node).stop(), nodes),
    st.builds(lambda node: lambda net: net.node(node).crash(), nodes),
    st.builds(lambda node: lambda net: net.node(node).start(), nodes),
    st.builds(lambda blocks: lambda net: net.advance(blocks=blocks), st.integers(1, 9)),
)


def pictures(net: Testnet, at: int | None = None) -> list[object]:
    """Return all that the graphs show."""
    return [
        nx.node_link_data(net.graph(token, everything=everything, at=at), edges="edges")
        for token in net.tokens
        for everything in (False, True)
    ]


@given(keep=st.integers(1, 60), history=st.lists(acts, min_size=3, max_size=15))
@examples(60)
def test_every_kept_moment_can_be_seen_again(keep: int, history: list[Act]) -> None:
    net = Testnet(NODES, engine="model", tokens=2, keep_journal=keep, settings=SETTINGS)
    seen = {net._simulation.journal.count: pictures(net)}
    for act in history:
        with suppress(SimulatorError):
            act(net)
        seen[net._simulation.journal.count] = pictures(net)
    assert len(net._simulation.journal.entries) == min(keep, net._simulation.journal.count)
    for at, found in reversed(
        seen.items()
    ):  # whoever has looked at a later one has changed nothing
        if at >= net._simulation.journal.oldest:
            assert pictures(net, at) == found
        else:
            with pytest.raises(NotKept, match=f"{at} is no longer kept"):
                net.graph(at=at)
    pictures(net, net._simulation.journal.oldest)


def test_a_bound_that_comes_later_holds_from_then_on() -> None:
    net = Testnet(3, engine="model")
    net.node(0).join(net.token, 100)
    count, found = net._simulation.journal.count, pictures(net)
    net._simulation.journal.keep_only(4)
    net.node(1).join(net.token, 100)
    net.run_until_idle()
    assert len(net._simulation.journal.entries) == 4
    with pytest.raises(NotKept):
        net.graph(at=count)
    assert pictures(net, net._simulation.journal.count) == pictures(net) != found
    net._simulation.journal.keep_only(None)
    oldest = net._simulation.journal.oldest
    net.node(2).join(net.token, 100)
    assert net._simulation.journal.oldest == oldest


def test_there_is_no_graph_of_the_future() -> None:
    net = Testnet(1, engine="model")
    for at in (-1, net._simulation.journal.count + 1):
        with pytest.raises(InvalidRequest, match="at: "):
            net.graph(at=at)
