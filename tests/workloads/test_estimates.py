"""What is told of shares and of many values."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.reports.estimates import share_interval

Z = 1.959963984540054  # the normal quantile of 97.5 %


@given(st.integers(1, 10**6).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_ends_of_an_interval_are_the_shares_that_are_just_not_refuted(
    trials: tuple[int, int],
) -> None:
    """Wilson's definition: at an end, what was seen is z standard errors away."""
    some, count = trials
    low, high = share_interval(some, count)
    assert 0 <= low <= some / count <= high <= 1
    for end in {low, high} - {0.0, 1.0}:
        errors = abs(some / count - end) / math.sqrt(end * (1 - end) / count)
        assert errors == pytest.approx(Z, rel=1e-5)


def test_of_no_trials_nothing_is_known() -> None:
    assert share_interval(0, 0) == (0, 1)


def test_a_published_example() -> None:
    """Newcombe, 1998, table I: 81 of 263, 15 of 148, 0 of 20 and 1 of 29."""
    found = {
        (81, 263): (0.2553, 0.3662),
        (15, 148): (0.0624, 0.1605),
        (0, 20): (0.0, 0.1611),
        (1, 29): (0.0061, 0.1718),
    }
    for (some, count), ends in found.items():
        assert share_interval(some, count) == pytest.approx(ends, abs=5e-5)
