"""Where there is little room, what differs from a golden comes first, and what is told is short."""

import re
from pathlib import Path

import pytest

from simulator.node import connections
from tests.ci.goldens import JOINS, stingy
from tests.scenarios.writing import write
from tests.test_cli import Captured, call

EDITED = JOINS.replace("- wait_idle:", "- wait: 15\n      - wait_idle:")
FACTS = {
    "an edit": (EDITED, "line 10: `wait  seconds 15` is new"),
    "a rule": (JOINS, "Deposited of node 1: total_deposit: expected 20, actual 19"),
}


@pytest.mark.parametrize("what", FACTS)
def test_the_fact_stands_first_in_the_summary_of_pytest(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    text, fact = FACTS[what]
    write(pytester.path, JOINS, "a.scenario.yaml")
    golden = ("--simulator-golden=golden", "--simulator-check=never", "-p", "no:xdist")
    pytester.runpytest_inprocess(*golden, "--simulator-update-golden").assert_outcomes(passed=1)
    write(pytester.path, text, "a.scenario.yaml")
    if what == "a rule":
        monkeypatch.setattr(connections, "plan", stingy)
    done = pytester.runpytest_inprocess(*golden)
    out = done.stdout.str()
    assert f"\n{fact}; " in out
    (line,) = (line for line in out.splitlines() if line.startswith("FAILED "))
    assert re.match(r"FAILED a\.scenario\.yaml::\S+ - ", line)
    assert fact[:20] in line
    (about,) = (line for line in out.splitlines() if line.startswith("  golden "))
    assert "golden/a.scenario.golden" in about
    assert not about.endswith(":")


@pytest.mark.parametrize("what", FACTS)
def test_a_quiet_run_tells_a_message_in_full_once(
    tmp_path: Path,
    capsys: Captured,
    monkeypatch: pytest.MonkeyPatch,
    what: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    text, fact = FACTS[what]
    run = ("run", write(tmp_path, JOINS).name, "--golden", "golden", "--check", "never")
    assert call(*run, "--update-golden") == 0
    write(tmp_path, text)
    if what == "a rule":
        monkeypatch.setattr(connections, "plan", stingy)
    capsys.readouterr()
    assert call(*run, "-q") == 1
    out = capsys.readouterr().out
    assert out.count("golden/test.golden") == 1
    assert re.search(rf"^FAILED       test.yaml:\d+: {re.escape(fact)}$", out, re.MULTILINE)
