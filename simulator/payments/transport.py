"""How messages get from node to node: in order for each pair, each once, kept until acknowledged.

What a node has sent is saved with it until the receiver has handled it and saved what came of it.
So a crash loses nothing but what was on its way. Where messages take no time and none is lost,
there are no timers: they are handled in the order in which they were sent, at the end of the
instant.
"""

from collections import Counter, deque
from collections.abc import Callable, Mapping
from functools import partial
from random import Random
from typing import Protocol

from msgspec import Struct, field

from simulator.kernel.clock import Clock, Timer
from simulator.kernel.rng import Rng
from simulator.payments.conditions import IDEAL, Air, LineConditions
from simulator.payments.messages import (
    ChannelMessage,
    PeerMessage,
    WithdrawConfirmation,
    WithdrawExpired,
)
from simulator.words.units import Address

MESSAGES_AT_ONCE = 100
"""So many are delivered before others get a turn: a hub may get very many in one instant."""

LONGEST_RETRY_BLOCKS = 4
"""Real nodes wait for a minute at most, which is four blocks."""

PROCESSED = (ChannelMessage, WithdrawConfirmation, WithdrawExpired)
"""What is answered by Processed; requests have answers of their own."""


class Peer(Protocol):
    """A node as the transport knows it."""

    @property
    def online(self) -> bool:
        """Whether it is running."""

    def receive(self, sender: Address, message: PeerMessage) -> bool:
        """Handle a message; False: not now, so that it stays unacknowledged."""


class Link(Struct, eq=False):
    """One direction between two nodes.

    Attributes:
        unacknowledged: messages of which the sender does not know that they were handled.
        first: the number of the first of them.
        expected: the number of the next message that the receiver handles.
        early: numbers of messages that have come before it, in the receiver's memory.
        is_held: whether the receiver has put off the next one.
        retry: when the sender tries again.
        waited_seconds: for how long it has waited before its last try.
        stream: what delays and losses are drawn from.
    """

    sender: Address
    receiver: Address
    unacknowledged: deque[PeerMessage] = field(default_factory=deque)
    first: int = 1
    expected: int = 1
    early: set[int] = field(default_factory=set)
    is_held: bool = False
    retry: Timer | None = None
    waited_seconds: float = 0.0
    stream: Random | None = None

    def acknowledge(self, number: int) -> None:
        """Let go of all messages up to a number."""
        while self.unacknowledged and self.first <= number:
            self.unacknowledged.popleft()
            self.first += 1

    def message(self, number: int) -> PeerMessage:
        """Return one that is not acknowledged."""
        return self.unacknowledged[number - self.first]

    @property
    def end(self) -> int:
        """The number of the message that will be sent next."""
        return self.first + len(self.unacknowledged)


