"""One transaction being executed: what it may use, what it has used, what came of it.

Contract functions first check and count, then `pay`, and only then change anything. So there is
nothing to undo when a call reverts or runs out of gas.
"""

from collections.abc import Mapping

from simulator.chain.ledger import ContractCall
from simulator.chain.model.gas import (
    CALLDATA_FLOOR,
    CALLDATA_TOKEN,
    CLEAN_WRITE,
    CLEARING_REFUND,
    COLD_LOAD,
    FIRST_WRITE,
    INTRINSIC,
    MAX_REFUND_SHARE,
    RESET_REFUND,
    UNDO_REFUND,
    WARM,
    calldata_tokens,
)
from simulator.words.events import ChainEvent
from simulator.words.units import Address


class Revert(Exception):
    """A contract refuses a call.

    Args:
        reason: the contract's own words.
        place: tells endings with the same reason apart, for the gas table.
    """

    def __init__(self, reason: str, place: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.place = place or reason


class OutOfGas(Exception):
    """A call needs more gas than it may use."""


NO_REASON = "reverted without a reason"
OVERFLOW = "panic 0x11"


class TransactionContext:
    """The state of one transaction.

    Args:
        call: what to execute.
        endings: what the table knows of the function; see `gas.TABLE`.
        block_number: of the block in the making.
        watched: contracts whose events somebody wants to know; what a watched registry creates is
            added.
        chain_id: what contracts take the chain for.

    Attributes:
        sender: who made the call.
        gas: counted so far, beside what the table knows of the function as a whole.
        used: all gas used, refunds subtracted, once `pay` has been called.
        events: emitted by watched contracts.
        balances: token balances that this transaction has read, as it has left them.
    """

    __slots__ = (
        "_endings",
        "_limit",
        "_refund",
        "_tokens",
        "balances",
        "block_number",
        "chain_id",
        "events",
        "gas",
        "sender",
        "used",
        "watched",
    )

    def __init__(
        self,
        call: ContractCall,
        endings: Mapping[str, int],
        block_number: int,
        watched: set[Address],
        chain_id: int,
    ) -> None:
        self.sender = call.sender
        self.block_number = block_number
        self.gas = 0
        self.used = 0
        self.events: list[ChainEvent] = []
        self.balances: dict[Address, int] = {}
        self.watched = watched
        self.chain_id = chain_id
        self._limit = call.gas_limit
        self._endings = endings
        self._refund = 0
        self._tokens = calldata_tokens(call)

    def load_cold(self) -> None:
        """Count the first use of a storage slot that may have been used before."""
        self.gas += COLD_LOAD

    def write(self, old: int | bytes, new: int | bytes) -> None:
        """Count the first write to a storage slot that was read before."""
        if old == new:
            self.gas += WARM
        elif not old:
            self.gas += FIRST_WRITE
        else:
            self.gas += CLEAN_WRITE
            if not new:
                self._refund += CLEARING_REFUND

    def write_again(self, original: int, current: int, new: int) -> None:
        """Count a write to a slot that this transaction may have written already.

        Args:
            original: what the slot held before the transaction.
            current: what it holds now.
            new: what it will hold.
        """
        if current in (new, original):
            self.write(current, new)
            return
        self.gas += WARM
        if original:
            if not current:
                self._refund -= CLEARING_REFUND
            elif not new:
                self._refund += CLEARING_REFUND
        if new == original:
            self._refund += RESET_REFUND if original else UNDO_REFUND

    def pay(self, ending: str = "") -> None:
        """Settle the gas of a call that will succeed; from here on nothing can fail.

        Args:
            ending: tells ways to succeed apart, for the gas table.

        Raises:
            OutOfGas: there is not enough.
        """
        self._charge(ending, self._refund)

    def fail(self, place: str) -> None:
        """Settle the gas of a call that a contract refuses.

        Raises:
            OutOfGas: it did not even come that far.
        """
        self._charge(place, 0)

    def _charge(self, place: str, refund: int) -> None:
        total = self._endings[place] + CALLDATA_TOKEN * self._tokens + self.gas
        floor = INTRINSIC + CALLDATA_FLOOR * self._tokens
        if total > self._limit or floor > self._limit:
            raise OutOfGas
        if refund:
            total -= min(refund, total // MAX_REFUND_SHARE)
        self.used = max(total, floor)
