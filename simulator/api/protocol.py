"""HTTP/1.1 on a connection: uvicorn's, and a limit to how long a client may keep us waiting."""

import asyncio
import json
from collections.abc import Callable
from typing import Any, cast

import h11
import uvicorn
from starlette.types import ASGIApp, Scope
from uvicorn.protocols.http.h11_impl import H11Protocol

from simulator.api.schemas import ErrorBody

KEEP_ALIVE_SECONDS = 20
"""How long a connection may rest between two requests. Longer than common clients keep theirs (5 to
15 seconds), so that it is they who close, and none sends a request into a closing connection."""

CLIENT_SECONDS = 30
"""How long a client may take to send a whole request, or to fetch an answer."""

TOO_SLOW = f"The request was not complete within {CLIENT_SECONDS} seconds."
NOT_HTTP = "This is not an HTTP/1.1 request, or its head is longer than 64 KiB."


class Config(uvicorn.Config):
    """How the server works.

    Args:
        app: answers requests.
        speaks_websocket: tells where WebSockets can be opened; elsewhere nobody upgrades.
        options: uvicorn's own.
    """

    def __init__(
        self, app: ASGIApp, speaks_websocket: Callable[[Scope], bool], **options: Any
    ) -> None:
        super().__init__(app, **options)
        self.speaks_websocket = speaks_websocket


class Protocol(H11Protocol):
    """One connection, which ends when its client keeps us waiting.

    A call in progress may take as long as it takes: then the client waits for us. Otherwise a
    deadline runs, which single bytes now and then don't put off.
    """

    _deadline: asyncio.TimerHandle | None = None
    _upgraded = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a request."""
        super().connection_made(transport)
        self._wait_for_client(anew=True)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._unset_keepalive_if_required()  # uvicorn leaves it running after a reset
        super().connection_lost(exc)
        if self._deadline is not None:
            self._deadline.cancel()

    def data_received(self, data: bytes) -> None:
        """Take in a part of a request."""
        rested = self.timeout_keep_alive_task is not None
        super().data_received(data)
        self._wait_for_client(anew=rested)

    def on_response_complete(self) -> None:
        """Wait for the answer to be fetched, and for the next request."""
        super().on_response_complete()
        self._wait_for_client(anew=True)

    def pause_writing(self) -> None:
        """Wait for an answer of which the client has not fetched enough."""
        super().pause_writing()
        self._wait_for_client(anew=True)

    def resume_writing(self) -> None:
        """Go on answering."""
        super().resume_writing()
        self._wait_for_client()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's own words
        """Say what is wrong in the form of all our errors, and close the connection."""
        self._refuse(400, NOT_HTTP)

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        """Leave the connection to another protocol, which has deadlines of its own."""
        super().handle_websocket_upgrade(event)
        self._upgraded = True

    def _wait_for_client(self, *, anew: bool = False) -> None:
        """Let a deadline run while the client is to do something, and only then."""
        waits = self._is_awaited()
        if self._deadline is not None and (anew or not waits):
            self._deadline.cancel()
            self._deadline = None
        if waits and self._deadline is None:
            self._deadline = self.loop.call_later(CLIENT_SECONDS, self._give_up)

    @property
    def _in_progress(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _is_awaited(self) -> bool:
        """Tell whether the client is to send or to fetch something."""
        if self._upgraded:
            return False
        return not self._in_progress or self.cycle.more_body or self.flow.write_paused

    def _give_up(self) -> None:
        """Close the connection; say why where a request has begun and nothing was said yet."""
        self._deadline = None
        has_begun = self._in_progress or bool(self.conn.trailing_data[0])
        if has_begun and not self.transport.is_closing() and not self.flow.write_paused:
            self._refuse(408, TOO_SLOW)
            self._wait_for_client()
        else:
            self.transport.abort()

    def _refuse(self, status: int, reason: str) -> None:
        """Answer what is no whole request, unless its answer has begun, and close."""
        if self._in_progress:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            body = json.dumps(ErrorBody(errors=reason)).encode()
            headers = [
                ("content-type", "application/json"),
                ("content-length", str(len(body))),
                ("connection", "close"),
            ]
            for event in (
                h11.Response(status_code=status, headers=headers),
                h11.Data(data=body),
                h11.EndOfMessage(),
            ):
                self.transport.write(self.conn.send(event))
        self.transport.close()

    def _should_upgrade(self) -> bool:
        """Answer requests that would like another protocol, such as HTTP/2, like all others."""
        config, scope = cast("Config", self.config), cast("Scope", self.scope)
        return self._get_upgrade() == b"websocket" and config.speaks_websocket(scope)
