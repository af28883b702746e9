"""Gas on the model for withdrawals, cooperative settlements, secrets and locks."""

from collections.abc import Iterable
from hashlib import sha256
from typing import Any

import pytest

from simulator.chain.ledger import Status
from simulator.chain.model.proofs import MessageKind, SignedState
from simulator.chain.model.token_network.unlocking import ModelLock
from simulator.chain.signatures import Signed
from simulator.words.hashing import keccak
from simulator.words.units import ZERO_ADDRESS, Address
from tests.chain.drafts import SECRETS, spoiled
from tests.chain.side_by_side import (
    ACCOUNTS,
    MAX,
    NO_HASH,
    Network,
    SideBySide,
    balance_hash,
    network_of,
)
from tests.chain.test_model_gas import check, shown

ALICE, BOB, CAROL, _ = ACCOUNTS
WRONG = (2, 3, 4, 5, 6, 7)
FAR = 10**6
Agreement = tuple[Address, int, int, Any, Any]


@pytest.fixture
def net() -> Network[SideBySide]:
    """Alice and Bob have channel 1, with deposits of 100 and 50; channel 2 is Carol's and Bob's."""
    made = network_of(SideBySide(), timeouts=(1, 5), supply=2000)
    made.pair.one(made.of_token("approve", made.address, 2000))
    open_channel(made, ALICE, BOB, (100, 50))
    open_channel(made, CAROL, BOB, (0, 0))
    return made


def open_channel(
    net: Network[SideBySide], one: Address, two: Address, deposits: tuple[int, int]
) -> int:
    net.pair.one(net.call("openChannel", one, two, 1))
    opened = int(str(net.ask("channel_counter")[0]))
    for side, other, deposit in ((one, two, deposits[0]), (two, one, deposits[1])):
        if deposit:
            net.pair.one(net.call("setTotalDeposit", opened, side, deposit, other))
    return opened


def agreement(
    net: Network[SideBySide],
    side: int,
    total: int,
    expiration: int = FAR,
    *,
    keys: tuple[int, int] | None = None,
    how: tuple[int, int] = (0, 0),
    channel: int = 1,
) -> Agreement:
    """What Alice (0) or Bob (1) may take out, with signatures that are made already."""
    keys = keys or (side, 1 - side)
    signed = [
        spoiled(net.sign_withdraw(key, channel, ACCOUNTS[side], total, expiration), way)
        for key, way in zip(keys, how, strict=True)
    ]
    return ACCOUNTS[side], total, expiration, *signed  # type: ignore[return-value]


def unsigned(participant: Address, total: int) -> Agreement:
    """What nobody has signed; without signatures calldata costs less than what is done with it."""
    return participant, total, 1, b"", b""


def wrong_agreements(net: Network[SideBySide]) -> Iterable[Agreement]:
    yield agreement(net, 0, 30, 1)
    for how in WRONG:
        yield agreement(net, 0, 30, how=(how, 0))
        yield agreement(net, 0, 30, how=(0, how))
    yield agreement(net, 0, 30, keys=(0, 0))
    yield agreement(net, 0, 30, keys=(0, 2))


@pytest.mark.parametrize("as_two", [False, True])
def test_withdrawing(net: Network[SideBySide], as_two: bool) -> None:
    both = net.pair

    def withdraw(agreed: Agreement, channel: int = 1) -> Status:
        if as_two:
            return both.one(net.call("setTotalWithdraw2", channel, agreed)).status
        return both.one(net.call("setTotalWithdraw", channel, *agreed)).status

    assert withdraw(agreement(net, 0, 30), 9) is Status.REVERTED
    assert withdraw(unsigned(ALICE, 30), 9) is Status.REVERTED
    for wrong in (
        unsigned(ALICE, 0),
        unsigned(ALICE, 30),
        *wrong_agreements(net),
        agreement(net, 0, 0),
        agreement(net, 1, 151),
    ):
        assert withdraw(wrong) is Status.REVERTED
    assert withdraw(agreement(net, 0, 30)) is Status.MINED
    for wrong in (
        agreement(net, 0, 30),
        agreement(net, 0, 29),
        agreement(net, 1, MAX),
        agreement(net, 1, 121),
    ):
        assert withdraw(wrong) is Status.REVERTED
    for right in (agreement(net, 0, 40, how=(1, 1)), agreement(net, 1, 10), agreement(net, 1, 110)):
        assert withdraw(right) is Status.MINED
    check(both, share=1000)


