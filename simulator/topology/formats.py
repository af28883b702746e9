"""Graphs from files: GraphML, node-link JSON, and what `lncli describegraph` prints.

Only who is connected with whom is read. Nodes get numbers in the order of the file; channels of a
node with itself and second channels of a pair are left out. Files come from anywhere: size is
bounded, and XML may not define entities.
"""

import warnings
from collections import deque
from collections.abc import Hashable, Iterable, Iterator, Mapping
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError
from xml.parsers import expat

import networkx as nx

from simulator import bounded_json, files
from simulator.errors import ConfigurationError
from simulator.quoting import shown
from simulator.topology.generators import Edge, edges_of

MIB = 2**20


FORMATS = ("graphml", "node_link", "describegraph")

MAX_BYTES = {"graphml": 8 * MIB, "node_link": 8 * MIB, "describegraph": 64 * MIB}
"""Lightning's graph is large; of the others a graph to start from has no more than some thousands
of nodes and channels."""


def read(file: Path, form: str, nodes: int) -> list[Edge]:
    """Read a graph for so many nodes.

    Lightning's graph is large: of it, the part around the best connected node is taken. Other
    files must fit.

    Args:
        file: where it is.
        form: one of `FORMATS`.
        nodes: how many nodes there are; those that the file does not have get no channels.

    Raises:
        ConfigurationError: the file cannot be read, is none of that format, or has too many nodes.
    """
    try:
        graph = _READERS[form](files.read(file, MAX_BYTES[form]))
    except _NotThat as error:
        raise ConfigurationError(f"{file} is not {form}: {error}.") from None
    if form == "describegraph":
        graph = _neighbourhood(graph, nodes)
    if len(graph) > nodes:
        raise ConfigurationError(f"{file} has {len(graph)} nodes, but there are only {nodes}.")
    numbers = {name: number for number, name in enumerate(graph)}
    return edges_of((numbers[one], numbers[other]) for one, other in graph.edges)


class _NotThat(Exception):
    """A file is of another format; the text says in which way, without a full stop."""


def _graph(
    nodes: Iterable[Hashable], edges: Iterable[tuple[Hashable, Hashable]]
) -> "nx.Graph[Any]":
    graph: nx.Graph[Any] = nx.Graph()
    graph.add_nodes_from(nodes)
    known = set(graph)
    for one, other in edges:
        if one not in known or other not in known:
            raise _NotThat(f"it has a channel of an unknown node, {shown(one)} or {shown(other)}")
        graph.add_edge(one, other)
    return graph


def _graphml(content: bytes) -> "nx.Graph[Any]":
    _refuse_document_types(content)
    try:
        with warnings.catch_warnings():  # which quote the file, and say nothing of who is connected
            warnings.simplefilter("ignore")
            found = nx.read_graphml(BytesIO(content))
    except ParseError as error:
        line, column = error.position
        raise _NotThat(f"it is not well-formed XML (line {line}, column {column})") from None
    except Exception:  # noqa: BLE001 - networkx lets through whatever its reader stumbles over
        raise _NotThat("networkx finds no graph that it understands in it") from None
    return _graph(found.nodes, ((edge[0], edge[1]) for edge in found.edges))


def _refuse_document_types(content: bytes) -> None:
    """Refuse XML that might define entities, in whatever encoding it is."""

    def refuse(*_: object) -> None:
        raise _NotThat("a document type is not allowed")

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    # whoever reads it tells what is wrong with the rest
    with suppress(expat.ExpatError, LookupError, ValueError):
        parser.Parse(content, True)


def _json(content: bytes) -> Any:
    try:
        return bounded_json.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise _NotThat("it is not UTF-8") from None
    except ValueError as error:
        raise _NotThat(str(error)) from None


def _entries(data: object, *names: str) -> Iterator[Mapping[str, Any]]:
    """Yield the objects of a list that goes by one of some names."""
    found = data if isinstance(data, dict) else {}
    entries = next((found[name] for name in names if name in found), None)
    if not isinstance(entries, list):
        raise _NotThat(f"it has no list {' or '.join(map(repr, names))}")
    for position, entry in enumerate(entries):
        if not isinstance(entry, dict):
            raise _NotThat(f"{names[0]}[{position}] is no object but {shown(entry)}")
        yield entry


def _names(entries: Iterable[Mapping[str, Any]], *keys: str) -> Iterator[tuple[Hashable, ...]]:
    """Yield what entries have under some keys: names of nodes."""
    for entry in entries:
        for key in keys:
            if key not in entry:
                raise _NotThat(f"{shown(entry)} has no {key!r}")
            if not isinstance(entry[key], str | int):
                raise _NotThat(f"{key!r} must be a text or a whole number, not {shown(entry[key])}")
        yield tuple(entry[key] for key in keys)


def _node_link(content: bytes) -> "nx.Graph[Any]":
    data = _json(content)
    nodes = _names(_entries(data, "nodes"), "id")
    pairs = _names(_entries(data, "edges", "links"), "source", "target")
    return _graph((name for (name,) in nodes), ((one, other) for one, other in pairs))


def _describegraph(content: bytes) -> "nx.Graph[Any]":
    data = _json(content)
    nodes = _names(_entries(data, "nodes"), "pub_key")
    pairs = _names(_entries(data, "edges"), "node1_pub", "node2_pub")
    return _graph((name for (name,) in nodes), ((one, other) for one, other in pairs))


_READERS = {"graphml": _graphml, "node_link": _node_link, "describegraph": _describegraph}


def _neighbourhood(graph: "nx.Graph[Any]", size: int) -> "nx.Graph[Any]":
    """Return the nodes nearest to the best connected one, breadth first, with their channels.

    Among equals the file's order decides. Whoever cannot be reached is left out.
    """
    if len(graph) == 0:
        return graph
    hub = max(graph, key=lambda node: len(graph.adj[node]))
    chosen, waiting = {hub: None}, deque([hub])
    while waiting and len(chosen) < size:
        for other in graph.adj[waiting.popleft()]:
            if other not in chosen and len(chosen) < size:
                chosen[other] = None
                waiting.append(other)
    edges = ((one, other) for one, other in graph.edges if one in chosen and other in chosen)
    return _graph(chosen, edges)
