"""Promises of docs/connections.md about joining that no other test names."""

import pytest

from simulator.chain.contracts import GAS_LIMITS
from simulator.chain.mempool import Fault
from simulator.node.settings import Settings
from simulator.testnet.handles import NodeHandle
from simulator.testnet.simulation import DEFAULT_TOKEN_BALANCE
from simulator.testnet.testnet import Testnet
from simulator.words.errors import (
    InsufficientEth,
    InsufficientFunds,
    InvalidAddress,
    InvalidRequest,
    NodeUnavailable,
    SimulatorError,
    TransactionTimedOut,
    UnknownTokenNetwork,
)
from simulator.words.events import PlanUnaffordable, TransactionSent
from simulator.words.units import BOOTSTRAP_ADDRESS, checksum
from tests.node.worlds import meshed

BOOTSTRAP = checksum(BOOTSTRAP_ADDRESS)


def partners_of(net: Testnet, node: NodeHandle) -> list[int]:
    """Return the numbers of a node's partners, in order of channel."""
    numbers = {handle.address: handle.index for handle in net.nodes}
    return [numbers[channel.partner] for channel in node.channels(net.token)]


def deposits_in_order(net: Testnet, node: NodeHandle) -> list[int]:
    return [channel.deposit for channel in node.channels(net.token)]


def amounts(net: Testnet, node: NodeHandle) -> list[int]:
    return sorted(node.deposits(net.token).values())


# -- what GET shows ----------------------------------------------------------------------


def test_funds_are_0_where_all_channels_were_opened_by_hand(net: Testnet, node: NodeHandle) -> None:
    node.open_channel(net.token, net.node(0).address, 9)
    net.node(1).open_channel(net.token, node.address, 7)
    connection = node.connections()[net.token]
    assert (connection.funds, connection.sum_deposits, connection.channels) == (0, 9, 2)


def test_funds_are_those_of_a_join_that_was_late(net: Testnet, node: NodeHandle) -> None:
    """It replaces the one before; what was refused does not."""
    node.join(net.token, 100)
    net.set_fault(3, Fault.HOLD)
    with pytest.raises(TransactionTimedOut):
        node.join(net.token, 200)
    assert node.connections()[net.token].funds == 200


# -- the order of a plan -----------------------------------------------------------------


@pytest.mark.parametrize(("target", "deposits"), [(1, [100, 0]), (2, [50, 50]), (3, [33, 33, 33])])
def test_channels_are_topped_up_oldest_first_whoever_opened_them(
    net: Testnet, node: NodeHandle, target: int, deposits: list[int]
) -> None:
    """And before any new one is opened, until the target is met."""
    net.node(2).open_channel(net.token, node.address)
    node.open_channel(net.token, net.node(1).address)
    node.join(net.token, 100, target, 0)
    assert deposits_in_order(net, node) == deposits
    assert partners_of(net, node)[:2] == [2, 1]


def test_a_channel_that_the_money_does_not_cover_is_passed_over() -> None:
    """The share is 20; one channel has 0, the next one 15, and the wallet holds 10."""
    net = meshed(token_balance=40)
    node = net.node(3)
    node.open_channel(net.token, net.node(0).address)
    node.open_channel(net.token, net.node(1).address, 15)
    node.open_channel(net.token, net.node(4).address, 15)
    net.node(4).stop()
    assert node.balance(net.token) == 10
    node.join(net.token, 40, 2, 0)
    assert deposits_in_order(net, node) == [0, 20, 15]


def test_a_partner_of_a_closed_channel_is_no_candidate_until_it_is_settled(net: Testnet) -> None:
    node = net.node(3)
    node.open_channel(net.token, net.node(0).address)
    node.close_channel(net.token, net.node(0).address)
    node.join(net.token, 100)
    assert amounts(net, node) == [20, 20]
    net.run_until_idle()
    assert amounts(net, node) == [20, 20, 20]
    assert partners_of(net, node)[-1] == 0


