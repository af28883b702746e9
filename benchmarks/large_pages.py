"""What memory in large pages brings: networks that start with them and without, in turn.

Where there are none to be had, the ratio is one.
"""

import argparse
from typing import Any

from benchmarks.measuring import median, timed
from benchmarks.results import Results, answer, child, parser, results_of
from simulator.chain.engines import MODEL
from simulator.system import large_pages
from simulator.testnet.testnet import Testnet

NAME = "large_pages"
ROUNDS = 5
DEPOSIT = 10_000
GRAPH: dict[str, Any] = {"type": "scale_free", "attachments": 5, "deposit": DEPOSIT}
SIZES, QUICK_SIZES = (1_000, 6_092), (20,)
SMALL_PAGES = dict.fromkeys(large_pages.VARIABLES, "")
"""As if nobody had said anything: neither Python nor the C library minds an empty variable."""


def measure(results: Results, nodes: int, rounds: int) -> None:
    """Start networks in processes of their own, alternating, and compare the middle of each."""
    taken: dict[str, list[float]] = {"small": [], "large": []}
    for _ in range(rounds):
        for pages, variables in (("small", SMALL_PAGES), ("large", large_pages.VARIABLES)):
            row = child(f"benchmarks.{NAME}", "--one", str(nodes), variables=variables)
            if "problem" in row:
                results.note(f"{nodes:,} nodes in {pages} pages: {row['problem']}")
                return
            taken[pages].append(row["cpu_s"])
    small, large = (median(taken[pages]) for pages in ("small", "large"))
    results.row(NAME, nodes=nodes, small_s=small, large_s=large, ratio=small / large)


def main() -> None:
    """Measure, or take part in it."""
    options = parser(__doc__)
    options.add_argument("--one", type=int, help=argparse.SUPPRESS)
    told = options.parse_args()
    if told.one:
        start = timed(lambda: Testnet(told.one, seed=1, engine=MODEL, topology=GRAPH))
        answer({"cpu_s": start.cpu_s})
    results = results_of(NAME, told)
    for nodes in QUICK_SIZES if told.quick else SIZES:
        measure(results, nodes, 1 if told.quick else ROUNDS)


if __name__ == "__main__":
    main()
