"""Networks are read from many formats; nothing is lost in silence."""

import json
from collections.abc import Mapping
from pathlib import Path

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.topology import formats
from simulator.topology.file_graph import ARE_THESE, FileGraph
from simulator.words.errors import ConfigurationError
from simulator.words.quoting import shown
from simulator.words.units import parse_address

PATH = [(0, 1), (1, 2)]
MONEY_IS = f"a channel's deposits {ARE_THESE}"
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


def channels(file: Path, form: str, nodes: int | None) -> list[tuple[object, object]]:
    return [(one.opener, one.partner) for one in formats.read(file, form, nodes).channels]


def test_node_link(tmp_path: Path) -> None:
    assert channels(written(tmp_path, NODE_LINK), "node_link", 3) == PATH
    renamed = {"nodes": NODE_LINK["nodes"], "edges": NODE_LINK["links"]}
    assert channels(written(tmp_path, renamed), "node_link", 5) == PATH


def test_what_is_no_channel_has_a_line_that_says_why(tmp_path: Path) -> None:
    assert formats.read(written(tmp_path, NODE_LINK), "node_link", 3).notes == (
        "left out: 1 channel, 'b' - 'a': two nodes have one channel at a time",
        "left out: 1 channel, 'c' - 'c': a channel has two different ends",
    )
    many = {"nodes": [{"id": n} for n in range(9)], "links": [loop(n) for n in range(9)]}
    assert formats.read(written(tmp_path, many), "node_link", 9).notes == (
        "left out: 9 channels, 0 - 0, 1 - 1, 2 - 2 and 6 more: a channel has two different ends",
    )
    closed = {"source": "a", "target": "c", "state": "closed"}
    found = formats.read(written(tmp_path, with_links(closed)), "node_link", 3)
    assert found.channels == ()
    assert found.notes == (
        "left out: 1 channel, 'a' - 'c': a channel that is closed can't be opened again",
    )


def loop(node: object) -> dict[str, object]:
    return {"source": node, "target": node}


def with_links(*links: Mapping[str, object]) -> object:
    return {"nodes": NODE_LINK["nodes"], "links": links}


@pytest.mark.parametrize("kind", [nx.Graph, nx.DiGraph, nx.MultiGraph])
def test_graphml(kind: "type[nx.Graph[int]]", tmp_path: Path) -> None:
    file = tmp_path / "graph.graphml"
    nx.write_graphml(nx.path_graph(3, create_using=kind), file)
    assert channels(file, "graphml", 3) == PATH
    assert formats.read(file, "graphml", 3).notes == ()


GRAPHML = """<?xml version="1.0"?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns">
  <key id="a" for="node" attr.name="age" attr.type="int"/>
  <key id="b" for="edge" attr.name="deposit1" attr.type="int"><default>4</default></key>
  <key id="y" for="node" yfiles.type="nodegraphics"/>
  <graph edgedefault="undirected">
    <node id="z"><data key="a">old</data><data key="y"><look><deep/></look></data></node>
    <node id="m"><graph><node id="inner"/></graph></node>
    <node id="a"/>
    <edge source="a" target="z"/>
    <edge source="z" target="m"><data key="b"> 6 </data><data key="undeclared">1</data></edge>
    <edge source="inner" target="a"/>
    <hyperedge/>
  </graph>
  <graph><node id="another"/></graph>
</graphml>
"""


def test_graphml_that_networkx_would_not_read(tmp_path: Path) -> None:
    found = formats.read(written(tmp_path, GRAPHML), "graphml", None)
    assert [(one.opener, one.partner, one.deposits) for one in found.channels] == [
        *((3, 0, (4, 0)), (0, 1, (6, 0)), (2, 3, (4, 0)))
    ]
    assert found.notes == (
        "left out: 1 hyperedge: a channel has two ends",
        "left out: 1 further graph: a scenario starts from one, the first",
    )


