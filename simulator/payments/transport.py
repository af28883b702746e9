"""How messages get from node to node: in order for each pair, each once, kept until acknowledged.

What a node has sent is saved with it until the receiver has handled it and saved what came of that.
So a crash loses nothing but what was on its way.
"""

from collections import Counter, deque
from collections.abc import Mapping
from typing import Protocol

from msgspec import Struct

from simulator.kernel.clock import Clock
from simulator.payments.messages import ChannelMessage, Message
from simulator.words.units import Address

MESSAGES_AT_ONCE = 100
"""So many are delivered before others get a turn: a hub may get very many in one instant."""


class Peer(Protocol):
    """A node as the transport knows it."""

    @property
    def online(self) -> bool:
        """Whether it is running."""

    def receive(self, sender: Address, message: Message) -> bool:
        """Handle a message; False: not now, so that it stays unacknowledged."""


class Link(Struct, eq=False, gc=False):
    """One direction between two nodes.

    Attributes:
        unacknowledged: messages that the receiver has not handled, oldest first.
        is_held: whether the receiver has put off the first of them.
    """

    sender: Address
    receiver: Address
    unacknowledged: deque[Message]
    is_held: bool = False


class Transport:
    """Delivers the messages of all nodes.

    Args:
        clock: virtual time.
        peers: the nodes.

    Attributes:
        counts: how many messages of each kind were handled, Processed and Delivered included.
    """

    def __init__(self, clock: Clock, peers: Mapping[Address, Peer]) -> None:
        self.counts: Counter[str] = Counter()
        self._clock = clock
        self._peers = peers
        self._links: dict[Address, dict[Address, Link]] = {}
        self._incoming: dict[Address, list[Link]] = {}
        self._ready: deque[Link] = deque()
        self._delivery_comes = False

    def send(self, sender: Address, receiver: Address, message: Message) -> None:
        """Keep a message until the receiver has handled it; it never overtakes an earlier one."""
        link = self._links.setdefault(sender, {}).get(receiver)
        if link is None:
            link = Link(sender, receiver, deque())
            self._links[sender][receiver] = link
            self._incoming.setdefault(receiver, []).append(link)
        link.unacknowledged.append(message)
        self._enqueue(link)

    def is_quiet(self, one: Address, other: Address) -> bool:
        """Tell whether two nodes have handled all that they have told each other."""
        pairs = ((one, other), (other, one))
        links = (self._links.get(sender, {}).get(receiver) for sender, receiver in pairs)
        return not any(link is not None and link.unacknowledged for link in links)

    def go_on(self, node: Address) -> None:
        """Take up what waits for a node: it has come online, or puts nothing off any more."""
        for link in (*self._links.get(node, {}).values(), *self._incoming.get(node, ())):
            link.is_held = False
            for _ in link.unacknowledged:
                self._enqueue(link)

    def _enqueue(self, link: Link) -> None:
        self._ready.append(link)
        self._let_delivery_come()

    def _let_delivery_come(self) -> None:
        if not self._delivery_comes:
            self._delivery_comes = True
            self._clock.soon(self._deliver_some)

    def _deliver_some(self) -> None:
        """Deliver in the order in which messages were sent, whoever sent them."""
        self._delivery_comes = False
        for _ in range(MESSAGES_AT_ONCE):
            if not self._ready:
                return
            self._deliver(self._ready.popleft())
        if self._ready:
            self._let_delivery_come()

    def _deliver(self, link: Link) -> None:
        receiver, sender = self._peers.get(link.receiver), self._peers.get(link.sender)
        if not link.unacknowledged or link.is_held or not (receiver and receiver.online):
            return
        if not (sender and sender.online):
            return
        message = link.unacknowledged[0]
        if not receiver.receive(link.sender, message):
            link.is_held = True
            return
        link.unacknowledged.popleft()
        self._count(message)

    def _count(self, message: Message) -> None:
        self.counts[message.name] += 1
        self.counts["Delivered"] += 1
        if isinstance(message, ChannelMessage):
            self.counts["Processed"] += 1
            self.counts["Delivered"] += 1
