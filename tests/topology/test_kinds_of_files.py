"""A file is recognised by what is in it, whatever it is called, and hostile ones get a sentence."""

import json
from pathlib import Path

import networkx as nx
import pytest

from simulator.topology import formats
from simulator.topology.file_graph import Network
from simulator.words.errors import ConfigurationError

LND = {
    "nodes": [{"pub_key": "a"}, {"pub_key": "b"}, {"pub_key": "c"}],
    "edges": [
        {"channel_id": "1", "node1_pub": "a", "node2_pub": "b", "capacity": "10"},
        {"channel_id": "2", "node1_pub": "b", "node2_pub": "c", "capacity": "7"},
    ],
}
OF_LND = [(0, 1, (5, 5)), (1, 2, (4, 3))]


def directions(**amount: object) -> list[dict[str, object]]:
    ends = [("a", "b", "1x1x0"), ("b", "a", "1x1x0"), ("c", "b", "2x1x0"), ("b", "c", "2x1x0")]
    return [
        {"source": one, "destination": other, "short_channel_id": which, **amount}
        for one, other, which in ends
    ]


BOTH_WAYS = [(0, 1, (5, 5)), (2, 1, (5, 5))]


def end(name: str) -> dict[str, object]:
    return {"pubkey": name, "alias": name.upper(), "max_htlc_size_msat": 3, "base_fee": 1}


SIM_LN = [
    {"scid": 1, "capacity_msat": 10, "node_1": end("a"), "node_2": end("b")},
    {"scid": 2, "capacity_msat": 7, "node_1": end("b"), "node_2": end("c")},
]


def with_capacities(graph: "nx.Graph[int]") -> "nx.Graph[int]":
    graph.add_edge(0, 1, capacity=10)
    graph.add_edge(1, 2, capacity=7)
    return graph


def old_node_link() -> object:
    """Return what networkx 1 wrote, whose edges name places in the list of nodes."""
    links = [{"source": 0, "target": 1, "capacity": 10}, {"source": 1, "target": 2, "capacity": 7}]
    nodes = [{"id": name} for name in "abc"]
    return {"directed": False, "graph": [], "nodes": nodes, "links": links, "multigraph": False}


GML = """# by hand
Creator "somebody"
graph [
  directed 0
  node [ id 5 label "A &amp; B" graphics [ x 1.5 ] ]
  node [ id 6 label "A &amp; B" ]
  node [ id 2 ]
  edge [ source 5 target 6 capacity 10 ]
  edge [ source 6 target 2 capacity 7 ]
]
"""

KINDS: dict[str, tuple[str, object, object]] = {
    "lnd": ("describegraph", LND, OF_LND),
    "lnd wrapped": ("describegraph", {"timestamp": 1, "graph": LND}, OF_LND),
    "Core Lightning, older": ("listchannels", {"channels": directions(satoshis=10)}, BOTH_WAYS),
    "Core Lightning": ("listchannels", {"channels": directions(amount_msat=10_000)}, BOTH_WAYS),
    "Core Lightning, text": ("listchannels", directions(amount_msat="10000msat"), BOTH_WAYS),
    "SimLN": ("sim_network", {"sim_network": SIM_LN, "nodes": []}, OF_LND),
    "adjacency": ("adjacency", nx.adjacency_data(with_capacities(nx.Graph())), OF_LND),
    "adjacency, both directions": (
        "adjacency",
        nx.adjacency_data(with_capacities(nx.Graph()).to_directed()),
        OF_LND,
    ),
    "node-link, networkx 3": (
        "node_link",
        nx.node_link_data(with_capacities(nx.Graph()), edges="edges"),
        OF_LND,
    ),
    "node-link, networkx 2": (
        "node_link",
        nx.node_link_data(with_capacities(nx.Graph()), edges="links"),
        OF_LND,
    ),
    "node-link, networkx 1": ("node_link", old_node_link(), OF_LND),
    "GML": ("gml", GML, OF_LND),
    "GML of networkx": ("gml", "\n".join(nx.generate_gml(with_capacities(nx.Graph()))), OF_LND),
    "GraphML": ("graphml", "\n".join(nx.generate_graphml(with_capacities(nx.Graph()))), OF_LND),
    "edge list": ("edge_list", "0 1 {'capacity': 10}\n1 2 {'capacity': 7}\n", OF_LND),
    "plain edge list": ("edge_list", "# two\n7 8\n8 nine\n", [(0, 1, None), (1, 2, None)]),
    "CSV": ("csv", "Capacity,source,target\n10,x,y\n7,y,z\n", OF_LND),
    "CSV, semicolons and a quote": ("csv", 'from;to;capacity\n"x y";y;10\ny;z;7\n', OF_LND),
    "CSV, both deposits": (
        "csv",
        "\ufeffnode1\tnode2\tdeposit1\tdeposit2\nx\ty\t5\t5\ny\tz\t4\t3\n",
        OF_LND,
    ),
}


