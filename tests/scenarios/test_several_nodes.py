"""One task of several nodes: ranges, lists, all."""

from itertools import product
from pathlib import Path

import jsonschema
import pytest

from simulator.reference.json_schema import json_schema
from simulator.scenario.language.scenario import load
from simulator.scenario.run.runner import run_file
from simulator.words.errors import ScenarioInvalid
from tests.scenarios.writing import failure_of, run_tasks, scenario_of, text_of, write

JOIN = "join_network: {%s, funds: 100}"


@pytest.mark.parametrize(
    ("who", "joined"),
    [
        ("from: 0-2", [0, 1, 2]),
        ("node: 1-1", [1]),
        ("nodes: all", [0, 1, 2, 3]),
        ("from: [3, 0]", [3, 0]),
        ("nodes: [0, 2-3]", [0, 2, 3]),
        ("nodes: 2", [2]),
    ],
)
def test_calls_are_made_by_each_at_the_same_time(
    who: str, joined: list[int], tmp_path: Path
) -> None:
    report = run_tasks(tmp_path, JOIN % who, "wait_idle", nodes=4)
    assert report.failure is None
    calls = [t for t in report.tasks if t.kind == "join_network" and not t.is_group]
    assert {call.started_seconds for call in calls} == {0.0}
    assert [int(call.parameters.split(",")[0].split()[1]) for call in calls] == joined
    funds = [node.connections() for node in report.testnet.nodes]
    assert [n for n, entry in enumerate(funds) if entry] == sorted(joined)


def test_each_has_a_place_of_its_own(tmp_path: Path) -> None:
    report = run_tasks(tmp_path, "join_network: {from: 0-2, funds: 1000}")
    assert report.failure is not None
    assert report.failure.path == "scenario.serial.tasks[0].join_network.from[0]"
    assert report.failure.line == 8
    failed = [task.path[-7:] for task in report.tasks if task.failure]
    assert failed == ["from[0]", "from[1]", "from[2]"]


def test_what_a_tester_does_can_be_done_to_several(tmp_path: Path) -> None:
    report = run_tasks(
        tmp_path,
        "stop_node: 0-1",
        "assert_node: {nodes: [0, 1], online: false}",
        "assert_node: {node: 2, online: true}",
        "start_node: all",
        "assert_node: {nodes: all, online: true}",
        "set_eth: {nodes: all, wei: 7}",
        "assert_wallet: {from: 0-2, wei: 7}",
    )
    assert report.failure is None


def test_faults_come_to_several(tmp_path: Path) -> None:
    fault = "faults: [{at_seconds: 20, stop_node: [0, 2]}]\n"
    tasks = text_of("wait: 21", "assert_node: {nodes: [0, 2], online: false}")
    scenario = load(write(tmp_path, fault + tasks))
    report = run_file(tmp_path / "test.yaml")
    assert report.failure is None
    assert scenario.size == 5 == len([t for t in report.tasks if not t.is_group])


def test_assertions_are_made_of_each(tmp_path: Path) -> None:
    report = run_tasks(tmp_path, "assert_wallet: {nodes: all, tokens: 100}")
    assert report.failure is None
    tasks = (
        "open_channel: {from: 0, to: 2, total_deposit: 1}",
        "assert_wallet: {from: 0-1, tokens: 100}",
    )
    assert failure_of(run_tasks(tmp_path, *tasks)) == (
        "scenario.serial.tasks[1].assert_wallet.from[0]: assert_wallet of node 0: "
        "tokens: expected 100, actual 99 (1 more in open channels)"
    )


@pytest.mark.parametrize(
    ("who", "message"),
    [
        ("from: 0-3", "from: there is no node 3: nodes are 0 to 2"),
        ("nodes: 5-7", "from: there is no node 5: nodes are 0 to 2"),
        ("from: 2-1", "from: the range 2-1 ends before it begins"),
        ("from: []", "from: names no node"),
        ("from: [0, 0-1]", "from: names node 0 twice"),
        ("from: [0, x]", "must be nodes' numbers, ranges like 0-9, or all, not 'x'"),
        ("from: [0, true]", "must be nodes' numbers, ranges like 0-9, or all, not True"),
        ("from: [-1]", "there is no node -1"),
        ("from: 00-2", "from: must be an integer, not '00-2'"),
        ("from: some", "from: must be an integer, not 'some'"),
        ("from: 0-99999999999", "from: must be an integer"),
        ("from: 0-2, nodes: all", "nodes: unknown key"),
        ("from: 0-2, cuont: 3", "cuont: unknown key"),
    ],
)
def test_what_names_no_nodes_is_a_mistake(who: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(ScenarioInvalid) as caught:
        scenario_of(tmp_path, JOIN % who)
    lines = str(caught.value).splitlines()
    assert len(lines) == 1, "it is told once, however many nodes there are"
    assert message in lines[0]


def test_another_word_of_a_task_stays_what_it_is(tmp_path: Path) -> None:
    assert run_tasks(tmp_path, "assert_graph: {nodes: 0}").failure is None
    with pytest.raises(ScenarioInvalid, match=r"wait\.nodes: unknown key"):
        scenario_of(tmp_path, "wait: {seconds: 1, nodes: all}")
    with pytest.raises(ScenarioInvalid, match=r"open_channel\.nodes: unknown key"):
        scenario_of(tmp_path, "open_channel: {nodes: 1-2, to: 0}")
    opened = run_tasks(tmp_path, "open_channel: {from: 1-2, to: 0}", "assert_graph: {edges: 2}")
    assert opened.failure is None


def test_the_schema_knows_them() -> None:
    validator = jsonschema.Draft202012Validator(json_schema())
    for who, value in product(["from", "node", "nodes"], [0, "0-2", "all", [0, "1-2"]]):
        task = {"leave_network": {who: value}}
        document = {"nodes": {"count": 3}, "scenario": {"serial": {"tasks": [task]}}}
        assert not list(validator.iter_errors(document)), (who, value)


def test_the_schema_refuses_what_names_no_nodes() -> None:
    validator = jsonschema.Draft202012Validator(json_schema())
    for wrong in ({"from": "some"}, {"from": [True]}, {"from": 0, "nodes": "all"}, {}):
        task = {"leave_network": wrong}
        document = {"nodes": {"count": 3}, "scenario": {"serial": {"tasks": [task]}}}
        assert list(validator.iter_errors(document)), wrong
