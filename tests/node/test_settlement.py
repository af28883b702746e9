"""Settling what is closed, when the first attempt fails and the partner is no help."""

import pytest

from simulator.chain.mempool import Fault
from simulator.node.settings import Settings
from simulator.testnet.testnet import Testnet


@pytest.fixture
def net() -> Testnet:
    """Two nodes with a closed channel; the partner of the closer is offline."""
    net = Testnet(2, settings=Settings(settle_timeout_blocks=20))
    node, partner = net.node(0), net.node(1)
    node.open_channel(net.token, partner.address, 50)
    node.close_channel(net.token, partner.address)
    partner.stop()
    return net


def test_settling_is_tried_again_when_eth_arrives(net: Testnet) -> None:
    node = net.node(0)
    net.set_eth_balance(0, 0)
    net.run_until_idle()
    assert [c.state for c in node.channels(net.token)] == ["closed"]
    net.set_eth_balance(0, 10**20)
    net.run_until_idle()
    assert node.channels(net.token) == []


def test_settling_is_tried_again_when_a_fault_ends(net: Testnet) -> None:
    node = net.node(0)
    net.set_fault(0, Fault.FAIL)
    net.run_until_idle()
    assert [c.state for c in node.channels(net.token)] == ["closed"]
    net.set_fault(0, Fault.NONE)
    net.run_until_idle()
    assert node.channels(net.token) == []


def test_settling_is_tried_again_when_a_held_attempt_is_lost(net: Testnet) -> None:
    node = net.node(0)
    net.set_fault(0, Fault.HOLD)
    net.run_until_idle()
    net.set_eth_balance(0, 10**20)  # a reason to try again, while the first attempt is stuck
    net.set_fault(0, Fault.DROP)
    net.run_until_idle()
    assert [c.state for c in node.channels(net.token)] == ["closed"]
    net.set_fault(0, Fault.NONE)
    net.run_until_idle()
    assert node.channels(net.token) == []
