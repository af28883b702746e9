"""How long it takes to join, and to leave, with a thousand nodes over HTTP.

`simulator up` runs in one process and 50 clients in another. Each client takes the next node that
no other has taken, tells it to join, and waits for its answer. When everything is at rest, all
nodes leave in the same way.
"""

import asyncio
import time
from collections.abc import Iterator

from benchmarks.measuring import median, percentile
from benchmarks.results import Results, parser, results_of
from benchmarks.serving import Served, ask, serving
from simulator.chain.engines import ENGINES
from simulator.evm.registry import DEFAULT_ENGINE

NAME = "http_joins"
CALLS = {"join": ("PUT", '{"funds": 100}'), "leave": ("DELETE", "")}
BAD_REQUEST = 400


async def client(phase: str, served: Served, urls: Iterator[str], taken_ms: list[float]) -> None:
    """Call node after node until all have been called."""
    method, body = CALLS[phase]
    for url in urls:
        begun = time.perf_counter()
        status = await ask(method, f"{url}/api/v1/connections/{served.token}", body)
        taken_ms.append(1000 * (time.perf_counter() - begun))
        assert status < BAD_REQUEST, status


async def call_all(phase: str, served: Served, clients: int) -> tuple[float, list[float]]:
    """Call all nodes; return how long that took (s), and how long each answer (ms)."""
    taken_ms: list[float] = []
    urls = iter(served.urls)  # one for all clients
    begun = time.perf_counter()
    await asyncio.gather(*(client(phase, served, urls, taken_ms) for _ in range(clients)))
    taken_s = time.perf_counter() - begun
    assert await ask("POST", f"{served.control}/idle") < BAD_REQUEST
    return taken_s, taken_ms


def measure(results: Results, engine: str, nodes: int, clients: int) -> None:
    """Let all nodes join, come to rest, and leave."""
    with serving(nodes, f"--engine={engine}", "--transaction-timeout=86400") as served:
        for phase in CALLS:
            taken_s, taken_ms = asyncio.run(call_all(phase, served, clients))
            results.row(
                NAME,
                phase=phase,
                engine=engine,
                nodes=nodes,
                clients=clients,
                phase_s=taken_s,
                calls_per_s=nodes / taken_s,
                median_ms=median(taken_ms),
                p95_ms=percentile(taken_ms, 0.95),
                max_ms=max(taken_ms),
            )


def main() -> None:
    """Measure and print."""
    made = parser(__doc__)
    made.add_argument("--engine", choices=ENGINES, default=DEFAULT_ENGINE)
    made.add_argument("--nodes", type=int, default=1_000)
    made.add_argument("--clients", type=int, default=50)
    options = made.parse_args()
    results = results_of(NAME, options)
    if options.quick:
        measure(results, options.engine, nodes=4, clients=2)
    else:
        measure(results, options.engine, options.nodes, options.clients)


if __name__ == "__main__":
    main()
