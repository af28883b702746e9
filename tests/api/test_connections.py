"""Joining and leaving over HTTP: the published example, and every status on the way."""

import asyncio
import socket
from collections.abc import Iterator

import pytest

from simulator.node.dialects import Dialect
from simulator.node.settings import Settings
from simulator.topology.choice import PartnerChoice
from simulator.words.units import Address
from tests.api.live import BOOTSTRAP, REALTIME, Live, Start
from tests.waiting import PATIENCE_SECONDS, until

UNKNOWN_TOKEN = BOOTSTRAP


def test_published_example(start: Start) -> None:
    net = start(5)
    net.mesh(3)
    answer = net.join(3, funds=100, initial_channel_target=4)
    assert (answer.status_code, answer.content) == (204, b"")
    assert net.deposits(3) == [15, 15, 15]
    assert net.connections(3) == {net.token: {"funds": 100, "sum_deposits": 45, "channels": 3}}
    assert net.join(4, funds=100).status_code == 204
    net.control("POST", "/idle")
    assert net.deposits(3) == [15, 15, 15, 15]
    assert net.connections(3) == {net.token: {"funds": 100, "sum_deposits": 60, "channels": 4}}


def test_the_published_answers_about_two_tokens(start: Start) -> None:
    """What the documentation of `GET /connections` shows, of both of its versions."""
    net = start(6, tokens=2, dialects=[Dialect.RED_EYES] * 5 + [Dialect.BESPIN])
    one, other = net.testnet.tokens

    def open_channel(index: int, token: str, partner: int, deposit: int = 0) -> None:
        ends = {"token_address": token, "partner_address": net.address(partner)}
        answer = net.request(index, "PUT", "/channels", {**ends, "total_deposit": deposit})
        assert answer.status_code == 201

    def join(token: str, **body: object) -> None:
        assert net.request(0, "PUT", f"/connections/{token}", body).status_code == 204

    open_channel(1, one, 2)
    join(one, funds=100, initial_channel_target=2)
    open_channel(3, one, 0, deposit=7)  # answered with 7 of the 40 that are kept for others
    open_channel(1, other, 2)
    join(other, funds=49, initial_channel_target=1, joinable_funds_target=0.36)
    net.control("POST", "/idle")
    assert net.connections(0) == {
        one: {"funds": 100, "sum_deposits": 67, "channels": 3},
        other: {"funds": 49, "sum_deposits": 31, "channels": 1},
    }
    for partner, deposit in ((1, 20), (2, 20), (3, 27)):
        open_channel(5, one, partner, deposit)
    open_channel(5, other, 1, 31)
    assert net.connections(5) == {
        one: {"sum_deposits": "67", "channels": "3"},
        other: {"sum_deposits": "31", "channels": "1"},
    }


@pytest.mark.parametrize("target", [2**63 - 1, 2**63, 10**3_999])
def test_a_target_of_any_size(start: Start, target: int) -> None:
    """Nothing is left for a single channel then: the share is 0."""
    net = start(3, engine="model")
    net.mesh(2)
    assert net.join(2, funds=100, initial_channel_target=target).status_code == 204
    assert net.deposits(2) == [0, 0]


def test_leave_names_the_partners(start: Start) -> None:
    net = start(4)
    net.mesh(3)
    net.join(3, funds=100)
    answer = net.request(3, "DELETE", f"/connections/{net.token}", "null")
    assert answer.status_code == 200
    assert sorted(answer.json()) == sorted(net.address(index) for index in range(3))
    assert net.connections(3) == {}
    again = net.leave(3)
    assert (again.status_code, again.json()) == (200, [])


def test_numbers_as_strings_and_plain_text(start: Start) -> None:
    net = start(3)
    for index, media_type in enumerate(["text/plain", "application/json", ""]):
        answer = net.request(
            index,
            "PUT",
            f"/connections/{net.token}",
            '{"funds": "100", "initial_channel_target": "2", "joinable_funds_target": "0.4"}',
            headers={"Content-Type": media_type},
        )
        assert answer.status_code == 204
    net.control("POST", "/idle")
    assert net.deposits(2) == [30, 30]


def test_the_fraction_is_exact(start: Start) -> None:
    net = start(4)
    net.mesh(3)
    body = '{"funds": 123456789012345678901, "joinable_funds_target": 0.4}'
    assert net.request(3, "PUT", f"/connections/{net.token}", body).status_code == 204
    assert net.deposits(3) == [24691357802469135780] * 3


