"""Goldens: what shipped scenarios do is on record, and a change shows as what it is.

To record them anew: simulator run scenarios/ --golden scenarios/golden --update-golden
"""

import re
from collections.abc import Callable
from difflib import ndiff
from pathlib import Path

import pytest
from msgspec.structs import replace

from simulator.node import connections
from simulator.node.plan import Facts, OpenWithDeposit, Plan, plan
from simulator.reports import golden_lines
from simulator.reports.golden import compare, text_of
from simulator.scenario.run.runner import run_file
from tests.ci.test_suite import FAILING
from tests.scenarios.writing import SHIPPED, run_tasks, write
from tests.scenarios.writing import text_of as file_of
from tests.test_cli import Captured, call

FOLDER = Path(__file__).parents[2] / "scenarios" / "golden"
GOLDENS = sorted(FOLDER.glob("*.golden"))
MAX_BYTES = 100_000
HEAD = ("golden", "version", "seed", "scenario")
THREE = ("join_network: {from: 0, funds: 100}", "join_network: {from: 1, funds: 100}", "wait_idle:")
JOINS = file_of(*THREE)


def changed(old: list[str], new: list[str]) -> list[str]:
    """Return the lines that a diff of two goldens shows."""
    return [line for line in ndiff(old, new) if line[0] in "+-"]


def lines_of(folder: Path, text: str) -> list[str]:
    """Return the golden of a scenario that passes."""
    report = run_file(write(folder, text))
    assert report.failure is None
    return text_of(report)


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


# -- what must be noticed ----------------------------------------------------------------

TWO = ("join_network: {from: 0, funds: 100}", "join_network: {from: 1, funds: 100}")

EDITS: dict[str, tuple[Callable[[list[str]], list[str]], str]] = {
    "an amount": (
        lambda text: [line.replace("total_deposit 20", "total_deposit 21") for line in text],
        (
            "Deposited of node 1: total_deposit: expected 21, actual 20; task "
            "scenario.serial.tasks[1].join_network, line 9"
        ),
    ),
    "a node": (
        lambda text: [line.replace("participant node 1", "participant node 2") for line in text],
        "Deposited of node 1: participant: expected node 2, actual node 1; task ",
    ),
    "a lost event": (
        lambda text: [*text, "  NodeStopped          node 2"],
        "NodeStopped of node 2 is missing; task scenario.serial.tasks[2].wait_idle, line 10",
    ),
    "an additional event": (
        lambda text: [line for line in text if "JoinEnded            node 1" not in line],
        "unexpected JoinEnded of node 1; task scenario.serial.tasks[1].join_network, line 9",
    ),
    "the order": (
        lambda text: swapped(text, "  TransactionSent      sender node 1, name approve"),
        (
            "TransactionSent approve of node 1 comes before "
            "TransactionSent openChannelWithDeposit of node 1; task "
        ),
    ),
    "a duration": (
        lambda text: [line.replace(", blocks 1", ", blocks 2") for line in text],
        (
            "TransactionFinished openChannel of node 0: blocks: expected 2, actual 1; task "
            "scenario.serial.tasks[0].join_network, line 8"
        ),
    ),
    "a task's outcome": (
        lambda text: [line.replace("wait_idle  passed", "wait_idle  failed: x") for line in text],
        "expected `wait_idle  failed: x`, actual `wait_idle  passed`",
    ),
    "a missing task": (
        lambda text: [*text, "wait  seconds 1  passed"],
        "`wait  seconds 1  passed` is missing",
    ),
}


def swapped(text: list[str], line: str) -> list[str]:
    at = text.index(line)
    return [*text[:at], text[at + 1], text[at], *text[at + 2 :]]


@pytest.mark.parametrize("what", EDITS)
def test_a_difference_is_named_with_its_node_and_its_task(tmp_path: Path, what: str) -> None:
    edit, message = EDITS[what]
    report = run_file(write(tmp_path, JOINS))
    golden = tmp_path / "test.golden"
    assert compare(report, golden) is not None
    golden.write_text("\n".join([*edit(text_of(report)), ""]))
    finding = compare(report, golden)
    assert finding is not None
    assert message in finding.message
    assert re.match(rf"not as in {re.escape(str(golden))}: line \d+: ", finding.message)
    assert "recorded by version" not in finding.message


