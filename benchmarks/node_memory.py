"""What the memory of a node consists of, once all have joined on the model, in waves."""

import gc
import sys
import types
from collections import Counter

import msgspec

from benchmarks.networks import FUNDS, KEEP_JOURNAL, LONG_TIMEOUT_SECONDS, in_waves
from benchmarks.results import Results, parser, results_of
from simulator import Settings, Testnet
from simulator.chain.engines import MODEL

NAME = "node_memory"
NODES, QUICK_NODES, WAVE = 20_000, 500, 100
PARTS = 24
"""The largest ones."""

NOT_OF_A_WORLD = (type, types.ModuleType, types.FunctionType, types.CodeType)


def measure(results: Results, nodes: int) -> None:
    """Let nodes join, and write a row for each kind of objects that takes much."""
    settings = Settings(transaction_timeout_seconds=LONG_TIMEOUT_SECONDS)
    net = Testnet(nodes, settings=settings, engine=MODEL, keep_journal=KEEP_JOURNAL)
    in_waves(net, WAVE, lambda index: net.node(index).join.begin(net.token, FUNDS))
    counts, sizes = heap_of(net)
    whole = sum(sizes.values())
    results.row(NAME, what="everything", count=sum(counts.values()) / nodes, bytes=whole / nodes)
    for what, size in sizes.most_common(PARTS):
        results.row(NAME, what=what, count=counts[what] / nodes, bytes=size / nodes)


def heap_of(world: object) -> tuple[Counter[str], Counter[str]]:
    """Return how many objects a world consists of, and how large they are, by kind.

    Those of Python's own kinds are told by what they are in. What an allocator needs for each
    object, eight bytes or so, comes on top.
    """
    counts: Counter[str] = Counter()
    sizes: Counter[str] = Counter()
    seen: set[int] = set()
    left = [(world, "")]
    while left:
        one, where = left.pop()
        if id(one) in seen or isinstance(one, NOT_OF_A_WORLD):
            continue
        seen.add(id(one))
        kind = type(one)
        what = f"{kind.__name__}, {where}" if kind.__module__ == "builtins" else kind.__name__
        counts[what] += 1
        sizes[what] += sys.getsizeof(one)
        owner = where if kind.__module__ == "builtins" else kind.__name__
        left += [(other, owner) for other in gc.get_referents(one)]
        if isinstance(one, msgspec.Struct):  # the collector is not told of what is in some of them
            left += [(getattr(one, name), owner) for name in one.__struct_fields__]
    return counts, sizes


def main() -> None:
    """Measure, and leave the figures."""
    told = parser(__doc__).parse_args()
    measure(results_of(NAME, told), QUICK_NODES if told.quick else NODES)


if __name__ == "__main__":
    main()
