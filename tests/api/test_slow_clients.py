"""A client that keeps a connection waiting loses it; one that waits for us keeps it."""

import asyncio
import socket
from functools import partial
from operator import eq

import pytest

from simulator.api import protocol
from tests.api.live import REALTIME, Live, Start, client
from tests.waiting import PATIENCE_SECONDS, until

HEAD = "PUT /api/v1/connections/{token} HTTP/1.1\r\nHost: localhost\r\n"
SECONDS = 100_000


def connect(net: Live) -> socket.socket:
    address = ("127.0.0.1", net.sockets.ports[0])
    return socket.create_connection(address, timeout=PATIENCE_SECONDS)


def everything(caller: socket.socket) -> bytes:
    """Read until the server closes."""
    return b"".join(iter(lambda: caller.recv(2**16), b""))


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let clients have so long that only skipped time counts, not that of a slow machine."""
    monkeypatch.setattr(protocol, "CLIENT_SECONDS", SECONDS)


@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        ("", b""),
        ("PUT /api/v1/conn", b"HTTP/1.1 408"),
        (HEAD, b"HTTP/1.1 408"),
        (HEAD + "Content-Length: 100\r\n\r\n", b"HTTP/1.1 408"),
        (HEAD + 'Content-Length: 100\r\n\r\n{"funds": ', b"HTTP/1.1 408"),
        (HEAD + 'Transfer-Encoding: chunked\r\n\r\n5\r\n{"fun', b"HTTP/1.1 408"),
    ],
)
def test_half_a_request_does_not_hold_a_connection(
    idle_net: Live,
    sent: str,
    answer: bytes,
    transports: list[asyncio.Transport],
    received: bytearray,
    caplog: pytest.LogCaptureFixture,
) -> None:
    request = sent.replace("{token}", idle_net.token).encode()
    with connect(idle_net) as caller:
        caller.sendall(request)
        until(lambda: transports and received == request)
        idle_net.skip(SECONDS * 0.9)
        assert not transports[0].is_closing()
        idle_net.skip(SECONDS * 0.1)
        told = everything(caller)
    assert told[:12] == answer
    if answer:
        assert b'{"errors": "The request was not complete within' in told
    assert idle_net.connections(0) == {}
    assert caplog.text == ""


@pytest.mark.parametrize(
    "start", ["GET /api/v1/address HTTP/1.1\r\nX: ", HEAD + "Content-Length: 60000\r\n\r\n"]
)
def test_single_bytes_do_not_put_the_end_off(
    idle_net: Live, start: str, transports: list[asyncio.Transport], received: bytearray
) -> None:
    request = start.replace("{token}", idle_net.token).encode()
    with connect(idle_net) as caller:
        caller.sendall(request)
        for count in range(1, 11):
            caller.sendall(b"x")
            until(partial(eq, received, request + b"x" * count))
            assert not transports[0].is_closing()
            idle_net.skip(SECONDS * 0.1)
        until(transports[0].is_closing)


def test_an_answer_that_nobody_fetches_does_not_hold_a_connection(
    idle_net: Live, transports: list[asyncio.Transport]
) -> None:
    """The answers are larger than what the system keeps for the caller."""
    asked = b"GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: localhost\r\n\r\n" * 20
    with connect(idle_net) as caller:
        caller.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        caller.sendall(asked)
        until(lambda: transports and transports[0].get_write_buffer_size())
        idle_net.skip(SECONDS * 0.9)
        assert not transports[0].is_closing()
        idle_net.skip(SECONDS * 0.1)
        until(transports[0].is_closing)
        assert transports[0].get_write_buffer_size() == 0


def test_a_call_in_progress_may_take_as_long_as_it_takes(
    start: Start, transports: list[asyncio.Transport]
) -> None:
    net = start(2, REALTIME)
    call = net.begin_join(0, funds=5)
    net.wait_until_asked(0, calls=1)
    with connect(net) as idle:
        until(lambda: len(transports) == 2)
        net.skip(SECONDS)
        assert everything(idle) == b""  # meanwhile the time of an idle client has passed
    assert not call.done()
    (answer,) = net.skip_until(call)
    assert answer.status_code == 204


def test_kept_alive_connections_go_on(idle_net: Live, transports: list[asyncio.Transport]) -> None:
    idle_net.document(idle_net.sockets.ports[0])
    before = len(transports)
    with client(idle_net.node_url(0), idle_net.documents) as caller:
        answers = [caller.get("/api/v1/address") for _ in range(300)]
    assert {answer.status_code for answer in answers} == {200}
    assert len(transports) - before == 1


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01",  # what a client of HTTPS says first
        b"GET /\xff HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"POST /nothing HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n",
    ],
)
def test_what_is_no_request_is_told_in_one_sentence(idle_net: Live, sent: bytes) -> None:
    with connect(idle_net) as caller:
        caller.sendall(sent)
        received = everything(caller)
    assert received.startswith(b"HTTP/1.1 400")
    assert b'{"errors": "This is not an HTTP/1.1 request' in received


@pytest.mark.parametrize("path", ["/api/v1/channels", "/nothing"])
def test_a_body_in_broken_pieces_is_no_fault(
    idle_net: Live, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Whether or not its answer has begun already."""
    head = f"PUT {path} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    with connect(idle_net) as caller:
        caller.sendall(head.encode() + b"1\r\n{\r\n")
        if path == "/nothing":
            assert b"404" in caller.recv(2**16)
        caller.sendall(b"not hexadecimal\r\n")
        received = everything(caller)
    assert (b"HTTP/1.1 400" in received) == (path != "/nothing")
    assert "Traceback" not in caplog.text


def test_other_protocols_are_declined_in_silence(
    idle_net: Live, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("h2c", "websocket"):
        headers = {"Connection": "Upgrade", "Upgrade": name}
        assert idle_net.request(0, "GET", "/address", headers=headers).status_code == 200
    assert caplog.text == ""


def test_no_part_of_an_answer_waits_until_the_one_before_is_acknowledged(
    idle_net: Live, transports: list[asyncio.Transport]
) -> None:
    with connect(idle_net) as caller:
        caller.sendall(b"GET /api/v1/address HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert caller.recv(2**16)
        end = transports[0].get_extra_info("socket")
        assert end.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
