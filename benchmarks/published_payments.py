"""What has been published about payments in CLoTH's snapshot of Lightning, measured again.

The files are not part of this package: `python -m benchmarks.published_payments channels_ln.csv`
takes them from where they are (`nodes_ln.csv` and `edges_ln.csv` beside it), and, with
`--payments payments.csv`, payments in CLoTH's format too, as they are. Without it payments are
drawn as CLoTH draws them: any two nodes, all alike, one payment in a second on average.

Balances are the file's own, messages take 100 ms for each hop and direction, and each payment has
one attempt, over a route that somebody has found who knows all balances.

A few hundred payments say as much about the pairs that were drawn as about the network. With
`--seeds 10` each amount is paid in ten networks, whose payments are drawn anew, and the mean over
them is told with Student's 95 % interval.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from time import process_time

from simulator import Dialect, PaymentStatistics, PendingWorkload, Testnet
from simulator.studies.statistics import mean_interval
from simulator.topology import formats
from simulator.topology.files import cloth

PAYMENTS = 600
HOP_SECONDS = 0.1
SATOSHI = 1_000

PUBLISHED = {100: 0.992, 1_000: 0.945, 10_000: 0.667, 100_000: 0.295}
"""The share of payments that succeed, by their amount in satoshis."""

PUBLISHED_HOPS = 3.15


def nodes_in(channels: Path) -> int:
    """Return how many nodes the files have, those without channels included."""
    nodes = channels.with_name(channels.name.replace(cloth.CHANNELS, cloth.NODES))
    return len(nodes.read_text("utf-8").split()) - 1


def world(channels: Path, seed: int) -> Testnet:
    """Return the network of the files, with their balances."""
    count = nodes_in(channels)
    deposits = [0] * count
    for channel in formats.read(channels, "cloth", count).channels:
        own, others = channel.deposits or (0, 0)
        deposits[channel.opener] += own
        assert isinstance(channel.partner, int)
        deposits[channel.partner] += others
    net = Testnet(
        count,
        seed=seed,
        engine="model",
        topology={"type": "cloth", "file": str(channels)},
        dialects=[Dialect.BESPIN],
        token_balance=max(deposits),
        keep_journal=1,
    )
    net.set_messages(delay_seconds=HOP_SECONDS)
    return net


def drawn(net: Testnet, satoshis: int, count: int = PAYMENTS) -> PendingWorkload:
    """Begin payments as CLoTH draws them."""
    return net.workload(
        name=f"{satoshis} satoshis",
        payments=count,
        arrivals={"type": "poisson", "per_second": 1},
        amounts={"type": "fixed", "amount": satoshis * SATOSHI},
    )


def slowest_hop(workload: PendingWorkload) -> float:
    """Return how far a success was at most from 100 ms for each hop and direction, in seconds."""
    off = (
        abs(row["seconds"] - 2 * HOP_SECONDS * row["hops"])
        for row in workload.rows()
        if row["outcome"] == "succeeded"
    )
    return max(off, default=0.0)


def line(name: str, published: float | None, told: PaymentStatistics, off: float) -> str:
    """Return what came of a workload, beside what is published."""
    mean = 0.0 if told.latency is None else told.latency.mean
    beside = "" if published is None else f"{published:.3f}"
    return (
        f"{name:>20} {beside:>9} {told.success_rate or 0:6.3f} "
        f"({told.success_low:.3f} to {told.success_high:.3f}) {told.mean_hops or 0:5.2f} hops "
        f"{mean:6.3f} s, off 200 ms x hops by {off:.1e} s at most"
    )


def paid(channels: Path, seed: int, satoshis: int | None, file: Path | None) -> PaymentStatistics:
    """Make payments in a network of the files, and print what came of them; return that."""
    began = process_time()
    net = world(channels, seed)
    ready = process_time()
    if satoshis is None:
        pending = net.workload(name=file.name if file else "", file=str(file))
    else:
        pending = drawn(net, satoshis)
    told = pending.result()
    published = None if satoshis is None else PUBLISHED.get(satoshis)
    print(line(pending.name, published, told, slowest_hop(pending)))
    took = ready - began, process_time() - ready
    print(
        f"{'':>20} set up in {took[0]:.1f} s, paid in {took[1]:.1f} s of the processor", flush=True
    )
    return told


def means(told: Sequence[PaymentStatistics]) -> str:
    """Return what networks come to, each an observation."""
    rates = mean_interval([one.success_rate for one in told if one.success_rate is not None])
    hops = mean_interval([one.mean_hops for one in told if one.mean_hops is not None])
    return f"{'mean of ' + str(len(told)):>20} {'':>9} {rates}, {hops} hops"


def main(arguments: Sequence[str] | None = None) -> None:
    """Print what is published beside what is found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("channels", type=Path, help="CLoTH's channels_ln.csv")
    parser.add_argument("--payments", type=Path, help="payments in CLoTH's format")
    parser.add_argument("--satoshis", type=int, action="append", help="only payments of so much")
    parser.add_argument("--seed", type=int, default=0, help="the first seed")
    parser.add_argument("--seeds", type=int, default=1, help="how many seeds, one after the other")
    asked = parser.parse_args(arguments)
    print(f"{'':>20} {'published':>9}  found (95 % interval); published hops {PUBLISHED_HOPS}")
    for satoshis in [None] if asked.payments else asked.satoshis or PUBLISHED:
        told = [
            paid(asked.channels, seed, satoshis, asked.payments)
            for seed in range(asked.seed, asked.seed + asked.seeds)
        ]
        if asked.seeds > 1:
            print(means(told), flush=True)


if __name__ == "__main__":
    main()
