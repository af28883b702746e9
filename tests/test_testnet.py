"""The Python API: its documented example, bad arguments, a tester's hands, faults of ours."""

import doctest
import json
from collections.abc import Callable
from typing import Any

import networkx as nx
import pytest

from simulator import errors, testnet
from simulator.chain.abi import load
from simulator.errors import ConfigurationError
from simulator.genesis import TokenDetails
from simulator.node import connections
from simulator.node.node import Dialect
from simulator.node.world import Settings
from simulator.testnet import Testnet
from simulator.units import parse_address


def test_the_documented_example() -> None:
    result = doctest.testmod(testnet)
    assert (result.failed, result.attempted > 5) == (0, True)


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({"nodes": 0}, "nodes"),
        ({"nodes": 10_001}, "nodes"),
        ({"nodes": True}, "nodes"),
        ({"seed": 2**64}, "seed"),
        ({"tokens": 0}, "tokens"),
        ({"token_balance": -1}, "token_balance"),
        ({"token_balance": 2**256}, "token_balance"),
        ({"eth_balance": -1}, "eth_balance"),
        ({"dialects": ()}, "dialects"),
    ],
)
def test_options_out_of_range(options: dict[str, Any], name: str) -> None:
    with pytest.raises(errors.ConfigurationError, match=f"^{name} must"):
        Testnet(**options)


@pytest.mark.parametrize(
    "options",
    [
        {"block_time": 0},
        {"block_time": 1.5},
        {"settle_timeout_blocks": 4},
        {"settle_timeout_blocks": 100_001},
        {"transaction_timeout_seconds": 0},
        {"confirmation_blocks": -1},
    ],
)
def test_rules_out_of_range(options: dict[str, Any]) -> None:
    (name,) = options
    with pytest.raises(errors.ConfigurationError, match=f"^{name} must"):
        Settings(**options)


def test_unknown_nodes_and_tokens() -> None:
    net = Testnet(2)
    with pytest.raises(errors.InvalidRequest, match="node: 2 is not within 0 to 1"):
        net.node(2)
    with pytest.raises(errors.UnknownTokenNetwork):
        net.graph(net.node(0).address)
    with pytest.raises(errors.InvalidAddress):
        net.node(0).join("0x1234", 100)


WHOLE: dict[str, Callable[[Testnet, Any], object]] = {
    "funds": lambda net, value: net.node(0).join(net.token, value),
    "initial_channel_target": lambda net, value: net.node(0).join(net.token, 100, value),
    "total_deposit": lambda net, value: net.node(0).open_channel(
        net.token, net.node(1).address, value
    ),
    "settle_timeout": lambda net, value: net.node(0).open_channel(
        net.token, net.node(1).address, 0, value
    ),
    "amount": lambda net, value: net.mint(0, value),
    "wei": lambda net, value: net.set_eth_balance(0, value),
    "blocks": lambda net, value: net.set_fault(0, "hold", value),
    "at": lambda net, value: net.graph(at=value),
}


@pytest.mark.parametrize("name", WHOLE)
@pytest.mark.parametrize("value", [10.0, "10", True])
def test_what_is_no_whole_number_is_refused_and_breaks_nothing(name: str, value: object) -> None:
    """Floats come easily: `1e18`, or `100 / 2`."""
    net = Testnet(2)
    net.node(0).open_channel(net.token, net.node(1).address)
    before = net.digest
    with pytest.raises(errors.InvalidRequest, match=f"^{name}: must be a whole number"):
        WHOLE[name](net, value)
    with pytest.raises(errors.InvalidRequest, match="total_deposit: must be a whole number"):
        net.node(0).deposit(net.token, net.node(1).address, 10.0)  # type: ignore[arg-type]
    assert net.digest == before
    assert net.node(0).deposit(net.token, net.node(1).address, 10).own_deposit == 10


def test_seeds_give_other_addresses_and_tokens_their_own_networks() -> None:
    one, other = Testnet(2, seed=1, tokens=2), Testnet(2, seed=2)
    assert one.node(0).address != other.node(0).address
    first, second = one.tokens
    one.node(0).join(second, 100)
    assert list(one.node(0).connections()) == [second]
    assert one.graph(first).number_of_nodes() == 0


def test_bespin_nodes_do_not_join() -> None:
    net = Testnet(2, dialects=[Dialect.ALDERAAN, Dialect.BESPIN])
    net.node(0).join(net.token, 100)
    with pytest.raises(errors.CallNotOffered, match="bespin nodes do not offer join"):
        net.node(1).join(net.token, 100)


def test_a_node_more_disturbs_no_other() -> None:
    """Addresses and choices of the first nodes stay the same in a larger network."""

    def deposits(nodes: int) -> list[tuple[str, list[str]]]:
        net = Testnet(nodes, seed=3)
        for index in range(4):
            net.node(index).join(net.token, 100, 2)
        net.run_until_idle()
        return [
            (net.node(n).address, [str(c.partner) for c in net.node(n).channels(net.token)])
            for n in range(4)
        ]

    assert deposits(4) == deposits(9)


