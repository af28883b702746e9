"""The workloads of a world: how they begin, and where they are found."""

from collections.abc import Iterator, Sequence
from itertools import islice, takewhile
from random import Random

import simpy

from simulator.node.members import Host
from simulator.node.node import Node
from simulator.node.world import World
from simulator.reports.payment_follower import KINDS, PaymentFollower
from simulator.words.errors import (
    InvalidRequest,
    NodeNotFound,
    UnknownTokenNetwork,
    WorkloadNotFound,
)
from simulator.words.events import Event
from simulator.words.quoting import shortened, shown, visible_line
from simulator.words.units import OPENED, Address, checksum
from simulator.workloads import draws
from simulator.workloads.draws import PlannedPayment, Weights
from simulator.workloads.form import MAX_PAYMENTS, PairsPart, WorkloadPart
from simulator.workloads.workload import STREAM, Workload

MAX_WORKLOADS = 1_000


class Workloads:
    """The workloads of a world.

    Args:
        world: where they run.
        nodes: all nodes, by number.
        host: in whose name they are run.
    """

    def __init__(self, world: World, nodes: Sequence[Node], host: Host) -> None:
        self._world = world
        self._nodes = nodes
        self._host = host
        self._known: dict[str, Workload] = {}
        self._follower: PaymentFollower | None = None

    def __iter__(self) -> Iterator[Workload]:
        """Go through all that have begun."""
        return iter(self._known.values())

    @property
    def payments(self) -> int:
        """How many payments they have made, all together."""
        return 0 if self._follower is None else self._follower.count

    def holds(self, payer: Address, identifier: int) -> bool:
        """Tell whether a payment is one that keeps its locks until these expire."""
        made = (payer, identifier)
        return any(one.held is not None and made in one.held for one in self._known.values())

    def find(self, name: str) -> Workload:
        """Return a workload by its name.

        Raises:
            WorkloadNotFound: there is none.
        """
        if name not in self._known:
            raise WorkloadNotFound(shortened(visible_line(name)), self._known)
        return self._known[name]

    def begin(
        self, part: WorkloadPart, token: Address, usual_name: str = "", cause: str = ""
    ) -> tuple[Workload, simpy.Process]:
        """Begin a workload; return it, and the process whose value are its statistics.

        Args:
            part: what is paid.
            token: in which token.
            usual_name: what it is called if it has no name; empty: by its number.
            cause: on whose behalf.

        Raises:
            InvalidRequest: another one has its name, there were too many, or it names a node that
                is not there.
            ConfigurationError: there are no such payments in this network.
            UnknownTokenNetwork: the token has none.
        """
        name = part.name or usual_name or f"workload {len(self._known)}"
        if name in self._known:
            raise InvalidRequest("name", f"another workload is called {shown(name)}")
        if len(self._known) >= MAX_WORKLOADS:
            raise InvalidRequest("name", f"there were {MAX_WORKLOADS} workloads, which is the most")
        if token not in self._world.graphs:
            raise UnknownTokenNetwork(checksum(token))
        for number in part.named_nodes():
            if number >= len(self._nodes):
                raise NodeNotFound(number, len(self._nodes))
        payments = self._planned(part, token, name)
        follower = self._following()
        about = (self._nodes, self._world, follower, token, cause)
        workload = Workload(name, payments, *about, held=part.held)
        self._known[name] = workload
        return workload, self._world.spawn(self._host, workload.steps)

    def _following(self) -> PaymentFollower:
        """Return what follows payments: nothing does before the first workload."""
        if self._follower is None:
            world = self._world
            follower = PaymentFollower(world.clock.block_time, world.numbers, world.token_of)

            def take_in(event: Event) -> None:
                follower.take_in(event, world.clock.now)

            world.journal.subscribe(take_in, *KINDS)
            self._follower = follower
        return self._follower

    def _planned(self, part: WorkloadPart, token: Address, name: str) -> Iterator[PlannedPayment]:
        def stream(*what: str | int) -> Random:
            return self._world.rng.stream(STREAM, name, *what)

        weights = self._weights(token)
        if part.activity is not None:
            payments = draws.random_activity(
                part.activity, weights, lambda node: stream("activity", node)
            )
        elif part.file is not None:
            payments = (PlannedPayment(*listed) for listed in part.file.payments())
        else:
            assert part.arrivals is not None and part.amounts is not None  # noqa: S101, PT018
            whom = draws.pairs(part.pairs or PairsPart(), stream("pairs"), weights)
            how_much = draws.amounts(part.amounts, stream("amounts"))
            when = draws.arrivals(part.arrivals, stream("arrivals"))
            payments = (
                PlannedPayment(time, *pair, amount)
                for time, pair, amount in zip(when, whom, how_much, strict=False)
            )
        end = part.seconds
        if end is not None:
            payments = takewhile(lambda payment: payment.seconds <= end, payments)
        return islice(payments, part.payments or MAX_PAYMENTS)

    def _weights(self, token: Address) -> Weights:
        numbers = self._world.numbers
        degrees, capacities = [0] * len(numbers), [0] * len(numbers)
        for edge in self._world.graphs[token].edges.values():
            if edge.state == OPENED:
                for end in (edge.one, edge.other):
                    if end in numbers:
                        degrees[numbers[end]] += 1
                        capacities[numbers[end]] += edge.capacity
        return Weights(degrees, capacities)
