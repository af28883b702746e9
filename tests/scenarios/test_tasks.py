"""Each task does what it says, and fails when that is not what happens."""

from pathlib import Path

import pytest

from simulator.reports.record import FAILED, PASSED, UNFINISHED, TaskRecord
from simulator.scenario.language.scenario import load
from simulator.scenario.run.runner import run, run_file
from simulator.scenario.tasks.scenario_run import NoProgress
from simulator.testnet.running import RunningTestnet
from tests.scenarios.writing import failure_of, run_tasks, scenario_of, text_of, write

OPEN = "open_channel: {from: 0, to: 1, total_deposit: 20}"
BOOTSTRAP = '"0x2222222222222222222222222222222222222222"'

PASSING = {
    "open and deposit": [
        OPEN,
        "deposit: {from: 1, to: 0, total_deposit: 7}",
        "assert: {from: 0, to: 1, total_deposit: 20, balance: 20, state: opened}",
        "assert: {from: 1, to: 0, total_deposit: 7}",
    ],
    "open twice": [
        "open_channel: {from: 0, to: 1, expected_http_status: 201}",
        "open_channel: {from: 1, to: 0, expected_http_status: 200}",
    ],
    "open an open channel with a deposit": [
        OPEN,
        "open_channel: {from: 0, to: 1, total_deposit: 20, expected_http_status: 409}",
        "open_channel: {from: 0, to: 1, total_deposit: 7, expected_http_status: 409}",
        "open_channel: {from: 0, to: 1, expected_http_status: 200}",
        "open_channel: {from: 0, to: 1, total_deposit: 21, expected_http_status: 200}",
    ],
    "settle timeout": [
        "open_channel: {from: 0, to: 1, settle_timeout: 7}",
        "close_channel: {from: 0, to: 1}",
        "wait_blocks: 7",
        "assert: {from: 0, to: 1, state: closed}",
        "wait_idle:",
        "assert: {from: 0, to: 1, expected_http_status: 404}",
    ],
    "a partner by its address": [
        f"open_channel: {{from: 0, to: {BOOTSTRAP}}}",
        f"assert: {{from: 0, to: {BOOTSTRAP}, total_deposit: 0}}",
        "assert_graph: {nodes: 1, edges: 0, connected: true}",
    ],
    "statuses": [
        "join_network: {from: 0, funds: 0, expected_http_status: 409}",
        "join_network: {from: 0, funds: 101, expected_http_status: 409}",
        'join_network: {from: 0, funds: 101, expected_http_status: "4.."}',
        "join_network: {from: 0, funds: 5, joinable_funds_target: 2, expected_http_status: 409}",
        "deposit: {from: 0, to: 1, total_deposit: 1, expected_http_status: 409}",
        "open_channel: {from: 0, to: 0, expected_http_status: 409}",
        "open_channel: {from: 0, to: 1, total_deposit: 101, expected_http_status: 402}",
        "close_channel: {from: 0, to: 1, expected_http_status: 409}",
        "set_eth: {node: 0, wei: 1}",
        "join_network: {from: 0, funds: 100, expected_http_status: 402}",
        "assert_wallet: {from: 0, tokens: 100, wei: 1}",
        "leave_network: {from: 0, expected_http_status: 200}",
    ],
    "offline": [
        "stop_node: 0",
        "join_network: {from: 0, funds: 100, expected_http_status: 503}",
        "assert_connections: {from: 0, expected_http_status: 503}",
        "assert_deposits: {from: 0, expected_http_status: 503}",
        "assert_wallet: {from: 0, tokens: 100}",
        "start_node: 0",
        "assert_connections: {from: 0, channels: 0}",
    ],
    "hold for some blocks": [
        "hold_transactions: {node: 0, blocks: 4}",
        OPEN,
        "assert_graph: {edges: 1}",
    ],
    "hold and release": [
        "hold_transactions: {node: 0}",
        (
            "parallel: {tasks: [join_network: {from: 0, funds: 100}, serial: {tasks: ["
            "wait: 50, assert_graph: {nodes: 0}, release_transactions: {node: 0}]}]}"
        ),
        "assert_connections: {from: 0, channels: 1}",
    ],
    "drop": [
        "drop_transactions: {node: 0}",
        "join_network: {from: 0, funds: 100, expected_http_status: 408}",
        "release_transactions: {node: 0}",
        "assert_wallet: {from: 0, tokens: 100}",
    ],
    "fail": [
        "fail_transactions: {node: 0}",
        "open_channel: {from: 0, to: 1, expected_http_status: 409}",
    ],
    "mint": [
        "mint: {node: 2, amount: 11}",
        'assert_wallet: {from: 2, tokens: 111, wei: "> 1"}',
    ],
    "exact shares": [
        "mint: {node: 0, amount: 123456789012345678801}",
        OPEN,
        "join_network: {from: 0, funds: 123456789012345678901, joinable_funds_target: 0.4}",
        "assert_deposits: {from: 0, deposits: [24691357802469135780]}",
    ],
}


