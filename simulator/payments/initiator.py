"""The role of whoever pays: one attempt over one route, with a secret of its own."""

from msgspec import Struct
from msgspec.structs import replace

from simulator.payments.channel_state import GRACE_OF_SENDER, Lock, in_time, may_expire
from simulator.payments.messages import ChannelKey, PaymentIdentity, RevealSecret, SecretRequest
from simulator.payments.roles import (
    ChainFacts,
    Fail,
    Hop,
    Reveal,
    RoleStep,
    SendExpiry,
    SendUnlock,
    Succeed,
    TryNextRoute,
    end_of,
)
from simulator.words.units import Address

EXPIRED = "lock expired"
EXPIRED_AFTER_REQUEST = "lock expired, despite receiving secret request"


class Attempt(Struct, frozen=True):
    """An attempt to pay.

    Attributes:
        lock: what was sent; its amount is at least the payment's.
        channel: over which channel.
        hop: whose other end this is.
        secret: None: the caller gave its hash only, and somebody else knows it.
        requested: whether the target has asked for the secret: the first request counts.
        over: whether its result is known, or it was given up for another route.
    """

    payment: PaymentIdentity
    amount: int
    lock: Lock
    channel: ChannelKey
    hop: Address
    secret: bytes | None
    requested: bool = False
    over: bool = False


def on_request(
    state: Attempt, sender: Address, message: SecretRequest, facts: ChainFacts
) -> tuple[Attempt, list[RoleStep]]:
    """Take in that somebody asks for the secret."""
    if sender != state.payment.target or state.requested:
        return state, []
    asked, valid = replace(state, requested=True), _is_valid(state, message)
    if state.over or state.secret is None or not valid or facts.block >= state.lock.expiration:
        return asked, []
    return asked, [Reveal(sender, state.secret)]


def _is_valid(state: Attempt, message: SecretRequest) -> bool:
    return message.amount >= state.amount and message.expiration == state.lock.expiration


def on_reveal(
    state: Attempt, sender: Address, message: RevealSecret, hop: Hop, facts: ChainFacts
) -> tuple[Attempt, list[RoleStep]]:
    """Take in that the first hop knows the secret: it is paid, once and in time."""
    in_force = hop.lock is not None and hop.is_open and facts.block < state.lock.expiration
    if sender != state.hop or state.over or not in_force:
        return state, []
    unlock = SendUnlock(state.channel, message.secret)
    return replace(state, over=True, secret=message.secret), [unlock, Succeed(message.secret)]


def on_refund(state: Attempt, *, may_try_again: bool) -> tuple[Attempt, list[RoleStep]]:
    """Take in that the lock has come back: the route is of no use.

    Args:
        state: the attempt.
        may_try_again: whether the payment may take another route, with another secret.
    """
    if state.over or not may_try_again:
        return state, []
    return replace(state, over=True), [TryNextRoute()]


def due(
    state: Attempt, hop: Hop, facts: ChainFacts, secret_on_chain: bytes | None
) -> tuple[Attempt, list[RoleStep]]:
    """Return what is to be done now.

    Args:
        state: the attempt.
        hop: the channel that it goes over.
        facts: of the chain.
        secret_on_chain: what was registered there, if it was.
    """
    claimed = in_time(state.lock, facts.registered)
    steps: list[RoleStep] = []
    if hop.lock is not None and hop.is_open:
        if claimed and secret_on_chain is not None:
            steps.append(SendUnlock(state.channel, secret_on_chain))
        elif may_expire(state.lock, facts.block, facts.registered, GRACE_OF_SENDER):
            steps.append(SendExpiry(state.channel))
    if state.over:
        return state, steps
    if claimed and secret_on_chain is not None:
        return replace(state, over=True), [*steps, Succeed(secret_on_chain)]
    if facts.block >= end_of(state.lock):
        reason = EXPIRED_AFTER_REQUEST if state.requested else EXPIRED
        return replace(state, over=True), [*steps, Fail(reason)]
    return state, steps


def wakes_at(state: Attempt, hop: Hop) -> int | None:
    """Return the block at which something will be due, whatever happens; None: never."""
    return end_of(state.lock) if hop.lock is not None or not state.over else None


def is_over(state: Attempt, hop: Hop) -> bool:
    """Tell whether nothing will ever be due."""
    return state.over and hop.lock is None
