"""Payments over HTTP: what is paid, what is refused, and what is told of it afterwards."""

from typing import Any

import pytest

from simulator.node.dialects import Dialect
from tests.api.live import Live, Start
from tests.payments.worlds import chain_of

SECRET = "0x" + "11" * 32


def with_chain(start: Start, nodes: int, dialect: Dialect) -> Live:
    net = start(nodes, dialects=[dialect])
    for index in range(nodes - 1):
        body = {
            "token_address": net.token,
            "partner_address": net.address(index + 1),
            "total_deposit": 100,
            "settle_timeout": 20,
        }
        assert net.request(index, "PUT", "/channels", body).status_code == 201
    return net


@pytest.mark.parametrize("dialect", Dialect)
def test_a_payment_over_three_hops_is_seen_at_both_ends(start: Start, dialect: Dialect) -> None:
    net, number = with_chain(start, 4, dialect), dialect.numbers
    path = f"/payments/{net.token}/{net.address(3)}"
    paid = net.request(0, "POST", path, {"amount": "25", "identifier": 7, "secret": SECRET})
    assert paid.status_code == 200
    assert {**paid.json(), "secret_hash": None} == {
        "initiator_address": net.address(0),
        "target_address": net.address(3),
        "token_address": net.token,
        "amount": number(25),
        "identifier": number(7),
        "secret": SECRET,
        "secret_hash": None,
    }
    assert paid.json()["secret_hash"].startswith("0x02d449a31fbb267c8f352e9968a79e3e5fc95c1b")
    channel = net.request(0, "GET", f"/channels/{net.token}/{net.address(1)}").json()
    assert (channel["balance"], channel["total_deposit"]) == (number(75), number(100))
    (sent,) = net.request(0, "GET", "/payments").json()
    (received,) = net.request(3, "GET", f"/payments/{net.token}/{net.address(0)}").json()
    assert sent.pop("log_time") == received.pop("log_time")
    token = {} if dialect is Dialect.RED_EYES else {"token_address": net.token}
    amounts = {"amount": number(25), "identifier": number(7), **token}
    assert sent == {"event": "EventPaymentSentSuccess", "target": net.address(3), **amounts}
    assert received == {
        "event": "EventPaymentReceivedSuccess",
        "initiator": net.address(0),
        **amounts,
    }
    assert net.request(1, "GET", "/payments").json() == []


@pytest.mark.parametrize(
    ("body", "status", "told"),
    [
        ({}, 400, "amount"),
        ({"amount": True}, 400, "amount"),
        ({"amount": 1, "secret": "0x12"}, 400, "secret"),
        ({"amount": 1, "fee": 1}, 400, "fee"),
        ({"amount": 0}, 409, "amount"),
        ({"amount": -1}, 409, "amount"),
        ({"amount": 2**256}, 409, "amount"),
        ({"amount": 1, "identifier": 0}, 409, "identifier"),
        ({"amount": 1, "identifier": 2**64}, 409, "identifier"),
        ({"amount": 1, "secret": SECRET, "secret_hash": SECRET}, 409, "secret_hash"),
        ({"amount": 101}, 409, "Payment couldn't be completed because"),
    ],
)
def test_payments_that_are_refused(
    start: Start, body: dict[str, Any], status: int, told: str
) -> None:
    net = with_chain(start, 2, Dialect.ALDERAAN)
    refused = net.request(0, "POST", f"/payments/{net.token}/{net.address(1)}", body)
    assert refused.status_code == status
    assert told in str(refused.json()["errors"])


def test_nobody_pays_itself_in_unknown_tokens_or_while_stopped(start: Start) -> None:
    net = with_chain(start, 2, Dialect.BESPIN)
    own = net.request(0, "POST", f"/payments/{net.token}/{net.address(0)}", {"amount": 1})
    unknown = net.request(0, "POST", f"/payments/{net.address(1)}/{net.address(1)}", {"amount": 1})
    assert own.status_code == unknown.status_code == 409
    lower = net.request(0, "POST", f"/payments/{net.token.lower()}/{net.address(1)}", {"amount": 1})
    assert lower.status_code == 404
    net.control("POST", "/nodes/0/stop")
    stopped = net.request(0, "POST", f"/payments/{net.token}/{net.address(1)}", {"amount": 1})
    assert stopped.status_code == 503


