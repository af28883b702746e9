"""Whether the memory of `simulator up` stays flat while nodes come and go.

All nodes join at once and leave at once, over and over, through their own ports. Nothing is open
after a round: what memory grows by then is what is kept of the past. It grows until the newest
journal entries and blocks that are kept have all come, and is to be flat from then on.
"""

import argparse
import asyncio
import http.client
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from benchmarks.measuring import memory_bytes_of
from benchmarks.results import TIMES, Results, parser, results_of
from benchmarks.serving import Served, ask, serving
from simulator.chain.engines import ENGINES
from simulator.cli.up_options import KEEP_BLOCKS, KEEP_JOURNAL
from simulator.evm.registry import DEFAULT_ENGINE

NAME = "memory"
JOIN = '{"funds": 100}'
BAD_REQUEST = 400
POINTS = 10
"""So many rows, whatever the number of rounds."""

MOST_GROWTH = 1.03
"""How much larger memory may be at the end than at the half, by which all that is kept has come."""


@dataclass(frozen=True, slots=True)
class Size:
    """What is measured: how many nodes and rounds, and how much is kept."""

    nodes: int = 50
    rounds: int = 100
    journal: int = KEEP_JOURNAL
    blocks: int = KEEP_BLOCKS


async def everybody(served: Served, method: str, body: str = "") -> None:
    """Let every node join or leave, and wait until everything is at rest."""
    calls = [ask(method, f"{url}/api/v1/connections/{served.token}", body) for url in served.urls]
    statuses = await asyncio.gather(*calls)
    assert max(statuses) < BAD_REQUEST, statuses
    assert await ask("POST", f"{served.control}/idle") < BAD_REQUEST


def status_of(served: Served) -> dict[str, Any]:
    """Return what the control API tells."""
    connection = http.client.HTTPConnection(urlsplit(served.control).netloc)
    try:
        connection.request("GET", "/status")
        answer: dict[str, Any] = json.loads(connection.getresponse().read())
    finally:
        connection.close()
    return answer


def measure(results: Results, engine: str, size: Size) -> None:
    """Let the rounds pass, and look at the memory now and then."""
    kept = (f"--keep-journal={size.journal}", f"--keep-blocks={size.blocks}")
    points = {size.rounds * point // POINTS for point in range(1, POINTS + 1)}
    found: dict[int, int] = {}
    with serving(size.nodes, f"--engine={engine}", *kept) as served:
        for number in range(1, size.rounds + 1):
            asyncio.run(everybody(served, "PUT", JOIN))
            asyncio.run(everybody(served, "DELETE"))
            if number in points:
                status = status_of(served)
                found[number] = memory_bytes_of(served.process)
                results.row(
                    "memory",
                    rounds=number,
                    nodes=size.nodes,
                    engine=engine,
                    memory_bytes=found[number],
                    blocks=status["block_number"],
                    blocks_kept=min(size.blocks, status["block_number"] + 1),
                    entries=status["journal_count"],
                    entries_kept=status["journal_count"] - status["journal_oldest"],
                )
    growth = found[size.rounds] / found[min(n for n in found if 2 * n >= size.rounds)]
    what = f"memory of `simulator up` after {size.rounds} rounds, compared with half as many"
    results.target(what, growth, TIMES, at_most=MOST_GROWTH)


def main() -> None:
    """Measure and print."""
    options = _options()
    size = Size(options.nodes, options.rounds)
    if options.quick:
        size = Size(nodes=3, rounds=POINTS, journal=100, blocks=1_000)
    measure(results_of(NAME, options), options.engine, size)


def _options() -> argparse.Namespace:
    made = parser(__doc__)
    made.add_argument("--engine", choices=ENGINES, default=DEFAULT_ENGINE)
    made.add_argument("--nodes", type=int, default=50)
    made.add_argument("--rounds", type=int, default=100)
    return made.parse_args()


if __name__ == "__main__":
    main()
