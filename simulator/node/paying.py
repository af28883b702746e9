"""A node's own payments: what its user asks for, over which route, and what came of it."""

from collections.abc import Iterable, Iterator

import simpy
from msgspec import Struct, field

from simulator.node.account import Account
from simulator.node.membership import Membership
from simulator.node.orders import (
    FAILED,
    RECEIVED,
    SENT,
    HistoryEntry,
    PaymentOrder,
    PaymentResult,
)
from simulator.node.payments import Payments, Role
from simulator.node.transfers import Channels, Found
from simulator.node.withdrawing.duty import WithdrawDuty
from simulator.node.world import CallResult, Steps
from simulator.payments.balance_proof import hash_of_secret
from simulator.payments.channel_state import Lock, Refusal, cannot_carry
from simulator.payments.fees import NO_FEES, Fees, assumed, is_too_dear, to_send
from simulator.payments.initiator import Attempt
from simulator.payments.messages import PaymentIdentity
from simulator.payments.routing.atlas import Knowledge
from simulator.payments.routing.own import Candidate, ShortestWays, own_ways
from simulator.payments.routing.policies import RouteRequest
from simulator.payments.routing.route_map import UNUSABLE
from simulator.payments.routing.routing import OWN, Routing
from simulator.words.errors import InvalidRequest, PaymentUnsuccessful, UnknownTokenNetwork
from simulator.words.events import (
    PaymentFailed,
    PaymentInitiated,
    PaymentReceived,
    PaymentSucceeded,
)
from simulator.words.units import Address, checksum

WayAndFee = tuple[tuple[Address, ...], int]
"""The nodes behind whoever pays, and what mediators are expected to take."""

NO_ROUTE = "there is no route to the target"
NO_ROUTE_LEFT = "None of the available routes could be used"


class Flight(Struct, eq=False):
    """A payment of the node's that is not over.

    Attributes:
        payment: what it is.
        order: what was asked for.
        used: first hops that were tried.
        waiting: calls that wait for its end.
    """

    payment: PaymentIdentity
    order: PaymentOrder
    used: set[Address] = field(default_factory=set)
    waiting: list[simpy.Event] = field(default_factory=list)

    def resumed(self) -> "Flight":
        """Return it as it is on the disk: who waited waits no more."""
        return Flight(self.payment, self.order, set(self.used))


class SavedPayments(Struct, frozen=True):
    """What a node has on its disk of payments.

    Attributes:
        history: how those have ended that are over.
        flights: its own that are not.
        roles: its part in them, and in others'.
    """

    history: tuple[HistoryEntry, ...] = ()
    flights: tuple[Flight, ...] = ()
    roles: tuple[Role, ...] = ()


class Generation(Struct, frozen=True):
    """How nodes of a dialect pay.

    Attributes:
        refunds: whether what can't go on is sent back, and another route is tried with another
            secret; the node finds its routes by itself.
        seals: whether the secret travels with the transfer, for the target's eyes; there is one
            attempt then.
        times_out: whether a payment may say how long its locks last.
        cooperates: whether channels are settled together with the partner, where both can do so;
            nodes know who is online, and ask nobody else.
        private: whether it pays direct partners only.
        assumes_fees: whether who finds its routes by itself reckons with fees, of which it knows
            nothing.
        fees: what its nodes take for passing payments on that were not told otherwise.
        routing: how they find ways.
    """

    refunds: bool
    seals: bool
    times_out: bool
    cooperates: bool
    private: bool = False
    assumes_fees: bool = False
    fees: Fees = NO_FEES
    routing: Routing = OWN


