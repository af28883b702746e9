"""Blocks on a remote chain: who makes them, and when."""

import time
import weakref
from contextlib import suppress

from simulator.chain.remote.jsonrpc import JsonRpc
from simulator.words.errors import ChainUnavailable

POLL_SECONDS = 0.1
PATIENCE_SECONDS = 60
"""How long a node that makes its own blocks may go without one."""


MANY_AT_ONCE = ("anvil_mine", "hardhat_mine")


class Miner:
    """How new blocks come about: by us as far as the node allows it, else by the node itself.

    Attributes:
        on_demand: whether blocks are made by us alone: then a slot is one block.
    """

    def __init__(self, rpc: JsonRpc) -> None:
        self._rpc = rpc
        self.on_demand = rpc.offers("evm_setAutomine", False)
        if self.on_demand:
            rpc.offers("evm_setIntervalMining", 0)
            weakref.finalize(self, _leave_as_found, rpc)

    def include(self, head: int) -> int:
        """Let what was sent come into a block on top of `head`; return the newest one's number.

        Raises:
            ChainUnavailable: no block comes.
        """
        return self.advance(1, head) if self.on_demand else self._wait_for(head + 1)

    def advance(self, blocks: int, head: int) -> int:
        """Have at least so many blocks on top of `head`; return the number of the newest one.

        Raises:
            ChainUnavailable: they don't come.
        """
        if blocks > 1 and any(self._rpc.offers(name, hex(blocks)) for name in MANY_AT_ONCE):
            return self.head()
        if self._rpc.offers("evm_mine"):
            self._rpc.batch([("evm_mine", ())] * (blocks - 1))
            return self.head()
        return self._wait_for(head + blocks)

    def head(self) -> int:
        """Return the number of the newest block."""
        return int(self._rpc.call("eth_blockNumber"), 16)

    def _wait_for(self, wanted: int) -> int:
        head, waited = self.head(), 0.0
        while head < wanted:
            time.sleep(POLL_SECONDS)
            newest, waited = self.head(), waited + POLL_SECONDS
            if newest > head:
                head, waited = newest, 0.0
            if waited > PATIENCE_SECONDS:
                reason = f"has made no block for {PATIENCE_SECONDS} seconds: let it make some"
                raise ChainUnavailable(self._rpc.url, reason)
        return head


def _leave_as_found(rpc: JsonRpc) -> None:
    """Let the node mine by itself again, as development nodes do unless they are told not to."""
    with suppress(ChainUnavailable):  # it may have ended before us
        rpc.offers("evm_setAutomine", True)
