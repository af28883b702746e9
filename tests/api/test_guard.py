"""Web pages of other machines stay outside, whatever address the testnet listens on."""

import asyncio
import socket
from collections.abc import Sequence

import httpx
import pytest
from click.testing import CliRunner
from starlette.responses import PlainTextResponse

from simulator.api import listening, server
from simulator.api.guard import Guard
from simulator.api.listening import Sockets
from simulator.cli.up import up
from simulator.words.errors import ConfigurationError
from tests.api.live import Live, get

ANYWHERE = ("0.0.0.0",)  # noqa: S104 - nothing listens there


def ask(headers: Sequence[tuple[str, str]], names: Sequence[str], *, any_address: bool) -> int:
    """Ask an app behind a guard, without sockets."""

    async def answer() -> int:
        app = Guard(PlainTextResponse("in"), names, any_address=any_address)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as client:
            url = "http://127.0.0.1:5001/"
            return (await client.post(url, headers=list(headers))).status_code

    return asyncio.run(answer())


@pytest.mark.parametrize(
    ("host", "origin", "status"),
    [
        ("192.168.1.5:5001", None, 200),
        ("[2001:db8::5]:5001", None, 200),
        ("localhost:5001", None, 200),
        ("0.0.0.0:5001", None, 200),
        ("evil.example:5001", None, 403),
        ("192.168.1.5.evil.example", None, 403),
        ("mybox", None, 403),
        ("", None, 403),
        ("192.168.1.5:5001", "http://192.168.1.5:5001", 200),
        ("[2001:db8::5]:5001", "http://[2001:DB8::5]:5001", 200),
        ("192.168.1.5:5001", "http://localhost:3000", 200),
        ("192.168.1.5:5001", "http://127.0.0.1:8000", 200),
        ("192.168.1.5:5001", "http://192.168.1.5:8000", 403),
        ("192.168.1.5:5001", "http://192.168.1.6:5001", 403),
        ("192.168.1.5:5001", "http://evil.example", 403),
        ("192.168.1.5:5001", "null", 403),
        ("192.168.1.5:5001", "", 403),
        ("evil.example:5001", "http://evil.example:5001", 403),
    ],
)
def test_beyond_this_machine_pages_of_others_are_turned_away(
    host: str, origin: str | None, status: int
) -> None:
    headers = [("Host", host), *([("Origin", origin)] if origin is not None else [])]
    assert ask(headers, ANYWHERE, any_address=True) == status


def test_every_origin_that_is_given_counts() -> None:
    headers = [("Host", "192.168.1.5"), ("Origin", "http://localhost"), ("Origin", "http://a.b")]
    assert ask(headers, ANYWHERE, any_address=True) == 403


@pytest.mark.parametrize("any_address", [False, True])
def test_names_that_are_allowed_lead_here(*, any_address: bool) -> None:
    for headers, status in [
        ([("Host", "raiden-sim:5001")], 200),
        ([("Host", "RAIDEN-SIM")], 200),
        ([("Host", "raiden-sim:5001"), ("Origin", "http://raiden-sim:5001")], 200),
        ([("Host", "raiden-sim:5001"), ("Origin", "http://raiden-sim:3000")], 200),
        ([("Host", "raiden-sim:5001"), ("Origin", "http://evil.example")], 403),
        ([("Host", "other:5001")], 403),
    ]:
        assert ask(headers, ["raiden-sim"], any_address=any_address) == status, headers


def test_nodes_and_control_have_the_same_guard(idle_net: Live) -> None:
    for url in (idle_net.node_url(0), idle_net.control_url):
        for path in ("/docs", "/openapi.json", "/status", "/api/v1/status", "/nothing"):
            answer = get(url + path, Origin="http://a.b")
            assert answer.status_code == 403
            assert "--allow-host" in answer.json()["errors"]


@pytest.mark.parametrize("name", ["http://raiden-sim", "raiden-sim:5001", "", "*", "a b"])
def test_what_is_no_name_cannot_be_allowed(name: str) -> None:
    with pytest.raises(ConfigurationError, match="--allow-host"):
        listening.listen(1, "127.0.0.1", 0, allowed_hosts=[name])
    result = CliRunner().invoke(up, ["--port", "0", "--allow-host", name])
    assert result.exit_code == 2
    assert "--allow-host" in result.output


def test_who_listens_beyond_this_machine_is_told_who_can_come() -> None:
    with socket.socket() as unbound:  # its address is the one that means all
        warning = listening.warning(Sockets("0.0.0.0", (unbound,), unbound))  # noqa: S104
    assert warning is not None
    assert "--host 0.0.0.0: everybody who can reach this machine" in warning
    here = listening.listen(1, "127.0.0.1", 0)
    assert listening.warning(here) is None
    here.close()


def test_the_warning_comes_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[object] = []

    def listen(*_: object, **options: object) -> Sockets:
        given.append(options["allowed_hosts"])
        unbound = socket.socket()
        return Sockets("0.0.0.0", (unbound,), unbound)  # noqa: S104

    monkeypatch.setattr(listening, "listen", listen)
    monkeypatch.setattr(server, "serve", lambda *_, announce, **__: announce("ready"))
    options = ["--nodes", "1", "--host", "0.0.0.0", "--allow-host", "a", "--allow-host", "b"]  # noqa: S104
    result = CliRunner().invoke(up, options)
    assert result.exit_code == 0
    assert result.stderr.startswith("Warning: --host 0.0.0.0: everybody who can reach")
    assert result.stdout == "ready\n"
    assert given == [("a", "b")]
