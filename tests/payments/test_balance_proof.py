"""Hashes and signatures of balance proofs are those of Raiden."""

from simulator.chain.contracts import ProofOfBalance, Token, TokenNetworkContract
from simulator.chain.keys import Key
from simulator.payments.balance_proof import (
    NO_HASH,
    NO_LOCKS,
    additional_hash,
    balance_hash,
    hash_of_secret,
    locksroot,
)
from simulator.payments.channel_state import NOTHING_SENT, BalanceProof, Lock
from simulator.payments.messages import ChannelKey, LockedTransfer, PaymentIdentity
from simulator.words.units import ZERO_ADDRESS, Address, checksum

SECRET = bytes.fromhex("65462b0520ef7d3df61b9992ed3bea0c56ead753be7c8b3614e0ce01e4cac41b")
KEY = Key(bytes.fromhex("9c0257114eb9399a2985f8e75dad7600c5d89fe3824ffa99ec1c3eb8bf3b0501"))
ADDITIONAL = bytes.fromhex("278507a56396f270f2b7d9e1ec97c4ab2e00af70348fd040004c6eca436c85c2")


def test_a_known_proof_has_known_hashes_and_signature() -> None:
    secrethash = hash_of_secret(SECRET)
    proof = BalanceProof(nonce=2, transferred=7, locked=40, locks=(Lock(40, 120, secrethash),))
    assert checksum(KEY.address) == "0x328809Bc894f92807417D2dAD6b7C998c1aFdac6"
    assert secrethash.hex().startswith("984b70ac18265f1b")
    root = "7ed1bb4eb6b830a9570f98384fbfd7ea39acc6ca14e8b2e28cd61d171053b323"
    assert locksroot(proof.locks).hex() == root
    balances = "320299fe9644c30e20ab564960097745eda5a398f8be5c7e49f8dbdf020e6dcf"
    assert balance_hash(proof).hex() == balances
    network = TokenNetworkContract(Address(b"\x11" * 20), Token(ZERO_ADDRESS), 1337)
    shown = ProofOfBalance(balance_hash(proof), proof.nonce, ADDITIONAL, KEY)
    digest = network.balance_proof_digest(3, shown)
    assert digest.hex() == "2fadd0766e2f9b440a0ddbd42fca0c074090d498ef2d7c72ef5b6e980118ea0b"
    signature = KEY.sign(digest)
    assert (
        signature[:32].hex() == "12e2e25c0fd7b817f4e6f7d97b4c7b3af68db5f6a6586a1f3e823dc9777f8587"
    )
    assert signature[32:].hex() == (
        "74e6e9226db8e66e9cac86186c0272ec6efc88973b374160824afd869712822501"
    )


def test_nothing_sent_is_hashed_to_nothing() -> None:
    assert balance_hash(NOTHING_SENT) == NO_HASH
    assert locksroot(()) == NO_LOCKS
    assert NO_LOCKS.hex().startswith("c5d24601")
    assert NO_LOCKS.hex().endswith("a470")


def test_a_known_transfer_has_a_known_hash() -> None:
    """That of Raiden 3.0.1, for a way of two nodes."""
    token, initiator = Address(b"\x22" * 20), Address(b"\xef" * 20)
    way = (Address(b"\xab" * 20), Address(b"\xcd" * 20))
    message = LockedTransfer(
        channel=ChannelKey(token, 3),
        identifier=5,
        proof=NOTHING_SENT,
        payment=PaymentIdentity(9, token, initiator, way[-1]),
        lock=Lock(40, 120, b"\x07" * 32),
        receiver=way[0],
        route=way,
    )
    known = "dd6569587a199193831495b061a21ee49e4ebb5283a65a1bdf8ea60c29c2354f"
    assert additional_hash(message).hex() == known