def lightning(edges: list[tuple[str, str]], names: str = "") -> object:
    found = dict.fromkeys(names.split() or (name for edge in edges for name in edge))
    return {
        "nodes": [{"pub_key": name} for name in found],
        "edges": [{"node1_pub": one, "node2_pub": other} for one, other in edges],
    }


MIDDLE = [("z", "y"), ("far", "a"), ("hub", "a"), ("hub", "b"), ("hub", "c"), ("a", "b")]


def test_of_lightning_the_middle_is_taken_in_the_order_of_the_file(tmp_path: Path) -> None:
    file = written(tmp_path, lightning(MIDDLE))  # z y far a hub b c
    assert channels(file, "describegraph", 4) == [(0, 1), (1, 2), (2, 3), (1, 3)]
    assert channels(file, "describegraph", 1) == []
    (note,) = formats.read(file, "describegraph", 4).notes
    assert note == (
        "left out: 3 of 7 nodes and 2 of 6 channels: of a graph with more than 4 nodes, those "
        "nearest to the best connected one, 'a', are taken"
    )


def test_a_graph_that_fits_is_whole(tmp_path: Path) -> None:
    file = written(tmp_path, lightning(MIDDLE))
    assert channels(file, "describegraph", 7) == [*((0, 1), (2, 3), (3, 4), (4, 5), (4, 6), (3, 5))]
    for nodes in (8, 100, None):
        assert formats.read(file, "describegraph", nodes).notes == ()
        assert len(channels(file, "describegraph", nodes)) == 6


@given(st.integers(1, 8), st.integers(0, 2**20))
def test_the_part_taken_is_connected(size: int, seed: int) -> None:
    whole = FileGraph()
    graph = nx.gnp_random_graph(12, 0.3, seed=seed)
    for node in graph:
        whole.add_node(node, {})
    for one, other in graph.edges:
        whole.add_edge(one, other, {})
    part = formats.neighbourhood(whole, size)
    assert nx.is_connected(graph.subgraph(part.nodes))
    assert len(part.nodes) <= size
    assert list(part.nodes) == [one for one in graph if one in part.nodes], "the file's order"
    assert len(part.edges) == graph.subgraph(part.nodes).number_of_edges()


def test_no_nodes_no_channels(tmp_path: Path) -> None:
    assert channels(written(tmp_path, lightning([])), "describegraph", 3) == []


# -- money -------------------------------------------------------------------------------


def link(**data: object) -> dict[str, object]:
    return {"source": "c", "target": "a", **data}


USED = {
    "of the first end": (link(deposit1=7, deposit2=3), (2, 0, (7, 3))),
    "as text": (link(deposit1="7", deposit2="3"), (2, 0, (7, 3))),
    "as floats that are whole": (link(deposit1=7.0, deposit2=3.0), (2, 0, (7, 3))),
    "of one end only": (link(deposit2=3), (2, 0, (0, 3))),
    "of participants": (
        link(deposit1=7, deposit2=3, participant1="a", participant2="c"),
        (0, 2, (7, 3)),
    ),
    "of one participant": (link(deposit1=7, participant1="a"), (0, 2, (7, 0))),
    "their sum": (link(deposit1=7, deposit2=3, capacity=10), (2, 0, (7, 3))),
    "large": (link(deposit1=2**256 - 1), (2, 0, (2**256 - 1, 0))),
    "none": (link(deposit1=None), (0, 2, None)),
}


@pytest.mark.parametrize(("edge", "expected"), USED.values(), ids=USED.keys())
def test_deposits_are_used(edge: dict[str, object], expected: object, tmp_path: Path) -> None:
    found = formats.read(written(tmp_path, with_links(edge)), "node_link", 3)
    ((one),) = found.channels
    assert (one.opener, one.partner, one.deposits) == expected
    assert found.notes == ()


