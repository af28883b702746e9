"""One at a time, in order of arrival: a node's API calls, and whoever works in a token network."""

from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Self

import simpy

from simulator.kernel.clock import Clock


class Turn:
    """A place in a queue. As a context manager it is given back at the end, come or not."""

    __slots__ = ("_come", "_turns", "_waits")

    def __init__(self, turns: "Turns") -> None:
        self._turns = turns
        self._waits = True
        self._come: Callable[[], object] | None = None

    def wait(self) -> Iterable[simpy.Event]:
        """Return what to wait for until it has come: nothing, if nobody is before."""
        if not self._waits:
            return ()
        event = self._turns.event()
        self._come = event.succeed
        return (event,)

    def then(self, callback: Callable[[], None]) -> None:
        """Call `callback` when it has come: at once, if nobody is before."""
        if self._waits:
            self._come = callback
        else:
            callback()

    def come(self) -> None:
        """Be next; told by the queue."""
        self._waits = False
        if self._come is not None:
            self._come()

    def give_back(self) -> None:
        """Let the next one have it, or wait for it no longer."""
        self._turns.give_back(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.give_back()


class Turns:
    """A queue for something that only one can have.

    It does what a SimPy resource does, and makes no event where nobody has to wait. One that
    nobody uses has a tenth of a resource's size, and every node has two.

    Args:
        clock: of the world in which they wait.
    """

    __slots__ = ("_clock", "_holder", "_waiting")

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._holder: Turn | None = None
        self._waiting: list[Turn] | None = None  # mostly nobody ever waits

    @property
    def busy(self) -> bool:
        """Whether somebody has it or waits for it."""
        return self._holder is not None or bool(self._waiting)

    def event(self) -> simpy.Event:
        """Return what somebody waits for."""
        return self._clock.env.event()

    def request(self) -> Turn:
        """Queue for it."""
        turn = Turn(self)
        if not self.busy:
            self._hand_to(turn)
        elif self._waiting is None:
            self._waiting = [turn]
        else:
            self._waiting.append(turn)
            self._next()
        return turn

    def give_back(self, turn: Turn) -> None:
        """Let the next one have it, or wait for it no longer."""
        if turn is self._holder:
            self._holder = None
            if self._waiting:  # a moment later: who gives it back has not finished yet
                self._clock.soon(self._next)
        elif self._waiting and turn in self._waiting:
            self._waiting.remove(turn)

    def _next(self) -> None:
        if self._holder is None and self._waiting:
            self._hand_to(self._waiting.pop(0))

    def _hand_to(self, turn: Turn) -> None:
        self._holder = turn
        turn.come()
