"""Transactions per second of every way to a chain: the backends, and through the ledger.

Opens channels and deposits into each, in several rounds; the figure is the median round's. Ways
inside this process are timed on the processor's clock, since machines are shared; what goes to
anvil on the wall's, since the work is done in another process. Ratios are to web3.py's defaults on
eth-tester's own backend with gas given, measured in the same run.
"""

import argparse
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial

from benchmarks import anvil
from benchmarks.measuring import Taken, median, timed
from benchmarks.paths import (
    Path,
    backend_of,
    eth_tester_backend,
    ledger_of,
    raw_on_anvil,
    web3_on_anvil,
    web3_on_eth_tester,
)
from benchmarks.results import TIMES, Results, parser, results_of
from simulator.chain.ledgers import ENGINES, MODEL
from simulator.errors import ConfigurationError

NAME = "transactions"
KINDS = ("openChannel", "setTotalDeposit")
EMPTY_BLOCKS = 500
BACKEND_TARGETS = {"pyevm": 16, "revm": 70}
LEDGER_TARGETS = {"pyevm": 12, "revm": 45}

Rates = tuple[float, float]
"""Channels opened and deposits made, each second."""


def processor(taken: Taken) -> float:
    """Return the time of what happens in this process."""
    return taken.cpu_s


def wall(taken: Taken) -> float:
    """Return the time of what happens elsewhere, too."""
    return taken.wall_s


class Comparison:
    """Measures one way after the other, and compares each with the first.

    Args:
        results: where the figures go.
        rounds: how often each kind of call is measured.
    """

    def __init__(self, results: Results, rounds: int) -> None:
        self._results = results
        self._rounds = rounds
        self._base: Rates | None = None

    def measure(
        self,
        table: str,
        name: str,
        make: Callable[[], Path],
        each: int,
        clock: Callable[[Taken], float] = processor,
    ) -> Rates | None:
        """Measure a way and return its ratios; None where it can't be had.

        Args:
            table: where the figures belong.
            name: what people call the way.
            make: sets everything up.
            each: calls of each kind in one round.
            clock: which time counts.
        """
        try:
            path = make()
        except ConfigurationError as problem:
            self._results.note(f"{name}: {problem}")
            return None
        rates = self._rates(path, each, clock)
        self._base = self._base or rates
        ratios = (rates[0] / self._base[0], rates[1] / self._base[1])
        figures: dict[str, float] = {}
        for kind, rate, ratio in zip(KINDS, rates, ratios, strict=True):
            figures |= {kind: rate, f"{kind} ratio": ratio}
        if path.empty:
            figures["empty_ms"] = 1000 * clock(timed(partial(path.empty, EMPTY_BLOCKS)))
        self._results.row(table, way=name, **figures)
        return ratios

    def _rates(self, path: Path, each: int, clock: Callable[[Taken], float]) -> Rates:
        if len(path.opens) < each * self._rounds:
            raise ValueError(f"There are only {len(path.opens)} channels to open.")
        opens, deposits = [], []
        for number in range(self._rounds):
            part = slice(number * each, (number + 1) * each)
            opens.append(each / clock(timed(partial(path.send, path.opens[part]))))
            deposits.append(each / clock(timed(partial(path.send, path.deposits[part]))))
        return median(opens), median(deposits)

    def target(self, what: str, ratios: Rates, at_least: float) -> None:
        """Compare the smaller of two ratios with what it should be."""
        self._results.target(what, min(ratios), TIMES, at_least=at_least)


@dataclass(frozen=True, slots=True)
class Load:
    """How much is measured.

    Attributes:
        rounds: how often each kind of call.
        fast: calls in one round where they are fast.
        slow: calls in one round where they are slow.
        accounts: how many of them; all pairs can open channels.
    """

    rounds: int
    fast: int
    slow: int
    accounts: int


USUAL = Load(rounds=5, fast=300, slow=9, accounts=60)
QUICK = Load(rounds=1, fast=4, slow=2, accounts=4)


def measure(results: Results, load: Load) -> None:
    """Measure everything."""
    comparison = Comparison(results, load.rounds)
    fast, slow, accounts = load.fast, load.slow, load.accounts
    table = "backend"
    base = partial(web3_on_eth_tester, gas_given=True)
    comparison.measure(table, "web3.py on eth-tester, gas given", base, slow)
    estimating = partial(web3_on_eth_tester, gas_given=False)
    comparison.measure(table, "web3.py on eth-tester, gas estimated", estimating, slow)
    comparison.measure(table, "eth-tester's backend alone", eth_tester_backend, slow)
    for engine in ENGINES:
        if engine != MODEL:
            each = slow if engine == "pyevm-full" else fast
            ratios = comparison.measure(table, engine, partial(backend_of, engine, accounts), each)
            if ratios and engine in BACKEND_TARGETS:
                comparison.target(
                    f"{engine} at the backend, against web3.py", ratios, BACKEND_TARGETS[engine]
                )
    measure_anvil(comparison, results, load)
    for engine in ENGINES:
        each = slow if engine == "pyevm-full" else fast
        ratios = comparison.measure("ledger", engine, partial(ledger_of, engine, accounts), each)
        if ratios and engine in LEDGER_TARGETS:
            comparison.target(
                f"{engine} through the ledger, against web3.py", ratios, LEDGER_TARGETS[engine]
            )
    with anvil.running() if anvil.is_there() else nullcontext() as url:
        if url is not None:
            comparison.measure("ledger", "anvil", partial(ledger_of, url, accounts), fast, wall)


def measure_anvil(comparison: Comparison, results: Results, load: Load) -> None:
    """Measure the ways to anvil's backend, each on an anvil of its own."""
    if not anvil.is_there():
        results.note(anvil.NO_ANVIL)
        return
    with anvil.running("--accounts", str(load.accounts)) as url:
        way = "anvil, web3.py one by one"
        comparison.measure("backend", way, partial(web3_on_anvil, url), load.slow, wall)
    with anvil.running() as url:
        way = "anvil, signed here, in batches"
        comparison.measure(
            "backend", way, partial(raw_on_anvil, url, load.accounts), load.fast, wall
        )


def main() -> None:
    """Measure and print."""
    options: argparse.Namespace = parser(__doc__).parse_args()
    results = results_of(NAME, options)
    measure(results, QUICK if options.quick else USUAL)


if __name__ == "__main__":
    main()
