"""Withdraws and cooperative settlements over HTTP, in each dialect."""

import pytest

from simulator.node.dialects import Dialect
from tests.api.live import Live, Start
from tests.payments.worlds import chain_of

OTHERS = [Dialect.RED_EYES, Dialect.ALDERAAN]


def with_channel(start: Start, *dialects: Dialect) -> tuple[Live, str]:
    net = start(2, dialects=list(dialects))
    body = {"token_address": net.token, "total_deposit": 100, "settle_timeout": 20}
    body["partner_address"] = net.address(1)
    assert net.request(0, "PUT", "/channels", body).status_code == 201
    return net, f"/channels/{net.token}/{net.address(1)}"


@pytest.mark.parametrize("dialect", Dialect)
def test_a_withdraw_is_answered_when_it_is_mined(start: Start, dialect: Dialect) -> None:
    net, path = with_channel(start, dialect)
    number = dialect.numbers
    answer = net.request(0, "PATCH", path, {"total_withdraw": "30"})
    assert answer.status_code == 200
    shown = answer.json()
    assert (shown["total_withdraw"], shown["balance"]) == (number(30), number(70))
    assert (shown["total_deposit"], shown["state"]) == (number(100), "opened")
    assert net.request(0, "GET", path).json() == shown
    (other,) = net.request(1, "GET", "/channels").json()
    assert (other["total_withdraw"], other["balance"]) == (number(0), number(0))


REFUSED: list[tuple[dict[str, object], int, str]] = [
    ({"total_withdraw": 0}, 409, "Total withdraw did not increase."),
    ({"total_withdraw": -1}, 409, "can't be negative"),
    ({"total_withdraw": 101}, 409, "101 more is above the 100 that can be taken out"),
    ({"total_withdraw": "much"}, 400, "total_withdraw"),
    ({"total_withdraw": None}, 400, "total_withdraw"),
    ({"total_withdraw": 1, "total_deposit": 101}, 409, "can't be given together"),
    ({"total_withdraw": 1, "state": "closed"}, 409, "can't be given together"),
    ({"total_withdraw": 1, "reveal_timeout": 7}, 409, "can't be given together"),
]


@pytest.mark.parametrize("dialect", Dialect)
def test_what_is_refused_changes_nothing(start: Start, dialect: Dialect) -> None:
    net, path = with_channel(start, dialect)
    for body, status, told in REFUSED:
        answer = net.request(0, "PATCH", path, body)
        assert (answer.status_code, told in answer.text) == (status, True), answer.text
    assert net.request(0, "GET", path).json()["total_withdraw"] == dialect.numbers(0)


def test_the_order_of_checks(start: Start) -> None:
    net, path = with_channel(start, Dialect.ALDERAAN)
    body = {"total_withdraw": 500}
    unknown = f"/channels/{net.token}/0x{'22' * 20}"
    assert net.request(0, "PATCH", unknown, body).status_code == 409
    assert net.request(0, "PATCH", f"/channels/{net.token}/0x2", body).status_code == 404
    net.control("PUT", "/nodes/0/eth", {"wei": 0})
    assert net.request(0, "PATCH", path, body).status_code == 409
    assert net.request(0, "PATCH", path, {"total_withdraw": 50}).status_code == 402
    net.control("POST", "/nodes/0/stop")
    assert net.request(0, "PATCH", path, body).status_code == 503


def test_a_closed_channel_pays_nothing_out(start: Start) -> None:
    net, path = with_channel(start, Dialect.RED_EYES)
    assert net.request(0, "PATCH", path, {"state": "closed"}).status_code == 200
    answer = net.request(0, "PATCH", path, {"total_withdraw": 1})
    assert (answer.status_code, answer.json()) == (
        409,
        {"errors": "Channel is not in an open state."},
    )


def test_bespin_nodes_settle_a_channel_when_they_close_it(start: Start) -> None:
    net, path = with_channel(start, Dialect.BESPIN)
    other = f"/channels/{net.token}/{net.address(0)}"
    net.request(0, "POST", f"/payments/{net.token}/{net.address(1)}", {"amount": 40})
    answer = net.request(1, "PATCH", other, {"state": "closed"})
    assert answer.status_code == 200
    shown = answer.json()
    assert (shown["state"], shown["balance"], shown["total_withdraw"]) == ("settled", "0", "40")
    for index, gone in enumerate((path, other)):
        assert net.request(index, "GET", gone).status_code == 404
        assert net.request(index, "GET", "/channels").json() == []
        assert net.request(index, "PATCH", gone, {"state": "closed"}).status_code == 409


@pytest.mark.parametrize("dialects", [OTHERS, [Dialect.BESPIN, Dialect.RED_EYES], OTHERS[::-1]])
def test_others_close_it(start: Start, dialects: list[Dialect]) -> None:
    net, path = with_channel(start, *dialects)
    answer = net.request(0, "PATCH", path, {"state": "closed"})
    assert (answer.status_code, answer.json()["state"]) == (200, "closed")


def test_bespin_nodes_that_leave_settle_at_once(start: Start) -> None:
    net, _ = with_channel(start, Dialect.BESPIN)
    before = net.control("GET", "/status").json()["block_number"]
    answer = net.request(0, "DELETE", f"/connections/{net.token}")
    assert (answer.status_code, answer.json()) == (200, [net.address(1)])
    assert net.control("GET", "/status").json()["block_number"] == before + 1


def test_worlds_for_http_and_for_python_are_alike() -> None:
    net = chain_of(2, dialects=[Dialect.BESPIN])
    closed = net.node(0).close_channel(net.token, net.node(1).address)
    assert (closed.state, closed.is_open, closed.block_closed) == ("settled", False, None)
    assert (closed.balance, closed.withdrawn) == (0, 100)
    assert net.node(0).channels() == net.node(1).channels() == []


def test_a_call_that_nobody_answers_ends_all_the_same(start: Start) -> None:
    net, path = with_channel(start, Dialect.RED_EYES)
    net.control("POST", "/nodes/1/stop")
    answer = net.request(0, "PATCH", path, {"total_withdraw": 30})
    assert (answer.status_code, answer.json()) == (
        409,
        {"errors": "The withdraw couldn't be completed because: it has expired"},
    )
    assert net.request(0, "GET", path).json()["balance"] == 100


def test_a_settlement_that_nobody_answers_ends_in_a_close(start: Start) -> None:
    net, path = with_channel(start, Dialect.BESPIN)
    assert net.control("PUT", "/partition", {"groups": [[0], [1]]}).status_code in (200, 204)
    answer = net.request(0, "PATCH", path, {"state": "closed"})
    assert (answer.status_code, answer.json()["state"]) == (200, "closed")
