"""How long reads over HTTP take while a whole network joins.

`simulator up` runs in one process and 50 clients in another. Each client asks one node after the
other for its connections, on a new connection every time, in two ways: with a pause after each
answer, as scripts that poll do, and without any. In a third way it asks a single node, without any
pause and on a connection that it keeps. They stop when the joins have ended, and after half a
minute at the latest.
"""

import argparse
import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager

from benchmarks.measuring import median, percentile
from benchmarks.results import Results, Row, parser, results_of
from benchmarks.serving import Kept, Served, ask, serving
from simulator.chain.engines import ENGINES
from simulator.evm.registry import DEFAULT_ENGINE

NAME = "http_latency"
NEW, KEPT = "new", "kept"
WAYS = ((0.5, NEW), (0.0, NEW), (0.0, KEPT))
"""Pauses (s), and whether each request has a connection of its own."""
READ = "/api/v1/connections"
MAX_LOAD_SECONDS = 30
REST_SECONDS = 3
JOIN = '{"funds": 100}'
NO_CONTENT = 204
OK = 200

Answer = tuple[float, float]
"""How long one took (ms), and when it was asked for (s)."""

BAD_REQUEST = 400


@contextmanager
def reading(urls: Iterator[str], connection: str) -> Iterator[Callable[[], Awaitable[int]]]:
    """Return what a client does again and again, with an answer's status."""
    if connection == NEW:
        yield lambda: ask("GET", f"{next(urls)}{READ}")
        return
    with closing(Kept(next(urls))) as kept:
        yield lambda: kept.get(READ)


async def client(
    read: Callable[[], Awaitable[int]],
    wait_s: float,
    pause_s: float,
    stopped: asyncio.Event,
    answers: list[Answer],
) -> None:
    """Read until it is to stop, beginning after `wait_s`."""
    await asyncio.sleep(wait_s)
    while not stopped.is_set():
        begun = time.perf_counter()
        status = await read()
        answers.append((1000 * (time.perf_counter() - begun), begun))
        assert status == OK, status
        await asyncio.sleep(pause_s)


async def seconds_of(work: Awaitable[None]) -> float:
    """Wait for something, and return how long it took."""
    begun = time.perf_counter()
    await work
    return time.perf_counter() - begun


async def under_load(
    served: Served, clients: int, pause_s: float, connection: str, work: Awaitable[None]
) -> tuple[list[Answer], float]:
    """Let clients ask while something goes on; return their answers, and how long it took (s).

    The clients stop after `MAX_LOAD_SECONDS`; the work is waited for all the same.
    """
    answers: list[Answer] = []
    urls = itertools.cycle(served.urls)
    stopped = asyncio.Event()
    begun = time.perf_counter()
    working = asyncio.create_task(seconds_of(work))
    # at the same moment they would queue up for each other
    waits = [pause_s * number / clients for number in range(clients)]
    with ExitStack() as stack:
        reads = [stack.enter_context(reading(urls, connection)) for _ in waits]
        asking = [
            asyncio.create_task(client(read, wait, pause_s, stopped, answers))
            for read, wait in zip(reads, waits, strict=True)
        ]
        # a client only ends by itself when it has failed
        await asyncio.wait(
            [working, *asking], timeout=MAX_LOAD_SECONDS, return_when=asyncio.FIRST_COMPLETED
        )
        stopped.set()
        await asyncio.gather(*asking)
    return [(ms, at - begun) for ms, at in answers], await working


async def join_all(served: Served) -> None:
    """Join with every node at once, and wait until everything is at rest."""
    calls = [ask("PUT", f"{url}/api/v1/connections/{served.token}", JOIN) for url in served.urls]
    statuses = await asyncio.gather(*calls)
    assert set(statuses) == {NO_CONTENT}, statuses
    assert await ask("POST", f"{served.control}/idle") < BAD_REQUEST


def measure(results: Results, engine: str, nodes: int, clients: int, rest_s: float) -> None:
    """Measure all ways of asking, each on a testnet of its own, at rest and while all join."""
    for pause_s, connection in WAYS:
        with serving(nodes, f"--engine={engine}", "--transaction-timeout=86400") as served:
            phases = {"at rest": asyncio.sleep(rest_s), "all join": join_all(served)}
            for phase, work in phases.items():
                taken = asyncio.run(under_load(served, clients, pause_s, connection, work))
                circumstances = {"phase": phase, "engine": engine, "nodes": nodes}
                circumstances |= {"clients": clients, "pause_s": pause_s, "connection": connection}
                report(results, circumstances, *taken)


def report(
    results: Results, circumstances: Row, answers: Sequence[Answer], loaded_s: float
) -> None:
    """Write what clients have seen in one phase."""
    latencies = [ms for ms, _ in answers]
    results.row(
        "http_latency",
        **circumstances,
        phase_s=loaded_s,
        requests=len(latencies),
        median_ms=median(latencies),
        p95_ms=percentile(latencies, 0.95),
        p99_ms=percentile(latencies, 0.99),
        max_ms=max(latencies),
        max_at_s=max(answers)[1],
    )


def main() -> None:
    """Measure and print."""
    options = _options()
    results = results_of(NAME, options)
    if options.quick:
        measure(results, options.engine, nodes=3, clients=2, rest_s=0.1)
    else:
        measure(results, options.engine, options.nodes, options.clients, REST_SECONDS)


def _options() -> argparse.Namespace:
    made = parser(__doc__)
    made.add_argument("--engine", choices=ENGINES, default=DEFAULT_ENGINE)
    made.add_argument("--nodes", type=int, default=1_000)
    made.add_argument("--clients", type=int, default=50)
    return made.parse_args()


if __name__ == "__main__":
    main()
