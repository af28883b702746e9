"""Crashes: what is neither on the chain nor on the node's disk is lost."""

import pytest

from simulator.node.settings import Settings
from simulator.testnet.handles import NodeHandle
from simulator.testnet.simulation import DEFAULT_TOKEN_BALANCE
from simulator.testnet.testnet import Testnet
from simulator.words.errors import NodeUnavailable
from simulator.words.events import LeavingCancelled, NodeCrashed, TransactionFinished
from tests.node.worlds import meshed


def ends(net: Testnet) -> list[str]:
    events = [entry.event for entry in net._simulation.journal.entries]
    return [event.status for event in events if isinstance(event, TransactionFinished)]


def test_what_is_in_no_block_yet_is_lost(net: Testnet, node: NodeHandle) -> None:
    join = node.join.begin(net.token, 100)
    net.advance(seconds=1)
    node.crash()
    with pytest.raises(NodeUnavailable):
        join.result()
    net.run_until_idle()
    assert ends(net)[-4:] == ["lost"] * 4
    assert node.balance(net.token) == DEFAULT_TOKEN_BALANCE
    node.start()
    net.run_until_idle()
    assert node.connections() == {}
    assert net.graph().number_of_edges() == 3


def test_what_is_in_a_block_is_there_after_the_crash(net: Testnet, node: NodeHandle) -> None:
    """Mined, but not confirmed yet: the answer was on its way."""
    net = Testnet(2, settings=Settings(confirmation_blocks=5))
    opening = net.node(0).open_channel.begin(net.token, net.node(1).address, 7)
    net.advance(blocks=2)
    net.node(0).crash()
    net.node(0).start()
    net.run_until_idle()
    with pytest.raises(NodeUnavailable):
        opening.result()
    assert sorted(net.node(0).deposits(net.token).values()) == [7]


def test_an_answered_join_stays_in_force(net: Testnet, node: NodeHandle) -> None:
    node.join(net.token, 100, 4)
    node.crash()
    node.start()
    net.node(4).join(net.token, 100, 1)
    net.run_until_idle()
    assert sorted(node.deposits(net.token).values()) == [15, 15, 15, 15]


def test_a_second_join_is_forgotten_and_the_first_one_counts(
    net: Testnet, node: NodeHandle
) -> None:
    node.join(net.token, 100)
    node.join.begin(net.token, 200)
    net.advance(seconds=1)
    node.crash()
    node.start()
    net.run_until_idle()
    assert node.connections()[net.token].funds == 100
    assert sorted(node.deposits(net.token).values()) == [20, 20, 20]


def test_a_leave_is_forgotten(net: Testnet, node: NodeHandle) -> None:
    node.join(net.token, 100)
    leave = node.leave.begin(net.token)
    net.advance(seconds=1)
    node.crash()
    node.start()
    net.run_until_idle()
    with pytest.raises(NodeUnavailable):
        leave.result()
    assert node.connections()[net.token].channels == 3
    assert any(
        isinstance(entry.event, LeavingCancelled) for entry in net._simulation.journal.entries
    )
    assert net.graph().nodes[node.address]["leaving"] is False


def test_a_crashed_node_is_nobodys_candidate(net: Testnet, node: NodeHandle) -> None:
    net.node(0).crash()
    node.join(net.token, 100)
    assert sorted(node.deposits(net.token).values()) == [20, 20]
    assert any(isinstance(entry.event, NodeCrashed) for entry in net._simulation.journal.entries)


def test_a_stopped_node_can_not_crash(net: Testnet) -> None:
    net.node(0).stop()
    count = net._simulation.journal.count
    net.node(0).crash()
    assert net._simulation.journal.count == count


def test_partners_settle_what_a_crashed_node_has_closed() -> None:
    net = meshed(2, 2)
    net.node(0).deposit(net.token, net.node(1).address, 30)
    net.node(0).close_channel(net.token, net.node(1).address)
    net.node(0).crash()
    net.run_until_idle()
    assert net.node(0).balance(net.token) == DEFAULT_TOKEN_BALANCE
