"""Channels by hand: open, deposit, close, as a node's user asks for them."""

from dataclasses import dataclass

from simulator.chain.contracts import (
    GAS_LIMITS,
    SETTLE,
    SETTLE_TIMEOUT_MAX_BLOCKS,
    SETTLE_TIMEOUT_MIN_BLOCKS,
)
from simulator.chain.ledger import Status
from simulator.node.channels import (
    ChannelEntry,
    longest_reveal_timeout,
    shortest_reveal_timeout,
    usual_reveal_timeout,
)
from simulator.node.membership import Membership
from simulator.node.proving import gas_of_claims
from simulator.node.withdrawing.duty import WithdrawDuty
from simulator.node.world import CallResult, Steps
from simulator.words.errors import (
    ChannelNotFound,
    ChannelStateConflict,
    InsufficientFunds,
    InvalidRequest,
)
from simulator.words.payment_events import OldProofShown
from simulator.words.units import Address, checksum


@dataclass(frozen=True, slots=True)
class Opening:
    """The result of opening a channel.

    Attributes:
        token: of which token network.
        created: whether this call opened it; False where an open one existed.
    """

    token: Address
    channel: ChannelEntry
    created: bool


def open_channel(
    membership: Membership,
    partner: Address,
    settle_timeout_blocks: int | None,
    total_deposit: int,
    reveal_timeout_blocks: int | None = None,
) -> Steps[Opening]:
    """Open a channel with a partner, or take the open one, and deposit into it.

    Args:
        membership: the node's state in the token network.
        partner: the channel's other end.
        settle_timeout_blocks: None: as the node's channels usually have.
        total_deposit: what the node puts in, of an open channel in all.
        reveal_timeout_blocks: None: what follows from the settle timeout.

    Raises:
        InvalidRequest: the partner is the node itself, a timeout is out of range, or a deposit is
            asked for that would not grow in the channel that is open.
        InsufficientFunds: the wallet does not hold the deposit; nothing is opened.
        ChannelStateConflict: a channel with the partner is closed but not settled.
        InsufficientEth: the ETH does not cover the transactions.
        TransactionTimedOut, TransactionFailed: a transaction was late, or reverted.
    """
    with membership.written_down_at_the_end(), membership.lock.request() as turn:
        yield from turn.wait()
        if total_deposit < 0:
            raise InvalidRequest("total_deposit", f"can't be negative: {total_deposit}")
        if settle_timeout_blocks is None:
            settle_timeout_blocks = membership.account.settle_timeout_blocks
        _check_opening(membership, partner, settle_timeout_blocks, reveal_timeout_blocks)
        existing = membership.channels.with_partner(partner)
        if existing is not None:
            _check_not_settling(existing)
            if total_deposit > 0:
                yield from _deposit(membership, existing, total_deposit)
            return Opening(membership.token, existing, created=False)
        _check_wallet(membership, total_deposit)
        intents = membership.intents.open(partner, settle_timeout_blocks, total_deposit)
        membership.account.outbox.check_eth(intents)
        membership.come_back()
        receipts = yield from membership.account.outbox.send(intents)
        channel = membership.channels.with_partner(partner)
        if channel is None or receipts[-1].status is Status.TIMED_OUT:
            membership.account.outbox.raise_for_failure(intents, receipts)
        assert channel is not None  # noqa: S101 - a mined opening left it in the book
        created = receipts[-1].succeeded
        if created:
            channel.chosen_reveal_timeout = reveal_timeout_blocks
        elif total_deposit > 0:
            yield from _deposit(membership, channel, total_deposit)
        return Opening(membership.token, channel, created)


def _check_opening(
    membership: Membership,
    partner: Address,
    settle_timeout_blocks: int,
    reveal_timeout_blocks: int | None,
) -> None:
    if partner == membership.account.address:
        raise InvalidRequest("partner_address", "a node can't open a channel with itself")
    if not any(partner):
        raise InvalidRequest("partner_address", "the zero address can't take part in a channel")
    if not SETTLE_TIMEOUT_MIN_BLOCKS <= settle_timeout_blocks <= SETTLE_TIMEOUT_MAX_BLOCKS:
        limits = f"{SETTLE_TIMEOUT_MIN_BLOCKS} to {SETTLE_TIMEOUT_MAX_BLOCKS} blocks"
        raise InvalidRequest("settle_timeout", f"{settle_timeout_blocks} is not within {limits}")
    _check_reveal_timeout(membership, settle_timeout_blocks, reveal_timeout_blocks)
    existing = membership.channels.with_partner(partner)
    if existing is not None and not existing.is_open:
        raise ChannelStateConflict("Channel is not in an open state.")


def _check_reveal_timeout(
    membership: Membership, settle_timeout_blocks: int, blocks: int | None
) -> None:
    """See whether a reveal timeout, or the one that follows from a settle timeout, is safe."""
    longest = longest_reveal_timeout(settle_timeout_blocks)
    confirmations = membership.world.settings.confirmation_blocks
    shortest = shortest_reveal_timeout(confirmations)
    if blocks is None:
        blocks = usual_reveal_timeout(settle_timeout_blocks)
        if blocks < shortest:
            raise InvalidRequest(
                "settle_timeout",
                f"{settle_timeout_blocks} blocks give a reveal timeout of {blocks}, and with "
                f"{confirmations} confirmations it must be {shortest} at least",
            )
    if not shortest <= blocks <= longest:
        limits = (
            f"{shortest} (with {confirmations} confirmations) to {longest} blocks "
            "(half of the settle timeout)"
        )
        raise InvalidRequest("reveal_timeout", f"{blocks} is not within {limits}")


