"""A testnet on real sockets, served from a thread, and a client that checks the documentation."""

import asyncio
import json
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from types import TracebackType
from typing import Any, Self

import httpx

from simulator.api import listening, server
from simulator.api.driver import WARP, Pace
from simulator.api.rpc import no_rpc_reason
from simulator.testnet.simulation import Simulation
from simulator.words.units import checksum
from tests.api.documented import NO_TLS, Documents
from tests.waiting import PATIENCE_SECONDS, until

BOOTSTRAP = "0x" + "22" * 20
REALTIME = Pace(1.0)


def client(base_url: str = "", documents: Documents | None = None) -> httpx.Client:
    """Return a client that waits for answers however long they take.

    What is answered must be what is documented; see `Documents.check`.
    """
    return httpx.Client(
        base_url=base_url,
        timeout=PATIENCE_SECONDS,
        trust_env=False,
        verify=NO_TLS,
        event_hooks={"response": [(documents or Documents()).check]},
    )


def get(url: str, **headers: str) -> httpx.Response:
    """Fetch something once."""
    with client() as caller:
        return caller.get(url, headers=headers)


class Loop(asyncio.SelectorEventLoop):
    """An event loop on which time can be skipped; the world's own time is another matter."""

    ahead = 0.0

    def time(self) -> float:
        return super().time() + self.ahead


class Live:
    """A testnet that answers HTTP; its `client` sees whether the answers are documented."""

    def __init__(self, testnet: Simulation, pace: Pace = WARP) -> None:
        self.testnet = testnet
        reason = no_rpc_reason(testnet.ledger.engine)
        others = listening.listen(len(testnet.nodes), "127.0.0.1", 0)
        self.sockets = listening.listen_for_rpc(others, None if reason else 0, reason)
        self.service = server.Service(testnet, self.sockets, pace)
        self.token = testnet.token
        self._loop = Loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._pool = ThreadPoolExecutor(16)
        self.documents = Documents()
        self._client = client(documents=self.documents)

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self.service.run(self._ready.set))

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(PATIENCE_SECONDS)
        return self

    def __exit__(
        self,
        type_: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.service.stop()
        self._thread.join(PATIENCE_SECONDS)
        self._pool.shutdown()
        self._client.close()
        assert not self._thread.is_alive()

    def skip(self, seconds: float) -> None:
        """Let the server's clock go forward, and what is due then be done."""
        skipped, done = self._loop.time() + seconds, threading.Event()

        def skip() -> None:
            self._loop.ahead += seconds
            self._loop.call_at(skipped, done.set)

        self._loop.call_soon_threadsafe(skip)
        assert done.wait(PATIENCE_SECONDS)

    # -- requests ------------------------------------------------------------------------

    def node_url(self, index: int) -> str:
        return f"http://127.0.0.1:{self.sockets.ports[index]}"

    @property
    def control_url(self) -> str:
        return f"http://127.0.0.1:{self.sockets.control_port}"

    @property
    def rpc_url(self) -> str:
        return f"http://127.0.0.1:{self.sockets.rpc_port}"

    def address(self, index: int) -> str:
        return checksum(self.testnet.nodes[index].address)

    def request(
        self, index: int, method: str, path: str, body: object = None, **kwargs: Any
    ) -> httpx.Response:
        """Send a request to a node; a body that is no text or bytes is sent as JSON."""
        return self._send(self.sockets.ports[index], method, f"/api/v1{path}", body, **kwargs)

    def control(self, method: str, path: str, body: object = None) -> httpx.Response:
        return self._send(self.sockets.control_port, method, path, body)

    def _send(
        self, port: int, method: str, path: str, body: object, **kwargs: Any
    ) -> httpx.Response:
        content = body if isinstance(body, str | bytes | None) else json.dumps(body)
        url = f"http://127.0.0.1:{port}{path}"
        return self._client.request(method, url, content=content, **kwargs)

    def begin(
        self, index: int, method: str, path: str, body: object = None
    ) -> "Future[httpx.Response]":
        """Send a request to a node from another thread."""
        return self._pool.submit(self.request, index, method, path, body)

    def begin_control(
        self, method: str, path: str, body: object = None
    ) -> "Future[httpx.Response]":
        """Send a request to the control API from another thread."""
        return self._pool.submit(self.control, method, path, body)

    def wait_until_asked(self, index: int, calls: int) -> None:
        """Wait until so many calls of a node are in progress or queue."""
        queue = self.testnet.nodes[index]._queue
        until(lambda: (queue._holder is not None) + len(queue._waiting or ()) == calls)

    def document(self, port: int) -> dict[str, Any]:
        """Return the OpenAPI document that a port serves."""
        return self.documents.of(httpx.URL(f"http://127.0.0.1:{port}"))

    # -- common requests -----------------------------------------------------------------

    def join(self, index: int, **body: object) -> httpx.Response:
        return self.request(index, "PUT", f"/connections/{self.token}", body)

    def begin_join(self, index: int, **body: object) -> "Future[httpx.Response]":
        return self.begin(index, "PUT", f"/connections/{self.token}", body)

    def leave(self, index: int) -> httpx.Response:
        return self.request(index, "DELETE", f"/connections/{self.token}")

    def connections(self, index: int) -> Any:
        return self.request(index, "GET", "/connections").json()

    def deposits(self, index: int) -> list[int]:
        channels = self.request(index, "GET", f"/channels/{self.token}").json()
        return sorted(int(c["total_deposit"]) for c in channels if c["state"] == "opened")

    def skip_until(self, *calls: "Future[httpx.Response]") -> list[httpx.Response]:
        """Let time pass, also when it is tied to the wall clock, until calls are answered."""

        def are_answered() -> bool:
            assert self.control("POST", "/advance", {"blocks": 50}).status_code == 200
            return not wait(calls, timeout=0.1).not_done

        until(are_answered)
        return [call.result() for call in calls]

    def mesh(self, count: int = 3) -> None:
        """Let the first nodes join and come to rest."""
        for index in range(count):
            assert self.join(index, funds=100).status_code == 204
        assert self.control("POST", "/idle").status_code == 200


Start = Callable[..., Live]
