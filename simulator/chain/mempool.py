"""Pending transactions: the order in which they come into a block, and what testers do to them.

Calls wait here in order of arrival. Each slot takes those that are ready and hands them to the
ledger as one block. Whoever submitted some waits for their receipts, which always come: mined,
reverted, refused, or timed out.
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from enum import StrEnum
from functools import partial
from itertools import count

import simpy
from msgspec.structs import replace

from simulator.chain.gas_book import GasBook
from simulator.chain.ledger import ContractCall, Ledger, Outcome, Status
from simulator.chain.submissions import PendingTransaction, Submission, TransactionResult
from simulator.kernel.clock import Clock, Order, Timer, Work
from simulator.words.events import (
    ChainEvent,
    Event,
    FaultSet,
    GasPriceSet,
    TransactionFinished,
    TransactionSent,
)
from simulator.words.units import Address

FAILING_GAS_LIMIT = 40_000
"""Too little for any call on the contracts, and enough for any calldata: the transaction is mined
and runs out of gas."""


class Fault(StrEnum):
    """What happens to an account's transactions, by a tester's will."""

    NONE = "none"
    HOLD = "hold"
    """They wait until the fault is lifted."""
    DROP = "drop"
    """They are lost; the sender notices when the transaction timeout is over."""
    FAIL = "fail"
    """They are mined and revert."""


class Mempool:
    """The queue in front of the ledger.

    Args:
        ledger: executes the blocks.
        clock: says when the next slot is.
        timeout_seconds: how long a sender waits for a transaction, in virtual seconds.
        confirmation_blocks: how many blocks later than it is mined anybody learns of a block.
        record: puts an event into the journal.
        deliver: is handed the events of each block, in order, each with the sequence of its
            transaction if that was handed in here, before any receipt, and when the
            block was mined, in virtual seconds.
    """

    def __init__(
        self,
        ledger: Ledger,
        clock: Clock,
        timeout_seconds: int,
        confirmation_blocks: int,
        record: Callable[[Event], None],
        deliver: Callable[[Sequence[tuple[ChainEvent, int | None]], float], None],
    ) -> None:
        self.ledger = ledger
        self.timeout_seconds = timeout_seconds
        self._confirmation_blocks = confirmation_blocks
        self.gas = GasBook(ledger.gas_price)
        self._clock = clock
        self._record = record
        self._deliver = deliver
        # a plain dictionary would look at the places of all that have left at its front, every time
        self._waiting: OrderedDict[int, PendingTransaction] = OrderedDict()
        self._in_making: list[PendingTransaction] = []  # what the block in the making will hold
        self._count = 0
        self._faults: dict[Address, Fault] = {}
        self._releases: dict[Address, Timer] = {}
        self._in_slot = False
        self._balances: list[tuple[Address, int, simpy.Event]] = []
        self._usual_gas_price = ledger.gas_price
        self._price_release: Timer | None = None
        clock.on_slot = self._slot

    def submit(
        self,
        calls: Sequence[ContractCall],
        on_final: Callable[[PendingTransaction], None] = lambda _: None,
        cause: str = "",
    ) -> list[PendingTransaction]:
        """Take on calls of one account; their `Submission` tells how they went.

        Args:
            calls: what to execute, at least one.
            on_final: told a transaction when it is certain how it ended, before it is answered.
            cause: on whose behalf; see `GasUse`.
        """
        count = len(calls)
        answers = self._clock.env.event()
        submission = Submission(answers, on_final, [None] * count, count, count, cause)
        transactions = [
            PendingTransaction(call, self._count + place, submission, place)
            for place, call in enumerate(calls)
        ]
        self._count += count
        for transaction in transactions:
            self._waiting[transaction.sequence] = transaction
            call = transaction.call
            self._record(TransactionSent(call.sender, call.function, transaction.sequence))
        at = self._clock.now + self.timeout_seconds
        submission.deadline = self._clock.timer(at, partial(self._time_out, transactions))
        # what is held back needs no block: without this the world would never be at rest
        if self.fault(calls[0].sender) is not Fault.HOLD:
            self._clock.request_slot()
        return transactions

    def _time_out(self, transactions: Sequence[PendingTransaction]) -> None:
        for transaction in transactions:
            if transaction.outcome is None:
                # only what is lost is over: all else may still be mined, when nobody waits for it
                if transaction.lost:
                    self._forget(transaction)
                transaction.overdue = True
                self._answer(transaction, Status.TIMED_OUT, "not mined in time")

    def _lose(self, transaction: PendingTransaction) -> None:
        """Drop a transaction; its sender learns of it when the timeout is over, if not now."""
        transaction.lost = True
        if transaction.overdue:
            self._forget(transaction)

    def _forget(self, transaction: PendingTransaction) -> None:
        del self._waiting[transaction.sequence]
        transaction.submission.on_final(transaction)

    def _answer(
        self,
        transaction: PendingTransaction,
        status: Status,
        reason: str,
        place: tuple[int, int] | None = None,
        created: Address | None = None,
    ) -> None:
        self._record_end(transaction, status, reason)
        receipt = TransactionResult(status, reason, self._clock.block_number, place, created)
        transaction.submission.answer(transaction.place, receipt)

    def _record_end(self, transaction: PendingTransaction, status: Status, reason: str) -> None:
        call = transaction.call
        self._record(
            TransactionFinished(
                call.sender, call.function, transaction.sequence, status.value, reason
            )
        )

    def is_coming(self, transaction: PendingTransaction) -> bool:
        """Tell whether a transaction will be in a block as soon as one has room for it."""
        if transaction.outcome is not None:  # it is in one, which is not confirmed yet
            return True
        passes = self.fault(transaction.call.sender) is Fault.NONE
        return passes and not (transaction.lost or transaction.overdue)

    @staticmethod
    def _decide(transaction: PendingTransaction, outcome: Status) -> None:
        transaction.outcome = outcome
        transaction.submission.decide()

    @property
    def waiting(self) -> int:
        """How many transactions are in no block yet."""
        return len(self._waiting)

    @property
    def held(self) -> int:
        """How many of them are held back by a fault."""
        faults = self._faults
        senders = (transaction.call.sender for transaction in self._waiting.values())
        return sum(faults.get(sender) is Fault.HOLD for sender in senders) if faults else 0

    def fault(self, account: Address) -> Fault:
        """Return what happens to an account's transactions now."""
        return self._faults.get(account, Fault.NONE)

    def set_fault(self, account: Address, fault: Fault, blocks: int | None = None) -> None:
        """Decide what happens to an account's transactions, waiting ones included.

        Args:
            account: the sender.
            fault: `Fault.NONE` lets them pass again.
            blocks: lift the fault by itself after so many blocks; None: keep it.
        """
        if account in self._releases:
            self._releases.pop(account).cancel()
        self._record(FaultSet(account, fault))
        if fault is Fault.NONE:
            self._faults.pop(account, None)
        else:
            self._faults[account] = fault
            if blocks is not None:
                at = self._clock.block_number + blocks
                self._releases[account] = self._clock.at_block(
                    at, lambda: self.set_fault(account, Fault.NONE)
                )
        # what is let go is mined, and what is to be dropped is lost, when the next slot looks at it
        if any(t.call.sender == account and not t.lost for t in self._waiting.values()):
            self._clock.request_slot()

    def set_gas_price(self, wei: int | None = None, blocks: int | None = None) -> None:
        """Decide what transactions pay from the next block on, waiting ones included.

        Args:
            wei: for each unit of gas; None: the usual price.
            blocks: return to the usual price by itself after so many blocks; None: keep it.
        """
        if self._price_release is not None:
            self._price_release.cancel()
            self._price_release = None
        previous = self.ledger.gas_price
        self.ledger.gas_price = self._usual_gas_price if wei is None else wei
        self._record(GasPriceSet(self.ledger.gas_price, previous))
        if blocks is not None:
            at = self._clock.block_number + blocks
            self._price_release = self._clock.at_block(at, self.set_gas_price)

    def discard(self, account: Address) -> None:
        """Lose an account's transactions that are not in a block: their sender has forgotten them.

        Nobody waits for an answer any more, and none comes.
        """
        # what is in the block in the making has left the node: no crash takes that back
        in_making = {transaction.sequence for transaction in self._in_making}
        for transaction in list(self._waiting.values()):
            if transaction.call.sender == account and transaction.sequence not in in_making:
                self._decide(transaction, Status.LOST)
                self._record_end(transaction, Status.LOST, "the sender has crashed")
                self._forget(transaction)

    def set_eth_balance(self, account: Address, wei: int) -> simpy.Event:
        """Give an account exactly `wei` with the next block; succeeds when that is mined."""
        event = self._clock.env.event()
        self._balances.append((account, wei, event))
        self._clock.request_slot()
        return event

    def make_room(self) -> None:
        """Have a block made for what strangers have sent, if some of it is ready."""
        if self.ledger.awaits_block:
            self._clock.request_slot()

    def catch_up(self) -> bool:
        """Make the empty blocks that have passed, so that reads see the present height.

        Returns:
            Whether others may make blocks: not before a slot is over, whose height is taken.
        """
        behind = self._clock.block_number - self.ledger.head
        if behind > 0 and not self._in_slot:
            self.ledger.advance(behind)
        return not self._in_slot

    def _slot(self) -> Work:
        self._in_slot = True  # from now on, and not only when the first part is done
        return self._parts(self._clock.block_number)

    def _parts(self, number: int) -> Work:
        try:
            yield from self._execute(number)
        finally:
            self._in_slot = False

    def _execute(self, number: int) -> Work:
        ready, calls = self._take_ready()
        self._in_making = ready
        balances, self._balances = self._balances, []
        strangers = self.ledger.awaits_block
        if not (ready or balances or strangers):  # empty after all: made when somebody looks
            return
        while (behind := number - 1 - self.ledger.head) > 0:
            self.ledger.advance(min(behind, self.ledger.empty_blocks_at_once))
            yield
        wanted = [(account, wei) for account, wei, _ in balances]
        price = self.ledger.gas_price
        block = yield from self.ledger.execute(calls, wanted)
        yield
        results = list(zip(ready, block.outcomes, strict=True))
        for transaction, outcome in results:
            del self._waiting[transaction.sequence]
            self._decide(transaction, outcome.status)
            if outcome.status is not Status.REFUSED:  # which nobody has mined
                call, cause = transaction.call, transaction.submission.cause
                self.gas.add(call.sender, call.function, cause, outcome.gas_used, price)
        self._in_making = []
        if self.ledger.awaits_block:  # the block was full
            self._clock.request_slot()
        set_balances = [event for _, _, event in balances]
        mined_at = self._clock.now
        announce = partial(
            self._announce, block.number, results, block.others, set_balances, mined_at
        )
        self._once_confirmed(number, announce)

    def foreign_block(self, number: int, events: Sequence[ChainEvent]) -> None:
        """Take in a block that a user's own transaction has made."""
        mined_at = self._clock.now
        foreign = [(event, None) for event in events]
        self._once_confirmed(number, lambda: self._deliver(foreign, mined_at))

    def _once_confirmed(self, number: int, announce: Callable[[], None]) -> None:
        """Announce a block when it has its confirmations: blocks become known in their order."""
        if self._confirmation_blocks == 0:
            announce()
        else:
            at = number + self._confirmation_blocks
            self._clock.at_block(at, announce, Order.NEWS)

    def _announce(
        self,
        number: int,
        results: list[tuple[PendingTransaction, Outcome]],
        others: Sequence[ChainEvent],
        set_balances: list[simpy.Event],
        mined_at: float,
    ) -> None:
        # no longer pending, then the events, then the receipts: so nobody counts a transaction
        # twice, and whoever is answered finds the block in all books
        for transaction, _ in results:
            transaction.submission.on_final(transaction)
        events: list[tuple[ChainEvent, int | None]] = [
            (event, transaction.sequence)
            for transaction, outcome in results
            for event in outcome.events
        ]
        events += [(event, None) for event in others]
        self._deliver(events, mined_at)
        for event in set_balances:
            event.succeed()
        places = count()
        for transaction, outcome in results:
            place = None if outcome.status is Status.REFUSED else (number, next(places))
            ended = (outcome.status, outcome.reason, place, outcome.created)
            self._answer(transaction, *ended)

    def _take_ready(self) -> tuple[list[PendingTransaction], list[ContractCall]]:
        """Return what will be in the next block, in order of arrival, and what to execute.

        Gas limits decide what there is room for, as in `slots`.
        """
        if Fault.DROP in self._faults.values():
            for transaction in list(self._waiting.values()):
                if self.fault(transaction.call.sender) is Fault.DROP and not transaction.lost:
                    self._lose(transaction)
        ready: list[PendingTransaction] = []
        calls: list[ContractCall] = []
        room, faults = self.ledger.slot_gas, self._faults
        for transaction in self._waiting.values():
            if transaction.lost or faults.get(transaction.call.sender) is Fault.HOLD:
                continue
            call = self._to_execute(transaction)
            room -= call.gas_limit
            # one that is larger than a slot gets one of its own: it would wait for ever
            if room < 0 and ready:
                self._clock.request_slot()
                break  # nobody looks through a long queue for one block
            ready.append(transaction)
            calls.append(call)
        return ready, calls

    def _to_execute(self, transaction: PendingTransaction) -> ContractCall:
        call = transaction.call
        if self._faults and self.fault(call.sender) is Fault.FAIL:
            return replace(call, gas_limit=FAILING_GAS_LIMIT)
        return call
