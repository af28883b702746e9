"""The usual world of a test about connections."""

import pytest

from simulator.testnet.handles import NodeHandle
from simulator.testnet.testnet import Testnet
from tests.node.worlds import meshed


@pytest.fixture
def net() -> Testnet:
    return meshed()


@pytest.fixture
def node(net: Testnet) -> NodeHandle:
    """A fresh node beside three meshed peers."""
    return net.node(3)
