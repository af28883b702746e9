"""The role of whoever is paid."""

from msgspec import Struct
from msgspec.structs import replace

from simulator.payments.channel_state import Lock, in_time
from simulator.payments.messages import ChannelKey, PaymentIdentity
from simulator.payments.roles import (
    ChainFacts,
    Hop,
    Receive,
    Register,
    RequestSecret,
    Reveal,
    RoleStep,
)
from simulator.words.units import Address


class Arrival(Struct, frozen=True):
    """A transfer that has reached its target.

    Attributes:
        lock: what has come.
        channel: where it has come in.
        payer: whose other end this is.
        asks: whether the initiator is still to be asked for the secret.
        secret: as soon as it is known.
        revealed: whether the payer was told.
        paid: whether the payer has unlocked.
        received: whether the payment was reported.
    """

    payment: PaymentIdentity
    lock: Lock
    channel: ChannelKey
    payer: Address
    asks: bool = True
    secret: bytes | None = None
    revealed: bool = False
    paid: bool = False
    received: bool = False


def on_reveal(state: Arrival, secret: bytes) -> Arrival:
    """Take in the secret, from whomever."""
    return replace(state, secret=secret, asks=False)


def on_unlock(state: Arrival, secret: bytes) -> Arrival:
    """Take in that the payer has paid."""
    return replace(state, secret=secret, asks=False, paid=True)


def due(
    state: Arrival, hop: Hop, facts: ChainFacts, secret_on_chain: bytes | None
) -> tuple[Arrival, list[RoleStep]]:
    """Return what is to be done now.

    Args:
        state: the arrival.
        hop: the channel in which the transfer came.
        facts: of the chain.
        secret_on_chain: what was registered there, if it was.
    """
    claimed = in_time(state.lock, facts.registered)
    if claimed and state.secret is None:
        state = replace(state, secret=secret_on_chain, asks=False)
    if state.paid or (claimed and not hop.is_open):
        return _reported(state)
    if hop.lock is None or facts.registered is not None:
        return state, []
    late = not hop.is_open or hop.is_dangerous(state.lock, facts.block)
    if state.secret is None:
        request = state.asks and not late
        return replace(state, asks=False), [RequestSecret()] if request else []
    if not late:
        return _tell(state)
    if facts.block < state.lock.expiration:
        return state, [Register(state.secret)]
    return state, []


def _tell(state: Arrival) -> tuple[Arrival, list[RoleStep]]:
    if state.revealed or state.secret is None:
        return state, []
    return replace(state, revealed=True), [Reveal(state.payer, state.secret)]


def _reported(state: Arrival) -> tuple[Arrival, list[RoleStep]]:
    if state.received:
        return state, []
    return replace(state, received=True), [Receive()]


def wakes_at(state: Arrival, hop: Hop, facts: ChainFacts) -> int | None:
    """Return the next block at which something will be due, whatever happens; None: never."""
    if state.secret is None or hop.lock is None:
        return None
    block = state.lock.expiration - hop.reveal_timeout
    return block if block > facts.block else None


def is_over(state: Arrival, hop: Hop) -> bool:
    """Tell whether nothing will ever be due."""
    return hop.lock is None and not (state.paid and not state.received)
