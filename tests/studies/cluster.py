"""A Dask cluster of two workers on this machine, as a program of its own.

It prints the scheduler's address, then, for each line that it is told, the workers' processes; it
ends with its standard input.
"""

import json
import sys

from distributed import LocalCluster


def main() -> None:
    """Be there until nobody asks any more."""
    with LocalCluster(
        n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None
    ) as cluster:
        print(cluster.scheduler_address, flush=True)  # noqa: T201
        for _ in sys.stdin:
            pids = [nanny.pid for nanny in cluster.workers.values() if nanny.pid]
            print(json.dumps(pids), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
