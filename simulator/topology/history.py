"""The graphs as they were: where the kept part of the journal begins, and at any moment since."""

from collections.abc import Iterable

from simulator.topology.graph import KINDS, ChannelGraph
from simulator.words.events import ChainEvent, Event
from simulator.words.units import Address

_KINDS = frozenset(KINDS)


class GraphHistory:
    """What is known of each token network from the events that the journal has dropped."""

    def __init__(self) -> None:
        self._by_token: dict[Address, ChannelGraph] = {}
        self._by_contract: dict[Address, ChannelGraph] = {}

    def add_network(self, token: Address, token_network: Address) -> None:
        """Know a token network; nothing has happened in it, but nodes may be online."""
        others = next(iter(self._by_token.values()), None)
        graph = ChannelGraph(token, token_network, () if others is None else others.online)
        self._by_token[token] = self._by_contract[token_network] = graph

    def drop(self, event: Event) -> None:
        """Take in an event that the journal does not keep any longer."""
        if isinstance(event, ChainEvent):
            graph = self._by_contract.get(event.contract)
            if graph is not None:
                graph.apply(event)
        else:
            for graph in self._by_token.values():
                graph.apply(event)

    def channels(self) -> dict[tuple[Address, int], tuple[Address, Address]]:
        """Return the channels that were not settled then, by contract and identifier."""
        return {
            (contract, identifier): (edge.one, edge.other)
            for contract, graph in self._by_contract.items()
            for identifier, edge in graph.edges.items()
        }

    def after(self, token: Address, events: Iterable[Event]) -> ChannelGraph:
        """Return what was known of a token network after some events since those dropped last."""
        graph = self._by_token[token].copy()
        for event in events:
            if type(event) in _KINDS:
                graph.apply(event)
        return graph
