"""Open files: how many a testnet needs, and what happens when there are no more.

Every socket is one: those that listen, and one for each connection of a client. They are counted
before anything starts. When the table is full all the same, clients wait until somebody has gone.
"""

import asyncio
import errno
import logging
import socket
from contextlib import suppress
from typing import Any, Self

from simulator.words.errors import ConfigurationError

logger = logging.getLogger(__name__)

FOR_EACH_NODE = 2
"""A socket that listens, and a connection of a client that keeps it."""

FOR_THE_REST = 32
"""The control API and its clients, the standard streams, and what Python has open."""

NO_ROOM = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
"""What keeps a connection from being accepted that is there."""

NO_ROOM_FOR_ASYNCIO = "socket.accept() out of system resource"


def allow_for(nodes: int) -> None:
    """See to it that this process may open the files that so many nodes and their clients need.

    Raises:
        ConfigurationError: the system's limit is too low for that.
    """
    try:
        import resource  # noqa: PLC0415 - not on every system
    except ImportError:
        return
    needed = FOR_EACH_NODE * nodes + FOR_THE_REST
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    # a system without a hard limit may have one all the same, so no more than needed is asked for
    wanted = max(soft, needed) if hard == resource.RLIM_INFINITY else hard
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < needed:
        fewer = max(0, (soft - FOR_THE_REST) // FOR_EACH_NODE)
        start = f"start at most {fewer} nodes" if fewer else "start fewer nodes"
        raise ConfigurationError(
            f"{nodes} nodes and a client of each need {needed} open files, and the limit is "
            f"{soft}: raise it (`ulimit -n {needed}`), or {start}."
        )


class ListeningSocket(socket.socket):
    """A socket that doesn't go on accepting when the table of open files is full.

    asyncio tries as often as clients may queue up before it waits for a second; it tells of every
    attempt, and schedules another round for each. Here the second attempt finds nobody waiting.
    """

    _refused = False

    def accept(self) -> tuple[socket.socket, Any]:
        """Accept a connection; what is asked next after there was no room for one finds none."""
        if self._refused:
            self._refused = False
            raise BlockingIOError(errno.EAGAIN, "no room for another connection")
        try:
            return super().accept()
        except OSError as error:
            self._refused = error.errno in NO_ROOM
            raise


class FullTable:
    """Says once that the table of open files is full, and once more when that comes again.

    Args:
        loop: whose sockets these are.
    """

    QUIET_SECONDS = 60
    """So long there must have been room before it is said again."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._last = -float("inf")
        self._loop = loop

    @classmethod
    def watch(cls, loop: asyncio.AbstractEventLoop) -> Self:
        """Handle what a loop says about it; anything else is handled as before."""
        made = cls(loop)
        loop.set_exception_handler(made.handle)
        return made

    def handle(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Take in what a loop has to say."""
        if context.get("message") != NO_ROOM_FOR_ASYNCIO:
            loop.default_exception_handler(context)
            return
        now = self._loop.time()
        if now - self._last > self.QUIET_SECONDS:
            logger.warning(
                "No file is left to open for another connection (%s): clients wait until others "
                "have gone. Raise the limit (`ulimit -n`), or let clients close connections.",
                context["exception"].strerror,
            )
        self._last = now
