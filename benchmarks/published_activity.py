"""SimLN's random activity in a network of its own, as `sim_network` files have it.

Such files are not part of this package: `python -m benchmarks.published_activity sim_network.json`
takes one from where it is (`carlaKC/jam-ln` has `networks/ln_50/peacetime_network.json`). SimLN's
own figure for six months of that network is 27 minutes.
"""

import argparse
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from time import process_time

from simulator import Dialect, Testnet
from simulator.workloads.draws import MONTH_SECONDS

EXPECTED_AMOUNT = 3_800_000
"""Millisatoshis that a payment comes to on average, where SimLN is not told otherwise."""
MULTIPLIER = 2.0
"""How often a node pays its capacity in a month, likewise."""

MONTHS = 6


def main(arguments: Sequence[str] | None = None) -> None:
    """Print how many payments were made, what came of them, and how long they took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("network", type=Path, help="a sim_network file")
    parser.add_argument("--months", type=Fraction, default=Fraction(MONTHS), help="such as 1/60")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args(arguments)
    began = process_time()
    net = Testnet(
        seed=asked.seed,
        engine="model",
        topology={"type": "sim_network", "file": str(asked.network)},
        dialects=[Dialect.BESPIN],
        keep_journal=1,
    )
    ready = process_time()
    told = net.workload(
        seconds=float(asked.months * MONTH_SECONDS),
        activity={"expected_amount": EXPECTED_AMOUNT, "multiplier": MULTIPLIER},
    ).result()
    paid = process_time() - ready
    print(f"{len(net.nodes)} nodes, {net.graph().number_of_edges()} channels: {told}")
    print(f"hops {told.mean_hops:.2f}, success of amount {told.success_of_amount:.3f}")
    print(f"set up in {ready - began:.1f} s, paid in {paid:.1f} s of the processor, ", end="")
    each = paid / max(1, told.payments)
    whole = told.payments * MONTHS / asked.months
    print(f"{each * 1e3:.2f} ms each; {MONTHS} months come to {float(whole):,.0f} payments")


if __name__ == "__main__":
    main()
