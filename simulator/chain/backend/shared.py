"""What eth-tester may do with a chain that the nodes of a testnet live on."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from eth_tester.backends.base import BaseChainBackend
from eth_tester.exceptions import ValidationError

from simulator.quoting import shown
from simulator.units import ZERO_ADDRESS

MAX_BLOCKS_AT_ONCE = 10_000

NO_WAY_BACK = "The testnet's chain can't go back: its nodes would remember what never happened."
NO_TIME_TRAVEL = (
    "The testnet's time is virtual: advance it with Testnet.advance or the control API."
)
NOT_NOW = "The testnet is making a block: let time pass until it is done, with Testnet.advance."


class SharedBackend(BaseChainBackend):  # type: ignore[misc]
    """The part of a backend that knows of the testnet: it stands before another one.

    The chain goes forward only, every block that comes about here is told of, and none does while
    the nodes' is in the making.

    Attributes:
        catch_up: makes the empty blocks that have passed in virtual time; tells whether others
            may make some now.
        on_blocks: told the numbers of blocks that came about here.
        most_blocks: how many can be mined at once; all of them are kept.
    """

    catch_up: Callable[[], bool] = staticmethod(lambda: True)
    on_blocks: Callable[[range], None] = staticmethod(lambda _: None)

    most_blocks = MAX_BLOCKS_AT_ONCE

    def discard(self) -> None:
        """Give up what is pending, which is not in a block yet."""
        raise NotImplementedError

    def head(self) -> int:
        """Return the number of the newest block."""
        raise NotImplementedError

    def _check_turn(self) -> None:
        if not self.catch_up():
            raise ValidationError(NOT_NOW)

    @contextmanager
    def _telling(self) -> Iterator[None]:
        """Tell of the blocks that come about meanwhile."""
        before = self.head()
        try:
            yield
        finally:
            if made := range(before + 1, self.head() + 1):
                self.on_blocks(made)

    # -- going back, and elsewhere in time -------------------------------------------------

    def revert_to_snapshot(self, snapshot: object) -> None:
        """Give up what is pending; refuse to give up blocks."""
        self._check_turn()
        if snapshot != self.take_snapshot():
            raise ValidationError(NO_WAY_BACK)
        self.discard()

    def reset_to_genesis(self, *_: object) -> None:
        """Refuse: the chain goes forward only."""
        raise ValidationError(NO_WAY_BACK)

    def time_travel(self, to_timestamp: int) -> int:  # noqa: ARG002
        """Refuse: the clock of the simulation decides."""
        raise ValidationError(NO_TIME_TRAVEL)

    # -- making blocks ---------------------------------------------------------------------

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
                "Testnet.advance makes any number."
            )
        self._check_turn()

    def apply_withdrawals(self, withdrawals_list: Sequence[Any]) -> None:
        """Make a block of withdrawals."""
        self._check_turn()
        self.discard()
        with self._telling():
            super().apply_withdrawals(withdrawals_list)
