"""What must hold of what was sent in a channel, at each end and between them.

Mostly all of it does: no text is made before something does not.
"""

from collections.abc import Iterator

from simulator.node.channels import ChannelEntry
from simulator.node.node import Node
from simulator.payments.channel_state import MAX_PENDING_LOCKS, BalanceProof, Withdraw
from simulator.payments.messages import ChannelKey
from simulator.words.units import Address, checksum

Finding = tuple[str, str]
"""A rule that is broken, and what was found."""

OWN, PARTNERS = "own", "partner's"


def of_transfers(
    token: Address, node: Node, channel: ChannelEntry, other: ChannelEntry | None, *, quiet: bool
) -> Iterator[Finding]:
    """Check what a node believes was sent in a channel.

    Args:
        token: the channel's.
        node: whose view it is.
        channel: this view.
        other: that of the other end; None: it is no node's.
        quiet: whether the ends have handled all that they have told each other.
    """
    transfers = channel.transfers
    if transfers is None:
        return
    key = ChannelKey(token, channel.identifier)
    view = channel.view()
    yield from _of_end(key, node, OWN, view.sent, view.balance)
    yield from _of_end(key, node, PARTNERS, view.received, view.partner_balance)
    there = None if other is None else other.transfers
    if quiet and other is not None and channel.is_open and other.is_open:
        sent = None if there is None else there.received
        if transfers.sent != sent:
            yield (
                f"both ends of {_named(key)} agree on what {node.account.name} has sent",
                f"it is {transfers.sent}, and the partner believes in {sent}",
            )
        wants = None if there is None else there.partner_withdraw
        if _half(transfers.own_withdraw) != _half(wants):
            yield (
                f"both ends of {_named(key)} agree on what {node.account.name} wants to take out",
                f"it is {transfers.own_withdraw}, and the partner believes in {wants}",
            )


def _half(wanted: Withdraw | None) -> tuple[int, int, bool] | None:
    """Return what both ends know of a withdraw."""
    return None if wanted is None else (wanted.total, wanted.expiration, wanted.settles)


def _of_end(
    key: ChannelKey, node: Node, whose: str, proof: BalanceProof, balance: int
) -> Iterator[Finding]:
    locks = proof.locks
    if not 0 <= proof.locked <= balance:
        yield (
            f"nobody locks more than it has in {_named(key)}",
            f"to {node.account.name} the {whose} locks are {proof.locked} of {balance}",
        )
    if proof.locked != sum([lock.amount for lock in locks]):
        view = _view(key, node, whose)
        yield f"{view} has as much locked as its locks have", str(proof)
    if len(locks) > MAX_PENDING_LOCKS:
        view = _view(key, node, whose)
        yield f"{view} has {MAX_PENDING_LOCKS} locks at most", str(len(locks))


def falls(
    key: ChannelKey,
    node: Node,
    before: tuple[BalanceProof, BalanceProof],
    now: tuple[BalanceProof, BalanceProof],
) -> Iterator[Finding]:
    """Check that what a node believes was sent in a channel has only grown.

    Args:
        key: the channel.
        node: whose view it is.
        before: what it, and its partner, had sent when it was looked at last.
        now: what they have sent.
    """
    for whose, old, new in zip((OWN, PARTNERS), before, now, strict=True):
        if new.nonce < old.nonce or new.transferred < old.transferred:
            yield f"{_view(key, node, whose)} never falls", f"from {old} to {new}"
        elif new.nonce == old.nonce and new != old:
            yield f"{_view(key, node, whose)} has one balance proof a nonce", f"{old}, {new}"


def _named(key: ChannelKey) -> str:
    return f"channel {key.identifier} of {checksum(key.token)}"


def _view(key: ChannelKey, node: Node, whose: str) -> str:
    return f"in {_named(key)} {node.account.name}'s view of the {whose} end"
