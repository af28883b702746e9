"""What a node is and has in one token network."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from fractions import Fraction
from types import TracebackType

import simpy

from simulator.chain.contracts import CLOSE
from simulator.kernel.turns import Turns
from simulator.node.account import Account, End
from simulator.node.channels import ChannelBook, ChannelEntry, Transfers
from simulator.node.intents import Intents
from simulator.node.join_terms import NO_TERMS, JoinTerms
from simulator.node.settlement import SettlementDuty
from simulator.node.unlocking import KeptLocks, UnlockDuty
from simulator.payments.channel_state import ChannelView
from simulator.words.events import (
    ChannelClosed,
    ChannelOpened,
    ChannelSettled,
    Event,
    JoinStarted,
    LeaveStarted,
    LeavingCancelled,
    Unlocked,
)
from simulator.words.units import Address


class Mode(Enum):
    """What a node wants from a token network."""

    IDLE = "idle"
    """Nothing by itself; its channels, if any, are opened by hand."""
    CONNECTED = "connected"
    """To have its target of funded channels."""
    LEAVING = "leaving"
    """To be out: from the start of a leave until it has answered."""
    LEFT = "left"
    """Nothing by itself, and nobody's choice: from then until the next join or opening by hand."""

    @property
    def is_out(self) -> bool:
        """Whether other nodes don't look for channels with it."""
        return self in (Mode.LEAVING, Mode.LEFT)


@dataclass(frozen=True, slots=True)
class SavedNetwork:
    """What a node has on its disk of a token network.

    Attributes:
        mode: what it wants from it.
        terms: those of its join.
        transfers: what was sent in its channels, by identifier.
        reveal_timeouts: in blocks, those that were chosen.
        kept: locks for which settled channels keep tokens.
    """

    mode: Mode = Mode.IDLE
    terms: JoinTerms = NO_TERMS
    transfers: Mapping[int, Transfers] = field(default_factory=dict)
    reveal_timeouts: Mapping[int, int] = field(default_factory=dict)
    kept: tuple[KeptLocks, ...] = ()


