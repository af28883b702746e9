"""Graphs from files: GraphML, node-link JSON, and what `lncli describegraph` prints.

Only who is connected with whom is read. Nodes get numbers in the order of the file; channels of a
node with itself and second channels of a pair are left out. Files come from anywhere: size is
bounded, and XML may not define entities.
"""

import json
import re
from collections import deque
from collections.abc import Hashable, Iterable
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

import networkx as nx

from simulator.errors import ConfigurationError
from simulator.quoting import shortened, shown, visible_line
from simulator.topology.generators import Edge, edges_of

MIB = 2**20
MAX_DEPTH = 50
MAX_MESSAGE_LENGTH = 200

_STRING = re.compile(rb'"(?:[^"\\]|\\.)*+"')
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))

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
        content = _content(file, MAX_BYTES[form])
        graph = _READERS[form](content)
    except OSError as error:
        raise ConfigurationError(f"{file} cannot be read: {error.strerror}.") from None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, ParseError,
            nx.NetworkXError) as error:  # fmt: skip
        raise ConfigurationError(f"{file} is not {form}: {_one_line(error)}.") from None
    if form == "describegraph":
        graph = _neighbourhood(graph, nodes)
    if len(graph) > nodes:
        raise ConfigurationError(f"{file} has {len(graph)} nodes, but there are only {nodes}.")
    numbers = {name: number for number, name in enumerate(graph)}
    return edges_of((numbers[one], numbers[other]) for one, other in graph.edges)


def _one_line(error: Exception) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return visible_line(shortened(text, MAX_MESSAGE_LENGTH)).removesuffix(".")


def _content(file: Path, limit: int) -> bytes:
    with file.open("rb") as stream:
        content = stream.read(limit + 1)
    if len(content) > limit:
        raise ConfigurationError(f"{file} is larger than {limit} bytes.")
    return content


def _graph(
    nodes: Iterable[Hashable], edges: Iterable[tuple[Hashable, Hashable]]
) -> "nx.Graph[Any]":
    graph: nx.Graph[Any] = nx.Graph()
    graph.add_nodes_from(nodes)
    known = set(graph)
    for one, other in edges:
        if one not in known or other not in known:
            raise ValueError(f"a channel of an unknown node, {shown(one)} or {shown(other)}")
        graph.add_edge(one, other)
    return graph


def _graphml(content: bytes) -> "nx.Graph[Any]":
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise ValueError("a document type is not allowed")
    found = nx.read_graphml(BytesIO(content))
    return _graph(found.nodes, ((edge[0], edge[1]) for edge in found.edges))


def _json(content: bytes) -> Any:
    """Parse JSON of little depth: the parser recurses, and Python's own limit may be a high one."""
    depth = 0
    for bracket in _STRING.sub(b"", content).translate(None, _NO_BRACKETS):
        depth += 1 if bracket in b"[{" else -1
        if depth > MAX_DEPTH:
            raise ValueError(f"nested more than {MAX_DEPTH} deep")
    return json.loads(content)


def _node_link(content: bytes) -> "nx.Graph[Any]":
    data = _json(content)
    edges = data["edges"] if "edges" in data else data["links"]
    return _graph(
        (node["id"] for node in data["nodes"]), ((edge["source"], edge["target"]) for edge in edges)
    )


def _describegraph(content: bytes) -> "nx.Graph[Any]":
    data = _json(content)
    return _graph(
        (node["pub_key"] for node in data["nodes"]),
        ((edge["node1_pub"], edge["node2_pub"]) for edge in data["edges"]),
    )


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
