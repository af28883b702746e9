"""Transactions on every way to a chain: one benchmark for each way and kind of call.

A round uses channels that nobody has touched yet, so the calls of a way are prepared once, and
each round is handed the next of them. Ways that can't be had here are skipped, with the reason.
"""

import gc
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks import anvil
from benchmarks.paths import Path
from benchmarks.ways import (
    BACKEND,
    DEPOSIT,
    EMPTY,
    EMPTY_BLOCKS,
    LEDGER,
    OPEN,
    WAYS,
    Load,
    Way,
)
from simulator.words.errors import ConfigurationError

Arguments = tuple[tuple[object, ...], dict[str, object]]


class Supply:
    """Hands out a way's calls, so many at a time and none of them twice.

    Args:
        way: what is measured.
        path: the way, ready to be taken.
        each: how many calls a round has.
    """

    def __init__(self, way: Way, path: Path, each: int) -> None:
        self.way = way
        self.path = path
        self.each = each
        self._opened = 0
        self._deposited = 0

    def next(self, kind: str) -> Sequence[Any]:
        """Return the next calls of a kind."""
        return self._opens(self.each) if kind == OPEN else self._deposits(self.each)

    def fill_a_block(self) -> None:
        """Make a block that is not empty."""
        self.path.send(self._opens(1))

    def _opens(self, count: int) -> Sequence[Any]:
        begin, end = self._opened, self._opened + count
        if end > len(self.path.opens):
            raise ValueError(f"There are only {len(self.path.opens)} channels to open.")
        self._opened = end
        return self.path.opens[begin:end]

    def _deposits(self, count: int) -> Sequence[Any]:
        begin, end = self._deposited, self._deposited + count
        if self._opened < end:  # only deposits were asked for
            self.path.send(self._opens(end - self._opened))
        self._deposited = end
        return self.path.deposits[begin:end]


def ready(way: Way, load: Load) -> Iterator[Supply]:
    """Set a way up for as long as it is measured, or skip it."""
    if way.elsewhere and not anvil.is_there():
        pytest.skip(anvil.NO_ANVIL)
    try:
        context = way.ready(load.accounts)
    except ConfigurationError as problem:
        pytest.skip(f"{way.name}: {problem}")
    with context as path:
        yield Supply(way, path, way.each(load))


@pytest.fixture(scope="module")
def backend(request: pytest.FixtureRequest, load: Load) -> Iterator[Supply]:
    """Set up a chain by itself."""
    yield from ready(WAYS[BACKEND, request.param], load)


@pytest.fixture(scope="module")
def ledger(request: pytest.FixtureRequest, load: Load) -> Iterator[Supply]:
    """Set up a chain with all that nodes need."""
    yield from ready(WAYS[LEDGER, request.param], load)


def each_way(table: str) -> pytest.MarkDecorator:
    """Measure every way of a table, each by its own clock."""
    ways = [
        pytest.param(
            way.name,
            marks=pytest.mark.benchmark(group=f"{table}: {way.name}", timer=way.timer),
        )
        for way in WAYS.values()
        if way.table == table
    ]
    return pytest.mark.parametrize(table, ways, indirect=True)


each_kind = pytest.mark.parametrize("kind", [OPEN, DEPOSIT])


def tell(benchmark: BenchmarkFixture, way: Way, kind: str, count: int) -> None:
    """Leave with the figures what they are of: so many of a kind in each round."""
    told = {"table": way.table, "way": way.name, "kind": kind, "count": count}
    benchmark.extra_info.update(told)


def measure(benchmark: BenchmarkFixture, supply: Supply, kind: str, rounds: int) -> None:
    """Send the calls of several rounds."""

    def next_round() -> Arguments:
        calls = supply.next(kind)
        gc.collect()  # the garbage of what was before is not this round's
        return (calls,), {}

    tell(benchmark, supply.way, kind, supply.each)
    benchmark.pedantic(supply.path.send, setup=next_round, rounds=rounds, iterations=1)


@each_kind
@each_way(BACKEND)
def bench_backend(benchmark: BenchmarkFixture, backend: Supply, kind: str, load: Load) -> None:
    """Give a chain calls as bytes."""
    measure(benchmark, backend, kind, load.rounds)


@each_kind
@each_way(LEDGER)
def bench_ledger(benchmark: BenchmarkFixture, ledger: Supply, kind: str, load: Load) -> None:
    """Put typed calls in and get decoded events out."""
    measure(benchmark, ledger, kind, load.rounds)


@each_way(LEDGER)
def bench_empty_blocks(benchmark: BenchmarkFixture, ledger: Supply, load: Load) -> None:
    """Make what settling waits for, as always after a block that has something in it."""

    def next_round() -> Arguments:
        ledger.fill_a_block()
        gc.collect()
        return (EMPTY_BLOCKS,), {}

    tell(benchmark, ledger.way, EMPTY, EMPTY_BLOCKS)
    empty = ledger.path.empty
    assert empty is not None
    rounds = 1 if ledger.way.elsewhere else load.rounds  # an anvil takes seconds for one
    benchmark.pedantic(empty, setup=next_round, rounds=rounds, iterations=1)
