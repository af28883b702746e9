"""Joining and leaving when things go wrong at awkward moments."""

from typing import Any

import pytest
from msgspec.structs import replace

from simulator.chain.ledger import ContractCall
from simulator.chain.mempool import Fault
from simulator.node.plan import plan
from simulator.node.settings import Settings
from simulator.testnet.simulation import DEFAULT_TOKEN_BALANCE
from simulator.testnet.testnet import Testnet
from simulator.words.errors import (
    InsufficientEth,
    TransactionFailed,
    TransactionTimedOut,
)
from simulator.words.units import UINT256_MAX, checksum
from tests.node.worlds import network_of


def send_from_outside(net: Testnet, call: ContractCall) -> None:
    """Make a call through web3.py, as a user's script would."""
    assert call.to is not None
    net.web3.eth.send_transaction(
        {
            "from": checksum(call.sender),
            "to": checksum(call.to),
            "data": call.data,
            "gas": 500_000,
            "maxFeePerGas": 3 * 10**9,  # type: ignore[typeddict-item]
            "maxPriorityFeePerGas": 10**9,  # type: ignore[typeddict-item]
        }
    )


def joined(nodes: int, members: int = 3, **rules: Any) -> Testnet:
    """Return a testnet whose first nodes have joined with 100 tokens each."""
    net = Testnet(nodes, settings=Settings(**rules))
    for index in range(members):
        net.node(index).join(net.token, 100)
    net.run_until_idle()
    return net


def actions_left(net: Testnet, index: int) -> int:
    (manager,) = net._simulation.nodes[index].managers()
    return len(plan(manager.facts(manager.membership.terms)).actions)


def test_blocks_become_known_in_their_order() -> None:
    """A stranger's deposit into a channel that nobody knows of yet waits for its turn."""
    net = Testnet(4, settings=Settings(confirmation_blocks=5))
    network, stranger = network_of(net), net._simulation.nodes[2].address
    net.node(0).open_channel.begin(net.token, net.node(1).address)
    net.advance(blocks=2)
    send_from_outside(net, network.token.approve(stranger, network.address, UINT256_MAX))
    deposit = network.set_total_deposit(stranger, 1, 7, net._simulation.nodes[1].address)
    for_another = (1, net._simulation.nodes[0].address, 7, net._simulation.nodes[1].address)
    send_from_outside(net, replace(deposit, arguments=for_another))
    assert net.node(0).channels(net.token) == []
    net.run_until_idle()
    assert sorted(net.node(0).deposits(net.token).values()) == [7]
    assert net.graph().size() == 1


def test_a_node_stopped_just_before_it_plans_plans_when_it_starts() -> None:
    net = joined(5)
    (manager,) = net._simulation.nodes[0].managers()
    net.node(4).open_channel.begin(net.token, net.node(0).address, 20)
    while manager not in net._simulation.world._planners:
        net._simulation.world.clock.step()
    net.node(0).stop()
    net.run_until_idle()
    net.node(0).start()
    net.run_until_idle()
    assert actions_left(net, 0) == 0
    assert 20 in [c.deposit for c in net.node(0).channels(net.token)][-1:]


def test_a_node_whose_join_was_late_is_woken_by_the_next_participant() -> None:
    net = joined(5)
    net.set_fault(3, Fault.DROP)
    with pytest.raises(TransactionTimedOut):
        net.node(3).join(net.token, 100)
    net.set_fault(3, Fault.NONE)
    net.run_until_idle()
    assert sorted(net.node(3).deposits(net.token).values()) == []
    net.node(4).join(net.token, 100, initial_channel_target=1)
    net.run_until_idle()
    assert sorted(net.node(3).deposits(net.token).values())[-3:] == [20, 20, 20]


def test_a_node_short_of_eth_is_woken_by_the_next_participant_too() -> None:
    net = joined(5)
    net.node(3).join(net.token, 100, 4)
    net.run_until_idle()
    net.set_eth_balance(3, 0)
    net.node(4).join(net.token, 100, 1)
    net.run_until_idle()
    assert len([d for d in sorted(net.node(3).deposits(net.token).values()) if d == 15]) == 3
    net.set_eth_balance(3, 10**20)
    net.run_until_idle()
    assert len([d for d in sorted(net.node(3).deposits(net.token).values()) if d == 15]) == 4


def test_a_transaction_that_ends_late_is_a_fact() -> None:
    """The held opening reverts at last; the channel that the partner opened is funded then."""
    net = Testnet(3)
    peer, node = net.node(0), net.node(1)
    peer.open_channel(net.token, net.node(2).address)
    net.node(2).stop()
    net.set_fault(1, Fault.HOLD)
    with pytest.raises(TransactionTimedOut):
        node.join(net.token, 100, 1)
    peer.open_channel(net.token, node.address)
    net.set_fault(1, Fault.NONE)
    net.run_until_idle()
    assert sorted(node.deposits(net.token).values()) == [60]


