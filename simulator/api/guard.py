"""Keeps web pages away: who may send requests, whatever address the testnet listens on.

A page of another machine can reach a testnet in two ways. Its browser may send requests here, which
the `Origin` header tells. Or the page has its own name point here, so that the browser takes us for
the page's own server; then `Host` is a name that is none of ours. An IP address can't be made to
point anywhere, so it is no such name.

Pages of this machine may read what they are answered, whatever port they come from: browsers ask
for that (CORS). Wallets that live in a browser speak for their user, and have origins of their own.
"""

import ipaddress
import re
from collections.abc import Callable, Collection
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from simulator.api.schemas import ErrorBody

REFUSED = (
    "The Host or Origin header names another machine. Names that lead here, such as a "
    "container's, are given to `simulator up` with --allow-host."
)

WALLET = re.compile(r"(?:chrome|moz|safari-web)-extension://[0-9a-zA-Z-]+", re.ASCII)
"""The origin of a browser's extension."""

METHODS = "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"
PREFLIGHT_SECONDS = 600
"""How long a browser needs not ask again."""


def _nowhere(_: Scope) -> bool:
    return False


class Guard:
    """Refuses requests of pages of other machines, with 403, and lets others read the answers.

    Args:
        app: answers all other requests.
        names: of this machine, besides localhost and its loopback addresses.
        any_address: whether `Host` may be any IP address: the testnet listens on such, and can't
            know under which ones others see this machine.
        is_for_wallets: tells whether browsers' extensions may make a request.
    """

    def __init__(
        self,
        app: ASGIApp,
        names: Collection[str],
        *,
        any_address: bool,
        is_for_wallets: Callable[[Scope], bool] = _nowhere,
    ) -> None:
        self._app = app
        self._names = {"localhost", *(name.lower() for name in names)}
        self._any_address = any_address
        self._is_for_wallets = is_for_wallets

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or let it be answered."""
        if not self._admits(scope):
            await self._refuse(scope, receive, send)
            return
        origins = _header(scope, b"origin")
        if scope["type"] != "http" or len(origins) != 1:
            await self._app(scope, receive, send)
        elif scope["method"] == "OPTIONS" and _header(scope, b"access-control-request-method"):
            await _preflight(scope, origins[0])(scope, receive, send)
        else:
            await self._app(scope, receive, _readable(origins[0], send))

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close"})  # before it is accepted: that is a 403
        else:
            await JSONResponse(ErrorBody(errors=REFUSED), 403)(scope, receive, send)

    def _admits(self, scope: Scope) -> bool:
        hosts = _header(scope, b"host")
        return all(self._is_here(_name(f"//{host}"), self._any_address) for host in hosts) and all(
            # a page of the server that it asks; ports count, since each may be somebody else's
            [origin.partition("://")[2].lower()] == [host.lower() for host in hosts]
            or self._is_here(_name(origin))
            or (WALLET.fullmatch(origin) is not None and self._is_for_wallets(scope))
            for origin in _header(scope, b"origin")
        )

    def _is_here(self, name: str, any_address: bool = False) -> bool:
        if name in self._names:
            return True
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            return False
        return any_address or address.is_loopback


def _readable(origin: str, send: Send) -> Send:
    """Return what sends an answer that pages of an origin may read."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers["Access-Control-Allow-Origin"] = origin
            headers.add_vary_header("Origin")
        await send(message)

    return sending


def _preflight(scope: Scope, origin: str) -> Response:
    """Return the answer to a browser that asks whether a page may send something."""
    headers = {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Allow-Methods": METHODS,
        "Access-Control-Max-Age": str(PREFLIGHT_SECONDS),
        "Vary": "Origin",
    }
    wanted = ", ".join(_header(scope, b"access-control-request-headers"))
    if wanted:
        headers["Access-Control-Allow-Headers"] = wanted
    if _header(scope, b"access-control-request-private-network"):
        headers["Access-Control-Allow-Private-Network"] = "true"
    return Response(headers=headers)


def _header(scope: Scope, wanted: bytes) -> list[str]:
    return [value.decode("latin-1") for name, value in scope["headers"] if name == wanted]


def _name(url: str) -> str:
    """Return the name or address in a URL, in small letters; empty if there is none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