@pytest.mark.parametrize("amount", [-1, 1.5, "x", 2**256, True, [], "0x10", "1e3"])
def test_deposits_that_are_no_amounts_are_refused(amount: object, tmp_path: Path) -> None:
    file = written(tmp_path, with_links(link(deposit2=amount)))
    with pytest.raises(ConfigurationError) as caught:
        formats.read(file, "node_link", 3)
    assert str(caught.value) == (
        f"{file} has for deposit2 of the channel 'c' - 'a' not a whole number from 0 to 2^256 - 1 "
        f"but {shown(amount)}."
    )


def test_deposits_of_others_than_the_ends_are_refused(tmp_path: Path) -> None:
    file = written(tmp_path, with_links(link(deposit1=1, participant1="b")))
    with pytest.raises(ConfigurationError, match="nobody can tell whose the deposits are"):
        formats.read(file, "node_link", 3)
    file = written(tmp_path, with_links(link(participant1="b")))
    assert channels(file, "node_link", 3) == [(0, 2)], "who is who does not matter without them"


@pytest.mark.parametrize(
    ("edge", "word"),
    [
        (link(capacity=11, deposit1=7, deposit2=3), "capacity"),
        (link(balance_sat="5"), "balance_sat"),
        (link(total_deposit=0), "total_deposit"),
    ],
)
def test_what_else_is_said_about_money_has_a_line(
    edge: dict[str, object], word: str, tmp_path: Path
) -> None:
    found = formats.read(written(tmp_path, with_links(edge)), "node_link", 3)
    assert len(found.channels) == 1
    assert found.notes == (f"unused: {word} of 1 channel: {MONEY_IS}",)


def test_capacities_of_lightning_are_used_and_money_of_nodes_has_a_line(tmp_path: Path) -> None:
    edge = {"node1_pub": "a", "node2_pub": "b", "capacity": "101", "node1_policy": {"fee": "1"}}
    data = {"nodes": [{"pub_key": "a", "deposit": 5}, {"pub_key": "b"}], "edges": [edge]}
    found = formats.read(written(tmp_path, data), "describegraph", 2)
    assert [one.deposits for one in found.channels] == [(51, 50)]
    del edge["capacity"]
    assert formats.read(written(tmp_path, data), "describegraph", 2).notes == (
        f"unused: deposit of nodes: channels hold deposits, which {ARE_THESE}",
    )


def test_a_file_of_many_kinds_has_a_few_lines(tmp_path: Path) -> None:
    edges = {f"balance{n}": 1 for n in range(1000)}
    notes = formats.read(written(tmp_path, with_links(link(**edges))), "node_link", 3).notes
    assert len(notes) == 21
    assert notes[-1] == "and 980 more notes"


# -- numbers -----------------------------------------------------------------------------

ADDRESS = "0x2222222222222222222222222222222222222222"


def numbered(*numbers: object, names: str = "abc") -> object:
    nodes = [
        {"id": name} | ({} if number is None else {"node": number})
        for name, number in zip(names, numbers, strict=False)
    ]
    return {"nodes": nodes, "links": [{"source": "a", "target": "b"}]}


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ((5, 3, 1), (3, 5)),
        (("5", "3", "1"), (3, 5)),
        ((5, 3, None), (0, 1)),
        ((5, 5, 1), (0, 1)),
        ((5, "Berlin", 1), (0, 1)),
        ((None, None, None), (0, 1)),
    ],
)
def test_nodes_have_the_numbers_that_all_of_them_carry(
    numbers: tuple[object, ...], expected: tuple[int, int], tmp_path: Path
) -> None:
    assert channels(written(tmp_path, numbered(*numbers)), "node_link", 6) == [expected]


def test_numbers_must_be_there(tmp_path: Path) -> None:
    file = written(tmp_path, numbered(5, 3, 1))
    with pytest.raises(ConfigurationError, match="has a node 5, but nodes are 0 to 4"):
        formats.read(file, "node_link", 5)


