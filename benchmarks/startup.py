"""How long it takes until something can be used: from the start of a process, imports included.

`simulator up` until it prints `ready`, after which every port really answers; the flagship
scenario and all shipped scenarios until the command has ended. The median of several runs counts,
after one that fills the file caches.
"""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx

from benchmarks.measuring import median
from benchmarks.results import Results, parser, results_of
from benchmarks.serving import serving

NAME = "startup"
SCENARIOS = Path(__file__).parents[1] / "scenarios"
FLAGSHIP = SCENARIOS / "too_few_peers.yaml"


def start_up(nodes: int) -> tuple[float, float]:
    """Start a testnet; return the seconds until it is ready and until every port has answered."""
    begun = time.perf_counter()
    with serving(nodes) as served:
        ready = time.perf_counter() - begun
        with httpx.Client(trust_env=False) as client:
            for url in served.urls:
                client.get(f"{url}/api/v1/connections").raise_for_status()
        return ready, time.perf_counter() - begun


def run(*arguments: str) -> float:
    """Run scenarios and return the seconds until the command has ended."""
    command = [sys.executable, "-m", "simulator", "run", *arguments]
    begun = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True, timeout=600)
    return time.perf_counter() - begun


def repeated(work: Callable[[], float], times: int) -> list[float]:
    """Do something several times, and once before."""
    work()
    return [work() for _ in range(times)]


def report(results: Results, what: str, seconds: list[float], limit: float | None = None) -> None:
    """Write the median, and compare it with what it should be."""
    middle = median(seconds)
    shortest, longest = min(seconds), max(seconds)
    row = {"seconds": middle, "shortest": shortest, "longest": longest, "runs": len(seconds)}
    results.row("startup", what=what, **row)
    if limit is not None:
        results.target(what, middle, "s", at_most=limit)


def main(arguments: list[str] | None = None) -> None:
    """Measure and print."""
    options = parser(__doc__).parse_args(arguments)
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