@pytest.mark.parametrize("tasks", PASSING.values(), ids=PASSING.keys())
def test_what_holds(tasks: list[str], tmp_path: Path) -> None:
    report = run_tasks(tmp_path, *tasks)
    assert report.failure is None
    assert [r.status for r in report.tasks if r.is_group] == [PASSED] * sum(
        record.is_group for record in report.tasks
    )


FAILING = {
    "assert: {from: 0, to: 1, total_deposit: 21}": "total_deposit: expected 21, actual 20",
    "assert: {from: 0, to: 1, state: closed}": "state: expected closed, actual opened",
    "assert: {from: 1, to: 0, balance: 1, total_deposit: 2}": (
        "total_deposit: expected 2, actual 0; balance: expected 1, actual 0"
    ),
    "assert: {from: 0, to: 2}": "actual 404 (Channel with partner node 2 for the token could",
    "assert: {from: 0, to: 1, expected_http_status: 404}": "expected 404, actual 200",
    "assert_connections: {from: 0, funds: 1}": "funds: expected 1, actual 0",
    'assert_connections: {from: 0, channels: "> 1"}': "channels: expected > 1, actual 1",
    "assert_connections: {from: 2, channels: 1}": "channels: expected 1, actual 0",
    "assert_deposits: {from: 0, deposits: []}": "deposits: expected [], actual [20]",
    "assert_deposits: {from: 0, deposits: [20, 20]}": "expected [20, 20], actual [20]",
    "assert_wallet: {from: 0, tokens: 100}": "tokens: expected 100, actual 80",
    'assert_graph: {nodes: "< 2", edges: 1, connected: false}': (
        "nodes: expected < 2, actual 2; connected: expected false, actual true"
    ),
    "join_network: {from: 0, funds: 9, expected_http_status: 20}": "expected 20, actual 204",
    "join_network: {from: 0, funds: 900}": "expected 2.., actual 409 (funds: 900 is more than",
    "deposit: {from: 0, to: 1, total_deposit: 20}": "actual 409",
    "close_channel: {from: 0, to: 2}": "actual 409",
}


@pytest.mark.parametrize(("task", "failure"), FAILING.items())
def test_what_does_not_hold(task: str, failure: str, tmp_path: Path) -> None:
    report = run_tasks(tmp_path, OPEN, task, "wait: 1000")
    name = task.split(":", maxsplit=1)[0]
    assert not report.passed
    assert failure_of(report).startswith(f"scenario.serial.tasks[1]: {name}")
    assert failure in failure_of(report)
    assert report.failure is not None
    assert report.failure.line == 9
    assert [record.status for record in report.tasks] == [FAILED, PASSED, FAILED]
    assert [bool(record.failure) for record in report.tasks] == [False, False, True]
    assert report.virtual_seconds < 1000, "the tasks after a failure do not run"


def test_deposits_are_compared_in_any_order(tmp_path: Path) -> None:
    report = run_tasks(
        tmp_path,
        OPEN,
        "open_channel: {from: 0, to: 2, total_deposit: 10}",
        "assert_deposits: {from: 0, deposits: [20, 10]}",
        "assert_deposits: {from: 0, deposits: [10, 20]}",
    )
    assert report.failure is None


def test_time_passes(tmp_path: Path) -> None:
    report = run_tasks(tmp_path, "wait: 7.5", "wait_blocks: 2", "wait: 0", "wait_blocks: 0")
    assert report.virtual_seconds == 30
    assert report.blocks == 2


def test_repetitions_are_numbered(tmp_path: Path) -> None:
    report = run_tasks(tmp_path, "serial: {name: Twice, repeat: 2, tasks: [wait: 5, wait_idle]}")
    assert report.virtual_seconds == 10
    assert [record.path.removeprefix("scenario.serial.tasks[0].") for record in report.tasks] == [
        "scenario.serial",
        "serial",
        "serial#1.tasks[0].wait",
        "serial#1.tasks[1].wait_idle",
        "serial#2.tasks[0].wait",
        "serial#2.tasks[1].wait_idle",
    ]
    assert report.tasks[1].parameters == "Twice"


def test_each_key_of_an_entry_is_a_task(tmp_path: Path) -> None:
    report = run_tasks(tmp_path, "{wait: 5, wait_blocks: 1}")
    assert [record.kind for record in report.tasks] == ["serial", "wait", "wait_blocks"]


def test_parallel_tasks_overlap(tmp_path: Path) -> None:
    report = run_tasks(tmp_path, "parallel: {repeat: 3, tasks: [wait: 10, wait: 20]}")
    assert report.virtual_seconds == 20


