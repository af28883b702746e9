"""How unequally something is spread over nodes: exact, as fractions."""

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from itertools import accumulate

Amounts = Sequence[int | Fraction]

Curve = list[tuple[Fraction, Fraction]]
"""Points from left to right."""


def gini(values: Amounts) -> Fraction:
    """Return how unequal amounts are: 0 if all are the same, towards 1 if one has everything.

    The Gini coefficient of the values as they are: no correction for small numbers. With nothing
    to share out it is 0.

    Args:
        values: from 0.
    """
    ordered, total = sorted(values), sum(values)
    if total == 0:
        return Fraction(0)
    count = len(ordered)
    weighted = sum(rank * value for rank, value in enumerate(ordered, start=1))
    return Fraction(2 * weighted, count * total) - Fraction(count + 1, count)


def lorenz(values: Amounts) -> Curve:
    """Return which share of all the poorest have: the Lorenz curve, from (0, 0) to (1, 1).

    With nothing to share out it is the diagonal. Twice the area between it and the diagonal is
    `gini`.

    Args:
        values: from 0.
    """
    ordered, total = sorted(values), sum(values)
    count = len(ordered)
    if total == 0:
        return [
            (Fraction(rank, count or 1), Fraction(rank, count or 1)) for rank in range(count + 1)
        ]
    sums = accumulate(ordered, initial=0)
    return [(Fraction(rank, count), Fraction(part, total)) for rank, part in enumerate(sums)]


def ccdf(values: list[int]) -> Curve:
    """Return for each value that there is which share of all is that large, or larger."""
    counts, left = Counter(values), len(values)
    curve = []
    for value in sorted(counts):
        curve.append((Fraction(value), Fraction(left, len(values))))
        left -= counts[value]
    return curve
