"""Joins of N nodes into an empty network until everything is at rest, and their leave.

Each size runs in a process of its own, so that its peak of memory is its own. On contracts all
nodes come at once; on the model also in waves of 100, as users would. The cost of one join at 10·N
nodes is compared with that at N: 1 means that it does not depend on the size.
"""

import argparse
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

from benchmarks import anvil
from benchmarks.measuring import GIB, Taken, limit_memory, peak_memory_bytes, timed
from benchmarks.results import TIMES, Results, Row, answer, child, parser, results_of
from simulator.chain.engines import MODEL
from simulator.chain.ledgers import check_engine
from simulator.node.settings import Settings
from simulator.testnet.calls import PendingCall
from simulator.testnet.simulation import DEFAULT_TOKEN_BALANCE
from simulator.testnet.testnet import Testnet
from simulator.words.errors import ConfigurationError
from simulator.words.units import BOOTSTRAP_ADDRESS, OPENED, parse_address

NAME = "networks"
FUNDS = 100
WAVE = 100
ALL = 0
"""A wave of everybody."""

LONG_TIMEOUT_SECONDS = 10_000_000
"""Transactions of 100,000 nodes wait for hours of virtual time until a slot has room for them."""

KEEP_JOURNAL = 1_000
MILLION = 1_000_000
MEMORY_SHARE = 0.9


@dataclass(frozen=True, slots=True)
class Size:
    """What is measured once.

    Attributes:
        engine: what executes the contracts, or a URL.
        nodes: how many join.
        wave: how many begin at the same moment; `ALL`: everybody.
        repeats: how often; the median counts.
        leave: whether they leave again; where that takes minutes, only if asked for.
    """

    engine: str
    nodes: int
    wave: int = ALL
    repeats: int = 1
    leave: bool = True


CONTRACTS = [
    *(Size(engine, 100, repeats=3) for engine in ("pyevm", "revm")),
    Size("pyevm-full", 100),
    *(Size(engine, 1_000, repeats=3) for engine in ("pyevm", "revm")),
    Size("pyevm-full", 1_000, leave=False),
]
ON_MODEL = [
    Size(MODEL, 10_000),
    Size(MODEL, 100_000, leave=False),
    Size(MODEL, 10_000, WAVE),
]
LONG = [Size(MODEL, 100_000, WAVE)]
"""Only if asked for; also measured before a million."""

ON_ANVIL = Size("anvil", 100)


def measure_here(size: Size) -> tuple[Testnet, Row]:
    """Let all nodes join, and leave again if they are to; return the world and what it took."""
    engine, nodes, wave = size.engine, size.nodes, size.wave
    made: list[Testnet] = []
    settings = Settings(transaction_timeout_seconds=LONG_TIMEOUT_SECONDS)

    def set_up() -> None:
        made.append(Testnet(nodes, settings=settings, engine=engine, keep_journal=KEEP_JOURNAL))

    setting_up = timed(set_up)
    (net,) = made
    token = net.token
    joining = timed(
        lambda: in_waves(net, wave, lambda index: net.node(index).join.begin(token, FUNDS))
    )
    row: Row = {
        "set_up": asdict(setting_up),
        "join": asdict(joining),
        "join_transactions": _transactions(net),
        "peak_bytes": peak_memory_bytes(),
        "channels": channels_of(net),
    }
    if not size.leave:
        return net, row
    leaving = timed(lambda: in_waves(net, wave, lambda index: net.node(index).leave.begin(token)))
    peak = peak_memory_bytes()
    for index in range(nodes):
        assert net.node(index).balance(token) == DEFAULT_TOKEN_BALANCE, index
    transactions = _transactions(net) - row["join_transactions"]
    left = {"leave": asdict(leaving), "leave_transactions": transactions, "peak_bytes": peak}
    return net, {**row, **left}


def channels_of(net: Testnet) -> int:
    """Return how many open channels nodes have with each other, without a copy of the graph."""
    edges = net._simulation.world.graphs[parse_address(net.token)].edges.values()
    opened = (edge for edge in edges if edge.state == OPENED)
    return sum(BOOTSTRAP_ADDRESS not in (edge.one, edge.other) for edge in opened)


def in_waves(net: Testnet, wave: int, begin: Callable[[int], PendingCall[Any]]) -> None:
    """Begin a call on each node, `wave` of them at the same moment, and wait for everything."""
    size = wave or len(net._simulation.nodes)
    for start in range(0, len(net._simulation.nodes), size):
        calls = [
            begin(index) for index in range(start, min(start + size, len(net._simulation.nodes)))
        ]
        for call in calls:
            call.result()
    net.run_until_idle()


def _transactions(net: Testnet) -> int:
    return sum(count for count, _ in net._simulation.world.mempool.gas.by_function().values())


