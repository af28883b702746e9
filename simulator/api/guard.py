"""Keeps web pages away: who may send requests, whatever address the testnet listens on.

A page of another machine can reach a testnet in two ways. Its browser may send requests here, which
the `Origin` header tells. Or the page has its own name point here, so that the browser takes us for
the page's own server; then `Host` is a name that is none of ours. An IP address can't be made to
point anywhere, so it is no such name.
"""

import ipaddress
from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from simulator.api.schemas import ErrorBody

REFUSED = (
    "The Host or Origin header names another machine. Names that lead here, such as a "
    "container's, are given to `simulator up` with --allow-host."
)


class Guard:
    """Refuses requests of pages of other machines, with 403.

    Args:
        app: answers all other requests.
        names: of this machine, besides localhost and its loopback addresses.
        any_address: whether `Host` may be any IP address: the testnet listens on such, and can't
            know under which ones others see this machine.
    """

    def __init__(self, app: ASGIApp, names: Collection[str], *, any_address: bool) -> None:
        self._app = app
        self._names = {"localhost", *(name.lower() for name in names)}
        self._any_address = any_address

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or let it be answered."""
        app = self._app if self._admits(scope) else JSONResponse(ErrorBody(errors=REFUSED), 403)
        await app(scope, receive, send)

    def _admits(self, scope: Scope) -> bool:
        hosts = _header(scope, b"host")
        return all(self._is_here(_name(f"//{host}"), self._any_address) for host in hosts) and all(
            # a page of the server that it asks; ports count, since each may be somebody else's
            [origin.partition("://")[2].lower()] == [host.lower() for host in hosts]
            or self._is_here(_name(origin))
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


def _header(scope: Scope, wanted: bytes) -> list[str]:
    return [value.decode("latin-1") for name, value in scope["headers"] if name == wanted]


def _name(url: str) -> str:
    """Return the name or address in a URL, in small letters; empty if there is none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
