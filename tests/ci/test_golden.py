"""Goldens: what shipped scenarios do is on record, and a change shows as what it is.

To record them anew: simulator run scenarios/ --golden scenarios/golden --update-golden
"""

import re
from difflib import ndiff
from pathlib import Path

import pytest

from simulator.reports.golden import compare
from simulator.scenario.run.runner import run_file
from tests.ci.goldens import JOINS, lines_of
from tests.scenarios.writing import SHIPPED
from tests.scenarios.writing import text_of as file_of

FOLDER = Path(__file__).parents[2] / "scenarios" / "golden"
GOLDENS = sorted(FOLDER.glob("*.golden"))
MAX_BYTES = 200_000


def changed(old: list[str], new: list[str]) -> list[str]:
    """Return the lines that a diff of two goldens shows."""
    return [line for line in ndiff(old, new) if line[0] in "+-"]


def test_every_shipped_scenario_has_a_golden() -> None:
    assert {golden.stem for golden in GOLDENS} == {file.stem for file in SHIPPED}
    assert all(golden.stat().st_size <= MAX_BYTES for golden in GOLDENS)


@pytest.mark.parametrize("golden", GOLDENS, ids=lambda file: str(file.stem))
def test_shipped_scenarios_do_what_they_did(golden: Path) -> None:
    report = run_file(FOLDER.parent / f"{golden.stem}.yaml")
    assert compare(report, golden) is None


# -- a diff is the change ----------------------------------------------------------------

ITEM = re.compile(r"^( +)- (?=\w)")


def places_for_a_task(text: str) -> list[int]:
    """Return before which lines of a file a task can be put: those of tasks in `tasks`."""
    lines = text.splitlines()
    found = []
    above: list[tuple[int, str]] = []
    for number, line in enumerate(lines):
        bare = line.strip()
        if not bare or bare.startswith("#"):
            continue
        indent = len(line) - len(line.lstrip())
        while above and above[-1][0] >= indent:
            above.pop()
        if ITEM.match(line) and above and above[-1][1] == "tasks:":
            found.append(number)
        above.append((indent, bare))
    return found


def with_a_wait(text: str, place: int) -> str:
    lines = text.splitlines()
    indent = ITEM.match(lines[place])
    assert indent
    lines.insert(place, f"{indent[1]}- wait: 15")
    return "\n".join(lines) + "\n"


CALM = [
    "bootstrap",
    "broken_ring",
    "confirmations",
    "counter_funding",
    "failing_transactions",
    "held_transactions",
    "hub_leaves",
    "join_leave",
    "out_of_eth",
    "second_join",
    "settlement",
    "topped_up",
]