def test_who_does_not_take_part_is_no_candidate(net: Testnet, node: NodeHandle) -> None:
    """A node that is online, but has no open channel; the bootstrap channel makes it one."""
    node.join(net.token, 100, 5)
    net.run_until_idle()
    assert sorted(partners_of(net, node)) == [0, 1, 2]
    net.node(4).open_channel(net.token, BOOTSTRAP)
    net.run_until_idle()
    assert sorted(partners_of(net, node)) == [0, 1, 2, 4]


def test_empty_channels_count_with_a_share_of_0(net: Testnet, node: NodeHandle) -> None:
    node.join(net.token, 100, 2, 1)
    assert deposits_in_order(net, node) == [0, 0]
    net.node(4).open_channel(net.token, BOOTSTRAP)
    net.node(5).open_channel(net.token, node.address, 50)
    net.run_until_idle()
    assert deposits_in_order(net, node) == [0, 0, 0]


def test_what_is_on_its_way_counts_as_done() -> None:
    """There are peers enough to open as many channels again."""
    net = meshed(peers=6)
    node = net.node(6)
    net.set_fault(6, Fault.HOLD)
    with pytest.raises(TransactionTimedOut):
        node.join(net.token, 100)
    node.join(net.token, 100)  # has nothing to do
    net.mint(6, 5)
    net.set_fault(6, Fault.NONE)
    net.run_until_idle()
    assert deposits_in_order(net, node) == [20, 20, 20]


def test_a_channel_that_a_call_is_to_close_gets_no_more_deposits(
    net: Testnet, node: NodeHandle
) -> None:
    """Neither to meet a target nor to answer the partner: the call is held back, no plan is."""
    node.join(net.token, 100)
    net.node(5).open_channel(net.token, node.address)
    net.run_until_idle()
    net.set_fault(3, Fault.HOLD)
    with pytest.raises(TransactionTimedOut):
        node.close_channel(net.token, net.node(5).address)
    net.node(5).deposit(net.token, node.address, 7)
    net.run_until_idle()
    node.join(net.token, 100, 4)
    net.set_fault(3, Fault.NONE)
    net.run_until_idle()
    assert amounts(net, node) == [20, 20, 20]
    calls, _ = net._simulation.world.mempool.gas.by_function()["setTotalDeposit"]
    assert calls == 1, "node 5's own"


def sent_by(net: Testnet, index: int) -> list[str]:
    """Return the calls that a node has sent."""
    events = [entry.event for entry in net._simulation.journal.entries]
    address = net._simulation.nodes[index].address
    return [e.name for e in events if isinstance(e, TransactionSent) and e.sender == address]


def test_a_channel_that_is_raised_beyond_its_share_counts_once(
    net: Testnet, node: NodeHandle
) -> None:
    """A deposit by hand is held back; a fourth peer gets a channel all the same."""
    node.join(net.token, 100, 4)
    net.set_fault(3, Fault.HOLD)
    with pytest.raises(TransactionTimedOut):
        node.deposit(net.token, net.node(0).address, 50)
    net.node(4).open_channel(net.token, BOOTSTRAP)
    net.run_until_idle()
    assert sent_by(net, 3)[-2:] == ["setTotalDeposit", "openChannelWithDeposit"]
    net.set_fault(3, Fault.NONE)
    net.run_until_idle()
    assert amounts(net, node) == [15, 15, 15, 50]


@pytest.mark.parametrize(("by_hand", "left"), [(50, 10), (59, 1), (60, 0)])
def test_a_deposit_on_its_way_spends_what_it_adds(
    net: Testnet, node: NodeHandle, by_hand: int, left: int
) -> None:
    """Of the 40 tokens that are kept for others it takes what is above the 20 that are there."""
    node.join(net.token, 100)
    net.set_fault(3, Fault.HOLD)
    with pytest.raises(TransactionTimedOut):
        node.deposit(net.token, net.node(0).address, by_hand)
    net.node(4).open_channel(net.token, node.address, 20)
    net.run_until_idle()
    assert sent_by(net, 3).count("setTotalDeposit") == (2 if left else 1)
    net.set_fault(3, Fault.NONE)
    net.run_until_idle()
    assert amounts(net, node) == sorted([20, 20, by_hand, left])


