"""Listening sockets, and the life of the server.

One process serves everything: a socket for each node and one for the control API. The port that
a request comes in on decides who answers it.
"""

import asyncio
import errno
import ipaddress
import logging
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import uvicorn
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from simulator.api.context import Context, url
from simulator.api.control import control_api
from simulator.api.descriptors import FullTable, ListeningSocket, allow_for
from simulator.api.routes import node_api
from simulator.driver import WARP, Driver, Pace
from simulator.errors import ConfigurationError
from simulator.testnet import Testnet
from simulator.units import checksum

logger = logging.getLogger(__name__)

MAX_PORT = 65_535
BACKLOG = 1_024
PATIENCE_SECONDS = 2
"""How long connections may take to finish once the server is to stop."""

Announce = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Sockets:
    """Where a testnet listens.

    Attributes:
        host: as given by the user.
        nodes: one for each node, in order.
        control: of the control API.
    """

    host: str
    nodes: tuple[socket.socket, ...]
    control: socket.socket

    @property
    def ports(self) -> list[int]:
        """The port of each node."""
        return [sock.getsockname()[1] for sock in self.nodes]

    @property
    def control_port(self) -> int:
        """The port of the control API."""
        return int(self.control.getsockname()[1])

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can connect."""
        return ipaddress.ip_address(self.control.getsockname()[0]).is_loopback

    def close(self) -> None:
        """Stop listening."""
        for sock in (*self.nodes, self.control):
            sock.close()


def listen(nodes: int, host: str, port: int, control_port: int | None = None) -> Sockets:
    """Open all sockets at once, so that a port in use is noticed before anything starts.

    Args:
        nodes: how many nodes.
        host: a name or an address.
        port: of the first node; node k gets `port` + k. 0: any free ports.
        control_port: of the control API; None: the port below `port`.

    Raises:
        ConfigurationError: a port is in use or out of range, the host unknown, or the limit of
            open files too low.
    """
    if control_port is None:
        control_port = max(0, port - 1)
    if port + nodes - 1 > MAX_PORT:
        raise ConfigurationError(
            f"{nodes} nodes from port {port} on need ports above {MAX_PORT}; choose a lower --port."
        )
    if port and port <= control_port < port + nodes:
        raise ConfigurationError(
            f"Port {control_port} belongs to a node; choose another --control-port."
        )
    allow_for(nodes)
    family, address = _resolve(host)
    with ExitStack() as opened:
        control, *rest = [
            opened.enter_context(_listen_on(family, address, number))
            for number in (control_port, *(port + index if port else 0 for index in range(nodes)))
        ]
        opened.pop_all()  # all or none
        return Sockets(host, tuple(rest), control)


def _resolve(host: str) -> tuple[socket.AddressFamily, str]:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise ConfigurationError(f"The host {host!r} is unknown; choose another --host.") from None
    family, _, _, _, address = found[0]
    return family, str(address[0])


def _listen_on(family: socket.AddressFamily, address: str, port: int) -> socket.socket:
    sock = ListeningSocket(family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((address, port))
        sock.listen(BACKLOG)
    except OSError as error:
        sock.close()
        if error.errno == errno.EADDRINUSE:
            reason = f"Port {port} on {address} is in use; choose another --port or --control-port."
        else:
            reason = f"Can't listen on port {port} of {address}: {error.strerror}."
        raise ConfigurationError(reason) from None
    sock.setblocking(False)
    return sock


class _Server(uvicorn.Server):
    """uvicorn without signal handlers of its own: it would end with the signal's exit code."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                lifespan="off",
                access_log=False,
                log_config=None,
                http="h11",
                ws="none",
                backlog=BACKLOG,
                server_header=False,
                proxy_headers=False,
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

    def __init__(self, testnet: Testnet, sockets: Sockets, pace: Pace = WARP) -> None:
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
        server = _Server(self._app(driver))
        sockets = [*self._sockets.nodes, self._sockets.control]
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(driver.run())
            tasks.create_task(server.serve(sockets))
            await server.ready.wait()
            on_ready()
            await self._stopping.wait()
            driver.close()
            server.should_exit = True

    def stop(self) -> None:
        """Answer open calls with 503 and end `run`; from any thread."""
        if self._loop is None:
            self._stopping.set()
        else:
            self._loop.call_soon_threadsafe(self._stopping.set)

    def _app(self, driver: Driver) -> ASGIApp:
        ports = self._sockets.ports
        indices = {port: index for index, port in enumerate(ports)}
        context = Context(self._testnet, driver, self._sockets.host, ports, indices)
        nodes, control = node_api(context), control_api(context)
        control_port = self._sockets.control_port
        guard_host = self._sockets.host if self._sockets.is_loopback else None

        async def dispatch(scope: Scope, receive: Receive, send: Send) -> None:
            app: ASGIApp = control if scope["server"][1] == control_port else nodes
            if guard_host is not None and not _is_local(scope, guard_host):
                app = JSONResponse(
                    {"errors": "The Host or Origin header names another machine."}, status_code=403
                )
            elif scope["method"] == "HEAD":
                # uvicorn sends no body for it, and each GET has its HEAD
                scope = {**scope, "method": "GET"}
            try:
                await app(scope, receive, send)
            except Exception:
                # the 500 is out already; uvicorn would drop the connection in mid-air
                logger.exception("%s %s failed", scope["method"], scope["path"])

        return dispatch


def _is_local(scope: Scope, served_host: str) -> bool:
    """Tell whether a request means this machine, and comes from no page of another one.

    A web page may have its own name point here (`Host`), or simply send requests here (`Origin`).
    """
    for name, value in scope["headers"]:
        if name == b"host":
            named = "//" + value.decode("latin-1")
        elif name == b"origin":
            named = value.decode("latin-1")
        else:
            continue
        if not _names_this_machine(named, served_host):
            return False
    return True


def _names_this_machine(url_text: str, served_host: str) -> bool:
    try:
        host = urlsplit(url_text).hostname or ""
        if host in ("localhost", served_host.lower()):
            return True
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


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


def announcement(testnet: Testnet, sockets: Sockets) -> Iterator[str]:
    """Return the lines that tell people where everything is."""
    for node, port in zip(testnet.nodes, sockets.ports, strict=True):
        yield f"node {node.index}  {url(sockets.host, port)}  {checksum(node.address)}"
    for token in testnet.tokens:
        yield f"token  {token}"
    yield f"control  {url(sockets.host, sockets.control_port)}"
    yield "ready"


def serve(testnet: Testnet, sockets: Sockets, *, pace: Pace = WARP, announce: Announce) -> None:
    """Serve a testnet until SIGINT or SIGTERM.

    Open calls are then answered with 503, and the function returns within seconds.

    Args:
        testnet: the world.
        sockets: from `listen`, for as many nodes as the testnet has.
        pace: how virtual time passes.
        announce: is given lines for people; the last one is ``ready``.
    """
    service = Service(testnet, sockets, pace)

    def tell() -> None:
        for line in announcement(testnet, sockets):
            announce(line)

    with _signals(service.stop):
        asyncio.run(service.run(tell))
