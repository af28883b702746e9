"""Networks from files: GraphML, node-link JSON, and what `lncli describegraph` prints.

Files come from anywhere: size is bounded, and XML may not define entities.
"""

from collections import deque
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulator.system import bounded_json, files
from simulator.topology import graphml
from simulator.topology.file_graph import FileGraph, Network, NotThat, Unusable, network_of
from simulator.topology.generators import check_channels
from simulator.words.errors import ConfigurationError
from simulator.words.quoting import shown

MIB = 2**20


def read(file: Path, form: str, nodes: int | None) -> Network:
    """Read a network for so many nodes.

    Lightning's graph is large: of one with more nodes, the part around the best connected node is
    taken. Other files must fit.

    Args:
        file: where it is.
        form: one of `FORMATS`.
        nodes: how many nodes there are, of which those that the file does not have get no channels;
            None: that is not known.

    Raises:
        ConfigurationError: the file cannot be read, is none of that format, has too many nodes, or
            says about money what can't be.
    """
    try:
        graph = FORMATS[form].parse(files.read(file, FORMATS[form].max_bytes))
    except NotThat as error:
        raise ConfigurationError(f"{file} is not {form}: {error}.") from None
    if form == "describegraph" and nodes is not None and len(graph.nodes) > nodes:
        graph = neighbourhood(graph, nodes)
    try:
        network = network_of(graph, nodes)
    except Unusable as error:
        raise ConfigurationError(f"{file} {error}.") from None
    check_channels(len(network.channels))
    return network


def _json(content: bytes) -> Any:
    try:
        return bounded_json.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise NotThat("it is not UTF-8") from None
    except ValueError as error:
        raise NotThat(str(error)) from None


def _entries(data: object, name: str) -> Iterator[Mapping[str, Any]]:
    """Yield the objects of a list."""
    entries = data.get(name) if isinstance(data, dict) else None
    if not isinstance(entries, list):
        raise NotThat(f"it has no list {name!r}")
    for position, entry in enumerate(entries):
        if not isinstance(entry, dict):
            raise NotThat(f"{name}[{position}] is no object but {shown(entry)}")
        yield entry


def _names(entry: Mapping[str, Any], *keys: str) -> Iterator[Hashable]:
    """Yield what an entry has under some keys: names of nodes."""
    for key in keys:
        if key not in entry:
            raise NotThat(f"{shown(entry)} has no {key!r}")
        name = entry[key]
        if isinstance(name, bool) or not isinstance(name, str | int):
            raise NotThat(f"{key!r} must be a text or a whole number, not {shown(name)}")
        yield name


def _from_json(data: object, name: str, edges: str, one: str, other: str) -> FileGraph:
    """Return a graph whose nodes and edges are objects in two lists.

    Args:
        data: the whole file.
        name: the key of a node's name.
        edges: the key of the list of edges.
        one: the key of an edge's first end.
        other: the key of its second end.
    """
    found = FileGraph()
    for entry in _entries(data, "nodes"):
        (node,) = _names(entry, name)
        found.add_node(node, entry)
    for entry in _entries(data, edges):
        first, second = _names(entry, one, other)
        found.add_edge(first, second, entry)
    return found


def _node_link(content: bytes) -> FileGraph:
    data = _json(content)
    names = [name for name in ("edges", "links") if isinstance(data, dict) and name in data]
    if not names:
        list(_entries(data, "nodes"))  # of which even less may be there
        raise NotThat("it has no list 'edges' or 'links'")
    found = _from_json(data, "id", names[0], "source", "target")
    if names[1:]:
        found.notes.append("left out: 'links': the channels are read from 'edges'")
    return found


def _describegraph(content: bytes) -> FileGraph:
    return _from_json(_json(content), "pub_key", "edges", "node1_pub", "node2_pub")


@dataclass(frozen=True, slots=True)
class Format:
    """A format of files that hold a graph.

    Attributes:
        description: what such a file is.
        parse: returns the graph of a file's content.
        max_bytes: how long a file may be.
    """

    description: str
    parse: Callable[[bytes], FileGraph]
    max_bytes: int = 8 * MIB


FORMATS = {
    "graphml": Format("a GraphML file, such as `network.graphml` of a report", graphml.parse),
    "node_link": Format(
        "JSON with `nodes` (`id`) and `links` or `edges` (`source`, `target`), such as `/graph` of "
        "the control API",
        _node_link,
    ),
    # Lightning's graph is large; a graph to start from has some thousands of channels at most
    "describegraph": Format(
        "what `lncli describegraph` prints; of a larger graph, the part around the best connected "
        "node",
        _describegraph,
        max_bytes=64 * MIB,
    ),
}
"""Every format, by name."""


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