@pytest.mark.parametrize("dialect", Dialect)
def test_a_history_is_shown_in_parts(start: Start, dialect: Dialect) -> None:
    net = with_chain(start, 3, dialect)
    for amount, target in [(1, 1), (2, 2), (3, 1)]:
        path = f"/payments/{net.token}/{net.address(target)}"
        net.request(0, "POST", path, {"amount": amount})
    everything = f"/payments/{net.token}"
    amounts = [int(event["amount"]) for event in net.request(0, "GET", everything).json()]
    assert amounts == [1, 2, 3]
    some = net.request(0, "GET", f"{everything}?limit=1&offset=1").json()
    assert [int(event["amount"]) for event in some] == [2]
    # the oldest generation takes its pages first, and picks out afterwards
    picked = net.request(0, "GET", f"{everything}/{net.address(1)}?offset=1").json()
    assert [int(event["amount"]) for event in picked] == [3]
    picked = net.request(0, "GET", f"{everything}/{net.address(1)}?limit=2").json()
    found = [int(event["amount"]) for event in picked]
    assert found == ([1] if dialect is Dialect.RED_EYES else [1, 3])
    old = dialect is Dialect.RED_EYES
    for wrong in ("limit=-1", "offset=-1", "limit=x"):
        assert net.request(0, "GET", f"{everything}?{wrong}").status_code == (409 if old else 400)
    unknown = net.request(0, "GET", f"/payments/{net.address(1)}")
    assert unknown.status_code == (200 if old else 400)


def test_a_payment_whose_secret_nobody_knows_fails_when_its_lock_expires(start: Start) -> None:
    net = with_chain(start, 3, Dialect.ALDERAAN)
    path = f"/payments/{net.token}/{net.address(2)}"
    answer = net.request(0, "POST", path, {"amount": 5, "identifier": 9, "secret_hash": SECRET})
    assert answer.status_code == 409
    assert "lock expired, despite receiving secret request" in answer.json()["errors"]
    (failed,) = net.request(0, "GET", "/payments").json()
    assert failed["event"] == "EventPaymentSentFailed"
    assert set(failed) == {"event", "reason", "target", "log_time", "token_address"}


def test_what_is_pending_is_listed_with_the_role() -> None:
    world = chain_of(3, dialects=[Dialect.ALDERAAN])
    target = world.node(2).address
    world.node(0).pay.begin(world.token, target, 5, identifier=9, secret_hash=bytes(32))
    world.advance(blocks=1)
    world.node(0).stop()  # so that nobody waits, and time stands still
    with Live(world._simulation) as net:
        for index, role, channel in [(1, "mediator", "1"), (2, "target", "2")]:
            (one,) = net.request(index, "GET", "/pending_transfers").json()
            assert one == {
                "payment_identifier": "9",
                "token_address": net.token,
                "token_network_address": net.request(1, "GET", f"/tokens/{net.token}").json(),
                "channel_identifier": channel,
                "initiator": net.address(0),
                "target": target,
                "transferred_amount": "0",
                "locked_amount": "5",
                "role": role,
            }
        path = f"/pending_transfers/{net.token}"
        assert len(net.request(1, "GET", path).json()) == 1
        assert len(net.request(1, "GET", f"{path}/{net.address(0)}").json()) == 1
        assert net.request(1, "GET", f"{path}/{net.address(2)}").json() == []
        assert net.request(2, "GET", f"{path}/{net.address(0)}").status_code == 404
        unknown = f"/pending_transfers/{net.address(1)}"
        assert net.request(1, "GET", unknown).status_code == 404
