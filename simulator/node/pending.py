"""Transfers that are neither paid nor expired, as a node's API lists them."""

from typing import Literal

from msgspec import Struct

from simulator.node.payments import Payments, Role
from simulator.payments.initiator import Attempt
from simulator.payments.mediator import Mediation
from simulator.payments.messages import ChannelKey, PaymentIdentity

RoleName = Literal["initiator", "mediator", "target"]


class PendingTransfer(Struct, frozen=True, gc=False):
    """A transfer of which the node still has a lock.

    Attributes:
        channel: that of the lock; a mediator's is the one in which it came.
        transferred: tokens that the lock's sender has paid in the channel so far.
        locked: tokens in the lock.
    """

    payment: PaymentIdentity
    channel: ChannelKey
    transferred: int
    locked: int
    role: RoleName


def pending_transfers(payments: Payments) -> list[PendingTransfer]:
    """Return a node's pending transfers, oldest first."""
    found = (_of_role(payments, state) for state in payments.roles())
    return [transfer for transfer in found if transfer is not None]


def _of_role(payments: Payments, state: Role) -> PendingTransfer | None:
    there = payments.book.find(state.channel)
    transfers = None if there is None else there[1].transfers
    if transfers is None:
        return None
    role: RoleName = "target"
    proof = transfers.received
    if isinstance(state, Attempt):
        role, proof = "initiator", transfers.sent
    elif isinstance(state, Mediation):
        role = "mediator"
    lock = proof.lock(state.lock.secrethash)
    if lock is None:
        return None
    return PendingTransfer(state.payment, state.channel, proof.transferred, lock.amount, role)
