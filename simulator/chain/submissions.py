"""Pending transactions: what an account has handed in, and how it was answered."""

from collections.abc import Callable

import simpy
from msgspec import Struct

from simulator.chain.ledger import ContractCall, Status
from simulator.kernel.clock import Timer
from simulator.words.units import Address


class TransactionResult(Struct, frozen=True, gc=False):
    """The answer to a transaction.

    Attributes:
        block_number: of the newest block when it was answered.
        place: its block's number and its place among the calls there; None: it is in no block.
        created: the contract that a deployment has left.
    """

    status: Status
    reason: str
    block_number: int
    place: tuple[int, int] | None = None
    created: Address | None = None

    @property
    def succeeded(self) -> bool:
        """Whether the call was mined and did what it should."""
        return self.status is Status.MINED


class Submission(Struct, eq=False):
    """What transactions have in common that an account has handed in together.

    Attributes:
        answers: succeeds with their receipts, in order, when the last one is there; one may say
            that time is up.
        on_final: called when it is certain how one of them ended, before `answers`. A transaction
            that timed out while it was held back may still be mined.
        receipts: those that are there.
        unanswered: how many are missing.
        undecided: how many transactions may still time out.
        cause: on whose behalf.
    """

    answers: simpy.Event
    on_final: "Callable[[PendingTransaction], None]"
    receipts: list[TransactionResult | None]
    unanswered: int
    undecided: int
    cause: str
    deadline: Timer | None = None

    def answer(self, place: int, receipt: TransactionResult) -> None:
        """Take in a receipt; the first one counts.

        After "timed out" there may be another one: nobody waits for it any more.
        """
        if self.receipts[place] is None:
            self.receipts[place] = receipt
            self.unanswered -= 1
            if self.unanswered == 0:
                self.answers.succeed(self.receipts)

    def decide(self) -> None:
        """Note that one of them is in a block, or lost with its sender: it can't time out."""
        self.undecided -= 1
        if self.undecided == 0 and self.deadline is not None:
            self.deadline.cancel()


class PendingTransaction(Struct, eq=False):
    """A call that was handed in, until it is known how it ended.

    Attributes:
        place: its position among those handed in together.
        overdue: whether it timed out.
        outcome: how it was executed, known to the chain before its sender learns of it.
    """

    call: ContractCall
    sequence: int
    submission: Submission
    place: int
    lost: bool = False
    overdue: bool = False
    outcome: Status | None = None

    @property
    def receipt(self) -> TransactionResult | None:
        """The first answer."""
        return self.submission.receipts[self.place]
