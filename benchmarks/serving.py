"""A testnet in a process of its own, and the smallest possible HTTP client.

The client shares the machine with what it measures, so it must not be what is measured: it writes
a request, reads an answer, and knows nothing else.
"""

import asyncio
import itertools
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

PATIENCE_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Served:
    """A testnet that is up: its process, the URLs and addresses of nodes, control's, a token."""

    process: int
    urls: list[str]
    addresses: list[str]
    control: str
    token: str


@contextmanager
def serving(nodes: int, *options: str) -> Iterator[Served]:
    """Run `simulator up` on free ports of the loopback interface, and go on when it is ready."""
    command = [sys.executable, "-m", "simulator", "up", f"--nodes={nodes}", "--port=0", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            told = itertools.takewhile(lambda line: line != "ready\n", process.stdout)
            lines = [line.split() for line in told]
            urls = [words[2] for words in lines if words[0] == "node"]
            if len(urls) != nodes:
                raise RuntimeError("`simulator up` has ended before it was ready.")
            (control,) = [words[1] for words in lines if words[0] == "control"]
            token = next(words[-1] for words in lines if words[0] == "token")
            addresses = [words[3] for words in lines if words[0] == "node"]
            yield Served(process.pid, urls, addresses, control, token)
        finally:
            process.terminate()
            try:
                process.wait(PATIENCE_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


class Kept:
    """A connection to one server that is kept from request to request."""

    def __init__(self, url: str) -> None:
        self._place = urlsplit(url)
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def get(self, path: str) -> int:
        """Read something; return the status."""
        if self._streams is None:
            place = (self._place.hostname, self._place.port)
            self._streams = await asyncio.open_connection(*place)
        reader, writer = self._streams
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {self._place.netloc}\r\n\r\n".encode())
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        await reader.readexactly(int(head.partition(b"content-length:")[2].split(b"\r\n")[0]))
        return int(head.split(b" ", 2)[1])

    def close(self) -> None:
        """End the connection."""
        if self._streams is not None:
            self._streams[1].close()


async def ask(method: str, url: str, body: str = "") -> int:
    """Make a request on a connection of its own; return the status."""
    place = urlsplit(url)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    head = f"{method} {place.path} HTTP/1.1\r\nHost: {place.netloc}\r\nConnection: close\r\n"
    length = f"Content-Length: {len(body)}\r\n" if body else ""
    try:
        writer.write(f"{head}{length}\r\n{body}".encode())
        answer = await reader.read()  # the server closes after the answer
    finally:
        writer.close()
    return int(answer.split(b" ", 2)[1])
