"""Our own encoding and decoding, compared with eth-abi's."""

from typing import Any

import pytest
from eth_abi.abi import decode, encode
from eth_abi.exceptions import DecodingError, EncodingError
from hypothesis import given
from hypothesis import strategies as st

from simulator.chain.codec import Codec, NotEncoded

VALUES: dict[str, st.SearchStrategy[Any]] = {
    "address": st.binary(min_size=20, max_size=20) | st.just("0x" + "a1" * 20),
    "bytes32": st.binary(min_size=32, max_size=32) | st.binary(max_size=31),
    "uint256": st.integers(0, 2**256 - 1),
    "uint8": st.integers(0, 255),
    "bytes": st.binary(max_size=100),
    "bool": st.booleans(),
    "string": st.text(),
    "(uint256,address)": st.just((7, bytes(20))),
}
WRONG = [-1, 2**256, 256, "no", b"", bytes(33), None, 1.5, True]


def codec(types: list[str]) -> Codec:
    parts = [{"name": "", "type": "uint256"}, {"name": "", "type": "address"}]
    return Codec(
        [
            {"name": type_, "type": "tuple", "components": parts}
            if type_.startswith("(")
            else {"name": type_, "type": type_}
            for type_ in types
        ]
    )


def typed() -> st.SearchStrategy[list[tuple[str, Any]]]:
    one = st.sampled_from(sorted(VALUES)).flatmap(
        lambda type_: st.tuples(st.just(type_), VALUES[type_])
    )
    return st.lists(one, max_size=6)


@given(typed())
def test_values_are_encoded_and_decoded_as_by_eth_abi(pairs: list[tuple[str, Any]]) -> None:
    types, values = [type_ for type_, _ in pairs], [value for _, value in pairs]
    data = encode(types, values)
    assert codec(types).encode(values) == data
    assert codec(types).decode(data) == decode(types, data)


@pytest.mark.parametrize("type_", VALUES)
@pytest.mark.parametrize("value", WRONG)
def test_wrong_values_are_wrong_for_us_too(type_: str, value: Any) -> None:
    try:
        expected = encode([type_], [value])
    except EncodingError as error:
        with pytest.raises(type(error)):
            codec([type_]).encode([value])
    else:
        assert codec([type_]).encode([value]) == expected


@given(types=st.lists(st.sampled_from(sorted(VALUES)), max_size=3), data=st.binary(max_size=100))
def test_any_bytes_are_decoded_as_by_eth_abi(types: list[str], data: bytes) -> None:
    try:
        expected = decode(types, data)
    except (DecodingError, UnicodeDecodeError):
        with pytest.raises(NotEncoded):
            codec(types).decode(data)
    else:
        assert codec(types).decode(data) == expected


def test_a_list_of_another_length_is_refused() -> None:
    for values in ([], [1, 2]):
        with pytest.raises(EncodingError):
            codec(["uint256"]).encode(values)
