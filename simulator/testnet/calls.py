"""Calls of a node that take time: made, pending, and answered."""

from collections.abc import Callable
from functools import update_wrapper
from inspect import Signature, signature
from typing import Any, Concatenate, Generic, ParamSpec, Self, TypeVar, overload

import simpy

from simulator.kernel.clock import when_over
from simulator.node.world import CallResult, World
from simulator.words.errors import SimulatorError

T = TypeVar("T")
P = ParamSpec("P")
N = TypeVar("N")


def wait_for(world: World, process: simpy.Process) -> Any:
    """Let time pass until a process has ended; return its value or raise its error."""
    world.clock.wait(process)
    result = process.value
    assert isinstance(result, CallResult)  # noqa: S101 - what `World.spawn` promises
    return result.unwrap()


class PendingCall(Generic[T]):
    """A call that has been made but not waited for.

    Attributes:
        name: which call, such as `join`.
        node: the number of the node that it was made of.
        began: when it was made, in virtual seconds.
        ended: when its answer came, in virtual seconds; None until then.
    """

    def __init__(
        self, world: World, name: str, node: int, call: "simpy.Process | SimulatorError"
    ) -> None:
        self.name = name
        self.node = node
        self.began = world.clock.now
        self.ended: float | None = None
        self._world = world
        self._answer: CallResult[T] | None = None
        self._call = call
        self._convert: Callable[[Any], T] = lambda value: value
        if isinstance(call, SimulatorError):  # refused before it queued
            self._end(CallResult(error=call))
        else:
            when_over(call, self._end)

    def _end(self, answer: CallResult[T]) -> None:
        self.ended = self._world.clock.now
        self._answer = answer

    def converted(self, convert: Callable[[Any], T]) -> Self:
        """Have the answer's value shown in another way."""
        self._convert = convert
        return self

    @property
    def done(self) -> bool:
        """Whether the answer is there."""
        return self._answer is not None

    @property
    def error(self) -> SimulatorError | None:
        """Why the call failed; None while it isn't done, and if it has succeeded."""
        return None if self._answer is None else self._answer.error

    def result(self) -> T:
        """Let time pass until the answer is there, and return it.

        Raises:
            SimulatorError: the call failed; the class says why.
        """
        if isinstance(self._call, simpy.Process):
            self._world.clock.wait(self._call)
        assert self._answer is not None  # noqa: S101 - every call gets its answer
        return self._convert(self._answer.unwrap())

    def __repr__(self) -> str:
        how = "failed" if self.error else "ended"
        end = "pending" if self.ended is None else f"{how} {self.ended:g} s"
        end += f": {self.error}" if self.error else ""
        return f"<{self.name} of node {self.node}, began {self.began:g} s, {end}>"


class NodeCall(Generic[P, T]):
    """A call of one node: waits for its answer; `begin` only makes it, so that calls overlap."""

    def __init__(self, begin: Callable[P, PendingCall[T]]) -> None:
        self._begin = begin
        update_wrapper(self, begin)

    def __repr__(self) -> str:
        return f"<call {_parameters(self._begin)}>"

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> T:
        """Make the call, let time pass until its answer is there, and return it."""
        return self._begin(*args, **kwargs).result()

    def begin(self, *args: P.args, **kwargs: P.kwargs) -> PendingCall[T]:
        """Make the call and return at once."""
        return self._begin(*args, **kwargs)


def _parameters(method: Callable[..., object]) -> str:
    found = list(signature(method).parameters.values())
    plain = [one.replace(annotation=one.empty) for one in found if one.name != "self"]
    return f"{method.__name__}{Signature(plain)}"


class NodeCallMethod(Generic[N, P, T]):
    """A method that makes a call, as a `NodeCall` of each handle."""

    def __init__(self, method: "Callable[Concatenate[N, P], PendingCall[T]]") -> None:
        self._method = method
        self.__doc__ = method.__doc__

    def __repr__(self) -> str:  # what `help` shows in front of the description
        return f"<call {_parameters(self._method)}>"

    @overload
    def __get__(self, node: None, owner: type) -> "NodeCallMethod[N, P, T]": ...

    @overload
    def __get__(self, node: N, owner: type) -> NodeCall[P, T]: ...

    def __get__(self, node: N | None, owner: type) -> "NodeCallMethod[N, P, T] | NodeCall[P, T]":
        """Return the call of a handle."""
        return self if node is None else NodeCall(self._method.__get__(node, owner))
