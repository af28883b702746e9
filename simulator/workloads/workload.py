"""A workload that runs: payments begin at their times, and what becomes of them is written down."""

from collections.abc import Iterator, Sequence

import simpy

from simulator.kernel.clock import Timer, when_over
from simulator.node.node import Node
from simulator.node.orders import PaymentOrder
from simulator.node.world import CallResult, Steps, World
from simulator.reports.payment_follower import Name, PaymentFollower
from simulator.reports.payment_rows import FAILED, PaymentRows
from simulator.reports.workload_record import PaymentStatistics, WorkloadRecord, statistics_of
from simulator.words.errors import PaymentUnsuccessful, SimulatorError
from simulator.words.statuses import ApiCall
from simulator.words.units import Address
from simulator.workloads.draws import PlannedPayment

STREAM = "workload"
"""With what the names of a workload's random streams begin; its own name follows."""


class Workload:
    """A workload that runs, or has run.

    Args:
        name: what it is called.
        payments: what is to be paid, in order of time.
        nodes: all nodes, by number.
        world: where.
        follower: writes down what becomes of the payments.
        token: what is paid.
        cause: on whose behalf; see `GasUse`.
        held: whether nobody knows the secrets of the payments.

    Attributes:
        name: what it is called.
        rows: its payments.
        began: when it began, in virtual seconds.
        held: of payments that keep their locks until these expire, who pays and their identifiers.
        stopped: whether somebody has stopped it.
        is_over: whether it makes no more payments, and all have been answered.
    """

    def __init__(
        self,
        name: str,
        payments: Iterator[PlannedPayment],
        nodes: Sequence[Node],
        world: World,
        follower: PaymentFollower,
        token: Address,
        cause: str,
        *,
        held: bool = False,
    ) -> None:
        self.name = name
        self.held: set[tuple[Address, int]] | None = set() if held else None
        self.rows = PaymentRows()
        self.began = world.clock.now
        self.stopped = False
        self.is_over = False
        self._payments = payments
        self._nodes = nodes
        self._world = world
        self._follower = follower
        self._token = token
        self._cause = cause
        self._pending = 0
        self._sleep: tuple[simpy.Event, Timer] | None = None
        self._all_answered: simpy.Event | None = None

    def steps(self) -> Steps[PaymentStatistics]:
        """Make the payments, and wait until each has been answered; return what came of them."""
        clock = self._world.clock
        with clock.foreground:
            for payment in self._payments:
                at = self.began + payment.seconds
                if at > clock.now and not self.stopped:
                    self._sleep = clock.alarm(at)
                    yield self._sleep[0]
                    self._sleep = None
                if self.stopped:
                    break
                self._pay(payment)
            if self._pending:
                self._all_answered = clock.env.event()
                yield self._all_answered
        self.is_over = True
        return self.statistics()

    def stop(self) -> None:
        """Make no more payments; those in progress go on."""
        self.stopped = True
        if self._sleep is not None:
            awake, timer = self._sleep
            timer.cancel()
            if not awake.triggered:
                awake.succeed()

    def _pay(self, planned: PlannedPayment) -> None:
        payer, target = self._nodes[planned.payer], self._nodes[planned.payee].address
        digest = self._world.rng.digest(STREAM, self.name, len(self.rows))
        identifier = int.from_bytes(digest[:8], "big") or 1
        secrethash = None
        if self.held is not None:
            self.held.add((payer.address, identifier))
            secrethash = self._world.rng.digest(STREAM, self.name, "held", len(self.rows))
        order = PaymentOrder(target, planned.amount, identifier, secrethash=secrethash)
        name = (self._token, payer.address, target, identifier)
        self._follower.announce(self.rows, self._world.clock.now, name, planned.amount)
        try:
            call = payer.call(
                ApiCall.PAY,
                (),
                lambda: order,
                lambda order: payer.pay(self._token, order),
                self._cause,
            )
        except SimulatorError as error:
            self._refused(name, error)
            return
        self._pending += 1
        when_over(call, lambda result: self._answered(name, result))

    def _answered(self, name: Name, result: CallResult[object]) -> None:
        if result.error is not None and not isinstance(result.error, PaymentUnsuccessful):
            self._refused(name, result.error)
        self._pending -= 1
        if not self._pending and self._all_answered is not None:
            self._all_answered.succeed()

    def _refused(self, name: Name, error: SimulatorError) -> None:
        self._follower.end(name, self._world.clock.now, FAILED, str(error))

    def statistics(self) -> PaymentStatistics:
        """Return what the payments have come to so far."""
        pending = self._follower.pending(self.rows, self._world.clock.now)
        return statistics_of(self.rows, pending)

    def record(self) -> WorkloadRecord:
        """Return it for a report."""
        return WorkloadRecord(self.name, self.rows, self.statistics())
