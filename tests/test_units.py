"""Addresses in text, exact shares, random streams, and the error table."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.kernel.rng import Rng
from simulator.words import errors
from simulator.words.errors import InvalidAddress, SimulatorError
from simulator.words.statuses import ApiCall, status_of
from simulator.words.units import Address, checksum, exact_fraction, parse_address

SPELLING = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"


@given(st.binary(min_size=20, max_size=20).map(Address))
def test_addresses_round_trip(address: Address) -> None:
    assert parse_address(checksum(address)) == address


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (SPELLING[2:], "0x prefix missing"),
        (SPELLING.lower(), "EIP55"),
        ("0x" + SPELLING[2:].upper(), "EIP55"),
        (SPELLING[:-1], "EIP55"),
        (SPELLING + "0", "EIP55"),
        ("0x" + "g" * 40, "EIP55"),
        ("0x" + " " * 40, "EIP55"),
        ("", "0x prefix missing"),
    ],
)
def test_other_spellings_are_refused(text: str, reason: str) -> None:
    with pytest.raises(InvalidAddress, match=reason):
        parse_address(text)


@pytest.mark.parametrize("number", [0.4, "0.4", Decimal("0.4"), Fraction(2, 5)])
def test_fractions_are_exact(number: "float | str | Decimal | Fraction") -> None:
    assert exact_fraction(number) == Fraction(2, 5)


def test_streams_depend_on_seed_and_name_only() -> None:
    def draws(seed: int, *name: str | int) -> list[float]:
        stream = Rng(seed).stream(*name)
        return [stream.random() for _ in range(3)]

    assert draws(1, "strategy", 5) == draws(1, "strategy", 5)
    assert draws(1, "strategy", 5) != draws(2, "strategy", 5)
    assert draws(1, "strategy", 5) != draws(1, "strategy", 6)
    assert draws(1, "ab", "c") != draws(1, "a", "bc")


def subclasses(class_: type[SimulatorError]) -> list[type[SimulatorError]]:
    found = [class_]
    for child in class_.__subclasses__():
        found += subclasses(child)
    return found


@pytest.mark.parametrize("class_", subclasses(SimulatorError)[1:])
@pytest.mark.parametrize("call", ApiCall)
def test_every_error_has_a_status_of_its_own(class_: type[SimulatorError], call: ApiCall) -> None:
    error = class_.__new__(class_)
    assert status_of(call, error) != 500 or isinstance(
        error, errors.InternalFault | errors.ExtensionFailed
    )
