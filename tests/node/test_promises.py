"""Promises of docs/connections.md that no other test would miss, one by one."""

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
    InvalidRequest,
    TransactionFailed,
    TransactionTimedOut,
    UnknownTokenNetwork,
)
from simulator.words.events import ChannelOpened, Event, TransactionFinished, TransactionSent
from simulator.words.units import BOOTSTRAP_ADDRESS, UINT256_MAX, Address, checksum
from tests.node.worlds import meshed, network_of, submit_transfer

BOOTSTRAP = checksum(BOOTSTRAP_ADDRESS)


def events(net: Testnet, since: int = 0) -> list[Event]:
    """Return what has happened since the journal had so many entries."""
    return [entry.event for entry in list(net._simulation.journal.entries)[since:]]


def senders(net: Testnet, since: int) -> list[Address]:
    """Return who has sent transactions, in order, each once."""
    sent = [event for event in events(net, since) if isinstance(event, TransactionSent)]
    return list(dict.fromkeys(event.sender for event in sent))


def amounts(node: NodeHandle, token: str) -> list[int]:
    return sorted(node.deposits(token).values())


def test_402_counts_the_gas_of_what_is_pending(net: Testnet, node: NodeHandle) -> None:
    """An approval and an opening are held back; a second opening must be paid on top of them."""
    net.set_fault(3, Fault.HOLD)
    with pytest.raises(TransactionTimedOut):
        node.join(net.token, 100, 1)
    opening = GAS_LIMITS["openChannelWithDeposit"]
    gas = GAS_LIMITS["approve"] + 2 * opening
    needed = gas * net._simulation.world.ledger.gas_price
    net.set_eth_balance(3, needed - 1)
    with pytest.raises(InsufficientEth) as caught:
        node.join(net.token, 100, 2)
    assert caught.value.required_wei == needed
    net.set_eth_balance(3, needed)
    with pytest.raises(TransactionTimedOut):
        node.join(net.token, 100, 2)
    net.set_fault(3, Fault.NONE)
    net.run_until_idle()
    assert amounts(node, net.token) == [30, 60]


def test_tokens_that_arrive_start_a_plan(net: Testnet, node: NodeHandle) -> None:
    """Of a joined node they are taken away; what a fourth peer is owed comes back in two parts."""
    node.join(net.token, 100, 4)
    submit_transfer(net, 3, node.balance(net.token))
    net.node(4).open_channel(net.token, BOOTSTRAP)
    net.run_until_idle()
    assert amounts(node, net.token) == [15, 15, 15]
    net.mint(3, 14)
    net.run_until_idle()
    assert amounts(node, net.token) == [15, 15, 15]
    net.mint(3, 1)
    net.run_until_idle()
    assert amounts(node, net.token) == [15, 15, 15, 15]


def test_the_next_leave_repeats_a_failed_settlement(net: Testnet, node: NodeHandle) -> None:
    """It is told at once that it fails again, not after it has waited for somebody to settle."""
    node.join(net.token, 100)
    node.close_channel(net.token, net.node(0).address)
    net.node(0).stop()
    net.set_fault(3, Fault.FAIL)
    net.run_until_idle()
    assert [c.state for c in node.channels(net.token)].count("closed") == 1
    for partner in (1, 2):
        net.node(partner).close_channel(net.token, node.address)
    net.run_until_idle()
    assert [c.state for c in node.channels(net.token)] == ["closed"]
    began = net.now
    with pytest.raises(TransactionFailed, match="settleChannel failed"):
        node.leave(net.token)
    assert net.now - began <= net.settings.block_time
    net.set_fault(3, Fault.NONE)
    assert node.leave(net.token) == []
    assert node.balance(net.token) == DEFAULT_TOKEN_BALANCE


def test_it_does_so_right_after_the_failure_too(net: Testnet, node: NodeHandle) -> None:
    """While it is the closer's turn and nobody would step in."""
    node.open_channel(net.token, net.node(4).address, 5)
    node.close_channel(net.token, net.node(4).address)
    net.node(4).stop()
    net.set_fault(3, Fault.FAIL)
    net.advance(blocks=21)
    last = events(net)[-1]
    assert isinstance(last, TransactionFinished)
    assert (last.name, last.status) == ("settleChannel", "reverted")
    began = net.now
    with pytest.raises(TransactionFailed, match="settleChannel failed"):
        node.leave(net.token)
    assert net.now - began <= net.settings.block_time


def test_the_bootstrap_channel_never_counts_towards_the_target() -> None:
    """Not even with a share of 0, which any channel has."""
    net = Testnet(5)
    node = net.node(0)
    node.join(net.token, 1)
    assert [c.partner for c in node.channels(net.token)] == [BOOTSTRAP]
    for index in range(1, 5):
        net.node(index).open_channel(net.token, BOOTSTRAP)
    net.run_until_idle()
    partners = [c.partner for c in node.channels(net.token)]
    assert partners[0] == BOOTSTRAP
    assert len(partners) == 4
    assert node.connections()[net.token].channels == 4


