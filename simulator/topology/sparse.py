"""Shortest ways of many sources at a time, as products of sparse matrices: needs numpy and scipy.

One thread, and sums always in the same order: the same machine code gives the same digits.
"""

from collections.abc import Sequence
from typing import Any

from simulator.topology.adjacency import Adjacency

SOURCES_AT_ONCE = 32
"""As many columns as keep a processor's cache in use; more were slower, at 10,000 nodes."""

MOST_LEVELS = 50
"""A longer way has so many steps that plain Python, which only looks at the last nodes, wins."""


def dependencies(
    adjacency: Adjacency, sources: Sequence[int]
) -> tuple[list[float], list[float]] | None:
    """Return the sum of each node's dependencies over sources, and of their squares.

    None where ways are too long for this to be quick, or too many to be counted in a float.
    """
    import numpy as np  # noqa: PLC0415 - of an extra
    from scipy.sparse import csr_matrix  # noqa: PLC0415 - of an extra

    count = len(adjacency)
    lengths = [len(partners) for partners in adjacency.neighbours]
    rows = np.concatenate(([0], np.cumsum(lengths, dtype=np.int64)))
    columns = np.fromiter((n for some in adjacency.neighbours for n in some), np.int64, rows[-1])
    matrix = csr_matrix((np.ones(len(columns)), columns, rows), shape=(count, count))
    sums, squares = np.zeros(count), np.zeros(count)
    for first in range(0, len(sources), SOURCES_AT_ONCE):
        found = _of_some(np, matrix, np.asarray(sources[first : first + SOURCES_AT_ONCE]))
        if found is None:
            return None
        sums += found.sum(axis=1)
        squares += np.einsum("ij,ij->i", found, found)
    return sums.tolist(), squares.tolist()


def _of_some(np: Any, matrix: Any, sources: Any) -> Any:
    """Return the dependencies of all nodes on each source, level by level, there and back."""
    shape = (matrix.shape[0], len(sources))
    own = (sources, np.arange(len(sources)))
    ways, unseen = np.zeros(shape), np.ones(shape)
    ways[own], unseen[own] = 1, 0
    levels = [ways.copy()]
    while True:
        following = matrix @ levels[-1]
        following *= unseen
        arrived = following > 0
        if not arrived.any():
            break
        if len(levels) > MOST_LEVELS:
            return None
        unseen[arrived] = 0
        ways += following
        levels.append(following)
    if ways.max() > 2.0**53:  # not every whole number from here on
        return None
    found = np.zeros(shape)
    shares = 1 / np.maximum(ways, 1)
    for level in range(len(levels) - 1, 1, -1):
        back = (1 + found) * shares
        back *= levels[level] > 0
        found += (matrix @ back) * levels[level - 1]
    found[own] = 0
    return found
