"""Closing a channel and showing balance proofs."""

from dataclasses import replace

import pytest

from .conftest import TIMEOUT_MIN
from .harness import (
    MAX,
    NO_HASH,
    NO_SIGNATURE,
    OVERFLOW,
    Chain,
    Contract,
    Event,
    Party,
    reverts,
)
from .proofs import PROOF, UPDATE, Channel, Proof

OPEN, CLOSED = 1, 2


@pytest.fixture
def channel(chain: Chain, network: Contract, alice: Party, bob: Party) -> Channel:
    """A channel that Alice will close."""
    opened = network.send("openChannel", alice.address, bob.address, TIMEOUT_MIN)
    return Channel(chain, network, opened.result, alice, bob)


@pytest.fixture
def proof(channel: Channel) -> Proof:
    return Proof(channel.id, nonce=7, transferred=10, locked=3, locksroot=b"\x33" * 32)


def shown(name: str, channel: Channel, proof: Proof) -> Event:
    args = {
        "channel_identifier": channel.id,
        "closing_participant": channel.closer.address,
        "nonce": proof.nonce,
        "balance_hash": proof.balance_hash,
    }
    return Event(name, args, ("channel_identifier", "closing_participant", "nonce"))


def flipped(signature: bytes) -> bytes:
    """The same signature with v as 0 or 1."""
    return signature[:64] + bytes([signature[64] - 27])


def test_close_without_proof(channel: Channel) -> None:
    receipt = channel.close()
    assert receipt.events == [shown("ChannelClosed", channel, channel.nothing())]
    assert channel.info() == (receipt.block_number + TIMEOUT_MIN, CLOSED)
    assert channel.side(channel.closer) == (0, 0, True, NO_HASH, 0, NO_HASH, 0)
    assert channel.side(channel.partner) == (0, 0, False, NO_HASH, 0, NO_HASH, 0)


def test_close_with_proof(channel: Channel, proof: Proof) -> None:
    receipt = channel.close(proof)
    assert receipt.events == [shown("ChannelClosed", channel, proof)]
    assert channel.side(channel.closer)[2:5] == (True, NO_HASH, 0)
    assert channel.side(channel.partner)[2:5] == (False, proof.balance_hash, 7)


def test_messages_are_as_long_as_they_say(channel: Channel, proof: Proof) -> None:
    message = proof.message(channel.network.address, channel.chain.id, PROOF)
    assert (len(message), len(message + NO_SIGNATURE)) == (212, 277)


def test_signatures_may_count_v_from_zero(channel: Channel, proof: Proof) -> None:
    sent = flipped(channel.sign(proof, channel.partner))
    received = flipped(channel.countersign(proof, channel.closer, PROOF, sent))
    channel.close(proof, sent=sent, received=received)


def test_signature_without_proof_is_only_data(channel: Channel) -> None:
    channel.close(sent=b"\x01" * 65)


@pytest.mark.parametrize("size", [0, 64, 66])
def test_signed_message_includes_65_bytes_of_signature(channel: Channel, size: int) -> None:
    with reverts("TN/close: invalid closing sig"):
        channel.close(sent=bytes(size))


def test_close_happens_once(channel: Channel) -> None:
    channel.close()
    for again in (channel, channel.swapped(), replace(channel, id=channel.id + 1)):
        with reverts("TN: channel not open"):
            again.close()


def test_close_checks_pair(channel: Channel, carol: Party) -> None:
    with reverts("TN/close: channel id mismatch"):
        replace(channel, partner=carol).close()


def test_close_needs_the_closers_signature(channel: Channel, proof: Proof, carol: Party) -> None:
    sent = channel.sign(proof, channel.partner)
    for party, kind in ((carol, PROOF), (channel.partner, PROOF), (channel.closer, UPDATE)):
        received = channel.countersign(proof, party, kind, sent)
        with reverts("TN/close: invalid closing sig"):
            channel.close(proof, sent=sent, received=received)
    with reverts("TN/close: invalid closing sig"):
        channel.close(proof, received=channel.sign(proof, channel.closer))


def test_close_needs_the_partners_signature(channel: Channel, proof: Proof, carol: Party) -> None:
    for party in (carol, channel.closer):
        with reverts("TN/close: invalid non-closing sig"):
            channel.close(proof, sent=channel.sign(proof, party))


def test_proof_of_something_else(channel: Channel, proof: Proof) -> None:
    for other in (
        replace(proof, channel=proof.channel + 1),
        replace(proof, nonce=proof.nonce + 1),
        replace(proof, transferred=proof.transferred + 1),
        replace(proof, additional_hash=NO_HASH),
    ):
        with reverts("TN/close: invalid non-closing sig"):
            channel.close(proof, sent=channel.sign(other, channel.partner))


