"""Payments that are held: they take a channel's locks from others, and measures tell them apart."""

from pathlib import Path

from simulator.scenario.run.runner import FinishedRun
from simulator.testnet.testnet import Testnet
from tests.scenarios.writing import run_tasks

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
