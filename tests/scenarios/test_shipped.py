"""What ships works, for more seeds than one, and would notice if it did not."""

import re
from pathlib import Path

import pytest

from simulator.scenario.language.scenario import load
from simulator.scenario.run.runner import run, run_file
from simulator.testnet.running import RunningTestnet
from tests.scenarios.writing import SHIPPED, failure_of

NAMES = {
    "bootstrap",
    "broken_ring",
    "both_ends_at_once",
    "confirmations",
    "counter_funding",
    "dropped_transactions",
    "failing_transactions",
    "held_transactions",
    "hub_leaves",
    "hubs_grow",
    "join_leave",
    "late_channels",
    "leaving_each_other",
    "leaving_while_paying",
    "lost_disk",
    "many_locks",
    "mixed_dialects",
    "offline_peers",
    "old_proofs",
    "out_of_eth",
    "partition",
    "queue",
    "refunds",
    "second_join",
    "secret_on_the_chain",
    "settlement",
    "silent_partner",
    "stopped_node",
    "thirty_at_once",
    "too_few_peers",
    "topped_up",
    "whole_wallet",
}


def test_all_are_here() -> None:
    assert {file.stem for file in SHIPPED} >= NAMES


@pytest.mark.parametrize("seed", [None, -5])
@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: str(file.stem))
def test_shipped_scenarios_pass(file: Path, seed: int | None) -> None:
    report = run_file(file, seed)
    assert report.failure is None
    assert report.passed
    assert {record.status for record in report.tasks} == {"passed"}


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: str(file.stem))
def test_shipped_scenarios_say_what_they_show(file: Path) -> None:
    assert re.match(r"# [A-Z].*[.:].*\n#\n# [A-Z]", file.read_text(encoding="utf-8"))


EXPECTATION = re.compile(r"(assert\w*: .*(?:\W))(\d+)(\D*\}\n)")


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: str(file.stem))
def test_shipped_assertions_can_fail(file: Path, tmp_path: Path) -> None:
    """The last number that a scenario expects, changed: now it does not hold."""
    text = file.read_text(encoding="utf-8")
    last = list(EXPECTATION.finditer(text))[-1]
    changed = text[: last.start(2)] + str(int(last[2]) + 1000) + text[last.end(2) :]
    copy = tmp_path / file.name
    copy.write_text(changed, encoding="utf-8")
    failure = failure_of(run(load(copy)))
    assert f"{int(last[2]) + 1000}" in failure or "{{" in last[0]  # whose value is told
    assert "actual" in failure


def test_flagship_shows_the_published_numbers() -> None:
    (flagship,) = (file for file in SHIPPED if file.stem == "too_few_peers")
    net = RunningTestnet(run_file(flagship).testnet)
    assert sorted(net.node(3).deposits(net.token).values()) == [15, 15, 15, 15]
    assert net.node(3).balance(net.token) == 100 - 4 * 15


MANUAL = Path(__file__).parents[2] / "docs" / "scenarios.md"


def test_the_manual_shows_a_scenario_that_works(tmp_path: Path) -> None:
    examples = re.findall(
        r"```yaml\n(version.*?)```", MANUAL.read_text(encoding="utf-8"), re.DOTALL
    )
    assert len(examples) == 1
    file = tmp_path / "example.yaml"
    file.write_text(examples[0], encoding="utf-8")
    assert run_file(file).failure is None
