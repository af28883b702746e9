"""Pending closes, which everybody sees, so that two ends that leave need not both send one."""

from collections.abc import Callable
from typing import NamedTuple

from simulator.chain.ledger import Status
from simulator.chain.mempool import Mempool
from simulator.chain.submissions import PendingTransaction
from simulator.words.units import Address


class PendingClose(NamedTuple):
    """What a call is to close, and who has sent it."""

    token: Address
    identifier: int
    sender: Address


class PendingCloses:
    """The pending closes of all nodes.

    Args:
        mempool: knows what becomes of them.
    """

    def __init__(self, mempool: Mempool) -> None:
        self._mempool = mempool
        self._sent: dict[PendingClose, PendingTransaction] = {}
        self._relying: dict[PendingClose, Callable[[], None]] = {}

    def add(self, close: PendingClose, transaction: PendingTransaction) -> None:
        """Note that one has been sent."""
        self._sent[close] = transaction

    def end(self, close: PendingClose) -> None:
        """Note that one is over; who relies on it looks again, unless it has closed the channel."""
        transaction = self._sent.pop(close, None)
        # mined is enough: its event, which whoever relies on it takes in, comes in the same instant
        if transaction is not None and transaction.outcome is Status.MINED:
            self._relying.pop(close, None)
        else:
            self.doubt(close)

    def doubt(self, close: PendingClose) -> None:
        """Let who relies on one look again: something has happened to it."""
        wake = self._relying.pop(close, None)
        if wake is not None:
            wake()

    def rely_on(self, close: PendingClose, wake: Callable[[], None]) -> bool:
        """Tell whether one will be in a block soon; if so, `wake` is called if it fails."""
        transaction = self._sent.get(close)
        if transaction is None or not self._mempool.is_coming(transaction):
            return False
        self._relying[close] = wake
        return True
