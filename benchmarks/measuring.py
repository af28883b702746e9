"""What all benchmarks share about measuring: time, memory, the middle and the edges."""

import gc
import math
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

STATUS = Path("/proc/self/status")
KIB = 1024


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


def median(values: Sequence[float]) -> float:
    """Return the middle."""
    return statistics.median(values)


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that so large a share of all (0 to 1) do not exceed."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]
