"""What eth-tester may do with a testnet's chain."""

from collections.abc import Callable, Iterable

from eth_keys.datatypes import PrivateKey

from simulator.chain.backend.blocks import NO_ADDRESS
from simulator.chain.backend.chain import Chain
from simulator.chain.backend.parameters import NO_TIME_TRAVEL, NO_WAY_BACK
from simulator.chain.backend.tester import TesterBackend


class TestnetBackend(TesterBackend):
    """A backend on a chain that goes forward only; every block that it makes is told of.

    Args:
        chain: whose blocks these are.
        private_keys: the accounts that sign here.
        on_block: told the number of each block.
    """

    __test__ = False  # the name would make pytest collect it

    def __init__(
        self, chain: Chain, private_keys: Iterable[PrivateKey], on_block: Callable[[int], None]
    ) -> None:
        super().__init__(chain, private_keys)
        self._on_block = on_block

    def mine_blocks(self, num_blocks: int = 1, coinbase: bytes = NO_ADDRESS) -> tuple[bytes, ...]:
        """Make blocks, one by one."""
        hashes: tuple[bytes, ...] = ()
        for _ in range(num_blocks):
            hashes += super().mine_blocks(1, coinbase)
            self._on_block(self.chain.head)
        return hashes

    def _go_back(self, number: int) -> None:
        raise NotImplementedError(NO_WAY_BACK)

    def time_travel(self, to_timestamp: int) -> int:
        """Refuse: the clock of the simulation decides."""
        raise NotImplementedError(NO_TIME_TRAVEL)
