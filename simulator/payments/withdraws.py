"""Taking tokens out of open channels, in part or all at once, as both ends agree.

Who wants something asks its partner to sign it, and shows both signatures to the contract. Two
requests that leave nothing in a channel end it: that is a cooperative settlement. Whether or not a
partner agrees, both ends book a request when it is made, so that their views stay the same.
"""

from msgspec import Struct
from msgspec.structs import replace

from simulator.payments.channel_state import (
    GRACE_OF_RECEIVER,
    GRACE_OF_SENDER,
    ChannelView,
    Refusal,
    Withdraw,
)

BUSY = "another withdraw is not over"
NOT_NEXT = "its nonce is not the next one"


def cannot_withdraw(channel: ChannelView, total: int) -> Refusal | None:
    """Return why an end can't take out a total.

    What is locked stays: it may be the partner's before the withdraw is mined.
    """
    if not channel.usable:
        return Refusal("the channel is not open")
    if channel.is_settling:
        return Refusal("the channel is about to be settled")
    if channel.own_withdraw is not None:
        return Refusal(BUSY)
    if total <= channel.own_withdrawn:
        return Refusal("Total withdraw did not increase.")
    free, more = channel.balance - channel.sent.locked, total - channel.own_withdrawn
    if more > free:
        return Refusal(f"{more} more is above the {free} that can be taken out")
    return None


def cannot_settle(channel: ChannelView) -> Refusal | None:
    """Return why two withdraws can't end a channel as it is.

    Args:
        channel: an end's view, with the halves of the settlement or without them.
    """
    if channel.sent.locks or channel.received.locks:
        return Refusal("a transfer is pending")
    for half, total, withdrawn in [
        (channel.own_withdraw, channel.own_total, channel.own_withdrawn),
        (channel.partner_withdraw, channel.partner_total, channel.partner_withdrawn),
    ]:
        if half is not None and not half.settles:
            return Refusal("a withdraw is pending")
        if half is not None and half.total != total:
            return Refusal("the channel has changed")
        if total == withdrawn > 0:  # the contract lets nobody take out nothing
            return Refusal("an end has taken out all that it has")
    return None


def may_settle(channel: ChannelView) -> bool:
    """Tell whether an end may ask for a cooperative settlement, or has agreed to one already."""
    was_asked_in_vain = channel.own_withdraw is None and channel.partner_withdraw is not None
    return channel.usable and not was_asked_in_vain and cannot_settle(channel) is None


def agrees(channel: ChannelView, block: int) -> bool:
    """Tell whether an end that was asked for a cooperative settlement, and has booked that, agrees.

    It has no other way to refuse than to keep silent. A request that has expired gets no answer:
    the answer would expire as soon, and be taken for a request by who has taken back its own.
    """
    asked = channel.partner_withdraw
    if asked is None or asked.expiration <= block or channel.own_withdraw is not None:
        return False
    return channel.usable and cannot_settle(channel) is None


def receive_request(channel: ChannelView, nonce: int, asked: Withdraw) -> Withdraw | Refusal:
    """Return what the partner wants to take out, or what is wrong with its request."""
    if nonce != channel.received.nonce + 1:
        return Refusal(NOT_NEXT)
    if channel.partner_withdraw is not None:
        return Refusal(BUSY)
    more = asked.total - channel.partner_withdrawn
    if more < 0 or (more == 0 and not asked.settles):
        return Refusal("it takes nothing out")
    if more > channel.partner_balance - channel.received.locked:
        return Refusal("it takes out more than the partner has")
    return asked


def receive_confirmation(
    channel: ChannelView, nonce: int, total: int, expiration: int
) -> Withdraw | Refusal | None:
    """Return an own withdraw with the partner's consent, or what is wrong with that.

    A request that has expired is confirmed, too, since the confirmation has a nonce.
    """
    if nonce != channel.received.nonce + 1:
        return Refusal(NOT_NEXT)
    own = channel.own_withdraw
    if own is not None and (own.total, own.expiration) == (total, expiration):
        return replace(own, confirmed=True)
    return own


def receive_withdraw_expired(
    channel: ChannelView, nonce: int, total: int, expiration: int, block: int
) -> Refusal | None:
    """Return what is wrong with the end of a withdraw of the partner's, if something is.

    Args:
        channel: the end's view.
        nonce: of the message.
        total: of the withdraw.
        expiration: of the withdraw.
        block: the newest one that the end knows.
    """
    if nonce != channel.received.nonce + 1:
        return Refusal(NOT_NEXT)
    there = channel.partner_withdraw
    if there is None or (there.total, there.expiration) != (total, expiration):
        return Refusal("it ends what was not asked for")
    if block < expiration + GRACE_OF_RECEIVER:
        return Refusal("it ends a withdraw that has not expired")
    return None


class WithdrawFacts(Struct, frozen=True, gc=False):
    """What else an end knows when it asks what is due.

    Attributes:
        block: the newest one whose events it has handled.
        confirmations: how many blocks later than it is mined it learns of an event.
        partner_online: whether the other end is there to answer.
        submitted: whether a transaction of the end's is pending that does what both have agreed to.
    """

    block: int
    confirmations: int
    partner_online: bool
    submitted: bool

    def in_time(self, withdraw: Withdraw) -> bool:
        """Tell whether a transaction of now is mined before a withdraw expires."""
        return self.block < withdraw.expiration - 1 - self.confirmations


class Submit(Struct, frozen=True, gc=False):
    """Show the contract what both have signed."""


class Expire(Struct, frozen=True, gc=False):
    """Tell the partner that a withdraw came to nothing."""


class CloseInstead(Struct, frozen=True, gc=False):
    """End the channel without the partner."""

    reason: str


WithdrawStep = Submit | Expire | CloseInstead


def due(channel: ChannelView, facts: WithdrawFacts) -> WithdrawStep | None:
    """Return what an end is to do now about its own withdraw in an open channel."""
    own = channel.own_withdraw
    if own is None:
        return None
    if own.starts:
        return _due_to_settle(channel, own, facts)
    if facts.block >= own.expiration + GRACE_OF_SENDER:
        return Expire()
    ready = own.confirmed and not own.settles and not own.given_up and not facts.submitted
    return Submit() if ready and facts.in_time(own) else None


def _due_to_settle(
    channel: ChannelView, own: Withdraw, facts: WithdrawFacts
) -> WithdrawStep | None:
    if own.given_up:
        return CloseInstead(own.given_up)
    if facts.block >= own.expiration:
        return CloseInstead("it was not settled in time")
    if facts.submitted:
        return None
    refusal = cannot_settle(channel)
    if refusal is not None:
        return CloseInstead(refusal.reason)
    other = channel.partner_withdraw
    if other is not None and own.confirmed:
        in_time = facts.in_time(own) and facts.in_time(other)
        return Submit() if in_time else CloseInstead("it is too late to settle it")
    return None if facts.partner_online else CloseInstead("the partner is offline")


def wakes_at(own: Withdraw | None, block: int) -> int | None:
    """Return the next block at which something will be due, whatever happens; None: never."""
    if own is None:
        return None
    blocks = (own.expiration,) if own.starts else (own.expiration + GRACE_OF_SENDER,)
    return next((one for one in blocks if one > block), None)
