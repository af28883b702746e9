"""What the journal says of a failure: its last lines about the nodes concerned, or the payment."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import takewhile

from simulator.kernel.journal import Entry, fields_of
from simulator.reports.concerned import Concerned, PaymentName, payment_of
from simulator.reports.record import FAILED, RunRecord, TaskRecord
from simulator.reports.wording import when
from simulator.words.events import PaymentInitiated
from simulator.words.quoting import shortened, visible_line
from simulator.words.units import Address, checksum

MAX_LINES = 10
FIRST = 3
"""So many of them are the first ones, where it is about a payment."""
MAX_LENGTH = 160

_UNTOLD = {"contract", "token", "secret", "secrethash", "sequence"}
_SAID = _UNTOLD | {"initiator", "target", "identifier"}
"""What the heading says of a payment."""
_SHORT = {"channel_identifier": "channel"}


def around(report: RunRecord) -> list[str]:
    """Return some entries about what the task that failed first is about, as lines.

    If it has made a payment, that is what happened on the payment's path; else it is the newest
    entries about the task's nodes. Nothing where no task failed, or it is about no nodes.
    """
    failed = [task for task in report.tasks if task.status == FAILED and not task.is_group]
    if not failed:
        return []
    task = min(failed, key=lambda one: (one.events_until or 0, one.events_before))
    until = report.world.journal.count if task.events_until is None else task.events_until
    entries = list(takewhile(lambda one: one.position < until, report.world.journal.entries))
    lines = LastLines(report.world.names, report.zero_seconds, report.zero_block)
    payment = _payment_of(task, entries)
    if payment is not None:
        return lines.of_payment(payment, entries)
    nodes = [node.address for node in report.world.nodes if node.node in task.nodes]
    return lines.of_nodes(nodes, entries)


def _payment_of(task: TaskRecord, entries: Sequence[Entry]) -> PaymentName | None:
    """Return the payment that a task has begun, if it has begun one."""
    for entry in entries[::-1]:
        if entry.position < task.events_before:
            return None
        if isinstance(entry.event, PaymentInitiated) and entry.cause == task.path:
            return payment_of(entry.event)
    return None


class LastLines:
    """Tells entries to people.

    Args:
        names: of accounts.
        zero_seconds: the moment from which times are counted.
        zero_block: the block from which blocks are.
    """

    def __init__(
        self, names: Mapping[Address, str], zero_seconds: float = 0, zero_block: int = 0
    ) -> None:
        self._names = names
        self._zero_seconds = zero_seconds
        self._zero_block = zero_block

    def of_payment(self, payment: PaymentName, entries: Iterable[Entry]) -> list[str]:
        """Return what has happened on a payment's path, below a heading."""
        _, initiator, target, identifier = payment
        ends = f"from {self._name(initiator)} to {self._name(target)}"
        found = [entry for entry in entries if payment_of(entry.event) == payment]
        heading = f"  journal of the payment {identifier} {ends}:"
        return [heading, *self._lines(found, _SAID, FIRST)]

    def of_nodes(self, nodes: Collection[Address], entries: Iterable[Entry]) -> list[str]:
        """Return the newest entries that concern some nodes, below a heading; or nothing."""
        concerned = Concerned(nodes)
        found = [entry for entry in entries if nodes and concerned.includes(entry.event)]
        if not found:
            return []
        heading = f"  journal of {', '.join(map(self._name, nodes))}:"
        return [heading, *self._lines(found, _UNTOLD, 0)]

    def _lines(
        self, entries: Sequence[Entry], untold: Collection[str], first: int
    ) -> Iterator[str]:
        """Yield entries as lines: of many some of the first ones, and the last."""
        left_out = max(0, len(entries) - MAX_LINES)
        lines = [f"    {shortened(self._text(entry, untold), MAX_LENGTH)}" for entry in entries]
        yield from lines[:first]
        if left_out:
            yield f"    … {left_out} more" if first else f"    … {left_out} before"
        yield from lines[first + left_out :]

    def _text(self, entry: Entry, untold: Collection[str]) -> str:
        event, words = entry.event, []
        for name in fields_of(type(event)):
            value = getattr(event, name)
            if name in untold or value in ("", ()):
                continue
            if name == "expiration":  # a block, as that of the entry
                value -= self._zero_block
            text = self._value(value)
            words.append(
                text if text.startswith(f"{name} ") else f"{_SHORT.get(name, name)} {text}"
            )
        moment = when(entry.time - self._zero_seconds, entry.block - self._zero_block)
        return visible_line(f"{moment}  {type(event).__name__}  {', '.join(words)}".rstrip())

    def _value(self, value: object) -> str:
        if isinstance(value, bytes):
            return self._name(Address(value))
        if isinstance(value, tuple):
            return " and ".join(map(self._value, value))
        return str(value)

    def _name(self, account: Address) -> str:
        return self._names.get(account) or checksum(account)