def test_nodes_plan_in_the_order_of_their_addresses() -> None:
    net = Testnet(6)
    for index in range(1, 6):
        net.node(index).join(net.token, 100, 5)
    net.run_until_idle()
    since = net._simulation.journal.count
    net.node(0).open_channel(net.token, BOOTSTRAP)
    net.run_until_idle()
    planned = [sender for sender in senders(net, since) if checksum(sender) != net.node(0).address]
    assert planned == sorted(planned)
    assert len(planned) == 5
    assert planned != [net._simulation.nodes[index].address for index in range(1, 6)]


def test_a_node_plans_in_the_order_of_its_tokens() -> None:
    net = Testnet(3, tokens=3)
    node = net.node(0)
    for token in net.tokens:
        node.join(token, 100, 1)
    node.stop()
    for token in reversed(net.tokens):
        net.node(1).open_channel(token, net.node(2).address)
    since = net._simulation.journal.count
    node.start()
    net.run_until_idle()
    world = net._simulation.world
    opened = [event for event in events(net, since) if isinstance(event, ChannelOpened)]
    tokens = [world.token_of[event.contract] for event in opened]
    assert tokens == sorted(tokens)
    assert len(tokens) == 3
    assert [checksum(token) for token in tokens] != net.tokens


def test_the_largest_amount_is_approved_once(net: Testnet, node: NodeHandle) -> None:
    node.join(net.token, 100)
    network, owner = network_of(net), net._simulation.nodes[3].address
    ledger = net._simulation.ledger
    allowed = network.token.allowance(ledger, owner, network.address)
    assert allowed in (UINT256_MAX, UINT256_MAX - 60)
    node.join(net.token, 10**20)
    node.deposit(net.token, net.node(0).address, 10**21)
    sent = [event for event in events(net) if isinstance(event, TransactionSent)]
    names = [event.name for event in sent if event.sender == owner]
    assert names.count("approve") == 1


def test_what_a_request_means_is_checked_before_its_eth(net: Testnet, node: NodeHandle) -> None:
    net.set_eth_balance(3, 0)
    with pytest.raises(InsufficientFunds):
        node.join(net.token, DEFAULT_TOKEN_BALANCE + 1)
    with pytest.raises(UnknownTokenNetwork):
        node.join(node.address, 100)
    with pytest.raises(InvalidRequest):
        node.join(net.token, 0)
    with pytest.raises(InsufficientEth):
        node.join(net.token, 100)


def partners_of(net: Testnet, index: int) -> set[str]:
    return {channel.partner for channel in net.node(index).channels(net.token)}


def test_a_node_draws_from_a_stream_of_its_own() -> None:
    """What another one has drawn before changes nothing; and two don't draw the same."""

    def world() -> Testnet:
        return meshed(peers=8, nodes=12)

    alone = world()
    alone.node(8).join(alone.token, 100)
    beside = world()
    beside.set_eth_balance(9, 0)
    for _ in range(3):
        with pytest.raises(InsufficientEth):  # it has chosen, and can't pay
            beside.node(9).join(beside.token, 100)
    beside.node(8).join(beside.token, 100)
    assert partners_of(alone, 8) == partners_of(beside, 8)

    together = world()
    for call in [together.node(index).join.begin(together.token, 100) for index in range(8, 12)]:
        call.result()
    first = [frozenset(partners_of(together, index)) for index in range(8, 12)]
    assert len(set(first)) > 1


def test_all_transactions_of_a_plan_are_in_one_block(net: Testnet, node: NodeHandle) -> None:
    node.join(net.token, 100)
    assert len({channel.block_opened for channel in node.channels(net.token)}) == 1


def test_a_settlement_is_the_closers_to_begin_with() -> None:
    net = meshed(2, 2)
    net.node(0).close_channel(net.token, net.node(1).address)
    since = net._simulation.journal.count
    net.run_until_idle()
    assert [checksum(sender) for sender in senders(net, since)] == [net.node(0).address]


@pytest.mark.parametrize("confirmation_blocks", [0, 4])
def test_a_partner_steps_in_when_the_closer_has_not_managed(confirmation_blocks: int) -> None:
    rules = Settings(settle_timeout_blocks=20, confirmation_blocks=confirmation_blocks)
    net = Testnet(2, settings=rules)
    net.node(0).open_channel(net.token, net.node(1).address, 5)
    net.node(0).close_channel(net.token, net.node(1).address)
    net.set_fault(0, Fault.DROP)
    net.run_until_idle()
    assert net.node(1).channels(net.token) == []
    net.node(1).start()
