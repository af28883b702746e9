"""What happens in one instant, in order: SimPy's environment without a future.

All that is to come later is a timer of the clock, so no queue is sorted here. Events happen in the
order in which they are triggered, but for the beginnings and interruptions of processes, which come
first: the order that SimPy's own queue gives to events of one time.
"""

from collections import deque
from collections.abc import Callable
from functools import partial
from math import inf

import simpy
from simpy.core import EmptySchedule
from simpy.events import NORMAL, URGENT, EventPriority


class Instant(simpy.Environment):
    """An environment in which events happen now, or not at all.

    Args:
        now: the time, until the clock moves it.
    """

    def __init__(self, now: float) -> None:
        super().__init__(now)
        self._first: deque[Callable[[], None]] = deque()
        self._then: deque[Callable[[], None]] = deque()

    def schedule(
        self, event: simpy.Event, priority: EventPriority = NORMAL, delay: float = 0
    ) -> None:
        """Let an event happen in this instant.

        Raises:
            ValueError: it is to happen later; the clock has timers for that.
        """
        if delay:
            raise ValueError("an instant has no later: set a timer of the clock")
        queue = self._first if priority == URGENT else self._then
        queue.append(partial(_happen, event))

    def soon(self, callback: Callable[[], None]) -> None:
        """Call `callback` behind everything that is to happen so far."""
        self._then.append(callback)

    @property
    def is_over(self) -> bool:
        """Whether nothing is left to happen."""
        return not (self._first or self._then)

    def peek(self) -> float:
        """Return the time if something is left to happen, and infinity otherwise."""
        return inf if self.is_over else self._now

    def step(self) -> None:
        """Let the next thing happen.

        Raises:
            EmptySchedule: nothing is left.
        """
        queue = self._first or self._then
        if not queue:
            raise EmptySchedule
        queue.popleft()()

    def move(self, to: float) -> None:
        """Be another instant; nothing may be left to happen in this one."""
        self._now = to


def _happen(event: simpy.Event) -> None:
    callbacks, event.callbacks = event.callbacks, None  # type: ignore[assignment]  # as SimPy does
    for callback in callbacks:
        callback(event)
    if not event.ok and not event.defused:
        assert isinstance(event.value, BaseException)  # noqa: S101 - it has failed
        raise event.value
