"""Scenarios can start from a graph whose channels are really there."""

import json
from copy import copy
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import networkx as nx
import pytest
import simpy

from simulator.kernel.rng import Rng
from simulator.node.world import CallResult
from simulator.reports import folder as reports
from simulator.scenario.language.scenario import load
from simulator.scenario.run.runner import FinishedRun, run
from simulator.testnet.simulation import Simulation
from simulator.testnet.topology_argument import start_graph
from simulator.topology import generators
from simulator.topology.file_graph import ARE_THESE
from simulator.topology.generators import NumberedEdge
from simulator.words.errors import NodeUnavailable, ScenarioInvalid
from simulator.words.units import parse_address
from tests.scenarios.writing import failure_of, write
from tests.test_cli import Captured, call

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
    "{type: star, nodes: 3}": "nodes: 3, edges: 2",
    "{type: random, probability: 1, nodes: 4}": "nodes: 4, edges: 6",
    "{type: grid, columns: 3}": "edges: 7, diameter: 3",
    "{type: random, probability: 1}": "edges: 15",
    "{type: random, probability: 0}": "edges: 0, nodes: 0",
    "{type: small_world, neighbours: 2, probability: 0.5}": "edges: 6",
    "{type: snapshot_like, mean_degree: 2, deposit: 1}": "nodes: 6, connected: true",
    "{type: snapshot_like, median_capacity: 6, capacity_spread: 0, mean_degree: 2}": (
        "nodes: 6, connected: true"
    ),
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


def test_a_random_graph_is_drawn_once_with_the_seed_of_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[float] = []
    shape = generators.SHAPES["random"]

    def watched(nodes: int, probability: float, stream: Random) -> list[NumberedEdge]:
        drawn.append(Random.random(copy(stream)))
        return shape.make(nodes, probability, stream)

    monkeypatch.setitem(generators.SHAPES, "random", replace(shape, make=watched))
    scenario = load(file_of(tmp_path, "{type: random, probability: 0.5}", "wait: 0"))
    assert drawn == []
    run(scenario, 8)
    assert drawn == [Rng(8).stream("topology").random()]


def test_a_report_is_a_way_back(tmp_path: Path) -> None:
    """Nodes have their numbers, and channels their ends, deposits and settle timeouts."""
    tasks = """serial: {tasks: [
      open_channel: {from: 5, to: 0, total_deposit: 11},
      open_channel: {from: 5, to: 1, total_deposit: 12, settle_timeout: 20},
      open_channel: {from: 4, to: 5, total_deposit: 14},
      deposit: {from: 0, to: 5, total_deposit: 3},
      open_channel: {from: 1, to: "0x2222222222222222222222222222222222222222"},
      join_network: {from: 2, funds: 30, initial_channel_target: 1}]}"""
    first = run(load(file_of(tmp_path, "", tasks)))
    assert first.passed
    reports.write(first, tmp_path)
    net = nx.node_link_data(first.testnet.graph(everything=True), edges="edges")
    (tmp_path / "all.json").write_text(json.dumps(net), encoding="utf-8")
    for source in ("graphml, file: network.graphml", "node_link, file: all.json"):
        again = load(file_of(tmp_path, f"{{type: {source}}}", "wait: 0"))
        assert again.notes == ()
        report = run(again, 99)
        assert report.passed
        everything = "all" in source
        assert network(report, everything) == network(first, everything)


def network(report: FinishedRun, everything: bool) -> tuple[object, ...]:
    """Return who has which number, and the channels with all that can be the same again."""
    graph = report.testnet.graph(everything=everything)
    numbers = {name: data.get("node", name) for name, data in graph.nodes(data=True)}
    channels = sorted(
        [
            *(numbers[data["participant1"]], data["deposit1"]),
            *(str(numbers[data["participant2"]]), data["deposit2"]),
            data["settle_timeout"],
        ]
        for *_, data in graph.edges(data=True)
    )
    return [*numbers.values()], channels


def graph_in(folder: Path, *links: dict[str, object]) -> None:
    names = [{"id": name} for name in "abc"]
    (folder / "graph.json").write_text(json.dumps({"nodes": names, "links": links}))


def test_what_a_file_says_goes_before_the_deposits_of_the_scenario(tmp_path: Path) -> None:
    whole: dict[str, object] = {"source": "c", "target": "a", "deposit1": 7, "deposit2": 3}
    graph_in(tmp_path, whole, {"source": "a", "target": "b"})
    given = "{type: node_link, file: graph.json, deposit: 1, partner_deposit: 2}"
    report = run(load(file_of(tmp_path, given, "assert_deposits: {from: 0, deposits: [1, 3]}")))
    assert report.failure is None
    graph_in(tmp_path, whole)
    with pytest.raises(ScenarioInvalid) as caught:
        load(file_of(tmp_path, given, "wait: 0"))
    reason = "says nothing: the file has deposits of its own for every channel"
    assert [line.split(": ", 1)[1] for line in str(caught.value).splitlines()] == [
        *(f"topology.deposit: {reason}", f"topology.partner_deposit: {reason}")
    ]


