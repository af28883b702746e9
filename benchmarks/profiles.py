"""Where the time of a join goes, by layer: a profile of a network that joins at once.

The profiler makes small functions look dearer than they are, so the shares are a hint and the
seconds are longer than without it. What Python itself and its library do counts as the layer's that
asked for it.
"""

import cProfile
import pstats
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import simulator
from benchmarks.networks import FUNDS, KEEP_JOURNAL, LONG_TIMEOUT_SECONDS
from benchmarks.results import Results, parser, results_of
from simulator.chain.ledgers import MODEL
from simulator.errors import ConfigurationError
from simulator.node.world import Settings
from simulator.testnet import Testnet

NAME = "profiles"
PACKAGE = str(Path(simulator.__file__).parent)
SIZES = (("pyevm", 1_000), ("revm", 1_000), (MODEL, 10_000))
TOP = 5

LEDGER, CODECS, CLOCK, OTHER = (
    "ledger, engine",
    "ABI, decoding, signatures",
    "clock, SimPy",
    "other",
)
LAYERS = (
    ("chain/mempool", "mempool"),
    ("chain/abi", CODECS),
    ("chain/decoder", CODECS),
    ("chain/signatures", CODECS),
    ("chain/contracts", CODECS),
    ("chain/", LEDGER),
    ("journal", "journal"),
    ("events", "journal"),
    ("node/", "nodes"),
    ("handles", "nodes"),
    ("topology/", "peer graph"),
    ("clock", CLOCK),
    ("", OTHER),
)
"""Where modules of the package belong; the first that fits counts."""

PACKAGES = (
    *((name, LEDGER) for name in ("eth", "pyrevm", "lru", "trie", "rlp")),
    *((name, CODECS) for name in ("eth_abi", "eth_keys", "coincurve", "eth_hash")),
    ("simpy", CLOCK),
)
"""Where what others have written belongs."""

Function = tuple[str, int, str]
Entry = tuple[int, int, float, float, dict[Function, tuple[int, int, float, float]]]


def layer_of(file: str) -> str | None:
    """Return the layer that a source file belongs to; None: it depends on who calls."""
    if file.startswith(PACKAGE):
        inner = file[len(PACKAGE) + 1 :]
        return next(layer for start, layer in LAYERS if inner.startswith(start))
    for package, layer in PACKAGES:
        if f"/site-packages/{package}/" in file:
            return layer
    return None


class Shares:
    """Tells which layers a function works for."""

    def __init__(self, stats: dict[Function, Entry]) -> None:
        self._stats = stats
        self.of = cache(self._of)

    def _of(self, function: Function, depth: int = 4) -> dict[str, float]:
        layer = layer_of(function[0])
        callers = self._stats[function][4] if function in self._stats else {}
        if layer is not None or not callers or depth == 0:
            return {layer or OTHER: 1.0}
        # by own time where there is any, else by number of calls
        weights = {caller: counts[2] or counts[0] * 1e-9 for caller, counts in callers.items()}
        whole = sum(weights.values())
        found: dict[str, float] = {}
        for caller, weight in weights.items():
            for name, share in self._of(caller, depth - 1).items():
                found[name] = found.get(name, 0.0) + share * weight / whole
        return found


def profile(engine: str, nodes: int) -> dict[Function, Entry]:
    """Return the statistics of a join of all nodes at once."""
    settings = Settings(transaction_timeout_seconds=LONG_TIMEOUT_SECONDS)
    net = Testnet(nodes, settings=settings, engine=engine, keep_journal=KEEP_JOURNAL)
    token = net.token
    profiler = cProfile.Profile()
    profiler.enable()
    calls = [net.node(index).begin_join(token, FUNDS) for index in range(nodes)]
    for call in calls:
        call.result()
    net.run_until_idle()
    profiler.disable()
    stats: Any = pstats.Stats(profiler)
    found: dict[Function, Entry] = stats.stats
    return found


def by_layer(stats: dict[Function, Entry]) -> dict[str, float]:
    """Return the seconds of each layer, the longest first."""
    shares = Shares(stats)
    seconds: dict[str, float] = {}
    for function, (_, _, own, _, _) in stats.items():
        for layer, share in shares.of(function).items():
            seconds[layer] = seconds.get(layer, 0.0) + own * share
    return dict(sorted(seconds.items(), key=lambda pair: -pair[1]))


def slowest(stats: dict[Function, Entry]) -> Iterator[tuple[str, float]]:
    """Yield the functions with the most time of their own."""
    for function, entry in sorted(stats.items(), key=lambda pair: -pair[1][2])[:TOP]:
        file, _, name = function
        place = file.removeprefix(PACKAGE + "/").rpartition("/site-packages/")[2]
        yield name if file == "~" else f"{place}: {name}", entry[2]


def measure(results: Results, engine: str, nodes: int) -> None:
    """Profile one size and write a row for each layer."""
    try:
        stats = profile(engine, nodes)
    except ConfigurationError as problem:
        results.note(f"{engine}: {problem}")
        return
    seconds = by_layer(stats)
    whole = sum(seconds.values())
    for layer, taken in seconds.items():
        results.row(
            "profile", engine=engine, nodes=nodes, layer=layer, seconds=taken, share=taken / whole
        )
    for function, taken in slowest(stats):
        results.row("functions", engine=engine, nodes=nodes, function=function, share=taken / whole)


def main(arguments: list[str] | None = None) -> None:
    """Measure and print."""
    options = parser(__doc__).parse_args(arguments)
    results = results_of(NAME, options)
    for engine, nodes in SIZES:
        measure(results, engine, 4 if options.quick else nodes)


if __name__ == "__main__":
    main()
