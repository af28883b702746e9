"""Nodes as other nodes see them."""

from typing import Protocol

from simulator.chain.keys import Key
from simulator.payments.channel_state import ChannelView
from simulator.payments.fees import FeeBook
from simulator.payments.messages import PeerMessage
from simulator.words.units import Address


class WithoutWay(Protocol):
    """Somebody with transfers that can't go on."""

    def look_at_waiting(self) -> None:
        """See whether they can."""


class SettlingTogether(Protocol):
    """Somebody who settles channels together with others."""

    def look_at_all(self) -> None:
        """See whether they are still there."""


class Member(Protocol):
    """A node as others see it."""

    @property
    def key(self) -> Key:
        """Its key: what it has signed, it signs when somebody shows it to a contract."""

    @property
    def online(self) -> bool:
        """Whether it is running."""

    @property
    def cooperates(self) -> bool:
        """Whether its generation settles channels together."""

    def receive(self, sender: Address, message: PeerMessage) -> bool:
        """Handle a message; False: not now."""

    @property
    def fees(self) -> FeeBook:
        """What it takes for passing payments on: everybody is told."""

    def view(self, token: Address, partner: Address) -> ChannelView | None:
        """Return its channel with a partner: what somebody knows who knows all.

        None: there is none, or one of them is offline.
        """


class Host(Protocol):
    """Where processes run: a node."""

    address: Address
    name: str
    online: bool
