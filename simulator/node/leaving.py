"""Leaving a token network: close everything, wait until it is settled."""

from functools import partial

from simulator.chain.contracts import CLOSE, GAS_LIMITS, SETTLE, UNLOCK
from simulator.chain.ledger import Status
from simulator.chain.submissions import TransactionResult
from simulator.node.channels import ChannelEntry
from simulator.node.membership import Membership
from simulator.node.pending_closes import PendingClose
from simulator.node.proving import gas_of_claims
from simulator.node.settings import GRACE_BLOCKS
from simulator.node.transactions import Intent
from simulator.node.withdrawing.duty import WithdrawDuty
from simulator.node.world import Steps, name_of_failure
from simulator.words.errors import InsufficientEth, TransactionFailed, TransactionTimedOut
from simulator.words.events import LeaveEnded
from simulator.words.units import Address


def leave(membership: Membership, together: WithdrawDuty | None) -> Steps[list[Address]]:
    """Close all open channels, wait until all are settled, and name the partners.

    Those that can be are settled together with the partner, all at the same time.
    Channels that others open meanwhile are closed and named too. Channels closed before are waited
    for, so that all tokens are back in the wallet at the end.

    Raises:
        InsufficientEth: the ETH does not cover closing and settling; nothing is closed.
        TransactionTimedOut: a transaction was not mined in time; what was closed stays closed.
        TransactionFailed: a transaction reverted and its channel is as before, or could not be paid
            when something was closed already, which stays closed.
    """
    with membership.written_down_at_the_end(), membership.lock.request() as turn:
        yield from turn.wait()
        # what it may cost in the end: partners who could close and settle may be gone by then
        opened, before = membership.channels.opened(), (membership.mode, membership.terms)
        gas = membership.intents.gas_of_closing(opened) + _settling_gas(membership)
        membership.account.outbox.check_eth((), gas)
        membership.start_leaving()
        try:
            if membership.is_in_something:
                yield from _close_and_wait(membership, together)
        except Exception as error:
            if isinstance(error, InsufficientEth):  # nothing has been closed: it has not left
                membership.take_back(*before)
            _end(membership, name_of_failure(error))
            raise
        return _end(membership, "")


def _end(membership: Membership, error: str) -> list[Address]:
    """Be out, or as before; return the partners of the channels that were left."""
    partners = _partners(membership)
    membership.end_leaving()
    membership.account.outbox.release(membership.token)
    node, token = membership.account.address, membership.token
    membership.world.record(LeaveEnded(node, token, tuple(partners), error))
    return partners


def _partners(membership: Membership) -> list[Address]:
    """Return the partners of the channels that were left, in order of channel."""
    return [partner for _, partner in sorted((membership.left or {}).items())]


def _settling_gas(membership: Membership) -> int:
    """Return the gas for settling the channels that this node closes or has closed."""
    own = [
        channel
        for channel in membership.channels
        if (channel.is_open or channel.closed_by_self or _overdue(membership, channel))
        and not membership.intents.is_pending(SETTLE, channel)
    ]
    return len(own) * GAS_LIMITS[SETTLE] + sum(
        gas_of_claims(channel) for channel in membership.channels if channel.transfers is not None
    )


def _overdue(membership: Membership, channel: ChannelEntry) -> bool:
    """Tell whether the closer has had its slot, and everybody knows."""
    grace = GRACE_BLOCKS + membership.world.settings.confirmation_blocks
    now = membership.world.clock.block_number
    return not channel.is_open and now > channel.settle_block + grace


def _close_and_wait(membership: Membership, together: WithdrawDuty | None) -> Steps[None]:
    started, tried = membership.world.clock.now, set[int]()
    membership.retry()
    for channel in membership.channels.closed():
        if _overdue(membership, channel):
            membership.settlement.take_over(channel)
    # the node has other calls and plans while it waits: none may spend the ETH for settling
    membership.account.outbox.reserve(membership.token, partial(_settling_gas, membership))
    while membership.is_in_something:
        if together is not None:
            _settle_together(membership, together, tried)
        closes = _own_closes(membership, together)
        if closes:
            receipts = yield from membership.account.outbox.send(closes)
            _raise_for_closes(membership, closes, receipts)
        else:
            yield from _wait(membership, started)


