"""The payments of a run, as its journal tells of them: a row for each, with the ways it took."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from simulator.kernel.journal import Entry
from simulator.reports.payment_rows import FAILED, PENDING, SUCCEEDED
from simulator.reports.record import RunRecord
from simulator.reports.wording import exact, when
from simulator.words.events import (
    OwnPayment,
    PaymentFailed,
    PaymentInitiated,
    PaymentSucceeded,
    TransferEvent,
    TransferLocked,
    TransferRefunded,
    TransferWaiting,
)
from simulator.words.units import Address, checksum

Name = tuple[Address, Address, Address, int]
"""A payment's token, initiator, target and identifier."""


@dataclass(slots=True)
class PaymentReport:
    """What became of a payment.

    Attributes:
        began: the entry of its beginning.
        event: what that says.
        outcome: for its initiator: `succeeded`, `failed`, or `pending` when the run ended before.
        reason: why it failed; empty otherwise.
        ended: when it succeeded or failed, in virtual seconds; None: it has not.
        messages: how many its nodes have sent for it, those that were sent again counted once.
        paths: the nodes that had a lock in each attempt, the initiator first.
        refunded: whether the last attempt was sent back.
        waiting: that a mediator found no way on, and has not found one since.
    """

    began: Entry
    event: PaymentInitiated
    outcome: str = PENDING
    reason: str = ""
    ended: float | None = None
    messages: int = 0
    paths: list[list[Address]] = field(default_factory=list)
    refunded: bool = False
    waiting: TransferWaiting | None = None


class _Reader:
    """Puts entries together to payments, in one pass."""

    def __init__(self) -> None:
        self.found: list[PaymentReport] = []
        self._last: dict[Name, PaymentReport] = {}
        # with the hash, since the same identifier may be used again before all locks are gone
        self._attempts: dict[tuple[Name, str], tuple[PaymentReport, list[Address]]] = {}

    def take_in(self, entry: Entry) -> None:
        event = entry.event
        if isinstance(event, PaymentInitiated):
            report = PaymentReport(entry, event)
            self.found.append(report)
            self._last[event.token, event.node, event.target, event.identifier] = report
        elif isinstance(event, OwnPayment):
            self._end(event, entry.time)
        elif isinstance(event, TransferEvent):
            self._step(event)

    def _end(self, event: OwnPayment, time: float) -> None:
        report = self._last.get((event.token, event.node, event.target, event.identifier))
        if report is None:  # it began before what the journal keeps
            return
        report.ended = time
        if isinstance(event, PaymentSucceeded):
            report.outcome = SUCCEEDED
        elif isinstance(event, PaymentFailed):
            report.outcome, report.reason = FAILED, event.reason

    def _step(self, event: TransferEvent) -> None:
        name = (event.token, event.initiator, event.target, event.identifier)
        begins = isinstance(event, TransferLocked) and event.sender == event.initiator
        if begins and name in self._last:
            report, path = self._last[name], [event.initiator]
            report.paths.append(path)
            report.refunded = False
            self._attempts[name, event.secrethash] = report, path
        elif (name, event.secrethash) in self._attempts:
            report, path = self._attempts[name, event.secrethash]
        else:
            return
        if isinstance(event, TransferLocked):
            path.append(event.receiver)
            report.waiting = None  # it has found a way
        elif isinstance(event, TransferRefunded):
            report.refunded = True
        if isinstance(event, TransferWaiting):
            report.waiting = event
        else:
            report.messages += 1


def payments_of(entries: Iterable[Entry]) -> list[PaymentReport]:
    """Return the payments that were begun, in order."""
    reader = _Reader()
    for entry in entries:
        reader.take_in(entry)
    return reader.found


