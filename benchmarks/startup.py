"""How long it takes until something can be used: from the start of a process, imports included.

`simulator up` until it prints `ready`, after which every port really answers; the flagship
scenario and all shipped scenarios until the command has ended. The median of several runs counts,
after one that fills the file caches.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import httpx

from benchmarks.measuring import cpu_s_of, median
from benchmarks.results import Results, parser, results_of
from benchmarks.serving import serving

NAME = "startup"
SCENARIOS = Path(__file__).parents[1] / "scenarios"
FLAGSHIP = SCENARIOS / "too_few_peers.yaml"


@dataclass(frozen=True, slots=True)
class Started:
    """Seconds until something could be used, and the processor's part; None: not to be had."""

    wall_s: float
    cpu_s: float | None


def start_up(nodes: int) -> tuple[Started, Started]:
    """Start a testnet; return what it takes until it is ready and until every port has answered."""
    begun = time.perf_counter()
    with serving(nodes) as served:
        ready = Started(time.perf_counter() - begun, cpu_s_of(served.process))
        with httpx.Client(trust_env=False) as client:
            for url in served.urls:
                client.get(f"{url}/api/v1/connections").raise_for_status()
        return ready, Started(time.perf_counter() - begun, cpu_s_of(served.process))


def run(*arguments: str) -> Started:
    """Run scenarios and return what it takes until the command has ended."""
    command = [sys.executable, "-m", "simulator", "run", *arguments]
    begun, before = time.perf_counter(), _children_s()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True, timeout=600)
    return Started(time.perf_counter() - begun, _children_s() - before)


def _children_s() -> float:
    times = os.times()
    return times.children_user + times.children_system


def repeated(work: Callable[[], Started], times: int) -> list[Started]:
    """Do something several times, and once before."""
    work()
    return [work() for _ in range(times)]


def report(results: Results, what: str, runs: list[Started], limit: float | None = None) -> None:
    """Write the median, and compare it with what it should be."""
    seconds = [started.wall_s for started in runs]
    processor = [started.cpu_s for started in runs if started.cpu_s is not None]
    results.row(
        "startup",
        what=what,
        seconds=median(seconds),
        shortest=min(seconds),
        longest=max(seconds),
        cpu_s=median(processor) if processor else None,
        runs=len(runs),
    )
    if limit is not None:
        results.target(what, median(seconds), "s", at_most=limit)


def main() -> None:
    """Measure and print."""
    options = parser(__doc__).parse_args()
    results = results_of(NAME, options)
    times = 1 if options.quick else 5
    for nodes in (2,) if options.quick else (100, 1_000):
        pairs = [start_up(nodes) for _ in range(times + 1)][1:]
        command = f"`simulator up --nodes {nodes}`"
        limit = 5 if nodes == 1_000 else None
        report(results, f"{command} until `ready`", [ready for ready, _ in pairs], limit)
        report(results, f"{command} until every port has answered", [all_ for _, all_ in pairs])
    flagship = repeated(lambda: run(str(FLAGSHIP)), times)
    report(results, "`simulator run scenarios/too_few_peers.yaml`", flagship, 2)
    if not options.quick:
        everything = repeated(lambda: run(str(SCENARIOS), "--jobs=2"), 3)
        report(results, "`simulator run scenarios/ --jobs 2`", everything, 30)


if __name__ == "__main__":
    main()
