"""Lets a world live on an asyncio event loop, beside the requests that come in.

One thread: whoever handles a request puts calls into the simulation and awaits their results; the
driver runs the simulation in slices of a few milliseconds and lets the loop turn between them, so
that nobody waits long for an answer that needs no time.
"""

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic
from typing import Any, TypeVar, cast

import simpy

from simulator.kernel.clock import Clock, when_over
from simulator.node.world import CallResult
from simulator.words.errors import ConfigurationError, InternalFault, ShuttingDown, SimulatorError

logger = logging.getLogger(__name__)

SLICE_SECONDS = 0.003
"""How long (wall time) the simulation runs before the event loop gets its turns."""

TURNS = 6
"""Turns of the event loop between two slices: about what a small request needs from its arrival
to its answer."""

MAX_FACTOR = 10_000.0

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Pace:
    """How virtual time passes.

    Attributes:
        factor: virtual seconds for each second of the wall clock; None is *warp*: time jumps to
            whatever a call in progress or a transaction waits for, and stands still otherwise.
    """

    factor: float | None = None

    @classmethod
    def parse(cls, text: str) -> "Pace":
        """Read ``warp``, ``realtime`` or ``realtime:FACTOR``.

        Raises:
            ConfigurationError: the text is none of these.
        """
        name, colon, number = text.partition(":")
        if text == "warp":
            return cls()
        if name == "realtime":
            try:
                factor = float(number) if colon else 1.0
            except ValueError:
                factor = math.nan
            if 0 < factor <= MAX_FACTOR:
                return cls(factor)
        raise ConfigurationError(
            f"{text!r} is no pace: use warp, realtime or realtime:FACTOR (above 0, up to 10000)."
        )

    def __str__(self) -> str:
        return "warp" if self.factor is None else f"realtime:{self.factor:g}"


WARP = Pace()


class Driver:
    """Runs a clock on the running event loop. All methods belong to the loop's thread.

    Args:
        clock: the world's time.
        pace: how it passes.
    """

    def __init__(self, clock: Clock, pace: Pace = WARP) -> None:
        self.pace = pace
        self._clock = clock
        self._wake = asyncio.Event()
        self._closing = asyncio.Event()
        self._open: set[asyncio.Future[CallResult[Any]]] = set()
        self._hurrying = 0
        self._origin = clock.now
        self._started = monotonic()

    async def call(self, start: Callable[[], simpy.Process], *, hurry: bool = False) -> Any:
        """Start a process that ends with a `CallResult`, and return its value.

        Args:
            start: makes the process.
            hurry: whether time passes as fast as it can until the process has ended, also when
                it is tied to the wall clock: somebody wants to skip it.

        Raises:
            SimulatorError: the expected error in the result; `ShuttingDown` if that comes first.
        """
        if self._closing.is_set():
            raise ShuttingDown
        self.synchronize()
        self._hurrying += hurry
        try:
            return (await self.wait(start())).unwrap()
        finally:
            self._hurrying -= hurry
            if hurry:
                self._rebase()

    async def wait(self, process: simpy.Process) -> CallResult[Any]:
        """Return the result of a process; it goes on even if the caller is cancelled."""
        if process.processed:
            return cast("CallResult[Any]", process.value)
        answer: asyncio.Future[CallResult[Any]] = asyncio.get_running_loop().create_future()
        when_over(process, lambda result: _resolve(answer, result))
        self._open.add(answer)
        self.kick()
        try:
            return await answer
        finally:
            self._open.discard(answer)

    def act(self, action: Callable[[], T]) -> T:
        """Do something to the world that takes no time."""
        self.synchronize()
        try:
            return action()
        finally:
            self.kick()

    async def unless_closed(self, work: Awaitable[T]) -> T:
        """Await something that comes from outside, as long as the driver is not closed.

        Raises:
            ShuttingDown: it was closed first.
        """
        task = asyncio.ensure_future(work)
        closing = asyncio.ensure_future(self._closing.wait())
        try:
            await asyncio.wait((task, closing), return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                raise ShuttingDown
            return task.result()
        finally:
            closing.cancel()
            task.cancel()

    def kick(self) -> None:
        """Look for work: the world has changed."""
        self._wake.set()

    def synchronize(self) -> None:
        """Let virtual time catch up with the wall clock, where it is tied to it."""
        if self.pace.factor is not None and not self._hurrying:
            self._clock.pass_time(self._due_time())

    async def run(self) -> None:
        """Drive the world until `close` is called."""
        while not self._closing.is_set():
            self._wake.clear()
            if self._may_step():
                self._slice()
                for _ in range(TURNS):
                    await asyncio.sleep(0)
            else:
                await self._sleep()

    def close(self) -> None:
        """Stop driving; open calls end with `ShuttingDown`."""
        self._closing.set()
        self._end_open_calls(ShuttingDown())
        self.kick()

    def _slice(self) -> None:
        end = monotonic() + SLICE_SECONDS
        try:
            while self._may_step():
                self._clock.step()
                if monotonic() >= end:
                    return
        except SimulatorError as error:  # such as a remote chain that is gone
            logger.warning("%s Open calls are answered with this error.", error)
            self._end_open_calls(error)
        except Exception:
            logger.exception("The simulation failed; open calls are answered with an error")
            self._end_open_calls(InternalFault())

    def _may_step(self) -> bool:
        if self.pace.factor is None or self._hurrying:
            return self._clock.may_advance()
        return self._clock.next_time <= self._due_time()

    async def _sleep(self) -> None:
        timeout = None
        if self.pace.factor is not None and self._clock.next_time < math.inf:
            timeout = (self._clock.next_time - self._due_time()) / self.pace.factor
        with suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), timeout)

    def _due_time(self) -> float:
        """Return what virtual time it should be by the wall clock."""
        return self._origin + (monotonic() - self._started) * (self.pace.factor or 0)

    def _rebase(self) -> None:
        """Tie the present virtual time to the present moment, after time was skipped."""
        self._origin, self._started = self._clock.now, monotonic()

    def _end_open_calls(self, error: SimulatorError) -> None:
        for answer in self._open:
            _resolve(answer, CallResult(error=error))


def _resolve(answer: asyncio.Future[CallResult[Any]], result: CallResult[Any]) -> None:
    if not answer.done():
        answer.set_result(result)
