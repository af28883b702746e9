"""A whole life on contracts: nodes join, pay each other, close and settle everything.

In the end every wallet must hold what its node had in it and in its channels, as both ends believed
off the chain when the last payment was over. Payments are between nodes drawn at random, one after
the other; the journal keeps its newest entries only.
"""

from random import Random

from benchmarks.measuring import peak_memory_bytes, timed
from benchmarks.networks import ALL, KEEP_JOURNAL, LONG_TIMEOUT_SECONDS, in_waves
from benchmarks.payments import pay
from benchmarks.results import parser, results_of
from simulator import Testnet
from simulator.node.settings import Settings
from simulator.words.errors import ConfigurationError

NAME = "whole_life"
ENGINE = "revm"
FUNDS = 10_000
MOST = 100


def all_tokens(net: Testnet) -> list[int]:
    """Return what each node has in its wallet and its open channels."""
    return [
        node.balance(net.token) + sum(channel.balance for channel in node.channels(net.token))
        for node in net.nodes
    ]


def main() -> None:
    """Measure and print."""
    options = parser(__doc__).parse_args()
    results = results_of(NAME, options)
    nodes, payments = (6, 20) if options.quick else (1_000, 10_000)
    settings = Settings(transaction_timeout_seconds=LONG_TIMEOUT_SECONDS)
    try:
        net = Testnet(
            nodes, settings=settings, engine=ENGINE, keep_journal=KEEP_JOURNAL, routing=["shortest"]
        )
    except ConfigurationError as problem:
        results.note(f"{ENGINE}: {problem}")
        return
    stream, succeeded = Random(7), list[int]()  # noqa: S311 - a benchmark's own

    def pay_each_other() -> None:
        succeeded.append(pay(net, payments, range(nodes), MOST, stream))

    steps = {
        "join": lambda: in_waves(net, ALL, lambda one: net.node(one).join.begin(net.token, FUNDS)),
        f"{payments:,} payments": pay_each_other,
        "leave": lambda: in_waves(net, ALL, lambda one: net.node(one).leave.begin(net.token)),
    }
    whole_s, expected = 0.0, list[int]()
    for what, step in steps.items():
        if what == "leave":
            expected = all_tokens(net)
        taken = timed(step)
        whole_s += taken.cpu_s
        results.row(NAME, what=what, nodes=nodes, cpu_s=taken.cpu_s)
    in_wallets = [node.balance(net.token) for node in net.nodes]
    assert in_wallets == expected, "a wallet has not what its node believed to have"
    results.row("outcome", succeeded=succeeded[0], peak_bytes=peak_memory_bytes())
    what = f"{ENGINE}, {nodes:,} nodes join, make {payments:,} payments and leave, CPU"
    results.target(what, whole_s, "s", at_most=30)


if __name__ == "__main__":
    main()