def test_what_of_a_file_is_not_used_is_said_by_every_command(
    tmp_path: Path, capsys: Captured
) -> None:
    graph_in(tmp_path, {"source": "a", "target": "a"}, {"source": "a", "target": "b", "balance": 4})
    file = file_of(tmp_path, "{type: node_link, file: graph.json}", "wait: 0")
    lines = [
        f"note: {file}:3: topology.file: graph.json: {note}"
        for note in (
            "left out: 1 channel, 'a' - 'a': a channel has two different ends",
            f"unused: balance of 1 channel: a channel's deposits {ARE_THESE}",
        )
    ]
    for command in ("validate", "run"):
        assert call(command, file) == 0
        assert [one for one in capsys.readouterr().out.splitlines() if "note" in one] == lines


def test_who_cannot_pay_is_named(tmp_path: Path) -> None:
    report = run(load(file_of(tmp_path, "{type: star, deposit: 21}", "wait: 0")))
    assert failure_of(report) == "topology: node 0 needs 105 tokens but has 100"
    graph = "{type: ring, deposit: 30, partner_deposit: 80}"
    report = run(load(file_of(tmp_path, graph, "wait: 0")))
    assert failure_of(report) == "topology: node 5 needs 160 tokens but has 100"
    text = TEXT.replace("}}\ntoken", ", eth_balance_wei: 1}}\ntoken", 1)
    poor = write(tmp_path, text.format(nodes=2, topology="{type: line}", task="wait: 0"))
    assert "ETH" in failure_of(run(load(poor))) or "wei" in failure_of(run(load(poor)))


INVALID = {
    "{}": "topology.type: is missing",
    "{type: cube}": "topology.type: must be the name of a graph generator, not 'cube'; known: ",
    "{type: ring, columns: 3}": "topology.columns: says nothing about a graph of type ring",
    "{type: star, nodes: 7}": "topology: nodes is 7, but there are only 6",
    "{type: star, nodes: 0}": "topology.nodes: must be at least 1, not 0",
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


def test_more_channels_than_blocks_can_take_in_time_are_opened_one_after_another(
    tmp_path: Path,
) -> None:
    """All at once, the last senders would give up: two blocks hold two hundred of them."""
    text = """\
nodes: {count: 500}
chain: {engine: model, transaction_timeout_seconds: 30}
topology: {type: ring, deposit: 2, partner_deposit: 1}
scenario: {assert_graph: {nodes: 500, edges: 500, capacity: 1500}}
"""
    assert run(load(write(tmp_path, text))).failure is None


JOINERS = """\
nodes: {{count: 8}}
topology: {{type: line, nodes: 5, deposit: 10, partner_deposit: 4{accept}}}
scenario:
  serial:
    tasks:
      - join_network: {{from: 5, funds: 50, initial_channel_target: 5, joinable_funds_target: 0.5}}
      - wait_blocks: 3
"""


@pytest.mark.parametrize(
    ("accept", "answers"),
    [("", 0), (", accept_share: 0", 0), (", accept_share: 0.25", 12), (", accept_share: 1", 24)],
)
def test_nodes_of_the_graph_answer_joiners_up_to_a_share_of_their_own_and_open_nothing(
    accept: str, answers: int, tmp_path: Path
) -> None:
    """They have 10, 14, 14, 14 and 4 in channels; a joiner gives 5 to each of them."""
    report = run(load(write(tmp_path, JOINERS.format(accept=accept))))
    assert report.failure is None
    channels = [data for *_, data in report.testnet.graph().edges(data=True)]
    assert len(channels) == 4 + 5, "nobody but the joiner has opened one"
    old = [data for data in channels if data["channel_identifier"] <= 4]
    assert [(data["deposit1"], data["deposit2"]) for data in old] == [(10, 4)] * 4, "left alone"
    assert sum(data["capacity"] for data in channels if data not in old) == 5 * 5 + answers


@pytest.mark.parametrize("end", ["stop", "crash"])
def test_a_node_that_goes_offline_fails_its_channel_of_the_graph_and_takes_calls_again(
    end: str,
) -> None:
    net = Simulation(3, engine="model")
    _, graph = start_graph({"type": "line", "deposit": 10, "partner_deposit": 5}, 3)
    opening = net.world.spawn(net.controls, lambda: graph.open(net))
    net.world.clock.run(lambda: net.world.mempool.waiting > 0)
    first, second, third = net.nodes
    getattr(first, end)()
    net.world.clock.run()
    assert isinstance(ended(opening).error, NodeUnavailable)
    token = parse_address(net.token)
    rest = second.channel(token, third.address)
    assert rest is not None
    assert (rest.own_deposit, rest.partner_deposit) == (10, 5)
    first.start()
    again = first.open_channel(token, third.address, total_deposit=7)
    net.world.clock.run()
    assert ended(again).unwrap().channel.own_deposit == 7
    net.check_invariants()


def ended(call: simpy.Process) -> CallResult[Any]:
    assert isinstance(call.value, CallResult)
    return call.value