# -- when a node plans again -------------------------------------------------------------


def test_a_deposit_into_a_channel_that_is_open_starts_a_plan(
    net: Testnet, node: NodeHandle
) -> None:
    node.join(net.token, 100)
    net.node(4).open_channel(net.token, node.address)
    net.run_until_idle()
    assert amounts(net, node) == [0, 20, 20, 20]
    net.node(4).deposit(net.token, node.address, 7)
    net.run_until_idle()
    assert amounts(net, node) == [7, 20, 20, 20]
    net.node(4).deposit(net.token, node.address, 30)
    net.run_until_idle()
    assert amounts(net, node) == [20, 20, 20, 20]


def test_a_close_starts_a_plan_that_does_not_wait_for_the_settlement() -> None:
    net = meshed(peers=4)
    node = net.node(4)
    node.join(net.token, 100)
    first = partners_of(net, node)
    net.node(first[0]).close_channel(net.token, node.address)
    net.advance(blocks=2)
    states = [channel.state for channel in node.channels(net.token)]
    assert states == ["closed", "opened", "opened", "opened"]
    assert {*partners_of(net, node)} == {0, 1, 2, 3}
    assert amounts(net, node) == [20, 20, 20]


def test_a_node_that_starts_again_plans(net: Testnet, node: NodeHandle) -> None:
    node.join(net.token, 100, 4)
    node.stop()
    net.node(4).open_channel(net.token, BOOTSTRAP)
    net.run_until_idle()
    assert amounts(net, node) == [15, 15, 15]
    node.start()
    net.run_until_idle()
    assert amounts(net, node) == [15, 15, 15, 15]


def test_a_node_that_starts_again_knows_what_it_missed(net: Testnet, node: NodeHandle) -> None:
    """A channel that was closed and settled, one that was opened, and a deposit into that."""
    node.join(net.token, 100)
    partner = net.node(0)
    node.stop()
    partner.close_channel(net.token, node.address)
    net.node(4).open_channel(net.token, node.address, 7)
    net.run_until_idle()
    node.start()
    assert partner.address not in {channel.partner for channel in node.channels(net.token)}
    net.run_until_idle()
    assert amounts(net, node) == [20, 20, 20]
    assert sorted(partners_of(net, node)) == [1, 2, 4]


def test_a_stopped_node_plans_nothing(net: Testnet, node: NodeHandle) -> None:
    """Not even the plan that has waited for a call which the stop ends."""
    node.join(net.token, 100, 4)
    net.set_fault(3, Fault.HOLD)
    node.open_channel.begin(net.token, net.node(5).address)
    net.advance(blocks=1)
    net.node(4).open_channel(net.token, BOOTSTRAP)
    net.set_eth_balance(3, 0)
    node.stop()
    net.run_until_idle()
    events = [entry.event for entry in net._simulation.journal.entries]
    assert not any(isinstance(event, PlanUnaffordable) for event in events)


def test_gas_that_was_paid_unnoticed_is_not_asked_for_again() -> None:
    """An opening is in a block that is not confirmed yet; the ETH does for one more."""
    net = Testnet(3, settings=Settings(confirmation_blocks=5))
    node = net.node(0)
    node.open_channel.begin(net.token, net.node(1).address)
    net.advance(blocks=2)
    node.stop()  # which ends the call, so that another one can be made
    node.start()
    wei = GAS_LIMITS["openChannel"] * net._simulation.world.ledger.gas_price
    net._simulation.controls.set_eth_balance(0, wei)  # in force with the next block
    net.advance(blocks=1)
    assert node.channels(net.token) == [], "it has not learned of the first one"
    node.open_channel(net.token, net.node(2).address)
    assert deposits_in_order(net, node) == [0, 0]