class Paying:
    """What one node pays, and what it was paid.

    Args:
        account: the node.
        channels: its channels.
        generation: how it pays.

    Attributes:
        generation: how it pays now.
        payments: its part in its own and others' payments.
        withdraws: its part in withdraws and cooperative settlements.
        history: how payments have ended, oldest first.
    """

    def __init__(self, account: Account, channels: Channels, generation: Generation) -> None:
        self.payments = Payments(
            account, channels, self, refunds=generation.refunds, unseals=generation.seals
        )
        self.withdraws = WithdrawDuty(
            account,
            self.payments.book,
            self.payments.look_at_waiting,
            cooperates=generation.cooperates,
        )
        self.history: list[HistoryEntry] = []
        self._account = account
        self._world = account.world
        self._channels = channels
        self.generation = generation
        self._flights: dict[tuple[int, Address], Flight] = {}
        self._drawn = 0

    def saved(self) -> SavedPayments:
        """Return a copy of what is on the disk."""
        flights = tuple(flight.resumed() for flight in self._flights.values())
        return SavedPayments(tuple(self.history), flights, tuple(self.payments.roles()))

    def restore(self, saved: SavedPayments, channels: Iterable[Found]) -> None:
        """Have on the disk what was saved once; what was drawn meanwhile is not drawn again.

        Args:
            saved: of payments.
            channels: those of the node, as they are on the disk.
        """
        self.withdraws.restore(channels)
        self.history = list(saved.history)
        flights = (flight.resumed() for flight in saved.flights)
        self._flights = {(one.payment.identifier, one.payment.target): one for one in flights}
        self.payments.restore(saved.roles)

    def pay(self, token: Address, order: PaymentOrder) -> Steps[PaymentResult]:
        """Pay, and wait until it is certain that this has succeeded or failed.

        Raises:
            InvalidRequest: the order means nothing, or another payment has its identifier.
            UnknownTokenNetwork: the token has none.
            PaymentUnsuccessful: there is no way, or the lock has expired.
        """
        order.check(self._account.address)
        if token not in self._world.networks:
            raise UnknownTokenNetwork(checksum(token))
        flight = self._flight_of(token, order)
        over = self._world.clock.env.event()
        flight.waiting.append(over)
        if len(flight.waiting) == 1 and not flight.used:
            self._begin(flight)
        result: CallResult[PaymentResult] = yield over
        return result.unwrap()

    def _flight_of(self, token: Address, order: PaymentOrder) -> Flight:
        """Return the payment that an order asks for: the one on its way, if it is the same."""
        key = None if order.identifier is None else (order.identifier, order.target)
        there = None if key is None else self._flights.get(key)
        if there is not None:
            if (there.payment.token, there.order) != (token, order):
                raise InvalidRequest("identifier", "Another payment with the same id is in flight")
            return there
        secrethash = order.secrethash
        if order.secret is not None:
            secrethash = hash_of_secret(order.secret)
        if secrethash is not None and self._is_used(secrethash):
            raise InvalidRequest("secret", "is known already: it would protect nothing")
        identifier = order.identifier or self._draw("payment identifier", 8)
        node = self._account.address
        return Flight(PaymentIdentity(int(identifier), token, node, order.target), order)

    def _is_used(self, secrethash: bytes) -> bool:
        registered = self._world.secrets.get(secrethash) is not None
        return registered or self.payments.knows(secrethash)

    def _draw(self, what: str, length: int) -> int:
        self._drawn += 1
        drawn = self._world.rng.digest(what, self._account.address, self._drawn)
        return int.from_bytes(drawn[:length], "big") or 1

    def _begin(self, flight: Flight) -> None:
        payment, amount = flight.payment, flight.order.amount
        self._flights[payment.identifier, payment.target] = flight
        about = (payment.token, payment.target, payment.identifier, amount)
        self._world.record(PaymentInitiated(self._account.address, *about))
        self._try(flight)

    def _try(self, flight: Flight) -> None:
        """Send a lock over the first route that can be used now, or fail."""
        reason = NO_ROUTE_LEFT if flight.used else NO_ROUTE
        if not (flight.used and (flight.order.is_tied or not self.generation.refunds)):
            for route in self._routes(flight):
                refusal = self._send(flight, *route)
                if refusal is None:
                    return
                if reason == NO_ROUTE:
                    reason = refusal.reason
        self._end(flight, reason)

    def _send(self, flight: Flight, route: tuple[Address, ...], fee: int) -> Refusal | None:
        """Send a lock over a route, unless it is too dear or its first channel can't carry it."""
        payment, order = flight.payment, flight.order
        amount = to_send(order.amount, fee)
        found = self.payments.book.with_partner(payment.token, route[0])
        if found is None:
            return Refusal(NO_ROUTE)
        key, (membership, entry) = found
        view = membership.view_of(entry)
        timeout = order.lock_timeout if self.generation.times_out else None
        if is_too_dear(order.amount, amount):
            return Refusal(f"fees would make {amount} of the {order.amount} that are to arrive")
        refusal = cannot_carry(view, amount, timeout)
        if refusal is not None:
            return refusal
        secret, secrethash = self._secret(order)
        blocks = 2 * view.reveal_timeout if timeout is None else timeout
        lock = Lock(amount, self._world.known_block + blocks - 1, secrethash)
        sealed = secret if self.generation.seals else None
        flight.used.add(route[0])
        self.payments.book.send_transfer(key, payment, lock, route, sealed)
        self.payments.add(Attempt(payment, order.amount, lock, key, route[0], secret))
        return None

    def _secret(self, order: PaymentOrder) -> tuple[bytes | None, bytes]:
        if order.secret is None and order.secrethash is not None:
            return None, order.secrethash
        secret = order.secret
        if secret is None:
            secret = self._draw("secret", 32).to_bytes(32, "big")
        return secret, hash_of_secret(secret)

    def _routes(self, flight: Flight) -> Iterator[WayAndFee]:
        """Yield the ways that have not been tried, best first, and what their fees may be."""
        membership = self._channels.membership(flight.payment.token)
        if membership is None:
            return
        if self.generation.private:
            yield (flight.payment.target,), 0
        elif self.generation.routing.needs_no_map:
            yield from self._own_ways(membership, flight)
        else:
            yield from self._mapped_ways(flight)

    def _own_ways(self, membership: Membership, flight: Flight) -> Iterator[WayAndFee]:
        """Yield the shortest ways from each partner: nobody knows what others can carry."""
        graph, node = membership.graph, self._account.address
        ways = ShortestWays(graph.partners, flight.payment.target, self._world.numbers)
        for path in own_ways(ways, self._candidates(membership, flight)):
            if node not in path:
                is_free = len(path) == 1 or not self.generation.assumes_fees
                yield path, 0 if is_free else assumed(flight.order.amount)

    def _candidates(self, membership: Membership, flight: Flight) -> Iterator[Candidate]:
        for channel in membership.channels.opened():
            partner = channel.partner
            if partner not in flight.used and not channel.is_bootstrap:
                if not membership.graph.is_online(partner):
                    continue
                back = membership.view_of(channel).partner_distributable
                yield Candidate(flight.order.amount > back, partner, channel.identifier)

    def _mapped_ways(self, flight: Flight) -> Iterator[WayAndFee]:
        """Yield what the node's policy finds in what it knows of others."""
        payment, routing, node = flight.payment, self.generation.routing, self._account.address
        known = self._world.atlas.map(payment.token, Knowledge(routing.knowledge))
        if payment.target not in known.numbers:
            return

        def own(partner: Address) -> int:
            view = self._world.members[node].view(payment.token, partner)
            return UNUSABLE if view is None or cannot_carry(view, 0, None) else view.distributable

        penalties = routing.max_paths, routing.fee_penalty, routing.diversity_penalty
        about = (node, payment.target, flight.order.amount, flight.used, own)
        assert callable(routing.policy)  # noqa: S101 - it was checked
        for route in routing.policy(RouteRequest(known, *about, *penalties)):
            yield route.path[1:], route.fee

    def try_next(self, payment: PaymentIdentity) -> None:
        """Try another route for an own payment."""
        self._try(self._flights[payment.identifier, payment.target])

    def succeeded(self, payment: PaymentIdentity, secret: bytes) -> None:
        """Take in that an own payment is done."""
        flight = self._flights.pop((payment.identifier, payment.target))
        amount, node = flight.order.amount, self._account.address
        about = (payment.token, payment.target, payment.identifier, amount)
        self._world.record(PaymentSucceeded(node, *about))
        self._remember(SENT, payment, payment.target, amount)
        result = PaymentResult(
            node,
            payment.target,
            payment.token,
            amount,
            payment.identifier,
            secret,
            hash_of_secret(secret),
        )
        self._answer(flight, CallResult(value=result))

    def failed(self, payment: PaymentIdentity, reason: str) -> None:
        """Take in that an own payment came to nothing."""
        self._end(self._flights[payment.identifier, payment.target], reason)

    def _end(self, flight: Flight, reason: str) -> None:
        payment, amount = flight.payment, flight.order.amount
        del self._flights[payment.identifier, payment.target]
        about = (payment.token, payment.target, payment.identifier, amount)
        self._world.record(PaymentFailed(self._account.address, *about, reason))
        self._remember(FAILED, payment, payment.target, amount, reason)
        self._answer(flight, CallResult(error=PaymentUnsuccessful(reason)))

    def received(self, payment: PaymentIdentity, amount: int) -> None:
        """Take in that the node was paid."""
        about = (payment.token, payment.initiator, payment.identifier, amount)
        self._world.record(PaymentReceived(self._account.address, *about))
        self._remember(RECEIVED, payment, payment.initiator, amount)

    def _remember(
        self, event: str, payment: PaymentIdentity, other: Address, amount: int, reason: str = ""
    ) -> None:
        now, name = self._world.clock.now, payment.identifier
        self.history.append(HistoryEntry(event, now, payment.token, other, name, amount, reason))

    def _answer(self, flight: Flight, result: CallResult[PaymentResult]) -> None:
        for event in flight.waiting:
            event.succeed(result)
