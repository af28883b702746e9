"""Settling closed channels: somebody's duty after every close.

The closer settles as soon as the contract allows; if it is offline then, the partner does; else
whichever of the two starts first. A partner also steps in when the closer, although online, has
not managed it within the transaction timeout: it may be out of ETH, or have lost its disk.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from simulator.chain.contracts import SETTLE, UPDATE
from simulator.chain.submissions import TransactionResult
from simulator.kernel.clock import Timer, when_over
from simulator.node.account import Account
from simulator.node.channels import ChannelBook, ChannelEntry
from simulator.node.intents import Intents
from simulator.node.proving import must_update
from simulator.node.transactions import Intent
from simulator.topology.graph import PeerGraph
from simulator.words.errors import InsufficientEth
from simulator.words.events import PlanUnaffordable

OTHER_PROOF = "TN/settle: invalid data for participant"
"""What the contract says to amounts that are not those of the newest proof."""


@dataclass(frozen=True, slots=True)
class FailedAttempt:
    """A settlement that was tried in vain.

    Attributes:
        began: when, in virtual seconds.
    """

    intent: Intent
    receipt: TransactionResult
    began: float


class Participant(Protocol):
    """Whose duty it is: a node in a token network, with its channels and calls."""

    account: Account
    channels: ChannelBook
    graph: PeerGraph
    intents: Intents

    def wake_leave(self) -> None:
        """Be told that an own attempt did not settle the channel; see `failures`."""


class SettlementDuty:
    """The duty of one node in one token network.

    Args:
        owner: the node's state there.

    Attributes:
        failures: the last attempts in vain, by channel.
    """

    __slots__ = ("_owner", "_timers", "failures")

    def __init__(self, owner: Participant) -> None:
        self.failures: dict[int, FailedAttempt] = {}
        self._owner = owner
        self._timers: dict[int, Timer] = {}

    def arm(self, channel: ChannelEntry) -> None:
        """Be woken when a closed channel can be settled."""
        if self._owner.account.online:  # else `start` does it when the node comes back
            clock = self._owner.account.world.clock
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
        for channel in self._owner.channels.closed():
            self.show_proof(channel)
            self.arm(channel)

    def stop(self) -> None:
        """Leave the duty to the partners: the node went offline."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()

    def retry(self) -> None:
        """Try again what has failed, or was left to a transaction that is lost by now."""
        for channel in self._owner.channels.closed():
            self.failures.pop(channel.identifier, None)
            self.show_proof(channel)
            # a timer that is still to come is no failure: the settle timeout is not over
            timer = self._timers.get(channel.identifier)
            if timer is None or not timer.live:
                self.arm(channel)

    def take_over(self, channel: ChannelEntry) -> None:
        """Settle a channel now, whoever should have."""
        self.failures.pop(channel.identifier, None)
        intents = self._owner.intents
        if must_update(channel):
            self.show_proof(channel)
            if intents.is_pending(UPDATE, channel):
                return  # which is settled right after
        if not intents.is_pending(SETTLE, channel):
            self._contained(lambda: self._settle(channel))

    def show_proof(self, channel: ChannelEntry) -> None:
        """Show the contract what the closer of a channel has sent, where that is still to be done.

        It may be done as long as nobody has settled.
        """
        due = must_update(channel) and self._owner.account.online
        if due and not self._owner.intents.is_pending(UPDATE, channel):
            self._contained(lambda: self._update(channel))

    def _update(self, channel: ChannelEntry) -> None:
        account, intent = self._owner.account, self._owner.intents.update(channel)
        try:
            account.outbox.check_eth([intent])
        except InsufficientEth as error:
            event = PlanUnaffordable(account.address, intent.token, error.required_wei)
            account.world.record(event)
            return

        def over(_: object) -> None:
            late = account.world.known_block > channel.settle_block
            if late and self._owner.channels.get(channel.identifier) is not None:
                self._settle(channel)

        when_over(account.outbox.post([intent]), lambda _: self._contained(lambda: over(_)))

    def _due(self, channel: ChannelEntry) -> None:
        if channel.closed_by_self or not self._owner.graph.is_online(channel.partner):
            self.take_over(channel)
        else:  # the closer's turn; by the time it can have failed, everybody knows whether it has
            clock = self._owner.account.world.clock
            at = clock.now + self._owner.account.world.settings.patience_seconds
            self._replace(channel.identifier, clock.timer(at, lambda: self.take_over(channel)))

    def _replace(self, identifier: int, timer: Timer) -> None:
        if identifier in self._timers:
            self._timers[identifier].cancel()
        self._timers[identifier] = timer

    def _contained(self, work: Callable[[], None]) -> None:
        """Do something without a process: that would take longer than all the rest of it."""
        account = self._owner.account
        account.world.attempt(account, work)

    def _settle(self, channel: ChannelEntry) -> None:
        began, settlement = self._owner.account.world.clock.now, self._owner.intents.settle(channel)
        if settlement is None:
            return
        intent = settlement

        def take_in(receipts: list[TransactionResult]) -> None:
            # the channel is still there: neither this call has settled it nor the partner's
            if self._owner.channels.get(channel.identifier) is not None:
                (receipt,) = receipts
                if receipt.reason.startswith(OTHER_PROOF):
                    self.take_over(channel)  # a proof came in between
                    return
                self.failures[channel.identifier] = FailedAttempt(intent, receipt, began)
                self._owner.wake_leave()

        answers = self._owner.account.outbox.post([intent])
        when_over(answers, lambda receipts: self._contained(lambda: take_in(receipts)))
