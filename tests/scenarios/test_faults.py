"""Faults that come by themselves."""

from pathlib import Path

import pytest

from simulator.scenario.language.scenario import load
from simulator.scenario.run.runner import FinishedRun, run
from simulator.words.errors import ScenarioInvalid
from tests.scenarios.writing import failure_of, text_of, write


def run_with(folder: Path, faults: str, *tasks: str) -> FinishedRun:
    return run(load(write(folder, f"faults:\n{faults}{text_of(*tasks)}")))


def test_they_come_at_their_moments_in_the_order_of_the_file(tmp_path: Path) -> None:
    report = run_with(
        tmp_path,
        "  - {at_block: 3, stop_node: 1}\n"
        "  - {at_seconds: 10.5, mint: {node: 0, amount: 5}}\n"
        "  - {at_seconds: 45, start_node: 1}\n",
        "wait: 100",
    )
    assert report.passed
    begun = [(t.path, t.started_seconds) for t in report.tasks if t.path.startswith("faults")]
    assert begun == [
        ("faults[1].mint", 10.5),
        ("faults[0].stop_node", 45.0),
        ("faults[2].start_node", 45.0),
    ]
    assert [task.title for task in report.tasks][:3] == ["serial", "wait", "fault: mint"]


def test_moments_count_from_the_root_task(tmp_path: Path) -> None:
    """The start graph needs blocks of its own."""
    report = run_with(
        tmp_path,
        "  - {at_block: 1, stop_node: 1}\ntopology: {type: ring, deposit: 10}\n",
        "wait_blocks: 1",
        "assert_connections: {from: 1, expected_http_status: 503}",
    )
    assert report.passed, report.failure


def test_waiting_for_rest_waits_for_them(tmp_path: Path) -> None:
    report = run_with(tmp_path, "  - {at_block: 50, stop_node: 1}\n", "wait_idle:")
    assert report.passed
    assert report.blocks == 50


def test_a_fault_that_never_comes_fails_the_scenario(tmp_path: Path) -> None:
    report = run_with(tmp_path, "  - {at_seconds: 50, stop_node: 1}\n", "wait: 49")
    assert failure_of(report) == (
        "faults[0].stop_node: never came: the scenario ended before, but it was due 50 s after "
        "the root task began"
    )
    assert report.failure is not None
    assert report.failure.line == 2


def test_a_fault_that_fails_fails_the_scenario(tmp_path: Path) -> None:
    huge = 2**256 - 1
    faults = f"  - {{at_seconds: 1, mint: {{node: 0, amount: {huge}}}}}\n"
    assert "faults[0]: mint of node 0: " in failure_of(run_with(tmp_path, faults, "wait: 40"))


@pytest.mark.parametrize(
    ("fault", "problem"),
    [
        ("{stop_node: 1}", "2: faults[0]: needs either at_seconds or at_block"),
        (
            "{at_block: 1, at_seconds: 1, stop_node: 1}",
            "2: faults[0]: needs either at_seconds or at_block",
        ),
        ("{at_block: -1, stop_node: 1}", "2: faults[0].at_block: must be at least 0, not -1"),
        (
            "{at_seconds: 2000000, stop_node: 1}",
            "2: faults[0].at_seconds: must be at most 1000000, not 2000000",
        ),
        ("{at_block: 1, stop_node: 9}", "2: faults[0].stop_node.node: there is no node 9"),
        ("{at_block: 1}", "2: faults[0]: must hold exactly one of the tasks stop_node,"),
        ("{at_block: 1, wait: 5}", "2: faults[0]: must hold exactly one of the tasks stop_node,"),
        ("{at_block: 1, stop_node: 1, start_node: 1}", "2: faults[0]: must hold exactly one of"),
        ("stop_node", "2: faults[0]: must be a moment and a task, not 'stop_node'"),
        (
            "{at_block: 1, set_gas_price: {blocks: 5}}",
            "2: faults[0].set_gas_price.blocks: says nothing without wei",
        ),
        (
            "{at_block: 1, set_gas_price: {wei: 5}}",
            "2: faults[0].set_gas_price.wei: must be at least 1000000000, not 5",
        ),
    ],
)
def test_mistakes(tmp_path: Path, fault: str, problem: str) -> None:
    with pytest.raises(ScenarioInvalid) as caught:
        load(write(tmp_path, f"faults:\n  - {fault}\n{text_of('wait: 1')}"))
    assert problem in str(caught.value)


def test_faults_must_be_a_list(tmp_path: Path) -> None:
    with pytest.raises(ScenarioInvalid, match="1: faults: must be a list"):
        load(write(tmp_path, f"faults: {{}}\n{text_of('wait: 1')}"))


def test_messages_can_be_faults_too(tmp_path: Path) -> None:
    report = run_with(
        tmp_path,
        "  - {at_seconds: 20, partition: [[0], [1]]}\n  - {at_seconds: 40, release_messages: }\n",
        "open_channel: {from: 0, to: 1, total_deposit: 20}",
        "wait: 10",
        "transfer: {from: 0, to: 1, amount: 5, expected_seconds: 15}",
    )
    assert report.passed, report.failure


def test_a_disk_is_lost_at_a_block(tmp_path: Path) -> None:
    report = run_with(
        tmp_path,
        "  - {at_block: 3, back_up_disk: 1}\n"
        "  - {at_block: 6, lose_disk: 1}\n"
        "  - {at_block: 6, start_node: 1}\n",
        "open_channel: {from: 0, to: 1, total_deposit: 20}",
        "transfer: {from: 0, to: 1, amount: 5}",
        "wait_blocks: 3",
        "transfer: {from: 0, to: 1, amount: 7}",
        "assert: {from: 1, to: 0, balance: 12}",
        "wait_blocks: 2",
        "assert: {from: 1, to: 0, balance: 5}",
        "assert: {from: 0, to: 1, balance: 8}",
    )
    assert report.passed, report.failure
