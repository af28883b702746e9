"""Taking tokens out of an open channel."""

from dataclasses import replace

import pytest

from .channels import balances, open_channel
from .conftest import Deployment
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
from .networks import new_network, stubborn_token
from .proofs import FAR, Channel, Proof


@pytest.fixture
def channel(chain: Chain, deployment: Deployment) -> Channel:
    """Alice has deposited 100 and Bob 50."""
    return open_channel(deployment, (100, 50))


def withdrawn(channel: Channel, party: Party, total: int) -> Event:
    args = {
        "channel_identifier": channel.id,
        "participant": party.address,
        "total_withdraw": total,
    }
    return Event("ChannelWithdraw", args, ("channel_identifier", "participant"))


@pytest.mark.parametrize("as_two", [False, True])
def test_pays_the_participant(
    channel: Channel, deployment: Deployment, alice: Party, as_two: bool
) -> None:
    before = balances(deployment)
    receipt = channel.withdraw(channel.agreement(alice, 30), as_two=as_two)
    assert receipt.events == [withdrawn(channel, alice, 30)]
    assert balances(deployment) == (before[0] + 30, before[1], before[2] - 30)
    assert channel.side(alice)[:2] == (100, 30)


def test_totals_pay_the_difference(
    channel: Channel, deployment: Deployment, alice: Party, bob: Party
) -> None:
    before = balances(deployment)
    channel.withdraw(channel.agreement(alice, 30))
    channel.withdraw(channel.agreement(bob, 20))
    channel.withdraw(channel.agreement(alice, 45))
    assert balances(deployment) == (before[0] + 45, before[1] + 20, before[2] - 65)


def test_the_partners_deposit_can_be_taken_too(
    channel: Channel, deployment: Deployment, alice: Party
) -> None:
    before = balances(deployment)
    channel.withdraw(channel.agreement(alice, 150))
    assert balances(deployment) == (before[0] + 150, before[1], before[2] - 150)


def test_tokens_of_pending_locks_can_be_taken(
    channel: Channel, deployment: Deployment, alice: Party, bob: Party
) -> None:
    """Contracts don't know of locks before the close: settling pays from what is left."""
    before = balances(deployment)
    channel.withdraw(channel.agreement(bob, 50))
    bobs = Proof(channel.id, transferred=0, locked=40, locksroot=b"\xbb" * 32)
    channel.close(bobs)
    channel.pass_timeout()
    (event,) = channel.settle(None, bobs).events
    assert (event.args["participant1_amount"], event.args["participant2_amount"]) == (60, 0)
    assert channel.side(bob)[5:] == (b"\xbb" * 32, 40)
    assert balances(deployment) == (before[0] + 60, before[1] + 50, before[2] - 110)


def test_no_more_than_what_is_there(channel: Channel, alice: Party, bob: Party) -> None:
    with reverts("TN/withdraw: withdraw > deposit"):
        channel.withdraw(channel.agreement(alice, 151))
    channel.withdraw(channel.agreement(bob, 70))
    with reverts("TN/withdraw: withdraw > deposit"):
        channel.withdraw(channel.agreement(alice, 81))
    with reverts(OVERFLOW):
        channel.withdraw(channel.agreement(alice, MAX))
    channel.withdraw(channel.agreement(alice, 80))


def test_totals_grow(channel: Channel, alice: Party) -> None:
    with reverts("TN/withdraw: total withdraw is zero"):
        channel.withdraw(channel.agreement(alice, 0))
    channel.withdraw(channel.agreement(alice, 10))
    with reverts("TN/withdraw: amount is zero"):
        channel.withdraw(channel.agreement(alice, 10))
    with reverts(OVERFLOW):
        channel.withdraw(channel.agreement(alice, 9))


def test_expires_in_the_expiration_block(channel: Channel, alice: Party) -> None:
    mined_in = channel.chain.block_number + 1
    with reverts("TN/withdraw: expired"):
        channel.withdraw(channel.agreement(alice, 1, expiration=mined_in))
    channel.withdraw(channel.agreement(alice, 1, expiration=mined_in + 1))


