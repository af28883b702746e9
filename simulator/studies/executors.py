"""Who runs: processes of ours, an executor of the user's, or a Dask cluster."""

import os
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from typing import Any

from simulator.studies import work
from simulator.words.errors import ConfigurationError

CONNECT_SECONDS = 30
DEFAULT_WINDOW = 64


class Workers:
    """Some executor, and how much it is told at a time.

    Args:
        executor: what runs.
        window: how many runs it knows of at a time: memory must not grow with the study.
    """

    def __init__(self, executor: Executor, window: int = DEFAULT_WINDOW) -> None:
        self.executor = executor
        self.window = window

    def renew(self) -> bool:
        """Make an executor that has broken anew; return False if nobody can."""
        return False

    def hurry(self) -> None:
        """End the runs in progress: nobody waits for them."""


class Processes(Workers):
    """Processes of our own.

    Args:
        jobs: how many.
    """

    def __init__(self, jobs: int) -> None:
        self._jobs = jobs
        self._context = get_context("spawn")
        self._stopping: Any = self._context.Event()
        super().__init__(self._pool(), 4 * jobs)

    def _pool(self) -> Executor:
        return ProcessPoolExecutor(
            self._jobs, self._context, initializer=work.begin, initargs=(self._stopping,)
        )

    def renew(self) -> bool:
        """Start other processes."""
        self.executor.shutdown(wait=False, cancel_futures=True)
        self.executor = self._pool()
        return True

    def hurry(self) -> None:
        """Tell the processes, which look between two steps of a world."""
        self._stopping.set()


def cores() -> int:
    """Return how many processors this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on every system
        return os.cpu_count() or 1


@contextmanager
def processes(jobs: int) -> Iterator[Workers]:
    """Run in so many processes of this machine."""
    workers = Processes(jobs)
    try:
        yield workers
    finally:
        workers.executor.shutdown(wait=True, cancel_futures=True)


@contextmanager
def cluster(scheduler: str) -> Iterator[Workers]:
    """Run on an existing Dask cluster.

    Args:
        scheduler: its address, such as `tcp://10.0.0.1:8786`.

    Raises:
        ConfigurationError: Dask is not installed, or nobody answers there.
    """
    try:
        from distributed import Client  # noqa: PLC0415 - of an extra
    except ImportError:
        raise ConfigurationError(
            "--scheduler needs Dask: pip install 'raiden-simulator[dask]'."
        ) from None
    try:
        client = Client(scheduler, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise ConfigurationError(f"There is no Dask scheduler at {scheduler}: {reason}.") from None
    try:
        threads = sum(client.ncores().values())
        # a run has effects, so equal calls must not be taken for one
        executor = client.get_executor(pure=False)
        yield Workers(executor, max(16, 4 * threads))
    finally:
        client.close()