def _settle_together(membership: Membership, together: WithdrawDuty, tried: set[int]) -> None:
    """Begin to settle what partners may agree to; each channel once, since else it is closed."""
    for channel in membership.channels.opened():
        if channel.identifier not in tried:
            tried.add(channel.identifier)
            together.settle((membership, channel), membership.account.outbox.cause)


def _own_closes(membership: Membership, together: WithdrawDuty | None) -> list[Intent]:
    """Return calls that close what is open, except where the partner's call is about to do it.

    What is being settled together is closed by whoever sees to that, if it comes to nothing.
    When everybody leaves at once, a second close of each channel would only fail and cost gas.
    """
    pending, token = membership.world.pending_closes, membership.token
    return membership.intents.closes(
        channel
        for channel in membership.channels.opened()
        if (together is None or not channel.is_ending)
        and not pending.rely_on(
            PendingClose(token, channel.identifier, channel.partner), membership.wake_leave
        )
    )


def _raise_for_closes(
    membership: Membership, closes: list[Intent], receipts: list[TransactionResult]
) -> None:
    """Tell what went wrong, unless the partner was quicker to close."""
    membership.account.outbox.raise_for_timeout(closes, receipts)
    for intent, receipt in zip(closes, receipts, strict=True):
        if not receipt.succeeded and membership.channels.is_open(intent.identifier or 0):
            if receipt.status is Status.REFUSED and not _has_closed(membership):
                membership.account.outbox.raise_for_refusal(closes)
            raise TransactionFailed(intent.name, receipt.reason)


def _has_closed(membership: Membership) -> bool:
    """Tell whether one of the channels to leave is closed by now, whoever closed it."""
    return not all(map(membership.channels.is_open, membership.left or ()))


def _wait(membership: Membership, started: float) -> Steps[None]:
    """Wait until there is something to do; give up when all channels should have been settled."""
    clock, settings = membership.world.clock, membership.world.settings
    news, since = membership.news_for_leave(), clock.now
    while not news.triggered:
        # again each time: what was open may be closed by now, and takes its settle timeout
        end = _expected_end(membership, since)
        if end <= clock.now:
            names = (SETTLE,) if any(membership.channels) else (UNLOCK,)
            names = (CLOSE,) if membership.channels.opened() else names
            raise TransactionTimedOut(names, settings.transaction_timeout_seconds)
        too_late, patience = clock.alarm(end)
        try:
            yield news | too_late
        finally:
            patience.cancel()
    _raise_for_settlements(membership, started)
    membership.settlement.retry()  # what was begun before this call and has failed only now


def _raise_for_settlements(membership: Membership, started: float) -> None:
    """Tell what went wrong with a settlement that this call has waited for from its beginning."""
    for failed in membership.settlement.failures.values():
        if failed.began >= started:
            membership.account.outbox.raise_for_timeout([failed.intent], [failed.receipt])
            raise TransactionFailed(failed.intent.name, failed.receipt.reason)


def _expected_end(membership: Membership, since: float) -> float:
    """Return when the slowest channel is settled at the latest, its partner helping out."""
    clock, slack = membership.world.clock, membership.world.settings.patience_seconds
    starts = [
        since if channel.is_open else clock.time_of_block(channel.settle_block)
        for channel in membership.channels
    ]
    # one that is being settled together is closed when the request has expired, if not before
    ends = [c.ends_by for c in membership.channels if c.transfers is not None]
    confirmations = membership.world.settings.confirmation_blocks
    starts += [clock.time_of_block(end + confirmations) for end in ends if end is not None]
    return max([since, *starts]) + 2 * slack
