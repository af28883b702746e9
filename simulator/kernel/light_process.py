"""A process that costs half of one of SimPy's, for what is done hundreds of thousands of times."""

from collections.abc import Callable, Generator
from functools import partial
from typing import Any, Generic, TypeVar

import simpy

from simulator.kernel.clock import Clock
from simulator.kernel.journal import Journal

T = TypeVar("T")


class LightProcess(Generic[T]):
    """Goes through steps as a SimPy process does, and tells one listener what came of them.

    It begins at once, and nobody can wait for it. `done` is called in the place of whoever would
    wait for a SimPy process, so that everything happens in the same order. What is recorded in its
    steps came about on behalf of whatever is in progress when it is made.

    Args:
        clock: of the world.
        journal: where the steps are recorded.
        steps: they yield the events that they wait for, and must not fail.
        done: told what they return.
    """

    __slots__ = ("_awaited", "_cause", "_clock", "_done", "_journal", "_steps")

    def __init__(
        self,
        clock: Clock,
        journal: Journal,
        steps: Generator[simpy.Event, Any, T],
        done: Callable[[T], None],
    ) -> None:
        self._clock = clock
        self._journal = journal
        self._cause = journal.cause
        self._steps = steps
        self._done = done
        self._awaited: simpy.Event | None = None

    def begin(self) -> None:
        """Go through the steps as far as they wait for nothing."""
        self._go_on(next, self._steps)

    @property
    def is_alive(self) -> bool:
        """Whether it waits for something."""
        return self._awaited is not None

    def interrupt(self, cause: object) -> None:
        """Throw a `simpy.Interrupt` into the steps, whatever they wait for; it must be alive."""
        awaited, self._awaited = self._awaited, None
        assert awaited is not None  # noqa: S101 - only what is alive is interrupted
        if awaited.callbacks is not None:
            awaited.callbacks.remove(self._on_event)
        self._clock.soon(partial(self._go_on, self._steps.throw, simpy.Interrupt(cause)))

    def _on_event(self, event: simpy.Event) -> None:
        self._go_on(self._steps.send, event.value)

    def _go_on(self, step: Callable[[Any], simpy.Event], argument: Any) -> None:
        self._awaited = None
        journal, before = self._journal, self._journal.cause
        journal.cause = self._cause  # without `acting_for`: this is done a million times
        try:
            awaited = step(argument)
        except StopIteration as end:
            self._clock.soon(partial(self._done, end.value))
            del (
                self._steps,
                self._done,
            )  # else who listens and knows this process lives as long as it
            return
        finally:
            journal.cause = before
        assert awaited.callbacks is not None  # noqa: S101 - what is to come has callbacks
        awaited.callbacks.append(self._on_event)
        self._awaited = awaited