def test_tokens_of_a_call_that_failed_unnoticed_count_as_spent_until_then() -> None:
    net = Testnet(3, token_balance=60, settings=Settings(confirmation_blocks=5))
    node = net.node(0)
    net.set_fault(0, Fault.FAIL)
    node.open_channel.begin(net.token, net.node(1).address, 60)
    net.advance(blocks=2)
    net.set_fault(0, Fault.NONE)
    node.stop()  # which ends the call, so that another one can be made
    node.start()
    with pytest.raises(InsufficientFunds):
        node.open_channel(net.token, net.node(2).address, 60)
    net.run_until_idle()
    node.open_channel(net.token, net.node(2).address, 60)
    assert deposits_in_order(net, node) == [60]


def test_a_plan_that_could_not_be_paid_is_tried_again_when_a_peer_comes(
    net: Testnet, node: NodeHandle
) -> None:
    """The ETH comes from a wallet of a user's, of which nodes learn nothing."""
    node.join(net.token, 100, 4)
    net.set_eth_balance(3, 0)
    net.node(4).open_channel(net.token, BOOTSTRAP)
    net.run_until_idle()
    gift = {"from": net.node(5).address, "to": node.address, "value": 10**18}
    net.web3.eth.send_transaction(gift)  # type: ignore[arg-type]
    net.run_until_idle()
    assert amounts(net, node) == [15, 15, 15]
    net.node(6).open_channel(net.token, BOOTSTRAP)
    net.run_until_idle()
    assert amounts(net, node) == [15, 15, 15, 15]


def test_what_happens_during_a_plan_is_planned_for_after_it(net: Testnet, node: NodeHandle) -> None:
    """The opening that a fourth peer has called for is held back when a fifth one comes."""
    node.join(net.token, 100, 5)
    net.set_fault(3, Fault.HOLD)
    net.node(4).open_channel(net.token, BOOTSTRAP)
    net.node(5).open_channel(net.token, BOOTSTRAP)
    net.set_fault(3, Fault.NONE)
    net.advance(blocks=1)
    assert amounts(net, node) == [12, 12, 12, 12]
    net.advance(blocks=1)
    assert amounts(net, node) == [12, 12, 12, 12, 12]


# -- second joins, and joins that are interrupted ----------------------------------------


def test_a_second_join_closes_nothing_and_takes_nothing_back(
    net: Testnet, node: NodeHandle
) -> None:
    node.join(net.token, 200)
    wallet = node.balance(net.token)
    node.join(net.token, 10, 1)
    net.run_until_idle()
    assert deposits_in_order(net, node) == [40, 40, 40]
    assert [channel.state for channel in node.channels(net.token)] == ["opened"] * 3
    assert node.balance(net.token) == wallet
    assert node.connections()[net.token].funds == 10


def test_a_join_that_a_stop_has_ended_stays_in_force(net: Testnet, node: NodeHandle) -> None:
    joining = node.join.begin(net.token, 100, 4)
    net.advance(seconds=1)
    node.stop()
    with pytest.raises(NodeUnavailable):
        joining.result()
    node.start()
    net.node(4).open_channel(net.token, BOOTSTRAP)
    net.run_until_idle()
    assert amounts(net, node) == [15, 15, 15, 15]
    assert node.connections()[net.token].funds == 100


@pytest.mark.parametrize(
    ("funds", "token", "error"),
    [
        (1_000, None, InsufficientEth),
        (0, None, InvalidRequest),
        (DEFAULT_TOKEN_BALANCE + 1, None, InsufficientFunds),
        (1_000, BOOTSTRAP, UnknownTokenNetwork),
        (1_000, "0x22", InvalidAddress),
    ],
)
def test_after_a_refused_join_funds_target_and_fraction_are_as_before(
    net: Testnet,
    node: NodeHandle,
    funds: int,
    token: str | None,
    error: type[SimulatorError],
) -> None:
    """The target of the join before is not met: a fourth peer is still owed its share."""
    node.join(net.token, 100, 4)
    net.set_eth_balance(3, 0)
    with pytest.raises(error):
        node.join(token or net.token, funds, 5, 0)
    net.set_eth_balance(3, 10**20)
    net.node(4).open_channel(net.token, BOOTSTRAP)
    net.run_until_idle()
    assert amounts(net, node) == [15, 15, 15, 15]
    assert node.connections()[net.token].funds == 100
