"""What happens to a payment, step by step.

A payment is named by its token, its initiator, its target and its identifier, in all of them.
"""

from simulator.words.event import Event
from simulator.words.units import Address


class OwnPayment(Event, frozen=True):
    """Something about a payment that a node makes."""

    node: Address
    token: Address
    target: Address
    identifier: int
    amount: int


class PaymentInitiated(OwnPayment, frozen=True):
    """A node began to pay; a payment may take several attempts."""


class PaymentSucceeded(OwnPayment, frozen=True):
    """A node's payment is done, as far as the node is concerned."""


class PaymentFailed(OwnPayment, frozen=True):
    """A node's payment came to nothing."""

    reason: str


class PaymentReceived(Event, frozen=True):
    """A node was paid."""

    node: Address
    token: Address
    initiator: Address
    identifier: int
    amount: int


class TransferEvent(Event, frozen=True):
    """Something that a node tells or wants to tell another one about a payment's lock.

    The amount is that of the lock; its hash, which is hexadecimal, is another one in each attempt.
    """

    sender: Address
    receiver: Address
    token: Address
    initiator: Address
    target: Address
    identifier: int
    amount: int
    secrethash: str


class SecretRequested(TransferEvent, frozen=True):
    """The target of a payment has its lock, and asked the initiator for the secret."""


class SecretRevealed(TransferEvent, frozen=True):
    """A node told another one a payment's secret."""


class TransferWaiting(TransferEvent, frozen=True):
    """A mediator can't pass a lock on to the receiver for now, nor send it back."""

    reason: str


class FeesSet(Event, frozen=True):
    """A tester changed what a node takes for passing payments on.

    Everywhere, or in one channel: `channel` is its token and the partner then. `capped` is whether
    it never takes less than nothing.
    """

    node: Address
    channel: tuple[Address, ...]
    flat: int
    proportional: int
    imbalance: int
    capped: bool


class RoutingSet(Event, frozen=True):
    """A tester changed how a node finds the ways of its payments.

    By which policy and with what knowledge of others' channels, and what a pathfinding service is
    told: how many routes are wanted, and its penalties.
    """

    node: Address
    policy: str
    knowledge: str
    max_paths: int
    fee_penalty: int
    diversity_penalty: int


class OldProofShown(Event, frozen=True):
    """A node cheats: it closes a channel with a balance proof of the partner that is old."""

    node: Address
    partner: Address
    token: Address
    channel_identifier: int


class HopEvent(TransferEvent, frozen=True):
    """Something about a payment's lock in a channel of the sender and the receiver."""

    channel_identifier: int


class TransferLocked(HopEvent, frozen=True):
    """A node sent a lock into a channel; `expiration` is a block."""

    expiration: int


class TransferRefunded(HopEvent, frozen=True):
    """A mediator sent a lock back, since it found no way forward."""

    expiration: int


class TransferUnlocked(HopEvent, frozen=True):
    """A node paid a lock off the chain."""


class TransferExpired(HopEvent, frozen=True):
    """A node took a lock back that had expired."""