@pytest.mark.parametrize("before", [(0, 0), (20, 0), (0, 20), (5, 7)])
@pytest.mark.parametrize("totals", [(70, 80), (150, 0), (0, 150)])
def test_cooperating(
    net: Network[SideBySide], before: tuple[int, int], totals: tuple[int, int]
) -> None:
    both = net.pair
    for side in (0, 1):
        if before[side]:
            both.one(net.call("setTotalWithdraw", 1, *agreement(net, side, before[side])))

    def settle(one: Agreement, two: Agreement, channel: int = 1) -> Status:
        return both.one(net.call("cooperativeSettle", channel, one, two)).status

    other = agreement(net, 1, 120)
    assert settle(agreement(net, 0, 30), other, 9) is Status.REVERTED
    for wrong in wrong_agreements(net):
        assert settle(wrong, other) is Status.REVERTED
        assert settle(other, wrong) is Status.REVERTED
    for pair in ((ZERO_ADDRESS, BOB), (BOB, ZERO_ADDRESS), (BOB, BOB), (CAROL, BOB)):
        one, two = (unsigned(side, 75) for side in pair)
        assert settle(one, two) is Status.REVERTED
    assert settle(unsigned(ALICE, 30), unsigned(BOB, 120), 9) is Status.REVERTED
    for total in (30, 31, MAX):
        assert settle(unsigned(ALICE, total), unsigned(BOB, 120)) is Status.REVERTED
    assert settle(agreement(net, 0, 31), other) is Status.REVERTED
    assert settle(agreement(net, 0, MAX), other) is Status.REVERTED
    for side in (0, 1):
        if before[side]:
            for total in (before[side], before[side] - 1):
                one, two = agreement(net, side, total), agreement(net, 1 - side, 150 - total)
                assert settle(one, two) is Status.REVERTED
                assert settle(two, one) is Status.REVERTED
    possible = all(before[side] < totals[side] for side in (0, 1) if before[side])
    ended = settle(agreement(net, 0, totals[0]), agreement(net, 1, totals[1]))
    assert ended is (Status.MINED if possible else Status.REVERTED)
    check(both, share=1000)


def test_empty_channels_end_without_signatures(net: Network[SideBySide]) -> None:
    one, two = unsigned(BOB, 0), unsigned(CAROL, 0)
    assert net.pair.one(net.call("cooperativeSettle", 2, one, two)).status is Status.MINED
    check(net.pair, share=1000)


def test_revealing(net: Network[SideBySide]) -> None:
    for secrets in (SECRETS[:1], SECRETS[:1]):
        net.pair.one(net.of_secrets("registerSecret", *secrets))
    for secrets in ([], SECRETS[:2], SECRETS[1:5], SECRETS[:5], [NO_HASH] * 3):
        net.pair.one(net.of_secrets("registerSecretBatch", secrets))
    check(net.pair)


