"""What a payment costs on a large network, with all its messages and events, once that is there.

The graph is scale-free, with five channels for each node that came; everybody has as much in each.
Payments are between nodes drawn at random, one after the other. Their searches are compiled where
that is said, and plain otherwise.
"""

from functools import partial
from importlib.util import find_spec
from random import Random

from benchmarks.measuring import peak_memory_bytes, timed
from benchmarks.results import Results, parser, results_of
from simulator import Dialect, Fees, Testnet
from simulator.node.orders import PaymentOrder
from simulator.payments.fees import NO_FEES, RAIDENS_FEES
from simulator.payments.routing import searches
from simulator.testnet.calls import wait_for
from simulator.words.options import Check

NAME = "payments"
DEPOSIT = 10_000
MOST = 1_000
DIALECTS = [Dialect.RED_EYES, Dialect.BESPIN]
"""Given to the nodes in turn: who pays decides how a way is found."""


def network(nodes: int) -> Testnet:
    """Return a world with channels, in which nobody takes fees."""
    graph = {"type": "scale_free", "attachments": 5, "deposit": DEPOSIT, "partner_deposit": DEPOSIT}
    made = Testnet(nodes, seed=1, engine="model", topology=graph, dialects=DIALECTS, fees=[NO_FEES])
    made._simulation.watch(Check.END)
    return made


def pay(net: Testnet, count: int, dialect: int, stream: Random) -> int:
    """Let nodes of a dialect pay others, and return how many payments have succeeded."""
    simulation = net._simulation
    token = next(iter(simulation.world.networks))
    succeeded = 0
    for _ in range(count):
        payer = len(DIALECTS) * stream.randrange(len(simulation.nodes) // len(DIALECTS)) + dialect
        target = stream.choice([*range(payer), *range(payer + 1, len(simulation.nodes))])
        order = PaymentOrder(simulation.nodes[target].address, stream.randint(1, MOST))
        call = simulation.nodes[payer].pay(token, order)
        wait_for(simulation.world, call)
        assert call.value is not None
        succeeded += call.value.error is None
    return succeeded


def _paying(net: Testnet, count: int, dialect: int, stream: Random, done: list[int]) -> None:
    done.append(pay(net, count, dialect, stream))


def measure(results: Results, net: Testnet, count: int, fees: Fees) -> None:
    """Measure each way of finding routes, once its first payments are made."""
    for node in net._simulation.nodes:
        node.set_fees(fees)
    told = "no fees" if fees.are_none else "fees as Raiden's"
    kinds = [("own, plain", 0, False), ("shortest, plain", 1, False)]
    if find_spec("numba") is not None:
        kinds.append(("shortest, compiled", 1, True))
    for kind, dialect, compiled in kinds if fees.are_none else kinds[1:]:
        searches.FEW_EDGES = 0 if compiled else len(net._simulation.nodes) * 100
        stream = Random(7)  # noqa: S311 - a benchmark's own
        pay(net, 20, dialect, stream)  # maps are made, and code is compiled
        done: list[int] = []
        taken = timed(partial(_paying, net, count, dialect, stream, done))
        results.row(
            "payments",
            what=f"{kind}; {told}",
            nodes=len(net._simulation.nodes),
            payments=count,
            succeeded=done[0],
            cpu_s=taken.cpu_s,
            payment_ms=1_000 * taken.cpu_s / count,
        )
        if fees.are_none:
            results.target(
                f"{count:,} payments, {kind}, CPU", taken.cpu_s, "s", at_most=5 if compiled else 15
            )


def main() -> None:
    """Measure and print."""
    options = parser(__doc__).parse_args()
    results = results_of(NAME, options)
    nodes, count = (60, 20) if options.quick else (6_000, 5_000)
    net = network(nodes)
    for fees in (NO_FEES, RAIDENS_FEES):
        measure(results, net, count, fees)
    net.run_until_idle()
    net.check_invariants()
    results.row("memory", peak_bytes=peak_memory_bytes())


if __name__ == "__main__":
    main()
