"""A node's disk: what is saved there, its back-ups, and what is left when it is lost.

On it is what neither the chain nor anybody else tells the node again: what it has signed and what
it was sent, the payments in progress, its history, and what it was told to do in token networks.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from msgspec import Struct, field

from simulator.node.account import Account
from simulator.node.connections import ConnectionManager
from simulator.node.membership import Membership, SavedNetwork
from simulator.node.paying import SavedPayments
from simulator.node.paying_member import PayingMember
from simulator.payments.messages import ChannelKey
from simulator.words.events import DiskBackedUp, DiskLost
from simulator.words.units import Address


class BackUp(Struct, frozen=True):
    """What was on a disk.

    Attributes:
        networks: the node's state in each token network, by token.
        payments: its payments.
        sent: how many messages it had sent, by receiver.
    """

    networks: Mapping[Address, SavedNetwork] = field(default_factory=dict)
    payments: SavedPayments | None = None
    sent: Mapping[Address, int] = field(default_factory=dict)


NOTHING = BackUp()
"""What is on a new disk."""

NONE: frozenset[ChannelKey] = frozenset()
"""Shared by all nodes that have forgotten nothing: an empty set of its own has 216 bytes."""


class Computer(Protocol):
    """Whose disk it is: a node."""

    account: Account
    member: PayingMember

    def crash(self) -> None:
        """Go offline at once."""

    def managers(self) -> Sequence[ConnectionManager]:
        """Return its connection managers, one for each token network that it knows."""


class Disk:
    """The disk of one node.

    Args:
        owner: the node.

    Attributes:
        forgotten: channels in which something was sent that it has lost.
    """

    __slots__ = ("_back_up", "_owner", "forgotten")

    def __init__(self, owner: Computer) -> None:
        self._owner = owner
        self._back_up = NOTHING
        self.forgotten = NONE

    def back_up(self) -> None:
        """Put a copy of what is saved now aside, in place of any earlier one."""
        owner, world = self._owner, self._owner.account.world
        self._back_up = BackUp(
            {one.membership.token: one.membership.saved() for one in owner.managers()},
            owner.member.saved(),
            world.transport.sent_by(owner.account.address),
        )
        world.record(DiskBackedUp(owner.account.address))

    def lose(self) -> None:
        """Let the node crash and lose its disk: the last back-up is left, if there is one.

        Of its channels it knows from then on what the chain tells, and what was sent in them as far
        as the back-up has it. So a partner finds wrong what it says, and the other way round,
        wherever something was sent since then: such a channel is good for nothing but to be closed.
        """
        owner, world, back_up = self._owner, self._owner.account.world, self._back_up
        owner.crash()
        memberships = [manager.membership for manager in owner.managers()]
        for membership in memberships:
            self._restore(membership, back_up)
        channels = (
            (membership, entry) for membership in memberships for entry in membership.channels
        )
        used = [found for found in channels if found[1].transfers is not None]
        owner.member.restore(back_up.payments, used)
        world.transport.forget_sent(owner.account.address, back_up.sent)
        world.record(DiskLost(owner.account.address))

    def _restore(self, membership: Membership, back_up: BackUp) -> None:
        before = membership.channels.proofs()
        membership.restore(back_up.networks.get(membership.token))
        after = membership.channels.proofs()
        lost = (number for number, proofs in before.items() if after[number] != proofs)
        self.forgotten |= {ChannelKey(membership.token, number) for number in lost}