def written(folder: Path, content: object, name: str = "network") -> Path:
    file = folder / name
    file.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    return file


def channels(found: Network) -> list[object]:
    return [(one.opener, one.partner, one.deposits) for one in found.channels]


@pytest.mark.parametrize(("name", "content", "expected"), KINDS.values(), ids=KINDS.keys())
def test_a_file_is_recognised_by_what_is_in_it(
    name: str, content: object, expected: object, tmp_path: Path
) -> None:
    file = written(tmp_path, content)
    for asked in ("file", name):
        found = formats.read(file, asked, 3)
        assert (channels(found), found.notes) == (expected, ())
    other = "graphml" if name != "graphml" else "gml"
    found = formats.read(file, other, 3)
    assert channels(found) == expected
    assert found.notes == (f"read as {name}, which it is, not as {other}",)


def cloth(folder: Path, **changed: str) -> Path:
    content = {
        "nodes": "id\n0\n1\n2\n",
        "channels": "id,edge1_id,edge2_id,node1_id,node2_id,capacity\n0,0,1,0,1,10\n1,2,3,2,1,7\n",
        "edges": "id,channel_id,counter_edge_id,from_node_id,to_node_id,balance,fee_base\n"
        "0,0,1,0,1,9,1\n1,0,0,1,0,1,1\n2,1,3,1,2,3,1\n3,1,2,2,1,4,1\n",
    }
    for part, text in (content | changed).items():
        written(folder, text, f"{part}_ln.csv")
    return folder / "channels_ln.csv"


def test_three_files_of_cloth_say_what_each_end_has(tmp_path: Path) -> None:
    found = formats.read(cloth(tmp_path), "file", 3)
    assert channels(found) == [(0, 1, (9, 1)), (2, 1, (4, 3))]
    assert found.notes == ()


def test_without_the_other_two_it_is_csv(tmp_path: Path) -> None:
    file = cloth(tmp_path)
    (tmp_path / "edges_ln.csv").unlink()
    assert channels(formats.read(file, "file", 3)) == [(0, 1, (5, 5)), (2, 1, (4, 3))]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"edges": "id,channel_id\n0,0\n"}, "edges have no column balance."),
        ({"nodes": "id\n0\n0\n"}, "nodes have '0' twice."),
        ({"nodes": "id\n0\n"}, "a channel of an unknown node, '0' or '1'."),
        (
            {"channels": "id,edge1_id,edge2_id,node1_id,node2_id\n0,0,9,0,1\n"},
            "the channel '0' has no edge2_id.",
        ),
        (
            {"channels": "id,edge1_id,edge2_id,node1_id,node2_id\n0,0,1,0,2\n"},
            "the edges of the channel '0' have other ends.",
        ),
    ],
)
def test_files_of_cloth_that_do_not_fit_together(
    changed: dict[str, str], reason: str, tmp_path: Path
) -> None:
    file = cloth(tmp_path, **changed)
    with pytest.raises(ConfigurationError) as caught:
        formats.read(file, "file", 3)
    assert str(caught.value).endswith(reason)


