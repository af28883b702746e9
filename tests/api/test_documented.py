"""What is documented is what is sent: an answer that differs in anything is noticed."""

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import httpx
import pytest

from simulator.node.dialects import Dialect
from simulator.testnet.simulation import Simulation
from tests.api.documented import problems_of
from tests.api.live import BOOTSTRAP, Live, client

ADDRESS = re.compile("0x[0-9a-fA-F]{40}")


@pytest.fixture(scope="module")
def net() -> Iterator[Live]:
    """A testnet with a node of each dialect, all with channels, one of them closed."""
    with Live(Simulation(4, seed=1, engine="model", dialects=list(Dialect))) as live:
        live.mesh(2)
        for partner in (0, 1):
            ends = {"token_address": live.token, "partner_address": live.address(partner)}
            assert live.request(2, "PUT", "/channels", ends).is_success
        path = f"/channels/{live.token}/{live.address(1)}"
        assert live.request(2, "PATCH", path, {"state": "closed"}).status_code == 200
        yield live


def answers(net: Live) -> Iterator[tuple[int, httpx.Response]]:
    """Yield answers of all forms, and the ports that they come from."""
    for index, port in enumerate(net.sockets.ports[:3]):
        for path in (
            *("/address", "/version", "/status", "/tokens", "/connections", "/channels"),
            *(f"/tokens/{net.token}", f"/tokens/{net.token}/partners", f"/channels/{net.token}"),
            *(f"/tokens/{BOOTSTRAP}", "/tokens/nonsense"),
        ):
            yield port, net.request(index, "GET", path)
        yield port, net.request(index, "PUT", "/channels", {"token_address": net.token})
        yield port, net.request(index, "PUT", f"/connections/{net.token}", {"funds": 0})
    port = net.sockets.control_port
    for path in ("/status", "/graph?everything=true", "/journal?limit=x", f"/graph/{BOOTSTRAP}"):
        yield port, net.control("GET", path)
    yield port, net.control("POST", "/nodes/3/start")
    yield port, net.control("POST", "/advance", {"seconds": 0})
    journal = net.control("GET", "/journal?limit=1000")
    page = journal.json()
    for entry in {entry["event"]: entry for entry in page["entries"]}.values():
        yield port, resent(journal, {**page, "entries": [entry]})


def resent(answer: httpx.Response, body: Any, status: int | None = None) -> httpx.Response:
    """Return an answer to the same request with another body or status."""
    kept = {name: answer.headers[name] for name in ("Allow",) if name in answer.headers}
    return httpx.Response(
        status or answer.status_code,
        content=json.dumps(body),
        headers={**kept, "Content-Type": "application/json"},
        request=answer.request,
    )


Where = tuple[object, ...]


def changed(value: Any, where: Where = ()) -> Iterator[tuple[Where, Any]]:
    """Yield what is almost a value: each has one thing wrong, which is at that place."""
    yield where, None
    if where == ("errors",):  # of which there are several forms
        yield where, [1]
        yield where, {"field": "reason"}
        return
    yield where, {"0": [value]}
    if isinstance(value, dict):
        yield (*where, "more"), {**value, "more": 1}
        for name, inner in value.items():
            if not (ADDRESS.fullmatch(name) or (where[:1] == ("nodes",) and name == "node")):
                yield (*where, name), {key: value[key] for key in value if key != name}
            for place, wrong in changed(inner, (*where, name)):
                yield place, {**value, name: wrong}
    elif isinstance(value, list):
        for inner in value[-1:]:
            yield from ((place, [*value[:-1], wrong]) for place, wrong in changed(inner, where))
    elif isinstance(value, str):
        yield from [(where, int(value))] if value.isdecimal() else []
        yield from [(where, value[:-1])] if ADDRESS.fullmatch(value) else []
    else:
        yield where, str(value)
        yield from [(where, float(value))] if type(value) is int else []


def test_an_answer_that_differs_in_anything_is_noticed(net: Live) -> None:
    for port, answer in answers(net):
        document, body = net.document(port), answer.json()
        assert not [*problems_of(answer, document)]
        for where, wrong in changed(body):
            found = next(problems_of(resent(answer, wrong), document), None)
            assert found, (answer.request.url.path, where, wrong)


def test_a_status_that_is_not_documented_is_noticed(net: Live) -> None:
    for port, answer in answers(net):
        for status in (202, 418, 501):
            wrong = resent(answer, answer.json(), status)
            assert list(problems_of(wrong, net.document(port)))


def test_an_error_that_is_sent_as_a_success_is_noticed(net: Live) -> None:
    for port, answer in answers(net):
        for status in (200, 404):
            if (answer.status_code == 200) != (status == 200) and answer.request.method == "GET":
                assert list(problems_of(resent(answer, answer.json(), status), net.document(port)))


def test_another_content_type_is_noticed(net: Live) -> None:
    for port, answer in answers(net):
        for header in ({"Content-Type": "text/plain"}, {}):
            wrong = httpx.Response(
                answer.status_code,
                content=answer.content,
                headers=header,
                request=answer.request,
            )
            assert list(problems_of(wrong, net.document(port)))


def test_a_body_where_none_is_documented_is_noticed(net: Live) -> None:
    joined = net.join(3, funds=5)
    assert (joined.status_code, joined.content) == (204, b"")
    for wrong in (resent(joined, {}), httpx.Response(204, content=b" ", request=joined.request)):
        assert list(problems_of(wrong, net.document(net.sockets.ports[3])))


def test_numbers_of_another_dialect_are_noticed(net: Live) -> None:
    """And funds, where nodes don't join."""
    ports = dict(zip(Dialect, net.sockets.ports, strict=False))
    for index, dialect in enumerate(Dialect):
        for path in ("/connections", "/channels"):
            answer = net.request(index, "GET", path)
            for other, port in ports.items():
                numbers = (dialect.numbers, dialect.offers_joining or path == "/channels")
                others = (other.numbers, other.offers_joining or path == "/channels")
                assert bool(list(problems_of(answer, net.document(port)))) == (numbers != others)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("GET", "/docs/nothing", 404),
        ("POST", "/api/v1/channels", 405),
        ("DELETE", "/docs", 405),
    ],
)
def test_what_is_not_documented_is_not_there(
    net: Live, method: str, path: str, status: int
) -> None:
    with client(net.node_url(0), net.documents) as caller:
        answer = caller.request(method, path)
    assert answer.status_code == status
    document = net.document(net.sockets.ports[0])
    for other, body in [(200, {}), (status, {}), (status, answer.json() | {"more": 1})]:
        assert list(problems_of(resent(answer, body, other), document))


def test_an_allow_that_names_other_methods_is_noticed(net: Live) -> None:
    for method in ("OPTIONS", "POST"):
        answer = net.request(0, method, "/channels")
        for names in ("GET, HEAD, OPTIONS", "GET, HEAD, OPTIONS, POST, PUT", ""):
            wrong = httpx.Response(
                answer.status_code,
                content=answer.content,
                headers={"Allow": names},
                request=answer.request,
            )
            assert list(problems_of(wrong, net.document(net.sockets.ports[0])))


def test_every_answer_is_checked_that_a_test_asks_for(
    net: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(net.testnet.nodes[0], "channels", lambda *_: [1 // 0])
    document = deepcopy(net.document(net.sockets.ports[0]))
    del document["paths"]["/api/v1/channels"]["get"]["responses"]["500"]
    monkeypatch.setattr(net.documents, "of", lambda _: document)
    with pytest.raises(AssertionError, match="/channels answers 500 "):
        net.request(0, "GET", "/channels")