@pytest.mark.parametrize("name", CALM)
def test_an_inserted_wait_changes_two_lines(tmp_path: Path, name: str) -> None:
    """Its own, and the one that names what the scenario says, in whichever place it stands."""
    text = (FOLDER.parent / f"{name}.yaml").read_text(encoding="utf-8")
    before = (FOLDER / f"{name}.golden").read_text(encoding="utf-8").splitlines()
    places = places_for_a_task(text)
    assert len(places) > 5
    for place in places[:: max(1, len(places) // 4)]:
        old, *others = changed(before, lines_of(tmp_path, with_a_wait(text, place)))
        assert old.startswith("- scenario ")
        assert sorted(others)[1:] == ["+ wait  seconds 15  passed"]
        assert others[0].startswith("+ scenario ")


DEPOSIT = "deposit: {from: 1, to: 0, total_deposit: 25}"


def test_an_added_deposit_changes_only_lines_about_it(tmp_path: Path) -> None:
    by_hand = "open_channel: {from: 1, to: 0, total_deposit: 20}"
    others = (
        "open_channel: {from: 2, to: 0, total_deposit: 5}",
        "close_channel: {from: 2, to: 0}",
        "wait_idle:",
    )
    before = lines_of(tmp_path, file_of(by_hand, *others))
    after = lines_of(tmp_path, file_of(by_hand, DEPOSIT, *others))
    assert [line for line in changed(before, after) if "scenario" not in line] == [
        "+ deposit  from 1, to 0, total_deposit 25  passed",
        "+   TransactionSent      sender node 1, name setTotalDeposit",
        "+   Deposited            channel 0-1, participant node 1, total_deposit 25",
        "+   TokensMoved          sender node 1, receiver network, amount 5",
        "+   TransactionFinished  sender node 1, name setTotalDeposit, status mined, blocks 1",
    ]


def test_another_channel_renames_none(tmp_path: Path) -> None:
    """Though their identifiers on the chain are others."""
    tasks = ("open_channel: {from: 1, to: 2}", "close_channel: {from: 1, to: 2}", "wait_idle:")
    before = lines_of(tmp_path, file_of(*tasks, tasks[0]))
    after = lines_of(tmp_path, file_of("open_channel: {from: 0, to: 1}", *tasks, tasks[0]))
    assert all("0-1" in line or "node 0" in line or "from 0" in line or "scenario" in line
               for line in changed(before, after))  # fmt: skip
    assert sum("ChannelOpened        channel 1-2#2" in line for line in after) == 1


def test_what_nodes_do_by_themselves_is_below_the_task_that_led_to_it(tmp_path: Path) -> None:
    text = lines_of(tmp_path, JOINS)
    second = text.index("join_network  from 1, funds 100  passed")
    idle = text.index("wait_idle  passed")
    assert any(
        line.startswith("  TransactionSent      sender node 0") for line in text[second:idle]
    )


def test_a_first_deposit_is_below_the_opening_whatever_happened_in_other_channels(
    tmp_path: Path,
) -> None:
    """Node 0 is busy with the second node's channel when the third one's is opened."""
    joins = [
        f"join_network: {{from: {n}, funds: 100, initial_channel_target: 2}}" for n in range(4)
    ]
    text = lines_of(tmp_path, file_of(*joins, "wait_idle:", nodes=4))
    for line in (line for line in text if line.startswith("  Deposited")):
        ends = [int(end) for end in re.findall(r"(\d)-(\d)", line)[0]]
        above = [task for task in text[: text.index(line)] if not task.startswith(" ")]
        assert above[-1].startswith(f"join_network  from {max(ends)}, ")


def test_a_settlement_is_below_the_closing_however_much_has_happened_since(tmp_path: Path) -> None:
    text = lines_of(
        tmp_path,
        file_of(
            "open_channel: {from: 1, to: 2, total_deposit: 5}",
            "close_channel: {from: 1, to: 2}",
            "open_channel: {from: 0, to: 1}",
            "wait_idle:",
        ),
    )
    closing = text.index("close_channel  from 1, to 2  passed")
    settled = next(n for n, line in enumerate(text) if "ChannelSettled" in line)
    assert closing < settled < text.index("open_channel  from 0, to 1  passed")
    assert text[settled].endswith("blocks 11")


def test_a_fault_that_ends_by_itself_is_below_the_task_that_set_it(tmp_path: Path) -> None:
    tasks = ("hold_transactions: {node: 0, blocks: 3}", "join_network: {from: 1, funds: 100}")
    text = lines_of(tmp_path, file_of(*tasks, "wait_blocks: 5"))
    at = text.index("hold_transactions  node 0, blocks 3  passed")
    assert [line.split()[-1] for line in text[at + 1 : at + 3]] == ["hold", "none"]


def test_a_task_of_several_nodes_is_one_for_each_of_them(tmp_path: Path) -> None:
    told = lines_of(tmp_path, file_of("stop_node: {node: 1-2}"))
    tasks = [line for line in told[told.index("serial") + 1 :] if line[0] != " "]
    assert tasks == ["stop_node node 1-2", "stop_node  node 1  passed", "stop_node  node 2  passed"]


def test_tasks_at_the_same_time_stand_as_in_the_file(tmp_path: Path) -> None:
    text = file_of(
        "parallel: {repeat: 2, tasks: [serial: {tasks: [wait: 30, stop_node: 1]}, wait: 1]}"
    )
    told = lines_of(tmp_path, text)
    tasks = [line.split()[0] for line in told[told.index("serial") :] if line[0] != " "]
    assert tasks == ["serial", "parallel", *2 * ["serial", "wait", "stop_node", "wait"]]
