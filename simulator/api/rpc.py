"""JSON-RPC over HTTP and WebSocket: who answers it, and how it comes in."""

import asyncio
import json
from collections.abc import Sequence
from contextlib import suppress
from functools import cached_property
from typing import Protocol, cast

import httpx
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from simulator.api.driver import Driver
from simulator.api.following import Following
from simulator.api.schemas import ErrorBody
from simulator.chain.evm_ledger import EvmLedger
from simulator.evm.registry import EVM_ENGINES
from simulator.rpc.failures import NO_REQUEST, REFUSED, RpcFailure
from simulator.rpc.node import MAX_REQUEST_BYTES, JsonRpcNode
from simulator.rpc.subscriber import Subscriber
from simulator.system import bounded_json
from simulator.testnet.simulation import Simulation
from simulator.words.options import is_remote
from simulator.words.units import Address

NEWS_SECONDS = 0.05
"""How often (wall time) connections with subscriptions are told what is new."""

FORWARD_SECONDS = 60.0

ONLY_POST = "JSON-RPC is spoken here: POST a request, or open a WebSocket."


class Endpoint(Protocol):
    """Answers JSON-RPC."""

    async def answer(self, body: bytes) -> str | None:
        """Answer a request or a batch; None where nobody wants an answer."""


class _World:
    """The world as the JSON-RPC node asks for it."""

    def __init__(self, testnet: Simulation, driver: Driver, following: Following) -> None:
        self._testnet = testnet
        self._driver = driver
        self._following = following

    def prepare(self) -> None:
        """Make the blocks that are due, before somebody looks."""
        self._driver.synchronize()
        self._testnet.world.mempool.catch_up()
        self._following.asked()

    def on_sent(self) -> None:
        """Have a block made for what was sent."""
        self._testnet.world.mempool.make_room()
        self._following.begin()
        self._driver.kick()

    async def mine(self, blocks: int) -> None:
        """Let so many blocks pass."""
        await self._driver.call(lambda: self._testnet.controls.advance_blocks(blocks), hurry=True)
        self.prepare()

    async def pass_seconds(self, seconds: int) -> None:
        """Let so many virtual seconds pass."""
        await self._driver.call(lambda: self._testnet.controls.advance_seconds(seconds), hurry=True)
        self.prepare()

    async def set_balance(self, account: bytes, wei: int) -> None:
        """Let an account have exactly so much ETH."""
        controls = self._testnet.controls
        await self._driver.call(lambda: controls.set_balance_of(Address(account), wei), hurry=True)


class OwnChain:
    """The testnet's own chain.

    Args:
        testnet: the world.
        driver: lets it live.
        following: lets blocks follow on what is sent.
    """

    def __init__(self, testnet: Simulation, driver: Driver, following: Following) -> None:
        self._testnet = testnet
        self._world = _World(testnet, driver, following)

    @cached_property
    def _node(self) -> JsonRpcNode:
        # made when somebody asks: it takes a while to know the accounts of all nodes by their keys
        ledger = cast("EvmLedger", self._testnet.ledger)
        assert ledger.chain is not None  # noqa: S101 - see `endpoint_of`
        assert ledger.pool is not None  # noqa: S101
        accounts = [key.private_key for key in self._testnet.accounts]
        return JsonRpcNode(ledger.chain, ledger.pool, ledger.signers, accounts, self._world)

    async def answer(self, body: bytes) -> str | None:
        """Answer a request or a batch."""
        return await self._node.answer(body)

    def subscriber(self) -> Subscriber:
        """Begin a connection over which news are told."""
        return Subscriber(self._node)

    def prepare(self) -> None:
        """Make the blocks that are due."""
        self._world.prepare()


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
    return OwnChain(testnet, driver, following)


def rpc_app(endpoint: Endpoint, driver: Driver) -> ASGIApp:
    """Return an app that answers JSON-RPC on every path."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            socket = WebSocket(scope, receive, send)
            await (_talk(endpoint, socket) if isinstance(endpoint, OwnChain) else socket.close())
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


async def _talk(endpoint: OwnChain, socket: WebSocket) -> None:
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
