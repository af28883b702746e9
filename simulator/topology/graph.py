"""The peer graph of a token network: who has a channel with whom, built from events only.

Nodes choose by what anybody can see: the channels from the chain, and from the network itself which
nodes are online and which are leaving. What has been paid in a channel only its ends know; that is
for whoever looks at the testnet from outside.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import copy

from simulator.topology.edge import Edge
from simulator.topology.network_graph import NetworkGraph
from simulator.topology.peers import Peers
from simulator.words.events import (
    ChainEvent,
    ChannelClosed,
    ChannelOpened,
    ChannelSettled,
    Deposited,
    Event,
    HopEvent,
    JoinStarted,
    LeaveStarted,
    LeavingCancelled,
    NodeCrashed,
    NodeStarted,
    NodeStopped,
    TransferExpired,
    TransferLocked,
    TransferRefunded,
    TransferUnlocked,
    Unlocked,
    Withdrawn,
)
from simulator.words.units import BOOTSTRAP_ADDRESS, CLOSED, OPENED, Address, checksum

KINDS = (
    ChannelOpened,
    Deposited,
    Withdrawn,
    ChannelClosed,
    ChannelSettled,
    Unlocked,
    NodeStarted,
    NodeStopped,
    NodeCrashed,
    JoinStarted,
    LeaveStarted,
    LeavingCancelled,
    TransferLocked,
    TransferRefunded,
    TransferUnlocked,
    TransferExpired,
)
"""The events that a peer graph is built from."""


class ChannelGraph:
    """What is known of one token network: its channels, and who is online or leaving.

    Args:
        token: the network's token.
        token_network: its contract.
        online: nodes that are running already.

    Attributes:
        received: the tokens that have come to the contract, deposits among them.
        joins: how many there have been.
    """

    def __init__(
        self, token: Address, token_network: Address, online: Iterable[Address] = ()
    ) -> None:
        self.token = token
        self.token_network = token_network
        self.received = 0
        self._deposited = 0
        self._left = 0
        self.joins = 0
        self._edges: dict[int, Edge] = {}
        self._online: set[Address] = set(online)
        self._leaving: set[Address] = set()

    def copy(self) -> "ChannelGraph":
        """Return the same knowledge, to grow on its own."""
        other = ChannelGraph(self.token, self.token_network, self._online)
        other._edges = {identifier: copy(edge) for identifier, edge in self._edges.items()}
        other.received, other.joins = self.received, self.joins
        other._deposited, other._left = self._deposited, self._left
        other._leaving = set(self._leaving)
        return other

    @property
    def kept(self) -> int:
        """Tokens in the contract that are in no channel.

        That is what settled channels have left there for pending locks, and what came without a
        deposit: anybody may send tokens to any address.
        """
        return self._left + self.received - self._deposited

    @property
    def online(self) -> Iterable[Address]:
        """The nodes that are running."""
        return self._online

    @property
    def edges(self) -> Mapping[int, Edge]:
        """The unsettled channels, by identifier."""
        return self._edges

    def snapshot(
        self, nodes: Sequence[Address] = (), *, everything: bool = False, private: bool = True
    ) -> NetworkGraph:
        """Return a copy for people and tools: names are EIP-55 texts, attributes are scalars.

        Nodes come in the order of their numbers, other accounts behind them by address. They carry
        `node` (the number; other accounts have none), `online`, `leaving` (or idle since they
        left) and `deposit` (the sum of their deposits in the channels shown). Edges come in the
        order of their identifiers and carry `channel_identifier`, `state`, `block_opened`,
        `settle_timeout`, `capacity` (both deposits, less what was withdrawn), and the ends in the
        contract's order, the one that opened the channel first: `participant1`, `deposit1`,
        `balance1` (what it could take out), `locked1` (of that, what is in pending locks that it
        has sent), and the same of the other end.

        Args:
            nodes: the addresses of the testnet's nodes, in order of their numbers.
            everything: also show closed channels that are not settled yet, the bootstrap address,
                and nodes without channels; by default only channels that can carry payments
                appear, and whoever has an open channel, even one with the bootstrap address.
            private: also show balances and locks, which only the ends of a channel know.
        """
        graph = NetworkGraph()
        edges = [edge for edge in self._edges.values() if everything or edge.state == OPENED]
        there = {end for edge in edges for end in (edge.one, edge.other)}
        if everything:
            there.update(nodes)
        else:
            there.discard(BOOTSTRAP_ADDRESS)
        numbers = {address: number for number, address in enumerate(nodes)}
        for address in sorted(there, key=lambda end: (numbers.get(end, len(numbers)), end)):
            number = {"node": numbers[address]} if address in numbers else {}
            online, leaving = address in self._online, address in self._leaving
            graph.add_node(checksum(address), **number, online=online, leaving=leaving, deposit=0)
        for identifier, edge in sorted(self._edges.items()):
            if not everything and (
                edge.state != OPENED or BOOTSTRAP_ADDRESS in (edge.one, edge.other)
            ):
                continue
            one, other = checksum(edge.one), checksum(edge.other)
            first, second = edge.private() if private else ({}, {})
            graph.add_edge(
                one,
                other,
                channel_identifier=identifier,
                state=edge.state,
                block_opened=edge.block_opened,
                settle_timeout=edge.settle_timeout_blocks,
                capacity=edge.capacity,
                participant1=one,
                deposit1=edge.deposit_of_one,
                **first,
                participant2=other,
                deposit2=edge.deposit_of_other,
                **second,
            )
            graph.nodes[one]["deposit"] += edge.deposit_of_one
            graph.nodes[other]["deposit"] += edge.deposit_of_other
        return graph

    def apply(self, event: Event) -> None:
        """Take an event in; those of other token networks are no concern of this graph."""
        if isinstance(event, ChainEvent):
            if event.contract == self.token_network:
                self._follow_chain(event)
        elif isinstance(event, HopEvent):
            if event.token == self.token:
                self._edges[event.channel_identifier].take_in(event)
        else:
            self._follow_node(event)

    def _follow_chain(self, event: ChainEvent) -> None:
        match event:
            case ChannelOpened():
                edge = Edge(
                    event.participant1,
                    event.participant2,
                    event.block_number,
                    event.settle_timeout_blocks,
                )
                self._edges[event.channel_identifier] = edge
                self._opened(edge)
            case Deposited():
                edge = self._edges[event.channel_identifier]
                self._deposited += edge.set_deposit(event.participant, event.total_deposit)
            case ChannelClosed():
                edge = self._edges[event.channel_identifier]
                edge.state = CLOSED
                self._closed(edge)
            case Withdrawn():
                edge = self._edges[event.channel_identifier]
                edge.set_withdrawn(event.participant, event.total_withdraw)
            case ChannelSettled():
                edge = self._edges.pop(event.channel_identifier)
                if edge.state == OPENED:  # cooperatively: all has been withdrawn
                    edge.state = CLOSED
                    self._closed(edge)
                else:
                    paid = event.participant1_amount + event.participant2_amount
                    self._left += edge.capacity - paid
                self._settled(edge)
            case Unlocked():
                self._left -= event.unlocked_amount + event.returned_amount

    def _follow_node(self, event: Event) -> None:
        match event:
            case NodeStarted():
                self._online.add(event.node)
                self._came_online(event.node)
            case NodeStopped() | NodeCrashed():
                self._online.discard(event.node)
                self._changed(event.node)
            case LeaveStarted() if event.token == self.token:
                self._leaving.add(event.node)
                self._changed(event.node)
            case JoinStarted() | LeavingCancelled() if event.token == self.token:
                self.joins += isinstance(event, JoinStarted)
                self._leaving.discard(event.node)
                self._changed(event.node)

    def _opened(self, edge: Edge) -> None:
        """Take in that there is a channel."""

    def _closed(self, edge: Edge) -> None:
        """Take in that a channel is closed."""

    def _settled(self, edge: Edge) -> None:
        """Take in that a channel is gone."""

    def _came_online(self, node: Address) -> None:
        """Take in that a node has come."""

    def _changed(self, node: Address) -> None:
        """Take in that a node has gone, or has changed its mind."""


class PeerGraph(ChannelGraph):
    """The graph that nodes choose their peers from.

    Args:
        token: the network's token.
        token_network: its contract.
        on_available: called when a node becomes somebody to open a channel with, or comes online
            as somebody's partner.
        online: nodes that are running already.
    """

    def __init__(
        self,
        token: Address,
        token_network: Address,
        on_available: Callable[[Address, Address], None] = lambda *_: None,
        online: Iterable[Address] = (),
    ) -> None:
        super().__init__(token, token_network, online)
        self.peers = Peers(self.degree)
        # by unsettled channels; small dictionaries take half as much memory as small sets
        self._neighbours: dict[Address, dict[Address, None]] = {}
        self._open_channels: dict[Address, int] = {}
        self._degrees: dict[Address, int] = {}
        self._on_available = on_available
        self._partners: dict[Address, dict[Address, None]] | None = None  # kept once asked for
        self._remembered: dict[tuple[str, int], tuple[int, dict[Address, float]]] = {}

    def candidates(self, node: Address, order: Iterable[Address]) -> Iterator[Address]:
        """Pass over those in `order` with whom a node can't open a channel.

        Peers take part (have an open channel, even with the bootstrap address), are online and
        are not leaving. A candidate, besides, has no unsettled channel with the node.
        """
        taken = self._neighbours.get(node, ())
        return (peer for peer in order if peer != node and peer not in taken)

    def degree(self, node: Address) -> int:
        """Return how many open channels a node has; the bootstrap channel is none."""
        return self._degrees.get(node, 0)

    def partners(self, node: Address) -> Iterable[Address]:
        """Return those with whom a node has an open channel that can carry payments."""
        if self._partners is None:
            self._partners = {}
            for edge in self.open_channels():
                self._connect(edge)
        return self._partners.get(node, ())

    def open_channels(self) -> Iterator[Edge]:
        """Go through the channels that can carry payments, in order of identifier."""
        for edge in self._edges.values():
            if edge.state == OPENED and BOOTSTRAP_ADDRESS not in (edge.one, edge.other):
                yield edge

    def remembered(
        self, what: str, every_joins: int, found: "Callable[[PeerGraph], dict[Address, float]]"
    ) -> Mapping[Address, float]:
        """Return what was found in the graph when it was looked at last.

        Args:
            what: its name.
            every_joins: from 1; it is looked at anew after so many joins, and in a small graph
                after a tenth as many as it has nodes, if that comes sooner.
            found: looks at the graph.
        """
        last, values = self._remembered.get((what, every_joins), (None, {}))
        due = min(every_joins, max(1, len(self._degrees) // 10))
        if last is None or self.joins - last >= due:
            values = found(self)
            self._remembered[what, every_joins] = self.joins, values
        return values

    def _connect(self, edge: Edge) -> None:
        if self._partners is not None and BOOTSTRAP_ADDRESS not in (edge.one, edge.other):
            self._partners.setdefault(edge.one, {})[edge.other] = None
            self._partners.setdefault(edge.other, {})[edge.one] = None

    def _disconnect(self, edge: Edge) -> None:
        if self._partners is not None and BOOTSTRAP_ADDRESS not in (edge.one, edge.other):
            del self._partners[edge.one][edge.other]
            del self._partners[edge.other][edge.one]

    def is_online(self, node: Address) -> bool:
        """Tell whether a node is reachable."""
        return node in self._online

    def participants_of(self, event: Event) -> tuple[Address, ...]:
        """Return both ends of the channel that an event is about, if it is about one."""
        identifier = getattr(event, "channel_identifier", None)
        edge = None if identifier is None else self._edges.get(identifier)
        return () if edge is None else (edge.one, edge.other)

    def _opened(self, edge: Edge) -> None:
        self._neighbours.setdefault(edge.one, {})[edge.other] = None
        self._neighbours.setdefault(edge.other, {})[edge.one] = None
        self._connect(edge)
        self._count_channel(edge, 1)

    def _closed(self, edge: Edge) -> None:
        self._disconnect(edge)
        self._count_channel(edge, -1)

    def _count_channel(self, edge: Edge, change: int) -> None:
        ends = (edge.one, edge.other)
        for address in ends:
            _count(self._open_channels, address, change)
            if BOOTSTRAP_ADDRESS not in ends:
                _count(self._degrees, address, change)
        for address in ends:
            self.peers.update(address)
            self._changed(address)

    def _settled(self, edge: Edge) -> None:
        for address, other in ((edge.one, edge.other), (edge.other, edge.one)):
            neighbours = self._neighbours[address]
            del neighbours[other]
            if not neighbours:
                del self._neighbours[address]

    def _came_online(self, node: Address) -> None:
        self._changed(node)
        if node in self._open_channels and node not in self.peers:
            self._on_available(self.token, node)  # it has left, but what it has can be topped up

    def _changed(self, node: Address) -> None:
        available = (
            node in self._open_channels and node in self._online and node not in self._leaving
        )
        if available == (node in self.peers):
            return
        if available:
            self.peers.add(node)
            self._on_available(self.token, node)
        else:
            self.peers.discard(node)


def _count(counts: dict[Address, int], address: Address, change: int) -> None:
    """Add to a count; what has come to nothing takes no room."""
    count = counts.get(address, 0) + change
    if count:
        counts[address] = count
    else:
        del counts[address]
