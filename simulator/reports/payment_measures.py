"""What the payments of a token network have come to, by the names that tables use."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from simulator.chain.gas_book import GasUse
from simulator.kernel.journal import Entry
from simulator.reports.payment_follower import KINDS, PaymentFollower
from simulator.reports.payment_rows import PaymentRows
from simulator.reports.workload_record import PaymentStatistics, statistics_of
from simulator.words.events import PaymentInitiated
from simulator.words.units import Address


class PaymentHistory:
    """All payments of a token network up to some moment, whoever has made them.

    Args:
        token: the network's token.
        token_network: its contract.
        entries: the journal from its beginning, up to that moment.
        now: that moment, in virtual seconds; pending locks have been there until then.
        block_time: seconds between two blocks.
        numbers: the nodes' numbers.
        gas: what transactions have used until then.
        holds: tells whether a payment, given by its payer and identifier, is one that an attacker
            holds in its locks.
    """

    def __init__(
        self,
        token: Address,
        token_network: Address,
        entries: Iterable[Entry],
        now: float,
        block_time: int,
        numbers: Mapping[Address, int],
        gas: Iterable[GasUse],
        holds: Callable[[Address, int], bool],
    ) -> None:
        self._gas = tuple(gas)
        self._holders: set[Address] = set()
        self._now = now
        self._rows, self._held_rows = PaymentRows(), PaymentRows()

        def rows_of(payment: PaymentInitiated) -> PaymentRows:
            if not holds(payment.node, payment.identifier):
                return self._rows
            self._holders.add(payment.node)
            return self._held_rows

        follower = PaymentFollower(block_time, numbers, {token_network: token}, rows_of)
        for entry in entries:
            event = entry.event
            if type(event) in KINDS and getattr(event, "token", token) == token:
                follower.take_in(event, entry.time)
        self._pending = follower.pending(self._rows, now)
        self._held = follower.pending(self._held_rows, now)

    @cached_property
    def statistics(self) -> PaymentStatistics:
        """What they have come to, but for those that are held."""
        return statistics_of(self._rows, self._pending)

    @cached_property
    def held(self) -> PaymentStatistics:
        """What those have come to that are held."""
        return statistics_of(self._held_rows, self._held)

    @property
    def gas(self) -> int:
        """What all transactions have used."""
        return sum(use.gas for use in self._gas)

    @property
    def held_gas(self) -> int:
        """What those have used whose payments are held."""
        return sum(use.gas for use in self._gas if use.sender in self._holders)


@dataclass(frozen=True, slots=True)
class PaymentMeasure:
    """A number that payments have come to.

    Attributes:
        of: takes their history; None: there is no such thing.
        description: what it is, with its unit.
        whole: whether it is always a whole number.
        at_end: whether only the end of a run can tell it.
    """

    of: Callable[[PaymentHistory], int | float | None]
    description: str
    whole: bool = False
    at_end: bool = False


def _seconds(history: PaymentHistory, percentile: int) -> float | None:
    latency = history.statistics.latency
    return None if latency is None else latency.percentiles[percentile]


def _share(part: float, whole: int) -> float | None:
    return part / whole if whole else None


PAYMENT_MEASURES: dict[str, PaymentMeasure] = {
    "payments": PaymentMeasure(
        lambda history: history.statistics.payments, "how many payments have begun", whole=True
    ),
    "success_rate": PaymentMeasure(
        lambda history: history.statistics.success_rate,
        "the share of the payments that are over which succeeded, 0 to 1; none without such",
    ),
    "success_of_amount": PaymentMeasure(
        lambda history: history.statistics.success_of_amount,
        "the share of their tokens that were paid, 0 to 1; none without such",
    ),
    "payment_attempts": PaymentMeasure(
        lambda history: history.statistics.mean_attempts,
        "over how many routes a payment was tried that is over, on average; none without such",
    ),
    "payment_hops": PaymentMeasure(
        lambda history: history.statistics.mean_hops,
        "through how many channels a payment went that succeeded, on average; none without such",
    ),
    "payment_seconds": PaymentMeasure(
        lambda history: _seconds(history, 50),
        "how long a payment took that succeeded, in virtual seconds; the median; none without such",
    ),
    "slow_payment_seconds": PaymentMeasure(
        lambda history: _seconds(history, 99),
        "within how many virtual seconds 99 of 100 of them succeeded; none without such",
    ),
    "payment_fees": PaymentMeasure(
        lambda history: history.statistics.fees,
        "what payers have paid on top of the amounts, in tokens",
        whole=True,
    ),
    "fees_of_amount": PaymentMeasure(
        lambda history: _share(history.statistics.fees, history.statistics.amount_paid),
        "`payment_fees` for each token that was paid; none without such",
    ),
    "mediator_fees": PaymentMeasure(
        lambda history: history.statistics.mediator_fees,
        "what mediators have kept of `payment_fees`, in tokens; payees have the rest",
        whole=True,
    ),
    "locked_token_blocks": PaymentMeasure(
        lambda history: history.statistics.locked_token_blocks,
        "tokens in locks times how long they were there, in token·blocks",
    ),
    "held_token_blocks": PaymentMeasure(
        lambda history: history.held.locked_token_blocks,
        "the same of payments that are held, which no other measure counts: what an attacker's "
        "tokens have cost it, in token·blocks",
    ),
    "held_gas": PaymentMeasure(
        lambda history: history.held_gas,
        "what all transactions of the nodes have used whose payments are held: what an attack has "
        "cost in gas",
        whole=True,
        at_end=True,
    ),
    "gas_per_paid_token": PaymentMeasure(
        lambda history: _share(history.gas, history.statistics.amount_paid),
        "what all transactions have used, in gas for each token that was paid; none without such",
        at_end=True,
    ),
}
"""By the names that tables use."""
