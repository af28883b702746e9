"""What all benchmarks share about measuring: time, memory, the middle and the edges."""

import gc
import math
import os
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

PROCESSES = Path("/proc")
STATUS = PROCESSES / "self" / "status"
KIB, MIB, GIB = 2**10, 2**20, 2**30


@dataclass(frozen=True, slots=True)
class Taken:
    """How long something took: on the wall's clock, and of this process on the processor."""

    wall_s: float
    cpu_s: float


def timed(work: Callable[[], object]) -> Taken:
    """Do some work, without the garbage of what was before it."""
    gc.collect()
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return Taken(time.perf_counter() - wall, time.process_time() - cpu)


def peak_memory_bytes() -> int:
    """Return the most memory that this process has had so far.

    The kernel's own mark is read where there is one: `getrusage` would count what the process was
    before it became this program, too.
    """
    if STATUS.exists():
        for line in STATUS.read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * KIB
    import resource  # noqa: PLC0415 - only Unix has it

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * KIB


def memory_bytes_of(process: int) -> int:
    """Return how much memory a process has now; only Linux tells."""
    for line in (PROCESSES / str(process) / "status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * KIB
    raise RuntimeError(f"The process {process} has ended.")


def limit_memory(share: float) -> None:
    """Let this process fail when it wants more than a share of the machine's memory.

    Otherwise the kernel would end it, or something else.
    """
    import resource  # noqa: PLC0415 - only Unix has it

    whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    resource.setrlimit(resource.RLIMIT_AS, (int(share * whole), resource.RLIM_INFINITY))


def cpu_s_of(process: int) -> float | None:
    """Return the processor's time of another process so far; None where the kernel hides it."""
    file = PROCESSES / str(process) / "stat"
    if not file.exists():
        return None
    words = file.read_text(encoding="utf-8").rpartition(")")[2].split()
    return sum(map(int, words[11:13])) / os.sysconf("SC_CLK_TCK")


def median(values: Sequence[float]) -> float:
    """Return the middle."""
    return statistics.median(values)


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that so large a share of all (0 to 1) do not exceed."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]
