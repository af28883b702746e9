"""What eth-tester may do with a chain that has an owner, who makes blocks and relies on them."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from eth_keys.datatypes import PrivateKey
from eth_tester.backends.base import BaseChainBackend
from eth_tester.exceptions import ValidationError

from simulator.evm.chain import Chain
from simulator.evm.eth_tester.backend import TesterBackend
from simulator.evm.parameters import Refusals
from simulator.words.quoting import shown
from simulator.words.units import ZERO_ADDRESS

MAX_BLOCKS_AT_ONCE = 10_000


class SharedBackend(BaseChainBackend):  # type: ignore[misc]
    """The part of a backend that knows of the owner: it stands before another one.

    The chain goes forward only, every block that comes about here is told of, and none does while
    the owner's is pending.

    Attributes:
        catch_up: makes the empty blocks that are due, by the owner's clock; tells whether others
            may make some now.
        on_blocks: told the numbers of blocks that came about here.
        most_blocks: how many can be mined at once; all of them are kept.
        refusals: what is said where only the owner may do something.
    """

    catch_up: Callable[[], bool] = staticmethod(lambda: True)
    on_blocks: Callable[[range], None] = staticmethod(lambda _: None)

    most_blocks = MAX_BLOCKS_AT_ONCE
    refusals = Refusals()

    def discard(self) -> None:
        """Give up what is pending, which is not in a block yet."""
        raise NotImplementedError

    def head(self) -> int:
        """Return the number of the newest block."""
        raise NotImplementedError

    def _check_turn(self) -> None:
        if not self.catch_up():
            raise ValidationError(self.refusals.not_now)

    @contextmanager
    def _telling(self) -> Iterator[None]:
        """Tell of the blocks that come about meanwhile."""
        before = self.head()
        try:
            yield
        finally:
            if made := range(before + 1, self.head() + 1):
                self.on_blocks(made)

    def revert_to_snapshot(self, snapshot: object) -> None:
        """Give up what is pending; refuse to give up blocks."""
        self._check_turn()
        if snapshot != self.take_snapshot():
            raise ValidationError(self.refusals.no_rollback)
        self.discard()

    def reset_to_genesis(self, *_: object) -> None:
        """Refuse: the chain goes forward only."""
        raise ValidationError(self.refusals.no_rollback)

    def time_travel(self, to_timestamp: int) -> int:  # noqa: ARG002
        """Refuse: the owner's clock decides."""
        raise ValidationError(self.refusals.no_time_travel)

    def send_transaction(self, transaction: Mapping[str, Any]) -> Any:
        """Sign a transaction and execute it in the pending block."""
        self._check_turn()
        return super().send_transaction(transaction)

    def send_signed_transaction(self, transaction: Mapping[str, Any]) -> Any:
        """Execute a transaction that comes with its signature."""
        self._check_turn()
        return super().send_signed_transaction(transaction)

    def send_raw_transaction(self, raw_transaction: bytes) -> Any:
        """Execute a transaction that comes as bytes."""
        self._check_turn()
        if not raw_transaction:
            raise ValidationError("A transaction has at least one byte.")
        return super().send_raw_transaction(raw_transaction)

    def mine_blocks(self, num_blocks: int = 1, coinbase: bytes = ZERO_ADDRESS) -> tuple[bytes, ...]:
        """Make blocks; what is pending goes into the first."""
        self.check_mining(num_blocks)
        with self._telling():
            hashes: tuple[bytes, ...] = super().mine_blocks(num_blocks, coinbase)
        return hashes

    def check_mining(self, num_blocks: object) -> None:
        """See whether so many blocks can be made now.

        Raises:
            ValidationError: they can't.
        """
        if type(num_blocks) is not int or not 0 <= num_blocks <= self.most_blocks:
            raise ValidationError(
                f"Mine 0 to {self.most_blocks:,} blocks at once, not {shown(num_blocks)}: "
                f"{self.refusals.any_number}."
            )
        self._check_turn()

    def apply_withdrawals(self, withdrawals_list: Sequence[Any]) -> None:
        """Make a block of withdrawals."""
        self._check_turn()
        self.discard()
        with self._telling():
            super().apply_withdrawals(withdrawals_list)


class SharedChainBackend(SharedBackend, TesterBackend):
    """A backend on a chain of ours that has an owner; see `SharedBackend`.

    Args:
        chain: whose blocks these are.
        private_keys: the accounts that sign here.
        on_blocks: told the numbers of blocks that came about here.
        refusals: what is said where only the owner may do something.
    """

    def __init__(
        self,
        chain: Chain,
        private_keys: Iterable[PrivateKey],
        on_blocks: Callable[[range], None],
        refusals: Refusals,
    ) -> None:
        super().__init__(chain, private_keys)
        self.on_blocks = on_blocks
        self.refusals = refusals
        if chain.blocks.keep is not None:
            self.most_blocks = min(chain.blocks.keep, MAX_BLOCKS_AT_ONCE)

    def head(self) -> int:
        """Return the number of the newest block."""
        return self.chain.head

    def discard(self) -> None:
        """Give up what is pending; never the owner's block."""
        if self._makes_block:
            self._go_back(self.chain.head)
