"""Assertions that wait until they hold, with a limit in virtual time."""

from pathlib import Path

import jsonschema
import pytest

from simulator.reference.json_schema import json_schema
from simulator.scenario.run.runner import FinishedRun, run_file
from simulator.words.errors import ScenarioInvalid
from tests.scenarios.writing import failure_of, run_tasks, scenario_of, text_of, write

JOINS = "parallel: {tasks: [join_network: {from: 0-2, funds: 100}, %s]}"
CHANNELS = "assert_graph: {edges: 3}"


def ended(report: FinishedRun, kind: str) -> float:
    (task,) = [task for task in report.tasks if task.kind == kind]
    assert task.ended_seconds is not None
    return task.ended_seconds


def test_it_ends_with_the_block_after_which_everything_holds(tmp_path: Path) -> None:
    deposits = "assert_deposits: {from: 0, deposits: [0, 20, 20]}"
    waits = f"wait_until: {{{CHANNELS}, {deposits}}}"
    report = run_tasks(tmp_path, JOINS % waits)
    assert report.failure is None
    mined = max(
        e.time for e in report.testnet.journal.entries if "Deposit" in type(e.event).__name__
    )
    assert ended(report, "wait_until") == mined
    assert run_tasks(tmp_path, JOINS % "wait_until: {assert_blocks: '>= 3'}").passed


def test_what_holds_already_takes_no_time(tmp_path: Path) -> None:
    report = run_tasks(tmp_path, "wait_until: {assert_graph: {edges: 0}}", "assert_blocks: 0")
    assert report.failure is None


def test_time_limits_are_virtual(tmp_path: Path) -> None:
    report = run_tasks(tmp_path, f"wait_until: {{timeout: 40, {CHANNELS}}}")
    assert failure_of(report).endswith("edges: expected 3, actual 0 (checked for 40 s)")
    assert ended(report, "wait_until") == 40.0
    assert ended(run_tasks(tmp_path, f"wait_until: {{{CHANNELS}}}"), "wait_until") == 600.0


def test_all_must_hold_at_the_same_time(tmp_path: Path) -> None:
    first = "{assert_blocks: {blocks: '< 1'}}"
    later = "{assert_blocks: {blocks: '>= 1'}}"
    report = run_tasks(tmp_path, f"wait_until: {{timeout: 60, tasks: [{first}, {later}]}}")
    assert "blocks: expected < 1, actual 4" in failure_of(report)


def test_an_assertion_can_wait_by_itself(tmp_path: Path) -> None:
    report = run_tasks(tmp_path, JOINS % "assert_graph: {edges: 3, timeout: 1e2}")
    assert report.failure is None
    assert 0 < ended(report, "assert_graph") <= 100
    failed = run_tasks(tmp_path, "assert: {from: 0, to: 1, timeout: 20}")
    assert "actual 404" in failure_of(failed)
    assert "(checked for 20 s)" in failure_of(failed)


def test_several_nodes_can_be_waited_for(tmp_path: Path) -> None:
    waits = "wait_until: {assert_deposits: {nodes: all, deposits: [0, 20, 20]}}"
    assert run_tasks(tmp_path, JOINS % waits).failure is None
    report = run_tasks(tmp_path, "wait_until: {timeout: 5, assert_wallet: {from: 0-1, tokens: 1}}")
    told = [f"assert_wallet of node {n} (line 8): tokens: expected 1, actual 100" for n in (0, 1)]
    assert failure_of(report).endswith(f": wait_until: {'; '.join(told)} (checked for 5 s)")


