"""What services are paid for, and how: the contracts beside the channels."""

from dataclasses import dataclass, replace

import pytest

from .channels import open_channel
from .conftest import Deployment
from .harness import Chain, Contract, Event, Party, artifact, reverts
from .proofs import UPDATE, Channel, Proof, raw, word

PRICE, DURATION = 2_000, 3_000
IOU, REWARD = 5, 6


@dataclass(frozen=True)
class Services:
    """A registry whose prices double with a registration, and what users pay services with."""

    home: Deployment
    registry: Contract
    users: Contract
    one_to_n: Contract
    monitors: Contract

    def iou(self, user: Party, service: Party, amount: int, expiration: int) -> tuple[object, ...]:
        head = raw(self.one_to_n.address) + word(self.home.chain.id) + word(IOU)
        ends = raw(user.address) + raw(service.address)
        signature = user.sign(head + ends + word(amount) + word(expiration))
        return user.address, service.address, amount, expiration, signature


@pytest.fixture
def services(chain: Chain, deployment: Deployment) -> Services:
    token, parties = deployment.token, chain.parties
    parameters = (PRICE, 2, 1, 60, 100, DURATION)
    registry = chain.deploy("ServiceRegistry", token.address, parties[0].address, *parameters)
    users = chain.deploy("UserDeposit", token.address, 1_000)
    one_to_n = chain.deploy("OneToN", users.address, chain.id, registry.address)
    places = (registry.address, users.address, deployment.registry.address)
    monitors = chain.deploy("MonitoringService", token.address, *places)
    users.send("init", monitors.address, one_to_n.address)
    for party in parties[:4]:
        for spender in (registry, users):
            token.send("approve", spender.address, 10**6, sender=party)
    return Services(deployment, registry, users, one_to_n, monitors)


