"""Payments as rows of numbers: a hundred thousand of them are a few megabytes."""

import math
from array import array
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

from simulator.system.table_files import MAX_INT64, Column, ColumnKind

PENDING = "pending"
SUCCEEDED = "succeeded"
FAILED = "failed"
OUTCOMES = (PENDING, SUCCEEDED, FAILED)

COLUMNS = (
    *("workload", "started_seconds", "from", "to", "amount", "outcome", "reason", "seconds"),
    *("attempts", "hops", "fee", "mediator_fees", "locked_token_blocks", "route"),
)
"""What a row tells; see `docs/workloads.md`."""


class PaymentRows:
    """Payments, one row for each, in the order in which they began.

    A row takes about 150 bytes: numbers are in arrays, routes are packed, and reasons are kept
    once.

    Attributes:
        amounts: what was to be paid.
        began: when, in virtual seconds since the start of the world.
        fees: what the payer has paid on top, of those that succeeded.
        mediator_fees: what of that its mediators have kept; the payee has the rest.
        locked: for how long how much was in locks, in token·blocks, as far as they are gone.
    """

    def __init__(self) -> None:
        self.amounts: list[int] = []
        self.began = array("d")
        self.fees: list[int] = []
        self.mediator_fees: list[int] = []
        self.locked = array("d")
        self._ended = array("d")
        self._payers = array("i")
        self._payees = array("i")
        self._outcomes = bytearray()
        self._reasons = array("H")
        self._attempts = array("I")
        self._routes: list[bytes] = []
        self._texts = [""]
        self._number_of_text = {"": 0}

    def __len__(self) -> int:
        """Return how many payments have begun."""
        return len(self.amounts)

    def begin(self, time: float, payer: int, payee: int, amount: int) -> int:
        """Add a payment between two nodes, given by their numbers; return its row.

        An account that is no node has the number -1.
        """
        self.amounts.append(amount)
        self.began.append(time)
        self.fees.append(0)
        self.mediator_fees.append(0)
        self.locked.append(0.0)
        self._ended.append(math.nan)
        self._payers.append(payer)
        self._payees.append(payee)
        self._outcomes.append(0)
        self._reasons.append(0)
        self._attempts.append(0)
        self._routes.append(b"")
        return len(self.amounts) - 1

    def try_route(self, row: int) -> None:
        """Count an attempt."""
        self._attempts[row] += 1

    def set_route(self, row: int, route: Sequence[int]) -> None:
        """Note the nodes that have, or had, a lock in the last attempt, the payer first."""
        self._routes[row] = array("i", route).tobytes()

    def end(self, row: int, time: float, outcome: str, reason: str = "") -> None:
        """Note how a payment has ended for its payer."""
        self._ended[row] = time
        self._outcomes[row] = OUTCOMES.index(outcome)
        self._reasons[row] = self._text(reason)

    def _text(self, text: str) -> int:
        if text not in self._number_of_text:
            self._number_of_text[text] = len(self._texts)
            self._texts.append(text)
        return self._number_of_text[text]

    def outcome(self, row: int) -> str:
        """Return how a payment has ended for its payer: one of `OUTCOMES`."""
        return OUTCOMES[self._outcomes[row]]

    def reason(self, row: int) -> str:
        """Return why a payment failed; empty if it did not."""
        return self._texts[self._reasons[row]]

    def seconds(self, row: int) -> float | None:
        """Return how long a payment took until it had succeeded or failed; None: it has not."""
        took = self._ended[row] - self.began[row]
        return None if math.isnan(took) else took

    def attempts(self, row: int) -> int:
        """Return over how many routes a payment was tried."""
        return self._attempts[row]

    def route(self, row: int) -> list[int]:
        """Return the nodes that had a lock in the last attempt, the payer first."""
        return array("i", self._routes[row]).tolist()

    def hops(self, row: int) -> int:
        """Return how many channels the last attempt went through."""
        return max(0, len(self._routes[row]) // array("i").itemsize - 1)

    def columns(self) -> list[Column]:
        """Return the columns of the table with their types; very large amounts are texts."""
        amounts = (self.amounts, self.fees, self.mediator_fees)
        large = any(abs(one) > MAX_INT64 for one in chain.from_iterable(amounts))
        kinds = {
            **dict.fromkeys(("from", "to", "attempts", "hops"), ColumnKind.WHOLE),
            **dict.fromkeys(
                ("amount", "fee", "mediator_fees"), ColumnKind.TEXT if large else ColumnKind.WHOLE
            ),
            **dict.fromkeys(
                ("started_seconds", "seconds", "locked_token_blocks"), ColumnKind.NUMBER
            ),
        }
        return [Column(name, kinds.get(name, ColumnKind.TEXT)) for name in COLUMNS]

    def tuples(self, workload: str, zero_seconds: float) -> Iterator[tuple[Any, ...]]:
        """Go through the rows as a table has them, with the columns `COLUMNS`.

        Args:
            workload: which they belong to.
            zero_seconds: when times begin to count.
        """
        for row in range(len(self)):
            yield (
                *(workload, self.began[row] - zero_seconds, self._payers[row], self._payees[row]),
                *(self.amounts[row], self.outcome(row), self.reason(row), self.seconds(row)),
                *(self.attempts(row), self.hops(row), self.fees[row], self.mediator_fees[row]),
                *(self.locked[row], " ".join(map(str, self.route(row)))),
            )
