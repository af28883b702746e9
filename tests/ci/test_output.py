"""What `simulator run` shows: little, or everything; blocks beside times; what went on around."""

from pathlib import Path

import pytest

from tests.ci.test_junit import parsed
from tests.ci.test_suite import FAILING, GOOD
from tests.marks import nightly
from tests.scenarios.writing import text_of, write
from tests.test_cli import Captured, call

HELD = text_of(
    "wait_blocks: 2",
    "hold_transactions: {node: 0}",
    "parallel: {tasks: [open_channel: {from: 0, to: 1}, serial: {tasks: [wait: 15, "
    "assert_graph: {nodes: 7}]}]}",
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A file that passes, one that fails, one that is invalid."""
    write(tmp_path, GOOD, "a.yaml")
    write(tmp_path, FAILING, "b.yaml")
    write(tmp_path, "nodes: 3", "c.yaml")
    return tmp_path


@pytest.mark.parametrize(
    ("option", "processes"),
    [("-q", "1"), nightly("--quiet", "2"), ("--quiet", "1"), nightly("-q", "2")],
)
def test_quiet_shows_failures_and_totals_only(
    folder: Path, option: str, processes: str, capsys: Captured
) -> None:
    assert call("run", folder, option, "--jobs", processes) == 2
    out, err = capsys.readouterr()
    assert "a.yaml" not in out + err
    assert f"{folder}/b.yaml  " in out
    assert "digest" in out
    assert "c.yaml:1: nodes: " in err
    assert out.splitlines()[-1] == "1 passed, 1 failed, 1 invalid"


def test_quiet_says_one_line_of_what_passes(folder: Path, capsys: Captured) -> None:
    assert call("run", folder / "a.yaml", "-q") == 0
    assert capsys.readouterr().out == "1 passed, 0 failed, 0 invalid\n"
    assert call("run", folder / "a.yaml", "-q", "--seeds", "1-3") == 0
    out = capsys.readouterr().out
    assert "passed       " not in out
    assert out.endswith("\n3 passed, 0 failed, 0 invalid\n")


def test_quiet_and_verbose_exclude_each_other(folder: Path, capsys: Captured) -> None:
    assert call("run", folder / "a.yaml", "-q", "-v") == 2
    assert "--quiet and --verbose exclude each other" in capsys.readouterr().err


@pytest.mark.parametrize("option", ["-v", "--verbose"])
def test_verbose_shows_what_tasks_cause_before_they_end(
    tmp_path: Path, option: str, capsys: Captured
) -> None:
    file = write(tmp_path, text_of("stop_node: 2", "open_channel: {from: 0, to: 1}", "wait: 1"))
    assert call("run", file, option) == 0
    lines = capsys.readouterr().out.splitlines()
    stopped = lines.index("        0:00 (block 0)  NodeStopped  node node 2")
    opened = next(n for n, line in enumerate(lines) if "0:15 (block 1)  ChannelOpened  " in line)
    assert "participant1 node" in lines[opened]
    ended = [n for n, line in enumerate(lines) if line.startswith("  ok ")]
    assert stopped < ended[0] < opened < ended[1] < ended[2]
    assert call("run", file) == 0
    assert "ChannelOpened" not in capsys.readouterr().out


def test_blocks_stand_beside_times(tmp_path: Path, capsys: Captured) -> None:
    file, out, junit = write(tmp_path, HELD), tmp_path / "out", tmp_path / "junit.xml"
    assert call("run", file, "--report", out, "--junit", junit) == 1
    shown = capsys.readouterr().out
    assert "  ok      0:00 - 0:30 (block 0 to 2)  wait_blocks" in shown
    assert "  ok      0:30 - 0:30 (block 2)       hold_transactions" in shown
    page = (out / "report.html").read_text(encoding="utf-8")
    assert '<td class="number">0:30 (block 2)</td>' in page
    assert '<td class="number">0:45 (block 3)</td>' in page
    (failure,) = parsed(junit.read_text(encoding="utf-8")).iter("failure")
    rows = (failure.text or "").splitlines()
    assert any(row.startswith("  FAILED  0:45 - 0:45 (block 3)") for row in rows)


def test_junit_shows_what_went_on_around_a_failure(tmp_path: Path) -> None:
    """The tasks before it, itself, and what waits for ever because nobody has let it go."""
    waits = [f"wait: {seconds}" for seconds in range(1, 9)]
    stuck = "open_channel: {from: 0, to: 1}"
    tasks = (*waits, "hold_transactions: {node: 0}", stuck)
    file, junit = write(tmp_path, text_of(*tasks)), tmp_path / "junit.xml"
    assert call("run", file, "--junit", junit) == 1
    (failure,) = parsed(junit.read_text(encoding="utf-8")).iter("failure")
    rows = (failure.text or "").splitlines()
    kinds = [row.split(")")[-1].split()[0] for row in rows if row.startswith("  ok ")]
    assert kinds == ["wait"] * 4 + ["hold_transactions"]
    assert rows[-1] == f"again: simulator run {file} --seed 0"
    assert any(row.startswith("  FAILED ") or "unfinished" in row for row in rows)
    assert "  waiting: " in failure.text if failure.text and "unfinished" in failure.text else True