WANTED = f"wanted is one of {', '.join(formats.FORMATS)}."

REFUSED: dict[str, tuple[object, str]] = {
    "nothing": ("", f"is in no format that is known: it is empty; {WANTED}"),
    "an object": ({"a": 1}, f"known: it is a JSON object with a; {WANTED}"),
    "a list": ([1, 2], f"known: it is a JSON list of 2; {WANTED}"),
    "prose": ("Once upon a time.\n", "known: it begins with 'Once upon a time.'; wanted"),
    "other columns": ("name,age\nx,1\n", "wanted is one of"),
    "comments": ("# 1\n# 2\n", "known: it has comments only; wanted"),
    "a long line": ("1 2\n" + "x" * 20_000, "a line of more than 10000 characters."),
    "half a JSON": ("{", "is not a network: it is not JSON"),
    "deep JSON": ("[" * 100_000, "is not a network: it is nested"),
    "a short row": ("source,target\nx\n", "is not csv: row 2 has 1 column, but the first 2."),
    "a quote without an end": ('source,target\n"x,y\n', "is not csv: it is not CSV"),
    "deep GML": ("graph [ " * 60, "is not gml: it is nested more than 50 deep."),
    "GML that ends early": ("graph [ node [ id 1 ]", "is not gml: it ends too early."),
    "GML closed twice": ("graph [ ] ]", "is not gml: it has a ']' where none can be."),
    "GML with a quote": ('graph [ node [ id 1 label "x ] ]', 'it has a " without an end.'),
    "GML without names": ("graph [ node [ ] ]", "{} has no 'id'."),
    "GML with other nodes": ("graph [ node 3 ]", "a node is not [ … ] but 3."),
    "GML with keys of signs": ("graph [ -1 2 ]", "it has '-1' where a key must be."),
    "an edge list that goes on as something else": (
        "1 2\n" * 30 + "and so on and on",
        "is not edge_list: edge 31 is 'and so on and on'; wanted are two nodes",
    ),
    "a nested dictionary": ("1 2 {'a': {'b': 1}}", "which is no plain dictionary."),
    "no capacity": ("1 2 {'capacity': x}", "for capacity of the channel '1' - '2' not a whole"),
    "no amount": (
        {"channels": [{"source": "a", "destination": "b", "amount_msat": "9btc"}]},
        "'amount_msat' must be a whole number, not '9btc'.",
    ),
    "SimLN without ends": ({"sim_network": [{}]}, "is not sim_network: {} has no object 'node_1'."),
    "adjacency of others": (
        {"nodes": [{"id": 1}], "adjacency": [[], []]},
        "its 'adjacency' has not one list for each node.",
    ),
    "adjacency with unknown ends": (
        {"nodes": [{"id": 1}], "adjacency": [[{"id": 2}]]},
        "a channel of an unknown node, 1 or 2.",
    ),
    "old ends beyond the list": (
        {"nodes": [{"id": "a"}], "links": [{"source": 0, "target": 1}]},
        "a channel of an unknown node, 0 or 1.",
    ),
}


@pytest.mark.parametrize(("content", "reason"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_no_network_gets_one_sentence(content: object, reason: str, tmp_path: Path) -> None:
    file = written(tmp_path, content)
    with pytest.raises(ConfigurationError) as caught:
        formats.read(file, "file", 3)
    assert reason in str(caught.value)
    assert str(caught.value).startswith(str(file))
    assert len(str(caught.value).splitlines()) == 1


def test_a_number_behind_an_edge_is_not_taken_for_money(tmp_path: Path) -> None:
    found = formats.read(written(tmp_path, "a b 3.5\n"), "file", 3)
    assert channels(found) == [(0, 1, None)]
    assert found.notes == (
        "unused: the number behind 1 channel: {'capacity': 1} would say what it is",
    )
