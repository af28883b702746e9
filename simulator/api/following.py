"""Blocks that follow on a stranger's transaction, in warp.

On other chains blocks come by themselves, and clients count them: a transaction is believed after
so many. In warp none would come. So some follow, as long as somebody asks.
"""

import asyncio
import logging
from contextlib import suppress
from time import monotonic

from simulator.api.driver import Driver
from simulator.testnet.simulation import Simulation
from simulator.words.errors import ShuttingDown, SimulatorError

logger = logging.getLogger(__name__)

FOLLOWING_BLOCKS = 64
"""As many blocks follow on a transaction at most."""

PAUSE_SECONDS = 0.2
"""Wall time between two of them."""

ATTENTION_SECONDS = 5.0
"""Wall time for which a request shows that somebody waits: common clients ask every 4 seconds."""


class Following:
    """Lets blocks follow; nothing where time is tied to the wall clock, and blocks come anyway.

    Args:
        testnet: the world.
        driver: lets it live.
    """

    def __init__(self, testnet: Simulation, driver: Driver) -> None:
        self._testnet = testnet
        self._driver = driver
        self._last = 0
        self._asked_at = -ATTENTION_SECONDS
        self._wake = asyncio.Event()

    def begin(self) -> None:
        """Let blocks follow on the next one."""
        self._last = self._testnet.block_number + 1 + FOLLOWING_BLOCKS
        self.asked()

    def asked(self) -> None:
        """Note that somebody asks about the chain."""
        self._asked_at = monotonic()
        self._wake.set()

    def _is_due(self) -> bool:
        if self._driver.pace.factor is not None or self._testnet.block_number >= self._last:
            return False
        return monotonic() - self._asked_at < ATTENTION_SECONDS

    async def run(self) -> None:
        """Let blocks follow until the driver is closed."""
        with suppress(ShuttingDown):
            while True:
                await self._driver.unless_closed(self._wake.wait())
                self._wake.clear()
                while self._is_due():
                    await self._driver.unless_closed(asyncio.sleep(PAUSE_SECONDS))
                    await self._let_one_follow()

    async def _let_one_follow(self) -> None:
        try:
            await self._driver.call(lambda: self._testnet.controls.advance_blocks(1))
        except ShuttingDown:
            raise
        except SimulatorError as error:
            logger.warning("%s No more blocks follow.", error)
            self._last = 0
