"""Listening sockets, and the life of the server.

One process serves everything: a socket for each node and one for the control API. The port that
a request comes in on decides who answers it.
"""

import asyncio
import errno
import ipaddress
import logging
import re
import signal
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from simulator.api.context import Context, url
from simulator.api.control import control_api
from simulator.api.descriptors import FullTable, ListeningSocket, allow_for
from simulator.api.driver import WARP, Driver, Pace
from simulator.api.following import Following
from simulator.api.guard import Guard
from simulator.api.protocol import KEEP_ALIVE_SECONDS, Config, Protocol
from simulator.api.routes import node_api
from simulator.api.rpc import MAX_REQUEST_BYTES, endpoint_of, no_rpc_reason, rpc_app
from simulator.api.watch import ChainWatch
from simulator.testnet.simulation import Simulation
from simulator.words.errors import ConfigurationError
from simulator.words.options import MAX_PORT, is_remote
from simulator.words.quoting import shown
from simulator.words.units import checksum

if TYPE_CHECKING:
    from simulator.chain.remote.rpc import RpcLedger

logger = logging.getLogger(__name__)

BACKLOG = 1_024
PATIENCE_SECONDS = 2
"""How long connections may take to finish once the server is to stop."""

RPC_PORT = 8_545
"""Where clients look for JSON-RPC unless they are told otherwise."""

WEB3 = "/web3"
"""Where each node's own port has it."""

Announce = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Sockets:
    """Where a testnet listens.

    Attributes:
        host: as given by the user.
        nodes: one for each node, in order.
        control: of the control API.
        allowed_hosts: further names that lead here, such as a container's.
        rpc: of JSON-RPC; None: there is none.
        no_rpc: why there is none.
    """

    host: str
    nodes: tuple[socket.socket, ...]
    control: socket.socket
    allowed_hosts: tuple[str, ...] = ()
    rpc: socket.socket | None = None
    no_rpc: str = "it was not asked for"

    @property
    def ports(self) -> list[int]:
        """The port of each node."""
        return [sock.getsockname()[1] for sock in self.nodes]

    @property
    def control_port(self) -> int:
        """The port of the control API."""
        return int(self.control.getsockname()[1])

    @property
    def rpc_port(self) -> int | None:
        """The port of JSON-RPC, if there is one."""
        return None if self.rpc is None else int(self.rpc.getsockname()[1])

    @property
    def all(self) -> list[socket.socket]:
        """All of them."""
        return [*self.nodes, self.control, *([] if self.rpc is None else [self.rpc])]

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can connect."""
        return ipaddress.ip_address(self.control.getsockname()[0]).is_loopback

    @property
    def names(self) -> tuple[str, ...]:
        """The names under which requests may ask for this machine."""
        return (self.host, *self.allowed_hosts)

    def close(self) -> None:
        """Stop listening."""
        for sock in self.all:
            sock.close()


def listen(
    nodes: int,
    host: str,
    port: int,
    control_port: int | None = None,
    allowed_hosts: Sequence[str] = (),
) -> Sockets:
    """Open all sockets at once, so that a port in use is noticed before anything starts.

    Args:
        nodes: how many nodes.
        host: a name or an address.
        port: of the first node; node k gets `port` + k. 0: any free ports.
        control_port: of the control API; None: the port below `port`.
        allowed_hosts: further names that lead here, such as a container's.

    Raises:
        ConfigurationError: a port is in use or out of range, the host unknown, a name none, or the
            limit of open files too low.
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
    for name in allowed_hosts:
        _check_name(name)
    allow_for(nodes)
    family, address = _resolve(host)
    with ExitStack() as opened:
        control, *rest = [
            opened.enter_context(_listen_on(family, address, number))
            for number in (control_port, *(port + index if port else 0 for index in range(nodes)))
        ]
        opened.pop_all()  # all or none
        return Sockets(host, tuple(rest), control, tuple(allowed_hosts))


