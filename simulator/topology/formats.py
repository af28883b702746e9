"""Networks from files: which formats there are, and reading one, whoever has written it.

A file is recognised by what is in it. Files come from anywhere: size is bounded, and XML may not
define entities.
"""

from collections import deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from pathlib import Path

from simulator.system import files
from simulator.topology.amounts import AS_THEY_ARE, Amounts
from simulator.topology.file_graph import (
    FileGraph,
    Network,
    NotThat,
    Unusable,
    network_of,
)
from simulator.topology.files import cloth, gml, graphml, lightning, networkx_json, tables
from simulator.topology.files.content import Content
from simulator.topology.generators import check_channels
from simulator.words.errors import ConfigurationError
from simulator.words.quoting import shown

MAX_BYTES = 256 * 2**20
"""How long a file may be; a hundred thousand nodes with five times as many channels have 80 MB."""


@dataclass(frozen=True, slots=True)
class Format:
    """A format of files that hold a graph.

    Attributes:
        description: what such a file is.
        is_this: tells whether a file has this format.
        parse: returns the graph of such a file.
        takes_part: of a graph with more nodes than there are, takes the part around the best
            connected one: snapshots of Lightning are large.
    """

    description: str
    is_this: Callable[[Content], bool]
    parse: Callable[[Content], FileGraph]
    takes_part: bool = False


ANY = "file"
"""The type of a graph that is in a file of whatever format."""

FORMATS = {
    "graphml": Format(
        "a GraphML file, such as `network.graphml` of a report", graphml.is_graphml, graphml.parse
    ),
    "describegraph": Format(
        "what `lncli describegraph` prints, as it comes or inside of an object; of a larger graph, "
        "the part around the best connected node",
        lightning.is_describegraph,
        lightning.parse_describegraph,
        takes_part=True,
    ),
    "listchannels": Format(
        "what `lightning-cli listchannels` of Core Lightning prints; of a larger graph, the part "
        "around the best connected node",
        lightning.is_listchannels,
        lightning.parse_listchannels,
        takes_part=True,
    ),
    "sim_network": Format(
        "a simulation file of SimLN with a `sim_network`",
        lightning.is_sim_network,
        lightning.parse_sim_network,
    ),
    "adjacency": Format(
        "adjacency JSON of networkx, which lnresearch writes; of a larger graph, the part around "
        "the best connected node",
        networkx_json.is_adjacency,
        networkx_json.parse_adjacency,
        takes_part=True,
    ),
    "node_link": Format(
        "JSON with `nodes` (`id`) and `links` or `edges` (`source`, `target`), such as `/graph` of "
        "the control API, or node-link JSON of any version of networkx",
        networkx_json.is_node_link,
        networkx_json.parse_node_link,
    ),
    "cloth": Format(
        "CLoTH's `channels_ln.csv`, beside which are `nodes_ln.csv` and `edges_ln.csv`; of a "
        "larger graph, the part around the best connected node",
        cloth.is_cloth,
        cloth.parse,
        takes_part=True,
    ),
    "gml": Format("a GML file", gml.is_gml, gml.parse),
    "csv": Format(
        "CSV whose first line names the columns, two of them the ends of a channel, such as "
        "`source` and `target`",
        tables.is_csv,
        tables.parse_csv,
    ),
    "edge_list": Format(
        "lines with two nodes each, and perhaps `{'capacity': 1}`, as networkx writes them",
        tables.is_edge_list,
        tables.parse_edge_list,
    ),
}
"""Every format, by name, in the order in which a file is compared with them."""

FILE_TYPES = {
    ANY: "a file of any of the formats below, which is recognised by what is in it",
    **{name: form.description for name, form in FORMATS.items()},
}
"""The types of graphs that are in files."""


def read(file: Path, form: str, nodes: int | None, amounts: Amounts = AS_THEY_ARE) -> Network:
    """Read a network for so many nodes.

    Snapshots of Lightning are large: of one with more nodes, the part around the best connected
    node is taken. Other files must fit.

    Args:
        file: where it is.
        form: one of `FILE_TYPES`; if the file is of another format, that one is read, and noted.
        nodes: how many nodes there are, of which those that the file does not have get no channels;
            None: that is not known.
        amounts: how what the file says about money becomes deposits.

    Raises:
        ConfigurationError: the file cannot be read, is of no format, has too many nodes, or
            says about money what can't be.
    """
    content = _content(file)
    found = None
    try:
        found = next((name for name, one in FORMATS.items() if one.is_this(content)), None)
        if found is None and form == ANY:
            raise ConfigurationError(
                f"{file} is in no format that is known: {content}; wanted is one of "
                f"{', '.join(FORMATS)}."
            )
        name = found or form
        graph = FORMATS[name].parse(content)
    except NotThat as error:
        what = found or ("a network" if form == ANY else form)
        raise ConfigurationError(f"{file} is not {what}: {error}.") from None
    if form not in (name, ANY):
        graph.notes.append(f"read as {name}, which it is, not as {form}")
    if FORMATS[name].takes_part and nodes is not None and len(graph.nodes) > nodes:
        graph = neighbourhood(graph, nodes)
    try:
        network = network_of(graph, nodes, amounts)
    except Unusable as error:
        raise ConfigurationError(f"{file} {error}.") from None
    check_channels(len(network.channels))
    return network


def _content(file: Path) -> Content:
    """Return what is in a file, and in those beside it that belong to it."""
    data = files.read(file, MAX_BYTES)
    beside = {}
    if file.name.startswith(cloth.CHANNELS) and file.suffix == ".csv":
        for part in cloth.PARTS:
            other = file.with_name(part + file.name.removeprefix(cloth.CHANNELS))
            if other == file:
                beside[part] = data
            elif not files.is_missing(other):
                beside[part] = files.read(other, MAX_BYTES)
    return Content(data, beside)


def neighbourhood(graph: FileGraph, size: int) -> FileGraph:
    """Return the nodes nearest to the best connected one, breadth first, with their channels.

    Among equals the file's order decides, and those that are taken stay in it. Whoever cannot be
    reached is left out.
    """
    partners: dict[Hashable, dict[Hashable, None]] = {name: {} for name in graph.nodes}
    for edge in graph.edges:
        if edge.one != edge.other:
            partners[edge.one][edge.other] = partners[edge.other][edge.one] = None
    hub = max(partners, key=lambda name: len(partners[name]))
    chosen, waiting = {hub}, deque([hub])
    while waiting and len(chosen) < size:
        for other in partners[waiting.popleft()]:
            if other not in chosen and len(chosen) < size:
                chosen.add(other)
                waiting.append(other)
    found = FileGraph()
    found.nodes = {name: data for name, data in graph.nodes.items() if name in chosen}
    found.edges = [edge for edge in graph.edges if edge.one in chosen and edge.other in chosen]
    nodes, edges = len(graph.nodes), len(graph.edges)
    note = (
        f"left out: {nodes - len(found.nodes)} of {nodes} nodes and {edges - len(found.edges)} of "
        f"{edges} channels: of a graph with more than {size} nodes, those nearest to the best "
        f"connected one, {shown(hub)}, are taken"
    )
    found.notes = [*graph.notes, note]
    return found
