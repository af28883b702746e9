"""Testnets on real sockets; ports come from the operating system."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from simulator.driver import WARP, Pace
from simulator.node.world import Settings
from simulator.simulation import Simulation
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
