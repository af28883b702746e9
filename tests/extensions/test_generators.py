"""Graphs to start from that users make."""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import networkx as nx
import pytest

from simulator import Testnet
from simulator.scenario.language.scenario import load
from simulator.scenario.run.runner import run_file
from simulator.words.errors import ExtensionFailed, ScenarioInvalid
from tests.extensions.packages import install
from tests.extensions.page import blocks, code_of, entry_point_of
from tests.test_cli import call

FUNCTION = code_of("generators")
(EXAMPLE,) = blocks("generators", "yaml")
ENTRY_POINT = entry_point_of("generators")

Captured = pytest.CaptureFixture[str]


def test_the_page_s_graph_runs_where_code_is_allowed(folder: Path) -> None:
    (folder / "my_graphs.py").write_text(FUNCTION, encoding="utf-8")
    file = folder / "scenario.yaml"
    file.write_text(EXAMPLE, encoding="utf-8")
    with pytest.raises(ScenarioInvalid, match=r"topology\.type: 'my_graphs:ladder' .*--allow-code"):
        load(file)
    assert "my_graphs" not in sys.modules
    assert run_file(file, allow_code=True).passed
    install(
        folder,
        ENTRY_POINT,
        group="generators",
    )
    file.write_text(EXAMPLE.replace("my_graphs:ladder", "ladder"), encoding="utf-8")
    assert run_file(file).passed


def test_a_graph_is_drawn_from_the_seed() -> None:
    def drawn(nodes: int, stream: Random) -> Iterable[tuple[int, int]]:
        return [(0, other) for other in sorted(stream.sample(range(1, nodes), 2))]

    digests = [Testnet(8, seed=seed, topology=drawn).digest for seed in (1, 1, 2)]
    assert digests[0] == digests[1] != digests[2]


def test_graphs_carry_deposits() -> None:
    def made(nodes: int, _: Random) -> "nx.Graph[int]":
        graph: nx.Graph[int] = nx.path_graph(nodes)
        nx.set_edge_attributes(
            graph, {edge: {"deposit1": 3, "deposit2": 4} for edge in graph.edges}
        )
        return graph

    def plain(nodes: int, _: Random) -> Iterator[tuple[int, int]]:
        yield nodes - 1, 0

    amounts = [
        data["capacity"] for _, _, data in Testnet(3, topology=made).graph().edges(data=True)
    ]
    assert amounts == [7, 7]
    net = Testnet(3, topology={"type": plain, "deposit": 5})
    assert net.node(2).deposits(net.token) == {net.node(0).address: 5}


WRONG_GRAPHS: list[tuple[Any, str]] = [
    (lambda *_: 1 // 0, r"it raised ZeroDivisionError: .* \(test_generators.py, line "),
    (lambda *_: None, "it returned 'NoneType', not a graph or pairs of numbers"),
    (lambda *_: "ab", "it returned 'str', not"),
    (lambda *_: [(0, 3)], r"it named \(0, 3\), which is no pair of nodes: they are 0 to 2"),
    (lambda *_: [(1, 1)], "which is no pair of nodes"),
    (lambda *_: [(0, True)], "which is no pair of nodes"),
    (lambda *_: [5], "it named 5, which is no pair of nodes"),
    (lambda *_: [(0, 1), (1, 0)], r"it named the channel \(1, 0\) twice"),
    (lambda *_: (1 // number for number in (0,)), "it raised ZeroDivisionError"),
    (lambda *_: nx.path_graph(5), "its graph "),
    (lambda *_: {(0, 1)}, "it returned a set, which has no order"),
]


@pytest.mark.parametrize(("generator", "message"), WRONG_GRAPHS)
def test_what_a_generator_does_wrong_is_told_in_a_sentence(generator: Any, message: str) -> None:
    with pytest.raises(ExtensionFailed, match=f"The graph generator .*{message}") as caught:
        Testnet(3, topology=generator)
    assert "\n" not in str(caught.value)


def test_a_generator_without_end_is_stopped() -> None:
    def endless(*_: object) -> Iterator[tuple[int, int]]:
        while True:
            yield 0, 1

    with pytest.raises(ExtensionFailed, match=r"it named the channel \(0, 1\) twice"):
        Testnet(3, topology=endless)


def test_a_failing_generator_fails_its_file_only(folder: Path, capsys: Captured) -> None:
    (folder / "bad.py").write_text("def bad(nodes, stream):\n    return 5\n", encoding="utf-8")
    file = folder / "g.yaml"
    file.write_text(EXAMPLE.replace("my_graphs:ladder", "bad:bad"), encoding="utf-8")
    fine = folder / "fine.yaml"
    fine.write_text("nodes: {count: 1}\nscenario: {wait: 1}\n", encoding="utf-8")
    assert call("run", "--allow-code", file, fine) == 1
    out, err = capsys.readouterr()
    assert "graph generator bad:bad failed: it returned 'int'" in out
    assert "PASSED" in out
    assert "Traceback" not in out + err
