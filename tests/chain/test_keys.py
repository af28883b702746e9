"""Keys that are made when they are wanted, and what is remembered of their signatures."""

from eth_keys.datatypes import PrivateKey
from eth_utils.crypto import keccak
from hypothesis import given
from hypothesis import strategies as st

from simulator.chain.keys import Key
from simulator.chain.signatures import MAX_SIGNERS, Signed, remembered_signer, signer_of


@given(st.integers(1, 2**255), st.binary(min_size=32, max_size=32))
def test_addresses_and_signatures_are_those_of_eth_keys(secret: int, message_hash: bytes) -> None:
    key, other = Key(secret.to_bytes(32, "big")), PrivateKey(secret.to_bytes(32, "big"))
    assert key.address == other.public_key.to_canonical_address()
    assert key.private_key == other
    assert key.sign_msg_hash(message_hash) == other.sign_msg_hash(message_hash)


def asked(message: bytes, signature: bytes) -> bytes:
    """What a contract hands to ECRECOVER."""
    return keccak(message) + signature[64:].rjust(32, b"\0") + signature[:64]


@given(st.integers(1, 2**255), st.binary(max_size=300), st.integers(0, 127))
def test_a_remembered_signer_is_the_one_that_would_be_computed(
    secret: int, message: bytes, place: int
) -> None:
    key = Key(secret.to_bytes(32, "big"))
    stranger = Key(bytes([7]) * 32).address
    signature = bytes(Signed(stranger, message, key))
    data = asked(message, signature)
    assert remembered_signer(data) == signer_of(message, signature) == key.address
    other = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
    assert remembered_signer(other) is None
    assert remembered_signer(data[:-1]) is None


def test_only_the_newest_signers_are_remembered() -> None:
    key = Key(bytes([3]) * 32)
    first, *_, last = [
        asked(message, bytes(Signed(key.address, message, key)))
        for message in (number.to_bytes(2, "big") for number in range(MAX_SIGNERS + 1))
    ]
    assert remembered_signer(first) is None
    assert remembered_signer(last) == key.address