def test_accounts_that_are_no_nodes_can_be_partners(tmp_path: Path) -> None:
    nodes = [{"id": ADDRESS}, {"id": "a", "node": 1}, {"id": "b", "node": 0}]
    edge = {"source": ADDRESS, "target": "a", "deposit1": 3, "deposit2": 8, "settle_timeout": 77}
    file = written(tmp_path, {"nodes": nodes, "links": [edge]})
    found = formats.read(file, "node_link", 2)
    ((one),) = found.channels
    assert (one.opener, one.partner) == (1, parse_address(ADDRESS))
    assert (one.deposits, one.settle_timeout_blocks) == ((8, 0), 77)
    assert found.notes == (f"left out: the deposit of '{ADDRESS}': only nodes put something in",)


@pytest.mark.parametrize("timeout", [1, "soon", None, 10**9])
def test_a_settle_timeout_that_no_channel_has_is_somebody_elses_word(
    timeout: object, tmp_path: Path
) -> None:
    file = written(tmp_path, with_links(link(settle_timeout=timeout)))
    assert formats.read(file, "node_link", 3).channels[0].settle_timeout_blocks is None


@pytest.mark.parametrize(
    ("identifiers", "expected"),
    [
        ((3, 1, 2), [(1, 2), (0, 2), (0, 1)]),
        (("3", "1", "2"), [(1, 2), (0, 2), (0, 1)]),
        ((3, 1, None), [(0, 1), (1, 2), (0, 2)]),
        ((3, 1, 3), [(0, 1), (1, 2), (0, 2)]),
    ],
)
def test_channels_are_opened_in_the_order_of_identifiers_that_all_of_them_have(
    identifiers: tuple[object, ...], expected: list[tuple[int, int]], tmp_path: Path
) -> None:
    """Otherwise, and where two have the same, in the order of the file."""
    ends = [("a", "b"), ("b", "c"), ("a", "c")]
    links = [
        {"source": one, "target": other, "channel_identifier": identifier}
        for (one, other), identifier in zip(ends, identifiers, strict=True)
    ]
    assert channels(written(tmp_path, with_links(*links)), "node_link", 3) == expected


@pytest.mark.parametrize("kind", ['for="all"', 'for="edge"', ""])
def test_defaults_of_graphml_hold_for_the_elements_that_they_are_for(
    kind: str, tmp_path: Path
) -> None:
    """A key that does not say for which is for all of them."""
    text = GRAPHML.replace('id="b" for="edge"', f'id="b" {kind}')
    found = formats.read(written(tmp_path, text), "graphml", None)
    assert [one.deposits for one in found.channels] == [(4, 0), (6, 0), (4, 0)]
    text = GRAPHML.replace('id="b" for="edge"', 'id="b" for="node"')
    found = formats.read(written(tmp_path, text), "graphml", None)
    assert [one.deposits for one in found.channels] == [None, (6, 0), None]


# -- everything else ---------------------------------------------------------------------

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
    "no GraphML": ("graphml", "<a/>", "is not graphml: it has no <graph>"),
    "a node without a name": ("graphml", "<a><graph><node/></graph></a>", "a <node> without id."),
    "an edge without an end": (
        "graphml",
        "<a><graph><node id='x'/><edge source='x'/></graph></a>",
        "it has a <edge> without target.",
    ),
    "an unknown encoding": (
        "graphml",
        '<?xml version="1.0" encoding="morse"?><a/>',
        "is not graphml: it",
    ),
    "entities in UTF-16": (
        "graphml",
        "<!DOCTYPE a [<!ENTITY b 'c'>]><a/>".encode("utf-16"),
        "document type is not allowed",
    ),
    "names that are truths": (
        "node_link",
        {"nodes": [{"id": True}], "links": []},
        "'id' must be a text or a whole number, not True.",
    ),
    "entities": ("graphml", "<!DOCTYPE a [<!ENTITY b 'c'>]><a/>", "document type is not allowed"),
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
    monkeypatch.setattr(formats, "MAX_BYTES", 3)
    with pytest.raises(ConfigurationError, match="larger than 3 bytes"):
        formats.read(written(tmp_path, "1234"), "graphml", 2)
