"""What notebooks show of a testnet and of a node: what is known here, so that no chain is asked."""

from collections import Counter
from collections.abc import Iterator
from itertools import islice

from simulator.system.notebook import MAX_ROWS, block, facts, table
from simulator.testnet.shown import Channel
from simulator.testnet.simulation import Simulation
from simulator.topology.graph import PeerGraph
from simulator.words.units import CLOSED, Address, checksum

Cells = dict[str, object]


def of_testnet(simulation: Simulation, title: str) -> str:
    """Return a testnet as a table of its networks, and one of its first nodes."""
    graphs = simulation.world.graphs
    networks = [_network(graph) for graph in graphs.values()]
    online = sum(node.online for node in simulation.nodes)
    said = {
        "seed": str(simulation.seed),
        "engine": _engine(simulation.ledger.engine),
        "virtual seconds": simulation.now,
        "nodes": f"{len(simulation.nodes):,}, {online:,} of them online",
        "journal": f"{simulation.journal.count:,} entries",
        "digest": simulation.digest,
    }
    nodes = table(_nodes(simulation), len(simulation.nodes), "nodes")
    return block(title, facts(said), table(networks, len(networks), "token networks"), nodes)


def _engine(name: str) -> str:
    """Return an engine's name; of a chain elsewhere without the password that its URL may hold."""
    scheme, there, rest = name.partition("://")
    host = rest.partition("/")[0].rpartition("@")[2]
    return f"{scheme}://{host}" if there else name


def _network(graph: PeerGraph) -> Cells:
    edges = list(graph.open_channels())
    return {
        "token network of": checksum(graph.token),
        "nodes with channels": len({end for edge in edges for end in (edge.one, edge.other)}),
        "open channels": len(edges),
        "closed channels": sum(edge.state == CLOSED for edge in graph.edges.values()),
        "capacity of open ones": sum(edge.capacity for edge in edges),
    }


def _nodes(simulation: Simulation) -> Iterator[Cells]:
    """Yield what is known of the first nodes, all their token networks together."""
    channels: Counter[Address] = Counter()
    deposits: Counter[Address] = Counter()
    for graph in simulation.world.graphs.values():
        for edge in graph.open_channels():
            channels.update((edge.one, edge.other))
            deposits[edge.one] += edge.deposit_of_one
            deposits[edge.other] += edge.deposit_of_other
    for node in islice(simulation.nodes, MAX_ROWS):
        yield {
            "node": node.index,
            "address": checksum(node.address),
            "online": node.online,
            "open channels": channels[node.address],
            "deposits": deposits[node.address],
        }


def of_node(title: str, said: Cells, channels: list[Channel]) -> str:
    """Return a node as a table of what it says of itself, and one of its channels."""
    hidden = {"identifier", "settle_timeout_blocks", "block_opened", "block_closed"}
    if len({channel.token for channel in channels}) <= 1:
        hidden.add("token")
    rows = (
        {
            name.replace("_", " "): getattr(channel, name)
            for name in Channel.__slots__
            if name not in hidden
        }
        for channel in channels
    )
    return block(title, facts(said), table(rows, len(channels), "channels"))