class Membership:
    """The state of one node in one token network.

    Attributes:
        lock: held by whoever plans, or opens, deposits, closes or leaves: one at a time.
        left: partners by channel that the leave in progress has seen; None while there is none.
    """

    __slots__ = (
        "_leave_waits_for",
        "_settlement",
        "_unlocking",
        "_written_down",
        "account",
        "channels",
        "graph",
        "intents",
        "left",
        "lock",
        "mode",
        "network",
        "terms",
        "token",
        "world",
    )

    def __init__(self, account: Account, token: Address) -> None:
        world = account.world
        self.account = account
        self.token = token
        self.world = world
        self.graph = world.graphs[token]
        self.network = world.networks[token]
        self.channels = ChannelBook(account.address)
        self.intents = Intents(account, self.network)
        self._settlement: SettlementDuty | None = None  # nothing has been closed
        self._unlocking: UnlockDuty | None = None
        self.mode = Mode.IDLE
        self.terms = NO_TERMS
        self.lock = Turns(world.clock)
        self.left: dict[int, Address] | None = None
        self._leave_waits_for: simpy.Event | None = None
        self._written_down: tuple[Mode, JoinTerms] | None = None  # while a call may change them

    @property
    def settlement(self) -> SettlementDuty:
        """The node's duty to settle closed channels."""
        if self._settlement is None:
            self._settlement = SettlementDuty(self)
        return self._settlement

    @property
    def wallet(self) -> int:
        """The node's tokens outside of channels, as far as the node can know."""
        on_chain = self.network.token.balance_of(self.world.ledger, self.account.address)
        return on_chain + self.account.outbox.spent_unnoticed(self.token)

    @property
    def sum_deposits(self) -> int:
        """The node's own total deposits over its open channels."""
        return sum(channel.own_deposit for channel in self.channels.opened())

    def in_use(self) -> list[ChannelEntry]:
        """Return the open channels, without those that a call of the node's is to end."""
        return [
            channel
            for channel in self.channels.opened()
            if not (channel.is_ending or self.intents.is_pending(CLOSE, channel))
        ]

    def view_of(self, channel: ChannelEntry) -> ChannelView:
        """Return a channel as the rules of payments see it.

        Nothing new is sent while a close of the node's is pending, or the node leaves.
        """
        closes = self.mode is Mode.LEAVING or self.intents.is_pending(CLOSE, channel)
        return channel.view(usable=not closes)

    def connect(self, terms: JoinTerms) -> None:
        """Take part on the terms of a join."""
        self.mode, self.terms = Mode.CONNECTED, terms
        self.world.record(
            JoinStarted(
                self.account.address,
                self.token,
                terms.funds,
                terms.initial_channel_target,
                str(terms.joinable_funds_target),
            )
        )

    def accept(self, share: Fraction) -> None:
        """Answer deposits in channels that others open from now on, and open none.

        Args:
            share: of the node's deposits, how much of that it may put in, from 0.
        """
        channels = [*self.channels.opened()]
        deposited = sum(channel.own_deposit for channel in channels)
        budget = int(deposited * share)
        if budget and self.mode is Mode.IDLE:
            latest = max(channel.identifier for channel in channels)
            self.mode = Mode.CONNECTED
            self.terms = JoinTerms.accepting(deposited, budget, latest)

    def start_leaving(self) -> None:
        """Take part no longer; from now on channels are closed, others' new ones included."""
        self._enter(Mode.LEAVING)
        self.left = {channel.identifier: channel.partner for channel in self.channels.opened()}

    def end_leaving(self) -> None:
        """Stay out, but let what others open stay: they must not lose it behind their backs."""
        self.left = None
        if self.mode is Mode.LEAVING:
            self.mode, self.terms = Mode.LEFT, NO_TERMS

    def come_back(self) -> None:
        """Take part again, without plans of its own: a channel is being opened by hand."""
        if self.mode.is_out:
            self.take_back(Mode.IDLE, NO_TERMS)

    def _enter(self, mode: Mode) -> None:
        """Change the mode, and let everybody know of it who looks for peers."""
        was_out, self.mode = self.mode.is_out, mode
        # from leaving to left nothing changes for others
        if was_out != mode.is_out:
            event = LeaveStarted if mode.is_out else LeavingCancelled
            self.world.record(event(self.account.address, self.token))

    def written_down_at_the_end(self) -> "_AtTheEnd":
        """Forget what a call has changed about mode and terms when the node crashes in it."""
        return _AtTheEnd(self)

    def begin_to_change(self) -> None:
        """Remember what is on the disk: a call may change it."""
        self._written_down = (self.mode, self.terms)

    def end_of_changes(self, *, crashed: bool) -> None:
        """Write down what a call has changed, or take it back."""
        before, self._written_down = self._written_down, None
        if crashed and before is not None:
            self.take_back(*before)

    def take_back(self, mode: Mode, terms: JoinTerms) -> None:
        """Put back what held before a call that has turned out not to count."""
        self.terms = terms
        self._enter(mode)

    def saved(self) -> SavedNetwork:
        """Return a copy of what is on the disk."""
        mode, terms = self._written_down or (self.mode, self.terms)
        transfers, timeouts = {}, {}
        for channel in self.channels:
            if channel.transfers is not None:
                transfers[channel.identifier] = channel.transfers.copied()
            if channel.chosen_reveal_timeout is not None:
                timeouts[channel.identifier] = channel.chosen_reveal_timeout
        kept = () if self._unlocking is None else self._unlocking.kept
        return SavedNetwork(mode, terms, transfers, timeouts, kept)

    def restore(self, saved: SavedNetwork | None) -> None:
        """Have on the disk what was saved once; None: nothing. What the chain tells stays."""
        saved = saved or SavedNetwork()
        self.take_back(saved.mode, saved.terms)
        if self._written_down is not None:  # a call that the crash is about to end
            self._written_down = (saved.mode, saved.terms)
        for channel in self.channels:
            channel.chosen_reveal_timeout = saved.reveal_timeouts.get(channel.identifier)
            channel.restore(saved.transfers.get(channel.identifier, Transfers()))
        if self._unlocking is not None:
            self._unlocking.restore(saved.kept, saved.transfers)

    def apply(self, event: Event) -> None:
        """Take in an event about one of the node's channels."""
        match event:
            case Unlocked():
                if self._unlocking is not None:
                    self._unlocking.unlocked(event)
            case ChannelSettled():
                self._settled(event)
            case ChannelOpened():
                self.channels.apply(event)
                channel = self.channels.get(event.channel_identifier)
                if self.left is not None and channel is not None:
                    self.left[channel.identifier] = channel.partner
                    self.wake_leave()
            case ChannelClosed():
                self.channels.apply(event)
                channel = self.channels.get(event.channel_identifier)
                assert channel is not None  # noqa: S101 - the event was about it
                if channel.transfers is not None:
                    self.settlement.show_proof(channel)
                self.settlement.arm(channel)
            case _:
                self.channels.apply(event)

    def retry(self) -> None:
        """Try again what has failed on the chain: something has changed."""
        if self._settlement is not None:
            self._settlement.retry()
        self._unlock()

    def start(self) -> None:
        """Take up the duties on the chain: the node came online."""
        self.settlement.start()
        self._unlock()

    def stop(self) -> None:
        """Leave the duties on the chain to the partners: the node went offline."""
        if self._settlement is not None:
            self._settlement.stop()
        if self._unlocking is not None:
            self._unlocking.stop()

    def _unlock(self) -> None:
        if self._unlocking is not None:
            self._unlocking.look_at_all()

    def _settled(self, event: ChannelSettled) -> None:
        channel = self.channels.get(event.channel_identifier)
        self.channels.apply(event)
        self.settlement.disarm(event.channel_identifier)
        if channel is not None and channel.transfers is not None:
            if self._unlocking is None:
                self._unlocking = UnlockDuty(self)
            self._unlocking.settled(channel.identifier, channel.partner, channel.transfers)
        if not self.is_in_something:
            self.wake_leave()

    @property
    def is_in_something(self) -> bool:
        """Whether the node has tokens in channels, or in what settled ones keep for locks."""
        gains = self._unlocking is not None and self._unlocking.gains
        return gains or any(self.channels)

    def news_for_leave(self) -> simpy.Event:
        """Return an event that succeeds when a leave has something to do, or is over."""
        if self._leave_waits_for is None:
            self._leave_waits_for = self.world.clock.env.event()
        return self._leave_waits_for

    def wake_leave(self) -> None:
        """Tell a leave that it has something to do, or is over.

        So says a channel that others have opened, the last settlement, one that has failed, and a
        partner's close that does not come.
        """
        news, self._leave_waits_for = self._leave_waits_for, None
        if news is not None:  # mostly nobody waits
            news.succeed()


class _AtTheEnd:
    """See `written_down_at_the_end`; a generator would take five times as long."""

    __slots__ = ("_membership",)

    def __init__(self, membership: Membership) -> None:
        self._membership = membership

    def __enter__(self) -> None:
        self._membership.begin_to_change()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # a node that stops has time to write down what it was told
        crashed = isinstance(error, simpy.Interrupt) and error.cause is End.CRASH
        self._membership.end_of_changes(crashed=crashed)
