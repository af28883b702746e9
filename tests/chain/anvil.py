"""A real anvil for tests, and one that keeps its mining to itself."""

import json
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pytest

from tests.waiting import PAUSE_SECONDS

FOLDER = Path(__file__).parents[1] / "anvil" / "node_modules" / "@foundry-rs"
HIDDEN = ("evm_", "anvil_mine", "hardhat_mine")


def binary() -> Path:
    """Return the program; `make test` fetches it."""
    found = sorted(FOLDER.glob("anvil-*/bin/anvil*"))
    if not found:
        pytest.skip("anvil is not there: `make test` fetches it")
    return found[0]


@contextmanager
def running(*options: str) -> Iterator[str]:
    """Run anvil on a free port of the loopback interface, and return its URL."""
    command = [str(binary()), "--host", "127.0.0.1", "--port", "0", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            lines = iter(process.stdout.readline, "")
            place = next(line for line in lines if line.startswith("Listening on "))
            drain = Thread(target=process.stdout.read, daemon=True)
            drain.start()
            yield f"http://{place.removeprefix('Listening on ').strip()}"
        finally:
            process.kill()
            drain.join()


Refuses = Callable[[dict[str, Any]], bool]
"""Tells whether a request is answered with an error instead of being passed on."""


class _Handler(BaseHTTPRequestHandler):
    """Passes JSON-RPC on, but for what is refused, and what is answered in its place."""

    upstream: httpx.Client
    refuses: Refuses
    answers: Mapping[str, Mapping[str, object]]

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        passed = [entry for entry in body if not type(self).refuses(entry)]
        answers: list[Any] = []
        if passed:
            answers = self.upstream.post("/", json=passed).json()
        refusal = {"error": {"code": -32601, "message": "Method not found"}}
        answers += [
            {"jsonrpc": "2.0", "id": entry["id"], **self.answers.get(entry["method"], refusal)}
            for entry in body
            if entry not in passed
        ]
        text = json.dumps(answers).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def mining_by_itself(entry: dict[str, Any]) -> bool:
    """Hide from others how to make blocks, as nodes do that make them by themselves."""
    return bool(entry["method"].startswith(HIDDEN))


@contextmanager
def refusing(url: str, refuses: Refuses) -> Iterator[str]:
    """Put something in front of a node that refuses some requests, and return its URL."""
    with _in_front(url, refuses, {}) as proxy:
        yield proxy


@contextmanager
def answering(url: str, answers: Mapping[str, Mapping[str, object]]) -> Iterator[str]:
    """Put something in front of a node that answers some methods itself, and return its URL."""
    with _in_front(url, lambda entry: entry["method"] in answers, answers) as proxy:
        yield proxy


@contextmanager
def _in_front(
    url: str, refuses: Refuses, answers: Mapping[str, Mapping[str, object]]
) -> Iterator[str]:
    members = {"refuses": staticmethod(refuses), "answers": answers}
    with httpx.Client(base_url=url, timeout=None, trust_env=False) as upstream:  # noqa: S113
        handler = type("Handler", (_Handler,), {**members, "upstream": upstream})
        with serving(handler) as proxy:
            yield proxy


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """Answer requests on a free port of the loopback interface, and return the URL."""
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        # a server looks so often for whether it shall end, and whoever ends it waits for that
        thread = Thread(target=server.serve_forever, args=(PAUSE_SECONDS,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
