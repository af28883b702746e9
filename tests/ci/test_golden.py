"""Golden journals: what shipped scenarios do is on record, and a changed rule shows.

To record them anew: simulator run scenarios/ --golden scenarios/golden --update-golden
"""

from pathlib import Path

import pytest
from msgspec.structs import replace

from simulator.node import connections
from simulator.node.plan import Facts, OpenWithDeposit, Plan, plan
from simulator.scenario.golden import compare
from simulator.scenario.runner import run_file
from tests.ci.test_suite import FAILING
from tests.scenarios.writing import SHIPPED, text_of, write
from tests.test_cli import Captured, call

FOLDER = Path(__file__).parents[2] / "scenarios" / "golden"
GOLDENS = sorted(FOLDER.glob("*.jsonl"))
MAX_BYTES = 300_000
JOINS = text_of("join_network: {from: 0, funds: 100}", "join_network: {from: 1, funds: 100}")


def test_every_shipped_scenario_has_a_golden() -> None:
    assert {golden.stem for golden in GOLDENS} == {file.stem for file in SHIPPED}
    assert all(golden.stat().st_size <= MAX_BYTES for golden in GOLDENS)


@pytest.mark.parametrize("golden", GOLDENS, ids=lambda file: str(file.stem))
def test_shipped_scenarios_do_what_they_did(golden: Path) -> None:
    report = run_file(FOLDER.parent / f"{golden.stem}.yaml")
    assert compare(report.testnet.journal, golden) is None


def test_a_changed_rule_is_explained(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    """One token less in each deposit: no assertion need notice, the golden does."""

    def stingy(facts: Facts) -> Plan:
        made = plan(facts)
        actions = tuple(
            replace(action, deposit=action.deposit - 1)
            if isinstance(action, OpenWithDeposit) and action.deposit
            else action
            for action in made.actions
        )
        return replace(made, actions=actions)

    scenario = FOLDER.parent / "too_few_peers.yaml"
    assert call("run", scenario, "--golden", FOLDER) == 0
    monkeypatch.setattr(connections, "plan", stingy)
    capsys.readouterr()
    assert call("run", scenario, "--golden", FOLDER, "--check", "never") == 1
    lines = capsys.readouterr().out.splitlines()
    (first,) = (number for number, line in enumerate(lines) if "not as in" in line)
    assert "too_few_peers.jsonl: event " in lines[first]
    assert ": Deposited: total_deposit: expected 30, actual 29" in lines[first]
    shown = lines[first + 1 : first + 6]
    assert [line[:4] for line in shown] == ["    ", "    ", "    ", "  - ", "  + "]


def test_recording_and_comparing(tmp_path: Path, capsys: Captured) -> None:
    file, folder = write(tmp_path, JOINS), tmp_path / "golden"
    assert call("run", file, "--golden", folder) == 1
    assert "does not exist: record it with --update-golden" in capsys.readouterr().out
    assert call("run", file, "--golden", folder, "--update-golden") == 0
    assert call("run", file, "--golden", folder) == 0
    first = (folder / "test.jsonl").read_bytes()
    assert call("run", file, "--golden", folder, "--update-golden", "--jobs", "2") == 0
    assert (folder / "test.jsonl").read_bytes() == first
    (folder / "test.jsonl").write_bytes(b"\xff")
    assert call("run", file, "--golden", folder) == 1
    assert "test.jsonl: cannot be read: it is not UTF-8" in capsys.readouterr().out


def test_a_failing_scenario_is_not_recorded(tmp_path: Path, capsys: Captured) -> None:
    file, folder = write(tmp_path, FAILING), tmp_path / "golden"
    assert call("run", file, "--golden", folder, "--update-golden") == 1
    assert "not recorded: the scenario fails" in capsys.readouterr().out
    assert call("run", file, "--golden", folder) == 1
    assert "does not exist" not in capsys.readouterr().out
    assert not folder.exists()


def test_usage(tmp_path: Path, capsys: Captured) -> None:
    file = write(tmp_path, JOINS)
    assert call("run", file, "--update-golden") == 2
    assert "--update-golden needs --golden DIR." in capsys.readouterr().err
    assert call("run", file, file, "--golden", tmp_path) == 2
    assert "--golden needs files with different names." in capsys.readouterr().err
