"""The network that a testnet of the Python API starts from: by name, as in YAML, or as a graph."""

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import networkx as nx

from simulator.forms.checking import checked
from simulator.testnet.calls import wait_for
from simulator.testnet.simulation import Simulation
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


def start_graph(topology: Topology, nodes: int) -> StartGraph:
    """Return what opens the channels of a network.

    Args:
        topology: which network.
        nodes: how many nodes there are.

    Raises:
        ConfigurationError: there is no such network.
    """
    if isinstance(topology, nx.Graph):
        part = TopologyPart.model_construct(type="node_link", deposit=0, partner_deposit=0)
        return StartGraph(part, _noted(_network(topology, nodes)))
    is_type = isinstance(topology, str) or callable(topology)
    part = checked(TopologyPart, {"type": topology} if is_type else topology, KEY, {"nodes": nodes})
    part.check(nodes)
    network = part.read(Path(), nodes)
    return StartGraph(part, None if network is None else _noted(network))


def open_channels(simulation: Simulation, start: StartGraph) -> None:
    """Open and fund the channels of a network, all at once, as their owners would.

    Raises:
        SimulatorError: somebody has not got the tokens or the ETH.
    """
    world = simulation.world
    steps = simulation.journal.on_behalf(KEY, start.open(simulation))
    wait_for(world, world.spawn(simulation.controls, lambda: steps))


def _network(graph: "nx.Graph[Any]", nodes: int) -> Network:
    try:
        return of_networkx(graph, nodes)
    except (NotThat, Unusable) as error:
        raise ConfigurationError(f"{KEY}: the graph {error}.") from None


def _noted(network: Network) -> Network:
    for note in network.notes:
        warnings.warn(f"{KEY}: {note}", stacklevel=5)
    return network
