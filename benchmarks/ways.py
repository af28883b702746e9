"""Which ways to a chain are compared, and how much each is given to do."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial

from benchmarks import anvil
from benchmarks.paths import (
    Path,
    backend_of,
    eth_tester_backend,
    ledger_of,
    raw_on_anvil,
    web3_on_anvil,
    web3_on_eth_tester,
)
from simulator.chain.engines import ENGINES, MODEL
from simulator.evm.registry import FULL_ENGINE

BACKEND, LEDGER = "backend", "ledger"
"""The tables: how fast a chain is by itself, and with all that nodes need."""

OPEN, DEPOSIT = "openChannel", "setTotalDeposit"
EMPTY = "empty blocks"
EMPTY_BLOCKS = 500
BACKEND_TARGETS = {"pyevm": 16, "revm": 70}
LEDGER_TARGETS = {"pyevm": 12, "revm": 45}


Ready = Callable[[int], AbstractContextManager[Path]]
"""Sets a way up, with so many accounts, until the context ends."""


@dataclass(frozen=True, slots=True)
class Load:
    """How much is measured.

    Attributes:
        rounds: how often each kind of call.
        fast: calls in one round where they are fast.
        slow: calls in one round where they are slow.
        accounts: how many of them; all pairs can open channels. There are enough for one round
            more, in which pytest-benchmark can look for where the time goes.
    """

    rounds: int
    fast: int
    slow: int
    accounts: int


USUAL = Load(rounds=5, fast=300, slow=9, accounts=62)
QUICK = Load(rounds=1, fast=4, slow=2, accounts=4)


@dataclass(frozen=True, slots=True)
class Way:
    """A way to a chain that is measured.

    Attributes:
        table: where its figures belong.
        name: what people call it.
        ready: sets it up.
        slow: whether a round has few calls.
        elsewhere: whether an anvil does the work, so that only the wall's clock sees it.
        target: how many times as fast as the first of all ways it should be.
    """

    table: str
    name: str
    ready: Ready
    slow: bool = False
    elsewhere: bool = False
    target: float | None = None

    @property
    def what(self) -> str:
        """What is said to be so fast."""
        return f"{self.name} {'at the backend' if self.table == BACKEND else 'through the ledger'}"

    @property
    def timer(self) -> Callable[[], float]:
        """Which clock counts."""
        return time.perf_counter if self.elsewhere else time.process_time

    def each(self, load: Load) -> int:
        """Return how many calls a round has."""
        return load.slow if self.slow else load.fast


def _here(make: Callable[[int], Path]) -> Ready:
    return lambda accounts: nullcontext(make(accounts))


def _with_its_own(make: Callable[[], Path]) -> Ready:
    """Take accounts that others have made."""
    return _here(lambda _: make())


def _on_anvil(make: Callable[[str, int], Path]) -> Ready:
    @contextmanager
    def ready(accounts: int) -> Iterator[Path]:
        with anvil.running("--accounts", str(accounts)) as url:
            yield make(url, accounts)

    return ready


def _ways() -> Iterator[Way]:
    """Yield all ways in the order of the page; the others are compared with the first."""
    for gas_given, name in ((True, "gas given"), (False, "gas estimated")):
        ready = _with_its_own(partial(web3_on_eth_tester, gas_given=gas_given))
        yield Way(BACKEND, f"web3.py on eth-tester, {name}", ready, slow=True)
    yield Way(BACKEND, "eth-tester's backend alone", _with_its_own(eth_tester_backend), slow=True)
    for engine in ENGINES:
        if engine != MODEL:
            slow, target = engine == FULL_ENGINE, BACKEND_TARGETS.get(engine)
            ready = _here(partial(backend_of, engine))
            yield Way(BACKEND, engine, ready, slow=slow, target=target)
    ready = _on_anvil(lambda url, _: web3_on_anvil(url))
    yield Way(BACKEND, "anvil, web3.py one by one", ready, slow=True, elsewhere=True)
    ready = _on_anvil(raw_on_anvil)
    yield Way(BACKEND, "anvil, signed here, in batches", ready, elsewhere=True)
    for engine in ENGINES:
        slow, target = engine == FULL_ENGINE, LEDGER_TARGETS.get(engine)
        ready = _here(partial(ledger_of, engine))
        yield Way(LEDGER, engine, ready, slow=slow, target=target)
    yield Way(LEDGER, "anvil", _on_anvil(ledger_of), elsewhere=True)


WAYS = {(way.table, way.name): way for way in _ways()}
FIRST = next(iter(WAYS.values()))
