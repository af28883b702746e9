"""What payers know of the channels of others: maps that follow the events.

Whatever may have changed what can be sent in a channel makes its two edges doubtful; what is
doubtful is asked for when somebody looks for a way.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Protocol

from simulator.kernel.journal import Journal
from simulator.payments.channel_state import ChannelView, cannot_carry
from simulator.payments.fees import FeeBook, MediationFee, mediation_of, rated
from simulator.payments.messages import PeerMessage, SignedMessage
from simulator.payments.routing.route_map import UNUSABLE, RouteMap
from simulator.payments.transport import Transport
from simulator.topology.edge import Edge
from simulator.topology.graph import KINDS, PeerGraph
from simulator.words.events import (
    ChainEvent,
    Event,
    HopEvent,
    JoinStarted,
    LeaveStarted,
    LeavingCancelled,
    NodeCrashed,
    NodeStarted,
    NodeStopped,
    SettlementFailed,
    SettlementRequested,
    WithdrawConfirmed,
    WithdrawEvent,
    WithdrawLapsed,
    WithdrawRequested,
)
from simulator.words.units import OPENED, Address

OF_NODES = (NodeStarted, NodeStopped, NodeCrashed, JoinStarted, LeaveStarted, LeavingCancelled)
OF_WITHDRAWS = (
    *(WithdrawRequested, WithdrawConfirmed, WithdrawLapsed),
    *(SettlementRequested, SettlementFailed),
)


class Knowledge(StrEnum):
    """What payers know of channels that are not their own."""

    PERFECT = "perfect"
    """What each end can send now."""
    REPORTS = "reports"
    """The less of what both ends believe, as a pathfinding service is told by both."""
    CAPACITIES = "capacities"
    """What both ends have together, as everybody sees it on the chain."""


class Informant(Protocol):
    """A node that tells what it has."""

    @property
    def fees(self) -> FeeBook:
        """What it takes for passing payments on."""

    def view(self, token: Address, partner: Address) -> ChannelView | None:
        """Return its channel with a partner; None: there is none, or one of them is offline."""


class TokenMap:
    """What payers know of one token network.

    Args:
        graph: its channels.
        nodes: everybody who can be asked, in order of their numbers.
        knowledge: what they tell.

    Attributes:
        addresses: the nodes, by number.
        numbers: their numbers.
    """

    def __init__(
        self, graph: PeerGraph, nodes: Mapping[Address, Informant], knowledge: Knowledge
    ) -> None:
        self.addresses = list(nodes)
        self.numbers = {address: number for number, address in enumerate(self.addresses)}
        self._graph = graph
        self._nodes = nodes
        self._knowledge = knowledge
        self._routes = RouteMap(len(self.addresses))
        self._edge_of: dict[int, int] = {}
        self._channel_of: dict[int, int] = {}
        self._doubtful: dict[int, None] = dict.fromkeys(graph.edges)

    @property
    def tells_balances(self) -> bool:
        """Whether it is known what each end has."""
        return self._knowledge is not Knowledge.CAPACITIES

    def doubt(self, channel: int) -> None:
        """Ask for a channel again before the next search."""
        self._doubtful[channel] = None

    def doubt_node(self, node: Address) -> None:
        """Ask for all channels of a node again."""
        number = self.numbers.get(node)
        if number is not None:
            for edge in self._routes.leaving[number]:
                self.doubt(self._channel_of[edge >> 1])

    def routes(self) -> RouteMap:
        """Return what is known now."""
        doubtful, self._doubtful = self._doubtful, {}
        for channel in doubtful:
            self._look_at(channel)
        return self._routes

    def _look_at(self, channel: int) -> None:
        edge, channel_edge = self._edge_of.get(channel), self._graph.edges.get(channel)
        if channel_edge is None or channel_edge.state != OPENED:
            if edge is not None:
                self._routes.remove(edge)
                del self._edge_of[channel], self._channel_of[edge >> 1]
            return
        ends = (channel_edge.one, channel_edge.other)
        if not all(end in self.numbers for end in ends):
            return
        if edge is None:
            edge = self._routes.add(*(self.numbers[end] for end in ends))
            self._edge_of[channel], self._channel_of[edge >> 1] = edge, channel
        for one, (payer, payee) in ((edge, ends), (edge ^ 1, ends[::-1])):
            known = self._known(channel_edge, payer, payee)
            self._routes.set_capacity(one, known)
            if known == UNUSABLE and all(map(self._graph.is_online, ends)):
                self.doubt(channel)  # a close is pending, or so: nobody tells when it fails

    def _known(self, channel: Edge, payer: Address, payee: Address) -> int:
        if self._knowledge is Knowledge.CAPACITIES:
            online = self._graph.is_online(payer) and self._graph.is_online(payee)
            return channel.capacity if online else UNUSABLE
        return self.capacity_between(payer, payee)

    def capacity_between(self, payer: Address, payee: Address) -> int:
        """Return what a node can send another one, as far as it is known right now.

        Of what everybody sees on the chain that is what both have together.
        """
        if self._knowledge is Knowledge.CAPACITIES:
            edge = self._routes.edge(self.numbers[payer], self.numbers[payee])
            return UNUSABLE if edge is None else self._routes.capacity[edge]
        view = self._view(payer, payee)
        if view is None or cannot_carry(view, 0, None) is not None:
            return UNUSABLE
        if self._knowledge is Knowledge.PERFECT:
            return view.distributable
        other = self._view(payee, payer)
        return UNUSABLE if other is None else min(view.distributable, other.partner_distributable)

    def doubt_between(self, payer: Address, payee: Address) -> None:
        """Ask for the channel of two nodes again: it is not as the map has it."""
        edge = self._routes.edge(self.numbers[payer], self.numbers[payee])
        if edge is not None:
            self.doubt(self._channel_of[edge >> 1])

    def _view(self, node: Address, partner: Address) -> ChannelView | None:
        return self._nodes[node].view(self._graph.token, partner)

    def mediation(self, payer: Address, mediator: Address, payee: Address) -> MediationFee | None:
        """Return what is known of a mediator's fee; None: it has no such channels.

        Who does not know balances can't know what they cost either.
        """
        back, channel = self._view(mediator, payer), self._view(mediator, payee)
        if back is None or channel is None:
            return None
        token, book = self._graph.token, self._nodes[mediator].fees
        into, out = book.of(token, payer), book.of(token, payee)
        if self._knowledge is not Knowledge.CAPACITIES:
            return mediation_of((into, out), back, channel)
        flat = into.but(imbalance=0), out.but(imbalance=0)
        whole = ChannelView(back.capacity, back.capacity), ChannelView(channel.capacity, 0)
        return mediation_of(flat, *whole)

    def fee_in_channel(
        self, payer: Address, payee: Address, capacity: int, amount: int
    ) -> int | None:
        """Return what both ends of a channel take, as if a mediator had it twice; None: undefined.

        So a pathfinding service rates a channel, whoever comes before and behind it.

        Args:
            payer: who takes something for what goes out.
            payee: who takes something for what comes in.
            capacity: what can be sent, and what each of them is taken to have.
            amount: what is sent.
        """
        view = self._view(payer, payee)
        if view is None:
            return None
        token = self._graph.token
        out, into = (
            self._nodes[payer].fees.of(token, payee),
            self._nodes[payee].fees.of(token, payer),
        )
        if self._knowledge is Knowledge.CAPACITIES:
            into, out = into.but(imbalance=0), out.but(imbalance=0)
        return rated((into, out), view.capacity, capacity, amount)

    def amounts(self, path: Sequence[Address], amount: int) -> list[int] | None:
        """Return what is sent over each hop so that an amount arrives; None: nothing does it.

        Args:
            path: the nodes, whoever pays and the target included.
            amount: what is to arrive, margins apart.
        """
        sent = [amount]
        for three in reversed(list(zip(path, path[1:], path[2:], strict=False))):
            mediation = self.mediation(*three)
            if mediation is None:
                return None
            before = sent[-1] if mediation.is_free else mediation.amount_in(sent[-1])
            if before is None:
                return None
            sent.append(before)
        return sent[::-1]


class Atlas:
    """The maps of all token networks, as far as anybody has asked for them.

    Args:
        graphs: the peer graphs by token.
        nodes: everybody, by address, in order of their numbers.
        journal: tells what happens.
        transport: tells what nodes have handled.
    """

    def __init__(
        self,
        graphs: Mapping[Address, PeerGraph],
        nodes: Mapping[Address, Informant],
        journal: Journal,
        transport: Transport,
    ) -> None:
        self._graphs = graphs
        self._nodes = nodes
        self._maps: dict[Address, dict[Knowledge, TokenMap]] = {}
        self._token_of = {graph.token_network: token for token, graph in graphs.items()}
        kinds: dict[type[Event], None] = dict.fromkeys((*KINDS, *OF_NODES, *OF_WITHDRAWS))
        journal.subscribe(self._on_event, *kinds)
        transport.on_handled.append(self._on_handled)

    def map(self, token: Address, knowledge: Knowledge) -> TokenMap:
        """Return what payers know of a token network."""
        maps = self._maps.setdefault(token, {})
        if knowledge not in maps:
            maps[knowledge] = TokenMap(self._graphs[token], self._nodes, knowledge)
        return maps[knowledge]

    def _on_event(self, event: Event) -> None:
        match event:
            case HopEvent() | WithdrawEvent() | SettlementFailed():
                self._doubt(event.token, event.channel_identifier)
            case ChainEvent():
                token = self._token_of.get(event.contract)
                channel = getattr(event, "channel_identifier", None)
                if token is not None and channel is not None:
                    self._doubt(token, channel)
            case _:
                node = getattr(event, "node", None)
                for maps in self._maps.values():
                    for one in maps.values():
                        one.doubt_node(Address(node or b""))

    def _on_handled(self, _: Address, __: Address, message: PeerMessage) -> None:
        if isinstance(message, SignedMessage):
            self._doubt(message.channel.token, message.channel.identifier)

    def _doubt(self, token: Address, channel: int) -> None:
        for one in self._maps.get(token, {}).values():
            one.doubt(channel)
