"""Testnets with accounts for people, and who asks them over JSON-RPC."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from simulator.api import following
from simulator.api.driver import WARP, Pace
from simulator.testnet.people import USUAL_ACCOUNTS, USUAL_MNEMONIC, derive
from simulator.testnet.simulation import Simulation
from tests.api.live import Live
from tests.rpc.asking import Asking

PEOPLE = derive(USUAL_MNEMONIC, USUAL_ACCOUNTS)


@contextmanager
def served(pace: Pace = WARP, nodes: int = 2, **options: object) -> Iterator[Live]:
    """Serve a testnet with accounts for people."""
    with Live(Simulation(nodes, seed=1, accounts=PEOPLE, **options), pace) as live:  # type: ignore[arg-type]
        yield live


@pytest.fixture(scope="module")
def live(request: pytest.FixtureRequest) -> Iterator[Live]:
    """A testnet that the tests of a module share.

    Blocks follow on transactions only in modules that want it, with `BLOCKS_FOLLOW`: then others
    may count blocks.
    """
    with pytest.MonkeyPatch.context() as patched, served() as net:
        if not getattr(request.module, "BLOCKS_FOLLOW", False):
            patched.setattr(following, "FOLLOWING_BLOCKS", 0)
        yield net


@pytest.fixture(scope="module")
def rpc(live: Live) -> Iterator[Asking]:
    """Who asks it."""
    with Asking(live.rpc_url) as asking:
        yield asking