def test_everything_that_was_not_met_is_told_with_its_line_and_its_node(tmp_path: Path) -> None:
    file = write(
        tmp_path,
        text_of("open_channel: {from: 0, to: 1, total_deposit: 7}") + "      - wait_until:\n"
        "          timeout: 30\n"
        "          assert_deposits: {from: 0, deposits: [8]}\n"
        "          assert_graph: {edges: 1}\n"
        "          assert_gas: {call: closeChannel, calls: 2}\n"
        "          tasks:\n"
        "            - assert: {from: 0, to: 2}\n",
    )
    report = run_file(file)
    assert report.failure is not None
    assert report.failure.line == 9, "wait_until's own; each assertion says its own, too"
    assert report.failure.message == (
        "wait_until: "
        "assert_deposits of node 0 (line 11): deposits: expected [8], actual [7] "
        "(node 0 has 7 with node 1); "
        "assert_gas of closeChannel (line 13): calls: expected 2, actual 0; "
        "assert of node 0 to node 2 (line 15): HTTP status: expected 2.., actual 404 (Channel with "
        "partner node 2 for the token could not be found.) (they never had one; node 0 has "
        "channels with node 1) (checked for 30 s)"
    )


def test_a_crash_and_a_restart_can_be_waited_for(tmp_path: Path) -> None:
    back = "serial: {tasks: [wait: 70, start_node: 0]}"
    waits = "wait_until: {assert_node: {node: 0, online: true}}"
    report = run_tasks(tmp_path, "kill_node: 0", f"parallel: {{tasks: [{back}, {waits}]}}")
    assert report.failure is None
    assert ended(report, "wait_until") == 75.0, "after the first block from then on"


@pytest.mark.parametrize(
    ("task", "message"),
    [
        ("wait_until", "wait_until: needs at least one assertion"),
        ("wait_until: {timeout: 3}", "wait_until: needs at least one assertion"),
        ("wait_until: {wait: 3}", "wait_until.wait: is no assertion"),
        ("wait_until: {tasks: [stop_node: 0]}", "wait_until.stop_node: is no assertion"),
        ("wait_until: {stop_node: all}", "wait_until.stop_node: is no assertion"),
        ("wait_until: {assert_grpah: {edges: 3}}", "assert_grpah: unknown task; did you mean"),
        ("wait_until: {assert_graph: {egdes: 3}}", "assert_graph.egdes: unknown key"),
        ("wait_until: {timeout: -1, assert_blocks: 3}", "timeout: must be at least 0, not -1"),
        (
            "wait_until: {assert_graph: {edges: 1, timeout: 3}}",
            "assert_graph.timeout: says nothing: wait_until has one for all of them",
        ),
    ],
)
def test_what_can_not_be_waited_for_is_a_mistake(task: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(ScenarioInvalid) as caught:
        scenario_of(tmp_path, task)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("task", "message"),
    [
        ("wait_until: {timeot: 3, assert_blocks: 3}", "timeot: unknown key; did you mean timeout?"),
        ("wait_until: {assert_grpah: {edges: 3}}", "unknown task; did you mean assert_graph?"),
        ("wait_until: {assert_graph: {egdes: 3}}", "egdes: unknown key; did you mean edges?"),
        ("wait_until: {assert_blocks: '=> 3'}", "assert_blocks.blocks: must be a number from 0"),
        ("wait_until: {assert_wallet: {nodes: 0-9, tokens: 3}}", "there is no node 9"),
        ("wait_until: {assert_wallet: {from: 0-1, tokns: 3}}", "tokns: unknown key; did you mean"),
        ("wait_until: {tasks: [assert_graph: {egdes: 3}]}", "egdes: unknown key; did you mean"),
    ],
)
def test_a_mistake_in_an_assertion_is_the_only_one_told(
    task: str, message: str, tmp_path: Path
) -> None:
    with pytest.raises(ScenarioInvalid) as caught:
        scenario_of(tmp_path, task)
    (line,) = str(caught.value).splitlines()
    assert message in line


def test_the_schema_knows_it() -> None:
    def mistakes(value: object) -> int:
        tasks = [{"wait_until": value}]
        document = {"nodes": {"count": 3}, "scenario": {"serial": {"tasks": tasks}}}
        return len(list(jsonschema.Draft202012Validator(json_schema()).iter_errors(document)))

    assertion = {"assert_deposits": {"from": 0, "deposits": [1, ">= 2"]}}
    assert not mistakes({"timeout": 5, **assertion})
    assert not mistakes({"tasks": [assertion, assertion]})
    assert not mistakes({"my_module:check": {}})
    assert mistakes({"wait": 3})
    assert mistakes({"timeout": "long", **assertion})
    assert mistakes(None)
