"""The two JSON formats of networkx: node-link, and adjacency, which lnresearch writes."""

from collections.abc import Hashable, Mapping
from typing import Any

from simulator.topology.file_graph import FileGraph, NotThat
from simulator.topology.files.content import Content, entries, node_name
from simulator.words.quoting import shown


def is_node_link(content: Content) -> bool:
    """Tell whether a file is node-link JSON."""
    return content.has("nodes", "links") or content.has("nodes", "edges")


def parse_node_link(content: Content) -> FileGraph:
    """Return the graph of node-link JSON of any version of networkx.

    Raises:
        NotThat: the file is something else.
    """
    data = content.json
    names = [name for name in ("edges", "links") if isinstance(data, dict) and name in data]
    if not names:
        list(entries(data, "nodes"))  # of which even less may be there
        raise NotThat("it has no list 'edges' or 'links'")
    found = FileGraph()
    for entry in entries(data, "nodes"):
        found.add_node(node_name(entry, "id"), entry)
    edges = [
        (node_name(entry, "source"), node_name(entry, "target"), entry)
        for entry in entries(data, names[0])
    ]
    by_name = _by_name(found, edges)
    for one, other, entry in edges:
        found.add_edge(by_name.get(one, one), by_name.get(other, other), entry)
    if names[1:]:
        found.notes.append("left out: 'links': the channels are read from 'edges'")
    return found


def _by_name(
    graph: FileGraph, edges: list[tuple[Hashable, Hashable, Mapping[str, Any]]]
) -> Mapping[Hashable, Hashable]:
    """Return what the ends of edges mean: in networkx 1 they are places in the list of nodes.

    They are taken for places only if none of them is a node's name.
    """
    ends = {end for one, other, _ in edges for end in (one, other)}
    places: dict[Hashable, Hashable] = dict(enumerate(graph.nodes))
    is_old = ends and ends <= places.keys() and ends.isdisjoint(graph.nodes)
    return places if is_old else {}


def is_adjacency(content: Content) -> bool:
    """Tell whether a file is adjacency JSON."""
    return content.has("nodes", "adjacency")


def parse_adjacency(content: Content) -> FileGraph:
    """Return the graph of adjacency JSON.

    Each channel stands with both of its ends, or, of a directed graph, with one or both: the
    second time adds nothing.

    Raises:
        NotThat: the file is something else.
    """
    found = FileGraph()
    for entry in entries(content.json, "nodes"):
        found.add_node(node_name(entry, "id"), entry)
    lists = content.json.get("adjacency")
    if not isinstance(lists, list) or len(lists) != len(content.json["nodes"]):
        raise NotThat("its 'adjacency' has not one list for each node")
    firsts: dict[object, Hashable] = {}
    for node, neighbours in zip(content.json["nodes"], lists, strict=True):
        one = node_name(node, "id")
        for entry in entries({"adjacency": neighbours}, "adjacency"):
            other = node_name(entry, "id")
            which = str(entry.get("scid", entry.get("key", "")))
            if firsts.setdefault((frozenset((one, other)), which), one) == one:
                found.add_edge(one, other, entry)
            elif other not in found.nodes:
                raise NotThat(f"it has a channel of an unknown node, {shown(other)}")
    return found