@pytest.mark.parametrize("count", [1, 2, 10, 100, 160])
@pytest.mark.parametrize("known", [0, 1, 1000])
def test_unlocking(count: int, known: int) -> None:
    net = network_of(SideBySide(), timeouts=(1, 5), supply=2000)
    both = net.pair
    both.one(net.of_token("approve", net.address, 2000))
    channel = open_channel(net, ALICE, BOB, (200, 0))
    secrets = [bytes([number, 7]) * 16 for number in range(count)]
    hashes = [revealed_hash(secret) for secret in secrets]
    block = both.head + 1
    late = [ModelLock(block, 1, hashes[0])]
    locks = [ModelLock(FAR, 1, secrethash) for secrethash in hashes] + (late if count == 2 else [])
    packed = packed_locks(locks)
    if known:
        both.one(net.of_secrets("registerSecretBatch", secrets[:known]))
    terms = (0, len(locks), keccak(packed))
    state = SignedState(channel, balance_hash(*terms), 1, NO_HASH)
    proof = shown(net, MessageKind.BALANCE_PROOF, state, (0, 1))

    def unlock(receiver: Address, sender: Address, data: bytes, at: int = channel) -> Status:
        return both.one(net.call("unlock", at, receiver, sender, data)).status

    assert unlock(BOB, ALICE, packed) is Status.REVERTED
    assert unlock(BOB, ALICE, b"") is Status.REVERTED
    both.one(net.call("closeChannel", channel, ALICE, BOB, *proof))
    both.advance(2)
    both.one(net.call("settleChannel", channel, BOB, 0, 0, NO_HASH, ALICE, *terms))
    second = open_channel(net, CAROL, BOB, (0, 0))
    assert unlock(BOB, ALICE, packed, second) is Status.REVERTED
    assert unlock(BOB, ALICE, b"", second) is Status.REVERTED
    for receiver, sender in ((ZERO_ADDRESS, BOB), (BOB, ZERO_ADDRESS), (BOB, BOB), (ALICE, BOB)):
        assert unlock(receiver, sender, packed) is Status.REVERTED
        assert unlock(receiver, sender, b"") is Status.REVERTED
    for wrong in (packed[:-1], packed[:-96], packed * 2, b""):
        assert unlock(BOB, ALICE, wrong) is Status.REVERTED
    assert unlock(BOB, ALICE, packed) is Status.MINED
    assert unlock(BOB, ALICE, packed) is Status.REVERTED
    check(both, share=1000)


def test_unlocking_what_is_no_number(net: Network[SideBySide]) -> None:
    net.pair.one(net.of_secrets("registerSecretBatch", SECRETS[:2]))
    locks = [ModelLock(FAR, MAX, revealed_hash(secret)) for secret in SECRETS[:2]]
    net.pair.one(net.call("unlock", 7, BOB, ALICE, packed_locks(locks)))
    net.pair.one(net.call("unlock", 7, ALICE, BOB, packed_locks(locks)))
    check(net.pair)


def test_unlocking_without_a_secret_registry() -> None:
    both = SideBySide()
    token = both.deploy("CustomToken", 5, 18, "T", "T")
    other = both.deploy("CustomToken", 5, 18, "O", "O")
    network = both.deploy("TokenNetwork", token, other, 1, 5, ALICE, MAX, MAX)
    net = Network(both, token, token, network)
    both.one(net.call("unlock", 7, BOB, ALICE, bytes(96)))
    both.one(net.call("unlock", 7, BOB, ALICE, b""))
    check(both)


def test_lazy_agreements_count_as_full_ones(net: Network[SideBySide]) -> None:
    def lazy(side: int, total: int) -> tuple[Address, int, int, Signed, Signed]:
        keys = (side, 1 - side)
        one, two = (net.sign_withdraw(key, 1, ACCOUNTS[side], total, FAR) for key in keys)
        return ACCOUNTS[side], total, FAR, one, two

    for call in (
        net.call("setTotalWithdraw", 1, *lazy(0, 10)),
        net.call("setTotalWithdraw2", 1, lazy(1, 10)),
        net.call("cooperativeSettle", 1, lazy(0, 70), lazy(1, 80)),
    ):
        assert net.pair.one(call).status is Status.MINED
    check(net.pair, share=1000)


def revealed_hash(secret: bytes) -> bytes:
    return sha256(secret).digest()


def packed_locks(locks: Iterable[ModelLock]) -> bytes:
    return b"".join(
        lock.expiration_block.to_bytes(32, "big")
        + lock.amount.to_bytes(32, "big")
        + lock.secrethash
        for lock in locks
    )
