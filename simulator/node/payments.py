"""A node's part in payments: roles get the facts, and what they ask for is done.

The rules are the pure functions of `payments/`. Nothing of it exists before a node's first payment.
"""

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Protocol

from msgspec import Struct

from simulator.kernel.clock import Timer
from simulator.node.account import Account
from simulator.node.registering import Registering
from simulator.node.transfers import Channels, TransferBook
from simulator.payments import initiator, mediator, target
from simulator.payments.channel_state import ChannelView, Refusal
from simulator.payments.initiator import Attempt
from simulator.payments.mediator import Mediation
from simulator.payments.messages import (
    ChannelKey,
    ChannelMessage,
    LockedTransfer,
    LockExpired,
    PaymentIdentity,
    PeerMessage,
    RefundTransfer,
    RevealSecret,
    SecretRequest,
    Unlock,
)
from simulator.payments.roles import (
    ChainFacts,
    Fail,
    Hop,
    KeepWaiting,
    Receive,
    Register,
    RequestSecret,
    Reveal,
    RoleStep,
    SendExpiry,
    SendLock,
    SendRefund,
    SendUnlock,
    Succeed,
    TryNextRoute,
)
from simulator.payments.target import Arrival
from simulator.words.units import Address

Role = Attempt | Mediation | Arrival


class PaymentPart(Struct, eq=False):
    """A node's part in one payment.

    Attributes:
        state: its role, and how far it is.
        timer: when something will be due.
    """

    state: Role
    timer: Timer | None = None


class Owner(Protocol):
    """Whose payments they are: told how they end."""

    def succeeded(self, payment: PaymentIdentity, secret: bytes) -> None:
        """Take in that an own payment is done."""

    def failed(self, payment: PaymentIdentity, reason: str) -> None:
        """Take in that an own payment came to nothing."""

    def try_next(self, payment: PaymentIdentity) -> None:
        """Try another route for an own payment."""

    def received(self, payment: PaymentIdentity, amount: int) -> None:
        """Take in that the node was paid."""


