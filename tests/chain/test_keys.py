"""Keys that are made when they are wanted, and whose their signatures are."""

import pytest
from eth_keys.constants import SECPK1_N as ORDER
from eth_keys.datatypes import PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from simulator.chain.keys import Key
from simulator.chain.signatures import Signed, signer_of
from simulator.evm.ecdsa import recover


@given(st.integers(1, 2**255), st.binary(min_size=32, max_size=32))
def test_addresses_and_signatures_are_those_of_eth_keys(secret: int, message_hash: bytes) -> None:
    key, other = Key(secret.to_bytes(32, "big")), PrivateKey(secret.to_bytes(32, "big"))
    assert key.address == other.public_key.to_canonical_address()
    assert key.private_key == other
    assert key.sign_msg_hash(message_hash) == other.sign_msg_hash(message_hash)


@given(st.integers(1, 2**255), st.binary(max_size=300), st.integers(0, 64), st.integers(1, 255))
def test_a_signature_is_its_signers_and_a_changed_one_is_not(
    secret: int, message: bytes, place: int, change: int
) -> None:
    key = Key(secret.to_bytes(32, "big"))
    signed = Signed(message, key)
    data = bytes(signed)
    assert signer_of(message, data) == signed.signer == key.address
    changed = data[:place] + bytes([data[place] ^ change]) + data[place + 1 :]
    assert (changed[-1] in {0, 1} and place == 64) or signer_of(message, changed) != key.address


@pytest.mark.parametrize("place", ["r", "s"])
@pytest.mark.parametrize("number", [0, ORDER, 2**256 - 1])
def test_numbers_that_no_signature_has_are_nobodys(place: str, number: int) -> None:
    signature = Key(bytes([7]) * 32).sign(bytes(32))
    word = number.to_bytes(32, "big")
    parts = (word, signature[32:]) if place == "r" else (signature[:32], word, signature[64:])
    assert recover(bytes(32), b"".join(parts)) is None
