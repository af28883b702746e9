"""Channels by hand: what is refused, what is taken for done, what failed."""

import pytest

from simulator.chain.mempool import Fault
from simulator.testnet.testnet import Testnet
from simulator.words.errors import (
    ChannelNotFound,
    ChannelStateConflict,
    InsufficientEth,
    InvalidRequest,
    TransactionFailed,
    TransactionTimedOut,
)
from simulator.words.units import ZERO_ADDRESS, checksum


def test_a_deposit_into_an_open_channel_must_grow() -> None:
    net = Testnet(2)
    node, partner = net.node(0), net.node(1).address
    node.open_channel(net.token, partner, 100)
    for total_deposit in (100, 40, 1):
        with pytest.raises(InvalidRequest, match="did not increase") as caught:
            node.open_channel(net.token, partner, total_deposit)
        assert caught.value.field == "total_deposit"
    assert sorted(node.deposits(net.token).values()) == [100]
    node.open_channel(net.token, partner)
    node.open_channel(net.token, partner, 101)
    assert sorted(node.deposits(net.token).values()) == [101]
    net.node(1).open_channel(net.token, node.address, 1)  # the other end counts by itself


def test_openings_that_no_contract_would_accept() -> None:
    net = Testnet(2)
    node, other = net.node(0), net.node(1).address
    for partner, deposit, timeout, field in [
        (node.address, 0, 500, "partner_address"),
        (checksum(ZERO_ADDRESS), 0, 500, "partner_address"),
        (other, -1, 500, "total_deposit"),
        (other, 0, 4, "settle_timeout"),
        (other, 0, 100_001, "settle_timeout"),
        (other, 10**25, 500, "total_deposit"),
    ]:
        with pytest.raises(InvalidRequest) as caught:
            node.open_channel(net.token, partner, deposit, timeout)
        assert caught.value.field == field
    assert net.graph().number_of_edges() == 0


def test_opening_what_is_open_deposits_into_it() -> None:
    net = Testnet(2)
    node, other = net.node(0), net.node(1).address
    first = node.open_channel(net.token, other, 5)
    assert node.open_channel(net.token, other, 9).identifier == first.identifier
    assert node.open_channel(net.token, other).deposit == 9
    assert node.deposit(net.token, other, 12).deposit == 12


def test_channels_that_are_not_open() -> None:
    net = Testnet(2)
    node, other = net.node(0), net.node(1).address
    with pytest.raises(ChannelNotFound):
        node.deposit(net.token, other, 5)
    node.open_channel(net.token, other)
    node.close_channel(net.token, other)
    with pytest.raises(ChannelStateConflict):
        node.deposit(net.token, other, 5)
    with pytest.raises(ChannelStateConflict):
        node.close_channel(net.token, other)
    with pytest.raises(ChannelStateConflict):
        node.open_channel(net.token, other)


def test_a_close_that_is_on_its_way_is_not_repeated() -> None:
    net = Testnet(2)
    node, other = net.node(0), net.node(1).address
    node.open_channel(net.token, other)
    net.set_fault(0, Fault.HOLD)
    with pytest.raises(TransactionTimedOut):
        node.close_channel(net.token, other)
    with pytest.raises(ChannelStateConflict, match="being closed already"):
        node.close_channel(net.token, other)


def test_failures_of_openings_are_told() -> None:
    net = Testnet(2)
    node, other = net.node(0), net.node(1).address
    net.set_fault(0, Fault.FAIL)
    with pytest.raises(TransactionFailed, match="out of gas"):
        node.open_channel(net.token, other)
    net.set_fault(0, Fault.NONE)
    call = node.open_channel.begin(net.token, other)
    net._simulation.controls.set_eth_balance(0, 0)
    with pytest.raises(InsufficientEth):
        call.result()
