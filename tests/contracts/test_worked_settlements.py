"""Settlements worked out on Raiden's published contracts, and a signature made by Raiden."""

from dataclasses import dataclass

import pytest
from eth_utils.crypto import keccak

from simulator.chain.keys import Key
from simulator.chain.model.proofs import Domain, MessageKind, SignedState
from simulator.chain.model.token_network.division import SettlementTerms
from simulator.chain.signatures import Signed
from simulator.words.units import Address

from .channels import balances, open_channel
from .conftest import Deployment
from .harness import Chain, Party
from .proofs import PROOF, Lock, Proof, locksroot, packed

KEPT_ROOTS = (b"\xaa" * 32, b"\xbb" * 32)


@dataclass(frozen=True)
class Case:
    """What each of two participants has put in, taken out and sent, and what each is paid."""

    deposits: tuple[int, int]
    withdrawn: tuple[int, int]
    sent1: tuple[int, int]
    sent2: tuple[int, int]
    paid: tuple[int, int]
    kept: tuple[int, int] = (0, 0)


NOTHING = (0, 0)
CASES = {
    "no proofs": Case((100, 50), NOTHING, NOTHING, NOTHING, (100, 50)),
    "one way": Case((100, 50), NOTHING, (30, 0), NOTHING, (70, 80)),
    "both ways": Case((100, 50), NOTHING, (80, 0), (60, 0), (80, 70)),
    "withdrawals": Case((100, 50), (20, 5), (30, 0), (10, 0), (60, 65)),
    "locks both ways": Case((100, 50), NOTHING, (30, 10), (10, 5), (70, 65), (10, 5)),
    "never updated": Case((100, 50), NOTHING, NOTHING, (60, 0), (150, 0)),
    "more than exists": Case((10, 10), NOTHING, NOTHING, (35, 0), (20, 0)),
    "more than exists, locked": Case((10, 10), NOTHING, NOTHING, (25, 10), (10, 0), (0, 10)),
    "everything sent": Case((100, 0), NOTHING, (100, 0), NOTHING, (0, 100)),
    "lock only": Case((100, 100), NOTHING, (0, 40), NOTHING, (60, 100), (40, 0)),
    "clipped lock": Case((720, 869), NOTHING, (1259, 296), (806, 87), (0, 1235), (296, 58)),
    "all withdrawn, late proof": Case((100, 50), (150, 0), NOTHING, (60, 0), (0, 0)),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_settlement_pays_what_the_published_contract_pays(
    chain: Chain, deployment: Deployment, alice: Party, bob: Party, case: Case
) -> None:
    before = balances(deployment)
    channel = open_channel(deployment, case.deposits)
    for party, total in zip((alice, bob), case.withdrawn, strict=True):
        if total:
            channel.withdraw(channel.agreement(party, total))
    alices, bobs = (
        Proof(channel.id, 1, *sent, root) if any(sent) else None
        for sent, root in zip((case.sent1, case.sent2), KEPT_ROOTS, strict=True)
    )
    channel.close(bobs)
    if alices is not None:
        channel.update(alices)
    channel.pass_timeout()
    channel.settle(alices, bobs)

    kept = tuple(channel.side(party)[6] for party in (alice, bob))
    one, two, locked = balances(deployment)
    assert kept == case.kept
    assert locked == sum(kept)
    assert (one - before[0], two - before[1]) == (
        case.withdrawn[0] + case.paid[0] - case.deposits[0],
        case.withdrawn[1] + case.paid[1] - case.deposits[1],
    )


NETWORK = "0x" + "11" * 20
CHAIN_ID = 1337
KEY = Key(bytes.fromhex("9c0257114eb9399a2985f8e75dad7600c5d89fe3824ffa99ec1c3eb8bf3b0501"))
LOCK = Lock(
    40,
    bytes.fromhex("65462b0520ef7d3df61b9992ed3bea0c56ead753be7c8b3614e0ce01e4cac41b"),
    expiration=120,
)
PROVEN = Proof(
    channel=3,
    nonce=2,
    transferred=7,
    locked=40,
    locksroot=locksroot([LOCK]),
    additional_hash=bytes.fromhex(
        "278507a56396f270f2b7d9e1ec97c4ab2e00af70348fd040004c6eca436c85c2"
    ),
)
DIGEST = "2fadd0766e2f9b440a0ddbd42fca0c074090d498ef2d7c72ef5b6e980118ea0b"
SIGNATURE = (
    "12e2e25c0fd7b817f4e6f7d97b4c7b3af68db5f6a6586a1f3e823dc9777f8587"
    "74e6e9226db8e66e9cac86186c0272ec6efc88973b374160824afd86971282251c"
)


def test_hashes_are_those_of_raiden() -> None:
    assert len(packed([LOCK])) == 96
    assert LOCK.secrethash.hex().startswith("984b70ac18265f1b589cd47686f34330")
    assert PROVEN.locksroot.hex().startswith("7ed1bb4eb6b830a9570f98384fbfd7ea")
    assert PROVEN.balance_hash.hex().startswith("320299fe9644c30e20ab564960097745")
    terms = SettlementTerms(Address(bytes(20)), *PROVEN.amounts)
    assert terms.balance_hash == PROVEN.balance_hash


def test_signature_is_that_of_raiden() -> None:
    message = PROVEN.message(NETWORK, CHAIN_ID, PROOF)
    prefix = b"\x19Ethereum Signed Message:\n212"
    assert keccak(prefix + message).hex() == DIGEST
    party = Party("0x328809Bc894f92807417D2dAD6b7C998c1aFdac6", KEY.private_key.to_bytes())
    assert party.sign(message).hex() == SIGNATURE

    state = SignedState(3, PROVEN.balance_hash, 2, PROVEN.additional_hash)
    domain = Domain(Address(bytes.fromhex(NETWORK[2:])), CHAIN_ID)
    signed = Signed(domain.message(MessageKind.BALANCE_PROOF, state), KEY)
    assert bytes(signed).hex() == SIGNATURE