def test_concurrency_limits_how_many_run(tmp_path: Path) -> None:
    task = "parallel: {repeat: 4, concurrency: 2, tasks: [wait: 10]}"
    assert run_tasks(tmp_path, task).virtual_seconds == 20


def test_parallel_waits_for_all_and_reports_what_failed_first(tmp_path: Path) -> None:
    """Also with less concurrency than tasks, where the original loses early failures."""
    for concurrency in (1, 2, 5):
        report = run_tasks(
            tmp_path,
            f"parallel: {{concurrency: {concurrency}, tasks: ["
            "serial: {tasks: [wait: 30, assert_graph: {nodes: 1}]},"
            "serial: {tasks: [wait: 10, assert_graph: {nodes: 2}]},"
            "wait: 100]}",
            "wait: 1000",
        )
        first = 0 if concurrency == 1 else 1
        assert failure_of(report).startswith(
            f"scenario.serial.tasks[0].parallel.tasks[{first}].serial.tasks[1]: assert_graph: "
        )
        assert sum(record.status == FAILED for record in report.tasks) == 6
        assert 100 <= report.virtual_seconds < 1000


def test_dialects_follow_defaults_and_exceptions(tmp_path: Path) -> None:
    text = text_of("wait: 1").replace(
        "{count: 3}",
        "{count: 3, default_options: {dialect: bespin}, node_options: {1: {dialect: alderaan}}}",
    )
    nodes = run_file(write(tmp_path, text)).testnet.nodes
    assert [node.dialect.value for node in nodes] == ["bespin", "alderaan", "bespin"]


def test_settings_and_balances_reach_the_world(tmp_path: Path) -> None:
    text = """\
version: 2
name: All settings
description: Nothing in particular
seed: 12
chain:
  block_time_seconds: 2
  settle_timeout_blocks: 1_000
  transaction_timeout_seconds: 30
  confirmation_blocks: 3
token:
  balance_min: 5
  balance_fund: 1_000_000
nodes:
  count: 1
  eth_balance_wei: 7
scenario:
  wait: 1
"""
    report = run_file(write(tmp_path, text))
    net = RunningTestnet(report.testnet)
    assert (report.seed, report.scenario.name) == (12, "All settings")
    assert (net.settings.block_time, net.settings.settle_timeout_blocks) == (2, 1000)
    assert (net.settings.transaction_timeout_seconds, net.settings.confirmation_blocks) == (30, 3)
    assert (net.node(0).balance(net.token), net.node(0).eth_balance) == (1_000_000, 7)
    assert run_file(write(tmp_path, text), 13).seed == 13


def test_empty_sections_mean_defaults(tmp_path: Path) -> None:
    text = "version: 2\nsettings:\nchain:\ntoken:\nnodes: {count: 1}\nscenario: {wait_idle: }\n"
    scenario = load(write(tmp_path, text))
    assert scenario.token_balance == 50_000
    assert scenario.settings.settle_timeout_blocks == 500
    assert (scenario.name, scenario.seed) == ("test", 0)


def test_a_fault_of_the_simulator_fails_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr("simulator.node.connections.plan", broken)
    report = run_tasks(
        tmp_path, "join_network: {from: 0, funds: 100, expected_http_status: 500}", "wait: 5"
    )
    assert failure_of(report).startswith("internal fault of 0x")
    assert "ZeroDivisionError" in failure_of(report)
    assert {record.status for record in report.tasks} == {UNFINISHED}


def test_a_task_that_never_ends_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "simulator.testnet.controls.Controls.wait_until_idle",
        lambda self: self._world.clock.env.event(),
    )
    report = run_tasks(tmp_path, "wait_idle:")
    assert failure_of(report) == (
        "scenario.serial.tasks[0].wait_idle: waits for something that never happens"
    )


class Watcher(NoProgress):
    def __init__(self) -> None:
        self.seen: list[str] = []

    def started(self, record: TaskRecord) -> None:
        self.seen.append(f"{record.kind} started")

    def ended(self, record: TaskRecord) -> None:
        self.seen.append(f"{record.kind} {record.status}")

    def at(self, block: int, payments: int) -> None:
        assert block > 0
        assert payments == 0


def test_a_watcher_is_told(tmp_path: Path) -> None:
    watcher = Watcher()
    run(scenario_of(tmp_path, "wait: 1", "assert_graph: {nodes: 1}"), progress=watcher)
    assert watcher.seen == [
        *("serial started", "wait started", "wait passed"),
        *("assert_graph started", "assert_graph failed", "serial failed"),
    ]


def test_trouble_of_a_watcher_is_its_own(tmp_path: Path) -> None:
    class Broken(Watcher):
        def ended(self, record: TaskRecord) -> None:
            raise BrokenPipeError(record.kind)

    with pytest.raises(BrokenPipeError):
        run(scenario_of(tmp_path, "wait: 1"), progress=Broken())
