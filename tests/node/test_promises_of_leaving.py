"""Promises of docs/connections.md about leaving and settling that no other test names."""

import pytest

from simulator.chain.contracts import GAS_LIMITS
from simulator.chain.mempool import Fault
from simulator.testnet.handles import NodeHandle
from simulator.testnet.simulation import DEFAULT_TOKEN_BALANCE
from simulator.testnet.testnet import Testnet
from simulator.words.errors import (
    InsufficientEth,
    InsufficientFunds,
    TransactionFailed,
    TransactionTimedOut,
    UnknownTokenNetwork,
)
from simulator.words.units import BOOTSTRAP_ADDRESS, checksum
from tests.node.worlds import meshed

BOOTSTRAP = checksum(BOOTSTRAP_ADDRESS)
SETTLE_TIMEOUT_BLOCKS = 20


def amounts(net: Testnet, node: NodeHandle) -> list[int]:
    return sorted(node.deposits(net.token).values())


def partners_of(net: Testnet, node: NodeHandle) -> list[str]:
    return [channel.partner for channel in node.channels(net.token)]


# -- what a leave closes, and whom it names ----------------------------------------------


def test_a_leave_closes_channels_of_every_kind() -> None:
    """The bootstrap channel, channels opened by hand, by its join and by others, in order."""
    net = meshed()
    node = net.node(3)
    node.open_channel(net.token, BOOTSTRAP)
    node.open_channel(net.token, net.node(5).address, 5)
    net.node(4).open_channel(net.token, node.address, 9)
    node.join(net.token, 100, 5)
    net.run_until_idle()
    partners = partners_of(net, node)
    assert partners[:3] == [BOOTSTRAP, net.node(5).address, net.node(4).address]
    assert len(partners) == 6
    assert node.leave(net.token) == partners
    assert node.channels(net.token) == []
    assert node.balance(net.token) == DEFAULT_TOKEN_BALANCE


def test_a_leave_names_partners_that_close_while_it_is_going_on(
    net: Testnet, node: NodeHandle
) -> None:
    node.join(net.token, 100)
    partners = partners_of(net, node)
    net.set_fault(3, Fault.HOLD)
    leaving = node.leave.begin(net.token)
    net.advance(blocks=1)
    net.node(0).close_channel(net.token, node.address)
    net.set_fault(3, Fault.NONE)
    assert leaving.result() == partners


def test_a_leave_answers_when_everything_is_settled(net: Testnet, node: NodeHandle) -> None:
    node.join(net.token, 100)
    began = net.block_number
    leaving = node.leave.begin(net.token)
    net.advance(blocks=1 + SETTLE_TIMEOUT_BLOCKS)
    assert not leaving.done
    assert [channel.state for channel in node.channels(net.token)] == ["closed"] * 3
    leaving.result()
    assert net.block_number == began + 1 + SETTLE_TIMEOUT_BLOCKS + 1
    assert node.balance(net.token) == DEFAULT_TOKEN_BALANCE


# -- what a node that is leaving does not do ---------------------------------------------


def test_a_node_that_is_leaving_is_nobodys_candidate(net: Testnet) -> None:
    """Though its channels are not closed yet: its calls are held back."""
    net.set_fault(2, Fault.HOLD)
    leaving = net.node(2).leave.begin(net.token)
    net.advance(blocks=1)
    assert [channel.is_open for channel in net.node(2).channels(net.token)] == [True, True]
    net.node(3).join(net.token, 100)
    assert {*partners_of(net, net.node(3))} == {net.node(0).address, net.node(1).address}
    assert not leaving.done


def test_a_node_that_is_leaving_opens_nothing(net: Testnet, node: NodeHandle) -> None:
    """Its target is not met, a peer comes, and tokens do."""
    node.join(net.token, 100, 4)
    net.set_fault(3, Fault.HOLD)
    leaving = node.leave.begin(net.token)
    net.advance(blocks=1)
    net.node(4).open_channel(net.token, BOOTSTRAP)
    net.mint(3, 50)
    net.set_fault(3, Fault.NONE)
    assert len(leaving.result()) == 3
    net.run_until_idle()
    assert node.channels(net.token) == []
    assert node.balance(net.token) == DEFAULT_TOKEN_BALANCE + 50


