"""How much gas is enough."""

from collections.abc import Callable

TOLERANCE = 1_000
"""Gas by which an estimate may exceed what is needed."""


def least_gas(used: int, limit: int, is_enough: Callable[[int], bool]) -> int:
    """Return a gas limit that is enough.

    What was used may not be enough, since refunds come at the end and callees get at most 63/64.

    Args:
        used: by an execution with as much gas as there is.
        limit: enough for certain.
        is_enough: tries a limit out.
    """
    if is_enough(used):
        return used
    low, high = used, limit
    while high - low > TOLERANCE:
        middle = (low + high) // 2
        if is_enough(middle):
            high = middle
        else:
            low = middle
    return high
