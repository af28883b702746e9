"""Channels, payments and gas as the Python API shows them: text addresses, plain numbers."""

from dataclasses import dataclass

from simulator.node.channels import ChannelEntry
from simulator.node.orders import HistoryEntry, PaymentResult
from simulator.node.pending import PendingTransfer
from simulator.words.units import OPENED, Address, checksum


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel, seen from one of its ends. Deposits and withdraws are total ones.

    Attributes:
        token: its token's address.
        identifier: its number in the token network, from 1.
        partner: the other end's address.
        state: `opened`, or `closed` until it is settled; `settled` if a call has just done that.
        deposit: of the node whose channel it is, in the token's smallest unit.
        partner_deposit: of the other end.
        balance: what the node has in it: its deposit, less what it has paid and taken out, plus
            what it has received; tokens that are locked for a payment on its way are still in it.
        locked: of these, what is locked for payments that the node has sent.
        withdrawn: what the node has taken out on the chain.
        settle_timeout_blocks: how long it waits for its settlement once it is closed.
        block_opened: the number of the block that it was opened in.
        block_closed: the number of the block that it was closed in; None while it is open.
    """

    token: str
    identifier: int
    partner: str
    state: str
    deposit: int
    partner_deposit: int
    settle_timeout_blocks: int
    block_opened: int
    block_closed: int | None
    balance: int
    locked: int
    withdrawn: int

    @property
    def is_open(self) -> bool:
        """Whether it can still be used."""
        return self.state == OPENED


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment that has succeeded.

    Attributes:
        initiator: who has paid.
        target: who was paid.
        token: what was paid.
        amount: in the token's smallest unit.
        identifier: names the payment.
        secret: the 32 bytes that unlocked it.
        secret_hash: their SHA-256, by which locks name them.
    """

    initiator: str
    target: str
    token: str
    amount: int
    identifier: int
    secret: bytes
    secret_hash: bytes


@dataclass(frozen=True, slots=True)
class PaymentRecord:
    """How a payment has ended, as a node remembers it.

    Attributes:
        event: `EventPaymentSentSuccess`, `EventPaymentSentFailed` or `EventPaymentReceivedSuccess`.
        time: in virtual seconds since the start.
        token: what was paid.
        other: the other end of the payment, not the next node on the way.
        identifier: names the payment.
        amount: in the token's smallest unit.
        reason: why it failed; empty otherwise.
    """

    event: str
    time: float
    token: str
    other: str
    identifier: int
    amount: int
    reason: str


@dataclass(frozen=True, slots=True)
class PendingPayment:
    """A payment of which a node still has a lock.

    Attributes:
        initiator: who pays.
        target: who is paid.
        token: what is paid.
        identifier: names the payment.
        channel_identifier: the lock's channel; a mediator's is the one in which it came.
        locked: tokens in the lock.
        role: the node's: `initiator`, `mediator` or `target`.
    """

    initiator: str
    target: str
    token: str
    identifier: int
    channel_identifier: int
    locked: int
    role: str


@dataclass(frozen=True, slots=True)
class Gas:
    """What a node has used for one function of the contracts, on behalf of one task.

    Attributes:
        node: its number; None: the deployer.
        function: of the contracts.
        task: the call of the node that made it do so, such as `join`, or a scenario's task by its
            place in the file; empty for what the node did by itself, such as settling.
        calls: how many transactions were mined, reverted ones too.
        gas: units, all of them together.
    """

    node: int | None
    function: str
    task: str
    calls: int
    gas: int


def pending_of(transfer: PendingTransfer) -> PendingPayment:
    """Return a payment that is not over, for people."""
    payment = transfer.payment
    return PendingPayment(
        checksum(payment.initiator),
        checksum(payment.target),
        checksum(payment.token),
        payment.identifier,
        transfer.channel.identifier,
        transfer.locked,
        transfer.role,
    )


def record_of(entry: HistoryEntry) -> PaymentRecord:
    """Return how a payment has ended, for people."""
    return PaymentRecord(
        entry.event,
        entry.time,
        checksum(entry.token),
        checksum(entry.other),
        entry.identifier,
        entry.amount,
        entry.reason,
    )


def payment_of(result: PaymentResult) -> Payment:
    """Return a payment for people."""
    return Payment(
        checksum(result.initiator),
        checksum(result.target),
        checksum(result.token),
        result.amount,
        result.identifier,
        result.secret,
        result.secrethash,
    )


def channel_of(token: Address, channel: ChannelEntry) -> Channel:
    """Return a channel for people."""
    return Channel(
        checksum(token),
        channel.identifier,
        checksum(channel.partner),
        channel.state,
        channel.own_deposit,
        channel.partner_deposit,
        channel.settle_timeout_blocks,
        channel.block_opened,
        channel.block_closed,
        channel.balance,
        channel.locked,
        channel.own_withdrawn,
    )
