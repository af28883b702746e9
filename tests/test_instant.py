"""An instant has SimPy's own order of events, and nothing that comes later."""

from collections.abc import Generator

import pytest
import simpy
from hypothesis import given
from hypothesis import strategies as st
from simpy.core import EmptySchedule

from simulator.kernel.instant import Instant

MOST = 4
"""Processes, and events that they share."""

WAIT, TRIGGER, START, INTERRUPT = range(4)
PROGRAMS = st.lists(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, MOST - 1)), max_size=6),
    min_size=MOST,
    max_size=MOST,
)
"""What each process does, step by step."""

Program = list[tuple[int, int]]


def history(env: simpy.Environment, programs: list[Program]) -> list[object]:
    """Let processes wait for, trigger, start and interrupt each other; return what happened."""
    seen: list[object] = []
    events = [env.event() for _ in range(MOST)]
    processes: dict[int, simpy.Process] = {}

    def start(name: int) -> None:
        if name not in processes:
            processes[name] = env.process(steps(name))

    def steps(name: int) -> Generator[simpy.Event, object, None]:
        for number, (what, which) in enumerate(programs[name]):
            seen.append((name, number))
            other = processes.get(which)
            try:
                if what == WAIT:
                    yield events[which]
                elif what == TRIGGER and not events[which].triggered:
                    events[which].succeed()
                elif what == START:
                    start(which)
                elif what == INTERRUPT and other and other.is_alive and which != name:
                    other.interrupt()
            except simpy.Interrupt:
                seen.append((name, number, "interrupted"))

    start(0)
    start(1)
    while env.peek() <= env.now:
        env.step()
    return seen


@given(PROGRAMS)
def test_events_happen_in_the_order_of_simpys_own_queue(programs: list[Program]) -> None:
    assert history(Instant(0.0), programs) == history(simpy.Environment(0.0), programs)


def test_what_is_called_soon_comes_behind_what_is_there() -> None:
    now, seen = Instant(5.0), list[str]()
    first, last = now.event(), now.event()
    for event, name in ((first, "first"), (last, "last")):
        assert event.callbacks is not None
        event.callbacks.append(lambda _, name=name: seen.append(name))  # type: ignore[misc]
    first.succeed()
    now.soon(lambda: seen.append("soon"))
    last.succeed()
    assert (now.is_over, now.peek()) == (False, 5.0)
    while not now.is_over:
        now.step()
    assert seen == ["first", "soon", "last"]
    assert now.peek() == float("inf")
    with pytest.raises(EmptySchedule):
        now.step()


def test_nothing_comes_later() -> None:
    with pytest.raises(ValueError, match="set a timer of the clock"):
        Instant(0.0).timeout(1)


def test_a_failure_that_nobody_takes_in_is_raised() -> None:
    now = Instant(0.0)
    now.event().fail(KeyError("nobody"))
    with pytest.raises(KeyError, match="nobody"):
        now.step()
