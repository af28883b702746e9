"""Ask every question, each in a process of its own, and write docs/performance.md.

A benchmark that fails does not keep the others from running; the exit code is 1 then.
"""

import os
import subprocess
import sys
import time

from benchmarks import render
from simulator.system import large_pages

NAMES = (
    *("transactions", "networks", "start_graphs", "startup", "http_latency", "http_joins"),
    *(
        "memory",
        "node_memory",
        "large_pages",
        "graph_measures",
        "payments",
        "whole_life",
        "studies",
        "profiles",
    ),
)
LIMIT_SECONDS = 1_800


def succeeds(name: str, arguments: list[str]) -> bool:
    """Run a benchmark, and tell whether it has ended well."""
    print(f"\n== {name}", flush=True)
    begun = time.perf_counter()
    command = [sys.executable, "-m", f"benchmarks.{name}", *arguments]
    try:
        ended = subprocess.run(
            command,
            check=False,
            timeout=LIMIT_SECONDS,
            env={**os.environ, **large_pages.missing()},
        )
    except subprocess.TimeoutExpired:
        print(f"{name} took more than {LIMIT_SECONDS} s and was stopped.")
        return False
    print(f"-- {time.perf_counter() - begun:.0f} s", flush=True)
    return ended.returncode == 0


def main() -> int:
    """Measure, write the page, and return the exit code."""
    arguments = sys.argv[1:]
    failed = [name for name in NAMES if not succeeds(name, arguments)]
    if not arguments:
        render.main([])
    if failed:
        print("failed:", ", ".join(failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
