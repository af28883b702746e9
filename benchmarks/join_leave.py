"""Time a join of N nodes into an empty network and their leave, on real contracts.

    python benchmarks/join_leave.py [N ...]

Prints wall time, blocks and transactions for each N (30 and 100 by default), and the time for each
node at the larger N against that at the smaller: 1 means that the cost grows as the network does.
"""

import sys
import time

from simulator.testnet import Testnet


def measure(nodes: int) -> float:
    """Join and leave with `nodes` nodes; return the seconds of both."""
    started = time.perf_counter()
    net = Testnet(nodes)
    ready = time.perf_counter()
    joins = [net.node(index).begin_join(net.token, funds=100) for index in range(nodes)]
    for join in joins:
        join.result()
    net.run_until_idle()
    joined = time.perf_counter()
    channels = net.graph().number_of_edges()
    leaves = [net.node(index).begin_leave(net.token) for index in range(nodes)]
    for leave in leaves:
        leave.result()
    net.run_until_idle()
    left = time.perf_counter()
    back = all(net.node(index).balance(net.token) == 10**24 for index in range(nodes))
    calls = sum(count for count, _ in net.world.mempool.gas_used.values())
    print(
        f"{nodes:5} nodes: set-up {ready - started:6.2f} s, join {joined - ready:6.2f} s "
        f"({channels} channels), leave {left - joined:6.2f} s, {calls} transactions, "
        f"{net.block_number} blocks, all tokens back: {'yes' if back else 'NO'}"
    )
    return left - ready


def main() -> None:
    """Measure each size given on the command line."""
    sizes = [int(argument) for argument in sys.argv[1:]] or [30, 100]
    seconds = [measure(size) / size for size in sizes]
    if len(sizes) > 1:
        print(f"time for each node, {sizes[-1]} against {sizes[0]}: {seconds[-1] / seconds[0]:.2f}")


if __name__ == "__main__":
    main()
