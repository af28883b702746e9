"""What a study costs beside its runs: time for each, and the client's memory at 100,000 rows.

Runs are only pretended: a row is there at once, as long as a real one. Everything else is as it
is: processes, claims, shards, keys that come back, and tables at the end.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import ExitStack
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from benchmarks.measuring import MIB, peak_memory_bytes
from benchmarks.results import child, parser, results_of
from simulator.studies import work
from simulator.studies.design import Design, RunSpec
from simulator.studies.execution import execute
from simulator.studies.executors import Workers, cluster
from simulator.studies.reader import read_sections
from simulator.studies.run import Row

NAME = "studies"
RUNS, FEW = 100_000, 200
DASK_RUNS = 5_000
PROCESSES = 2


def pretended(_: Design, spec: RunSpec, __: object) -> Row:
    """Return a row without a run."""
    measures: dict[str, Any] = {"channels": 54, "components": 1, "degree_gini": 17 / 45}
    return Row(
        spec.key, "passed", digest="0" * 64, measures=measures, wall_seconds=0.1, host="here"
    )


def instantly(*task: Any) -> str:
    """Do what a worker does, but for the run itself."""
    vars(work)["perform"] = pretended
    return work.work(*task)


class Pretending(Executor):
    """Hands on to another executor that runs are only pretended."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    def submit(self, _: Callable[..., Any], /, *task: Any, **__: Any) -> "Future[Any]":
        """Have a run pretended."""
        return self._executor.submit(instantly, *task)


def measured(runs: int, scheduler: str | None) -> dict[str, float | int]:
    """Return what a study of so many runs costs this process, and how long it takes."""
    design = read_sections(
        {
            "chain": {"engine": "model"},
            "nodes": {"count": 20},
            "growth": {"funds": 1000},
            "factors": {"growth.initial_channel_target": [1, 2, 3, 4, 5]},
            "strategies": ["random", "highest_degree"],
            "measures": ["channels", "components", "degree_gini"],
            "replications": runs // 10,
        }
    )
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        if scheduler is None:
            pool: Executor = ProcessPoolExecutor(PROCESSES, get_context("spawn"))
            workers = Workers(stack.enter_context(pool))
        else:
            workers = stack.enter_context(cluster(scheduler))
        workers.executor = Pretending(workers.executor)
        begun = time.perf_counter()
        done = execute(design, folder, workers=workers)
        seconds = time.perf_counter() - begun
        assert done.runs == runs
    return {"runs": runs, "seconds": seconds, "peak_bytes": peak_memory_bytes()}


def on_dask(runs: int) -> dict[str, Any]:
    """Measure with a cluster of two workers on this machine."""
    from distributed import LocalCluster  # noqa: PLC0415 - of an extra

    with LocalCluster(
        n_workers=PROCESSES, threads_per_worker=1, host="127.0.0.1", dashboard_address=None
    ) as there:
        return child(f"benchmarks.{NAME}", f"--child={runs}", there.scheduler_address)


def main() -> None:
    """Measure and print."""
    options = parser(__doc__)
    options.add_argument("--child", type=int, help=argparse.SUPPRESS)
    options.add_argument("scheduler", nargs="?", help=argparse.SUPPRESS)
    told = options.parse_args()
    if told.child:
        print(json.dumps(measured(told.child, told.scheduler)))
        return
    results = results_of(NAME, told)
    many, dask = (FEW, FEW) if told.quick else (RUNS, DASK_RUNS)
    for way, row in (
        (f"{PROCESSES} processes", child(f"benchmarks.{NAME}", f"--child={many}")),
        (f"Dask, {PROCESSES} workers", on_dask(dask)),
    ):
        # of all of them together: the client is what they wait for
        overhead_ms = 1_000 * row["seconds"] / row["runs"]
        memory = row["peak_bytes"] / MIB
        results.row(NAME, way=way, runs=row["runs"], ms_for_each=overhead_ms, client_mib=memory)
        results.target(f"{way}: beside a run", overhead_ms, "ms", at_most=5)
        results.target(f"{way}: the client at {row['runs']:,} rows", memory, "MiB", at_most=300)


if __name__ == "__main__":
    main()