def listen_for_rpc(sockets: Sockets, port: int | None, reason: str = "") -> Sockets:
    """Open a port for JSON-RPC too, and return all.

    Args:
        sockets: the others.
        port: which; 0: any free one; None: the usual one if it is free.
        reason: why there can't be any; empty: there can.

    Raises:
        ConfigurationError: the port that was asked for is in use, or there can't be any.
    """
    if reason and port is not None:
        raise ConfigurationError(f"There is no JSON-RPC port: {reason}. Leave --rpc-port out.")
    if reason:
        return replace(sockets, no_rpc=reason)
    family, address = _resolve(sockets.host)
    try:
        return replace(sockets, rpc=_listen_on(family, address, RPC_PORT if port is None else port))
    except ConfigurationError:
        if port is not None:
            raise
        return replace(sockets, no_rpc=f"port {RPC_PORT} is in use; choose another --rpc-port")


def _resolve(host: str) -> tuple[socket.AddressFamily, str]:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise ConfigurationError(f"The host {host!r} is unknown; choose another --host.") from None
    family, _, _, _, address = found[0]
    return family, str(address[0])


def _check_name(name: str) -> None:
    if not re.fullmatch(r"[a-zA-Z0-9._-]+", name):
        raise ConfigurationError(
            f"{shown(name)} is no host's name; give --allow-host one without scheme and port."
        )


def _listen_on(family: socket.AddressFamily, address: str, port: int) -> socket.socket:
    # asyncio switches Nagle's algorithm off only where it reads TCP here, and a kept-alive
    # connection waits 40 ms for the second half of each answer otherwise
    sock = ListeningSocket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((address, port))
        sock.listen(BACKLOG)
    except OSError as error:
        sock.close()
        if error.errno == errno.EADDRINUSE:
            reason = (
                f"Port {port} on {address} is in use; choose another --port, --control-port or "
                "--rpc-port."
            )
        else:
            reason = f"Can't listen on port {port} of {address}: {error.strerror}."
        raise ConfigurationError(reason) from None
    sock.setblocking(False)
    return sock


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


def announcement(testnet: Simulation, sockets: Sockets) -> Iterator[str]:
    """Return the lines that tell people where everything is."""
    for node, port in zip(testnet.nodes, sockets.ports, strict=True):
        yield f"node {node.index}  {url(sockets.host, port)}  {checksum(node.address)}"
    for token in testnet.tokens:
        yield f"token  {token}"
    yield f"control  {url(sockets.host, sockets.control_port)}"
    if sockets.rpc_port is None:
        yield f"rpc  none: {sockets.no_rpc}"
    else:
        chain_id = testnet.ledger.chain_id
        yield f"rpc  {url(sockets.host, sockets.rpc_port)}  chain id {chain_id}"
    yield from _accounts_told(testnet)
    yield "ready"


def _accounts_told(testnet: Simulation) -> Iterator[str]:
    """Return the lines about accounts for people, where there is a chain for them."""
    engine = testnet.ledger.engine
    if no_rpc_reason(engine) and not is_remote(engine):
        return
    if testnet.accounts:
        yield "accounts, whose keys everybody knows: use them on this testnet only"
        yield "wallets: import a key, and add a network with the URL and the chain id of rpc"
    for number, key in enumerate(testnet.accounts):
        yield f"account {number}  {checksum(key.address)}  0x{key.secret.hex()}"


def warning(sockets: Sockets) -> str | None:
    """Return what people should know before they listen beyond this machine."""
    if sockets.is_loopback:
        return None
    return (
        f"--host {sockets.host}: everybody who can reach this machine over the network can use "
        "the nodes and the control API; there are no passwords. Use 127.0.0.1 to keep them out."
    )


def serve(testnet: Simulation, sockets: Sockets, *, pace: Pace = WARP, announce: Announce) -> None:
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
