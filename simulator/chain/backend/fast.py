"""A ledger's blocks on our own chain; eth-tester and web3.py see the same blocks."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from eth_keys.datatypes import PrivateKey

from simulator.chain.abi import Log
from simulator.chain.backend.chain import Chain, Copy
from simulator.chain.backend.parameters import GENESIS_TIME
from simulator.chain.backend.transactions import Receipt
from simulator.chain.engines.base import Engine
from simulator.chain.ledger import CHAIN_ID


class FastBatches:
    """Blocks of many transactions on an engine; see `Batches`.

    Args:
        engine: executes messages.
        private_keys: the accounts whose transactions are signed here, when somebody looks.
        balances: ETH in the genesis, in wei.
        block_time: seconds between two blocks' timestamps.
        gas_limit: of every block.
        keep: of how many of the newest blocks everything is kept; None: of all.
    """

    def __init__(
        self,
        engine: Engine,
        private_keys: Sequence[PrivateKey],
        balances: Mapping[bytes, int],
        block_time: int,
        gas_limit: int,
        keep: int | None = None,
    ) -> None:
        self._chain = Chain(
            engine,
            balances,
            timestamp=GENESIS_TIME,
            block_time=block_time,
            gas_limit=gas_limit,
            chain_id=CHAIN_ID,
            keep=keep,
        )
        self._private_keys = private_keys
        self.set_balance = self._chain.set_balance
        self.apply = self._chain.apply
        self.call = self._chain.call
        self.balance = self._chain.balance
        self.stored = self._chain.stored
        self.on_foreign_blocks: Callable[[range, Sequence[Log]], None] = lambda *_: None
        self._discard_pending: Callable[[], None] = lambda: None

    @property
    def head(self) -> int:
        """The number of the newest block."""
        return self._chain.head

    @property
    def head_hash(self) -> bytes:
        """The hash of the newest block."""
        return self._chain.head_hash

    @cached_property
    def tester(self) -> Any:
        """An eth-tester on the chain."""
        # importing eth-tester takes long, and only who uses web3.py needs it
        from simulator.chain.backend.following import TestnetTester  # noqa: PLC0415
        from simulator.chain.backend.testnet import TestnetBackend  # noqa: PLC0415

        backend = TestnetBackend(self._chain, self._private_keys, self._foreign_blocks)
        self._discard_pending = backend.discard
        return TestnetTester(backend, lambda: self._chain.head)

    def advance(self, blocks: int) -> None:
        """Make empty blocks; what is pending at eth-tester's is given up."""
        self._discard_pending()
        self._chain.advance(blocks)

    def begin(self) -> None:
        """Begin a block; what is pending at eth-tester's is given up."""
        self._discard_pending()
        self._chain.begin()

    @property
    def gas_used(self) -> int:
        """Gas that the block in the making has used."""
        return self._chain.gas_used

    def balance_now(self, account: bytes) -> int:
        """Return an account's ETH in the middle of the block in the making, in wei."""
        return self._chain.pending_state.balances.get(account, 0)

    def seal(self) -> Iterator[None]:
        """Finish the block, at once."""
        self._chain.seal()
        yield from ()

    def save(self) -> object:
        """Return everything that the chain consists of, for `restore`; it never changes.

        None: some of it is gone already.
        """
        return None if self._chain.blocks.oldest else self._chain.copy()

    def restore(self, saved: object) -> None:
        """Go on from what a chain with the same first block has saved."""
        assert isinstance(saved, Copy)  # noqa: S101 - `save` has made it
        self._chain.restore(saved)

    def _foreign_blocks(self, numbers: range) -> None:
        receipts: tuple[Receipt, ...] = self._chain.blocks[numbers[0]].receipts
        self.on_foreign_blocks(numbers, [log for receipt in receipts for log in receipt.logs])
