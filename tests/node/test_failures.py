"""Joining and leaving without ETH, with late transactions, and with absent partners."""

import pytest

from simulator.chain.mempool import Fault
from simulator.testnet.handles import NodeHandle
from simulator.testnet.simulation import DEFAULT_TOKEN_BALANCE
from simulator.testnet.testnet import Testnet
from simulator.words.errors import (
    InsufficientEth,
    TransactionFailed,
    TransactionTimedOut,
)
from simulator.words.events import ChannelSettled


def test_join_without_eth_changes_nothing(net: Testnet, node: NodeHandle) -> None:
    node.join(net.token, 100)
    net.run_until_idle()
    net.set_eth_balance(3, 0)
    with pytest.raises(InsufficientEth, match=r"needs \d+ wei, has 0 wei"):
        node.join(net.token, 200)
    assert node.connections()[net.token].funds == 100
    node.join(net.token, 100)  # nothing to do needs no ETH


def test_join_needs_eth_for_every_call_of_the_plan(net: Testnet, node: NodeHandle) -> None:
    net.set_eth_balance(3, 10**9)
    with pytest.raises(InsufficientEth) as caught:
        node.join(net.token, 100)
    needed = caught.value.required_wei
    net.set_eth_balance(3, needed - 1)
    with pytest.raises(InsufficientEth):
        node.join(net.token, 100)
    assert node.channels(net.token) == []
    net.set_eth_balance(3, needed)
    node.join(net.token, 100)
    assert sorted(node.deposits(net.token).values()) == [20, 20, 20]


def test_held_transactions_time_out_and_count_as_spent(net: Testnet, node: NodeHandle) -> None:
    net.set_fault(3, Fault.HOLD)
    with pytest.raises(TransactionTimedOut) as caught:
        node.join(net.token, 100)
    assert caught.value.names == ("approve", *["openChannelWithDeposit"] * 3)
    assert node.channels(net.token) == []
    net.node(4).join(net.token, 100)
    net.run_until_idle()
    net.set_fault(3, Fault.NONE)
    net.run_until_idle()
    assert [d for d in sorted(node.deposits(net.token).values()) if d][-3:] == [20, 20, 20]
    assert node.connections()[net.token].sum_deposits <= 100
    assert node.connections()[net.token].funds == 100


def test_dropped_transactions_are_given_up_at_the_timeout(net: Testnet, node: NodeHandle) -> None:
    net.set_fault(3, Fault.DROP)
    with pytest.raises(TransactionTimedOut):
        node.join(net.token, 100)
    net.set_fault(3, Fault.NONE)
    node.join(net.token, 100)
    assert sorted(node.deposits(net.token).values()) == [20, 20, 20]


def test_leave_without_eth_closes_nothing(net: Testnet, node: NodeHandle) -> None:
    node.join(net.token, 100)
    net.run_until_idle()
    net.set_eth_balance(3, 3 * 140_000 * 2 * 10**9)  # enough for closing, not for settling
    with pytest.raises(InsufficientEth):
        node.leave(net.token)
    assert sorted(node.deposits(net.token).values()) == [20, 20, 20]


def test_leave_that_times_out_can_be_repeated(net: Testnet, node: NodeHandle) -> None:
    node.join(net.token, 100)
    net.set_fault(3, Fault.DROP)
    with pytest.raises(TransactionTimedOut):
        node.leave(net.token)
    net.set_fault(3, Fault.NONE)
    assert len(node.leave(net.token)) == 3
    assert node.balance(net.token) == DEFAULT_TOKEN_BALANCE


def test_leave_whose_closes_fail_says_so(net: Testnet, node: NodeHandle) -> None:
    node.join(net.token, 100)
    net.set_fault(3, Fault.FAIL)
    with pytest.raises(TransactionFailed, match="closeChannel failed: out of gas"):
        node.leave(net.token)
    assert sorted(node.deposits(net.token).values()) == [20, 20, 20]


def test_leaving_nothing(net: Testnet, node: NodeHandle) -> None:
    assert node.leave(net.token) == []


def test_leave_works_while_partners_are_offline(net: Testnet, node: NodeHandle) -> None:
    node.join(net.token, 100)
    for index in range(3):
        net.node(index).stop()
    assert len(node.leave(net.token)) == 3
    assert node.balance(net.token) == DEFAULT_TOKEN_BALANCE


def test_leave_waits_for_channels_closed_before(net: Testnet, node: NodeHandle) -> None:
    node.join(net.token, 100)
    node.close_channel(net.token, net.node(0).address)
    net.node(1).close_channel(net.token, node.address)
    assert node.leave(net.token) == [net.node(2).address]
    assert node.balance(net.token) == DEFAULT_TOKEN_BALANCE


def test_channels_opened_during_a_leave_are_closed_and_listed(
    net: Testnet, node: NodeHandle
) -> None:
    node.join(net.token, 100)
    leaving = node.leave.begin(net.token)
    net.advance(blocks=5)
    net.node(4).open_channel(net.token, node.address, total_deposit=9)
    assert leaving.result()[-1] == net.node(4).address
    assert node.channels(net.token) == []
    assert net.node(4).balance(net.token) == DEFAULT_TOKEN_BALANCE


def test_nobody_opens_channels_with_a_node_that_has_left(net: Testnet) -> None:
    net.node(2).leave(net.token)
    net.node(3).join(net.token, 100)
    partners = {c.partner for c in net.node(3).channels(net.token)}
    assert partners == {net.node(0).address, net.node(1).address}


def test_opening_by_hand_ends_the_leaving(net: Testnet, node: NodeHandle) -> None:
    node.join(net.token, 100)
    node.leave(net.token)
    node.open_channel(net.token, net.node(0).address, total_deposit=5)
    net.run_until_idle()
    connection = node.connections()[net.token]
    assert (connection.funds, connection.sum_deposits, connection.channels) == (0, 5, 1)


def test_the_partner_settles_when_the_closer_is_offline(net: Testnet, node: NodeHandle) -> None:
    node.join(net.token, 100)
    node.close_channel(net.token, net.node(0).address)
    closed = net.block_number
    node.stop()
    net.run_until_idle()
    assert net.block_number == closed + 20 + 1  # in the first block that allows it
    assert node.address not in {c.partner for c in net.node(0).channels(net.token)}
    settled = [e for e in net._simulation.journal.entries if isinstance(e.event, ChannelSettled)]
    assert len(settled) == 1


@pytest.mark.parametrize("first", [0, 3])
def test_whoever_starts_first_settles(net: Testnet, node: NodeHandle, first: int) -> None:
    node.join(net.token, 100)
    node.close_channel(net.token, net.node(0).address)
    node.stop()
    net.node(0).stop()
    net.run_until_idle()
    net.advance(blocks=30)
    assert [c.state for c in net.node(first).channels(net.token)].count("closed") == 1
    net.node(first).start()
    net.run_until_idle()
    assert len(node.channels(net.token)) == 2
    assert all(c.is_open for c in node.channels(net.token))


def test_the_partner_settles_when_the_closer_is_out_of_eth(net: Testnet, node: NodeHandle) -> None:
    node.join(net.token, 100)
    node.close_channel(net.token, net.node(0).address)
    net.set_eth_balance(3, 0)
    net.run_until_idle()
    assert all(c.is_open for c in node.channels(net.token))
