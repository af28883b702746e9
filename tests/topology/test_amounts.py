"""What a file says about money becomes deposits: as it is, scaled, or clipped."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.topology.amounts import Amounts, NoAmount

CASES = [
    ({"capacity": 700}, Amounts(), (350, 350)),
    ({"capacity": "7"}, Amounts(), (4, 3)),
    ({"capacity": 0}, Amounts(), (0, 0)),
    ({"capacity": 7}, Amounts(first_share=Fraction(1)), (7, 0)),
    ({"capacity": 10}, Amounts(first_share=Fraction("0.33")), (4, 6)),
    ({"capacity": 10, "deposit1": 3}, Amounts(), (3, 0)),
    ({"deposit1": 30, "deposit2": 10}, Amounts(scale=Fraction("0.1")), (3, 1)),
    ({"deposit1": 30, "deposit2": 10}, Amounts(at_most=8), (6, 2)),
    ({"deposit1": 3, "deposit2": 1}, Amounts(at_least=8), (6, 2)),
    ({"deposit2": 1}, Amounts(at_least=8), (0, 8)),
    ({"capacity": 0}, Amounts(at_least=8), (4, 4)),
    ({"capacity": "0.5"}, Amounts(scale=Fraction(1000)), (250, 250)),
    ({"capacity": 0.05}, Amounts(scale=Fraction(100)), (3, 2)),
    ({"capacity": 5}, Amounts(used=False), None),
    ({"capacity": None}, Amounts(), None),
    ({}, Amounts(at_least=8), None),
]


@pytest.mark.parametrize(("data", "rules", "expected"), CASES)
def test_deposits(
    data: dict[str, object], rules: Amounts, expected: tuple[int, int] | None
) -> None:
    assert rules.deposits(data, "a - b") == expected


@pytest.mark.parametrize("given", [-1, 0.5, "x", True, [], float("inf"), float("nan"), 2**256])
@pytest.mark.parametrize("key", ["capacity", "deposit1"])
def test_what_is_no_amount_is_refused(key: str, given: object) -> None:
    with pytest.raises(NoAmount, match=f"has for {key} of the channel a - b not a whole number"):
        Amounts().deposits({key: given}, "a - b")
    if given != 0.5:
        with pytest.raises(NoAmount, match="not a number that scaled is from 0 to"):
            Amounts(scale=Fraction(2)).deposits({key: given}, "a - b")


@given(
    st.integers(0, 10**9),
    st.integers(0, 10**9),
    st.fractions(Fraction(1, 10**6), 10**6),
    st.integers(0, 1000),
    st.integers(0, 10**9),
)
def test_a_capacity_ends_up_within_its_bounds(
    one: int, other: int, scale: Fraction, least: int, more: int
) -> None:
    rules = Amounts(scale=scale, at_least=least, at_most=least + more)
    found = rules.deposits({"deposit1": one, "deposit2": other}, "a - b")
    assert found is not None
    total = sum(found)
    assert total == min(max((one + other) * scale // 1, least), least + more)
    assert min(found) >= 0
    if one + other:
        assert 0 <= found[0] - Fraction(total * one, one + other) < 1, "in the file's proportion"
