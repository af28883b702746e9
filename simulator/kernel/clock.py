"""Virtual time: the SimPy environment, block slots, and when the world is at rest.

Virtual seconds are the only time. The block number is a function of it: one slot every
`block_time` seconds, one block for each slot. Blocks are made on demand: a slot becomes an event
only while a transaction waits for it, and a stretch of empty blocks is caught up in one call, so
an idle network costs nothing.

SimPy runs the processes and all that happens at one instant (`Instant`). Points in the future go
through `Clock.timer` and not through SimPy's timeouts, because those can't be withdrawn: the queue
would never be empty when nothing is left to do.
"""

import heapq
import math
from collections.abc import Callable, Generator
from contextlib import suppress
from enum import IntEnum
from typing import Any, TypeVar

import simpy
from greenlet import GreenletExit, getcurrent, greenlet

from simulator.kernel.foreground import Foreground
from simulator.kernel.instant import Instant
from simulator.system.garbage import collecting_rarely

T = TypeVar("T")

FEW_TIMERS = 100
"""Nobody tidies up a queue of less."""

Work = Generator[None, None, None]
"""Something long that is done in parts; the world stands still between them."""


class Order(IntEnum):
    """What comes first of two things at the same time."""

    SLOT = 0
    """The block of this moment is mined before anybody acts on its number."""
    NEWS = 1
    """What an older block has told becomes known before anybody acts at all."""
    REST = 2


class Timer:
    """A callback at a point in time, until it fires or is cancelled."""

    __slots__ = ("_clock", "at", "callback", "height", "live", "urgent")

    def __init__(
        self,
        clock: "Clock",
        at: float,
        callback: Callable[[], None],
        urgent: bool,
    ) -> None:
        self._clock = clock
        self.at = at
        self.callback = callback
        self.urgent = urgent
        self.height: int | None = None
        self.live = True

    def end(self) -> Callable[[], None]:
        """Be over, and let go of the callback: whoever set the timer often keeps it."""
        callback, self.callback = self.callback, _do_nothing
        self.live = False
        return callback

    def cancel(self) -> None:
        """Withdraw the timer; its time passes unnoticed."""
        if self.live:
            self.end()
            self._clock.note_cancelled(self)


def when_over(event: simpy.Event, callback: Callable[[Any], None]) -> None:
    """Call `callback` with the value of an event that is still to come, once it is there."""
    assert event.callbacks is not None  # noqa: S101 - what is to come has callbacks
    event.callbacks.append(lambda over: callback(over.value))


def _do_nothing() -> None:
    pass


class _Visit(greenlet):
    """A plain function that runs inside of the world, on a stack of its own.

    So it can wait in the middle of whatever it has called, without being a generator: the stack
    is put aside until the event is there.
    """

    def __init__(self, function: Callable[[], Any], clock: "Clock") -> None:
        super().__init__(function)
        self.clock = clock
        self.ended = False
        self._world = getcurrent()

    def go_on(self) -> Any:
        """Run to the next event that it waits for, or to its end; return that, or its value."""
        self._return_to_caller()
        return self.switch()

    def wait(self, event: simpy.Event) -> None:
        """Let the world go on until an event is over."""
        if self.ended:  # by then nobody goes on with it
            raise GreenletExit
        self._world.switch(event)

    def end(self) -> None:
        """Leave the function where it waits; its `finally` clauses run."""
        self.ended = True
        if not self.dead:
            self._return_to_caller()
            with suppress(Exception):  # of its `finally` clauses: nobody is left to hear of it
                self.throw()

    def _return_to_caller(self) -> None:
        # each time: a program, a scenario or another visit may have stepped the world this time
        self.parent = self._world = getcurrent()


