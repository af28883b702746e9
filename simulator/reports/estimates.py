"""What many values come to: quantiles, and a share with the interval that it is in."""

import math
from collections.abc import Sequence
from statistics import NormalDist

USUAL_CONFIDENCE = 0.95


def quantile(values: Sequence[float], share: float) -> float:
    """Return the value below which a share (0 to 1) of all lies, interpolated; nan without values.

    That is the usual definition of spreadsheets and numpy.
    """
    return quantile_of_sorted(sorted(values), share)


def quantile_of_sorted(ordered: Sequence[float], share: float) -> float:
    """Return a quantile of values that are in order already; see `quantile`."""
    if not ordered:
        return math.nan
    place = share * (len(ordered) - 1)
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


def share_interval(
    some: int, count: int, confidence: float = USUAL_CONFIDENCE
) -> tuple[float, float]:
    """Return between what the true share is, if `some` of `count` independent trials succeeded.

    The score interval (Wilson, 1927: Probable inference, the law of succession, and statistical
    inference). It stays within 0 to 1, and means something for few trials and for shares near the
    ends too, where the one around a mean does not.

    Args:
        some: how many succeeded.
        count: of how many; of none nothing is known.
        confidence: how often such intervals hold the true share, below 1.
    """
    if not count:
        return 0.0, 1.0
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share, wide = some / count, z * z / count
    middle = (share + wide / 2) / (1 + wide)
    half = z / (1 + wide) * math.sqrt(share * (1 - share) / count + wide / (4 * count))
    low = 0.0 if some == 0 else middle - half  # which rounding would make a little more than 0
    high = 1.0 if some == count else middle + half
    return low, high
