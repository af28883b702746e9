"""How long it takes until a network is there that a graph is the start of, all channels funded.

Graphs are scale-free, with five channels for each node that came; those who open them put something
into each, or both ends do. Each size runs in a process of its own, so that its peak of memory is
its own.
"""

import argparse
import json
from dataclasses import asdict, dataclass
from typing import Any

from benchmarks.measuring import limit_memory, peak_memory_bytes, timed
from benchmarks.networks import channels_of
from benchmarks.results import Results, Row, answer, child, parser, results_of
from simulator.chain.engines import MODEL
from simulator.testnet.testnet import Testnet

NAME = "start_graphs"
LARGE_FILE = "large_start_graph"
DEPOSIT = 10_000
MEMORY_SHARE = 0.9
SCALE_FREE = {"type": "scale_free", "attachments": 5}


@dataclass(frozen=True, slots=True)
class Size:
    """What is measured once.

    Attributes:
        engine: what executes the contracts.
        nodes: how many there are.
        graph: its type and shape.
        at_most_s: the processor's seconds that it should take.
        both_ends: whether both ends deposit, or only those who open the channels.
    """

    engine: str
    nodes: int
    graph: dict[str, Any]
    at_most_s: float
    both_ends: bool = True

    @property
    def funded_from(self) -> str:
        """Who deposits."""
        return "both ends" if self.both_ends else "one end"


SIZES = [
    Size("pyevm", 1_000, SCALE_FREE, 4.1, both_ends=False),
    Size(MODEL, 1_000, SCALE_FREE, 1.0, both_ends=False),
    Size(MODEL, 6_092, SCALE_FREE, 8, both_ends=False),
    Size(MODEL, 6_092, SCALE_FREE, 8),
]
LARGE = [Size(MODEL, 100_001, SCALE_FREE, 120, both_ends=each) for each in (False, True)]
"""Only if asked for, and with `make bench-million`."""

QUICK = [Size(MODEL, 20, SCALE_FREE, 8)]


def measure_here(size: Size) -> tuple[Testnet, Row]:
    """Make a testnet; return it, and what it took."""
    partners = DEPOSIT if size.both_ends else 0
    graph = {**size.graph, "deposit": DEPOSIT, "partner_deposit": partners}
    made: list[Testnet] = []
    taken = timed(
        lambda: made.append(Testnet(size.nodes, seed=1, engine=size.engine, topology=graph))
    )
    (net,), peak = made, peak_memory_bytes()
    return net, {"start": asdict(taken), "peak_bytes": peak, "channels": channels_of(net)}


def measure(results: Results, size: Size) -> None:
    """Measure a size in a process of its own, and compare it with its target."""
    row = child(f"benchmarks.{NAME}", "--one", json.dumps(asdict(size)))
    what = f"{size.engine}, {size.nodes:,} nodes"
    if "problem" in row:
        results.note(f"{what}: {row['problem']}")
        return
    cpu_s = row["start"]["cpu_s"]
    results.row(
        NAME,
        engine=size.engine,
        nodes=size.nodes,
        funded_from=size.funded_from,
        channels=row["channels"],
        start_s=row["start"]["wall_s"],
        cpu_s=cpu_s,
        channel_ms=1_000 * cpu_s / row["channels"],
        peak_bytes=row["peak_bytes"],
    )
    what += f" and {row['channels']:,} channels to start with, from {size.funded_from}, CPU"
    results.target(what, cpu_s, "s", at_most=size.at_most_s)


def main() -> None:
    """Measure and print."""
    options = parser(__doc__)
    options.add_argument("--large", action="store_true", help="a hundred thousand nodes alone")
    options.add_argument("--one", help=argparse.SUPPRESS)
    told = options.parse_args()
    if told.one:
        limit_memory(MEMORY_SHARE)
        _net, row = measure_here(Size(**json.loads(told.one)))
        answer(row)
    results = results_of(NAME, told, LARGE_FILE if told.large else "")
    sizes = LARGE if told.large else SIZES
    for size in QUICK if told.quick else sizes:
        measure(results, size)


if __name__ == "__main__":
    main()
