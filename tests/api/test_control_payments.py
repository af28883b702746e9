"""The control API changes what nodes take for passing payments on, and how they find ways."""

import pytest

from simulator.payments.fees import Fees
from tests.api.live import Live, Start

NOTHING = {"flat": 0, "proportional": 0, "imbalance": 0}
ROUTING = {
    "policy": "shortest",
    "knowledge": "perfect",
    "max_paths": 3,
    "fee_penalty": 100,
    "diversity_penalty": 5,
}
DIAMOND = ((0, 1), (0, 3), (1, 2), (3, 2))


def diamond(start: Start, **options: object) -> Live:
    """Serve four nodes: node 0 can pay node 2 over node 1, which it does, or over node 3."""
    net = start(4, engine="model", dialects=["bespin"], **options)
    for one, other in DIAMOND:
        body = {
            "token_address": net.token,
            "partner_address": net.address(other),
            "total_deposit": 1000,
        }
        assert net.request(one, "PUT", "/channels", body).status_code == 201
    return net


def of(policy: dict[str, object]) -> dict[str, object]:
    """Return how a node's policy is answered."""
    return {"routing_mode": "pfs", "routing": policy}


def sent(net: Live) -> tuple[int, int]:
    """Let node 0 pay node 2 a hundred; return what it sends node 1 and node 3 for it."""
    before = [spent(net, node) for node in (1, 3)]
    path = f"/payments/{net.token}/{net.address(2)}"
    assert net.request(0, "POST", path, {"amount": 100}).status_code == 200
    over_one, over_three = (spent(net, node) for node in (1, 3))
    return over_one - before[0], over_three - before[1]


def spent(net: Live, partner: int) -> int:
    channel = net.request(0, "GET", f"/channels/{net.token}/{net.address(partner)}").json()
    return 1000 - int(channel["balance"])


def test_a_node_takes_what_it_is_told_everywhere_or_in_a_channel(start: Start) -> None:
    net = diamond(start, fees=[Fees()])
    assert sent(net) == (100, 0)
    told = net.control("PUT", "/nodes/1/fees", {"flat": "10"}).json()
    assert told == {**NOTHING, "flat": 10, "capped": True, "of_channels": []}
    assert sent(net) == (100 + 10 + 1, 0)  # and 3 % of the fee, and 0.05 % of the amount
    in_channel = net.control("PUT", "/nodes/1/fees", {"flat": 0, "to": 2, "token": net.token})
    of_channel = {**NOTHING, "token_address": net.token, "partner_address": net.address(2)}
    assert in_channel.json() == {**told, "of_channels": [of_channel]}
    assert sent(net) == (100 + 5 + 1, 0)
    assert net.control("PUT", "/nodes/1/fees", {"to": 2}).json() == told
    assert net.control("PUT", "/nodes/1/fees", {"capped": False}).json()["capped"] is False
    first = net.control("PUT", "/nodes/1/fees", {}).json()
    assert first == net.control("GET", "/nodes/1/fees").json()
    assert first == {**NOTHING, "capped": True, "of_channels": []}
    assert sent(net) == (100, 0)
    events = net.control("GET", "/journal").json()["entries"]
    assert sum(entry["event"] == "FeesSet" for entry in events) == 5


def test_a_node_finds_ways_as_it_is_told_from_the_next_payment_on(start: Start) -> None:
    net = diamond(start, fees=[Fees(), Fees(flat=10), Fees(), Fees()])
    assert net.control("GET", "/nodes/0/routing").json() == of(ROUTING)
    assert sent(net) == (100 + 10 + 1, 0)
    changed = {"policy": "cheapest", "knowledge": "reports", "max_paths": 5}
    told = net.control("PUT", "/nodes/0/routing", changed).json()
    assert told == of({**ROUTING, **changed})
    assert sent(net) == (0, 100)
    told = net.control("PUT", "/nodes/0/routing", {"fee_penalty": 7, "diversity_penalty": 0})
    assert told.json() == of({**ROUTING, **changed, "fee_penalty": 7, "diversity_penalty": 0})
    assert net.control("PUT", "/nodes/0/routing", {}).json() == of(ROUTING)
    assert sent(net) == (100 + 10 + 1, 0)
    events = net.control("GET", "/journal").json()["entries"]
    last = [entry for entry in events if entry["event"] == "RoutingSet"]
    assert [entry["policy"] for entry in last] == ["cheapest", "cheapest", "shortest"]


def test_who_pays_partners_only_has_no_policy(start: Start) -> None:
    net = start(1, engine="model", dialects=["bespin"], routing_modes=["private"])
    told = net.control("GET", "/nodes/0/routing").json()
    assert told == {"routing_mode": "private", "routing": None}
    for body in ({"policy": "cheapest"}, {}):
        answer = net.control("PUT", "/nodes/0/routing", body)
        assert answer.status_code == 409
        assert "pays partners only" in answer.text


@pytest.mark.parametrize(
    ("path", "body", "status", "told"),
    [
        ("/nodes/7/fees", {}, 404, "7"),
        ("/nodes/0/fees", {"to": 7}, 404, "7"),
        ("/nodes/0/fees", {"flat": -1}, 409, "flat: must be a whole number within"),
        ("/nodes/0/fees", {"flat": 2**256}, 409, "flat: must be a whole number within"),
        ("/nodes/0/fees", {"flat": 0.5}, 409, "not a valid integer"),
        ("/nodes/0/fees", {"proportional": 1_000_001}, 409, "within 0 to 1000000"),
        ("/nodes/0/fees", {"imbalance": 50_001}, 409, "within 0 to 50000"),
        ("/nodes/0/fees", {"capped": True, "to": 1}, 409, "of a node, and not of a channel"),
        ("/nodes/0/fees", {"flat": 1, "token": "0x12"}, 409, "token"),
        ("/nodes/0/fees", {"flt": 1}, 409, "unknown field"),
        ("/nodes/7/routing", {}, 404, "7"),
        ("/nodes/0/routing", {"policy": "fastest"}, 409, "own, shortest, cheapest"),
        ("/nodes/0/routing", {"policy": "os:abort"}, 409, "own, shortest, cheapest"),
        ("/nodes/0/routing", {"policy": 1}, 409, "policy"),
        ("/nodes/0/routing", {"knowledge": "some"}, 409, "one of perfect, reports, capacities"),
        ("/nodes/0/routing", {"max_paths": 0}, 409, "within 1 to 25"),
        ("/nodes/0/routing", {"fee_penalty": 1_000_001}, 409, "within 0 to 1000000"),
        ("/nodes/0/routing", {"diversity_penalty": -1}, 409, "within 0 to 1000000"),
        ("/nodes/0/routing", {"penalty": 1}, 409, "unknown field"),
    ],
)
def test_what_can_not_be_said_of_payments_is_told_and_changes_nothing(
    idle_net: Live, path: str, body: dict[str, object], status: int, told: str
) -> None:
    paths = ("/nodes/0/fees", "/nodes/0/routing")
    before = [idle_net.control("GET", one).json() for one in paths]
    answer = idle_net.control("PUT", path, body)
    assert (answer.status_code, told in answer.text) == (status, True), answer.text
    assert [idle_net.control("GET", one).json() for one in paths] == before
