"""What nodes tell each other off the chain."""

from typing import NamedTuple

from msgspec import Struct

from simulator.payments.channel_state import BalanceProof, Lock
from simulator.words.units import Address


class ChannelKey(NamedTuple):
    """A channel, wherever it is named."""

    token: Address
    identifier: int


class PeerMessage(Struct, frozen=True, gc=False):
    """Anything that a node tells another one."""

    @property
    def name(self) -> str:
        """What kind of message it is."""
        return type(self).__name__


class SignedMessage(PeerMessage, frozen=True, gc=False):
    """A message about a channel, which has one of the sender's nonces in it.

    Attributes:
        channel: what it is about.
        identifier: of the message; every node counts its own.
    """

    channel: ChannelKey
    identifier: int


class ChannelMessage(SignedMessage, frozen=True, gc=False):
    """A message with a balance proof: answered by Processed when it is taken in.

    Attributes:
        proof: what the sender has sent in the channel, this included.
    """

    proof: BalanceProof


class PaymentIdentity(Struct, frozen=True, gc=False):
    """What all hops of a payment have in common."""

    identifier: int
    token: Address
    initiator: Address
    target: Address


class LockedTransfer(ChannelMessage, frozen=True, gc=False):
    """Tokens for the receiver, if it learns the secret.

    Attributes:
        route: the nodes that are to come, the receiver first and the target last.
        secret: for the target's eyes; None: it is to ask the initiator.
    """

    payment: PaymentIdentity
    lock: Lock
    receiver: Address
    route: tuple[Address, ...]
    secret: bytes | None = None


class RefundTransfer(ChannelMessage, frozen=True, gc=False):
    """A lock back to where one came from: there is no way forward here."""

    payment: PaymentIdentity
    lock: Lock
    receiver: Address


class SecretRequest(PeerMessage, frozen=True, gc=False):
    """The target asks the initiator for the secret of what has arrived."""

    payment_identifier: int
    secrethash: bytes
    amount: int
    expiration: int


class RevealSecret(PeerMessage, frozen=True, gc=False):
    """The secret."""

    secret: bytes
    secrethash: bytes


class Unlock(ChannelMessage, frozen=True, gc=False):
    """A lock becomes the receiver's."""

    payment_identifier: int
    secret: bytes
    secrethash: bytes


class LockExpired(ChannelMessage, frozen=True, gc=False):
    """A lock is the sender's again."""

    secrethash: bytes
    receiver: Address


class WithdrawMessage(SignedMessage, frozen=True, gc=False):
    """A message about a withdraw: it says nothing of what was sent.

    Attributes:
        nonce: the sender's, one more than that of its message before.
        total: everything that the end whose withdraw it is has ever taken out, with it.
        expiration: the first block in which it is too late for the contract.
    """

    nonce: int
    total: int
    expiration: int


class WithdrawRequest(WithdrawMessage, frozen=True, gc=False):
    """The sender wants to take something out, and has signed that.

    Attributes:
        settles: whether it is one half of a cooperative settlement.
    """

    settles: bool


class WithdrawConfirmation(WithdrawMessage, frozen=True, gc=False):
    """The sender has signed what the receiver wants to take out."""


class WithdrawExpired(WithdrawMessage, frozen=True, gc=False):
    """What the sender wanted to take out came to nothing."""
