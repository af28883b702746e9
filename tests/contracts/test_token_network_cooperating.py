"""Ending an open channel at once, where both sides agree on what each of them gets."""

import pytest

from .channels import balances, open_channel
from .conftest import Deployment
from .harness import MAX, NO_HASH, OVERFLOW, Chain, Event, Party, reverts
from .proofs import Channel, Withdraw

REMOVED = 4


@pytest.fixture
def channel(chain: Chain, deployment: Deployment) -> Channel:
    """Alice has deposited 100 and Bob 50."""
    return open_channel(deployment, (100, 50))


def unsigned(party: Party, total: int = 0, expiration: int = 0) -> Withdraw:
    return party.address, total, expiration, b"", b""


def test_pays_both_and_ends_the_channel(
    channel: Channel, deployment: Deployment, alice: Party, bob: Party
) -> None:
    before = balances(deployment)
    receipt = channel.cooperate(channel.agreement(alice, 70), channel.agreement(bob, 80))
    assert balances(deployment) == (before[0] + 70, before[1] + 80, 0)
    assert [event.name for event in receipt.events] == [
        "ChannelWithdraw",
        "ChannelWithdraw",
        "ChannelSettled",
    ]
    assert [event.args["total_withdraw"] for event in receipt.events[:2]] == [70, 80]
    args = {
        "channel_identifier": channel.id,
        "participant1": alice.address,
        "participant1_amount": 70,
        "participant1_locksroot": NO_HASH,
        "participant2": bob.address,
        "participant2_amount": 80,
        "participant2_locksroot": NO_HASH,
    }
    assert receipt.events[2] == Event("ChannelSettled", args, ("channel_identifier",))
    assert channel.info() == (0, REMOVED)
    for party in (alice, bob):
        assert channel.side(party) == (0, 0, False, NO_HASH, 0, NO_HASH, 0)


def test_pair_can_open_again_in_the_next_block(
    channel: Channel, deployment: Deployment, alice: Party, bob: Party
) -> None:
    channel.cooperate(channel.agreement(bob, 150), unsigned(alice))
    again = open_channel(deployment, (8, 0))
    assert again.id == channel.id + 1
    assert again.side(alice)[:2] == (8, 0)


def test_who_gets_nothing_need_not_have_signed(
    channel: Channel, deployment: Deployment, alice: Party, bob: Party
) -> None:
    before = balances(deployment)
    receipt = channel.cooperate(unsigned(alice), channel.agreement(bob, 150))
    assert balances(deployment) == (before[0], before[1] + 150, 0)
    assert [event.name for event in receipt.events] == ["ChannelWithdraw", "ChannelSettled"]


def test_empty_channels_are_ended_by_anybody(
    chain: Chain, deployment: Deployment, alice: Party, bob: Party
) -> None:
    channel = open_channel(deployment, (0, 0))
    receipt = channel.cooperate(unsigned(bob), unsigned(alice))
    assert [event.name for event in receipt.events] == ["ChannelSettled"]
    assert channel.info() == (0, REMOVED)


def test_totals_include_what_was_withdrawn_before(
    channel: Channel, deployment: Deployment, alice: Party, bob: Party
) -> None:
    before = balances(deployment)
    channel.withdraw(channel.agreement(alice, 20))
    receipt = channel.cooperate(channel.agreement(alice, 70), channel.agreement(bob, 80))
    assert balances(deployment) == (before[0] + 70, before[1] + 80, 0)
    assert receipt.events[-1].args["participant1_amount"] == 70


def test_who_has_withdrawn_everything_can_not_cooperate(
    channel: Channel, alice: Party, bob: Party
) -> None:
    channel.withdraw(channel.agreement(alice, 70))
    with reverts("TN/withdraw: amount is zero"):
        channel.cooperate(channel.agreement(alice, 70), channel.agreement(bob, 80))
    with reverts("TN/withdraw: withdraw > deposit"):
        channel.cooperate(unsigned(alice), channel.agreement(bob, 150))


def test_totals_make_up_the_deposits(channel: Channel, alice: Party, bob: Party) -> None:
    for one, two in ((70, 79), (70, 81), (0, 0), (0, 149)):
        with reverts("TN/coopSettle: incomplete amounts"):
            channel.cooperate(channel.agreement(alice, one), channel.agreement(bob, two))
    with reverts(OVERFLOW):
        channel.cooperate(channel.agreement(alice, MAX), channel.agreement(bob, 151))


def test_a_deposit_between_makes_it_fail(channel: Channel, alice: Party, bob: Party) -> None:
    agreed = (channel.agreement(alice, 70), channel.agreement(bob, 80))
    deposit = (channel.id, bob.address, 51, alice.address)
    channel.network.send("setTotalDeposit", *deposit, sender=bob)
    with reverts("TN/coopSettle: incomplete amounts"):
        channel.cooperate(*agreed)


def test_each_side_has_an_expiration_of_its_own(channel: Channel, alice: Party, bob: Party) -> None:
    mined_in = channel.chain.block_number + 1
    late = channel.agreement(bob, 80, expiration=mined_in)
    with reverts("TN/withdraw: expired"):
        channel.cooperate(channel.agreement(alice, 70), late)
    in_time = channel.agreement(bob, 80, expiration=mined_in + 1)
    assert channel.cooperate(channel.agreement(alice, 70, expiration=mined_in + 9), in_time).events


def test_both_must_have_signed_both(
    channel: Channel, alice: Party, bob: Party, carol: Party
) -> None:
    right = channel.agreement(bob, 80)
    for signers, reason in (
        ((bob, bob), "TN/withdraw: invalid participant sig"),
        ((alice, carol), "TN/withdraw: channel id mismatch"),
        ((alice, alice), "TN: identical addresses"),
    ):
        with reverts(reason):
            channel.cooperate(channel.agreement(alice, 70, signers=signers), right)
    with reverts(""):
        channel.cooperate(unsigned(alice, 70, 10**6), right)


def test_a_refused_half_takes_the_other_one_back(
    channel: Channel, deployment: Deployment, alice: Party, bob: Party
) -> None:
    before = balances(deployment)
    with reverts(""):
        channel.cooperate(channel.agreement(alice, 70), unsigned(bob, 80, 10**6))
    assert balances(deployment) == before
    assert channel.side(alice)[:2] == (100, 0)


def test_names_the_channel_of_both(channel: Channel, alice: Party, carol: Party) -> None:
    with reverts("TN/coopSettle: channel id mismatch"):
        channel.cooperate(channel.agreement(alice, 70), unsigned(carol, 80))
    with reverts("TN: identical addresses"):
        channel.cooperate(unsigned(alice), unsigned(alice))


def test_only_while_the_channel_is_open(channel: Channel, alice: Party, bob: Party) -> None:
    agreed = (channel.agreement(alice, 70), channel.agreement(bob, 80))
    channel.close()
    with reverts("TN: channel not open"):
        channel.cooperate(*agreed)