def test_a_node_that_is_leaving_answers_no_deposits(net: Testnet, node: NodeHandle) -> None:
    node.join(net.token, 100)
    net.node(5).open_channel(net.token, node.address)
    net.run_until_idle()
    assert amounts(net, node) == [0, 20, 20, 20]
    net.set_fault(3, Fault.HOLD)
    leaving = node.leave.begin(net.token)
    net.advance(blocks=1)
    net.node(5).deposit(net.token, node.address, 7)
    net.advance(blocks=2)
    net.set_fault(3, Fault.NONE)
    assert len(leaving.result()) == 4
    calls, _ = net._simulation.world.mempool.gas.by_function()["setTotalDeposit"]
    assert calls == 1, "node 5's own"


# -- answers -----------------------------------------------------------------------------


def test_leaving_a_token_without_a_network(net: Testnet, node: NodeHandle) -> None:
    with pytest.raises(UnknownTokenNetwork):
        node.leave(node.address)


def test_a_leave_needs_eth_for_every_close_and_every_settlement(
    net: Testnet, node: NodeHandle
) -> None:
    """Of three channels one is closed already: two closes, three settlements."""
    node.join(net.token, 100)
    node.close_channel(net.token, net.node(0).address)
    gas = 2 * GAS_LIMITS["closeChannel"] + 3 * GAS_LIMITS["settleChannel"]
    needed = gas * net._simulation.world.ledger.gas_price
    net.set_eth_balance(3, needed - 1)
    with pytest.raises(InsufficientEth) as caught:
        node.leave(net.token)
    assert caught.value.required_wei == needed
    assert amounts(net, node) == [20, 20]
    assert node.connections()[net.token].funds == 100
    net.set_eth_balance(3, needed)
    assert len(node.leave(net.token)) == 2


def test_a_leave_needs_eth_for_what_the_closer_has_failed_to_settle(
    net: Testnet, node: NodeHandle
) -> None:
    """Nothing is left to close, but nobody else will settle it soon."""
    node.open_channel(net.token, net.node(0).address, 5)
    net.node(0).close_channel(net.token, node.address)
    net.set_fault(0, Fault.HOLD)
    net.advance(blocks=SETTLE_TIMEOUT_BLOCKS + 5)
    needed = GAS_LIMITS["settleChannel"] * net._simulation.world.ledger.gas_price
    net.set_eth_balance(3, needed - 1)
    with pytest.raises(InsufficientEth) as caught:
        node.leave(net.token)
    assert caught.value.required_wei == needed
    net.set_eth_balance(3, needed)
    assert node.leave(net.token) == []
    assert node.balance(net.token) == DEFAULT_TOKEN_BALANCE


def test_after_a_leave_that_is_refused_the_node_is_as_before(
    net: Testnet, node: NodeHandle
) -> None:
    """It goes on with its plan, and is a candidate of others."""
    node.join(net.token, 100, 4)
    net.set_eth_balance(3, 0)
    with pytest.raises(InsufficientEth):
        node.leave(net.token)
    net.set_eth_balance(3, 10**20)
    net.node(4).join(net.token, 100, 5)
    net.run_until_idle()
    assert node.address in partners_of(net, net.node(4))
    assert amounts(net, node) == [15, 15, 15, 15]


@pytest.mark.parametrize("fault", [Fault.HOLD, Fault.FAIL])
def test_what_a_leave_in_trouble_has_closed_is_settled_later(
    net: Testnet, node: NodeHandle, fault: Fault
) -> None:
    """The closes are mined, the settlements are not, and no partner is there to help."""
    node.join(net.token, 100)
    leaving = node.leave.begin(net.token)
    net.advance(blocks=3)
    for index in range(3):
        net.node(index).stop()
    net.set_fault(3, fault)
    with pytest.raises(TransactionTimedOut if fault is Fault.HOLD else TransactionFailed):
        leaving.result()
    assert [channel.state for channel in node.channels(net.token)] == ["closed"] * 3
    net.set_fault(3, Fault.NONE)
    net.run_until_idle()
    assert node.channels(net.token) == []
    assert node.balance(net.token) == DEFAULT_TOKEN_BALANCE


# -- settling ----------------------------------------------------------------------------


@pytest.fixture
def closed() -> Testnet:
    """Two nodes with a closed channel; the partner of the closer, node 0, is offline."""
    net = meshed(2, 2)
    net.node(0).close_channel(net.token, net.node(1).address)
    net.node(1).stop()
    return net