def measure(results: Results, size: Size, url: str = "") -> Row | None:
    """Measure a size in processes of its own, and return its figures; None: not to be had."""
    told = json.dumps(asdict(replace(size, engine=url or size.engine)))
    runs = [child(f"benchmarks.{NAME}", "--one", told) for _ in range(size.repeats)]
    if "problem" in runs[0]:
        results.note(f"{size.engine}, {size.nodes:,} nodes: {runs[0]['problem']}")
        return None
    row = sorted(runs, key=lambda run: float(run["join"]["wall_s"]))[len(runs) // 2]
    join, leave = Taken(**row["join"]), row.get("leave")
    results.row(
        "networks",
        engine=size.engine,
        nodes=size.nodes,
        wave=size.wave,
        set_up_s=row["set_up"]["wall_s"],
        join_s=join.wall_s,
        join_cpu_s=join.cpu_s,
        channels=row["channels"],
        transactions=row["join_transactions"],
        transactions_s=row["join_transactions"] / join.wall_s,
        joins_s=size.nodes / join.wall_s,
        leave_s=leave and leave["wall_s"],
        leave_cpu_s=leave and leave["cpu_s"],
        leaving_s=leave and row["leave_transactions"] / leave["wall_s"],
        leave_transactions=row.get("leave_transactions"),
        peak_bytes=row["peak_bytes"],
        repeats=size.repeats,
    )
    return row


def check(results: Results, size: Size, row: Row) -> None:
    """Compare a size with its targets, if it has any."""
    join_s = row["join"]["wall_s"]
    name = f"{size.engine}, {size.nodes:,} nodes"
    limits = {("pyevm", 1_000): 20, ("revm", 1_000): 6}
    if limit := limits.get((size.engine, size.nodes)):
        results.target(f"{name} join", join_s, "s", at_most=limit)
        leave_s = row["leave"]["wall_s"]
        results.target(f"{name} leave", leave_s, "s", at_most=limit)
        results.target(f"{name}, leaving compared with joining", leave_s / join_s, TIMES, at_most=1)
    on_model = {100_000: (60, 4), MILLION: (300, 5)}
    if size.engine == MODEL and size.nodes in on_model:
        name += _pattern(size)
        seconds, gib = on_model[size.nodes]
        results.target(f"{name} join", join_s, "s", at_most=seconds)
        results.target(f"{name}, peak memory", row["peak_bytes"] / GIB, "GiB", at_most=gib)


def _pattern(size: Size) -> str:
    return f" in waves of {size.wave}" if size.wave else " at once"


def measure_all(results: Results, sizes: list[Size]) -> None:
    """Measure sizes, and compare the cost of one join with that in a network a tenth as large."""
    cost: dict[tuple[str, int, int], float] = {}
    for size in sizes:
        row = measure(results, size)
        if row is None:
            continue
        check(results, size, row)
        each = row["join"]["cpu_s"] / size.nodes
        cost[size.engine, size.wave, size.nodes] = each
        smaller = cost.get((size.engine, size.wave, size.nodes // 10))
        if smaller is not None:
            what = f"{size.engine}{_pattern(size)}: a join with {size.nodes:,} nodes, compared"
            what += f" with {size.nodes // 10:,}"
            results.target(what, each / smaller, TIMES, at_most=1.5)


def measure_anvil(results: Results, size: Size) -> None:
    """Measure a size on a remote chain."""
    if not anvil.is_there():
        results.note(anvil.NO_ANVIL)
        return
    with anvil.running() as url:
        measure(results, size, url)


QUICK = [
    *(Size(engine, 4) for engine in ("pyevm", "revm")),
    *(Size(MODEL, 40, wave) for wave in (ALL, 2)),
]


def main() -> None:
    """Measure and print."""
    options = _options()
    if options.one:
        limit_memory(MEMORY_SHARE)
        try:
            _net, row = measure_here(Size(**json.loads(options.one)))
        except ConfigurationError as problem:
            row = {"problem": str(problem)}
        answer(row)
    elif options.engine:
        check_engine(options.engine)
        results = results_of(NAME, options, "networks-own")
        measure_all(results, [Size(options.engine, options.nodes, options.wave)])
    elif options.million:
        results = results_of(NAME, options, "million")
        nodes = 20 if options.quick else MILLION
        sizes = [Size(MODEL, number, WAVE, leave=options.full) for number in (nodes // 10, nodes)]
        measure_all(results, sizes)
    else:
        results = results_of(NAME, options)
        sizes = QUICK if options.quick else [*CONTRACTS, *ON_MODEL, *(LONG if options.full else [])]
        measure_all(results, [replace(s, leave=s.leave or options.full) for s in sizes])
        measure_anvil(results, Size("anvil", 4) if options.quick else ON_ANVIL)


def _options() -> argparse.Namespace:
    made = parser(__doc__)
    made.add_argument("--full", action="store_true", help="sizes and leaves that take minutes, too")
    made.add_argument("--million", action="store_true", help="a million nodes on the model")
    made.add_argument("--engine", help="only this engine, with --nodes and --wave")
    made.add_argument("--nodes", type=int, default=1_000)
    made.add_argument("--wave", type=int, default=ALL, help="how many begin at once; 0: all")
    made.add_argument("--one", help=argparse.SUPPRESS)
    return made.parse_args()


if __name__ == "__main__":
    main()
