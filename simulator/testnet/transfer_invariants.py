"""What must hold of what was sent in a channel, at each end and between them."""

from collections.abc import Iterator

from simulator.node.channels import ChannelEntry
from simulator.node.node import Node
from simulator.payments.channel_state import MAX_PENDING_LOCKS, BalanceProof, Withdraw
from simulator.words.units import Address, checksum

Finding = tuple[str, str]
"""A rule that is broken, and what was found."""


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
    name = f"channel {channel.identifier} of {checksum(token)}"
    view = channel.view()
    for proof, balance, whose in [
        (view.sent, view.balance, "own"),
        (view.received, view.partner_balance, "partner's"),
    ]:
        yield from _of_proof(f"in {name} {node.account.name}'s view of the {whose} end", proof)
        if not 0 <= proof.locked <= balance:
            yield (
                f"nobody locks more than it has in {name}",
                f"to {node.account.name} the {whose} locks are {proof.locked} of {balance}",
            )
    there = None if other is None else other.transfers
    if quiet and other is not None and channel.is_open and other.is_open:
        sent = None if there is None else there.received
        if transfers.sent != sent:
            yield (
                f"both ends of {name} agree on what {node.account.name} has sent",
                f"it is {transfers.sent}, and the partner believes in {sent}",
            )
        wants = None if there is None else there.partner_withdraw
        if _half(transfers.own_withdraw) != _half(wants):
            yield (
                f"both ends of {name} agree on what {node.account.name} wants to take out",
                f"it is {transfers.own_withdraw}, and the partner believes in {wants}",
            )


def _half(wanted: Withdraw | None) -> tuple[int, int, bool] | None:
    """Return what both ends know of a withdraw."""
    return None if wanted is None else (wanted.total, wanted.expiration, wanted.settles)


def _of_proof(view: str, proof: BalanceProof) -> Iterator[Finding]:
    if proof.locked != sum(lock.amount for lock in proof.locks):
        yield f"{view} has as much locked as its locks have", str(proof)
    if len(proof.locks) > MAX_PENDING_LOCKS:
        yield f"{view} has {MAX_PENDING_LOCKS} locks at most", str(len(proof.locks))