def test_the_graph_is_plain_networkx() -> None:
    net = Testnet(4)
    for index in range(4):
        net.node(index).join(net.token, 100)
    net.run_until_idle()
    graph = net.graph()
    assert nx.is_connected(graph)
    assert json.dumps(nx.node_link_data(graph, edges="edges"))
    assert sum(data["deposit"] for _, data in graph.nodes(data=True)) == sum(
        sum(net.node(n).deposits(net.token)) for n in range(4)
    )


def test_time_passes_on_request_only() -> None:
    net = Testnet(2)
    net.advance(seconds=40)
    assert (net.now, net.block_number) == (40, net.ledger.head)
    before = net.block_number
    net.advance(blocks=3)
    assert net.block_number == before + 3
    with pytest.raises(errors.InvalidRequest, match="blocks"):
        net.advance(blocks=-1)


def test_tokens_and_eth_by_a_testers_hand() -> None:
    net = Testnet(2)
    before = net.node(1).balance(net.token)
    net.mint(1, 77)
    net.set_eth_balance(1, 5)
    assert (net.node(1).balance(net.token), net.node(1).eth_balance) == (before + 77, 5)
    with pytest.raises(errors.InvalidRequest, match="amount"):
        net.mint(1, 0)
    with pytest.raises(errors.InvalidRequest, match="wei"):
        net.set_eth_balance(1, -1)


def test_tokens_that_arrive_are_put_to_use() -> None:
    """A share that the wallet did not cover is paid as soon as it does."""
    net = Testnet(5, token_balance=60)
    for one in range(3):
        for other in range(one):
            net.node(one).open_channel(net.token, net.node(other).address)
    net.node(3).join(net.token, 60, 3, 0)
    net.node(4).open_channel(net.token, net.node(3).address, 50)
    net.run_until_idle()
    assert net.node(3).balance(net.token) == 0
    net.node(3).close_channel(net.token, net.node(0).address)
    net.run_until_idle()
    assert net.node(3).balance(net.token) == 0
    assert sum(net.node(3).deposits(net.token)) == 60


def test_a_fault_of_ours_is_contained_and_reported(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    net = Testnet(3)
    net.node(0).join(net.token, 100)

    def broken(_: object) -> None:
        raise ZeroDivisionError("a bug")

    with monkeypatch.context() as patch:
        patch.setattr(connections, "plan", broken)
        with pytest.raises(errors.InternalFault, match="Internal Raiden node error"):
            net.node(1).join(net.token, 100)
    assert "Traceback" in caplog.text
    net.node(2).join(net.token, 100)
    with pytest.raises(RuntimeError, match="a bug"):
        net.run_until_idle()


def test_the_journal_can_be_bounded_without_changing_the_digest() -> None:
    full, bounded = Testnet(3), Testnet(3, keep_journal=2)
    for net in (full, bounded):
        net.node(0).join(net.token, 100)
        net.run_until_idle()
    assert len(bounded.journal.entries) == 2
    assert (bounded.digest, bounded.journal.count) == (full.digest, full.journal.count)


def test_the_world_is_sound_after_a_long_history() -> None:
    net = Testnet(6, settings=Settings(settle_timeout_blocks=10))
    net.world.on_block.append(net.check_invariants)
    for index in range(6):
        net.node(index).join(net.token, 100 + index)
    net.node(2).leave(net.token)
    net.node(2).join(net.token, 50)
    net.run_until_idle()
    assert nx.is_connected(net.graph())


@pytest.mark.parametrize("details", [("x" * 101, "X", 0), ("\ud800", "X", 0), ("X", "X", 256)])
def test_tokens_that_no_contract_can_be(details: tuple[str, str, int]) -> None:
    with pytest.raises(ConfigurationError):
        TokenDetails(*details)


def test_only_the_first_token_is_named() -> None:
    net = Testnet(1, tokens=2, token_details=TokenDetails("Mark", "DM", 2))
    names = [net.ledger.read(parse_address(t), load("CustomToken"), "name")[0] for t in net.tokens]
    assert names == ["Mark", "Token 1"]


def test_settle_timeouts_of_nodes() -> None:
    net = Testnet(3, settle_timeouts=[20, None])
    net.node(0).open_channel(net.token, net.node(1).address)
    net.node(1).open_channel(net.token, net.node(2).address)
    assert [c.settle_timeout_blocks for c in net.node(1).channels(net.token)] == [20, 500]
    for wrong in ([], [4], [100_001]):
        with pytest.raises(ConfigurationError):
            Testnet(1, settle_timeouts=wrong)
