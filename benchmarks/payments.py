"""What a payment costs on a large network, with all its messages and events, once that is there.

The graph is scale-free, with five channels for each node that came; everybody has as much in each.
Payments are between nodes drawn at random, one after the other. Their searches are compiled where
that is said, and plain otherwise. What a search visits is counted on a network of a tenth as many
nodes, too: a payment must not cost more for each edge there.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from importlib.util import find_spec
from random import Random

from benchmarks.measuring import MIB, peak_memory_bytes, timed
from benchmarks.results import TIMES, Results, parser, results_of
from simulator import Dialect, Fees, Testnet
from simulator.node.orders import PaymentOrder
from simulator.payments.fees import NO_FEES, RAIDENS_FEES
from simulator.payments.routing import search, searches
from simulator.payments.routing.atlas import Knowledge
from simulator.payments.routing.route_map import RouteMap
from simulator.testnet.calls import wait_for
from simulator.words.errors import PaymentUnsuccessful
from simulator.words.options import Check

NAME = "payments"
DEPOSIT = 10_000
MOST = 1_000
TENTH = 10
SEARCHES = 200
DIALECTS = [Dialect.RED_EYES, Dialect.BESPIN]
"""Given to the nodes in turn: who pays decides how a way is found."""

OWN, SHORTEST = range(len(DIALECTS))


def network(nodes: int) -> Testnet:
    """Return a world with channels, in which nobody takes fees."""
    graph = {"type": "scale_free", "attachments": 5, "deposit": DEPOSIT, "partner_deposit": DEPOSIT}
    made = Testnet(nodes, seed=1, engine="model", topology=graph, dialects=DIALECTS, fees=[NO_FEES])
    made._simulation.watch(Check.END)
    return made


def payers_of(nodes: int, dialect: int) -> range:
    """Return the numbers of the nodes that have a dialect."""
    return range(dialect, nodes, len(DIALECTS))


def pairs(
    nodes: int, payers: Sequence[int], most: int, stream: Random
) -> Iterator[tuple[int, int, int]]:
    """Draw payers, others as targets, and amounts, without an end."""
    while True:
        payer, target = stream.choice(payers), stream.randrange(nodes - 1)
        yield payer, target + (target >= payer), stream.randint(1, most)


def pay(net: Testnet, count: int, payers: Sequence[int], most: int, stream: Random) -> int:
    """Let nodes pay others, and return how many payments have succeeded.

    Args:
        net: the world.
        count: how many payments there are.
        payers: the numbers of those that pay.
        most: what they pay at most.
        stream: what is drawn from.
    """
    simulation = net._simulation
    token = next(iter(simulation.world.networks))
    succeeded = 0
    drawn = pairs(len(simulation.nodes), payers, most, stream)
    for _, (payer, target, amount) in zip(range(count), drawn, strict=False):
        order = PaymentOrder(simulation.nodes[target].address, amount)
        with suppress(PaymentUnsuccessful):
            wait_for(simulation.world, simulation.nodes[payer].pay(token, order))
            succeeded += 1
    return succeeded


def timed_payments(net: Testnet, count: int, dialect: int) -> tuple[float, int]:
    """Return what payments cost the processor in seconds, and how many have succeeded."""
    stream, payers = Random(7), payers_of(len(net._simulation.nodes), dialect)  # noqa: S311
    pay(net, 20, payers, MOST, stream)  # maps are made, and code is compiled
    done: list[int] = []
    taken = timed(lambda: done.append(pay(net, count, payers, MOST, stream)))
    return taken.cpu_s, done[0]


def search_plainly(net: Testnet, plainly: bool) -> None:
    """Let searches be plain, or compiled if they can be."""
    searches.FEW_EDGES = len(net._simulation.nodes) * 100 if plainly else 0


def measure(results: Results, net: Testnet, count: int, fees: Fees) -> float:
    """Measure each way of finding routes, once its first payments are made.

    Returns:
        The processor's seconds for one payment with the search that is fastest here.
    """
    for node in net._simulation.nodes:
        node.set_fees(fees)
    told = "no fees" if fees.are_none else "fees as Raiden's"
    kinds = [("own, plain", OWN, True), ("shortest, plain", SHORTEST, True)]
    if find_spec("numba") is not None:  # first: nothing else is in the memory then
        kinds.insert(0, ("shortest, compiled", SHORTEST, False))
    fastest: float | None = None
    for kind, dialect, plainly in kinds:
        if dialect == OWN and not fees.are_none:  # it does not ask for fees
            continue
        search_plainly(net, plainly)
        cpu_s, succeeded = timed_payments(net, count, dialect)
        if fastest is None and dialect == SHORTEST:
            fastest = cpu_s / count
        results.row(
            "payments",
            what=f"{kind}; {told}",
            nodes=len(net._simulation.nodes),
            payments=count,
            succeeded=succeeded,
            cpu_s=cpu_s,
            payment_ms=1_000 * cpu_s / count,
            peak_bytes=peak_memory_bytes(),
        )
        if fees.are_none:
            compare(results, f"{count:,} payments, {kind}", cpu_s, count, plainly=plainly)
    assert fastest is not None
    return fastest


def compare(results: Results, what: str, cpu_s: float, count: int, *, plainly: bool) -> None:
    """Compare payments that nobody takes fees for with what they should cost."""
    results.target(f"{what}, CPU", cpu_s, "s", at_most=15 if plainly else 5)
    if not plainly:
        results.target(f"{what}, each second of CPU", count / cpu_s, at_least=1_000)
        results.target(f"{what}, peak memory", peak_memory_bytes() / MIB, "MiB", at_most=500)


class _Counted(list[int]):
    """What can be sent over edges; counts how often somebody looks."""

    looks = 0

    def __getitem__(self, edge: int) -> int:  # type: ignore[override]  # nobody asks for slices
        self.looks += 1
        return super().__getitem__(edge)


def edges_visited(net: Testnet) -> float:
    """Return how many edges a search for the shortest way looks at, on average."""
    (token,) = net._simulation.world.networks
    known = net._simulation.world.atlas.map(token, Knowledge.PERFECT).routes()
    counted, copy = _Counted(known.capacity), RouteMap(0)
    copy.payee, copy.leaving, copy.capacity = known.payee, known.leaving, counted
    nodes = len(known.leaving)
    drawn = pairs(nodes, payers_of(nodes, SHORTEST), MOST, Random(7))  # noqa: S311
    for _, ends_and_amount in zip(range(SEARCHES), drawn, strict=False):
        search.fewest_hops(copy, *ends_and_amount)
    return counted.looks / SEARCHES


def main() -> None:
    """Measure and print."""
    options = parser(__doc__).parse_args()
    results = results_of(NAME, options)
    nodes, count = (60, 20) if options.quick else (6_000, 5_000)
    net = network(nodes)
    cost = measure(results, net, count, NO_FEES)
    whole = cost / edges_visited(net)
    measure(results, net, count, RAIDENS_FEES)
    net.run_until_idle()
    net.check_invariants()
    small = network(nodes // TENTH)
    search_plainly(small, find_spec("numba") is None)
    cpu_s, _ = timed_payments(small, count, SHORTEST)
    tenth = cpu_s / count / edges_visited(small)
    what = f"a payment for each visited edge, {nodes:,} nodes compared with {nodes // TENTH:,}"
    results.target(what, whole / tenth, TIMES, at_most=1.5)


if __name__ == "__main__":
    main()