def test_what_is_on_its_way_is_spent() -> None:
    """99 of 100 tokens are held back in openings; one is left to answer a deposit of 50."""
    net = joined(5)
    net.set_fault(3, Fault.HOLD)
    with pytest.raises(TransactionTimedOut):
        net.node(3).join(net.token, 100, 3, 0)
    net.node(4).open_channel(net.token, net.node(3).address, 50)
    net.run_until_idle()
    net.set_fault(3, Fault.NONE)
    net.run_until_idle()
    assert sorted(net.node(3).deposits(net.token).values())[-4:] == [1, 33, 33, 33]


def test_deposits_that_are_on_their_way_are_made() -> None:
    net = joined(4)
    node = net.node(3)
    node.join(net.token, 100)
    net.run_until_idle()
    net.set_fault(3, Fault.HOLD)
    with pytest.raises(TransactionTimedOut):
        node.join(net.token, 200)
    sent = net._simulation.journal.count
    node.join(net.token, 200)  # has nothing to add
    assert net.journal.count == sent + 2  # that it has begun and ended
    net.set_fault(3, Fault.NONE)
    net.run_until_idle()
    assert sorted(node.deposits(net.token).values())[-3:] == [40, 40, 40]


def test_partners_of_openings_on_their_way_are_no_candidates() -> None:
    net = joined(4)
    net.set_fault(3, Fault.HOLD)
    with pytest.raises(TransactionTimedOut):
        net.node(3).join(net.token, 100)
    net.node(3).join(net.token, 100, 6)  # there is nobody else
    net.set_fault(3, Fault.NONE)
    net.run_until_idle()
    assert len(net.node(3).channels(net.token)) == 3


def test_an_opening_on_its_way_makes_visible() -> None:
    net = Testnet(1)
    net.set_fault(0, Fault.HOLD)
    with pytest.raises(TransactionTimedOut):
        net.node(0).join(net.token, 100)
    net.node(0).join(net.token, 100)
    net.set_fault(0, Fault.NONE)
    net.run_until_idle()
    calls, _ = net._simulation.world.mempool.gas.by_function()["openChannel"]
    assert calls == 1


def test_tokens_of_a_closed_channel_are_spoken_for_until_it_is_settled() -> None:
    net = joined(5, 4, settle_timeout_blocks=20)
    node = net.node(4)
    node.join(net.token, 99, 3, 0)
    net.run_until_idle()
    assert sorted(node.deposits(net.token).values()) == [33, 33, 33]
    node.close_channel(net.token, node.channels(net.token)[0].partner)
    net.advance(blocks=5)
    assert sorted(node.deposits(net.token).values()) == [33, 33]
    net.run_until_idle()
    assert sorted(node.deposits(net.token).values()) == [33, 33, 33]


@pytest.mark.parametrize(("confirmations", "timeout"), [(48, 600), (10, 30), (5, 15)])
def test_leaving_is_patient_with_confirmations(confirmations: int, timeout: int) -> None:
    net = joined(
        4,
        confirmation_blocks=confirmations,
        transaction_timeout_seconds=timeout,
        settle_timeout_blocks=2 * (confirmations + 2),
    )
    assert len(net.node(0).leave(net.token)) >= 2
    net.run_until_idle()
    calls, _ = net._simulation.world.mempool.gas.by_function()["settleChannel"]
    closes, _ = net._simulation.world.mempool.gas.by_function()["closeChannel"]
    assert calls == closes


def test_a_permanent_fault_outlives_the_end_of_an_earlier_one() -> None:
    """Also when blocks out of turn have moved that end."""
    net = joined(4)
    net.set_fault(3, Fault.HOLD, blocks=10)
    token = network_of(net).token
    send_from_outside(
        net, token.mint_for(net._simulation.nodes[0].address, 5, net._simulation.nodes[0].address)
    )
    net.set_fault(3, Fault.HOLD)
    net.advance(blocks=20)
    assert net._simulation.world.mempool.fault(net._simulation.nodes[3].address) is Fault.HOLD


def test_tokens_that_left_the_wallet_unnoticed_count_once() -> None:
    net = Testnet(4, token_balance=100, settings=Settings(confirmation_blocks=5))
    for index in range(3):
        net.node(index).join(net.token, 100)
    net.run_until_idle()
    node = net.node(3)
    node.join.begin(net.token, 100)
    net.advance(blocks=2)
    node.stop()
    node.start()
    node.join(net.token, 100)
    net.run_until_idle()
    assert sorted(node.deposits(net.token).values())[-3:] == [20, 20, 20]


