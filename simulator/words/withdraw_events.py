"""What nodes tell each other about taking tokens out of open channels, step by step."""

from simulator.words.event import Event
from simulator.words.units import Address


class WithdrawEvent(Event, frozen=True):
    """Something that a node told its partner about a withdraw.

    `total_withdraw` is everything that an end has ever taken out, with it; `expiration` is a block.
    """

    sender: Address
    receiver: Address
    token: Address
    channel_identifier: int
    total_withdraw: int
    expiration: int


class WithdrawRequested(WithdrawEvent, frozen=True):
    """A node asked its partner to sign what it wants to take out of a channel."""


class SettlementRequested(WithdrawEvent, frozen=True):
    """A node asked its partner to settle a channel with it, or agreed to that.

    Its half is to take out all that it has.
    """


class WithdrawConfirmed(WithdrawEvent, frozen=True):
    """A node has signed what its partner wants to take out."""


class WithdrawLapsed(WithdrawEvent, frozen=True):
    """A node's withdraw has expired: what it wanted to take out is in the channel as before."""


class SettlementFailed(Event, frozen=True):
    """A node closes a channel, since it can't settle it together with its partner after all."""

    node: Address
    partner: Address
    token: Address
    channel_identifier: int
    reason: str
