"""A node as other nodes see it: it takes messages, may be able to pay, and has signed some."""

from collections.abc import Iterable

from msgspec.structs import replace

from simulator.chain.keys import Key
from simulator.node.account import Account
from simulator.node.channels import Transfers
from simulator.node.orders import HistoryEntry
from simulator.node.paying import Generation, Paying, SavedPayments
from simulator.node.pending import PendingTransfer, pending_transfers
from simulator.node.transfers import Channels, Found
from simulator.node.withdrawing.duty import WithdrawDuty
from simulator.payments.channel_state import ChannelView
from simulator.payments.fees import FeeBook
from simulator.payments.messages import (
    ChannelKey,
    ChannelMessage,
    PeerMessage,
    WithdrawMessage,
)
from simulator.payments.routing.routing import Routing
from simulator.words.units import Address


class PayingMember:
    """The side of a node that pays; of most nodes there is nothing else before their first payment.

    Args:
        account: the node.
        channels: its channels.
        generation: how it pays.
    """

    __slots__ = ("_account", "_channels", "_generation", "_paying", "_told")

    def __init__(self, account: Account, channels: Channels, generation: Generation) -> None:
        self._account = account
        self._channels = channels
        self._generation = generation
        self._told = generation.routing
        self._paying: Paying | None = None

    @property
    def key(self) -> Key:
        """What the node signs with."""
        return self._account.key

    @property
    def online(self) -> bool:
        """Whether the node is running."""
        return self._account.online

    @property
    def cooperates(self) -> bool:
        """Whether its generation settles channels together."""
        return self._generation.cooperates

    @property
    def together(self) -> WithdrawDuty | None:
        """What settles its channels together with partners; None: they close them alone."""
        return self.paying.withdraws if self._generation.cooperates else None

    @property
    def routing(self) -> Routing | None:
        """How the node finds ways; None: it pays direct partners only."""
        return None if self._generation.private else self._generation.routing

    def set_routing(self, routing: Routing | None) -> None:
        """Find ways otherwise from now on; None: as at first."""
        self._generation = replace(self._generation, routing=routing or self._told)
        if self._paying is not None:
            self._paying.generation = self._generation

    @property
    def has_begun(self) -> bool:
        """Whether anything was ever sent in a channel of the node: before that, nothing is due."""
        return self._paying is not None

    @property
    def is_paying(self) -> bool:
        """Whether the node has had a part in a payment."""
        paying = self._paying  # which may be there for withdraws, or settlements, alone
        return paying is not None and (bool(paying.history) or paying.payments.had_a_part)

    @property
    def paying(self) -> Paying:
        """What the node pays and is paid."""
        if self._paying is None:
            self._paying = Paying(self._account, self._channels, self._generation)
        return self._paying

    def saved(self) -> SavedPayments | None:
        """Return a copy of what is on the disk of payments; None: there were never any."""
        return None if self._paying is None else self._paying.saved()

    def restore(self, saved: SavedPayments | None, channels: Iterable[Found]) -> None:
        """Have on the disk what was saved once; None: nothing.

        Args:
            saved: of payments.
            channels: those in which something was ever sent, as they are on the disk.
        """
        if self._paying is not None:
            self._paying.restore(saved or SavedPayments(), channels)

    def history(self) -> list[HistoryEntry]:
        """Return how the node's payments have ended, sent and received ones, oldest first."""
        return [] if self._paying is None else self._paying.history

    def pending_transfers(self) -> list[PendingTransfer]:
        """Return the transfers that are neither paid nor expired, oldest first."""
        return [] if self._paying is None else pending_transfers(self._paying.payments)

    def receive(self, sender: Address, message: PeerMessage) -> bool:
        """Handle a message of another node; False: it waits."""
        world = self._account.world
        handled = world.attempt(self._account, lambda: self._receive(sender, message))
        return handled.value is not False

    def _receive(self, sender: Address, message: PeerMessage) -> bool:
        if isinstance(message, WithdrawMessage):
            return self.paying.withdraws.receive(sender, message)
        handled = self.paying.payments.receive(sender, message)
        if isinstance(message, ChannelMessage):
            self.paying.withdraws.look_at(message.channel)
        return handled

    @property
    def fees(self) -> FeeBook:
        """What it takes for passing payments on."""
        return self._account.fees

    def view(self, token: Address, partner: Address) -> ChannelView | None:
        """Return its channel with a partner; None: there is none, or one of them is offline."""
        membership = self._channels.membership(token)
        channel = None if membership is None else membership.channels.with_partner(partner)
        if membership is None or channel is None:
            return None
        there = self.online and membership.graph.is_online(partner)
        return membership.view_of(channel) if there else None

    def look_at(self, channel: ChannelKey, transfers: Transfers) -> None:
        """See what a change of a channel means for payments through it, and for withdraws."""
        self.paying.withdraws.look_at(channel)
        for lock in (*transfers.sent.locks, *transfers.received.locks):
            self.paying.payments.look_at(lock.secrethash)

    def look_at_all(self) -> None:
        """See whether something is due: much may have changed."""
        if self._paying is not None:
            self._paying.payments.look_at_all()
            self._paying.withdraws.look_at_all()

    def look_at_waiting(self) -> None:
        """See whether transfers that wait for a way can go on: a channel may carry more."""
        if self._paying is not None:
            self._paying.payments.look_at_waiting()

    def start(self) -> None:
        """See what is due, and what others have told it meanwhile: the node has come online."""
        self.look_at_all()
        world, node = self._account.world, self._account.address
        world.transport.go_on(node)
        for other in world.without_way.get(node, ()):
            other.look_at_waiting()

    def go_offline(self) -> None:
        """Let nothing be due for a while."""
        if self._paying is not None:
            self._paying.payments.go_offline()
            self._paying.withdraws.go_offline()
        clock, world = self._account.world.clock, self._account.world
        for other in world.settling_with.get(self._account.address, ()):
            clock.soon(other.look_at_all)
