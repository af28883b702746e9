"""Intervals hold what they promise."""

import math
from collections.abc import Callable, Sequence
from random import Random

import numpy as np
import pytest

from simulator.reports.estimates import quantile
from simulator.studies.statistics import (
    Interval,
    difference_interval,
    mean_interval,
    median_interval,
    quantile_interval,
    student_quantile,
)
from simulator.words.errors import ConfigurationError

STUDIES = 2_000


def series_mean(stream: Random, level: float) -> float:
    """Return the mean of a series whose values depend on each other strongly."""
    value, total = stream.gauss(0, 1), 0.0
    for _ in range(40):
        value = 0.95 * value + math.sqrt(1 - 0.95**2) * stream.gauss(0, 1)
        total += value
    return level + total / 40


def coverage(interval_of: Callable[[Random], Interval], truth: float) -> float:
    """Return how often intervals hold the true value."""
    stream = Random(7)  # noqa: S311
    found = [interval_of(stream) for _ in range(STUDIES)]
    return sum(one.low <= truth <= one.high for one in found) / STUDIES


@pytest.mark.parametrize("replications", [3, 5, 12])
def test_intervals_of_means_of_series_cover_95_percent(replications: int) -> None:
    def one(stream: Random) -> Interval:
        return mean_interval([series_mean(stream, 3.0) for _ in range(replications)])

    assert 0.93 <= coverage(one, 3.0) <= 0.97


def test_intervals_of_paired_differences_cover_95_percent() -> None:
    def one(stream: Random) -> Interval:
        worlds = [stream.gauss(0, 5) for _ in range(6)]  # which both ends of a pair share
        ones = [world + 1 + stream.gauss(0, 1) for world in worlds]
        return difference_interval(ones, [world + stream.gauss(0, 1) for world in worlds])

    assert 0.93 <= coverage(one, 1.0) <= 0.97


@pytest.mark.parametrize("draw", ["gauss", "expovariate"])
@pytest.mark.parametrize("replications", [10, 25])
def test_intervals_of_medians_cover_95_percent(replications: int, draw: str) -> None:
    truth = {"gauss": 0.0, "expovariate": math.log(2)}[draw]

    def one(stream: Random) -> Interval:
        value = {"gauss": lambda: stream.gauss(0, 1), "expovariate": lambda: stream.expovariate(1)}
        return median_interval([value[draw]() for _ in range(replications)])

    assert 0.93 <= coverage(one, truth) <= 0.97


def test_intervals_of_quantiles_cover_95_percent() -> None:
    def one(stream: Random) -> Interval:
        return quantile_interval([stream.expovariate(1) for _ in range(60)], 0.9)

    assert 0.93 <= coverage(one, -math.log(0.1)) <= 0.97


@pytest.mark.parametrize(
    ("freedom", "confidence", "expected"),
    [
        (1, 0.95, 12.7062),
        (2, 0.95, 4.30265),
        (5, 0.99, 4.03214),
        (10, 0.9, 1.81246),
        (30, 0.95, 2.04227),
        (120, 0.95, 1.97993),
        (1_000_000, 0.95, 1.95997),
    ],
)
def test_students_quantiles_are_those_of_printed_tables(
    freedom: int, confidence: float, expected: float
) -> None:
    assert student_quantile(freedom, confidence) == pytest.approx(expected, rel=2e-6)


def test_the_two_ways_to_students_quantiles_meet() -> None:
    assert student_quantile(2_000, 0.95) == pytest.approx(student_quantile(2_001, 0.95), abs=1e-6)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.77, 1.0])
def test_quantiles_are_numpys(share: float) -> None:
    values = [3.0, 1.0, 4.0, 1.5, 9.0, 2.6]
    assert quantile(values, share) == pytest.approx(float(np.quantile(values, share)))


@pytest.mark.parametrize("values", [(), (5.0,)])
def test_of_fewer_than_two_values_nobody_knows_how_far_they_vary(values: Sequence[float]) -> None:
    found = mean_interval(values)
    assert found.half_width == math.inf
    assert found.count == len(values)
    assert median_interval(values).half_width == math.inf


def test_equal_values_have_an_interval_of_no_width() -> None:
    assert mean_interval([2.0] * 5).half_width == 0
    assert str(mean_interval([2.0] * 5)) == "2 ± 0"


def test_differences_need_pairs() -> None:
    with pytest.raises(ConfigurationError, match="2 values and 1"):
        difference_interval([1, 2], [1])
