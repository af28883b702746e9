"""The network that a testnet of the Python API starts from: by name, as in YAML, or as a graph."""

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import networkx as nx

from simulator.forms.checking import checked
from simulator.testnet.calls import wait_for
from simulator.testnet.simulation import DEFAULT_NODES, Simulation
from simulator.testnet.start_graph import StartGraph, TopologyPart
from simulator.topology.file_graph import Network, NotThat, Unusable
from simulator.topology.own_graphs import OwnGenerator, of_networkx
from simulator.words.errors import ConfigurationError

if TYPE_CHECKING:
    AnyGraph = nx.Graph[Any]
else:
    AnyGraph = nx.Graph

Topology = str | Mapping[str, Any] | AnyGraph | OwnGenerator
"""The name of a shape, what `topology` of a scenario file holds, a graph, or what makes one."""

KEY = "topology"


def start_graph(topology: Topology, nodes: int | None) -> tuple[int, StartGraph]:
    """Return how many nodes there are, and what opens the channels of their network.

    Args:
        topology: which network.
        nodes: how many nodes there are; None: as many as the network says, or else the usual.

    Raises:
        ConfigurationError: there is no such network.
    """
    if isinstance(topology, nx.Graph):
        part = TopologyPart.model_construct(type="node_link", deposit=0, partner_deposit=0)
        network = _noted(_network(topology, nodes))
        return network.nodes if nodes is None else nodes, StartGraph(part, network)
    is_type = isinstance(topology, str) or callable(topology)
    part = checked(TopologyPart, {"type": topology} if is_type else topology, KEY, {"nodes": nodes})
    read = part.read(Path(), nodes)
    if nodes is None:
        nodes = read.nodes if read is not None else part.nodes or DEFAULT_NODES
    part.check(nodes)
    return nodes, StartGraph(part, None if read is None else _noted(read))


def open_channels(simulation: Simulation, start: StartGraph) -> None:
    """Open and fund the channels of a network, all at once, as their owners would.

    Raises:
        SimulatorError: somebody has not got the tokens or the ETH.
    """
    world = simulation.world
    steps = simulation.journal.on_behalf(KEY, start.open(simulation))
    wait_for(world, world.spawn(simulation.controls, lambda: steps))


def _network(graph: "nx.Graph[Any]", nodes: int | None) -> Network:
    try:
        return of_networkx(graph, nodes)
    except (NotThat, Unusable) as error:
        raise ConfigurationError(f"{KEY}: the graph {error}.") from None


def _noted(network: Network) -> Network:
    for note in network.notes:
        warnings.warn(f"{KEY}: {note}", stacklevel=4)
    return network
