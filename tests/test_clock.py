"""Virtual time: order, slots, rest, and what pulls time forward."""

import pytest
import simpy
from hypothesis import given
from hypothesis import strategies as st

from simulator.kernel.clock import Clock, Work


def slots(clock: Clock, parts: int = 1) -> list[tuple[float, int]]:
    """Record each slot's time and block number; a slot has several parts."""
    seen: list[tuple[float, int]] = []

    def slot() -> Work:
        seen.append((clock.now, clock.block_number))
        for _ in range(parts):
            yield

    clock.on_slot = slot
    return seen


def test_nothing_to_do_takes_no_time() -> None:
    clock = Clock(15, start_block=5)
    clock.run()
    assert (clock.now, clock.block_number) == (0, 5)


@pytest.mark.parametrize(("at", "slot"), [(0, 15), (1, 15), (14.5, 15), (15, 30), (16, 30)])
def test_a_slot_follows_its_request(at: float, slot: float) -> None:
    clock = Clock(15, 0)
    seen = slots(clock)
    clock.timer(at, clock.request_slot)
    clock.run()
    assert seen == [(slot, slot // 15)]


def test_requests_for_one_slot_make_one_block() -> None:
    clock = Clock(15, 0)
    seen = slots(clock)
    for at in (1, 2, 14):
        clock.timer(at, clock.request_slot)
    clock.run()
    assert seen == [(15, 1)]


def test_the_block_of_a_moment_comes_before_all_else_of_it() -> None:
    clock = Clock(15, 0)
    order: list[str] = []
    clock.at_block(1, lambda: order.append("height"))
    clock.timer(15, lambda: order.append("timer"))

    def slot() -> Work:
        order.append("slot")
        yield
        order.append("slot, second part")

    clock.on_slot = slot
    clock.request_slot()
    clock.run()
    assert order == ["slot", "slot, second part", "height", "timer"]


@given(st.lists(st.integers(0, 50), min_size=1, max_size=20))
def test_timers_fire_in_order_of_time_then_of_setting(times: list[int]) -> None:
    clock = Clock(15, 0)
    fired: list[tuple[int, int]] = []
    for number, at in enumerate(times):
        clock.timer(at, lambda at=at, number=number: fired.append((at, number)))  # type: ignore[misc]
    clock.run()
    assert fired == sorted((at, number) for number, at in enumerate(times))
    assert clock.now == max(times)


def test_a_cancelled_timer_takes_no_time() -> None:
    clock = Clock(15, 0)
    clock.timer(1000, pytest.fail).cancel()
    clock.run()
    assert clock.now == 0


def test_heights_far_ahead_do_not_pull_time_by_themselves() -> None:
    clock = Clock(15, 0)
    fired: list[float] = []
    clock.at_block(500, lambda: fired.append(clock.now))
    assert not clock.may_advance()
    with clock.foreground:
        assert clock.may_advance()
    clock.run()
    assert fired == [7500]


def test_a_requested_slot_pulls_time() -> None:
    clock = Clock(15, 0)
    slots(clock)
    clock.request_slot()
    assert clock.may_advance()
    clock.run()
    assert not clock.may_advance()


def test_blocks_out_of_turn_bring_heights_nearer() -> None:
    clock = Clock(15, 0)
    fired: list[tuple[float, int]] = []
    clock.at_block(10, lambda: fired.append((clock.now, clock.block_number)))
    clock.shift_blocks(4)
    assert clock.block_number == 4
    clock.run()
    assert fired == [(90, 10)]


def test_idle_comes_after_everything_else() -> None:
    clock = Clock(15, 0)
    times: list[float] = []
    assert clock.idle().callbacks is not None
    waiting = clock.idle()
    assert waiting.callbacks is not None
    waiting.callbacks.append(lambda _: times.append(clock.now))
    clock.at_block(3, lambda: times.append(clock.now))
    assert clock.may_advance()
    clock.run()
    assert times == [45, 45]


def test_sleeping_processes() -> None:
    clock = Clock(15, 0)
    woken: list[float] = []

    def sleeper(seconds: float) -> "simpy.events.ProcessGenerator":
        yield clock.sleep(seconds)
        woken.append(clock.now)

    clock.env.process(sleeper(20))
    clock.env.process(sleeper(0.5))
    clock.run()
    assert woken == [0.5, 20]
