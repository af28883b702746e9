"""Leaving at the same time: one end closes each channel, the other one if that comes to nothing."""

from collections.abc import Callable
from typing import Any

import pytest

from simulator.chain.mempool import Fault
from simulator.node.settings import Settings
from simulator.testnet.simulation import DEFAULT_TOKEN_BALANCE
from simulator.testnet.testnet import Testnet
from simulator.words.errors import InsufficientEth, TransactionTimedOut
from simulator.words.events import ChannelClosed, TransactionFinished, TransactionSent
from simulator.words.units import Address, checksum

SETTLE_TIMEOUT_BLOCKS = 20
BLOCK_TIME = 15


def channel_of_two(**settings: Any) -> Testnet:
    """Two nodes with a channel and a deposit at each end."""
    world = Settings(settle_timeout_blocks=SETTLE_TIMEOUT_BLOCKS, **settings)
    net = Testnet(2, settings=world)
    one, other = net.node(0), net.node(1)
    one.open_channel(net.token, other.address, total_deposit=10)
    other.deposit(net.token, one.address, 20)
    return net


def closes(net: Testnet) -> list[TransactionSent]:
    sent = [
        e.event for e in net._simulation.journal.entries if isinstance(e.event, TransactionSent)
    ]
    return [event for event in sent if event.name == "closeChannel"]


def closer(net: Testnet) -> Address:
    (closed,) = [
        e.event for e in net._simulation.journal.entries if isinstance(e.event, ChannelClosed)
    ]
    return closed.closing_participant


def test_one_close_for_each_channel_is_enough() -> None:
    net = Testnet(12, settings=Settings(settle_timeout_blocks=SETTLE_TIMEOUT_BLOCKS))
    for call in [net.node(index).join.begin(net.token, 100) for index in range(12)]:
        call.result()
    net.run_until_idle()
    books = [net.node(index).channels(net.token) for index in range(12)]
    partners = [[channel.partner for channel in book] for book in books]
    calls = [net.node(index).leave.begin(net.token) for index in range(12)]
    assert [call.result() for call in calls] == partners
    assert len(closes(net)) == len({channel.identifier for book in books for channel in book})
    ended = [
        e.event for e in net._simulation.journal.entries if isinstance(e.event, TransactionFinished)
    ]
    assert {event.status for event in ended if event.name == "closeChannel"} == {"mined"}
    assert {net.node(index).balance(net.token) for index in range(12)} == {DEFAULT_TOKEN_BALANCE}


def hold(net: Testnet) -> None:
    net.set_fault(0, Fault.HOLD)


def drop(net: Testnet) -> None:
    net.set_fault(0, Fault.DROP)


def fail(net: Testnet) -> None:
    net.set_fault(0, Fault.FAIL)


def crash(net: Testnet) -> None:
    net.node(0).crash()


def take_eth(net: Testnet) -> None:
    net._simulation.controls.set_eth_balance(0, 0)  # in force with the next block


@pytest.mark.parametrize("confirmation_blocks", [0, 3])
@pytest.mark.parametrize("trouble", [hold, drop, fail, crash, take_eth])
def test_the_other_end_closes_when_the_close_relied_on_gets_into_trouble(
    trouble: Callable[[Testnet], None], confirmation_blocks: int
) -> None:
    net = channel_of_two(confirmation_blocks=confirmation_blocks)
    net.node(0).leave.begin(net.token)
    leaving = net.node(1).leave.begin(net.token)
    net.advance(seconds=1)
    assert len(closes(net)) == 1
    began = net._simulation.world.clock.now
    trouble(net)
    assert leaving.result() == [net.node(0).address]
    blocks = (net._simulation.world.clock.now - began) / BLOCK_TIME
    assert blocks <= SETTLE_TIMEOUT_BLOCKS + 4 + 3 * confirmation_blocks
    assert checksum(closer(net)) == net.node(1).address
    assert net.node(1).balance(net.token) == DEFAULT_TOKEN_BALANCE


@pytest.mark.parametrize("trouble", [hold, drop, fail])
def test_a_close_in_trouble_is_not_relied_on(trouble: Callable[[Testnet], None]) -> None:
    net = channel_of_two()
    trouble(net)
    net.node(0).leave.begin(net.token)
    leaving = net.node(1).leave.begin(net.token)
    assert leaving.result() == [net.node(0).address]
    assert checksum(closer(net)) == net.node(1).address


def test_a_close_that_is_late_is_not_relied_on_any_longer() -> None:
    """The other end sends its own: the two may meet in one block, and one of them fails."""
    net = Testnet(2, settings=Settings(transaction_timeout_seconds=5))  # shorter than a slot
    with pytest.raises(TransactionTimedOut):
        net.node(0).open_channel(net.token, net.node(1).address)
    net.run_until_idle()
    calls = [net.node(index).leave.begin(net.token) for index in range(2)]
    for call in calls:
        with pytest.raises(TransactionTimedOut, match="closeChannel"):
            call.result()
    assert [event.sender for event in closes(net)] == [
        node.address for node in net._simulation.nodes
    ]
    net.run_until_idle()
    assert net.node(0).channels(net.token) == []


def test_a_close_by_hand_is_relied_on_too() -> None:
    net = channel_of_two()
    closing = net.node(0).close_channel.begin(net.token, net.node(1).address)
    assert net.node(1).leave(net.token) == [net.node(0).address]
    assert not closing.result().is_open
    assert len(closes(net)) == 1


def test_a_leave_without_eth_is_refused_even_where_a_partner_closes() -> None:
    """It might have to close by itself after all."""
    net = channel_of_two()
    net.set_eth_balance(1, 0)
    first = net.node(0).leave.begin(net.token)
    with pytest.raises(InsufficientEth):
        net.node(1).leave(net.token)
    assert first.result() == [net.node(1).address]
