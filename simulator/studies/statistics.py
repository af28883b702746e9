"""What replications say: means, medians and quantiles with intervals, and paired differences.

One run is one observation. Values that one world gives at several times depend on each other, and
counting each as an observation of its own makes intervals that hardly ever hold what they promise;
so a run is first brought to one number, and intervals are over replications, which are independent.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import NormalDist, fmean, stdev

from simulator.reports.estimates import USUAL_CONFIDENCE, quantile
from simulator.words.errors import ConfigurationError

MANY = 2_000
"""Of so many degrees of freedom a series gives Student's quantiles to more digits than matter."""

BISECTIONS = 80


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate and where the true value is, with some confidence.

    Attributes:
        estimate: nan without values.
        low: infinite where there are too few values to tell; so is `high`.
        count: how many values.
        confidence: how often such intervals hold the true value, 0 to 1.
    """

    estimate: float
    low: float
    high: float
    count: int
    confidence: float = USUAL_CONFIDENCE

    @property
    def half_width(self) -> float:
        """Half of its width; infinite where nobody can tell."""
        return (self.high - self.low) / 2 if math.isfinite(self.high - self.low) else math.inf

    def __str__(self) -> str:
        """Return it for people, such as `3.2 ± 0.4`."""
        if self.count == 0:
            return "-"
        width = f"{self.half_width:.2g}" if math.isfinite(self.half_width) else "?"
        return f"{self.estimate:.4g} ± {width}"


def mean_interval(values: Sequence[float], confidence: float = USUAL_CONFIDENCE) -> Interval:
    """Return the mean of independent values, with Student's interval.

    It holds for few values too, if they are roughly normal, as means over a run are. Of one value
    nobody knows how it varies.
    """
    count = len(values)
    if not count:
        return Interval(math.nan, -math.inf, math.inf, 0, confidence)
    mean = fmean(values)
    if count == 1:
        return Interval(mean, -math.inf, math.inf, 1, confidence)
    error = stdev(values) / math.sqrt(count)
    half = student_quantile(count - 1, confidence) * error
    return Interval(mean, mean - half, mean + half, count, confidence)


def difference_interval(
    ones: Sequence[float], others: Sequence[float], confidence: float = USUAL_CONFIDENCE
) -> Interval:
    """Return the mean of paired differences, `ones` less `others`.

    Pairs are of equal worlds: what chance does to both cancels out.

    Raises:
        ConfigurationError: there are not as many of both.
    """
    if len(ones) != len(others):
        raise ConfigurationError(
            f"Differences are of pairs, but there are {len(ones)} values and {len(others)}."
        )
    differences = [one - other for one, other in zip(ones, others, strict=True)]
    return mean_interval(differences, confidence)


def quantile_interval(
    values: Sequence[float], share: float, confidence: float = USUAL_CONFIDENCE
) -> Interval:
    """Return a quantile with an interval that holds whatever the values' distribution is.

    Its ends are values, or between two neighbours (Nyblom, 1992; for the median that is
    Hettmansperger and Sheather, 1986). Where even the smallest or largest value is not far enough
    out, the end is infinite.

    Args:
        values: independent ones.
        share: which quantile, between 0 and 1.
        confidence: how often the interval holds the true quantile.
    """
    ordered = sorted(values)
    error = (1 - confidence) / 2
    low = _lower_end(ordered, share, error)
    high = -_lower_end([-value for value in reversed(ordered)], 1 - share, error)
    return Interval(quantile(ordered, share), low, high, len(ordered), confidence)


def median_interval(values: Sequence[float], confidence: float = USUAL_CONFIDENCE) -> Interval:
    """Return the median, with an interval that holds whatever the values' distribution is."""
    return quantile_interval(values, 0.5, confidence)


def _lower_end(ordered: Sequence[float], share: float, error: float) -> float:
    """Return what a quantile is below with a probability of `error`.

    The quantile is below the r-th value if fewer than r values are below the quantile, and that
    many are binomial.
    """
    count = len(ordered)
    below = _binomial(count, share)  # below[r]: the probability that at most r are
    for rank, (outer, inner) in enumerate(pairwise(below), start=1):
        if outer > error:
            break
        if inner > error and rank < count:
            near = (count - rank) * share * (error - outer)
            far = rank * (1 - share) * (inner - error)
            weight = near / (near + far)
            return ordered[rank - 1] + weight * (ordered[rank] - ordered[rank - 1])
    return -math.inf


def _binomial(count: int, share: float) -> list[float]:
    """Return how likely it is that at most r of some are below a quantile, for each r."""
    total, sums = 0.0, []
    for number in range(count + 1):
        ways = math.lgamma(count + 1) - math.lgamma(number + 1) - math.lgamma(count - number + 1)
        log = ways + number * math.log(share) + (count - number) * math.log1p(-share)
        total += math.exp(log)
        sums.append(total)
    return sums


def student_quantile(freedom: int, confidence: float) -> float:
    """Return how many standard errors to each side a mean's interval is wide.

    Args:
        freedom: degrees of freedom, from 1.
        confidence: the probability within, below 1.
    """
    if freedom > MANY:
        z = NormalDist().inv_cdf((1 + confidence) / 2)
        first = (z**3 + z) / (4 * freedom)
        return z + first + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)
    low, high = 0.0, math.pi / 2
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        low, high = (middle, high) if _within(middle, freedom) < confidence else (low, middle)
    return math.tan(low) * math.sqrt(freedom)


def _within(angle: float, freedom: int) -> float:
    """Return how likely Student's t is within a bound, which is sqrt(freedom) * tan(angle).

    A finite sum for whole degrees of freedom (Abramowitz and Stegun, 26.7.3 and 26.7.4).
    """
    sine, cosine = math.sin(angle), math.cos(angle)
    odd = freedom % 2
    term = cosine if odd else 1.0
    total = 0.0
    for number in range(odd, freedom - 1, 2):
        total += term
        term *= cosine**2 * (number + 1) / (number + 2)
    if odd:
        return 2 / math.pi * (angle + sine * total)
    return sine * total
