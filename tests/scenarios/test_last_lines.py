"""A failure shows the journal's last lines about whom it concerns, and not more."""

from pathlib import Path

import pytest

from simulator.reports.last_lines import MAX_LENGTH, MAX_LINES, around
from simulator.scenario.language.scenario import load
from simulator.scenario.run.runner import FinishedRun, run
from tests.scenarios.writing import run_tasks, write
from tests.test_cli import Captured, call

HASH = '"0x' + "11" * 32 + '"'
LINE = """\
version: 2
nodes: {count: 4}
topology: {type: line, deposit: 50, partner_deposit: 50}
chain: {settle_timeout_blocks: 20, engine: model}
scenario:
  serial:
    tasks:
      - transfer: {from: 1, to: 3, amount: 40}
"""


def failed(folder: Path, *tasks: str) -> FinishedRun:
    """Run tasks in a line of four nodes, of which the second has given away most it had."""
    text = LINE + "".join(f"      - {task}\n" for task in tasks)
    report = run(load(write(folder, text)))
    assert report.failure is not None
    return report


def test_a_payment_that_failed_shows_what_happened_on_its_path(tmp_path: Path) -> None:
    report = failed(tmp_path, "transfer: {from: 0, to: 3, amount: 30, identifier: 7}")
    assert around(report) == [
        "  journal of the payment 7 from node 0 to node 3:",
        "    0:00 (block 0)  PaymentInitiated  node 0, amount 30",
        (
            "    0:00 (block 0)  TransferLocked  sender node 0, receiver node 1, amount 30, "
            "channel 1, expiration 19"
        ),
        (
            "    0:00 (block 0)  TransferRefunded  sender node 1, receiver node 0, amount 30, "
            "channel 1, expiration 19"
        ),
        (
            "    0:00 (block 0)  PaymentFailed  node 0, amount 30, reason None of the available "
            "routes could be used"
        ),
    ]


def test_it_is_the_payment_of_the_task_and_none_of_before_or_beside_it(tmp_path: Path) -> None:
    stuck = f"transfer: {{from: 0, to: 3, amount: 3, identifier: 5, secret_hash: {HASH}}}"
    other = "transfer: {from: 0, to: 1, amount: 3, identifier: 6}"
    report = failed(tmp_path, other, f"parallel: {{tasks: [{stuck}, {other}]}}")
    lines = around(report)
    assert lines[0] == "  journal of the payment 5 from node 0 to node 3:"
    kinds = [line.split()[3] for line in lines[1:]]
    assert kinds.count("TransferLocked") == kinds.count("TransferExpired") == 3
    assert kinds[-1] == "PaymentFailed"


def test_another_task_shows_the_newest_lines_of_its_nodes(tmp_path: Path) -> None:
    wanted = "assert_history: {from: 2, with: 3, received: 1}"
    report = failed(tmp_path, "transfer: {from: 0, to: 1, amount: 1}", wanted)
    first, omitted, *lines = around(report)
    assert first == "  journal of node 2, node 3:"
    assert omitted.startswith("    … ")
    assert omitted.endswith(" before")
    assert len(lines) == MAX_LINES
    assert "node 0" not in "".join(lines)
    assert "PaymentReceived  node 3, initiator node 1" in lines[-2] + lines[-1]
    assert max(map(len, lines)) <= MAX_LENGTH + 4


def test_a_long_path_keeps_its_beginning_and_its_end(tmp_path: Path) -> None:
    text = LINE.replace("count: 4", "count: 9").replace("from: 1, to: 3", "from: 3, to: 4")
    stuck = f"      - transfer: {{from: 0, to: 8, amount: 3, secret_hash: {HASH}}}\n"
    lines = around(run(load(write(tmp_path, text + stuck))))
    assert len(lines) == MAX_LINES + 2
    assert "PaymentInitiated" in lines[1]
    assert lines[4].strip().startswith("… ")
    assert "PaymentFailed" in "".join(lines[5:])


@pytest.mark.parametrize("tasks", [("wait: 3", "assert_graph: {nodes: 4}"), ("wait: 3", "wait: 5")])
def test_where_no_node_is_concerned_nothing_is_shown(
    tasks: tuple[str, ...], tmp_path: Path
) -> None:
    assert around(run_tasks(tmp_path, *tasks)) == []


def test_what_came_later_is_none_of_it(tmp_path: Path) -> None:
    """The task beside it goes on when it has failed."""
    fails = "assert_history: {from: 0, sent: 5}"
    late = "serial: {tasks: [wait: 20, stop_node: {node: 0}]}"
    lines = around(failed(tmp_path, f"parallel: {{tasks: [{fails}, {late}]}}"))
    assert lines[0] == "  journal of node 0:"
    assert "NodeStopped" not in "".join(lines)


def test_the_command_line_and_junit_show_it(tmp_path: Path, capsys: Captured) -> None:
    text = LINE + "      - transfer: {from: 0, to: 3, amount: 30, identifier: 7}\n"
    file, junit = write(tmp_path, text), tmp_path / "junit.xml"
    assert call("run", file, "--junit", junit) == 1
    heading = "  journal of the payment 7 from node 0 to node 3:"
    out = capsys.readouterr().out.splitlines()
    assert out.count(heading) == 1
    assert "TransferRefunded" in out[out.index(heading) + 3]
    assert heading in junit.read_text(encoding="utf-8").splitlines()


TESTS = """\
def test_a_payment_fails(testnet_line):
    net = testnet_line
    net.node(0).pay(net.token, net.node(3).address, 5000, identifier=9)

def test_another_assertion(testnet_line):
    net = testnet_line
    net.node(0).pay(net.token, net.node(1).address, 5)
    assert net.node(1).payments() == []

def test_nothing_was_called(testnet):
    assert testnet.now == 1

def test_passes(testnet_line):
    testnet_line.node(0).pay(testnet_line.token, testnet_line.node(1).address, 5)
"""


def test_a_test_that_was_given_a_testnet_shows_it(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(TESTS)
    done = pytester.runpytest_inprocess()
    done.assert_outcomes(failed=3, passed=1)
    done.stdout.fnmatch_lines(
        [
            "*- testnet_line, seed 0 -*",
            "  journal of the payment 9 from node 0 to node 3:",
            "    * PaymentInitiated  node 0, amount 5000",
            "    * PaymentFailed  node 0, amount 5000, reason 5000 is more than *",
            "*- testnet_line, seed 0 -*",
            "  journal of node 0:",
            "    … * before",
            "    * PaymentSucceeded  node 0, *",
        ]
    )
    assert "testnet, seed 0" not in done.stdout.str().replace("testnet_line", "")