@pytest.mark.parametrize(
    ("dialect", "number", "methods"),
    [
        (Dialect.RED_EYES, int, "DELETE, OPTIONS, PUT"),
        (Dialect.ALDERAAN, str, "DELETE, OPTIONS, PUT"),
        (Dialect.BESPIN, str, "DELETE, OPTIONS"),
    ],
)
def test_dialects(start: Start, dialect: Dialect, number: type, methods: str) -> None:
    """Node 1 speaks one; the others red-eyes, which is what nodes speak by default."""
    net = start(3, dialects=(Dialect.RED_EYES, dialect, Dialect.RED_EYES))
    path, asked = f"/connections/{net.token}", net.join(1, funds=2**60)
    joined = dialect is not Dialect.BESPIN
    assert asked.status_code == (204 if joined else 405)
    for method, status in (("OPTIONS", 200), ("POST", 405)):
        answer = net.request(1, method, path)
        assert (answer.status_code, answer.headers["Allow"]) == (status, methods)
    if not joined:
        assert asked.headers["Allow"] == methods
        assert asked.json() == {"message": "The method is not allowed for the requested URL."}
    body = {"token_address": net.token, "partner_address": net.address(0)}
    opened = net.request(1, "PUT", "/channels", {**body, "total_deposit": str(2**61)})
    assert opened.status_code == 201
    for name in ("balance", "total_deposit", "settle_timeout", "channel_identifier"):
        assert type(opened.json()[name]) is number
    funds = {"funds": number(2**60)} if joined else {}
    channels = 2 if joined else 1  # the bootstrap channel counts
    assert net.connections(1) == {
        net.token: {**funds, "sum_deposits": number(2**61), "channels": number(channels)}
    }
    left = net.leave(1)
    assert (left.status_code, left.json()[-1]) == (200, net.address(0))
    assert len(left.json()) == channels


def test_red_eyes_is_the_default(start: Start) -> None:
    net = start(1, engine="model")
    assert net.join(0, funds=100).status_code == 204
    assert net.connections(0) == {net.token: {"funds": 100, "sum_deposits": 0, "channels": 1}}


def test_402_without_eth(start: Start) -> None:
    net = start(2)
    assert net.control("PUT", "/nodes/0/eth", {"wei": 7}).status_code == 204
    answer = net.join(0, funds=100)
    assert answer.status_code == 402
    assert "has 7 wei" in answer.json()["errors"]
    assert "wei, has" in answer.json()["errors"]
    assert net.connections(0) == {}
    assert net.control("PUT", "/nodes/0/eth", {"wei": 10**18}).status_code == 204
    assert net.join(0, funds=100).status_code == 204


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_404_for_addresses_in_a_wrong_spelling(idle_net: Live, method: str) -> None:
    for text in (idle_net.token.lower(), idle_net.token[2:], "0x12", "0x" + "22 " * 13 + "2"):
        answer = idle_net.request(0, method, f"/connections/{text}", "{}")
        assert answer.status_code == 404
        assert answer.json()["errors"][0] == "invalid endpoint"


def test_unknown_token(idle_net: Live) -> None:
    path = f"/connections/{UNKNOWN_TOKEN}"
    joined = idle_net.request(0, "PUT", path, {"funds": 1})
    assert joined.status_code == 409
    assert UNKNOWN_TOKEN in joined.json()["errors"]
    assert idle_net.request(0, "DELETE", path).status_code == 404


def test_408_when_transactions_are_held_back(start: Start) -> None:
    net = start(2)
    net.control("PUT", "/nodes/0/fault", {"mode": "hold"})
    answer = net.join(0, funds=100)
    assert answer.status_code == 408
    assert "600 seconds" in answer.json()["errors"]
    net.control("PUT", "/nodes/0/fault", {"mode": "none"})
    net.control("POST", "/idle")
    assert net.connections(0)[net.token]["channels"] == 1


def test_402_408_and_409_of_a_leave(start: Start) -> None:
    net = start(2)
    assert net.join(0, funds=100).status_code == 204
    net.control("PUT", "/nodes/0/eth", {"wei": 7})
    answer = net.leave(0)
    assert (answer.status_code, "has 7 wei" in answer.json()["errors"]) == (402, True)
    net.control("PUT", "/nodes/0/eth", {"wei": 10**18})
    for mode, status, reason in [
        ("fail", 409, "closeChannel failed: out of gas"),
        ("hold", 408, "closeChannel"),
    ]:
        net.control("PUT", "/nodes/0/fault", {"mode": mode})
        answer = net.leave(0)
        assert (answer.status_code, reason in answer.json()["errors"]) == (status, True)
    net.control("PUT", "/nodes/0/fault", {"mode": "none"})
    assert net.leave(0).status_code == 200


