"""Settling closed channels: somebody's duty after every close.

The closer settles as soon as the contract allows; if it is offline then, the partner does; else
whichever of the two starts first. A partner also steps in when the closer, although online, has
not managed it within the transaction timeout (it may be out of ETH).
"""

from collections.abc import Callable
from dataclasses import dataclass

from simulator.chain.mempool import Receipt
from simulator.clock import Timer
from simulator.node.account import Account
from simulator.node.channels import Channel, ChannelBook
from simulator.node.intents import Intents
from simulator.node.transactions import Intent
from simulator.node.world import Task
from simulator.units import Address


@dataclass(frozen=True, slots=True)
class FailedAttempt:
    """A settlement that was tried in vain.

    Attributes:
        began: when, in virtual seconds.
    """

    intent: Intent
    receipt: Receipt
    began: float


class SettlementDuty:
    """The duty of one node in one token network.

    Args:
        account: the node.
        channels: its channels.
        intents: makes the calls.
        is_online: tells whether a partner can do it.
        notify: called when an own attempt did not settle the channel; see `failures`.
    """

    __slots__ = (
        "_account",
        "_channels",
        "_intents",
        "_is_online",
        "_notify",
        "_timers",
        "failures",
    )

    def __init__(
        self,
        account: Account,
        channels: ChannelBook,
        intents: Intents,
        is_online: Callable[[Address], bool],
        notify: Callable[[], None],
    ) -> None:
        self.failures: dict[int, FailedAttempt] = {}
        self._account = account
        self._channels = channels
        self._intents = intents
        self._is_online = is_online
        self._notify = notify
        self._timers: dict[int, Timer] = {}

    def arm(self, channel: Channel) -> None:
        """Be woken when a closed channel can be settled."""
        if self._account.online:
            clock = self._account.world.clock
            self._replace(
                channel.identifier,
                clock.at_block(channel.settle_block, lambda: self._due(channel)),
            )

    def disarm(self, identifier: int) -> None:
        """Forget a channel: it is settled."""
        self.failures.pop(identifier, None)
        if identifier in self._timers:
            self._timers.pop(identifier).cancel()

    def start(self) -> None:
        """Take up the duty for all closed channels: the node came online."""
        for channel in self._channels.closed():
            self.arm(channel)

    def stop(self) -> None:
        """Leave the duty to the partners: the node went offline."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()

    def retry(self) -> None:
        """Try again what has failed, or was left to a transaction that is lost by now."""
        for channel in self._channels.closed():
            self.failures.pop(channel.identifier, None)
            timer = self._timers.get(channel.identifier)
            if timer is None or not timer.live:
                self.arm(channel)

    def take_over(self, channel: Channel) -> None:
        """Settle a channel now, whoever should have."""
        self.failures.pop(channel.identifier, None)
        if not self._intents.is_on_its_way("settleChannel", channel):
            self._account.background(lambda: self._settle(channel))

    def _due(self, channel: Channel) -> None:
        if channel.closed_by_self or not self._is_online(channel.partner):
            self.take_over(channel)
        else:
            clock = self._account.world.clock
            at = clock.now + self._account.world.settings.patience_seconds
            self._replace(channel.identifier, clock.timer(at, lambda: self.take_over(channel)))

    def _replace(self, identifier: int, timer: Timer) -> None:
        if identifier in self._timers:
            self._timers[identifier].cancel()
        self._timers[identifier] = timer

    def _settle(self, channel: Channel) -> Task[None]:
        intent, began = self._intents.settle(channel), self._account.world.clock.now
        (receipt,) = yield from self._account.outbox.send([intent])
        if self._channels.get(channel.identifier) is not None:
            self.failures[channel.identifier] = FailedAttempt(intent, receipt, began)
            self._notify()
