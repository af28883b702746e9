"""The graph of a testnet goes out through every writer of networkx, and comes back as it was."""

import json
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import networkx as nx
import pytest

from simulator.testnet.testnet import Testnet

WRITERS = sorted(name for name in dir(nx) if name.startswith("write_"))
GENERATORS = sorted(
    name
    for name in dir(nx)
    if name.startswith("generate_") and name != "generate_random_paths"  # which makes no text
)
JSON_FORMS = sorted(
    name.removesuffix("_data")
    for name in dir(nx)
    if name.endswith("_data") and name != "tree_data"  # for directed trees
)
TOO_LITTLE = {
    "adjlist": "no attributes",
    "graph6": "neither names nor attributes",
    "sparse6": "neither names nor attributes",
    "weighted_edgelist": "no attributes but weights",
    "pajek": "no attributes but texts",
    "leda": "no writer",
}
"""Formats that can't hold all of a graph."""

READERS = sorted(
    name.removeprefix("read_")
    for name in dir(nx)
    if name.startswith("read_") and name.removeprefix("read_") not in TOO_LITTLE
)


@pytest.fixture(scope="module")
def graph() -> "nx.Graph[str]":
    """Return everything of a world with open, closed and bootstrap channels and idle nodes."""
    net = Testnet(nodes=5, seed=3, token_balance=2**80)
    net.node(4).join(net.token, funds=10)
    for one, other, deposit in ((3, 0, 2**70), (3, 1, 12), (2, 3, 0), (0, 1, 5)):
        net.node(one).open_channel(net.token, net.node(other).address, total_deposit=deposit)
    net.node(0).deposit(net.token, net.node(3).address, total_deposit=6)
    net.node(0).close_channel.begin(net.token, net.node(1).address)
    net.advance(blocks=1)
    net.node(2).stop()
    return net.graph(everything=True)


def test_a_graph_of_everything_has_all_nodes_by_number() -> None:
    net = Testnet(nodes=3)
    assert len(net.graph()) == 0
    found = net.graph(everything=True).nodes(data=True)
    numbers = [(name, data["node"]) for name, data in found]
    assert numbers == [(net.node(number).address, number) for number in range(3)]


def test_all_attributes_are_scalars(graph: "nx.Graph[str]") -> None:
    found = [data for _, data in graph.nodes(data=True)]
    found += [data for *_, data in graph.edges(data=True)]
    assert {type(value) for data in found for value in data.values()} == {int, bool, str}
    assert {data["state"] for *_, data in graph.edges(data=True)} == {"opened", "closed"}


@pytest.mark.parametrize("name", WRITERS)
def test_every_writer_takes_it(name: str, graph: "nx.Graph[str]", tmp_path: Path) -> None:
    with warnings.catch_warnings():
        if name == "write_pajek":  # networkx says that the format holds texts only
            warnings.filterwarnings("ignore", "(Node|Edge) attribute .* is not processed")
        getattr(nx, name)(graph, tmp_path / "graph")
    assert (tmp_path / "graph").stat().st_size


@pytest.mark.parametrize("name", GENERATORS)
def test_every_generator_takes_it(name: str, graph: "nx.Graph[str]") -> None:
    with warnings.catch_warnings():
        if name == "generate_pajek":
            warnings.filterwarnings("ignore", "(Node|Edge) attribute .* is not processed")
        assert "".join(getattr(nx, name)(graph))


def content(graph: "nx.Graph[Any]") -> tuple[dict[str, Any], dict[frozenset[str], Any]]:
    """Return nodes and edges; readers may give numbers as text, and some add attributes."""

    def plain(data: dict[str, Any]) -> dict[str, str]:
        added = {"id", "label", "name", "value", "source", "target"}
        return {key: str(value).lower() for key, value in data.items() if key not in added}

    nodes = {name: plain(data) for name, data in graph.nodes(data=True)}
    edges = {frozenset((one, other)): plain(d) for one, other, d in graph.edges(data=True)}
    return nodes, edges


@pytest.mark.parametrize("name", READERS)
def test_it_comes_back_with_nodes_and_deposits(
    name: str, graph: "nx.Graph[str]", tmp_path: Path
) -> None:
    getattr(nx, f"write_{name}")(graph, tmp_path / "graph")
    found = getattr(nx, f"read_{name}")(tmp_path / "graph")
    nodes, edges = content(graph)
    if name.endswith("list"):  # lists of edges have no attributes of nodes
        nodes = {one: {} for one in nodes}
    if name == "edgelist":  # and none of those without edges
        nodes = {one: {} for edge in edges for one in edge}
    if name == "gml":  # where a truth is a number
        as_number = {"true": "1", "false": "0"}
        nodes = {
            one: {key: as_number.get(value, value) for key, value in data.items()}
            for one, data in nodes.items()
        }
    assert content(found) == (nodes, edges)
    assert READERS == ["edgelist", "gexf", "gml", "graphml", "multiline_adjlist"]


@pytest.mark.parametrize("name", JSON_FORMS)
def test_it_comes_back_from_json(name: str, graph: "nx.Graph[str]") -> None:
    write: Callable[..., Any] = getattr(nx, f"{name}_data")
    data = json.loads(json.dumps(write(graph)))
    assert content(getattr(nx, f"{name}_graph")(data)) == content(graph)
    assert JSON_FORMS == ["adjacency", "cytoscape", "node_link"]