def test_eth_that_was_spent_unnoticed_counts_once() -> None:
    net = joined(4, confirmation_blocks=5)
    net.set_eth_balance(3, 0)
    with pytest.raises(InsufficientEth) as caught:
        net.node(3).join(net.token, 100)
    net.set_eth_balance(3, caught.value.required_wei)
    net.node(3).join.begin(net.token, 100)
    net.advance(blocks=2)
    net.node(3).stop()
    net.node(3).start()
    net.node(3).join(net.token, 100)  # nothing is left to do, and nothing is left to pay


def test_channels_that_come_and_go_during_a_leave_are_listed() -> None:
    net = joined(4, settle_timeout_blocks=20)
    node, visitor = net.node(0), net.node(3)
    net.set_fault(0, Fault.HOLD)
    call = node.leave.begin(net.token)
    net.advance(blocks=1)
    visitor.open_channel(net.token, node.address, 10)
    visitor.close_channel(net.token, node.address)
    net.set_fault(0, Fault.NONE)
    assert call.result()[-1] == visitor.address


def test_a_leave_keeps_the_eth_that_it_will_settle_with() -> None:
    net = Testnet(9, tokens=2, settings=Settings(settle_timeout_blocks=50))
    left, other = net.tokens
    for index in range(3):
        net.node(index).join(left, 100)
    node = net.node(3)
    node.join(left, 100)
    net.node(4).join(other, 100)
    net.run_until_idle()
    node.join(other, 1_000, 4, 0)
    net.run_until_idle()
    net.set_eth_balance(3, 3 * 300_000 * 2 * 10**9)
    call = node.leave.begin(left)
    net.advance(blocks=3)
    for index in (5, 6, 7):
        net.node(index).open_channel.begin(other, net.node(8).address)
    assert len(call.result()) == 3


def test_a_leave_gets_over_a_settlement_that_failed_before_it() -> None:
    net = Testnet(3)
    node, one, two = (net.node(index) for index in range(3))
    node.open_channel(net.token, one.address, 50, 5)
    node.open_channel(net.token, two.address, 50, 5)
    node.close_channel(net.token, one.address)
    net.set_fault(0, Fault.FAIL)
    net.advance(blocks=6)
    net.set_fault(0, Fault.NONE)
    assert node.leave(net.token) == [two.address]
    assert node.channels(net.token) == []


# -- a leave that gets into trouble ------------------------------------------------------


def leaving_world(**rules: Any) -> Testnet:
    """Return a testnet in which node 3 has three funded channels."""
    net = joined(4, settle_timeout_blocks=20, **rules)
    net.node(3).join(net.token, 100)
    net.run_until_idle()
    return net


def test_eth_gone_before_the_channels_are_settled() -> None:
    net = leaving_world()
    call = net.node(3).leave.begin(net.token)
    net.advance(blocks=3)
    net.set_eth_balance(3, 0)
    with pytest.raises(TransactionFailed, match="settleChannel failed: not enough ETH"):
        call.result()
    net.run_until_idle()
    assert net.node(3).channels(net.token) == []  # the partners have settled


def test_settlements_that_fail_end_a_leave() -> None:
    net = leaving_world()
    call = net.node(3).leave.begin(net.token)
    net.advance(blocks=3)
    net.set_fault(3, Fault.FAIL)
    with pytest.raises(TransactionFailed, match="settleChannel failed: out of gas"):
        call.result()
    assert sorted(net.node(3).deposits(net.token).values()) == []


def test_settlements_that_are_held_back_end_a_leave_and_the_next_one_too() -> None:
    net = leaving_world()
    for index in range(3):
        net.node(index).stop()  # nobody steps in
    call = net.node(3).leave.begin(net.token)
    net.advance(blocks=3)
    net.set_fault(3, Fault.HOLD)
    with pytest.raises(TransactionTimedOut, match="settleChannel"):
        call.result()
    with pytest.raises(TransactionTimedOut, match="settleChannel"):
        net.node(3).leave(net.token)
    net.set_fault(3, Fault.NONE)
    assert net.node(3).leave(net.token) == []
    assert net.node(3).balance(net.token) == DEFAULT_TOKEN_BALANCE


def test_a_leave_settles_what_the_closer_has_failed_to() -> None:
    net = leaving_world()
    closer = net.node(0)
    closer.close_channel(net.token, net.node(3).address)
    net.set_fault(0, Fault.HOLD)
    net.advance(blocks=25)
    started = net.now
    net.node(3).leave(net.token)
    assert net.node(3).balance(net.token) == DEFAULT_TOKEN_BALANCE
    assert net.now - started < 30 * 15


def test_a_refused_join_of_a_node_that_has_left_leaves_it_out() -> None:
    net = leaving_world()
    net.node(3).leave(net.token)
    call = net.node(3).join.begin(net.token, 100)
    net._simulation.controls.set_eth_balance(3, 0)
    with pytest.raises(InsufficientEth):
        call.result()
    net.set_eth_balance(3, 10**20)
    net.node(0).join(net.token, 100, 5)
    net.run_until_idle()
    assert net.node(3).channels(net.token) == []
