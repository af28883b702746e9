"""Where the time goes, by layer: a profile of a network that joins at once, or leaves.

The profiler makes small functions look dearer than they are, so the shares are a hint and the
seconds are longer than without it. What Python itself and its library do counts as the layer's that
asked for it.
"""

import cProfile
import pstats
import sysconfig
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import simulator
from benchmarks.networks import ALL, FUNDS, KEEP_JOURNAL, LONG_TIMEOUT_SECONDS, in_waves
from benchmarks.results import Results, Row, parser, results_of
from simulator.chain.engines import MODEL
from simulator.node.settings import Settings
from simulator.testnet.calls import PendingCall
from simulator.testnet.testnet import Testnet
from simulator.words.errors import ConfigurationError

NAME = "profiles"
LIBRARY, PACKAGES_FOLDER = sysconfig.get_path("stdlib"), sysconfig.get_path("purelib")
PACKAGE = str(Path(simulator.__file__).parent)
JOIN, LEAVE = "join", "leave"
SIZES = (
    ("pyevm", 1_000, (JOIN, LEAVE)),
    ("revm", 1_000, (JOIN, LEAVE)),
    (MODEL, 10_000, (JOIN,)),
)
TOP = 5
DEPTH = 8
"""How far callers are asked for the layer that a function works for."""

LEDGER, CODECS, CLOCK, OTHER = (
    "ledger, engine",
    "ABI, decoding, signatures",
    "clock, SimPy",
    "other",
)
LAYERS = (
    ("chain/mempool", "mempool"),
    ("chain/abi", CODECS),
    ("chain/codec", CODECS),
    ("chain/decoder", CODECS),
    ("chain/signatures", CODECS),
    ("chain/contracts", CODECS),
    ("chain/", LEDGER),
    ("evm/", LEDGER),
    ("kernel/journal", "journal"),
    ("words/events", "journal"),
    ("node/", "nodes"),
    ("testnet/calls", "nodes"),
    ("testnet/handles", "nodes"),
    ("topology/", "peer graph"),
    ("kernel/clock", CLOCK),
    ("words/", None),
    ("kernel/rng", None),
    ("", OTHER),
)
"""Where modules of the package belong; the first that fits counts. None: to whoever calls."""

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

    def _of(self, function: Function, depth: int = DEPTH) -> dict[str, float]:
        layer = layer_of(function[0])
        callers = self._stats[function][4] if function in self._stats else {}
        if layer is not None or not callers or depth == 0:
            return {layer or OTHER: 1.0}
        # by own time where there is any, else by number of calls
        weights = {caller: counts[2] or counts[0] * 1e-9 for caller, counts in callers.items()}
        whole = sum(weights.values())
        found: dict[str, float] = {}
        for caller, weight in weights.items():
            for name, share in self.of(caller, depth - 1).items():
                found[name] = found.get(name, 0.0) + share * weight / whole
        return found


def profiles(
    engine: str, nodes: int, phases: Sequence[str]
) -> Iterator[tuple[str, dict[Function, Entry]]]:
    """Yield the statistics of all nodes' joining at once, and of their leaving."""
    settings = Settings(transaction_timeout_seconds=LONG_TIMEOUT_SECONDS)
    net = Testnet(nodes, settings=settings, engine=engine, keep_journal=KEEP_JOURNAL)
    token = net.token
    begin: dict[str, Callable[[int], PendingCall[Any]]] = {
        JOIN: lambda index: net.node(index).join.begin(token, FUNDS),
        LEAVE: lambda index: net.node(index).leave.begin(token),
    }
    for phase in phases:
        profiler = cProfile.Profile()
        profiler.enable()
        in_waves(net, ALL, begin[phase])
        profiler.disable()
        stats: Any = pstats.Stats(profiler)
        yield phase, stats.stats


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
        place = file
        for folder in (PACKAGE, PACKAGES_FOLDER, LIBRARY):
            place = place.removeprefix(f"{folder}/")
        yield name if file == "~" else f"{place}: {name}", entry[2]


def measure(results: Results, engine: str, nodes: int, phases: Sequence[str]) -> None:
    """Profile one size and write a row for each layer."""
    try:
        for phase, stats in profiles(engine, nodes, phases):
            report(results, {"engine": engine, "nodes": nodes, "phase": phase}, stats)
    except ConfigurationError as problem:
        results.note(f"{engine}: {problem}")


def report(results: Results, what: Row, stats: dict[Function, Entry]) -> None:
    """Write a row for each layer, and for the functions with the most time of their own."""
    seconds = by_layer(stats)
    whole = sum(seconds.values())
    for layer, taken in seconds.items():
        results.row("profile", **what, layer=layer, seconds=taken, share=taken / whole)
    for function, taken in slowest(stats):
        results.row("functions", **what, function=function, share=taken / whole)


def main() -> None:
    """Measure and print."""
    options = parser(__doc__).parse_args()
    results = results_of(NAME, options)
    for engine, nodes, phases in SIZES:
        measure(results, engine, 4 if options.quick else nodes, phases)


if __name__ == "__main__":
    main()