def test_500_hits_one_node_alone(start: Start, caplog: pytest.LogCaptureFixture) -> None:
    def strategy(_: PartnerChoice) -> Iterator[Address]:
        raise ZeroDivisionError

    net = start(3)
    net.testnet.nodes[1].account.strategy = strategy
    assert net.join(0, funds=100).status_code == 204
    answer = net.join(1, funds=100)
    assert answer.status_code == 500
    assert answer.json() == {"errors": ["Internal Raiden node error"]}
    assert "ZeroDivisionError" in caplog.text
    assert net.join(2, funds=100).status_code == 204
    assert net.request(1, "GET", "/address").status_code == 200


def test_503_while_stopped(start: Start) -> None:
    net = start(2)
    assert net.control("POST", "/nodes/1/stop").json()["online"] is False
    assert net.request(1, "GET", "/status").json() == {"status": "unavailable"}
    for method, path in [
        ("GET", "/connections"),
        ("PUT", f"/connections/{net.token}"),
        ("PUT", "/connections/nonsense"),
        ("DELETE", f"/connections/{net.token}"),
        ("GET", "/channels"),
        ("PUT", "/channels"),
    ]:
        answer = net.request(1, method, path, "nonsense")
        assert answer.status_code == 503
        assert "errors" in answer.json()
    assert net.request(1, "POST", "/channels").status_code == 405
    assert net.request(1, "GET", "/nothing").status_code == 404
    assert net.control("POST", "/nodes/1/start").json()["online"] is True
    assert net.request(1, "GET", "/status").json() == {"status": "ready"}
    assert net.join(1, funds=100).status_code == 204


def test_stopping_ends_the_call_in_progress_and_the_queued_one(start: Start) -> None:
    net = start(2, REALTIME)
    calls = [net.begin_join(0, funds=100), net.begin_join(0, funds=200)]
    net.wait_until_asked(0, calls=2)
    assert not any(call.done() for call in calls)
    net.control("POST", "/nodes/0/stop")
    assert [call.result(PATIENCE_SECONDS).status_code for call in calls] == [503, 503]
    net.control("POST", "/nodes/0/start")
    net.control("POST", "/idle")
    assert net.connections(0)[net.token]["channels"] == 1  # the transaction was on its way


def test_two_joins_of_a_node_run_one_after_the_other(start: Start) -> None:
    net = start(2, REALTIME, Settings(block_time=1))
    first = net.begin_join(0, funds=100)
    net.wait_until_asked(0, calls=1)
    second = net.begin_join(0, funds=200)
    assert first.result(PATIENCE_SECONDS).status_code == 204
    assert net.connections(0)[net.token]["funds"] in (100, 200)
    assert second.result(PATIENCE_SECONDS).status_code == 204
    assert net.connections(0)[net.token]["funds"] == 200


def test_reads_do_not_wait_for_a_leave(start: Start) -> None:
    net = start(3, REALTIME)
    joins = [net.begin_join(index, funds=100) for index in range(3)]
    assert {answer.status_code for answer in net.skip_until(*joins)} == {204}
    leaving = net.begin(0, "DELETE", f"/connections/{net.token}")
    net.wait_until_asked(0, calls=1)
    for _ in range(5):
        assert net.request(0, "GET", "/channels").status_code == 200
        assert net.connections(1)[net.token]["channels"] > 0
    assert not leaving.done()
    (answer,) = net.skip_until(leaving)
    assert answer.status_code == 200
    assert net.connections(0) == {}


def test_a_caller_that_disconnects_cancels_nothing(
    start: Start, transports: list[asyncio.Transport]
) -> None:
    net = start(2, REALTIME)
    with socket.create_connection(("127.0.0.1", net.sockets.ports[0])) as caller:
        body = b'{"funds": 100}'
        head = f"PUT /api/v1/connections/{net.token} HTTP/1.1\r\nHost: localhost\r\n"
        caller.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        net.wait_until_asked(0, calls=1)
    until(transports[0].is_closing)
    net.control("POST", "/advance", {"blocks": 3})
    assert net.connections(0)[net.token]["channels"] == 1
