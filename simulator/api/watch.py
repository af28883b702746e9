"""Sees what others do on a chain that runs elsewhere, and lets their transactions be mined."""

import asyncio
import logging
from contextlib import suppress
from typing import TYPE_CHECKING

from simulator.api.driver import Driver
from simulator.api.following import Following
from simulator.node.world import World
from simulator.words.errors import ChainUnavailable, ShuttingDown

if TYPE_CHECKING:
    from simulator.chain.remote.rpc import RpcLedger

logger = logging.getLogger(__name__)

WATCH_SECONDS = 0.25
"""How often (wall time) the chain is asked."""


class ChainWatch:
    """Looks at a chain that runs elsewhere now and then.

    Args:
        world: who lives on it.
        ledger: the chain.
        driver: lets the world live.
        following: lets blocks follow on what others have sent.
    """

    def __init__(
        self, world: World, ledger: "RpcLedger", driver: Driver, following: Following
    ) -> None:
        self._world = world
        self._ledger = ledger
        self._driver = driver
        self._following = following
        self._is_gone = False

    def look(self) -> None:
        """Make the blocks that are due, and take in what others have done."""
        if self._world.clock.is_in_slot:
            return
        self._driver.synchronize()
        try:
            self._world.mempool.catch_up()
            self._ledger.look()
        except ChainUnavailable as error:
            if not self._is_gone:
                logger.warning("%s", error)
            self._is_gone = True
            return
        self._is_gone = False
        if self._ledger.awaits_block:
            self._world.mempool.make_room()
            self._following.begin()
        self._driver.kick()

    async def run(self) -> None:
        """Look until the driver is closed."""
        with suppress(ShuttingDown):
            while True:
                await self._driver.unless_closed(asyncio.sleep(WATCH_SECONDS))
                self.look()
