"""After a leave: others may open channels with the node, and nothing is done behind their backs."""

import pytest

from simulator.chain.contracts import GAS_LIMITS
from simulator.chain.mempool import Fault
from simulator.testnet.handles import NodeHandle
from simulator.testnet.simulation import DEFAULT_TOKEN_BALANCE
from simulator.testnet.testnet import Testnet
from simulator.words.errors import (
    InsufficientEth,
    NodeUnavailable,
    TransactionFailed,
    TransactionTimedOut,
)
from simulator.words.events import LeaveStarted, TransactionSent


def partners(node: NodeHandle, net: Testnet) -> set[str]:
    return {channel.partner for channel in node.channels(net.token)}


def is_out(net: Testnet, index: int) -> bool:
    """Whether everybody takes a node for one that is leaving, or has left."""
    leaving: bool = net.graph(everything=True).nodes[net.node(index).address]["leaving"]
    return leaving


@pytest.fixture
def left(net: Testnet, node: NodeHandle) -> NodeHandle:
    """Node 3 has joined and left again; nodes 0 to 2 have channels with each other."""
    node.join(net.token, 100)
    node.leave(net.token)
    return node


def test_what_others_open_after_a_leave_stays_open(net: Testnet, left: NodeHandle) -> None:
    net.node(4).open_channel(net.token, left.address, 50)
    net.run_until_idle()
    assert [channel.is_open for channel in left.channels(net.token)] == [True]
    left.stop()
    left.start()
    net.set_eth_balance(3, 10**19)
    net.mint(3, 5)
    net.run_until_idle()
    assert [channel.is_open for channel in left.channels(net.token)] == [True]
    connection = left.connections()[net.token]
    assert (connection.funds, connection.sum_deposits, connection.channels) == (0, 0, 1)


def test_a_node_that_has_left_is_nobodys_candidate_though_it_has_a_channel(
    net: Testnet, left: NodeHandle
) -> None:
    net.node(4).open_channel(net.token, left.address, 50)
    assert is_out(net, 3)
    net.node(5).join(net.token, 100, 5)
    net.run_until_idle()
    assert partners(net.node(5), net) == {net.node(n).address for n in (0, 1, 2, 4)}


def test_opening_by_hand_makes_it_a_candidate_again(net: Testnet, left: NodeHandle) -> None:
    net.node(5).join(net.token, 100, 5)
    net.node(4).open_channel(net.token, left.address)
    net.run_until_idle()
    assert left.address not in partners(net.node(5), net)
    left.open_channel(net.token, net.node(0).address)
    net.run_until_idle()
    assert left.address in partners(net.node(5), net)
    assert sorted(net.node(5).deposits(net.token).values()) == [12] * 5


def test_joining_makes_it_a_candidate_again(net: Testnet, left: NodeHandle) -> None:
    net.node(5).join(net.token, 100, 4)
    net.run_until_idle()
    assert left.address not in partners(net.node(5), net)
    left.join(net.token, 100, 1)
    net.run_until_idle()
    assert left.address in partners(net.node(5), net)


def test_the_next_leave_closes_what_was_opened_since(net: Testnet, left: NodeHandle) -> None:
    net.node(4).open_channel(net.token, left.address, 50)
    assert left.leave(net.token) == [net.node(4).address]
    assert net.node(4).balance(net.token) == DEFAULT_TOKEN_BALANCE


def test_a_deposit_waits_for_a_partner_that_has_left_and_is_offline(
    net: Testnet, left: NodeHandle
) -> None:
    """Nobody would open a channel with it, but the one that is there can be topped up."""
    net.node(4).open_channel(net.token, left.address)
    left.stop()
    net.node(4).join(net.token, 100, 4)
    net.run_until_idle()
    assert sorted(net.node(4).deposits(net.token).values()) == [0, 15, 15, 15]
    left.start()
    net.run_until_idle()
    assert sorted(net.node(4).deposits(net.token).values()) == [15, 15, 15, 15]


@pytest.mark.parametrize("fault", [Fault.FAIL, Fault.DROP])
def test_after_a_leave_that_failed_it_has_left_too(
    net: Testnet, node: NodeHandle, fault: Fault
) -> None:
    """What was not closed stays, without plans, until the next leave."""
    node.join(net.token, 100)
    net.set_fault(3, fault)
    with pytest.raises((TransactionFailed, TransactionTimedOut)):
        node.leave(net.token)
    net.set_fault(3, Fault.NONE)
    net.node(4).open_channel(net.token, node.address, 50)
    net.run_until_idle()
    assert is_out(net, 3)
    assert sorted(node.deposits(net.token).values()) == [0, 20, 20, 20]
    assert node.connections()[net.token].funds == 0
    assert len(node.leave(net.token)) == 4
    assert node.balance(net.token) == DEFAULT_TOKEN_BALANCE


