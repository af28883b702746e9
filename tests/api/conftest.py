"""Testnets on real sockets; ports come from the operating system."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from simulator.api import protocol
from simulator.api.driver import WARP, Pace
from simulator.node.settings import Settings
from simulator.testnet.simulation import Simulation
from tests.api.live import Live, Start


@pytest.fixture
def start() -> Iterator[Start]:
    """Serve testnets until the test ends."""
    with ExitStack() as stack:

        def serve(
            nodes: int = 5, pace: Pace = WARP, settings: Settings | None = None, **options: Any
        ) -> Live:
            testnet = Simulation(nodes, seed=1, settings=settings, **options)
            return stack.enter_context(Live(testnet, pace))

        yield serve


@pytest.fixture(scope="module")
def idle_net() -> Iterator[Live]:
    """A testnet that the tests of a module share: they must leave its world as it was."""
    with Live(Simulation(2, seed=1)) as live:
        yield live


@pytest.fixture
def transports(monkeypatch: pytest.MonkeyPatch) -> list[asyncio.Transport]:
    """The server's ends of the connections that are made."""
    made: list[asyncio.Transport] = []
    before = protocol.Protocol.connection_made

    def connection_made(self: protocol.Protocol, transport: asyncio.Transport) -> None:
        made.append(transport)
        before(self, transport)

    monkeypatch.setattr(protocol.Protocol, "connection_made", connection_made)
    return made


@pytest.fixture
def received(monkeypatch: pytest.MonkeyPatch) -> bytearray:
    """What the server has read, of all connections together."""
    read = bytearray()
    before = protocol.Protocol.data_received

    def data_received(self: protocol.Protocol, data: bytes) -> None:
        before(self, data)
        read.extend(data)

    monkeypatch.setattr(protocol.Protocol, "data_received", data_received)
    return read