def test_proof_for_another_network(
    channel: Channel, proof: Proof, chain: Chain, registry: Contract
) -> None:
    elsewhere = replace(channel, network=registry)
    with reverts("TN/close: invalid non-closing sig"):
        channel.close(proof, sent=elsewhere.sign(proof, channel.partner))


@pytest.mark.parametrize("v", [2, 26, 29, 255])
def test_signature_with_unknown_v(channel: Channel, proof: Proof, v: int) -> None:
    good = channel.sign(proof, channel.partner)
    with reverts(""):
        channel.close(proof, sent=good[:64] + bytes([v]))
    with reverts(""):
        channel.close(proof, received=good[:64] + bytes([v]))


@pytest.mark.parametrize("size", [0, 64, 66])
def test_signature_of_another_size(channel: Channel, proof: Proof, size: int) -> None:
    with reverts(""):
        channel.close(proof, received=channel.sign(proof, channel.closer).ljust(66)[:size])


def test_signature_that_nobody_made(channel: Channel) -> None:
    with reverts(""):
        channel.close(received=NO_SIGNATURE)


def test_timeout_beyond_the_last_block(
    chain: Chain, token: Contract, secret_registry: Contract, alice: Party, bob: Party
) -> None:
    args = (token.address, secret_registry.address, 1, MAX, alice.address, MAX, MAX)
    network = chain.deploy("TokenNetwork", *args)
    network.send("openChannel", alice.address, bob.address, MAX)
    with reverts(OVERFLOW):
        Channel(chain, network, 1, alice, bob).close()


def test_update(channel: Channel, proof: Proof) -> None:
    channel.close()
    receipt = channel.update(proof)
    assert receipt.events == [shown("NonClosingBalanceProofUpdated", channel, proof)]
    assert channel.side(channel.closer)[2:5] == (True, proof.balance_hash, 7)
    assert channel.side(channel.partner)[2:5] == (False, NO_HASH, 0)


def test_update_after_close_with_proof_keeps_both(channel: Channel, proof: Proof) -> None:
    other = replace(proof, nonce=2, transferred=99)
    channel.close(proof)
    channel.update(other)
    assert channel.side(channel.closer)[3:5] == (other.balance_hash, 2)
    assert channel.side(channel.partner)[3:5] == (proof.balance_hash, 7)


def test_update_again_needs_a_higher_nonce(channel: Channel, proof: Proof) -> None:
    channel.close()
    channel.update(proof)
    for nonce in (1, proof.nonce):
        with reverts("TN: nonce reused"):
            channel.update(replace(proof, nonce=nonce, transferred=1))
    newer = replace(proof, nonce=proof.nonce + 1, transferred=1)
    channel.update(newer)
    assert channel.side(channel.closer)[3:5] == (newer.balance_hash, newer.nonce)


def test_update_after_the_timeout(channel: Channel, proof: Proof) -> None:
    channel.close()
    channel.pass_timeout()
    channel.update(proof)


def test_update_needs_a_closed_channel(channel: Channel, proof: Proof) -> None:
    with reverts("TN/update: channel not closed"):
        channel.update(proof)
    assert channel.info() == (TIMEOUT_MIN, OPEN)


def test_update_checks_pair(channel: Channel, proof: Proof, carol: Party) -> None:
    channel.close()
    with reverts("TN/update: channel id mismatch"):
        replace(channel, partner=carol).update(proof)


def test_update_checks_nonce_and_hash(
    channel: Channel, proof: Proof, alice: Party, bob: Party
) -> None:
    channel.close()
    args = (channel.id, alice.address, bob.address)
    tail = (NO_HASH, NO_SIGNATURE, NO_SIGNATURE)
    with reverts("TN/update: balance hash is zero"):
        channel.network.send("updateNonClosingBalanceProof", *args, NO_HASH, 1, *tail)
    with reverts("TN/update: nonce is zero"):
        channel.network.send("updateNonClosingBalanceProof", *args, proof.balance_hash, 0, *tail)


def test_update_needs_the_partners_signature(channel: Channel, proof: Proof, carol: Party) -> None:
    channel.close()
    sent = channel.sign(proof, channel.closer)
    for party, kind in ((carol, UPDATE), (channel.closer, UPDATE), (channel.partner, PROOF)):
        with reverts("TN/update: invalid non-closing sig"):
            channel.update(proof, received=channel.countersign(proof, party, kind, sent))


def test_update_needs_the_closers_signature(channel: Channel, proof: Proof, carol: Party) -> None:
    channel.close()
    for party in (carol, channel.partner):
        with reverts("TN/update: invalid closing sig"):
            channel.update(proof, sent=channel.sign(proof, party))


def test_closer_cannot_update(channel: Channel, proof: Proof) -> None:
    channel.close()
    with reverts("TN/update: incorrect signature order"):
        channel.swapped().update(proof)