def test_what_comes_before_and_after_a_difference_is_told(tmp_path: Path) -> None:
    report = run_file(write(tmp_path, JOINS))
    text = [line.replace("total_deposit 20", "total_deposit 21") for line in text_of(report)]
    golden = tmp_path / "test.golden"
    golden.write_text("\n".join([*text, "  NodeStopped          node 2", ""]))
    finding = compare(report, golden)
    assert finding is not None
    task, *before, expected, actual, more = finding.details.splitlines()
    assert task.strip() == "join_network  from 1, funds 100  passed"
    assert len(before) == 3
    assert expected.startswith("  -   Deposited")
    assert actual.startswith("  +   Deposited")
    assert re.fullmatch(r"    … and further on \d lines? (is|are) missing, \d (is|are) new", more)
    assert finding.line == 9
    assert finding.place == "scenario.serial.tasks[1].join_network"


def stingy(facts: Facts) -> Plan:
    """Plan one token less in each deposit."""
    made = plan(facts)
    actions = tuple(
        replace(action, deposit=action.deposit - 1)
        if isinstance(action, OpenWithDeposit) and action.deposit
        else action
        for action in made.actions
    )
    return replace(made, actions=actions)


def test_a_changed_rule_is_explained(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    """One token less in each deposit: no assertion need notice, the golden does."""
    scenario = FOLDER.parent / "too_few_peers.yaml"
    assert call("run", scenario, "--golden", FOLDER) == 0
    monkeypatch.setattr(connections, "plan", stingy)
    capsys.readouterr()
    assert call("run", scenario, "--golden", FOLDER, "--check", "never") == 1
    lines = capsys.readouterr().out.splitlines()
    (first,) = (number for number, line in enumerate(lines) if "not as in" in line)
    assert re.search(r"too_few_peers.yaml:\d+: not as in .*too_few_peers.golden: ", lines[first])
    assert "Deposited of node 1: total_deposit: expected 30, actual 29; task " in lines[first]
    marks = [line[:4] for line in lines[first + 1 :]]
    assert marks[: marks.index("  + ") + 1][-3:] == ["    ", "  - ", "  + "]


def test_a_scenario_that_differs_has_not_passed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    file = write(tmp_path, JOINS)
    assert call("run", file, "--golden", tmp_path, "--update-golden") == 0
    monkeypatch.setattr(connections, "plan", stingy)
    capsys.readouterr()
    assert call("run", file, "--golden", tmp_path, "--check", "never") == 1
    out = capsys.readouterr().out
    assert "PASSED" not in out
    assert out.count("FAILED") == 1


# -- what is no regression ---------------------------------------------------------------

NOT_ONE: dict[str, tuple[Callable[[list[str]], list[str]], str]] = {
    "another seed": (
        lambda text: [*text[:2], "seed 5", *text[3:]],
        (
            "recorded with seed 5, and this run has seed 0: they can't be compared; write "
            "`seed: 5` into the scenario; if 0 is meant, --update-golden records it anew"
        ),
    ),
    "no seed": (
        lambda text: [*text[:2], "seed five", *text[3:]],
        "its seed is no number, but five: --update-golden records it anew",
    ),
    "another format": (
        lambda _: ["golden 7", "version 3.2", "whatever"],
        "has format 7, of version 3.2 of the simulator, and this version knows format 1: ",
    ),
    "an edited scenario": (
        lambda text: [*text[:3], "scenario 0123456789abcdef", *text[4:]],
        "test.yaml has been edited since {} was recorded, and does what it did: ",
    ),
    "a merge conflict": (
        lambda text: [*text[:9], "<<<<<<< HEAD", text[9], "=======", ">>>>>>> other", *text[10:]],
        "line 10 is a mark of a merge conflict",
    ),
    "no golden": (lambda _: ["{}"], "is no golden: its first line should be `golden 1`"),
    "an empty file": (lambda _: [], "is no golden"),
    "half a head": (lambda text: text[:2], "does not say its seed where it should"),
}


@pytest.mark.parametrize("what", NOT_ONE)
def test_what_can_be_no_regression_is_said_to_be_none(tmp_path: Path, what: str) -> None:
    edit, message = NOT_ONE[what]
    report = run_file(write(tmp_path, JOINS))
    golden = tmp_path / "test.golden"
    golden.write_text("\n".join([*edit(text_of(report)), ""]))
    finding = compare(report, golden)
    assert finding is not None
    assert message.format(golden) in finding.message
    assert finding.message.startswith(str(tmp_path))


def test_an_edited_scenario_that_does_something_else_is_told_as_both(tmp_path: Path) -> None:
    golden = tmp_path / "test.golden"
    golden.write_text("\n".join([*lines_of(tmp_path, JOINS), ""]))
    report = run_file(write(tmp_path, JOINS.replace("from: 1, funds: 100", "from: 1, funds: 90")))
    finding = compare(report, golden)
    assert finding is not None
    assert "test.yaml has been edited since " in finding.message
    instead = "`join_network  from 1, funds 90` instead of `join_network  from 1, funds 100`"
    assert f" was recorded: line 9: {instead}; below other tasks " in finding.message
    assert "expected" not in finding.message, "it is told once"


OPENING = "open_channel: {from: 1, to: 2, expected_http_status: 2..|503}"

TASKS_EDITED: dict[str, tuple[str, str, str]] = {
    "a wait that changes nothing": (
        file_of("stop_node: 0", "stop_node: 1"),
        file_of("stop_node: 0", "wait: 15", "stop_node: 1"),
        "line 9: `wait  seconds 15` is new*; below other tasks all is as it was (",
    ),
    "a wait that changes much": (
        file_of(f"parallel: {{tasks: [{OPENING}, serial: {{tasks: [wait: 1, stop_node: 1]}}]}}"),
        file_of(f"parallel: {{tasks: [{OPENING}, serial: {{tasks: [wait: 100, stop_node: 1]}}]}}"),
        (
            "line 8: `wait  seconds 100` instead of `wait  seconds 1`*differs from test.golden: "
            "line 19: unexpected ChannelOpened of node 1; *tasks[0].open_channel, line 8; "
            "below other tasks 2 lines are new, the first: "
        ),
    ),
    "a task that is gone": (
        file_of("stop_node: 0", "stop_node: 1"),
        file_of("stop_node: 0"),
        "recorded: `stop_node  node 1` is gone; below other tasks all is as it was (",
    ),
    "very much": (
        file_of(*(f"wait: {n}" for n in range(9))),
        file_of(*(f"wait: {n}" for n in range(20, 29))),
        "line 10: `wait  seconds 22` instead of `wait  seconds 2` and 6 more; ",
    ),
}


@pytest.mark.parametrize("what", TASKS_EDITED)
def test_the_edited_task_is_named_and_what_follows_is_counted(tmp_path: Path, what: str) -> None:
    before, after, message = TASKS_EDITED[what]
    golden = tmp_path / "test.golden"
    golden.write_text("\n".join([*lines_of(tmp_path, before), ""]))
    finding = compare(run_file(write(tmp_path, after)), golden)
    assert finding is not None
    assert all(part in finding.message for part in message.split("*"))


@pytest.mark.parametrize("version", ["99.0", "?"])
def test_another_version_is_named_where_something_differs(tmp_path: Path, version: str) -> None:
    report = run_file(write(tmp_path, JOINS))
    golden, text = tmp_path / "test.golden", text_of(report)
    text[1] = f"version {version}"
    golden.write_text("\n".join([*text, ""]))
    assert compare(report, golden) is None
    golden.write_text("\n".join([*text[:-1], ""]))
    finding = compare(report, golden)
    assert finding is not None
    assert f"it was recorded by version {version} of the simulator" in finding.message


def test_only_what_decides_counts_as_an_edit(tmp_path: Path) -> None:
    """Comments, spaces, the order of keys, names for people, and the engine decide nothing."""
    before = lines_of(tmp_path, JOINS)
    text = JOINS.replace("{from: 0, funds: 100}", "{funds: 100,  from: 0}  # first")
    text = f"name: Renamed\n# a comment\n{text}".replace("engine: model, ", "")
    assert lines_of(tmp_path, text) == before
    for edited in (
        JOINS.replace("balance_fund: 100", "balance_fund: 101"),
        JOINS.replace("wait_idle:", "wait: 15"),
        JOINS.replace("chain: {", "chain: {confirmation_blocks: 0, "),
        JOINS + "faults: [{at_block: 90, stop_node: 2}]\n",
    ):
        assert run_file(write(tmp_path, edited)).scenario.content != before[3].split()[1]


def test_the_order_of_tasks_in_one_entry_counts(tmp_path: Path) -> None:
    contents = {
        run_tasks(tmp_path, f"{{{first}, {second}}}").scenario.content
        for first, second in (("wait: 1", "stop_node: 0"), ("stop_node: 0", "wait: 1"))
    }
    assert len(contents) == 2


# -- recording ---------------------------------------------------------------------------


def test_recording_and_comparing(tmp_path: Path, capsys: Captured) -> None:
    file, folder = write(tmp_path, JOINS), tmp_path / "golden"
    folder.mkdir()
    assert call("run", file, "--golden", folder) == 1
    assert "does not exist: record it with --update-golden" in capsys.readouterr().out
    assert call("run", file, "--golden", folder, "--update-golden") == 0
    assert f"added      {folder}/test.golden\ngoldens: 1 added\n" in capsys.readouterr().out
    assert call("run", file, "--golden", folder) == 0
    first = (folder / "test.golden").read_bytes()
    assert call("run", file, "--golden", folder, "--update-golden", "--jobs", "2") == 0
    assert "goldens: 1 unchanged\n" in capsys.readouterr().out
    assert (folder / "test.golden").read_bytes() == first
    (folder / "test.golden").write_bytes(b"\xff")
    assert call("run", file, "--golden", folder) == 1
    assert "test.golden: cannot be read: it is not UTF-8" in capsys.readouterr().out
    assert call("run", file, "--golden", folder, "--update-golden") == 0
    assert (folder / "test.golden").read_bytes() == first


def test_recording_tells_how_much_has_changed(tmp_path: Path, capsys: Captured) -> None:
    folder = tmp_path / "golden"
    assert call("run", write(tmp_path, JOINS), "--golden", folder, "--update-golden") == 0
    file = write(tmp_path, file_of("wait: 15", *THREE))
    capsys.readouterr()
    assert call("run", file, "--golden", folder, "--update-golden") == 0
    assert f"changed    {folder}/test.golden: +2 -1 lines\n" in capsys.readouterr().out


def test_a_new_version_alone_records_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write(tmp_path, JOINS)
    assert call("run", file, "--golden", tmp_path, "--update-golden") == 0
    first = (tmp_path / "test.golden").read_bytes()
    monkeypatch.setattr(golden_lines, "version", lambda: "99.0")
    assert call("run", file, "--golden", tmp_path) == 0
    assert call("run", file, "--golden", tmp_path, "--update-golden") == 0
    assert (tmp_path / "test.golden").read_bytes() == first


def test_a_failing_scenario_is_not_recorded(tmp_path: Path, capsys: Captured) -> None:
    file, folder = write(tmp_path, FAILING), tmp_path / "golden"
    folder.mkdir()
    assert call("run", file, "--golden", folder, "--update-golden") == 1
    assert "not recorded: the scenario fails" in capsys.readouterr().out
    assert call("run", file, "--golden", folder) == 1
    assert "does not exist" not in capsys.readouterr().out
    assert not [*folder.iterdir()]


def test_a_missing_folder_is_told_once(tmp_path: Path, capsys: Captured) -> None:
    files = [write(tmp_path, JOINS, name) for name in ("a.yaml", "b.yaml")]
    assert call("run", *files, "--golden", tmp_path / "goldn") == 2
    captured = capsys.readouterr()
    remedy = "name another one, or record goldens there with --update-golden."
    assert captured.err.count(f"there is no folder {tmp_path / 'goldn'}: {remedy}") == 1
    assert not captured.out, "nothing was run for it"


def test_windows_line_ends_are_no_difference(tmp_path: Path) -> None:
    file = write(tmp_path, JOINS)
    assert call("run", file, "--golden", tmp_path, "--update-golden") == 0
    golden = tmp_path / "test.golden"
    golden.write_bytes(golden.read_bytes().replace(b"\n", b"\r\n"))
    assert call("run", file, "--golden", tmp_path) == 0


# -- where goldens are -------------------------------------------------------------------


def test_equal_names_in_two_folders_have_goldens_of_their_own(tmp_path: Path) -> None:
    for name, funds in (("a", 100), ("b", 90)):
        (tmp_path / "scenarios" / name).mkdir(parents=True)
        write(tmp_path / "scenarios" / name, JOINS.replace("100}", f"{funds}}}"), "same.yaml")
    write(tmp_path, JOINS, "same.yaml")
    folder = tmp_path / "scenarios" / "golden"
    files = (tmp_path / "scenarios" / "a", tmp_path / "scenarios" / "b", tmp_path / "same.yaml")
    assert call("run", *files, "--golden", folder, "--update-golden") == 0
    found = {file.relative_to(folder).as_posix() for file in folder.rglob("*.golden")}
    assert found == {"a/same.golden", "b/same.golden", "_/same.golden"}
    for file in files:  # alone, each has the same golden as with the others
        assert call("run", file, "--golden", folder) == 0


def test_goldens_may_lie_beside_their_scenarios(tmp_path: Path, capsys: Captured) -> None:
    (tmp_path / "more").mkdir()
    write(tmp_path / "more", JOINS)
    assert call("run", tmp_path / "more", "--golden", tmp_path, "--update-golden") == 0
    assert (tmp_path / "more" / "test.golden").exists()
    assert "orphan" not in capsys.readouterr().out


def test_usage(tmp_path: Path, capsys: Captured) -> None:
    file = write(tmp_path, JOINS)
    assert call("run", file, "--update-golden") == 2
    assert "--update-golden needs --golden DIR." in capsys.readouterr().err
    assert call("run", file, file, "--golden", tmp_path) == 2
    message = f"{file} and {file} would share the golden {tmp_path}/test.golden: "
    assert message in " ".join(capsys.readouterr().err.split())


# -- orphans and renames -----------------------------------------------------------------

SETS = f"parameters:\n  small: {{tokens: 90}}\n  large: {{tokens: 100}}\n---\n{JOINS}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with two scenarios, one of them with sets of parameters, and goldens."""
    write(tmp_path, JOINS, "old.yaml")
    write(tmp_path, SETS.replace("funds: 100}", "funds: {{ tokens }} }"), "sets.yaml")
    assert call("run", tmp_path, "--golden", tmp_path / "golden", "--update-golden") == 0
    return tmp_path


def test_goldens_of_scenarios_that_are_not_run_are_no_orphans(
    folder: Path, capsys: Captured
) -> None:
    for chosen in (("old.yaml",), ("sets.yaml", "--parameters", "small")):
        file, *options = chosen
        assert call("run", folder / file, *options, "--golden", folder / "golden") == 0
    assert "orphan" not in capsys.readouterr().out


def test_orphans_are_named_in_every_run(folder: Path, capsys: Captured) -> None:
    (folder / "old.yaml").unlink()
    (folder / "sets.yaml").write_text(
        (folder / "sets.yaml").read_text().replace("large: {", "huge: {")
    )
    capsys.readouterr()
    small = ("run", folder / "sets.yaml", "--parameters", "small", "--golden", folder / "golden")
    for options in ((), ("--update-golden",)):
        assert call(*small, *options) == 0
        out = capsys.readouterr().out
        assert f"note: {folder}/golden/old.golden is an orphan: there is no scenario " in out
        assert f"note: {folder}/golden/sets.large.golden is an orphan: " in out
        assert "sets.yaml has no set of parameters large; " in out
        old = folder / "golden" / "old.golden"
        assert f"if its scenario is called NEW by now, `mv {old} {old.parent}/NEW.golden`" in out
        assert f"else `rm {old}`\n" in out
    assert (folder / "golden" / "old.golden").exists()


def test_an_orphan_of_a_set_names_no_file_that_never_was(folder: Path, capsys: Captured) -> None:
    (folder / "sets.yaml").unlink()
    capsys.readouterr()
    assert call("run", folder / "old.yaml", "--golden", folder / "golden") == 0
    out = capsys.readouterr().out
    assert "orphan: there is no scenario sets.large in " in out
    assert ", be it with a set of parameters; if its scenario" in out
    assert ".yaml" not in out.partition("note: ")[2]


def test_a_rename_is_recognised(folder: Path, capsys: Captured) -> None:
    (folder / "old.yaml").rename(folder / "new.yaml")
    old, new = folder / "golden" / "old.golden", folder / "golden" / "new.golden"
    content = old.read_bytes()
    capsys.readouterr()
    assert call("run", folder / "new.yaml", "--golden", folder / "golden") == 1
    message = f"{new} does not exist; looks renamed from {old}: --update-golden moves it"
    assert message in capsys.readouterr().out
    update = ("--golden", folder / "golden", "--update-golden")
    assert call("run", folder / "new.yaml", *update, "--jobs", "2") == 0
    out = capsys.readouterr().out
    assert f"moved      {new}, from {old}\ngoldens: 1 moved\n" in out
    assert "orphan" not in out
    assert not old.exists()
    assert new.read_bytes() == content


def test_a_copy_is_no_rename(folder: Path, capsys: Captured) -> None:
    write(folder, JOINS, "copy.yaml")
    capsys.readouterr()
    assert call("run", folder / "copy.yaml", "--golden", folder / "golden") == 1
    out = capsys.readouterr().out
    assert "copy.golden does not exist: record it with --update-golden" in out
    assert "renamed" not in out


def test_a_rename_with_an_edit_is_taken_for_one(folder: Path, capsys: Captured) -> None:
    """But moves nothing: it need not be one."""
    (folder / "old.yaml").unlink()
    new = write(folder, JOINS.replace("from: 1, funds: 100", "from: 1, funds: 90"), "new.yaml")
    old, golden = folder / "golden" / "old.golden", folder / "golden" / "new.golden"
    capsys.readouterr()
    assert call("run", new, "--golden", folder / "golden") == 1
    out = capsys.readouterr().out
    assert f"does not exist; perhaps renamed from {old}, and edited: `mv {old} {golden}`" in out
    assert call("run", new, "--golden", folder / "golden", "--update-golden") == 0
    told = f"added      {golden}; perhaps renamed from {old}, but recorded anew: `rm {old}`\n"
    assert told in capsys.readouterr().out
    golden.unlink()
    old.rename(golden)
    assert call("run", new, "--golden", folder / "golden") == 1
    assert "new.yaml has been edited since " in capsys.readouterr().out


def test_what_has_little_in_common_is_no_rename(folder: Path, capsys: Captured) -> None:
    (folder / "old.yaml").unlink()
    new = write(folder, file_of("stop_node: 1", nodes=7), "new.yaml")
    capsys.readouterr()
    assert call("run", new, "--golden", folder / "golden") == 1
    assert "new.golden does not exist: record it with --update-golden" in capsys.readouterr().out


# -- seeds -------------------------------------------------------------------------------


def test_a_golden_keeps_its_seed_unless_the_scenario_has_another(
    folder: Path, capsys: Captured
) -> None:
    file, options = folder / "old.yaml", ("--golden", folder / "golden")
    golden = folder / "golden" / "old.golden"
    before = golden.read_bytes()
    capsys.readouterr()
    assert call("run", file, *options, "--seed", "5") == 1
    assert "they can't be compared; leaving --seed out compares with it" in capsys.readouterr().out
    assert call("run", file, *options, "--update-golden", "--seed", "5") == 1
    out = capsys.readouterr().out
    assert f"{golden} stays as it is: it was recorded with seed 0, and this run has seed 5" in out
    assert (
        "leaving --seed out records it anew; if seed 5 is meant from now on, write `seed: 5` into"
        in out
    )
    assert golden.read_bytes() == before
    file.write_text(f"seed: 5\n{file.read_text()}")
    assert call("run", file, *options, "--update-golden") == 0
    assert "lines; with seed 5, which was 0\n" in capsys.readouterr().out
    assert call("run", file, *options) == 0


def test_the_first_golden_of_another_seed_says_how_to_compare(
    tmp_path: Path, capsys: Captured
) -> None:
    run = ("run", write(tmp_path, JOINS), "--golden", tmp_path, "--seed", "5")
    assert call(*run, "--update-golden") == 0
    out = capsys.readouterr().out
    assert "; with seed 5, which the scenario does not say: --seed 5 compares\n" in out
    assert call(*run) == 0
