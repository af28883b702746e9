"""JSON-RPC over HTTP and WebSocket: who answers it, and how it comes in."""

import asyncio
import json
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import httpx
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from simulator.api.driver import Driver
from simulator.api.following import Following
from simulator.api.schemas import ErrorBody
from simulator.evm.registry import EVM_ENGINES
from simulator.rpc.failures import NO_REQUEST, REFUSED, RpcFailure
from simulator.system import bounded_json
from simulator.testnet.simulation import Simulation
from simulator.words.options import is_remote

if TYPE_CHECKING:
    from simulator.rpc.subscriber import Subscriber

MAX_REQUEST_BYTES = 2 * 1024 * 1024
"""Of one request, or of all of a batch."""

NEWS_SECONDS = 0.05
"""How often (wall time) connections with subscriptions are told what is new."""

FORWARD_SECONDS = 60.0

ONLY_POST = "JSON-RPC is spoken here: POST a request, or open a WebSocket."


class Endpoint(Protocol):
    """Answers JSON-RPC."""

    async def answer(self, body: bytes) -> str | None:
        """Answer a request or a batch; None where nobody wants an answer."""

    async def close(self) -> None:
        """Let go of what it has."""


@runtime_checkable
class Talkative(Endpoint, Protocol):
    """And tells by itself what is new."""

    def subscriber(self) -> "Subscriber":
        """Begin a connection over which news are told."""

    def prepare(self) -> None:
        """Make the blocks that are due, before somebody looks."""


class ChainElsewhere:
    """A chain that runs elsewhere: requests are passed on to it.

    Args:
        url: of the chain.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._client = httpx.AsyncClient(timeout=FORWARD_SECONDS, trust_env=False)

    async def answer(self, body: bytes) -> str | None:
        """Pass a request or a batch on, and return what comes back."""
        headers = {"Content-Type": "application/json"}
        try:
            answer = await self._client.post(self._url, content=body, headers=headers)
        except httpx.HTTPError as error:
            reason = str(error) or type(error).__name__
            return refusal(body, f"The chain at {self._url} cannot be reached: {reason}")
        return answer.text

    async def close(self) -> None:
        """Close its connections."""
        await self._client.aclose()


class NoChain:
    """No chain that could be asked.

    Args:
        reason: one sentence.
    """

    def __init__(self, reason: str) -> None:
        self._reason = reason

    async def answer(self, body: bytes) -> str | None:
        """Answer with the reason."""
        return refusal(body, self._reason)

    async def close(self) -> None:
        """Do nothing."""


def refusal(body: bytes, reason: str) -> str:
    """Return the answer to a request, or to each of a batch, that is refused."""
    try:
        asked = bounded_json.loads(body.decode(errors="replace"))
    except ValueError:
        asked = None

    def answer(one: object) -> dict[str, object]:
        identifier = one.get("id") if isinstance(one, dict) else None
        return {"jsonrpc": "2.0", "id": identifier, "error": RpcFailure(REFUSED, reason).shape}

    return json.dumps([*map(answer, asked)] if isinstance(asked, list) and asked else answer(asked))


def no_rpc_reason(engine: str) -> str:
    """Return why there is no JSON-RPC of our own on an engine; empty where there is."""
    if is_remote(engine):
        return f"the chain at {engine} is asked itself"
    return no_chain_reason(engine)


def no_chain_reason(engine: str) -> str:
    """Return why an engine has no chain that could be asked at all; empty where it has."""
    if is_remote(engine):
        return ""
    if engine not in EVM_ENGINES or EVM_ENGINES[engine].make is None:
        return f"the engine {engine} keeps no chain that can be asked; pyevm and revm do"
    return ""


def endpoint_of(testnet: Simulation, driver: Driver, following: Following) -> Endpoint:
    """Return what answers JSON-RPC about a testnet's chain."""
    engine = testnet.ledger.engine
    if is_remote(engine):
        return ChainElsewhere(engine)
    if reason := no_rpc_reason(engine):
        return NoChain(f"There is no JSON-RPC: {reason}.")
    from simulator.api.own_chain import OwnChain  # noqa: PLC0415 - an EVM takes a while

    return OwnChain(testnet, driver, following)


def rpc_app(endpoint: Endpoint, driver: Driver) -> ASGIApp:
    """Return an app that answers JSON-RPC on every path."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            socket = WebSocket(scope, receive, send)
            await (_talk(endpoint, socket) if isinstance(endpoint, Talkative) else socket.close())
        else:
            response = await _respond(endpoint, driver, Request(scope, receive))
            await response(scope, receive, send)

    return app


async def _respond(endpoint: Endpoint, driver: Driver, request: Request) -> Response:
    if request.method == "OPTIONS":
        return Response(headers={"Allow": "OPTIONS, POST"})
    if request.method != "POST":
        return JSONResponse(ErrorBody(errors=ONLY_POST), 405, headers={"Allow": "OPTIONS, POST"})
    body = await driver.unless_closed(_read(request))
    if body is None:
        reason = f"A request has at most {MAX_REQUEST_BYTES:,} bytes."
        failure = RpcFailure(NO_REQUEST, reason).shape
        return JSONResponse({"jsonrpc": "2.0", "id": None, "error": failure}, 413)
    answer = await endpoint.answer(body)
    if answer is None:
        return Response(status_code=204)
    return Response(answer, media_type="application/json")


async def _read(request: Request) -> bytes | None:
    """Return a body, None if it is too long."""
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > MAX_REQUEST_BYTES:
            return None
    return bytes(data)


async def _talk(endpoint: Talkative, socket: WebSocket) -> None:
    """Answer over a WebSocket, and tell news, until one of us closes it."""
    subscriber = endpoint.subscriber()
    await socket.accept()
    lock = asyncio.Lock()

    async def tell(texts: Sequence[str]) -> None:
        async with lock:
            for text in texts:
                await socket.send_text(text)

    async def tell_news() -> None:
        while True:
            await asyncio.sleep(NEWS_SECONDS)
            if subscriber.is_told:
                endpoint.prepare()
                await tell(subscriber.news())

    teller = asyncio.ensure_future(tell_news())
    with suppress(WebSocketDisconnect, RuntimeError):
        while True:
            message = await socket.receive()
            if message["type"] != "websocket.receive":
                break
            body = message.get("bytes") or (message.get("text") or "").encode()
            answer = await subscriber.answer(body)
            if answer is not None:
                await tell([answer])
    teller.cancel()
    subscriber.close()
