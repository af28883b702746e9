"""Scenarios can start from a graph whose channels are really there."""

import json
from pathlib import Path

import pytest

from simulator.errors import ScenarioInvalid
from simulator.scenario.runner import run
from simulator.scenario.schema import load
from tests.scenarios.writing import failure_of, write

TEXT = """\
nodes: {{count: {nodes}}}
token: {{balance_fund: 100}}
topology: {topology}
scenario: {{{task}}}
"""


def file_of(folder: Path, topology: str, task: str, nodes: int = 6) -> Path:
    return write(folder, TEXT.format(nodes=nodes, topology=topology, task=task))


HOLDS = {
    "{type: complete, deposit: 2}": "nodes: 6, edges: 15, capacity: 30",
    "{type: line, deposit: 2, partner_deposit: 3}": "diameter: 5, capacity: 25",
    "{type: ring}": "edges: 6, min_degree: 2, max_degree: 2, capacity: 0",
    "{type: star, deposit: 20}": "edges: 5, max_degree: 5, capacity: 100",
    "{type: grid, columns: 3}": "edges: 7, diameter: 3",
    "{type: random, probability: 1}": "edges: 15",
    "{type: random, probability: 0}": "edges: 0, nodes: 0",
    "{type: small_world, neighbours: 2, probability: 0.5}": "edges: 6",
    "{type: scale_free, attachments: 1}": "edges: 5, connected: true",
}


@pytest.mark.parametrize(("topology", "expected"), HOLDS.items())
def test_graphs(topology: str, expected: str, tmp_path: Path) -> None:
    scenario = load(file_of(tmp_path, topology, f"assert_graph: {{{expected}}}"))
    report = run(scenario)
    assert report.failure is None
    assert [record.path for record in report.tasks] == ["topology", "scenario.assert_graph"]
    assert scenario.size == 2


def test_both_sides_have_their_deposits(tmp_path: Path) -> None:
    topology = "{type: line, deposit: 7, partner_deposit: 3}"
    report = run(load(file_of(tmp_path, topology, "assert_deposits: {from: 1, deposits: [3, 7]}")))
    assert report.failure is None
    assert report.graph_before.number_of_edges() == 5


def test_the_seed_draws_the_graph(tmp_path: Path) -> None:
    scenario = load(file_of(tmp_path, "{type: random, probability: 0.5}", "wait: 0"))
    digests = [run(scenario, seed).digest for seed in (1, 1, 2)]
    assert digests[0] == digests[1] != digests[2]


def test_files_are_found_beside_the_scenario(tmp_path: Path) -> None:
    names = [{"id": name} for name in "abc"]
    graph = {"nodes": names, "links": [{"source": "a", "target": "c"}]}
    (tmp_path / "graph.json").write_text(json.dumps(graph), encoding="utf-8")
    file = file_of(tmp_path, "{type: node_link, file: graph.json}", "assert: {from: 0, to: 2}")
    assert run(load(file)).failure is None


def test_who_cannot_pay_is_named(tmp_path: Path) -> None:
    report = run(load(file_of(tmp_path, "{type: star, deposit: 21}", "wait: 0")))
    assert failure_of(report) == "topology: node 0 needs 105 tokens but has 100"
    text = TEXT.replace("}}\ntoken", ", eth_balance_wei: 1}}\ntoken", 1)
    poor = write(tmp_path, text.format(nodes=2, topology="{type: line}", task="wait: 0"))
    assert "ETH" in failure_of(run(load(poor))) or "wei" in failure_of(run(load(poor)))


INVALID = {
    "{}": "topology.type: is missing",
    "{type: cube}": "topology.type: must be 'complete', ",
    "{type: ring, columns: 3}": "topology.columns: says nothing about a graph of type ring",
    "{type: random}": "topology.probability: is missing: a graph of type random needs it",
    "{type: random, probability: 2}": "topology.probability: must be at most 1, not 2",
    "{type: small_world, neighbours: 3, probability: 0}": "neighbours must be even",
    "{type: scale_free, attachments: 6}": "attachments must be less than the 6 nodes",
    "{type: graphml, file: none.xml}": "none.xml: cannot be read",
    "{type: ring, deposit: -1}": "topology.deposit: must be at least 0, not -1",
}


@pytest.mark.parametrize(("topology", "problem"), INVALID.items())
def test_mistakes_are_named(topology: str, problem: str, tmp_path: Path) -> None:
    file = file_of(tmp_path, topology, "wait: 0")
    with pytest.raises(ScenarioInvalid) as caught:
        load(file)
    assert str(caught.value).startswith(f"{file}:3: topology")
    assert problem in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_nodes_have_the_strategies_of_the_file(tmp_path: Path) -> None:
    options = "default_options: {strategy: lowest_degree, dialect: bespin}"
    options += ", node_options: {1: {strategy: highest_degree}}"
    text = f"nodes: {{count: 3, {options}}}\nscenario: {{wait: 0}}\n"
    scenario = load(write(tmp_path, text))
    assert scenario.strategies == ("lowest_degree", "highest_degree", "lowest_degree")
    assert set(scenario.dialects) == {"bespin"}, "what a node says goes before the defaults"
