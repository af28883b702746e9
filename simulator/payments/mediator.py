"""The role of whoever passes a payment on."""

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from simulator.payments.channel_state import (
    GRACE_OF_SENDER,
    ChannelView,
    Lock,
    Refusal,
    in_time,
    may_expire,
)
from simulator.payments.channel_state import send_lock as locked
from simulator.payments.fees import Fees, mediation_of
from simulator.payments.messages import ChannelKey, PaymentIdentity
from simulator.payments.roles import (
    ChainFacts,
    Hop,
    KeepWaiting,
    Register,
    Reveal,
    RoleStep,
    SendExpiry,
    SendLock,
    SendRefund,
    SendUnlock,
    end_of,
)
from simulator.words.units import Address


class Mediation(Struct, frozen=True):
    """A transfer that has come in to be passed on.

    Attributes:
        lock: what has come.
        channel: where it has come in.
        payer: whose other end this is.
        route: who comes next, down to the target.
        tries: channels into which a lock of the payment was sent; the payer's, if it was refunded.
        payees: their other ends, in the same order.
        sealed: the secret, for the target's eyes.
        waits: whether it is still to be passed on, or back.
        secret: as soon as it is known.
        revealed: whether the payer was told.
        paid: whether the payer has unlocked.
    """

    payment: PaymentIdentity
    lock: Lock
    channel: ChannelKey
    payer: Address
    route: tuple[Address, ...]
    sealed: bytes | None = None
    tries: tuple[ChannelKey, ...] = ()
    payees: tuple[Address, ...] = ()
    waits: bool = True
    secret: bytes | None = None
    revealed: bool = False
    paid: bool = False

    @property
    def next_hop(self) -> Address | None:
        """Who is to have the transfer; None: nobody can, so that it goes back or waits."""
        hop = self.route[0] if self.route else None
        return None if hop in (self.payer, self.payment.initiator, *self.payees) else hop


def forward(
    state: Mediation,
    way: tuple[ChannelKey, ChannelView] | Refusal,
    back: ChannelView,
    facts: ChainFacts,
    fees: tuple[Fees, Fees],
    *,
    refunds: bool,
) -> tuple[Mediation, list[RoleStep]]:
    """Pass a transfer on if that is possible now, or back; otherwise it waits.

    What is passed on is less by the fees; what goes back is all of it.

    Args:
        state: the mediation.
        way: the channel with the next hop, or why there is none.
        back: the payer's channel.
        facts: of the chain.
        fees: what the node takes in the payer's channel, and in the one with the next hop.
        refunds: whether the node's generation sends transfers back.
    """
    if not state.waits or state.secret is not None or facts.registered is not None:
        return state, []  # who knows the secret already needs nobody to reveal it
    timeout = state.lock.expiration - facts.block
    to = state.next_hop or state.payer
    if timeout <= 0:
        return state, [KeepWaiting(to, "the lock has expired")]
    if isinstance(way, Refusal):
        reason = way.reason
    else:
        key, channel = way
        lock = _less_fees(state.lock, fees, back, channel)
        refusal = lock if isinstance(lock, Refusal) else locked(channel, lock, timeout)
        if not isinstance(lock, Refusal) and not isinstance(refusal, Refusal):
            sent = SendLock(key, lock, state.route, state.sealed)
            return _tried(state, key, to), [sent]
        assert isinstance(refusal, Refusal)  # noqa: S101 - or it was sent
        reason = refusal.reason
    if refunds:
        refusal = locked(back, state.lock, timeout)
        if not isinstance(refusal, Refusal):
            refund = SendRefund(state.channel, state.lock)
            return _tried(state, state.channel, state.payer), [refund]
        reason += f"; and back: {refusal.reason}"
    return state, [KeepWaiting(to, reason)]


