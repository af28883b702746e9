"""An unsettled channel, as events tell of it: what is in it, and what has been sent over it."""

from msgspec import Struct

from simulator.words.events import HopEvent, TransferLocked, TransferRefunded, TransferUnlocked
from simulator.words.units import OPENED, Address, ChannelState


class Sent(Struct, frozen=True, gc=False):
    """What an end of a channel has sent off the chain.

    Attributes:
        transferred: tokens that the other end has for good.
        locked: tokens in locks that are pending.
    """

    transferred: int = 0
    locked: int = 0

    def after(self, event: HopEvent) -> "Sent":
        """Return what it is when a lock has come or gone."""
        if isinstance(event, TransferLocked | TransferRefunded):
            return Sent(self.transferred, self.locked + event.amount)
        paid = event.amount if isinstance(event, TransferUnlocked) else 0
        return Sent(self.transferred + paid, self.locked - event.amount)


NOTHING = Sent()


class Edge(Struct, gc=False):
    """An unsettled channel: the end that opened it, the other one, and what is in it."""

    one: Address
    other: Address
    block_opened: int
    settle_timeout_blocks: int
    state: ChannelState = OPENED
    deposit_of_one: int = 0
    deposit_of_other: int = 0
    withdrawn_by_one: int = 0
    withdrawn_by_other: int = 0
    sent_by_one: Sent = NOTHING
    sent_by_other: Sent = NOTHING

    @property
    def capacity(self) -> int:
        """What is in it: what both ends have deposited, less what they have withdrawn."""
        deposits = self.deposit_of_one + self.deposit_of_other
        return deposits - self.withdrawn_by_one - self.withdrawn_by_other

    @property
    def balance_of_one(self) -> int:
        """What the end that opened it could take out; what is locked is still in it."""
        paid = self.sent_by_one.transferred - self.sent_by_other.transferred
        return self.deposit_of_one - self.withdrawn_by_one - paid

    def take_in(self, event: HopEvent) -> None:
        """Follow a lock that has come or gone."""
        if event.sender == self.one:
            self.sent_by_one = self.sent_by_one.after(event)
        else:
            self.sent_by_other = self.sent_by_other.after(event)

    def set_deposit(self, end: Address, total_deposit: int) -> int:
        """Take in a total deposit, and return by how much it has grown."""
        if end == self.one:
            before, self.deposit_of_one = self.deposit_of_one, total_deposit
        else:
            before, self.deposit_of_other = self.deposit_of_other, total_deposit
        return total_deposit - before

    def set_withdrawn(self, end: Address, total_withdraw: int) -> None:
        """Take in a total withdraw."""
        if end == self.one:
            self.withdrawn_by_one = total_withdraw
        else:
            self.withdrawn_by_other = total_withdraw

    def private(self) -> tuple[dict[str, int], dict[str, int]]:
        """Return what only its ends know, of each."""
        balance = self.balance_of_one
        return (
            {"balance1": balance, "locked1": self.sent_by_one.locked},
            {"balance2": self.capacity - balance, "locked2": self.sent_by_other.locked},
        )