def test_both_must_have_signed(channel: Channel, alice: Party, bob: Party, carol: Party) -> None:
    with reverts("TN/withdraw: invalid participant sig"):
        channel.withdraw(channel.agreement(alice, 1, signers=(bob, bob)))
    with reverts("TN/withdraw: channel id mismatch"):
        channel.withdraw(channel.agreement(alice, 1, signers=(alice, carol)))
    with reverts("TN: identical addresses"):
        channel.withdraw(channel.agreement(alice, 1, signers=(alice, alice)))
    with reverts("TN/withdraw: channel id mismatch"):
        channel.withdraw(channel.agreement(carol, 1, signers=(carol, bob)))


@pytest.mark.parametrize("field", [1, 2])
def test_a_changed_agreement_is_another_one(channel: Channel, alice: Party, field: int) -> None:
    agreed = list(channel.agreement(alice, 10))
    agreed[field] = int(str(agreed[field])) - 1
    with reverts("TN/withdraw: invalid participant sig"):
        channel.network.send("setTotalWithdraw", channel.id, *agreed)


@pytest.mark.parametrize("wrong", [NO_SIGNATURE, b"", bytes(64), b"\x01" * 64 + b"\x05"])
def test_what_nobody_can_have_signed(channel: Channel, alice: Party, wrong: bytes) -> None:
    *agreed, first, second = channel.agreement(alice, 10)
    for signatures in ((wrong, second), (first, wrong)):
        with reverts(""):
            channel.network.send("setTotalWithdraw", channel.id, *agreed, *signatures)


def test_another_channel_has_agreements_of_its_own(
    channel: Channel, alice: Party, carol: Party
) -> None:
    network = channel.network
    other = network.send("openChannel", alice.address, carol.address, 5).result
    agreed = channel.agreement(alice, 10)
    with reverts("TN/withdraw: invalid participant sig"):
        network.send("setTotalWithdraw2", other, agreed)
    with reverts("TN: channel not open"):
        replace(channel, id=other + 1).withdraw(agreed)


def test_only_while_the_channel_is_open(channel: Channel, alice: Party) -> None:
    agreed = channel.agreement(alice, 10)
    channel.close()
    with reverts("TN: channel not open"):
        channel.withdraw(agreed)


def test_deprecated_networks_pay_out(channel: Channel, alice: Party) -> None:
    channel.network.send("deprecate")
    assert channel.withdraw(channel.agreement(alice, 10)).events


def test_deposits_go_on_afterwards(channel: Channel, alice: Party, bob: Party) -> None:
    channel.withdraw(channel.agreement(alice, 150))
    deposit = (channel.id, alice.address, 105, bob.address)
    channel.network.send("setTotalDeposit", *deposit, sender=alice)
    assert channel.side(alice)[:2] == (105, 150)
    with reverts("TN/withdraw: withdraw > deposit"):
        channel.withdraw(channel.agreement(alice, 156))
    channel.withdraw(channel.agreement(bob, 5))


def test_both_signed_for_this_chain_and_contract(
    chain: Chain, channel: Channel, secret_registry: Contract, token: Contract, alice: Party
) -> None:
    elsewhere = new_network(chain, token.address, secret_registry)
    elsewhere.send("openChannel", alice.address, channel.partner.address, 5)
    assert channel.id == 1
    agreed = replace(channel, network=elsewhere).agreement(alice, 10)
    with reverts("TN/withdraw: invalid participant sig"):
        channel.withdraw(agreed)


def test_refused_payout(chain: Chain, secret_registry: Contract, alice: Party, bob: Party) -> None:
    network = new_network(chain, stubborn_token(chain, 68), secret_registry)
    channel = Channel(chain, network, 1, alice, bob)
    network.send("openChannel", alice.address, bob.address, 2)
    network.send("setTotalDeposit", 1, alice.address, 5, bob.address)
    agreed = channel.agreement(alice, 5)
    with reverts("TN/withdraw: transfer failed"):
        channel.withdraw(agreed)
    with reverts("TN/withdraw: transfer failed"):
        channel.cooperate(agreed, (bob.address, 0, FAR, b"", b""))
    assert channel.side(alice) == (5, 0, False, NO_HASH, 0, NO_HASH, 0)
