"""The benchmark that finds published figures again, on made-up files instead of CLoTH's."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import networkx as nx
import pytest

from benchmarks import published_network
from benchmarks.published_network import DRAWN, WAYS, Finding, grown, rounding
from simulator.kernel.rng import Rng

ROOT = Path(__file__).parents[2]


@pytest.fixture
def graph() -> "nx.Graph[int]":
    """Return twelve nodes in a ring; the first one has channels with all, two have none."""
    made: nx.Graph[int] = nx.cycle_graph(12)
    made.add_edges_from((0, other) for other in range(2, 11))
    made.add_nodes_from([12, 13])
    return made


@pytest.fixture
def file(graph: "nx.Graph[int]", tmp_path: Path) -> Path:
    numbered = [*enumerate(graph.edges)]
    channels = [f"{n},{2 * n},{2 * n + 1},{one},{other},10" for n, (one, other) in numbered]
    edges = [
        line
        for n, (one, other) in numbered
        for line in (
            f"{2 * n},{n},{2 * n + 1},{one},{other},5,1",
            f"{2 * n + 1},{n},{2 * n},{other},{one},5,1",
        )
    ]
    heads = {
        "nodes": ("id", map(str, graph)),
        "channels": ("id,edge1_id,edge2_id,node1_id,node2_id,capacity", channels),
        "edges": ("id,channel_id,counter_edge_id,from_node_id,to_node_id,balance,fee_base", edges),
    }
    for name, (head, lines) in heads.items():
        text = "\n".join([head, *lines, ""])
        (tmp_path / f"{name}_ln.csv").write_text(text, encoding="utf-8")
    return tmp_path / "channels_ln.csv"


def test_other_files_give_other_figures_and_the_exit_code_says_so(
    file: Path, graph: "nx.Graph[int]"
) -> None:
    command = [sys.executable, "-m", "benchmarks.published_network", str(file), "--joins", "3"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    rows = [line.rsplit(maxsplit=4) for line in done.stdout.splitlines() if "NO" in line]
    found = {name.strip(): float(value) for name, _, value, _, _ in rows}
    giant = graph.subgraph(range(12))
    assert found["nodes"] == 14
    assert found["pairs with channels"] == graph.number_of_edges()
    assert found["nodes of the giant component"] == 12
    assert found["transitivity"] == pytest.approx(nx.transitivity(giant), abs=1e-5)
    mean = nx.average_shortest_path_length(giant)
    assert found["mean path"] == pytest.approx(mean, abs=1e-5)
    assert {name.partition(":")[0] for name in found if ":" in name} == {way.name for way in WAYS}


def test_files_that_are_not_there_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    argument = str(tmp_path / "channels_ln.csv")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["published_network", argument])
        assert published_network.main() == 2
    assert argument in capsys.readouterr().out


def hubs(graph: "nx.Graph[int]") -> Iterator[tuple[int, list[int]]]:
    """Yield whom nodes join that want the most channels anew each time, in the file's order."""
    growing = graph.subgraph(range(12)).copy()
    for new in range(12, 32):
        chosen = sorted(growing, key=lambda node: (-growing.degree(node), node))[:5]
        growing.add_edges_from((new, other) for other in chosen)
        yield new, chosen


def test_equals_come_in_the_order_of_the_file(graph: "nx.Graph[int]") -> None:
    (way,) = (way for way in WAYS if way.name == "highest degree")
    after = grown(graph.subgraph(range(12)), way, 20)
    partners = {
        int.from_bytes(node) - 1: sorted(int.from_bytes(other) - 1 for other in after[node])
        for node in after
    }
    for new, chosen in hubs(graph):
        earlier = [other for other in partners[new] if other < new]
        assert earlier == sorted(chosen)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
def test_every_join_opens_five_channels(way: published_network.Joins) -> None:
    graph = nx.gnm_random_graph(60, 150, seed=Rng(0).stream("test"))
    giant = published_network.giant_of(graph)
    after = grown(giant, way, 30)
    assert len(after) == len(giant) + 30
    assert after.number_of_edges() == giant.number_of_edges() + 5 * 30


@pytest.mark.parametrize(
    ("text", "found", "holds"),
    [(".752", 0.75249, True), (".752", 0.75251, False), ("7", 7, True), ("7", 8, False)],
)
def test_a_figure_is_found_again_if_it_rounds_to_the_same(
    text: str, found: float, holds: bool
) -> None:
    assert Finding("", text, found, rounding(text)).holds is holds


def test_what_is_drawn_may_be_a_hundredth_away() -> None:
    assert Finding("", ".150", 0.1599, DRAWN).holds
    assert not Finding("", ".150", 0.1601, DRAWN).holds
