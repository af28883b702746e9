"""What a worker does: a run that it is told of, once among all workers, and its row on the disk.

Only the key goes back. A worker may be a process of ours or a thread of a Dask worker's; a process
does one run at a time, since a world has one thread.
"""

import pickle
import signal
from functools import lru_cache
from pathlib import Path
from threading import Lock, Thread
from typing import Any

from simulator.scenario.run.interrupts import Interrupts
from simulator.studies.design import Design, RunSpec
from simulator.studies.reader import read_written
from simulator.studies.run import Interrupted, perform
from simulator.studies.shards import Shards
from simulator.system import program
from simulator.system.processes import end_with_parent
from simulator.words.errors import ConfigurationError

_one_at_a_time = Lock()
_interrupts = Interrupts(last_word=False)
_shards: dict[tuple[str, str], Shards] = {}


def order_of(design: Design) -> bytes:
    """Return what workers are told of a study.

    Raises:
        ConfigurationError: a function in it has no place that another process could find.
    """
    try:
        return pickle.dumps((program.sources(), design.written))
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise ConfigurationError(
            f"The study can't be told to other processes, so take jobs=1: {error}."
        ) from None


@lru_cache(maxsize=4)
def _design_of(order: bytes) -> Design:
    sources, written = pickle.loads(order)  # noqa: S301 - from our own client
    if sources != program.sources():
        raise ConfigurationError(
            "A worker has another version of the simulator than the client: install the same."
        )
    return read_written(written)


def work(order: bytes, folder: str, session: str, spec: RunSpec) -> str:
    """Do a run, unless it is finished; return its key.

    Args:
        order: the study, as `order_of` gives it.
        folder: of the study.
        session: names what the client does there now: what was seen in another one may be gone.
        spec: which run.

    Raises:
        Interrupted: the user does not wait for it.
    """
    with _one_at_a_time:
        shards = _shards.get((folder, session))
        if shards is None:
            while _shards:
                _shards.popitem()[1].close()
            shards = _shards[folder, session] = Shards(Path(folder))
        return perform_once(_design_of(order), shards, spec, _interrupts)


def perform_once(design: Design, shards: Shards, spec: RunSpec, interrupts: Interrupts) -> str:
    """Do a run in this process, unless it is finished; return its key."""
    if interrupts.happened:
        raise Interrupted
    with shards.claimed(spec.key):
        shards.look()
        if spec.key not in shards.places:
            shards.append(perform(design, spec, interrupts))
    return spec.key


def begin(stopping: Any) -> None:
    """Prepare a process that works for another one, and ends with it.

    Args:
        stopping: an event that tells when nobody waits for the runs in progress any longer.
    """
    end_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal tells all; the client decides
    Thread(target=_listen, args=(stopping,), daemon=True).start()


def _listen(stopping: Any) -> None:
    stopping.wait()
    _interrupts.happened = True
