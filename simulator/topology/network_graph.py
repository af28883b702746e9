"""A token network's graph as people get it: a graph of networkx that notebooks draw."""

from typing import TYPE_CHECKING

import networkx as nx

from simulator.words.quoting import shortened, visible_line

if TYPE_CHECKING:
    AnyGraph = nx.Graph[str]
else:
    AnyGraph = nx.Graph  # which takes no types when it runs


class NetworkGraph(AnyGraph):
    """Accounts and their channels. Whatever networkx makes of it, a part or a copy, is one too.

    Its nodes and edges carry what `ChannelGraph.snapshot` tells.
    """

    def __repr__(self) -> str:
        name = f" {shortened(visible_line(str(self.name)))}" if self.name else ""
        nodes, edges = self.number_of_nodes(), self.number_of_edges()
        return f"<network{name}: {nodes:,} nodes, {edges:,} channels>"

    def _repr_svg_(self) -> str | None:
        """Return a picture; None where what is drawn of nodes and channels is not there."""
        from simulator.topology.drawing import Drawing, can_be_drawn  # noqa: PLC0415 - most don't

        return Drawing(self).svg() if can_be_drawn(self) else None
