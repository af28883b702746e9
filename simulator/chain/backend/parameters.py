"""What is the same on every chain here, and what a ledger needs of one."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

from simulator.chain.abi import Log
from simulator.chain.backend.transactions import Receipt
from simulator.chain.engines.base import Execution

GENESIS_TIME = 1_600_000_000
"""The timestamp of block 0; block n comes n times the block time later."""


class Batches(Protocol):
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
        """Gas that the block in the making has used."""

    def balance_now(self, account: bytes) -> int:
        """Return an account's ETH in the middle of the block in the making, in wei."""

    def apply(
        self, sender: bytes, to: bytes | None, data: bytes, gas: int, gas_price: int
    ) -> Receipt:
        """Execute a transaction that pays `gas_price` wei for each unit of gas, exactly.

        Raises:
            ValidationError: it can't be part of the block; nothing happened.
        """

    def seal(self) -> Iterator[None]:
        """Finish the block, in parts."""

    def call(self, to: bytes, data: bytes) -> Execution:
        """Execute a read-only call, free of charge."""

    def stored(self, contract: bytes, slot: int) -> int:
        """Return what a slot of a contract's storage holds."""

    def balance(self, account: bytes) -> int:
        """Return an account's ETH in wei."""

    def save(self) -> object:
        """Return everything that the chain consists of; it never changes."""

    def restore(self, saved: object) -> None:
        """Go on from what a chain with the same first block has saved."""
