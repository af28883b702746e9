"""What a node sends and takes in over its channels: each step is booked, kept and sent at once."""

from typing import Protocol

from simulator.chain.contracts import CLOSE
from simulator.node.account import Account
from simulator.node.channels import ChannelEntry, Transfers
from simulator.node.membership import Membership
from simulator.payments.channel_state import (
    BalanceProof,
    ChannelView,
    Lock,
    Refusal,
    receive_expiry,
    receive_lock,
    receive_unlock,
    send_lock,
)
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
    SignedMessage,
    Unlock,
)
from simulator.payments.roles import ChainFacts, Hop
from simulator.words.events import (
    Event,
    InvalidMessage,
    SecretRequested,
    SecretRevealed,
    TransferExpired,
    TransferLocked,
    TransferRefunded,
    TransferUnlocked,
    TransferWaiting,
)
from simulator.words.units import Address

GONE = Hop(None, is_open=False, reveal_timeout=0)
"""A channel that is settled."""

Found = tuple[Membership, ChannelEntry]


class Channels(Protocol):
    """Where a node's channels are found."""

    def membership(self, token: Address) -> Membership | None:
        """Return the node's state in a token network, if it has any there."""


class TransferBook:
    """The transfers of one node.

    Args:
        account: the node.
        channels: its channels.
    """

    def __init__(self, account: Account, channels: Channels) -> None:
        self._account = account
        self._world = account.world
        self._channels = channels
        self._messages = 0

    def find(self, key: ChannelKey) -> Found | None:
        """Return an unsettled channel."""
        membership = self._channels.membership(key.token)
        entry = None if membership is None else membership.channels.get(key.identifier)
        return None if membership is None or entry is None else (membership, entry)

    def with_partner(self, token: Address, partner: Address) -> tuple[ChannelKey, Found] | None:
        """Return the unsettled channel with a partner."""
        membership = self._channels.membership(token)
        entry = None if membership is None else membership.channels.with_partner(partner)
        if membership is None or entry is None:
            return None
        return ChannelKey(token, entry.identifier), (membership, entry)

    def hop(self, key: ChannelKey, secrethash: bytes, *, sent: bool) -> Hop:
        """Return what roles know of a channel that a payment goes through.

        Args:
            key: the channel.
            secrethash: of the payment.
            sent: whether the node has sent the payment's lock there, or received it.
        """
        found = self.find(key)
        if found is None:
            return GONE
        entry = found[1]
        transfers = entry.transfers
        proof = None if transfers is None else transfers.sent if sent else transfers.received
        lock = None if proof is None else proof.lock(secrethash)
        return Hop(lock, entry.is_open, entry.reveal_timeout_blocks)

    def facts(self, secrethash: bytes) -> ChainFacts:
        """Return what the node knows of the chain."""
        known = self._world.secrets.get(secrethash)
        return ChainFacts(self._world.known_block, None if known is None else known.block)

    def is_put_off(self, message: SignedMessage) -> bool:
        """Tell whether a message waits, since a close of its channel by the node is pending.

        What is locked now would not be in the proof that the close shows.
        """
        found = self.find(message.channel)
        return found is not None and found[0].intents.is_pending(CLOSE, found[1])

    def take_in(self, sender: Address, message: ChannelMessage) -> bool:
        """Book what a partner has sent.

        Returns:
            Whether it is: not where the channel is closed, or where it is not what must follow.
        """
        found = self.find(message.channel)
        if found is None or not found[1].is_open:
            return False
        taken = self._follows(found[1].view(), message)
        if isinstance(taken, Refusal):
            node = self._account.address
            told = (*message.channel, message.name, taken.reason)
            self._world.record(InvalidMessage(node, sender, *told))
            return False
        transfers = transfers_of(found[1])
        transfers.received = taken
        transfers.received_log[taken.nonce] = message
        return True

    def _follows(self, view: ChannelView, message: ChannelMessage) -> BalanceProof | Refusal:
        match message:
            case LockedTransfer() | RefundTransfer():
                return receive_lock(view, message.lock, message.proof)
            case Unlock():
                return receive_unlock(view, message.secrethash, message.proof)
            case LockExpired():
                facts = self.facts(message.secrethash)
                known = (facts.block, facts.registered)
                return receive_expiry(view, message.secrethash, message.proof, *known)
        return Refusal("nobody knows such a message")

    def send_transfer(
        self,
        key: ChannelKey,
        payment: PaymentIdentity,
        lock: Lock,
        route: tuple[Address, ...],
        sealed: bytes | None,
    ) -> None:
        """Send a lock that the channel can carry."""
        entry, proof = self._locking(key, lock)
        common = (key, self.next_message(), proof, payment, lock, entry.partner)
        told = (*self._hop(entry, payment, lock), lock.expiration)
        self._send(entry, LockedTransfer(*common, route, sealed), TransferLocked(*told))

    def send_refund(self, key: ChannelKey, payment: PaymentIdentity, lock: Lock) -> None:
        """Send a lock back over the channel in which it came, which can carry it."""
        entry, proof = self._locking(key, lock)
        message = RefundTransfer(key, self.next_message(), proof, payment, lock, entry.partner)
        told = (*self._hop(entry, payment, lock), lock.expiration)
        self._send(entry, message, TransferRefunded(*told))

    def _locking(self, key: ChannelKey, lock: Lock) -> tuple[ChannelEntry, BalanceProof]:
        found = self.find(key)
        assert found is not None  # noqa: S101 - whoever sends has looked
        proof = send_lock(found[1].view(), lock, None)
        assert isinstance(proof, BalanceProof)  # noqa: S101 - as above
        return found[1], proof

    def send_unlock(
        self, key: ChannelKey, payment: PaymentIdentity, secrethash: bytes, secret: bytes
    ) -> None:
        """Pay a pending lock in an open channel."""
        entry, lock = self._pending(key, secrethash)
        proof = transfers_of(entry).sent.unlocking(lock)
        message = Unlock(key, self.next_message(), proof, payment.identifier, secret, secrethash)
        self._send(entry, message, TransferUnlocked(*self._hop(entry, payment, lock)))

    def send_expiry(self, key: ChannelKey, payment: PaymentIdentity, secrethash: bytes) -> None:
        """Take a pending lock in an open channel back."""
        entry, lock = self._pending(key, secrethash)
        proof = transfers_of(entry).sent.expiring(lock)
        message = LockExpired(key, self.next_message(), proof, secrethash, entry.partner)
        self._send(entry, message, TransferExpired(*self._hop(entry, payment, lock)))

    def _pending(self, key: ChannelKey, secrethash: bytes) -> tuple[ChannelEntry, Lock]:
        found = self.find(key)
        assert found is not None  # noqa: S101 - a role has seen the lock
        lock = transfers_of(found[1]).sent.lock(secrethash)
        assert lock is not None  # noqa: S101 - as above
        return found[1], lock

    def _send(self, entry: ChannelEntry, message: ChannelMessage, event: Event) -> None:
        transfers = transfers_of(entry)
        transfers.sent = message.proof
        transfers.sent_log[message.proof.nonce] = message
        self._world.record(event)
        self.tell(entry.partner, message)

    def request_secret(self, payment: PaymentIdentity, lock: Lock) -> None:
        """Ask the initiator of a payment for the secret of the lock that has arrived."""
        self._world.record(SecretRequested(*self._step(payment.initiator, payment, lock)))
        about = (payment.identifier, lock.secrethash, lock.amount, lock.expiration)
        self.tell(payment.initiator, SecretRequest(*about))

    def reveal(self, to: Address, payment: PaymentIdentity, lock: Lock, secret: bytes) -> None:
        """Tell somebody a payment's secret."""
        self._world.record(SecretRevealed(*self._step(to, payment, lock)))
        self.tell(to, RevealSecret(secret, lock.secrethash))

    def note_waiting(self, to: Address, payment: PaymentIdentity, lock: Lock, reason: str) -> None:
        """Record why a lock can't be passed on for now."""
        self._world.record(TransferWaiting(*self._step(to, payment, lock), reason))

    def _step(
        self, to: Address, payment: PaymentIdentity, lock: Lock
    ) -> tuple[Address, Address, Address, Address, Address, int, int, str]:
        """Return what all events of a payment's steps tell."""
        ends = (self._account.address, to, payment.token, payment.initiator, payment.target)
        return (*ends, payment.identifier, lock.amount, "0x" + lock.secrethash.hex())

    def _hop(
        self, entry: ChannelEntry, payment: PaymentIdentity, lock: Lock
    ) -> tuple[Address, Address, Address, Address, Address, int, int, str, int]:
        """Return what they tell in a channel."""
        return (*self._step(entry.partner, payment, lock), entry.identifier)

    def tell(self, to: Address, message: PeerMessage) -> None:
        """Send a message."""
        self._world.transport.send(self._account.address, to, message)

    def next_message(self) -> int:
        """Return the number of the next message."""
        self._messages += 1
        return self._messages


def transfers_of(entry: ChannelEntry) -> Transfers:
    """Return what has been sent in a channel, to be written to: from the first transfer on."""
    if entry.transfers is None:
        entry.transfers = Transfers()
    return entry.transfers