class Transport:
    """Delivers the messages of all nodes.

    Args:
        clock: virtual time.
        rng: delays and losses are drawn from a stream for each direction.
        peers: the nodes.
        usual: how messages travel unless something else is said.

    Attributes:
        counts: how many messages of each kind were handled, Processed and Delivered included, and
            how many were sent again.
        air: how messages travel.
        on_handled: told each message that was handled, with its sender and its receiver.
    """

    def __init__(
        self,
        clock: Clock,
        rng: Rng,
        peers: Mapping[Address, Peer],
        usual: LineConditions = IDEAL,
    ) -> None:
        self.counts: Counter[str] = Counter()
        self.air = Air(usual)
        self.on_handled: list[Callable[[Address, Address, PeerMessage], None]] = []
        self._clock = clock
        self._rng = rng
        self._peers = peers
        self._links: dict[Address, dict[Address, Link]] = {}
        self._incoming: dict[Address, list[Link]] = {}
        self._ready: deque[Link] = deque()
        self._delivery_comes = False

    def send(self, sender: Address, receiver: Address, message: PeerMessage) -> None:
        """Keep a message until the receiver has handled it; it never overtakes an earlier one."""
        link = self._links.setdefault(sender, {}).get(receiver)
        if link is None:
            link = Link(sender, receiver)
            self._links[sender][receiver] = link
            self._incoming.setdefault(receiver, []).append(link)
        link.unacknowledged.append(message)
        self._transmit(link, link.end - 1)

    def is_quiet(self, one: Address, other: Address) -> bool:
        """Tell whether two nodes have handled all that they have told each other."""
        pairs = ((one, other), (other, one))
        links = (self._links.get(sender, {}).get(receiver) for sender, receiver in pairs)
        return all(link is None or link.end == link.expected for link in links)

    def go_on(self, node: Address) -> None:
        """Take up what waits for a node: it has come online, or puts nothing off any more."""
        for link in (*self._links.get(node, {}).values(), *self._incoming.get(node, ())):
            link.is_held = False
            self._transmit_all(link)

    def go_on_everywhere(self) -> None:
        """Take up what waits for anybody: messages travel in another way from now on."""
        for node in self._links:
            for link in self._links[node].values():
                self._transmit_all(link)

    def sent_by(self, node: Address) -> dict[Address, int]:
        """Return how many messages a node has sent so far, by receiver."""
        links = self._links.get(node, {})
        return {other: link.end - 1 for other, link in links.items()}

    def forget_sent(self, node: Address, known: Mapping[Address, int]) -> None:
        """Lose what a node has sent and nobody has handled, but for its first messages.

        The receivers tell it which number they wait for, so that both go on from there.

        Args:
            node: whose.
            known: how many messages are left to it, by receiver, those that were handled included.
        """
        for receiver, link in self._links.get(node, {}).items():
            end = max(link.expected, known.get(receiver, 0) + 1)
            while link.end > end:
                link.unacknowledged.pop()
            link.early.intersection_update(range(link.expected, end))

    def forget_early(self, node: Address) -> None:
        """Lose what a node had in its memory: it has crashed."""
        for link in self._incoming.get(node, ()):
            link.early.clear()

    def _transmit_all(self, link: Link) -> None:
        link.waited_seconds = 0.0
        self._stop_trying(link)
        for number in range(link.first, link.end):
            self._transmit(link, number)

    def _transmit(self, link: Link, number: int) -> None:
        """Let a message travel, if there is anybody to take it."""
        if not self._is_up(link):
            return
        conditions = self.air.between(link.sender, link.receiver)
        if conditions.are_ideal:
            self._enqueue(link)
            return
        stream = self._stream(link)
        if not conditions.is_lost(stream):
            at = self._clock.now + conditions.delay(stream)
            self._clock.timer(at, partial(self._arrive, link, number), urgent=True)
        self._try_later(link, conditions)

    def _is_up(self, link: Link) -> bool:
        sender, receiver = self._peers.get(link.sender), self._peers.get(link.receiver)
        both = sender is not None and sender.online and receiver is not None and receiver.online
        return both and not self.air.is_cut(link.sender, link.receiver)

    def _stream(self, link: Link) -> Random:
        if link.stream is None:
            link.stream = self._rng.stream("messages", link.sender, link.receiver)
        return link.stream

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
            link = self._ready.popleft()
            link.acknowledge(link.expected - 1)
            if link.unacknowledged and self._is_up(link) and self._handle(link):
                link.acknowledge(link.expected - 1)
        if self._ready:
            self._let_delivery_come()

    def _handle(self, link: Link) -> bool:
        """Let the receiver handle the message that is next, unless it puts it off."""
        if link.is_held:
            return False
        message = link.message(link.expected)
        if not self._peers[link.receiver].receive(link.sender, message):
            link.is_held = True
            return False
        link.expected += 1
        self._count(message)
        for callback in self.on_handled:
            callback(link.sender, link.receiver, message)
        return True

    def _count(self, message: PeerMessage) -> None:
        self.counts[message.name] += 1
        self.counts["Delivered"] += 1
        if isinstance(message, PROCESSED):
            self.counts["Processed"] += 1
            self.counts["Delivered"] += 1

    def _arrive(self, link: Link, number: int) -> None:
        """Take in a message, in its turn; acknowledge what is handled."""
        if not self._is_up(link) or not link.first <= number < link.end:
            return
        if number >= link.expected:
            link.early.add(number)
        while link.expected in link.early and self._handle(link):
            link.early.discard(link.expected - 1)
        if link.expected > link.first:
            self._acknowledge(link, link.expected - 1)

    def _acknowledge(self, link: Link, number: int) -> None:
        conditions, stream = self.air.between(link.receiver, link.sender), self._stream(link)
        if conditions.is_lost(stream):
            return
        at = self._clock.now + conditions.delay(stream)
        self._clock.timer(at, partial(self._acknowledged, link, number), urgent=True)

    def _acknowledged(self, link: Link, number: int) -> None:
        if not self._is_up(link):
            return
        link.acknowledge(number)
        if not link.unacknowledged:
            link.waited_seconds = 0.0
            self._stop_trying(link)

    def _try_later(self, link: Link, conditions: LineConditions) -> None:
        if link.retry is not None and link.retry.live:
            return
        block = self._clock.block_time
        first = max(block, 3 * conditions.longest_seconds)
        waits = max(first, min(2 * link.waited_seconds, LONGEST_RETRY_BLOCKS * block))
        link.waited_seconds = waits
        at = self._clock.now + waits
        link.retry = self._clock.timer(at, partial(self._try_again, link), urgent=True)

    def _try_again(self, link: Link) -> None:
        """Send what is not acknowledged again; not while nobody could take it."""
        link.retry = None
        if link.is_held or not self._is_up(link):
            return
        for number in range(link.first, link.end):
            self.counts["Retried"] += 1
            self._transmit(link, number)

    def _stop_trying(self, link: Link) -> None:
        if link.retry is not None:
            link.retry.cancel()
            link.retry = None
