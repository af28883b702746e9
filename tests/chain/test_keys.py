"""Keys that are made when they are wanted are those that eth-keys makes at once."""

from eth_keys.datatypes import PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from simulator.chain.keys import Key


@given(st.integers(1, 2**255), st.binary(min_size=32, max_size=32))
def test_addresses_and_signatures_are_those_of_eth_keys(secret: int, message_hash: bytes) -> None:
    key, other = Key(secret.to_bytes(32, "big")), PrivateKey(secret.to_bytes(32, "big"))
    assert key.address == other.public_key.to_canonical_address()
    assert key.private_key == other
    assert key.sign_msg_hash(message_hash) == other.sign_msg_hash(message_hash)
