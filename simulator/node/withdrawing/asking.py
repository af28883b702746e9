"""What a node has asked the partner of a channel for, and who waits for it."""

import simpy
from msgspec import Struct, field

from simulator.kernel.clock import Timer
from simulator.node.channels import ChannelEntry
from simulator.node.membership import Membership
from simulator.node.transfers import transfers_of
from simulator.node.world import CallResult
from simulator.payments.channel_state import Withdraw
from simulator.payments.messages import ChannelKey
from simulator.words.errors import WithdrawUnsuccessful


class Asking(Struct, eq=False):
    """What a node has asked the partner of one channel for.

    Attributes:
        wanted: as it was when it was asked for.
        cause: on whose behalf; see `GasUse`.
        waiting: calls that wait for its end.
        timer: when something will be due.
    """

    key: ChannelKey
    membership: Membership
    entry: ChannelEntry
    wanted: Withdraw
    cause: str = ""
    waiting: list[simpy.Event] = field(default_factory=list)
    timer: Timer | None = None

    @property
    def own(self) -> Withdraw | None:
        """How far it is; None: it is over."""
        return transfers_of(self.entry).own_withdraw

    @own.setter
    def own(self, value: Withdraw | None) -> None:
        transfers_of(self.entry).own_withdraw = value

    def is_for(self, total: int) -> bool:
        """Tell whether a withdraw to a total is pending."""
        own = self.own
        return own is not None and not own.settles and own.total == total and not own.given_up

    @property
    def outcome(self) -> CallResult[ChannelEntry] | None:
        """What has come of it as far as the chain tells; None: nothing yet."""
        entry = self.entry
        if self.wanted.settles:
            over = not entry.is_open or transfers_of(entry).is_settled
            return CallResult(value=entry) if over else None
        if entry.own_withdrawn >= self.wanted.total:
            return CallResult(value=entry)
        if entry.is_open:
            return None
        return CallResult(error=WithdrawUnsuccessful("the channel was closed"))

    def wait(self) -> simpy.Event:
        """Return an event that tells what comes of it."""
        event = self.membership.world.clock.env.event()
        self.waiting.append(event)
        return event

    def tell(self, result: CallResult[ChannelEntry]) -> None:
        """Answer who waits."""
        waiting, self.waiting = self.waiting, []
        for event in waiting:
            event.succeed(result)

    def stop_timer(self) -> None:
        """Let nothing be due by itself."""
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None
