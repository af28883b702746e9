"""Workloads over HTTP: begun, looked at while they last, and stopped."""

from typing import Any

import pytest

from simulator.api.driver import Pace
from tests.api.live import Live, Start
from tests.waiting import until

TRAFFIC: dict[str, Any] = {
    "arrivals": {"per_second": 5},
    "amounts": {"type": "fixed", "amount": 1},
}


def opened(start: Start, **options: Any) -> Live:
    """Return a testnet whose first two nodes have a channel."""
    net = start(3, **options)
    body = {"partner_address": net.address(1), "token_address": net.token, "total_deposit": 50}
    assert net.request(0, "PUT", "/channels", body).status_code == 201
    return net


def test_traffic_goes_on_until_it_is_stopped(start: Start) -> None:
    net = opened(start)
    pairs = {"type": "listed", "pairs": [[0, 1]]}
    begun = net.control("POST", "/workloads", {**TRAFFIC, "name": "retail", "pairs": pairs})
    assert begun.status_code == 200
    assert (begun.json()["name"], begun.json()["over"]) == ("retail", False)

    def made() -> int:
        count: int = net.control("GET", "/workloads/retail").json()["payments"]
        return count

    until(lambda: made() > 100)
    stopped = net.control("POST", "/workloads/retail/stop").json()
    assert stopped["stopped"]
    until(lambda: net.control("GET", "/workloads/retail").json()["over"])
    after = net.control("GET", "/workloads/retail").json()
    assert after["payments"] == stopped["payments"]
    assert (after["succeeded"], after["amount_paid"], after["pending"]) == (50, 50, 0)
    assert after["failed"] == after["payments"] - 50 == sum(after["failures"].values())
    assert after["seconds"]["most"] == 0
    assert net.control("GET", "/workloads").json() == {"workloads": [after]}
    net.control("POST", "/advance", {"seconds": 100})
    assert made() == after["payments"]


def test_a_workload_ends_by_itself_where_it_says_when(start: Start) -> None:
    net = opened(start)
    name = net.control("POST", "/workloads", {**TRAFFIC, "payments": "20"}).json()["name"]
    until(lambda: net.control("GET", f"/workloads/{name}").json()["over"])
    assert net.control("GET", f"/workloads/{name}").json()["payments"] == 20


def test_traffic_follows_the_wall_clock_where_time_does(start: Start) -> None:
    net = opened(start, pace=Pace(20))
    body = {**TRAFFIC, "arrivals": {"type": "listed", "seconds": [0, 3600]}}
    net.control("POST", "/workloads", {**body, "name": "slow"})
    until(lambda: net.control("GET", "/workloads/slow").json()["payments"] == 1)
    net.control("POST", "/advance", {"seconds": 3600})
    until(lambda: net.control("GET", "/workloads/slow").json()["over"])


@pytest.mark.parametrize(
    ("body", "status", "told"),
    [
        ({}, 409, "arrivals: is missing"),
        ({**TRAFFIC, "arrivals": 5}, 409, "arrivals"),
        ({**TRAFFIC, "arrivals": {"per_sec": 5}}, 409, "unknown key; did you mean per_second?"),
        ({**TRAFFIC, "arrivals": {"per_second": -0.5}}, 409, "must be more than 0, not -0.5"),
        ({**TRAFFIC, "payments": 0}, 409, "payments: must be at least 1, not 0"),
        ({**TRAFFIC, "payments": 1.5}, 409, "integer"),
        ({**TRAFFIC, "seconds": -1}, 409, "seconds: must be more than 0"),
        ({**TRAFFIC, "name": "a/b"}, 409, "name: must be one line without"),
        ({**TRAFFIC, "pairs": {"type": "listed", "pairs": [[0, 3]]}}, 409, "there is no node 3"),
        ({**TRAFFIC, "amounts": {"type": "file", "file": "/etc/passwd"}}, 409, "can't be named"),
        ({**TRAFFIC, "file": "/etc/passwd"}, 409, "unknown field"),
        ({**TRAFFIC, "token": "0x" + "22" * 20}, 404, ""),
        ({"activity": {"expected_amount": 10**30}}, 409, "needs two nodes with at least"),
    ],
)
def test_what_can_not_be_is_told(
    body: dict[str, Any], status: int, told: str, start: Start
) -> None:
    answer = opened(start).control("POST", "/workloads", body)
    assert answer.status_code in {status, 400}
    assert told in answer.text


def test_numbers_that_nobody_needs_are_not_read(start: Start) -> None:
    net = start(2)
    text = '{"arrivals": {"per_second": 1}, "amounts": {"least": %s, "most": 5}}' % ("9" * 5000)
    assert "characters" in net.control("POST", "/workloads", text).text


def test_names_are_known_or_not(start: Start) -> None:
    net = opened(start)
    assert net.control("GET", "/workloads/none").status_code == 404
    assert net.control("POST", "/workloads/none/stop").status_code == 404
    body = {**TRAFFIC, "payments": 1, "name": "once"}
    assert net.control("POST", "/workloads", body).status_code == 200
    again = net.control("POST", "/workloads", body)
    assert again.status_code == 409
    assert "another workload is called" in again.text
