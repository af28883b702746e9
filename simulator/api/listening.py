"""Where a testnet listens: a socket for each node, one for the control API, one for JSON-RPC."""

import errno
import ipaddress
import re
import socket
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace

from simulator.api.descriptors import ListeningSocket, allow_for
from simulator.words.errors import ConfigurationError
from simulator.words.options import MAX_PORT
from simulator.words.quoting import shown

BACKLOG = 1_024

RPC_PORT = 8_545
"""Where clients look for JSON-RPC unless they are told otherwise."""


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


def warning(sockets: Sockets) -> str | None:
    """Return what people should know before they listen beyond this machine."""
    if sockets.is_loopback:
        return None
    return (
        f"--host {sockets.host}: everybody who can reach this machine over the network can use "
        "the nodes and the control API; there are no passwords. Use 127.0.0.1 to keep them out."
    )