def test_a_leave_that_a_stop_has_ended_is_not_taken_up_again(
    net: Testnet, node: NodeHandle
) -> None:
    node.join(net.token, 100)
    leaving = node.leave.begin(net.token)
    net.advance(blocks=2)
    node.stop()
    with pytest.raises(NodeUnavailable):
        leaving.result()
    net.node(4).open_channel(net.token, node.address, 50)
    node.start()
    net.run_until_idle()
    assert node.balance(net.token) == DEFAULT_TOKEN_BALANCE
    assert [channel.is_open for channel in node.channels(net.token)] == [True]
    assert is_out(net, 3)


def test_leaving_nothing_is_leaving_too(net: Testnet, node: NodeHandle) -> None:
    assert node.leave(net.token) == []
    net.node(4).open_channel(net.token, node.address)
    assert is_out(net, 3)
    assert node.leave(net.token) == [net.node(4).address]
    told = [
        entry.event
        for entry in net._simulation.journal.entries
        if isinstance(entry.event, LeaveStarted)
    ]
    assert len(told) == 1, "it was out all the time"


# -- no ETH ------------------------------------------------------------------------------


def test_eth_gone_before_the_first_close_leaves_everything_as_it_was(
    net: Testnet, node: NodeHandle
) -> None:
    node.join(net.token, 100, 4)
    leaving = node.leave.begin(net.token)
    net._simulation.controls.set_eth_balance(3, 0)  # in force with the next block
    with pytest.raises(InsufficientEth):
        leaving.result()
    assert node.connections()[net.token].funds == 100
    assert not is_out(net, 3)
    net.set_eth_balance(3, 10**20)
    net.node(4).join(net.token, 100, 1)
    net.run_until_idle()
    assert sorted(node.deposits(net.token).values())[-4:] == [15, 15, 15, 15]


def test_what_came_meanwhile_is_planned_for_when_the_leave_is_refused(
    net: Testnet, node: NodeHandle
) -> None:
    """The ETH that is left does for a deposit, not for a close."""
    node.join(net.token, 100)
    price = net._simulation.world.ledger.gas_price
    leaving = node.leave.begin(net.token)
    opening = net.node(4).open_channel.begin(net.token, node.address, 7)
    net._simulation.controls.set_eth_balance(3, GAS_LIMITS["setTotalDeposit"] * price)
    with pytest.raises(InsufficientEth):
        leaving.result()
    opening.result()
    net.run_until_idle()
    assert sorted(node.deposits(net.token).values()) == [7, 20, 20, 20]


def test_eth_gone_after_the_first_close_is_a_conflict(net: Testnet, node: NodeHandle) -> None:
    node.join(net.token, 100)
    leaving = node.leave.begin(net.token)
    for_one_of_three = GAS_LIMITS["closeChannel"] * net._simulation.world.ledger.gas_price
    net._simulation.controls.set_eth_balance(3, for_one_of_three)
    with pytest.raises(TransactionFailed, match="closeChannel failed: not enough ETH"):
        leaving.result()
    assert sorted(node.deposits(net.token).values()) == [20, 20]
    assert is_out(net, 3)
    net.set_eth_balance(3, 10**20)
    net.run_until_idle()
    assert len(node.channels(net.token)) == 2, "what was closed is settled later"


def test_eth_gone_before_the_settlements_is_a_conflict(net: Testnet, node: NodeHandle) -> None:
    node.join(net.token, 100)
    leaving = node.leave.begin(net.token)
    net.advance(blocks=3)
    for index in range(3):
        net.node(index).stop()
    net.set_eth_balance(3, 0)
    with pytest.raises(TransactionFailed, match="settleChannel failed: not enough ETH"):
        leaving.result()
    net.set_eth_balance(3, 10**20)
    net.run_until_idle()
    assert node.balance(net.token) == DEFAULT_TOKEN_BALANCE


def test_where_the_partner_has_closed_a_close_without_eth_is_no_failure(net: Testnet) -> None:
    """Both ends' closes are in one block, and the second one can't be paid."""
    node, partner = net.node(5), net.node(6)
    node.open_channel(net.token, partner.address, 5)
    net.set_fault(6, Fault.HOLD)
    partner.close_channel.begin(net.token, node.address)
    net.advance(seconds=1)
    leaving = node.leave.begin(net.token)  # does not rely on a close that is held back
    net.advance(seconds=1)
    net.set_fault(6, Fault.NONE)
    net._simulation.controls.set_eth_balance(5, 0)
    assert leaving.result() == [partner.address]
    sent = [
        e.event.name
        for e in net._simulation.journal.entries
        if isinstance(e.event, TransactionSent)
    ]
    assert sent.count("closeChannel") == 2
    assert node.balance(net.token) == DEFAULT_TOKEN_BALANCE
