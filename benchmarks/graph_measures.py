"""How long measures of large graphs take, and how far those from pivots may be off.

Graphs are scale-free, with five channels for each node that came. Betweenness uses scipy where it
is installed; without it sizes are the same, and it takes some ten times as long.
"""

from collections.abc import Callable
from random import Random

import networkx as nx

from benchmarks.measuring import timed
from benchmarks.results import Results, parser, results_of
from simulator.topology import centrality, paths, robustness

NAME = "graph_measures"


def measure(results: Results, what: str, graph: "nx.Graph[int]", work: Callable[[], str]) -> float:
    """Write how long something takes, and what is told of it."""
    told: list[str] = []
    taken = timed(lambda: told.append(work()))
    results.row(
        "graph_measures",
        what=what,
        nodes=len(graph),
        channels=graph.number_of_edges(),
        cpu_s=taken.cpu_s,
        told=told[0],
    )
    return taken.cpu_s


def from_pivots(graph: "nx.Graph[int]", pivots: int) -> str:
    """Estimate betweenness, and return how good that is for the most central node."""
    found = centrality.estimated_betweenness(graph, pivots, Random(1))  # noqa: S311
    hub = max(found.values, key=lambda node: found.values[node])
    largest, error = found.values[hub], max(found.standard_errors.values())
    return f"{pivots} pivots; the largest is {largest:.4f}, no standard error above {error:.4f}"


def sizes_left(graph: "nx.Graph[int]") -> str:
    """Let hubs go one by one."""
    order = robustness.adaptive_degree_order(graph, Random(1))  # noqa: S311
    return f"R is {float(robustness.robustness(robustness.giant_sizes(graph, order))):.3f}"


def main() -> None:
    """Measure and print."""
    options = parser(__doc__).parse_args()
    results = results_of(NAME, options)
    few, many, pivots = (400, 800, 50) if options.quick else (10_000, 100_000, 500)
    small, large = (nx.barabasi_albert_graph(size, 5, seed=1) for size in (few, many))

    def dominance() -> str:
        return f"dominance is {float(centrality.central_point_dominance(small) or 0):.4f}"

    def length() -> str:
        return f"the mean is {float(paths.mean_path_length(small) or 0):.4f}"

    exact = measure(results, "betweenness, exact", small, dominance)
    results.target(f"betweenness of {few} nodes, exact, CPU", exact, "s", at_most=15)
    measure(results, "path lengths, exact", small, length)
    measure(results, "removal of hubs, one by one", large, lambda: sizes_left(large))
    measure(results, "betweenness from pivots", large, lambda: from_pivots(large, pivots))


if __name__ == "__main__":
    main()