class Clock:
    """The simulation's time and its event loop.

    Timers are kept in a heap, cancelled ones too until they are on top or in the majority: most
    are deadlines that nobody misses. So it grows with what is still to come, and setting or
    cancelling one costs at most a logarithm of that.

    Args:
        block_time: seconds between two slots, a whole number of at least 1.
        start_block: the chain's block number at time 0.

    Attributes:
        foreground: who waits for an answer, as a context.
    """

    def __init__(self, block_time: int, start_block: int) -> None:
        self.env = Instant(0.0)
        self.block_time = block_time
        self.on_slot: Callable[[], Work] = _nothing
        self._start_block = start_block
        self._queue: list[tuple[float, Order, int, Timer]] = []
        self._count = 0
        self._cancelled = 0
        self._urgent = 0
        self.foreground = Foreground()
        self._slot_requested = False
        self._idle: list[simpy.Event] = []
        self._work: Work | None = None
        self._running = False
        self._visits: list[_Visit] = []

    @property
    def now(self) -> float:
        """Virtual seconds since the start."""
        return self.env.now

    @property
    def block_number(self) -> int:
        """The number of the newest block as of now, whether or not it is materialized yet."""
        return self._start_block + int(self.env.now // self.block_time)

    def time_of_block(self, number: int) -> float:
        """Return when a block is (or was) due, in virtual seconds."""
        return float((number - self._start_block) * self.block_time)

    def moment(self) -> tuple[float, int, float]:
        """Return `now`, `block_number`, and when that block was due, in virtual seconds."""
        now = self.env.now
        slot = now // self.block_time
        return now, self._start_block + int(slot), float(slot * self.block_time)

    @property
    def timers(self) -> int:
        """How many timers are kept; of these, more than a hundred are mostly still to come."""
        return len(self._queue)

    def shift_blocks(self, count: int) -> None:
        """Account for blocks mined out of turn (by a user's own web3 transaction)."""
        self._start_block += count
        # who waits for a height has it sooner; who waits for a time has not
        for _, _, _, timer in self._queue:
            if timer.height is not None:
                timer.at = max(self.time_of_block(timer.height), self.now)
        self._queue = [(timer.at, order, nr, timer) for _, order, nr, timer in self._queue]
        heapq.heapify(self._queue)

    def timer(self, at: float, callback: Callable[[], None], *, urgent: bool = False) -> Timer:
        """Call `callback` at a point in time (as soon as possible, if that has passed).

        Args:
            at: virtual seconds since the start.
            callback: called once.
            urgent: whether the world may not rest before it, or only reaches it when
                somebody lets time pass (an automatic settlement far ahead).
        """
        return self._set(at, callback, Order.REST, urgent)

    def at_block(
        self, number: int, callback: Callable[[], None], order: Order = Order.REST
    ) -> Timer:
        """Call `callback` once block `number` is there, or now; news is urgent."""
        timer = self._set(self.time_of_block(number), callback, order, order is Order.NEWS)
        timer.height = number
        return timer

    def soon(self, callback: Callable[[], None]) -> None:
        """Call `callback` in this instant, behind everything that is to happen in it so far."""
        self.env.soon(callback)

    def sleep(self, seconds: float) -> simpy.Event:
        """Return an event that succeeds after `seconds`."""
        return self.alarm(self.now + seconds)[0]

    def alarm(self, at: float) -> tuple[simpy.Event, Timer]:
        """Return an event that succeeds at a point in time, and the timer to withdraw it by."""
        event = self.env.event()

        def ring() -> None:
            event.succeed()

        return event, self.timer(at, ring)

    def idle(self) -> simpy.Event:
        """Return an event that succeeds when nothing else is left to do."""
        event = self.env.event()
        self._idle.append(event)
        return event

    def request_slot(self) -> None:
        """See to it that the next slot is executed: a transaction waits for it."""
        if not self._slot_requested:
            self._slot_requested = True
            number = int(self.now // self.block_time) + 1  # never this one: it may be made already
            at = float(number * self.block_time)
            self._set(at, self._start_slot, Order.SLOT, True)

    def _set(self, at: float, callback: Callable[[], None], order: Order, urgent: bool) -> Timer:
        timer = Timer(self, max(float(at), self.env.now), callback, urgent)
        self._urgent += urgent
        self._count += 1  # settles ties: who was first is first
        heapq.heappush(self._queue, (timer.at, order, self._count, timer))
        return timer

    def note_cancelled(self, timer: Timer) -> None:
        """Take in that one of the timers was withdrawn."""
        self._urgent -= timer.urgent
        self._cancelled += 1
        if 2 * self._cancelled > len(self._queue) > FEW_TIMERS:
            self._queue = [entry for entry in self._queue if entry[-1].live]
            heapq.heapify(self._queue)
            self._cancelled = 0

    def _start_slot(self) -> None:
        self._slot_requested = False
        self._work = self.on_slot()

    @property
    def next_time(self) -> float:
        """When the next thing happens, in virtual seconds; infinite when nothing is left."""
        if self._work is not None or not self.env.is_over:
            return self.now
        while self._queue and not self._queue[0][-1].live:
            heapq.heappop(self._queue)
            self._cancelled -= 1
        if self._queue:
            return self._queue[0][0]
        return self.now if self._idle else math.inf

    def may_advance(self) -> bool:
        """Tell whether something is to be done without anybody asking for time to pass."""
        upcoming = self.next_time
        wanted = self.foreground.count > 0 or self._urgent > 0 or bool(self._idle)
        return upcoming <= self.now or (wanted and upcoming < math.inf)

    @property
    def is_in_slot(self) -> bool:
        """Whether a block is in the making."""
        return self._work is not None

    @property
    def awaits_block(self) -> bool:
        """Whether a block is about to be made, or to become known."""
        return self._urgent > 0

    def step(self) -> None:
        """Do the next piece of work: a part of a slot, an event of this instant, or a timer."""
        if self._work is not None:
            try:
                next(self._work)
            except StopIteration:
                self._work = None
        elif not self.env.is_over:
            self.env.step()
        elif self.next_time > self.now or self._queue:
            self._fire_next_timer()
        else:  # at rest, and somebody waits for that
            waiting, self._idle = self._idle, []
            for event in waiting:
                event.succeed()

    def run(self, until: Callable[[], object] = lambda: False) -> None:
        """Step until `until()` holds or nothing is left to do.

        Raises:
            RuntimeError: it is called by something that the world itself has called.
        """
        if self._running:
            raise RuntimeError("what is called while time passes can't let time pass")
        env = self.env
        self._running = True
        try:
            with collecting_rarely():
                while not until() and self.next_time < math.inf:
                    self.step()
                    # most steps are of this instant, and need no look at the timers
                    while not env.is_over and self._work is None and not until():
                        env.step()
        finally:
            self._running = False

    def wait(self, event: simpy.Event) -> None:
        """Let time pass until an event is over, from outside of the world or from a visit."""
        if event.processed:
            return
        if (visit := self._visit()) is not None:
            visit.wait(event)
        else:
            over: list[object] = []
            when_over(event, over.append)
            self.run(over.__len__)

    def visit(self, function: Callable[[], T]) -> Generator[simpy.Event, Any, T]:
        """Call a plain function as a part of a process: where it waits, the process waits."""
        visit = _Visit(function, self)
        self._visits.append(visit)
        try:
            reached = visit.go_on()
            while not visit.dead:
                yield reached
                reached = visit.go_on()
        finally:
            visit.end()
            self._visits.remove(visit)
        value: T = reached
        return value

    def end_visits(self) -> None:
        """Leave all that waits in visits: the world does not go on."""
        for visit in self._visits:
            visit.end()

    @property
    def is_visited(self) -> bool:
        """Whether whoever asks is inside of the world, in a visit."""
        return self._visit() is not None

    def _visit(self) -> _Visit | None:
        current = getcurrent()
        return current if isinstance(current, _Visit) and current.clock is self else None

    def pass_time(self, until: float) -> None:
        """Let time pass in which nothing happens: to `until`, or to the next thing to do."""
        at = min(float(until), self.next_time)
        if at > self.env.now:
            self.env.move(at)

    def _fire_next_timer(self) -> None:
        at, _, _, timer = heapq.heappop(self._queue)
        if not timer.live:
            self._cancelled -= 1
            return
        self._urgent -= timer.urgent
        if at > self.env.now:  # nothing is between
            self.env.move(at)
        timer.end()()


def _nothing() -> Work:
    yield from ()