def _less_fees(
    lock: Lock, fees: tuple[Fees, Fees], back: ChannelView, channel: ChannelView
) -> Lock | Refusal:
    """Return the lock that is passed on for one that has come in."""
    mediation = mediation_of(fees, back, channel)
    amount = lock.amount if mediation.is_free else mediation.amount_out(lock.amount)
    if amount is None:
        return Refusal(f"as its channels are, the node can't pass {lock.amount} on for its fees")
    return lock if amount == lock.amount else replace(lock, amount=amount)


def _tried(state: Mediation, key: ChannelKey, payee: Address) -> Mediation:
    tries, payees = (*state.tries, key), (*state.payees, payee)
    return replace(state, waits=False, tries=tries, payees=payees)


def on_refund(state: Mediation, sender: Address) -> Mediation:
    """Take in that a payee could not pass the transfer on."""
    if not state.payees or state.payees[-1] != sender or sender == state.payer:
        return state
    return replace(state, waits=True)


def on_reveal(state: Mediation, sender: Address, secret: bytes) -> Mediation:
    """Take in the secret, if it comes from a payee."""
    if sender not in state.payees or sender == state.payer:
        return state
    return replace(state, secret=secret)


def on_unlock(state: Mediation, secret: bytes) -> Mediation:
    """Take in that the payer has paid."""
    return replace(state, secret=secret, paid=True)


def due(
    state: Mediation,
    payer: Hop,
    payees: Sequence[Hop],
    facts: ChainFacts,
    secret_on_chain: bytes | None,
) -> tuple[Mediation, list[RoleStep]]:
    """Return what is to be done now.

    Args:
        state: the mediation.
        payer: the channel in which the transfer came.
        payees: those of `tries`, in the same order.
        facts: of the chain.
        secret_on_chain: what was registered there, if it was.
    """
    steps: list[RoleStep] = []
    claimed = in_time(state.lock, facts.registered)
    if state.secret is None and claimed:
        state = replace(state, secret=secret_on_chain, revealed=True)  # the payer knows it, too
    if state.secret is not None:
        state, steps = _claim(state, payer, facts)
    safe = claimed or state.paid or _will_be_paid(state, payer, facts)
    for key, hop in zip(state.tries, payees, strict=True):
        if hop.lock is None or not hop.is_open:
            continue
        if state.secret is not None and safe:
            steps.append(SendUnlock(key, state.secret))
        elif may_expire(hop.lock, facts.block, facts.registered, GRACE_OF_SENDER):
            steps.append(SendExpiry(key))
    return state, steps


def _will_be_paid(state: Mediation, payer: Hop, facts: ChainFacts) -> bool:
    """Tell whether there is time enough to claim the payer's lock, off the chain or on it."""
    safe = payer.lock is not None and payer.is_open
    return safe and not payer.is_dangerous(state.lock, facts.block)


def _claim(state: Mediation, payer: Hop, facts: ChainFacts) -> tuple[Mediation, list[RoleStep]]:
    """Return what brings the payer's lock in, once the secret is known."""
    if payer.lock is None or facts.registered is not None or state.secret is None:
        return state, []
    steps: list[RoleStep] = []
    if not state.revealed:
        steps.append(Reveal(state.payer, state.secret))
        state = replace(state, revealed=True)
    exposed = not payer.is_open or payer.is_dangerous(state.lock, facts.block)
    if exposed and facts.block < state.lock.expiration:
        assert state.secret is not None  # noqa: S101 - as above
        steps.append(Register(state.secret))
    return state, steps


def wakes_at(state: Mediation, payer: Hop, payees: Sequence[Hop], facts: ChainFacts) -> int | None:
    """Return the next block at which something will be due, whatever happens; None: never."""
    blocks = [end_of(hop.lock) for hop in payees if hop.lock is not None]
    if state.secret is not None and payer.lock is not None:
        blocks.append(state.lock.expiration - payer.reveal_timeout)
    return min((block for block in blocks if block > facts.block), default=None)


def is_over(payer: Hop, payees: Sequence[Hop]) -> bool:
    """Tell whether nothing will ever be due: no lock is left."""
    return payer.lock is None and all(hop.lock is None for hop in payees)
