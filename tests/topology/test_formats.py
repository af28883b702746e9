"""Graphs are read from three formats, and what is no graph is refused in one sentence."""

import json
from pathlib import Path

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.errors import ConfigurationError
from simulator.topology import formats

PATH = [(0, 1), (1, 2)]
NODE_LINK = {
    "nodes": [{"id": "a"}, {"id": "b"}, {"id": "c"}],
    "links": [
        {"source": "a", "target": "b"},
        {"source": "c", "target": "b"},
        {"source": "b", "target": "a"},
        {"source": "c", "target": "c"},
    ],
}


def written(folder: Path, content: object) -> Path:
    file = folder / "graph"
    text = content if isinstance(content, str | bytes) else json.dumps(content)
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return file


def test_node_link(tmp_path: Path) -> None:
    assert formats.read(written(tmp_path, NODE_LINK), "node_link", 3) == PATH
    renamed = {"nodes": NODE_LINK["nodes"], "edges": NODE_LINK["links"]}
    assert formats.read(written(tmp_path, renamed), "node_link", 5) == PATH


@pytest.mark.parametrize("kind", [nx.Graph, nx.DiGraph, nx.MultiGraph])
def test_graphml(kind: "type[nx.Graph[int]]", tmp_path: Path) -> None:
    file = tmp_path / "graph.graphml"
    nx.write_graphml(nx.path_graph(3, create_using=kind), file)
    assert formats.read(file, "graphml", 3) == PATH


def test_what_graphml_says_besides_is_not_shown(
    tmp_path: Path, recwarn: pytest.WarningsRecorder
) -> None:
    """networkx quotes it in a warning, as it is; a terminal would obey it."""
    file = tmp_path / "graph.graphml"
    nx.write_graphml(nx.path_graph(3), file)
    key = '<key id="&#x9b;31m" for="node" attr.name="x"/><graph '
    file.write_text(file.read_text().replace("<graph ", key, 1))
    assert formats.read(file, "graphml", 3) == PATH
    assert not recwarn.list


def lightning(edges: list[tuple[str, str]]) -> object:
    names = dict.fromkeys(name for edge in edges for name in edge)
    return {
        "nodes": [{"pub_key": name} for name in names],
        "edges": [{"node1_pub": one, "node2_pub": other} for one, other in edges],
    }


def test_of_lightning_the_middle_is_taken(tmp_path: Path) -> None:
    edges = [("z", "y"), ("far", "a"), ("hub", "a"), ("hub", "b"), ("hub", "c"), ("a", "b")]
    file = written(tmp_path, lightning(edges))
    assert formats.read(file, "describegraph", 4) == [(0, 1), (0, 2), (0, 3), (2, 3)]
    assert formats.read(file, "describegraph", 1) == []
    assert len(formats.read(file, "describegraph", 100)) == 5


@given(st.integers(1, 8), st.integers(0, 2**20))
def test_the_part_taken_is_connected(size: int, seed: int) -> None:
    graph = nx.gnp_random_graph(12, 0.3, seed=seed)
    part = formats._neighbourhood(graph, size)
    assert nx.is_connected(part)
    assert len(part) <= size


def test_no_nodes_no_channels(tmp_path: Path) -> None:
    assert formats.read(written(tmp_path, lightning([])), "describegraph", 3) == []


ENTITIES = "<!DOCTYPE a [<!ENTITY b 'c'>]><a/>"
BROKEN = {
    "not JSON": ("node_link", "{", "is not node_link: it is not JSON (line 1, column 2)"),
    "a list": ("node_link", [], "is not node_link: it has no list 'nodes'."),
    "no edges": ("node_link", {"nodes": []}, "it has no list 'edges' or 'links'."),
    "nodes of another kind": ("node_link", {"nodes": [1], "links": []}, "nodes[0] is no object"),
    "nodes without names": ("node_link", {"nodes": [{}], "links": []}, "{} has no 'id'."),
    "names that are lists": (
        "node_link",
        {"nodes": [{"id": []}], "links": []},
        "'id' must be a text or a whole number, not [].",
    ),
    "a mapping of nodes": ("node_link", {"nodes": {"a": 1}, "links": []}, "no list 'nodes'"),
    "a number of many digits": ("node_link", "[" + "9" * 5000 + "]", "too many digits"),
    "not UTF-8": ("node_link", b"\xff", "it is not UTF-8"),
    "half a lightning graph": ("describegraph", {"nodes": []}, "it has no list 'edges'."),
    "an unknown end": (
        "node_link",
        {"nodes": [{"id": 1}], "links": [{"source": 1, "target": 2}]},
        "a channel of an unknown node, 1 or 2",
    ),
    "deep": ("describegraph", "[" * 100_000, "is not describegraph"),
    "deep XML": ("graphml", "<a>" * 100_000, "is not graphml"),
    "not XML": ("graphml", "nodes", "it is not well-formed XML (line 1, column 0)."),
    "no GraphML": ("graphml", "<a/>", "networkx finds no graph"),
    "entities": ("graphml", ENTITIES, "document type is not allowed"),
    "entities in two bytes": ("graphml", ENTITIES.encode("utf-16"), "type is not allowed"),
    "an unknown encoding": ("graphml", '<?xml version="1.0" encoding="q"?><a/>', "is not graphml"),
    "too many": ("node_link", NODE_LINK, "has 3 nodes, but there are only 2"),
}


@pytest.mark.parametrize(("form", "content", "reason"), BROKEN.values(), ids=BROKEN.keys())
def test_what_is_refused(form: str, content: object, reason: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        formats.read(written(tmp_path, content), form, 2)
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


def test_files_that_are_not_there_or_too_large(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read: No such file"):
        formats.read(tmp_path / "nothing", "graphml", 2)
    monkeypatch.setitem(formats.MAX_BYTES, "graphml", 3)
    with pytest.raises(ConfigurationError, match="larger than 3 bytes"):
        formats.read(written(tmp_path, "1234"), "graphml", 2)
