"""Paying out what was kept for pending locks."""

from dataclasses import replace

import pytest

from .channels import balances, open_channel
from .conftest import Deployment
from .harness import MAX, NO_HASH, OVERFLOW, Chain, Contract, Event, Party, reverts
from .networks import new_network, stubborn_token
from .proofs import Channel, Lock, Proof, locksroot, packed

SETTLED, REMOVED = 3, 4
ONE, TWO, THREE = (bytes([n]) * 32 for n in (1, 2, 3))


@pytest.fixture
def channel(chain: Chain, deployment: Deployment) -> Channel:
    """Alice has deposited 100 and Bob 50."""
    return open_channel(deployment, (100, 50))


def proof_of(channel: Channel, locks: list[Lock], transferred: int = 0) -> Proof:
    amount = sum(lock.amount for lock in locks)
    return Proof(channel.id, 1, transferred, amount, locksroot(locks))


def settle_with(channel: Channel, alices: Proof | None, bobs: Proof | None = None) -> None:
    channel.close(bobs)
    if alices is not None:
        channel.update(alices)
    channel.pass_timeout()
    channel.settle(alices, bobs)


def test_revealed_locks_go_to_the_receiver_the_rest_back(
    channel: Channel, deployment: Deployment, alice: Party, bob: Party
) -> None:
    locks = [Lock(10, ONE), Lock(20, TWO)]
    deployment.secret_registry.send("registerSecret", ONE)
    before = balances(deployment)
    settle_with(channel, proof_of(channel, locks))
    receipt = channel.unlock(bob, packed(locks))
    args = {
        "channel_identifier": channel.id,
        "receiver": bob.address,
        "sender": alice.address,
        "locksroot": locksroot(locks),
        "unlocked_amount": 10,
        "returned_tokens": 20,
    }
    indexed = ("channel_identifier", "receiver", "sender")
    assert receipt.events == [Event("ChannelUnlocked", args, indexed)]
    assert balances(deployment) == (before[0] + 90, before[1] + 60, 0)
    assert channel.info() == (0, REMOVED)
    assert channel.side(alice)[5:] == (NO_HASH, 0)


@pytest.mark.parametrize(("margin", "unlocked"), [(0, 0), (1, 10)])
def test_a_secret_revealed_in_the_expiration_block_is_too_late(
    channel: Channel, deployment: Deployment, bob: Party, margin: int, unlocked: int
) -> None:
    revealed = deployment.secret_registry.send("registerSecret", ONE).block_number
    locks = [Lock(10, ONE, expiration=revealed + margin)]
    settle_with(channel, proof_of(channel, locks))
    (event,) = channel.unlock(bob, packed(locks)).events
    assert (event.args["unlocked_amount"], event.args["returned_tokens"]) == (
        unlocked,
        10 - unlocked,
    )


def test_secrets_can_be_revealed_after_the_settlement(
    channel: Channel, deployment: Deployment, bob: Party
) -> None:
    locks = [Lock(10, ONE)]
    settle_with(channel, proof_of(channel, locks))
    deployment.secret_registry.send("registerSecret", ONE)
    (event,) = channel.unlock(bob, packed(locks)).events
    assert event.args["unlocked_amount"] == 10


def test_each_direction_is_unlocked_by_itself(
    channel: Channel, deployment: Deployment, alice: Party, bob: Party
) -> None:
    alices, bobs = [Lock(10, ONE)], [Lock(5, TWO), Lock(6, THREE)]
    deployment.secret_registry.send("registerSecretBatch", [ONE, TWO, THREE])
    before = balances(deployment)
    settle_with(channel, proof_of(channel, alices, 30), proof_of(channel, bobs, 30))
    channel.unlock(alice, packed(bobs))
    assert channel.info() == (0, SETTLED)
    channel.unlock(bob, packed(alices))
    assert channel.info() == (0, REMOVED)
    assert balances(deployment) == (before[0] + 101, before[1] + 49, 0)


def test_no_more_than_was_kept(
    chain: Chain, deployment: Deployment, alice: Party, bob: Party
) -> None:
    channel = open_channel(deployment, (15, 0))
    locks = [Lock(10, ONE), Lock(20, TWO)]
    deployment.secret_registry.send("registerSecretBatch", [ONE, TWO])
    settle_with(channel, proof_of(channel, locks))
    (event,) = channel.unlock(bob, packed(locks)).events
    assert (event.args["unlocked_amount"], event.args["returned_tokens"]) == (15, 0)


