"""Channels by hand, tokens, and what a node tells about itself."""

import pytest

import simulator
from tests.api.live import BOOTSTRAP, Live, Start


def test_the_life_of_a_channel(start: Start) -> None:
    net = start(2)
    partner = net.address(1)
    path = f"/channels/{net.token}/{partner}"
    body = {"token_address": net.token, "partner_address": partner, "settle_timeout": "20"}
    opened = net.request(0, "PUT", "/channels", {**body, "total_deposit": 10})
    assert opened.status_code == 201
    assert opened.json() == {
        "channel_identifier": 1,
        "token_address": net.token,
        "token_network_address": net.request(0, "GET", f"/tokens/{net.token}").json(),
        "partner_address": partner,
        "settle_timeout": 20,
        "reveal_timeout": 10,
        "balance": 10,
        "state": "opened",
        "total_deposit": 10,
        "total_withdraw": 0,
    }
    again = net.request(0, "PUT", "/channels", body)
    assert (again.status_code, again.json()) == (200, opened.json())
    for total_deposit in (10, 4, "10", 1):
        refused = net.request(0, "PUT", "/channels", {**body, "total_deposit": total_deposit})
        assert refused.status_code == 409
        assert "did not increase" in refused.json()["errors"]
    assert net.request(0, "GET", path).json() == opened.json()
    assert net.request(0, "GET", "/channels").json() == [opened.json()]
    assert net.request(1, "GET", f"/channels/{net.token}").json()[0]["balance"] == 0
    assert net.request(0, "GET", f"/tokens/{net.token}/partners").json() == [
        {"partner_address": partner, "channel": f"/api/v1{path}"}
    ]

    assert net.request(0, "PATCH", path, {"total_deposit": 9}).status_code == 409
    deposited = net.request(0, "PATCH", path, {"total_deposit": "25"})
    assert (deposited.status_code, deposited.json()["balance"]) == (200, 25)
    assert net.request(0, "PATCH", path, {"total_deposit": 10**30}).status_code == 402

    closed = net.request(0, "PATCH", path, {"state": "closed"})
    assert (closed.status_code, closed.json()["state"]) == (200, "closed")
    assert net.request(0, "PATCH", path, {"state": "closed"}).status_code == 409
    assert net.request(0, "PATCH", path, {"total_deposit": 30}).status_code == 409
    assert net.request(0, "PUT", "/channels", body).status_code == 409
    net.control("POST", "/idle")
    gone = net.request(0, "GET", path)
    assert gone.status_code == 404
    assert "could not be found" in gone.json()["errors"]
    assert net.request(0, "PATCH", path, {"state": "closed"}).status_code == 409


def test_opening_is_refused(idle_net: Live) -> None:
    token, partner = idle_net.token, idle_net.address(1)
    both = {"token_address": token, "partner_address": partner}
    for body, status in [
        ({**both, "total_deposit": 10**30}, 402),
        ({**both, "total_deposit": -1}, 409),
        ({**both, "settle_timeout": 0}, 409),
        ({**both, "settle_timeout": 10**9}, 409),
        ({**both, "reveal_timeout": 251}, 409),  # more than half of 500
        ({**both, "reveal_timeout": 1}, 409),
        ({**both, "reveal_timeout": -1}, 409),
        ({**both, "reveal_timeout": 51, "settle_timeout": 101}, 409),
        ({**both, "reveal_timeout": 2.5}, 400),
        ({**both, "total_deposit": 1.5}, 400),
        ({**both, "token_address": BOOTSTRAP}, 409),
        ({**both, "token_address": token.lower()}, 400),
        ({**both, "partner_address": partner[2:]}, 400),
        ({**both, "partner_address": 1}, 400),
        ({**both, "partner_address": idle_net.address(0)}, 409),
        ({**both, "partner_address": "0x" + "0" * 40}, 409),
        ({**both, "unknown": 1}, 400),
        ({"token_address": token}, 400),
    ]:
        answer = idle_net.request(0, "PUT", "/channels", body)
        assert answer.status_code == status, body
        assert answer.json()["errors"]
    assert idle_net.request(0, "GET", "/channels").json() == []


@pytest.mark.parametrize(
    ("given", "settle_timeout", "shown"),
    [
        (None, 500, 50),
        (None, 100, 50),
        (None, 99, 49),
        (None, 5, 2),
        (250, 500, 250),
        ("10", 20, 10),
        (2, 5, 2),
    ],
)
def test_the_reveal_timeout(start: Start, given: object, settle_timeout: int, shown: int) -> None:
    """At most half of the settle timeout; the other end has its own."""
    net = start(2, engine="model")
    body = {"token_address": net.token, "partner_address": net.address(1)}
    chosen = {} if given is None else {"reveal_timeout": given}
    opened = net.request(
        0, "PUT", "/channels", {**body, "settle_timeout": settle_timeout, **chosen}
    )
    assert (opened.status_code, opened.json()["reveal_timeout"]) == (201, shown)
    assert net.request(0, "GET", "/channels").json() == [opened.json()]
    (other,) = net.request(1, "GET", "/channels").json()
    assert other["reveal_timeout"] == min(50, settle_timeout // 2)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"state": None}, 400),
        ({"state": "settled"}, 400),
        ({"state": "inlimbo"}, 400),
        ({"state": "closed", "total_deposit": 1}, 409),
        ({"total_withdraw": 1}, 409),
        ({"reveal_timeout": 60}, 409),
        ({"total_deposit": 1}, 409),
    ],
)
def test_patching_is_refused(idle_net: Live, body: dict[str, object], status: int) -> None:
    path = f"/channels/{idle_net.token}/{idle_net.address(1)}"
    answer = idle_net.request(0, "PATCH", path, body)
    assert answer.status_code == status
    assert answer.json()["errors"]


def test_a_transaction_that_fails_is_told(start: Start) -> None:
    net = start(2)
    net.control("PUT", "/nodes/0/fault", {"mode": "fail"})
    body = {"token_address": net.token, "partner_address": net.address(1)}
    answer = net.request(0, "PUT", "/channels", body)
    assert answer.status_code == 409
    assert "openChannel" in answer.json()["errors"]
    net.control("PUT", "/nodes/0/fault", {"mode": "drop"})
    assert net.request(0, "PUT", "/channels", body).status_code == 408


def test_what_a_node_tells(idle_net: Live) -> None:
    def get(path: str) -> object:
        return idle_net.request(0, "GET", path).json()

    assert get("/address") == {"our_address": idle_net.address(0)}
    assert idle_net.request(1, "GET", "/address").json() == {"our_address": idle_net.address(1)}
    assert get("/version") == {"version": simulator.__version__}
    assert get("/status") == {"status": "ready"}
    assert get("/tokens") == [idle_net.token]
    assert get(f"/tokens/{BOOTSTRAP}/partners") == []
    assert get(f"/channels/{BOOTSTRAP}") == []
    assert get("/connections") == {}
    unknown = idle_net.request(0, "GET", f"/tokens/{BOOTSTRAP}")
    assert unknown.status_code == 404
    assert BOOTSTRAP in unknown.json()["errors"]
