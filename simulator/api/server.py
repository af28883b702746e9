"""The life of the server.

One process serves everything: a socket for each node and one for the control API. The port that
a request comes in on decides who answers it.
"""

import asyncio
import logging
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from simulator.api.announcement import announcement
from simulator.api.context import Context
from simulator.api.control import control_api
from simulator.api.descriptors import FullTable
from simulator.api.driver import WARP, Driver, Pace
from simulator.api.following import Following
from simulator.api.guard import Guard
from simulator.api.listening import BACKLOG, Sockets
from simulator.api.protocol import KEEP_ALIVE_SECONDS, Config, Protocol
from simulator.api.routes import node_api
from simulator.api.rpc import MAX_REQUEST_BYTES, endpoint_of, rpc_app
from simulator.api.watch import ChainWatch
from simulator.testnet.simulation import Simulation
from simulator.words.options import is_remote

if TYPE_CHECKING:
    from simulator.chain.remote.rpc import RpcLedger

logger = logging.getLogger(__name__)

PATIENCE_SECONDS = 2
"""How long connections may take to finish once the server is to stop."""

WEB3 = "/web3"
"""Where each node's own port has it."""

Announce = Callable[[str], None]


class _Server(uvicorn.Server):
    """uvicorn without signal handlers of its own: it would end with the signal's exit code."""

    def __init__(self, app: ASGIApp, is_rpc: Callable[[Scope], bool]) -> None:
        super().__init__(
            Config(
                app,
                is_rpc,
                lifespan="off",
                access_log=False,
                log_config=None,
                http=Protocol,
                ws="websockets-sansio",
                ws_max_size=MAX_REQUEST_BYTES,
                backlog=BACKLOG,
                server_header=False,
                proxy_headers=False,
                timeout_keep_alive=KEEP_ALIVE_SECONDS,
                timeout_graceful_shutdown=PATIENCE_SECONDS,
            )
        )
        self.ready = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()


class Service:
    """A testnet on sockets.

    Args:
        testnet: the world; nobody else may drive it.
        sockets: one for each node and one for control.
        pace: how virtual time passes.
    """

    def __init__(self, testnet: Simulation, sockets: Sockets, pace: Pace = WARP) -> None:
        self._testnet = testnet
        self._sockets = sockets
        self._pace = pace
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping = asyncio.Event()

    async def run(self, on_ready: Callable[[], None]) -> None:
        """Serve until `stop` is called; `on_ready` is called when requests are answered."""
        self._loop = asyncio.get_running_loop()
        FullTable.watch(self._loop)
        driver = Driver(self._testnet.world.clock, self._pace)
        following = Following(self._testnet, driver)
        endpoint = endpoint_of(self._testnet, driver, following)
        server = _Server(self._app(driver, rpc_app(endpoint, driver)), self._is_rpc)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(driver.run())
            tasks.create_task(following.run())
            if is_remote(self._testnet.ledger.engine):
                ledger = cast("RpcLedger", self._testnet.ledger)
                tasks.create_task(ChainWatch(self._testnet.world, ledger, driver, following).run())
            tasks.create_task(server.serve(self._sockets.all))
            await server.ready.wait()
            on_ready()
            await self._stopping.wait()
            driver.close()
            server.should_exit = True
        await endpoint.close()

    def stop(self) -> None:
        """Answer open calls with 503 and end `run`; from any thread."""
        if self._loop is None:
            self._stopping.set()
        else:
            self._loop.call_soon_threadsafe(self._stopping.set)

    def _is_rpc(self, scope: Scope) -> bool:
        """Tell whether JSON-RPC is spoken where a request goes to."""
        port = scope["server"][1]
        if port == self._sockets.rpc_port:
            return True
        return bool(port != self._sockets.control_port and scope["path"] == WEB3)

    def _app(self, driver: Driver, rpc: ASGIApp) -> ASGIApp:
        ports, nodes = self._sockets.ports, self._testnet.nodes
        control_port = self._sockets.control_port
        indices = {port: index for index, port in enumerate(ports)}
        context = Context(self._testnet, driver, self._sockets.host, ports, control_port, indices)
        spoken = dict.fromkeys(node.dialect for node in nodes)
        of_dialect = {dialect: node_api(context, dialect) for dialect in spoken}
        by_port = {port: of_dialect[nodes[index].dialect] for port, index in indices.items()}
        by_port[control_port] = control_api(context)

        async def dispatch(scope: Scope, receive: Receive, send: Send) -> None:
            if self._is_rpc(scope):
                await rpc(scope, receive, send)
                return
            if scope["method"] == "HEAD":
                # uvicorn sends no body for it, and each GET has its HEAD
                scope = {**scope, "method": "GET"}
            try:
                await by_port[scope["server"][1]](scope, receive, send)
            except Exception:
                # the 500 is out already; uvicorn would drop the connection in mid-air
                logger.exception("%s %r failed", scope["method"], scope["path"])

        names, any_address = self._sockets.names, not self._sockets.is_loopback
        return Guard(dispatch, names, any_address=any_address, is_for_wallets=self._is_rpc)


@contextmanager
def _signals(stop: Callable[[], None]) -> Iterator[None]:
    """Let SIGINT and SIGTERM stop the service, in the main thread."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, lambda *_: stop()) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def serve(testnet: Simulation, sockets: Sockets, *, pace: Pace = WARP, announce: Announce) -> None:
    """Serve a testnet until SIGINT or SIGTERM.

    Open calls are then answered with 503, and the function returns within seconds.

    Args:
        testnet: the world.
        sockets: open ones, for as many nodes as the testnet has.
        pace: how virtual time passes.
        announce: is given lines for people; the last one is ``ready``.
    """
    service = Service(testnet, sockets, pace)

    def tell() -> None:
        for line in announcement(testnet, sockets):
            announce(line)

    with _signals(service.stop):
        asyncio.run(service.run(tell))
