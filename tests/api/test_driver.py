"""The driver: a failure of the simulation itself costs the open calls, not the server."""

import asyncio
from collections.abc import Generator

import pytest
import simpy

from simulator.api.driver import Driver, Pace
from simulator.kernel.clock import Clock
from simulator.node.world import CallResult
from simulator.words.errors import InternalFault, ShuttingDown
from tests.api.live import Start


def _process(clock: Clock, result: CallResult[int] | None) -> simpy.Process:
    """Return a process that ends with a result, or never."""

    def work() -> Generator[simpy.Event, None, CallResult[int] | None]:
        yield clock.env.timeout(0) if result else clock.env.event()
        return result

    return clock.env.process(work())


async def turns() -> None:
    """Let the event loop do what can be done now, which is over after fewer turns than these."""
    for _ in range(100):
        await asyncio.sleep(0)


def test_an_escaping_exception_fails_open_calls(
    start: Start, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    net = start(2)
    mempool = net.testnet.world.mempool

    def fail(*_: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(mempool, "_announce", fail)
        answer = net.join(0, funds=100)
    assert answer.status_code == 500
    assert answer.json() == {"errors": ["Internal Raiden node error"]}
    assert "ZeroDivisionError" in caplog.text
    assert net.join(1, funds=100).status_code == 204


def test_closing_ends_open_calls() -> None:
    async def scenario() -> None:
        clock = Clock(15, 0)
        driver = Driver(clock)
        running = asyncio.create_task(driver.run())
        never = _process(clock, None)
        call = asyncio.create_task(driver.call(lambda: never))
        await turns()
        driver.close()
        with pytest.raises(ShuttingDown):
            await call
        with pytest.raises(ShuttingDown):
            await driver.call(lambda: never)
        with pytest.raises(ShuttingDown):
            await driver.unless_closed(asyncio.Event().wait())
        await running

    asyncio.run(scenario())


def test_results_are_unwrapped() -> None:
    async def scenario() -> None:
        clock = Clock(15, 0)
        driver = Driver(clock)
        running = asyncio.create_task(driver.run())
        done = _process(clock, CallResult(value=7))
        assert (await driver.wait(done)).unwrap() == 7
        assert (await driver.wait(done)).unwrap() == 7
        failed = _process(clock, CallResult(error=InternalFault()))
        with pytest.raises(InternalFault):
            await driver.call(lambda: failed)
        driver.close()
        await running

    asyncio.run(scenario())


def test_real_time_follows_the_wall_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    wall = 1_000.0
    monkeypatch.setattr("simulator.api.driver.monotonic", lambda: wall)

    async def scenario() -> None:
        nonlocal wall
        clock = Clock(15, 0)
        fired: list[float] = []
        clock.timer(5.0, lambda: fired.append(clock.now))
        clock.timer(10_000.0, lambda: fired.append(clock.now))
        driver = Driver(clock, Pace(100.0))
        running = asyncio.create_task(driver.run())
        await turns()
        assert (clock.now, fired) == (0, [])
        for wall, now in ((1_000.25, 25), (1_002.5, 250)):  # noqa: B007 - read by the driver
            driver.kick()
            await turns()
            driver.synchronize()
            assert (clock.now, fired) == (now, [5.0])
        driver.close()
        await running

    asyncio.run(scenario())


def test_warp_leaves_background_timers_alone() -> None:
    async def scenario() -> None:
        clock = Clock(15, 0)
        clock.timer(5.0, lambda: None)
        driver = Driver(clock)
        running = asyncio.create_task(driver.run())
        await turns()
        assert clock.now == 0
        driver.close()
        await running

    asyncio.run(scenario())