def rows_of(report: RunRecord) -> list[dict[str, Any]]:
    """Return all payments of a run as JSON-ready rows, in the order in which they began."""
    if not report.world.has_payments:
        return []
    numbers = {node.address: node.node for node in report.world.nodes}
    return [
        {
            "started_seconds": payment.began.time - report.zero_seconds,
            "started_block": payment.began.block - report.zero_block,
            "token": checksum(payment.event.token),
            "from": numbers.get(payment.event.node),
            "initiator": checksum(payment.event.node),
            "to": numbers.get(payment.event.target),
            "target": checksum(payment.event.target),
            "amount": payment.event.amount,
            "identifier": payment.event.identifier,
            "outcome": payment.outcome,
            "reason": payment.reason,
            "waiting": _waiting(payment.waiting, numbers),
            "seconds": None if payment.ended is None else payment.ended - payment.began.time,
            "messages": payment.messages,
            "refunded": payment.refunded,
            "paths": [[numbers[node] for node in path] for path in payment.paths],
        }
        for payment in payments_of(report.world.journal.entries)
    ]


def _waiting(event: TransferWaiting | None, numbers: Mapping[Address, int]) -> str:
    if event is None:
        return ""
    receiver = numbers.get(event.receiver)  # an account that is no node may have a channel, too
    to = checksum(event.receiver) if receiver is None else f"node {receiver}"
    return f"node {numbers[event.sender]} could not pass it on to {to}: {event.reason}"


def some_of(rows: Sequence[dict[str, Any]], most: int) -> list[dict[str, Any]]:
    """Return what fits into a table: of many, half of the room is for those that failed."""
    if len(rows) <= most:
        return list(rows)
    failed = (number for number, row in enumerate(rows) if row["outcome"] == FAILED)
    shown = {*islice(failed, most // 2)}
    shown.update(islice((n for n in range(len(rows)) if n not in shown), most - len(shown)))
    return [rows[number] for number in sorted(shown)]


def told_of(rows: Sequence[dict[str, Any]]) -> str:
    """Return how payments ended, for people."""
    counts = Counter(row["outcome"] for row in rows)
    paid = sum(row["amount"] for row in rows if row["outcome"] == SUCCEEDED)
    ends = [f"{counts[end]:,} {end}" for end in (SUCCEEDED, FAILED, PENDING) if counts[end]]
    return f"{', '.join(ends)}; {paid:,} tokens were paid"


def path_text(path: Iterable[int]) -> str:
    """Return a path for people.

    >>> path_text([0, 3, 1])
    '0 → 3 → 1'
    """
    return " → ".join(map(str, path))


@dataclass(frozen=True, slots=True)
class PaymentTable:
    """Some of a run's payments as texts.

    Attributes:
        told: how all of them ended.
        rows: those that are shown.
        left_out: how many are not.
    """

    told: str
    rows: tuple[tuple[str, ...], ...]
    left_out: int


COLUMNS = ("start", "from", "to", "amount", "path", "outcome", "took", "messages")
NUMBERS = {"start", "from", "to", "amount", "took", "messages"}
MAX_IN_SUMMARY = 20


def table_of(report: RunRecord) -> PaymentTable | None:
    """Return the payments of a run as a small table; None: there were none."""
    rows = rows_of(report)
    if not rows:
        return None
    shown = tuple(_texts(row) for row in some_of(rows, MAX_IN_SUMMARY))
    return PaymentTable(told_of(rows), shown, len(rows) - len(shown))


def _texts(row: dict[str, Any]) -> tuple[str, ...]:
    why = "; ".join(text for text in (row["reason"], row["waiting"]) if text)
    paths = row["paths"]
    return (
        when(row["started_seconds"], row["started_block"]),
        str(row["from"]),
        row["target"] if row["to"] is None else str(row["to"]),
        f"{row['amount']:,}",
        path_text(paths[-1]) + " and back" * row["refunded"] if paths else "none",
        f"{row['outcome']}: {why}" if why else row["outcome"],
        "" if row["seconds"] is None else exact(row["seconds"]),
        str(row["messages"]),
    )