def test_the_closer_settles_as_soon_as_the_contract_allows(closed: Testnet) -> None:
    began = closed.block_number
    closed.advance(blocks=SETTLE_TIMEOUT_BLOCKS)
    assert len(closed.node(0).channels(closed.token)) == 1
    closed.advance(blocks=1)
    assert closed.node(0).channels(closed.token) == []
    assert closed.block_number == began + SETTLE_TIMEOUT_BLOCKS + 1


def test_a_settlement_that_failed_is_not_tried_again_by_itself(closed: Testnet) -> None:
    closed.set_fault(0, Fault.FAIL)
    closed.advance(blocks=SETTLE_TIMEOUT_BLOCKS + 30)
    calls, _ = closed._simulation.world.mempool.gas.by_function()["settleChannel"]
    assert calls == 1


def test_settling_is_tried_again_when_gas_gets_cheaper(closed: Testnet) -> None:
    """Until then it could not be paid; a price that rises further is no reason."""
    closed.set_eth_balance(0, 10**15)
    closed.set_gas_price(10**13)
    closed.run_until_idle()
    assert [c.state for c in closed.node(0).channels(closed.token)] == ["closed"]
    closed.set_gas_price(10**14)
    closed.run_until_idle()
    assert [c.state for c in closed.node(0).channels(closed.token)] == ["closed"]
    closed.set_gas_price()
    closed.run_until_idle()
    assert closed.node(0).channels(closed.token) == []


def test_settling_is_tried_again_when_the_node_starts(closed: Testnet) -> None:
    """The attempt has failed; the fault has an end of its own while the node is stopped."""
    closed.set_fault(0, Fault.FAIL, blocks=SETTLE_TIMEOUT_BLOCKS + 10)
    closed.advance(blocks=SETTLE_TIMEOUT_BLOCKS + 5)
    assert [c.state for c in closed.node(0).channels(closed.token)] == ["closed"]
    closed.node(0).stop()
    closed.advance(blocks=10)
    closed.run_until_idle()
    assert [c.state for c in closed.node(0).channels(closed.token)] == ["closed"]
    closed.node(0).start()
    closed.run_until_idle()
    assert closed.node(0).channels(closed.token) == []


def test_a_leave_waits_until_the_node_steps_in_for_a_closer(net: Testnet, node: NodeHandle) -> None:
    """That is when the transaction timeout is over, and what the closer has sent is held back."""
    node.open_channel(net.token, net.node(0).address, 5)
    net.node(0).close_channel(net.token, node.address)
    net.set_fault(0, Fault.HOLD)
    assert node.leave(net.token) == []
    assert node.channels(net.token) == []
    assert node.balance(net.token) == DEFAULT_TOKEN_BALANCE


# -- queues ------------------------------------------------------------------------------


def test_calls_of_a_node_are_handled_in_order_of_arrival(net: Testnet, node: NodeHandle) -> None:
    """Four calls, each of which would mean something else in another place."""
    partner = net.node(4).address
    calls = [
        node.open_channel.begin(net.token, partner, 1),
        node.deposit.begin(net.token, partner, 2),
        node.deposit.begin(net.token, partner, 3),
        node.close_channel.begin(net.token, partner),
    ]
    for call in calls:
        call.result()
    ends = [call.ended or 0.0 for call in calls]
    assert ends == sorted(ends)
    (channel,) = node.channels(net.token)
    assert (channel.deposit, channel.state) == (3, "closed")


def test_calls_of_different_nodes_do_not_wait_for_each_other(net: Testnet) -> None:
    """Three joins, begun at the same time, end at the same time."""
    calls = [net.node(index).join.begin(net.token, 100) for index in (3, 4, 5)]
    for call in calls:
        call.result()
    assert len({call.ended for call in calls}) == 1


# -- faults ------------------------------------------------------------------------------


def test_a_dropped_call_counts_as_spent_until_the_timeout_and_then_no_longer() -> None:
    """The wallet holds nothing beside what is lost."""
    net = meshed(token_balance=60)
    node = net.node(3)
    net.set_fault(3, Fault.DROP)
    node.open_channel.begin(net.token, net.node(0).address, 60)
    net.advance(blocks=2)
    net.set_fault(3, Fault.NONE)
    node.stop()  # which ends the call, so that another one can be made
    node.start()
    with pytest.raises(InsufficientFunds):
        node.open_channel(net.token, net.node(1).address, 60)
    net.run_until_idle()
    node.open_channel(net.token, net.node(1).address, 60)
    assert amounts(net, node) == [60]