def set_reveal_timeout(membership: Membership, partner: Address, blocks: int) -> ChannelEntry:
    """Choose how long before a lock expires the node must know its secret, in one channel.

    Raises:
        ChannelNotFound, ChannelStateConflict: there is no open channel with the partner.
        InvalidRequest: it is not within what is safe.
    """
    channel = _find_open(membership, partner)
    _check_reveal_timeout(membership, channel.settle_timeout_blocks, blocks)
    channel.chosen_reveal_timeout = blocks
    return channel


def deposit(membership: Membership, partner: Address, total_deposit: int) -> Steps[ChannelEntry]:
    """Raise the node's total deposit in a channel.

    Raises:
        ChannelNotFound, ChannelStateConflict: there is no open channel with the partner.
        InvalidRequest: the total deposit would not grow.
        InsufficientFunds, InsufficientEth: tokens or ETH do not cover it.
        TransactionTimedOut, TransactionFailed: a transaction was late, or reverted.
    """
    with membership.lock.request() as turn:
        yield from turn.wait()
        channel = _find_open(membership, partner)
        _check_not_settling(channel)
        return (yield from _deposit(membership, channel, total_deposit))


def _deposit(
    membership: Membership, channel: ChannelEntry, total_deposit: int
) -> Steps[ChannelEntry]:
    if total_deposit <= channel.own_deposit:
        raise InvalidRequest("total_deposit", "Total deposit did not increase.")
    _check_wallet(membership, total_deposit - channel.own_deposit)
    intents = membership.intents.deposit(channel, total_deposit)
    yield from membership.account.outbox.send_all(intents)
    return channel


def withdraw(
    membership: Membership, duty: WithdrawDuty, partner: Address, total_withdraw: int, cause: str
) -> Steps[ChannelEntry]:
    """Take tokens out of an open channel, as the partner agrees, and wait until that is mined.

    Args:
        membership: the node's state in the token network.
        duty: sees it through.
        partner: the channel's other end.
        total_withdraw: everything that is ever taken out, this included.
        cause: on whose behalf.

    Raises:
        ChannelNotFound, ChannelStateConflict: there is no open channel with the partner, or the
            partner is not there to agree.
        InvalidRequest: the total does not grow, is more than the node has, or another is pending.
        WithdrawUnsuccessful: the partner has not agreed in time, or the channel was closed.
        InsufficientEth: the ETH does not cover the transaction.
        TransactionTimedOut, TransactionFailed: it was late, or reverted.
    """
    if total_withdraw < 0:
        raise InvalidRequest("total_withdraw", f"can't be negative: {total_withdraw}")
    found = membership, _find_open(membership, partner)
    result: CallResult[ChannelEntry] = yield duty.withdraw(found, total_withdraw, cause)
    return result.unwrap()


def close(
    membership: Membership,
    partner: Address,
    together: WithdrawDuty | None,
    proofs_back: int = 0,
) -> Steps[ChannelEntry]:
    """Close a channel; it is settled by itself after the settle timeout.

    Where both ends can do so it is settled at once, without being closed.

    Args:
        membership: the node's state in the token network.
        partner: the channel's other end.
        together: settles it together with the partner; None: the node's generation can't do that.
        proofs_back: a cheat shows a proof of the partner that is so much older than the newest, or
            none if there are no more; and settles nothing together.

    Raises:
        ChannelNotFound, ChannelStateConflict: there is no open channel with the partner.
        InvalidRequest: no proof is newer than the newest.
        InsufficientEth: the ETH does not cover the transaction.
        TransactionTimedOut, TransactionFailed: it was late, or reverted.
    """
    with membership.lock.request() as turn:
        yield from turn.wait()
        if proofs_back < 0:
            raise InvalidRequest("proofs_back", f"can't be negative: {proofs_back}")
        channel = _find_open(membership, partner)
        intents = membership.intents.closes([channel], proofs_back)
        if not intents:
            raise ChannelStateConflict("Channel is being closed already.")
        if claims := gas_of_claims(channel):
            membership.account.outbox.check_eth(intents, claims + GAS_LIMITS[SETTLE])
        membership.account.outbox.check_eth(intents)
        if proofs_back and channel.transfers is not None:
            ends = (membership.account.address, partner)
            membership.world.record(OldProofShown(*ends, membership.token, channel.identifier))
        cause = membership.account.outbox.cause
        if together is not None and not proofs_back:
            over = together.settle((membership, channel), cause)
            if over is not None:
                result: CallResult[ChannelEntry] = yield over
                return result.unwrap()
        receipts = yield from membership.account.outbox.send(intents)
        if channel.is_open:  # otherwise it is closed, be it by the partner in the same block
            membership.account.outbox.raise_for_failure(intents, receipts)
        return channel


def _find_open(membership: Membership, partner: Address) -> ChannelEntry:
    channel = membership.channels.with_partner(partner)
    if channel is None:
        raise ChannelNotFound(checksum(membership.token), checksum(partner))
    if not channel.is_open:
        raise ChannelStateConflict("Channel is not in an open state.")
    return channel


def _check_not_settling(channel: ChannelEntry) -> None:
    if channel.is_settling:
        raise ChannelStateConflict("Channel is about to be settled.")


def _check_wallet(membership: Membership, amount: int) -> None:
    pending = membership.account.outbox.pending(membership.token)
    available = membership.wallet - sum(intent.spends for intent in pending)
    if amount > available:
        raise InsufficientFunds("total_deposit", amount, available)
