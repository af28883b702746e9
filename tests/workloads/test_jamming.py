"""Payments that are held: they take a channel's locks from others, and measures tell them apart."""

from pathlib import Path
from typing import Any

from simulator.scenario.run.runner import FinishedRun
from simulator.studies.reader import read_study
from simulator.studies.run import perform
from simulator.testnet.testnet import Testnet
from tests.scenarios.writing import run_tasks

ROOT = Path(__file__).parents[2]
OPENED = "open_channel: {from: 0, to: 1, total_deposit: 500}"
HELD = (
    "workload: {name: attack, held: true, payments: 160, amounts: {type: fixed, amount: 1}, "
    "arrivals: {type: constant, per_second: 1000}, pairs: {type: listed, pairs: [[0, 1]]}}"
)


def test_payments_that_are_held_take_all_locks_of_a_channel_until_they_expire(
    tmp_path: Path,
) -> None:
    refused = "transfer: {from: 0, to: 1, amount: 1, expected_http_status: 409}"
    waiting = f"serial: {{tasks: [wait: 1, {refused}]}}"
    report: FinishedRun = run_tasks(
        tmp_path,
        OPENED,
        f"parallel: {{tasks: [{HELD}, {waiting}]}}",
        "wait_idle:",
        "transfer: {from: 0, to: 1, amount: 1}",
        "assert_workload: {workload: attack, failed: 160, succeeded: 0, success_rate: 0}",
        tokens=500,
    )
    assert report.failure is None


def test_the_jamming_study_can_be_run_and_tells_the_attack_from_the_traffic() -> None:
    design = read_study(ROOT / "studies" / "jamming.yaml")
    assert [point["attackers"] for point in design.factors] == [0, 1, 2, 3, 4]
    rows: dict[int, Any] = {
        spec.point["attackers"]: perform(design, spec).measures
        for spec in design.specs(range(1))
        if spec.point["attackers"] in (0, 2)
    }
    assert rows[0]["success_rate"] == 1
    assert rows[0]["held_token_blocks"] == 0
    assert rows[2]["success_rate"] < 0.8
    assert rows[2]["held_token_blocks"] > 2 * 160 * 2 * 99


def test_traffic_is_the_same_with_and_without_an_attack() -> None:
    star = {"type": "star", "deposit": 1000, "partner_deposit": 1000}
    drawn = []
    for attacked in (False, True):
        net = Testnet(6, engine="model", topology=star)
        if attacked:
            net.workload(
                name="attack",
                held=True,
                payments=50,
                arrivals={"per_second": 100},
                amounts={"type": "fixed", "amount": 1},
            )
        traffic = net.workload(
            name="traffic",
            payments=30,
            arrivals={"per_second": 1},
            amounts={"least": 1, "most": 5},
        )
        traffic.result()
        drawn.append([[row[key] for key in ("from", "to", "amount")] for row in traffic.rows()])
    assert drawn[0] == drawn[1]
