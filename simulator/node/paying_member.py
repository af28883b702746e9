"""A node as other nodes see it: it takes messages, may be able to pay, and has signed some."""

from simulator.chain.keys import Key
from simulator.node.account import Account
from simulator.node.channels import Transfers
from simulator.node.orders import HistoryEntry
from simulator.node.paying import Generation, Paying
from simulator.node.pending import PendingTransfer, pending_transfers
from simulator.node.transfers import Channels
from simulator.payments.channel_state import cannot_carry
from simulator.payments.messages import PeerMessage
from simulator.words.units import Address


class PayingMember:
    """The side of a node that pays; of most nodes there is nothing else before their first payment.

    Args:
        account: the node.
        channels: its channels.
        generation: how it pays.
    """

    __slots__ = ("_account", "_channels", "_generation", "_paying")

    def __init__(self, account: Account, channels: Channels, generation: Generation) -> None:
        self._account = account
        self._channels = channels
        self._generation = generation
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
    def is_paying(self) -> bool:
        """Whether the node has had a part in a payment."""
        return self._paying is not None

    @property
    def paying(self) -> Paying:
        """What the node pays and is paid."""
        if self._paying is None:
            self._paying = Paying(self._account, self._channels, self._generation)
        return self._paying

    def history(self) -> list[HistoryEntry]:
        """Return how the node's payments have ended, sent and received ones, oldest first."""
        return [] if self._paying is None else self._paying.history

    def pending_transfers(self) -> list[PendingTransfer]:
        """Return the transfers that are neither paid nor expired, oldest first."""
        return [] if self._paying is None else pending_transfers(self._paying.payments)

    def receive(self, sender: Address, message: PeerMessage) -> bool:
        """Handle a message of another node; False: it waits."""
        payments = self.paying.payments
        world = self._account.world
        handled = world.attempt(self._account, lambda: payments.receive(sender, message))
        return handled.value is not False

    def can_pay(self, token: Address, partner: Address, amount: int) -> bool:
        """Tell whether the node can send a lock to a partner now."""
        membership = self._channels.membership(token)
        channel = None if membership is None else membership.channels.with_partner(partner)
        if membership is None or channel is None:
            return False
        there = self.online and membership.graph.is_online(partner)
        return there and cannot_carry(membership.view_of(channel), amount, None) is None

    def look_at(self, transfers: Transfers) -> None:
        """See what a change of a channel means for the payments that go through it."""
        for lock in (*transfers.sent.locks, *transfers.received.locks):
            self.paying.payments.look_at(lock.secrethash)

    def look_at_all(self) -> None:
        """See whether something is due: much may have changed."""
        if self._paying is not None:
            self._paying.payments.look_at_all()

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