def test_who_registers_pays_the_price_of_the_moment(
    services: Services, token: Contract, carol: Party
) -> None:
    registry = services.registry
    price = registry.call("currentPrice")
    with reverts("not enough limit"):
        registry.send("deposit", price // 2, sender=carol)
    (event,) = registry.send("deposit", price, sender=carol).events
    paid = event.args["deposit_amount"]
    assert 0 < paid <= PRICE
    assert token.call("balanceOf", event.args["deposit_contract"]) == paid
    assert registry.call("hasValidRegistration", carol.address)
    assert registry.call("set_price") == 2 * paid


def test_prices_fall_with_time_down_to_the_lowest(services: Services, chain: Chain) -> None:
    prices = []
    for _ in range(5):
        prices.append(services.registry.call("currentPrice"))
        chain.mine(300)
    assert prices == sorted(prices, reverse=True)
    assert prices[0] > prices[1]
    assert prices[-1] == 100
    assert services.registry.call("decayedPrice", 65 * 10**6, 60) == 24 * 10**6


def test_deposits_come_back_when_the_registration_is_over(
    services: Services, chain: Chain, token: Contract, carol: Party, alice: Party
) -> None:
    before = token.call("balanceOf", carol.address)
    (event,) = services.registry.send("deposit", PRICE, sender=carol).events
    kept = Contract(chain, event.args["deposit_contract"], artifact("Deposit")["abi"])
    with reverts("the caller is not the withdrawer"):
        kept.send("withdraw", alice.address, sender=alice)
    with reverts("deposit not released yet"):
        kept.send("withdraw", carol.address, sender=carol)
    services.registry.send("setDeprecationSwitch")
    kept.send("withdraw", carol.address, sender=carol)
    assert token.call("balanceOf", carol.address) == before
    with reverts("nothing to withdraw"):
        kept.send("withdraw", carol.address, sender=carol)
    with reverts("this contract was deprecated"):
        services.registry.send("deposit", PRICE, sender=carol)


def test_users_wait_for_what_they_withdraw(
    services: Services, chain: Chain, token: Contract, alice: Party
) -> None:
    users, before = services.users, token.call("balanceOf", alice.address)
    users.send("deposit", alice.address, 100, sender=alice)
    with reverts("withdrawing more than planned"):
        users.send("withdraw", 10, sender=alice)
    planned = users.send("planWithdraw", 60, sender=alice)
    args = {"withdrawer": alice.address, "plannedBalance": 40}
    assert planned.events == [Event("WithdrawPlanned", args, ("withdrawer",))]
    assert users.call("effectiveBalance", alice.address) == 40
    chain.mine(98)
    with reverts("withdrawing too early"):
        users.send("withdraw", 60, sender=alice)
    chain.mine(1)
    assert users.send("withdraw", 60, sender=alice).block_number == planned.block_number + 100
    assert token.call("balanceOf", alice.address) == before - 40
    assert users.call("effectiveBalance", alice.address) == 40


def test_the_limit_is_on_all_deposits_together(
    services: Services, alice: Party, bob: Party
) -> None:
    services.users.send("deposit", alice.address, 900, sender=alice)
    with reverts("too much deposit"):
        services.users.send("deposit", bob.address, 101, sender=bob)
    with reverts("deposit not increasing"):
        services.users.send("deposit", alice.address, 900, sender=alice)
    services.users.send("deposit", bob.address, 100, sender=bob)


def test_ious_are_paid_once_to_registered_services(
    services: Services, chain: Chain, alice: Party, carol: Party
) -> None:
    services.users.send("deposit", alice.address, 100, sender=alice)
    mined_in = chain.block_number + 3
    iou = services.iou(alice, carol, 30, mined_in)
    with reverts("receiver not registered"):
        services.one_to_n.send("claim", *iou)
    services.registry.send("deposit", PRICE, sender=carol)
    with reverts("Signature mismatch"):
        services.one_to_n.send("claim", *iou[:2], 31, *iou[3:])
    chain.mine(1)
    receipt = services.one_to_n.send("claim", *iou)  # in its expiration block
    assert receipt.result == 30
    assert receipt.block_number == mined_in
    assert services.users.call("balances", carol.address) == 30
    with reverts("IOU expired"):
        services.one_to_n.send("claim", *iou)
    later = services.iou(alice, carol, 500, mined_in + 100)
    assert services.one_to_n.send("claim", *later).result == 70  # what is left
    with reverts("Already settled session"):
        services.one_to_n.send("claim", *later)


def test_several_ious_are_claimed_at_once(
    services: Services, chain: Chain, alice: Party, bob: Party, carol: Party
) -> None:
    services.registry.send("deposit", PRICE, sender=carol)
    far = chain.block_number + 100
    for party in (alice, bob):
        services.users.send("deposit", party.address, 50, sender=party)
    ious = [services.iou(party, carol, 20, far) for party in (alice, bob)]
    columns = [list(column) for column in zip(*ious, strict=True)]
    signatures = b"".join(columns.pop())
    with reverts("`signatures` should contain 65 bytes per IOU"):
        services.one_to_n.send("bulkClaim", *columns, signatures[:-1])
    with reverts("Same number of elements required for all input parameters"):
        services.one_to_n.send("bulkClaim", columns[0][:1], *columns[1:], signatures)
    receipt = services.one_to_n.send("bulkClaim", *columns, signatures)
    assert receipt.result == 40
    assert [event.args["sender"] for event in receipt.events] == [alice.address, bob.address]


@pytest.fixture
def channel(services: Services, alice: Party, bob: Party) -> Channel:
    """Alice has closed; Bob has her proof, and 100 tokens for services."""
    services.users.send("deposit", bob.address, 100, sender=bob)
    channel = open_channel(services.home, (100, 50))
    channel.close()
    return channel


def monitor(
    services: Services, channel: Channel, proof: Proof, service: Party, signer: Party
) -> list[Event]:
    """Let a service show Alice's proof for 40 tokens; the events of the monitoring service."""
    sent = channel.sign(proof, channel.closer)
    received = channel.countersign(proof, channel.partner, UPDATE, sent)
    head = raw(services.monitors.address) + word(channel.chain.id) + word(REWARD)
    text = head + raw(channel.network.address) + raw(channel.partner.address) + received
    promise = signer.sign(text + word(40))
    receipt = services.monitors.send(
        "monitor",
        channel.closer.address,
        channel.partner.address,
        proof.balance_hash,
        proof.nonce,
        proof.additional_hash,
        sent,
        received,
        40,
        channel.network.address,
        promise,
        sender=service,
    )
    return receipt.events


def test_services_show_proofs_in_their_turn_and_are_rewarded(
    services: Services, channel: Channel, alice: Party, bob: Party, carol: Party
) -> None:
    proof = Proof(channel.id, transferred=10)
    with reverts("service not registered"):
        monitor(services, channel, proof, carol, bob)
    services.registry.send("deposit", PRICE, sender=carol)
    with reverts("Reward proof with wrong non_closing_participant"):
        monitor(services, channel, proof, carol, alice)
    ends = (alice.address, bob.address)
    turn = services.monitors.call(
        "firstBlockAllowedToMonitorChannel",
        channel.network.address,
        channel.id,
        *ends,
        carol.address,
    )
    channel.chain.mine(turn - channel.chain.block_number - 2)
    if turn > channel.chain.block_number + 1:
        with reverts("not allowed to monitor"):
            monitor(services, channel, proof, carol, bob)
        channel.chain.mine(1)
    (event,) = monitor(services, channel, proof, carol, bob)
    assert event.args["reward_amount"] == 40
    assert channel.side(alice)[3] == proof.balance_hash
    with reverts("stale nonce"):
        monitor(services, channel, proof, carol, bob)

    claim = (channel.id, channel.network.address, *ends)
    with reverts("channel not settled yet"):
        services.monitors.send("claimReward", *claim)
    channel.pass_timeout()
    (event,) = services.monitors.send("claimReward", *claim).events
    assert (event.args["ms_address"], event.args["amount"]) == (carol.address, 40)
    assert services.users.call("balances", carol.address) == 40
    with reverts("reward_sender is zero"):
        services.monitors.send("claimReward", *claim)


def test_rewards_need_a_closed_channel(
    services: Services, channel: Channel, alice: Party, bob: Party
) -> None:
    other = replace(channel, id=channel.id + 1)
    with reverts("too early channel state"):
        claim = (other.id, channel.network.address, alice.address, bob.address)
        services.monitors.send("claimReward", *claim)
    with reverts("unknown caller"):
        services.users.send("transfer", alice.address, bob.address, 1)
