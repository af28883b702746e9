"""One at a time, in order of arrival: a node's API calls, and whoever works in a token network."""

from types import TracebackType
from typing import Self

import simpy


class Turn(simpy.Event):
    """A place in a queue; it succeeds when it is its holder's turn.

    As a context manager it is given back at the end, whether or not its time has come.
    """

    def __init__(self, turns: "Turns") -> None:
        super().__init__(turns.env)
        self._turns = turns

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._turns.give_back(self)


class Turns:
    """A queue for something that only one can have.

    It does what a SimPy resource does, at the same moments, and makes no event of giving
    something back that nobody waits for. One that nobody uses has a tenth of a resource's size,
    and every node has two.

    Args:
        env: runs those who wait.
    """

    __slots__ = ("_holder", "_waiting", "env")

    def __init__(self, env: simpy.Environment) -> None:
        self.env = env
        self._holder: Turn | None = None
        self._waiting: list[Turn] = []

    @property
    def busy(self) -> bool:
        """Whether somebody has it or waits for it."""
        return self._holder is not None or bool(self._waiting)

    def request(self) -> Turn:
        """Queue for it."""
        turn = Turn(self)
        if self._holder is None and not self._waiting:
            self._hand_to(turn)
        else:
            self._waiting.append(turn)
            self._next()
        return turn

    def give_back(self, turn: Turn) -> None:
        """Let the next one have it, or wait for it no longer."""
        if turn is self._holder:
            self._holder = None
            if self._waiting:  # a moment later, as with a resource
                pause = self.env.event()
                assert pause.callbacks is not None  # noqa: S101 - a new event has callbacks
                pause.callbacks.append(lambda _: self._next())
                pause.succeed()
        elif turn in self._waiting:
            self._waiting.remove(turn)

    def _next(self) -> None:
        if self._holder is None and self._waiting:
            self._hand_to(self._waiting.pop(0))

    def _hand_to(self, turn: Turn) -> None:
        self._holder = turn
        turn.succeed()
