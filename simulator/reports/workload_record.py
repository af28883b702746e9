"""What came of a workload: its statistics, and its payments."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from simulator.reports.estimates import quantile_of_sorted, share_interval
from simulator.reports.payment_rows import FAILED, PENDING, SUCCEEDED, PaymentRows
from simulator.reports.wording import exact

PERCENTILES = (50, 90, 99)

HEADINGS = (
    *("workload", "payments", "succeeded", "95 % interval", "of the amount", "attempts", "hops"),
    *("fees", "median", "99 %", "locked", "failures"),
)
"""What people are told of a workload."""
NUMBERS = {*HEADINGS} - {"workload", "failures"}
MAX_IN_SUMMARY = 20
"""So many workloads of a run the summary lists."""
MAX_REASONS = 5
"""So many reasons are told to people, those of the most failures."""


@dataclass(frozen=True, slots=True)
class Latency:
    """How long payments took that succeeded, in virtual seconds.

    Attributes:
        percentiles: by their numbers.
    """

    mean: float
    percentiles: dict[int, float]
    most: float

    def as_dict(self) -> dict[str, float]:
        """Return it as JSON-ready data: `mean`, `p50`, `p90`, `p99` and `most`."""
        percentiles = {f"p{one}": value for one, value in self.percentiles.items()}
        return {"mean": self.mean, **percentiles, "most": self.most}

    @classmethod
    def of(cls, seconds: Sequence[float]) -> "Latency | None":
        """Return that of some payments; None: of none there is none."""
        if not seconds:
            return None
        ordered = sorted(seconds)
        found = {one: quantile_of_sorted(ordered, one / 100) for one in PERCENTILES}
        return cls(sum(ordered) / len(ordered), found, ordered[-1])


@dataclass(frozen=True, slots=True)
class PaymentStatistics:
    """What payments have come to. Shares are 0 to 1, and None where there is nothing to share.

    Attributes:
        payments: how many have begun.
        succeeded: how many of them succeeded; `failed` and `pending` are the others.
        success_rate: the share of those that are over.
        success_low: the lower end of its 95 % interval (Wilson's), and `success_high` the upper.
        amount: tokens that were to be paid, in payments that are over.
        amount_paid: tokens in those that succeeded.
        success_of_amount: the share of that.
        mean_attempts: over how many routes one was tried; the mean over those that are over.
        mean_hops: channels of the last route; the mean over those that succeeded.
        fees: what payers have paid on top of the amounts.
        mediator_fees: what of that mediators have kept; payees have the rest.
        locked_token_blocks: tokens in locks times how long they were there, in blocks.
        latency: how long those took that succeeded.
        failures: how many failed, by reason, the most frequent first.
    """

    payments: int
    succeeded: int
    failed: int
    pending: int
    success_rate: float | None
    success_low: float
    success_high: float
    amount: int
    amount_paid: int
    success_of_amount: float | None
    mean_attempts: float | None
    mean_hops: float | None
    fees: int
    mediator_fees: int
    locked_token_blocks: float
    latency: Latency | None
    failures: dict[str, int] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON-ready data."""
        data = asdict(self)
        del data["latency"]
        return {**data, "seconds": None if self.latency is None else self.latency.as_dict()}

    def __str__(self) -> str:
        """Return it in one line."""
        if self.success_rate is None:
            return f"{self.payments:,} payments, none is over"
        over = self.succeeded + self.failed
        told = (
            f"{self.payments:,} payments, {self.success_rate:.1%} of {over:,} "
            f"succeeded ({self.success_low:.1%} to {self.success_high:.1%})"
        )
        if self.latency is not None:
            told += f", half of them within {exact(self.latency.percentiles[50])}"
        return f"{told}; {self.pending:,} are pending" if self.pending else told


def statistics_of(rows: PaymentRows, pending_token_blocks: float = 0.0) -> PaymentStatistics:
    """Return what payments have come to.

    Args:
        rows: the payments.
        pending_token_blocks: what is to be added for locks that are still there.
    """
    outcomes = [rows.outcome(row) for row in range(len(rows))]
    over = [row for row, outcome in enumerate(outcomes) if outcome != PENDING]
    paid = [row for row in over if outcomes[row] == SUCCEEDED]
    count = len(over)
    amount = sum(rows.amounts[row] for row in over)
    amount_paid = sum(rows.amounts[row] for row in paid)
    low, high = share_interval(len(paid), count)
    reasons = Counter(_kind(rows.reason(row)) for row in over if outcomes[row] == FAILED)
    hops = sum(rows.hops(row) for row in paid)
    attempts = sum(rows.attempts(row) for row in over)
    took = [seconds for row in paid if (seconds := rows.seconds(row)) is not None]
    return PaymentStatistics(
        payments=len(rows),
        succeeded=len(paid),
        failed=count - len(paid),
        pending=len(rows) - count,
        success_rate=len(paid) / count if count else None,
        success_low=low,
        success_high=high,
        amount=amount,
        amount_paid=amount_paid,
        success_of_amount=amount_paid / amount if amount else None,
        mean_attempts=attempts / count if count else None,
        mean_hops=hops / len(paid) if paid else None,
        fees=sum(rows.fees[row] for row in paid),
        mediator_fees=sum(rows.mediator_fees[row] for row in paid),
        locked_token_blocks=sum(rows.locked) + pending_token_blocks,
        latency=Latency.of(took),
        failures=dict(reasons.most_common()),
    )


def _kind(reason: str) -> str:
    """Return a reason without its numbers, which hardly two payments share.

    >>> _kind("60 is more than the 20 that can be sent")
    '… is more than the … that can be sent'
    """
    return re.sub("[0-9]+", "…", reason)


@dataclass(frozen=True, slots=True)
class WorkloadRecord:
    """A workload of a run.

    Attributes:
        name: what it is called.
        rows: its payments.
        statistics: what they have come to.
    """

    name: str
    rows: PaymentRows = field(repr=False)
    statistics: PaymentStatistics

    def as_dict(self) -> dict[str, Any]:
        """Return its statistics as JSON-ready data."""
        return {"name": self.name, **self.statistics.as_dict()}

    def texts(self) -> tuple[str, ...]:
        """Return its statistics for people, under `HEADINGS`."""
        one = self.statistics
        latency = one.latency
        failures = [f"{count:,} x {reason}" for reason, count in one.failures.items()]
        more = len(failures) - MAX_REASONS
        return (
            self.name,
            f"{one.payments:,}" + (f", {one.pending:,} pending" if one.pending else ""),
            _percent(one.success_rate),
            "" if one.success_rate is None else f"{one.success_low:.1%} to {one.success_high:.1%}",
            _percent(one.success_of_amount),
            _mean(one.mean_attempts),
            _mean(one.mean_hops),
            f"{one.fees:,}",
            "" if latency is None else exact(latency.percentiles[50]),
            "" if latency is None else exact(latency.percentiles[99]),
            f"{one.locked_token_blocks:,.1f} token·blocks",
            "; ".join(failures[:MAX_REASONS] + [f"{more:,} more reasons"] * (more > 0)),
        )


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share:.1%}"


def _mean(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"
