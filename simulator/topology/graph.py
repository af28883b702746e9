"""The peer graph of a token network: who has a channel with whom, built from events only.

It is what anybody can see: the channels from the chain, and from the network itself which nodes
are online and which are leaving.
"""

from collections.abc import Callable
from typing import Any

import networkx as nx

from simulator.events import (
    ChannelClosed,
    ChannelOpened,
    ChannelSettled,
    Deposited,
    Event,
    JoinStarted,
    LeaveStarted,
    LeavingCancelled,
    NodeCrashed,
    NodeStarted,
    NodeStopped,
)
from simulator.units import BOOTSTRAP_ADDRESS, Address, checksum

OPENED = "opened"
CLOSED = "closed"

KINDS = (
    ChannelOpened,
    Deposited,
    ChannelClosed,
    ChannelSettled,
    NodeStarted,
    NodeStopped,
    NodeCrashed,
    JoinStarted,
    LeaveStarted,
    LeavingCancelled,
)
"""The events that a peer graph is built from."""


class PeerGraph:
    """Channels and participants of one token network.

    Args:
        token: the network's token.
        token_network: its contract.
        on_available: called when a node becomes somebody to open a channel with.
    """

    def __init__(
        self,
        token: Address,
        token_network: Address,
        on_available: Callable[[Address, Address], None] = lambda *_: None,
    ) -> None:
        self.token = token
        self.token_network = token_network
        self._graph: nx.Graph[Address] = nx.Graph()
        self._pairs: dict[int, tuple[Address, Address]] = {}
        self._open_channels: dict[Address, int] = {}
        self._online: set[Address] = set()
        self._leaving: set[Address] = set()
        self._available: set[Address] = set()
        self._on_available = on_available

    # -- questions -----------------------------------------------------------------------

    def candidates(self, node: Address) -> list[Address]:
        """Return whom a node could open a channel with, sorted by address.

        They take part (have an open channel, even with the bootstrap address), are online, are
        not leaving, and have no unsettled channel with the node.
        """
        taken = self._graph.adj[node] if node in self._graph else {}
        return sorted(a for a in self._available if a != node and a not in taken)

    def degree(self, node: Address) -> int:
        """Return how many open channels a node has; the bootstrap channel is none."""
        edges = self._graph.adj[node] if node in self._graph else {}
        return sum(
            data["state"] == OPENED for other, data in edges.items() if other != BOOTSTRAP_ADDRESS
        )

    def is_online(self, node: Address) -> bool:
        """Tell whether a node is reachable."""
        return node in self._online

    def participants_of(self, event: Event) -> tuple[Address, ...]:
        """Return both ends of the channel that an event is about, if it is about one."""
        identifier = getattr(event, "channel_identifier", None)
        return self._pairs.get(identifier, ()) if identifier is not None else ()

    def snapshot(self, *, everything: bool = False) -> "nx.Graph[str]":
        """Return a copy with EIP-55 names for people and tools.

        Nodes carry `online`, `leaving` and `deposit` (the sum of their deposits in the channels
        shown); edges carry `channel_identifier`, `state`, `block_opened`, `capacity` and
        `deposits` by address.

        Args:
            everything: also show closed channels that are not settled yet, and the bootstrap
                address; by default only channels that can carry payments appear.
        """
        graph: nx.Graph[str] = nx.Graph()
        for address in sorted(self._graph.nodes):
            if everything or (address in self._open_channels and address != BOOTSTRAP_ADDRESS):
                graph.add_node(
                    checksum(address),
                    online=address in self._online,
                    leaving=address in self._leaving,
                    deposit=0,
                )
        for one, other, data in sorted(
            self._graph.edges(data=True), key=lambda edge: edge[2]["channel_identifier"]
        ):
            if not everything and (data["state"] != OPENED or BOOTSTRAP_ADDRESS in (one, other)):
                continue
            deposits = {checksum(a): amount for a, amount in sorted(data["deposits"].items())}
            capacity = sum(deposits.values())
            graph.add_edge(
                checksum(one), checksum(other), **{**data, "deposits": deposits}, capacity=capacity
            )
            for name, amount in deposits.items():
                graph.nodes[name]["deposit"] += amount
        return graph

    # -- events --------------------------------------------------------------------------

    def apply(self, event: Event) -> None:
        """Take an event in; those of other token networks are no concern of this graph."""
        match event:
            case ChannelOpened() if event.contract == self.token_network:
                self._opened(event)
            case Deposited() if event.contract == self.token_network:
                self._edge(event.channel_identifier)["deposits"][event.participant] = (
                    event.total_deposit
                )
            case ChannelClosed() if event.contract == self.token_network:
                self._closed(event.channel_identifier)
            case ChannelSettled() if event.contract == self.token_network:
                self._settled(event.channel_identifier)
            case NodeStarted():
                self._online.add(event.node)
                self._update(event.node)
            case NodeStopped() | NodeCrashed():
                self._online.discard(event.node)
                self._update(event.node)
            case LeaveStarted() if event.token == self.token:
                self._leaving.add(event.node)
                self._update(event.node)
            case JoinStarted() | LeavingCancelled() if event.token == self.token:
                self._leaving.discard(event.node)
                self._update(event.node)

    def _opened(self, event: ChannelOpened) -> None:
        one, other = event.participant1, event.participant2
        self._pairs[event.channel_identifier] = (one, other)
        self._graph.add_edge(
            one,
            other,
            channel_identifier=event.channel_identifier,
            state=OPENED,
            block_opened=event.block_number,
            settle_timeout=event.settle_timeout_blocks,
            deposits={one: 0, other: 0},
        )
        for address in (one, other):
            self._open_channels[address] = self._open_channels.get(address, 0) + 1
            self._update(address)

    def _closed(self, identifier: int) -> None:
        self._edge(identifier)["state"] = CLOSED
        for address in self._pairs[identifier]:
            self._open_channels[address] -= 1
            if self._open_channels[address] == 0:
                del self._open_channels[address]
            self._update(address)

    def _settled(self, identifier: int) -> None:
        one, other = self._pairs.pop(identifier)
        self._graph.remove_edge(one, other)
        for address in (one, other):
            if self._graph.degree(address) == 0:
                self._graph.remove_node(address)

    def _edge(self, identifier: int) -> dict[str, Any]:
        one, other = self._pairs[identifier]
        data: dict[str, Any] = self._graph.edges[one, other]
        return data

    def _update(self, node: Address) -> None:
        available = (
            node in self._open_channels and node in self._online and node not in self._leaving
        )
        if available and node not in self._available:
            self._available.add(node)
            self._on_available(self.token, node)
        elif not available:
            self._available.discard(node)
