"""A chain as its owner sees it, who makes blocks of many transactions and relies on them.

eth-tester and web3.py see the same blocks, and may add some: the owner is told of those.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, Protocol

from eth_keys.datatypes import PrivateKey

from simulator.evm.chain import Chain, ChainCopy
from simulator.evm.engine import Engine, ExecutionResult
from simulator.evm.fees import ELASTICITY
from simulator.evm.parameters import USUAL, ChainIdentity, Refusals
from simulator.evm.pool import TransactionPool
from simulator.evm.transactions import Log, Receipt

REFUSALS = Refusals()


class OwnedChain(Protocol):
    """A chain that makes one block of many transactions: `begin`, `apply` each, `seal`.

    In between, `call` and `balance` answer from the state before the block.
    """

    on_foreign_blocks: Callable[[range, Sequence[Log]], None]
    """Told the numbers of blocks that came through eth-tester, and the logs in the first one."""

    @property
    def head(self) -> int:
        """The number of the newest block."""

    @property
    def head_hash(self) -> bytes:
        """The hash of the newest block."""

    @property
    def pool(self) -> TransactionPool | None:
        """Transactions that strangers have signed; None: the chain takes none."""

    @property
    def tester(self) -> Any:
        """An eth-tester on the chain."""

    def advance(self, blocks: int) -> None:
        """Make empty blocks."""

    def begin(self) -> None:
        """Begin a block."""

    def set_balance(self, account: bytes, wei: int) -> None:
        """Give an account exactly this much ETH; only at the beginning of a block."""

    @property
    def gas_used(self) -> int:
        """Gas that the pending block has used."""

    def balance_now(self, account: bytes) -> int:
        """Return an account's ETH in the middle of the pending block, in wei."""

    def apply(
        self, sender: bytes, to: bytes | None, data: bytes, gas: int, gas_price: int
    ) -> Receipt:
        """Execute a transaction that pays `gas_price` wei for each unit of gas, exactly.

        Raises:
            ValidationError: it can't be part of the block; nothing happened.
        """

    def seal(self) -> Iterator[None]:
        """Finish the block, in parts."""

    def call(self, to: bytes, data: bytes) -> ExecutionResult:
        """Execute a read-only call, free of charge."""

    def stored(self, contract: bytes, slot: int) -> int:
        """Return what a slot of a contract's storage holds."""

    def balance(self, account: bytes) -> int:
        """Return an account's ETH in wei."""

    def save(self) -> object:
        """Return everything that the chain consists of; it never changes."""

    def restore(self, saved: object) -> None:
        """Go on from what a chain with the same first block has saved."""


class OwnedEngineChain:
    """Blocks of many transactions on an engine; see `OwnedChain`.

    Args:
        engine: executes messages.
        private_keys: the accounts whose transactions are signed here, when somebody looks.
        balances: ETH in the genesis, in wei.
        block_time: seconds between two blocks' timestamps.
        gas_limit: of every block.
        keep: of how many of the newest blocks everything is kept; None: of all.
        identity: the chain's id, and when its first block is.
        refusals: what users of eth-tester are told where only the owner may do something.
    """

    def __init__(
        self,
        engine: Engine,
        private_keys: Sequence[PrivateKey],
        balances: Mapping[bytes, int],
        block_time: int,
        gas_limit: int,
        keep: int | None = None,
        *,
        identity: ChainIdentity = USUAL,
        refusals: Refusals = REFUSALS,
    ) -> None:
        self._refusals = refusals
        self.chain = self._chain = Chain(
            engine,
            balances,
            timestamp=identity.genesis_time,
            block_time=block_time,
            gas_limit=gas_limit,
            chain_id=identity.chain_id,
            keep=keep,
        )
        self.pool = TransactionPool(self._chain, gas_limit // ELASTICITY)
        self._private_keys = private_keys
        # a call for each transaction: the chain's own methods, without one more in between
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
        from simulator.evm.eth_tester.shared_backend import SharedChainBackend  # noqa: PLC0415
        from simulator.evm.eth_tester.shared_tester import SharedChainTester  # noqa: PLC0415

        backend = SharedChainBackend(
            self._chain, self._private_keys, self._foreign_blocks, self._refusals
        )
        self._discard_pending = backend.discard
        return SharedChainTester(backend, lambda: self._chain.head)

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
        """Gas that the pending block has used."""
        return self._chain.gas_used

    def balance_now(self, account: bytes) -> int:
        """Return an account's ETH in the middle of the pending block, in wei."""
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
        assert isinstance(saved, ChainCopy)  # noqa: S101 - `save` has made it
        self._chain.restore(saved)

    def _foreign_blocks(self, numbers: range) -> None:
        receipts: tuple[Receipt, ...] = self._chain.blocks[numbers[0]].receipts
        self.on_foreign_blocks(numbers, [log for receipt in receipts for log in receipt.logs])