def test_locks_are_needed_complete_and_in_order(
    channel: Channel, deployment: Deployment, bob: Party
) -> None:
    locks = [Lock(10, ONE), Lock(20, TWO)]
    settle_with(channel, proof_of(channel, locks))
    for wrong in ([locks[0]], locks[::-1], [*locks, locks[0]], []):
        with reverts("TN/unlock: locksroot mismatch"):
            channel.unlock(bob, packed(wrong))
    for cut in (1, 95, 97):
        with reverts("TN: invalid locks size"):
            channel.unlock(bob, packed(locks)[:-cut])
    assert channel.unlock(bob, packed(locks)).events


def test_once_only(channel: Channel, alice: Party, bob: Party) -> None:
    locks = [Lock(10, ONE)]
    settle_with(channel, proof_of(channel, locks))
    with reverts("TN/unlock: locksroot mismatch"):
        channel.unlock(alice, packed(locks))
    channel.unlock(bob, packed(locks))
    with reverts("TN/unlock: locksroot mismatch"):
        channel.unlock(bob, packed(locks))


def test_only_after_the_settlement(
    channel: Channel, alice: Party, bob: Party, carol: Party
) -> None:
    locks = packed([Lock(10, ONE)])
    with reverts("TN/unlock: channel id still exists"):
        channel.unlock(bob, locks)
    with reverts("TN/unlock: channel not settled"):
        replace(channel, closer=carol).unlock(bob, locks)
    channel.close()
    with reverts("TN/unlock: channel id still exists"):
        channel.unlock(bob, locks)
    with reverts("TN: identical addresses"):
        channel.network.send("unlock", channel.id, bob.address, bob.address, locks)


def test_old_channels_are_unlocked_beside_new_ones(
    channel: Channel, deployment: Deployment, bob: Party
) -> None:
    locks = [Lock(10, ONE)]
    settle_with(channel, proof_of(channel, locks))
    open_channel(deployment, (5, 0))
    assert channel.unlock(bob, packed(locks)).events


def test_amounts_beyond_every_number(channel: Channel, deployment: Deployment, bob: Party) -> None:
    deployment.secret_registry.send("registerSecretBatch", [ONE, TWO])
    locks = [Lock(MAX, ONE), Lock(1, TWO)]
    proof = Proof(channel.id, locked=10, locksroot=locksroot(locks))
    settle_with(channel, proof)
    with reverts(OVERFLOW):
        channel.unlock(bob, packed(locks))


def test_one_hundred_and_sixty_locks(
    chain: Chain, deployment: Deployment, alice: Party, bob: Party
) -> None:
    channel = open_channel(deployment, (1000, 0))
    locks = [Lock(1, bytes([n]) * 32) for n in range(160)]
    deployment.secret_registry.send("registerSecretBatch", [lock.secret for lock in locks[:80]])
    settle_with(channel, proof_of(channel, locks))
    receipt = channel.unlock(bob, packed(locks))
    assert receipt.events[0].args["unlocked_amount"] == 80
    assert receipt.gas_used < 1_256_636  # what Raiden allows for it


@pytest.mark.parametrize(
    ("revealed", "reason"), [(True, "unlocked transfer"), (False, "returned transfer")]
)
def test_refused_payout(
    chain: Chain, secret_registry: Contract, alice: Party, bob: Party, revealed: bool, reason: str
) -> None:
    network = new_network(chain, stubborn_token(chain, 68), secret_registry)
    channel = Channel(chain, network, 1, alice, bob)
    network.send("openChannel", alice.address, bob.address, 2)
    network.send("setTotalDeposit", 1, alice.address, 5, bob.address)
    if revealed:
        secret_registry.send("registerSecret", ONE)
    locks = [Lock(5, ONE)]
    settle_with(channel, proof_of(channel, locks))
    with reverts(f"TN/unlock: {reason} failed"):
        channel.unlock(bob, packed(locks))
    assert channel.info() == (0, SETTLED)
