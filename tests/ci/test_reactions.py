"""What a node does by itself stands below what led to it, though a call comes in the same instant.

Which of two tasks that was may change with an edit all the same: then the lines are told as moved.
"""

from pathlib import Path

from simulator.reports.golden import GoldenFinding, compare
from simulator.scenario.run.runner import run_file
from simulator.testnet.testnet import Testnet
from simulator.words.options import Check
from tests.ci.goldens import lines_of
from tests.scenarios.writing import text_of as file_of
from tests.scenarios.writing import write

JOINING = tuple(f"join_network: {{from: {n}, funds: 100}}" for n in range(4))
DEPOSIT = "deposit: {from: 1, to: 0, total_deposit: 30}"
BEFORE = file_of(*JOINING, "wait_idle:", nodes=4)
AFTER = file_of(*JOINING, DEPOSIT, "wait_idle:", nodes=4)


def test_a_call_that_waits_for_a_plan_has_not_led_to_it(tmp_path: Path) -> None:
    """The plan's turn comes when the call asks for its own."""
    before, after = lines_of(tmp_path, BEFORE), lines_of(tmp_path, AFTER)
    at = after.index("deposit  from 1, to 0, total_deposit 30  passed")
    assert [*after[4:at], *after[at + 5 :]] == before[4:]
    assert "channel 0-1" in after[at + 2]


NEW_TASK = "line 12: `deposit  from 1, to 0, total_deposit 30` is new"


def finding_of(folder: Path, golden: list[str], text: str) -> GoldenFinding:
    """Compare a run with lines, of which the one about the scenario's content is of another."""
    file = folder / "test.golden"
    file.write_text("\n".join([*golden, ""]))
    finding = compare(run_file(write(folder, text), check=Check.NEVER), file)
    assert finding is not None
    return finding


def test_lines_that_stand_below_the_new_task_are_told_once_as_moved(tmp_path: Path) -> None:
    """Here the golden has the deposit's own below the join, as two causes in one instant may be."""
    golden, after = lines_of(tmp_path, BEFORE), lines_of(tmp_path, AFTER)
    at = after.index("deposit  from 1, to 0, total_deposit 30  passed")
    own, join = after[at + 1 : at + 5], golden.index("join_network  from 1, funds 100  passed")
    golden[join + 3 : join + 3] = own
    finding = finding_of(tmp_path, golden, AFTER)
    move = "4 lines of node 1 (setTotalDeposit, channel 0-1) moved from below `join_network  from "
    move += "1, funds 100` (line 9) to below it"
    assert finding.message.endswith(
        f" was recorded: {NEW_TASK}; {move}; below other tasks all is as it was "
        "(--update-golden records it anew)"
    )
    assert finding.line == 12
    assert "  + deposit  from 1, to 0, total_deposit 30  passed" in finding.details
    assert finding.details.endswith("… and 4 lines have moved to below another task")
    assert "missing" not in finding.details
    assert "further on" not in finding.details


def test_lines_that_were_below_a_task_that_is_gone_are_told_as_moved(tmp_path: Path) -> None:
    after, golden = lines_of(tmp_path, BEFORE), lines_of(tmp_path, AFTER)
    at = golden.index("deposit  from 1, to 0, total_deposit 30  passed")
    moved = after[at - 4 : at]
    golden = [*golden[: at - 4], golden[at], *moved, *golden[at + 5 :]]
    finding = finding_of(tmp_path, golden, BEFORE)
    gone = "`deposit  from 1, to 0, total_deposit 30` is gone; 4 lines of node 2 (setTotalDeposit, "
    gone += "channel 2-3) moved from below it to below `join_network  from 3, funds 100` (line 11)"
    assert f": {gone}; below other tasks all is as it was (" in finding.message


def test_what_else_has_changed_is_counted_without_what_has_moved(tmp_path: Path) -> None:
    golden, after = lines_of(tmp_path, BEFORE), lines_of(tmp_path, AFTER)
    at = after.index("deposit  from 1, to 0, total_deposit 30  passed")
    join = golden.index("join_network  from 1, funds 100  passed")
    golden[join + 3 : join + 3] = after[at + 1 : at + 5]
    golden.insert(at + 4, "  NodeStopped          node 2")
    finding = finding_of(tmp_path, golden, AFTER)
    assert "; below other tasks 1 line is missing, the first: NodeStopped" in finding.message
    assert "4 lines of node 1 " in finding.message
    assert finding.line == 12


def test_a_transaction_alone_has_not_moved(tmp_path: Path) -> None:
    """Any other one of its name looks the same."""
    golden = lines_of(tmp_path, BEFORE)
    golden.insert(len(golden) - 1, "  TransactionSent      sender node 1, name setTotalDeposit")
    message = finding_of(tmp_path, golden, AFTER).message
    assert NEW_TASK in message
    assert "moved" not in message
    assert "1 line is missing, the first: TransactionSent setTotalDeposit" in message


def test_gas_of_a_plan_is_not_booked_under_the_call_that_waits_for_it() -> None:
    net = Testnet(4, seed=0)
    for node in net.nodes:
        node.join(net.token, funds=100)
    net.node(1).deposit(net.token, net.node(0).address, 30)
    booked = [(row.task, row.calls) for row in net.gas(1) if row.function == "setTotalDeposit"]
    assert booked == [("", 2), ("deposit", 1)]
