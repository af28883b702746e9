"""Who may call what is what docs/security.md says, row by row."""

import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin

from simulator.api import listening
from simulator.testnet.simulation import Simulation
from tests.api.live import Live
from tests.rpc.asking import Asking

PAGE = Path(__file__).parents[2] / "docs" / "security.md"
NAME = "raiden-sim"


def rows() -> list[tuple[str | None, str, bool, bool]]:
    """Return origin, host, and who may call the APIs and JSON-RPC, of each row of the page."""
    (table,) = re.findall(
        r"^\| who asks .*\n\|[-|]+\n((?:\|.*\n)+)", PAGE.read_text("utf-8"), re.MULTILINE
    )
    found = []
    for line in table.splitlines():
        _, origin, host, apis, rpc = (cell.strip().strip("`") for cell in line.split("|")[1:-1])
        found.append((None if origin == "none" else origin, host, apis == "yes", rpc == "yes"))
    return found


@pytest.fixture(scope="module")
def allowing() -> Iterator[Live]:
    """A testnet under a name of its own."""
    usual = listening.listen

    def listen(nodes: int, host: str, port: int) -> listening.Sockets:
        return usual(nodes, host, port, allowed_hosts=[NAME])

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(listening, "listen", listen)
        live = Live(Simulation(1, seed=1))
    with live:
        yield live


@pytest.mark.parametrize(("origin", "host", "apis", "rpc"), rows())
def test_who_may_call_what_is_what_the_page_says(
    allowing: Live, origin: str | None, host: str, *, apis: bool, rpc: bool
) -> None:
    given = {"Host": host, **({} if origin is None else {"Origin": origin})}
    node, control = allowing.node_url(0), allowing.control_url
    with Asking(allowing.rpc_url) as client:
        request = client.request_of("eth_chainId")
        for url, admitted in (
            (f"{node}/api/v1/address", apis),
            (f"{control}/status", apis),
            (allowing.rpc_url, rpc),
            (f"{node}/web3", rpc),
        ):
            method = "POST" if url in (allowing.rpc_url, f"{node}/web3") else "GET"
            body = {"json": request} if method == "POST" else {}
            answer = client.request(method, url, headers=given, **body)  # type: ignore[arg-type]
            assert answer.status_code == (200 if admitted else 403), url
            readable = answer.headers.get("access-control-allow-origin")
            assert readable == (origin if admitted else None)
            if origin is None:
                continue
            assert not admitted or "Origin" in answer.headers["vary"]
            asked = {
                "Access-Control-Request-Method": method,
                "Access-Control-Request-Headers": "content-type",
            }
            before = client.request("OPTIONS", url, headers=given | asked)
            assert before.status_code == (200 if admitted else 403)
            if admitted:
                assert before.headers["access-control-allow-origin"] == origin
                assert method in before.headers["access-control-allow-methods"]
                assert before.headers["access-control-allow-headers"] == "content-type"


@pytest.mark.parametrize(("origin", "host", "apis", "rpc"), rows())
def test_websockets_are_let_in_by_the_same_rule(
    allowing: Live, origin: str | None, host: str, *, apis: bool, rpc: bool
) -> None:
    del apis
    port = allowing.sockets.rpc_port
    with socket.create_connection(("127.0.0.1", port)) as raw:
        url, page = f"ws://{host}:{port}", cast("Origin", origin)
        if rpc:
            with connect(url, origin=page, sock=raw, proxy=None) as talk:
                talk.send('{"id": 1, "method": "eth_chainId"}')
                assert '"result":"0x539"' in str(talk.recv())
        else:
            with pytest.raises(InvalidStatus):
                connect(url, origin=page, sock=raw, proxy=None)
