"""What eth-tester sees of a testnet's chain that is ours."""

from collections.abc import Callable, Iterable

from eth_keys.datatypes import PrivateKey

from simulator.chain.backend.chain import Chain
from simulator.chain.backend.shared import MAX_BLOCKS_AT_ONCE, SharedBackend
from simulator.chain.backend.tester import TesterBackend


class TestnetBackend(SharedBackend, TesterBackend):
    """A backend on a chain that nodes live on; see `SharedBackend`.

    Args:
        chain: whose blocks these are.
        private_keys: the accounts that sign here.
        on_blocks: told the numbers of blocks that came about here.
    """

    __test__ = False  # the name would make pytest collect it

    def __init__(
        self, chain: Chain, private_keys: Iterable[PrivateKey], on_blocks: Callable[[range], None]
    ) -> None:
        super().__init__(chain, private_keys)
        self.on_blocks = on_blocks
        if chain.blocks.keep is not None:
            self.most_blocks = min(chain.blocks.keep, MAX_BLOCKS_AT_ONCE)

    def head(self) -> int:
        """Return the number of the newest block."""
        return self.chain.head

    def discard(self) -> None:
        """Give up what is pending; never the nodes' block."""
        if self._makes_block:
            self._go_back(self.chain.head)