class Payments:
    """The payments that one node has a part in.

    Args:
        account: the node.
        channels: its channels.
        owner: told how they end.
        refunds: whether its generation sends transfers back that can't go on, and tries again.
        unseals: whether it can read a secret that comes with a transfer.

    Attributes:
        book: what it sends and takes in.
        had_a_part: whether there were ever any.
    """

    def __init__(
        self, account: Account, channels: Channels, owner: Owner, *, refunds: bool, unseals: bool
    ) -> None:
        self.book = TransferBook(account, channels)
        self._account = account
        self._world = account.world
        self._owner = owner
        self._refunds = refunds
        self._unseals = unseals
        self._registering = Registering(account)
        self.had_a_part = False
        self._parts: dict[bytes, list[PaymentPart]] = {}
        self._waiting: dict[PaymentPart, None] = {}

    def roles(self) -> list[Role]:
        """Return the node's roles in all payments that are not over, oldest first."""
        return [part.state for parts in self._parts.values() for part in parts]

    def restore(self, roles: Iterable[Role]) -> None:
        """Have these roles and no others: what is due of them is found when the node starts."""
        self.go_offline()
        for secrethash in self._parts:
            self._world.secrets.unwatch(secrethash, self)
        self._parts.clear()
        self._waiting.clear()
        for state in roles:
            self._keep(state)

    def knows(self, secrethash: bytes) -> bool:
        """Tell whether the node has a part in a payment with a secret."""
        return secrethash in self._parts

    def add(self, state: Role) -> None:
        """Have a part in a payment from now on, and do what is due."""
        self._go_on(self._keep(state))

    def _keep(self, state: Role) -> PaymentPart:
        secrethash = state.lock.secrethash
        part = PaymentPart(state)
        self.had_a_part = True
        self._parts.setdefault(secrethash, []).append(part)
        self._world.secrets.watch(secrethash, self)
        return part

    def receive(self, sender: Address, message: PeerMessage) -> bool:
        """Handle a message; False: it waits."""
        if isinstance(message, ChannelMessage):
            if self.book.is_put_off(message):
                return False
            if not self.book.take_in(sender, message):
                return True
        match message:
            case LockedTransfer():
                self._arrived(sender, message)
            case RefundTransfer():
                self._refunded(sender, message)
            case SecretRequest():
                self._requested(sender, message)
            case RevealSecret():
                self._revealed(sender, message)
            case Unlock():
                self._unlocked(message)
            case LockExpired():
                self.look_at(message.secrethash)
        return True

    def _arrived(self, sender: Address, message: LockedTransfer) -> None:
        common = (message.payment, message.lock, message.channel, sender)
        if message.payment.target == self._account.address:
            secret = message.secret if self._unseals else None
            self.add(Arrival(*common, asks=secret is None, secret=secret))
        else:
            self.add(Mediation(*common, message.route[1:], message.secret))

    def _refunded(self, sender: Address, message: RefundTransfer) -> None:
        for part in self._of(message.lock.secrethash):
            match part.state:
                case Attempt() if part.state.channel == message.channel:
                    again = initiator.on_refund(part.state, may_try_again=self._refunds)
                    self._go_on(part, *again)
                case Mediation():
                    self._go_on(part, mediator.on_refund(part.state, sender))

    def _requested(self, sender: Address, message: SecretRequest) -> None:
        facts = self.book.facts(message.secrethash)
        for part in self._of(message.secrethash):
            if isinstance(part.state, Attempt):
                self._go_on(part, *initiator.on_request(part.state, sender, message, facts))

    def _revealed(self, sender: Address, message: RevealSecret) -> None:
        for part in self._of(message.secrethash):
            match part.state:
                case Attempt():
                    facts, hops = self._see(part.state)
                    told = initiator.on_reveal(part.state, sender, message, hops[0], facts)
                    self._go_on(part, *told)
                case Mediation():
                    self._go_on(part, mediator.on_reveal(part.state, sender, message.secret))
                case Arrival():
                    self._go_on(part, target.on_reveal(part.state, message.secret))

    def _unlocked(self, message: Unlock) -> None:
        for part in self._of(message.secrethash):
            match part.state:
                case Mediation() if part.state.channel == message.channel:
                    self._go_on(part, mediator.on_unlock(part.state, message.secret))
                case Arrival() if part.state.channel == message.channel:
                    self._go_on(part, target.on_unlock(part.state, message.secret))
                case _:
                    self._go_on(part)
        self.look_at_waiting()  # who has received may send more

    def _of(self, secrethash: bytes) -> Sequence[PaymentPart]:
        return tuple(self._parts.get(secrethash, ()))

    def look_at(self, secrethash: bytes) -> None:
        """See whether something is due about a secret: something has changed."""
        for part in self._of(secrethash):
            self._go_on(part)

    def look_at_all(self) -> None:
        """See whether something is due: much may have changed."""
        for secrethash in list(self._parts):
            self.look_at(secrethash)

    def look_at_waiting(self) -> None:
        """See whether transfers that wait for a way can go on."""
        for part in list(self._waiting):
            self._go_on(part)

    def go_offline(self) -> None:
        """Forget the timers; what is due is found from what is kept."""
        for parts in self._parts.values():
            for part in parts:
                _cancel(part)

    def _go_on(
        self, part: PaymentPart, state: Role | None = None, steps: Iterable[RoleStep] = ()
    ) -> None:
        """Put a part into a new state, do what that asks for, and then whatever is due."""
        if state is not None:
            part.state = state
        for step in steps:
            self._do(part, step)
        if not self._account.online:
            return
        if isinstance(part.state, Mediation) and part.state.waits:
            self._forward(part, part.state)
        seen = self._see(part.state)
        steps = self._due(part, *seen)
        for step in steps:
            self._do(part, step)
        self._plan_next(part, *(self._see(part.state) if steps else seen))

    def _forward(self, part: PaymentPart, state: Mediation) -> None:
        found = self.book.find(state.channel)
        if found is None:
            return
        back, facts = found[0].view_of(found[1]), self.book.facts(state.lock.secrethash)
        token, book = state.channel.token, self._account.fees
        way = self._way(token, state.next_hop)
        fees = book.of(token, state.payer), book.of(token, state.next_hop or state.payer)
        part.state, steps = mediator.forward(state, way, back, facts, fees, refunds=self._refunds)
        for step in steps:
            self._do(part, step)
        self._note_waiting(part, part.state)

    def _way(
        self, token: Address, next_hop: Address | None
    ) -> tuple[ChannelKey, ChannelView] | Refusal:
        """Return the channel with the next hop, or why nothing can be sent there."""
        if next_hop is None:
            return Refusal("there is nobody else to pass it on to")
        way = self.book.with_partner(token, next_hop)
        if way is None:
            return Refusal("there is no channel")
        key, (membership, entry) = way
        if not membership.graph.is_online(next_hop):
            return Refusal("the receiver is offline")
        return key, membership.view_of(entry)

    def _note_waiting(self, part: PaymentPart, state: Mediation) -> None:
        """Be told of what may open a way for a transfer that has none."""
        if not state.waits:
            self._waiting.pop(part, None)
            return
        self._waiting[part] = None
        if state.next_hop is not None:
            self._world.without_way.setdefault(state.next_hop, {})[self] = None

    def _see(self, state: Role) -> tuple[ChainFacts, list[Hop]]:
        """Return what the node knows of the chain, and of the channels of a payment.

        Of the channel in which the transfer has come first, then of those in which it was sent.
        """
        secrethash = state.lock.secrethash
        hops = [self.book.hop(state.channel, secrethash, sent=isinstance(state, Attempt))]
        if isinstance(state, Mediation):
            hops += [self.book.hop(key, secrethash, sent=True) for key in state.tries]
        return self.book.facts(secrethash), hops

    def _due(self, part: PaymentPart, facts: ChainFacts, hops: Sequence[Hop]) -> list[RoleStep]:
        state = part.state
        known = self._world.secrets.get(state.lock.secrethash)
        secret = None if known is None else known.secret
        match state:
            case Attempt():
                part.state, steps = initiator.due(state, hops[0], facts, secret)
            case Mediation():
                part.state, steps = mediator.due(state, hops[0], hops[1:], facts, secret)
            case Arrival():
                part.state, steps = target.due(state, hops[0], facts, secret)
        return steps

    def _plan_next(self, part: PaymentPart, facts: ChainFacts, hops: Sequence[Hop]) -> None:
        """Set the timer for what will be due, or let go of the part if nothing will."""
        _cancel(part)
        state = part.state
        match state:
            case Attempt():
                over, block = initiator.is_over(state, hops[0]), initiator.wakes_at(state, hops[0])
            case Mediation():
                ends = hops[0], hops[1:]
                over, block = mediator.is_over(*ends), mediator.wakes_at(state, *ends, facts)
            case Arrival():
                over = target.is_over(state, hops[0])
                block = target.wakes_at(state, hops[0], facts)
        if over:
            self._let_go(part)
        elif block is not None and block > facts.block:
            at = block + self._world.settings.confirmation_blocks
            part.timer = self._world.clock.at_block(at, partial(self._wake, part))

    def _let_go(self, part: PaymentPart) -> None:
        secrethash = part.state.lock.secrethash
        self._waiting.pop(part, None)
        parts = self._parts.get(secrethash, [])
        if part in parts:
            parts.remove(part)
        if not parts and self._parts.pop(secrethash, None) is not None:
            self._world.secrets.unwatch(secrethash, self)

    def _wake(self, part: PaymentPart) -> None:
        self._world.attempt(self._account, partial(self._go_on, part))

    def _do(self, part: PaymentPart, step: RoleStep) -> None:
        state, book = part.state, self.book
        payment, secrethash = state.payment, state.lock.secrethash
        match step:
            case SendLock():
                book.send_transfer(step.channel, payment, step.lock, step.route, step.sealed)
            case SendRefund():
                book.send_refund(step.channel, payment, step.lock)
            case KeepWaiting():
                if part not in self._waiting:  # once, however often it is asked again
                    book.note_waiting(step.to, payment, state.lock, step.reason)
            case SendUnlock():
                book.send_unlock(step.channel, payment, secrethash, step.secret)
            case SendExpiry():
                book.send_expiry(step.channel, payment, secrethash)
                self._world.clock.soon(self.look_at_waiting)
            case RequestSecret():
                book.request_secret(payment, state.lock)
            case Reveal():
                book.reveal(step.to, payment, state.lock, step.secret)
            case Register():
                self._registering.register(payment.token, step.secret)
            case _:
                self._tell_owner(state, step)

    def _tell_owner(self, state: Role, step: RoleStep) -> None:
        """Pass on what a step means for the payment as a whole."""
        match step:
            case Succeed():
                self._owner.succeeded(state.payment, step.secret)
            case Fail():
                self._owner.failed(state.payment, step.reason)
            case TryNextRoute():
                self._owner.try_next(state.payment)
            case Receive():
                self._owner.received(state.payment, state.lock.amount)


def _cancel(part: PaymentPart) -> None:
    if part.timer is not None:
        part.timer.cancel()
        part.timer = None
