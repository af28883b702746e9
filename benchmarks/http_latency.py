"""Time reads over HTTP while a whole network joins and leaves.

    python benchmarks/http_latency.py [N]

Starts `simulator up` with N nodes (100 by default), lets all join at once and leave at once,
and meanwhile asks one node after the other for its connections, every 20 ms. Prints how long the
answers took, in milliseconds. The probe shares the machine with the server and with N open calls.
"""

import asyncio
import itertools
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Sequence

import httpx

PROBE_INTERVAL_SECONDS = 0.02
JOIN = {"funds": 100}


def started(nodes: int) -> tuple["subprocess.Popen[str]", list[str], str]:
    """Start a testnet; return its process, the nodes' URLs and the control URL."""
    process = subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-m", "simulator", "up", f"--nodes={nodes}", "--port=0"],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None  # noqa: S101 - it is a pipe
    lines = [line.split() for line in itertools.takewhile(lambda x: x != "ready\n", process.stdout)]
    urls = [words[2] for words in lines if words[0] == "node"]
    (control,) = [words[1] for words in lines if words[0] == "control"]
    return process, urls, control


async def probe(urls: Sequence[str], latencies: list[float]) -> None:
    """Ask the nodes in turn, until cancelled."""
    async with httpx.AsyncClient() as client:
        for url in itertools.cycle(urls):
            begun = time.perf_counter()
            (await client.get(f"{url}/api/v1/connections")).raise_for_status()
            latencies.append(1000 * (time.perf_counter() - begun))
            await asyncio.sleep(PROBE_INTERVAL_SECONDS)


async def phase(name: str, urls: Sequence[str], calls: Sequence[Awaitable[httpx.Response]]) -> None:
    """Make calls at once and probe until all are answered."""
    latencies: list[float] = []
    begun = time.perf_counter()
    probing = asyncio.create_task(probe(urls, latencies))
    answers = await asyncio.gather(*calls)
    probing.cancel()
    for answer in answers:
        answer.raise_for_status()
    latencies.sort()
    print(
        f"{name:22} {time.perf_counter() - begun:6.1f} s   GET: "
        f"median {statistics.median(latencies):4.0f}, "
        f"95 % {latencies[int(0.95 * len(latencies))]:4.0f}, max {latencies[-1]:4.0f} ms"
    )


async def measure(urls: Sequence[str], control: str) -> None:
    """Join with all nodes, then leave with all nodes."""
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(timeout=600, limits=limits) as client:
        tokens = (await client.get(f"{urls[0]}/api/v1/tokens")).json()
        targets = [f"{url}/api/v1/connections/{tokens[0]}" for url in urls]
        await phase("all join", urls, [client.put(target, json=JOIN) for target in targets])
        await phase("all find each other", urls, [client.post(f"{control}/idle")])
        await phase("all leave", urls, [client.delete(target) for target in targets])


def main() -> None:
    """Measure one size."""
    process, urls, control = started(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
    try:
        asyncio.run(measure(urls, control))
    finally:
        process.terminate()
        process.wait(timeout=10)


if __name__ == "__main__":
    main()
