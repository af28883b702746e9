"""Settling a closed channel: who gets what."""

from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.examples import examples

from .channels import balances, open_channel
from .conftest import TIMEOUT_MIN, Deployment
from .harness import MAX, NO_HASH, Chain, Contract, Event, Party, RevertedError, reverts
from .networks import new_network, stubborn_token
from .proofs import Channel, Proof

CLOSED, SETTLED, REMOVED = 2, 3, 4
ROOT_A, ROOT_B = b"\xaa" * 32, b"\xbb" * 32


@dataclass(frozen=True)
class Side:
    """What one participant deposited and, by its last proof, sent."""

    deposit: int
    transferred: int = 0
    locked: int = 0

    @property
    def sent(self) -> int:
        return self.transferred + self.locked


def model(first: Side, second: Side) -> tuple[int, int, int, int]:
    """Paid to the first and the second, kept for locks of the first and the second.

    The first must not have sent more. Locks are dealt with as if all of them succeeded; what they
    are about is then held back from the receiver's part. No part is ever negative, and none is
    more than there is. Sums above 2**256 - 1 count as 2**256 - 1.
    """
    funds = first.deposit + second.deposit
    owed = min(min(second.sent, MAX) - min(first.sent, MAX) + first.deposit, MAX, funds)
    rest = funds - owed
    kept_of_second = min(second.locked, owed)
    kept_of_first = min(first.locked, rest)
    return owed - kept_of_second, rest - kept_of_first, kept_of_first, kept_of_second


@pytest.fixture
def channel(chain: Chain, deployment: Deployment) -> Channel:
    """Alice has deposited 100 and Bob 50."""
    return open_channel(deployment, (100, 50))


def settle_with(
    channel: Channel, alices: Proof | None, bobs: Proof | None, *, as_two: bool = False
) -> dict[str, int]:
    """Close, update and settle; what each of the two is paid."""
    channel.close(bobs)
    if alices is not None:
        channel.update(alices)
    channel.pass_timeout()
    (event,) = channel.settle(alices, bobs, as_two=as_two).events
    args = event.args
    return {
        "alice" if args[f"participant{n}"] == channel.closer.address else "bob": args[
            f"participant{n}_amount"
        ]
        for n in (1, 2)
    }


def test_without_proofs_deposits_go_back(channel: Channel, deployment: Deployment) -> None:
    alice, bob, _ = balances(deployment)
    assert settle_with(channel, None, None) == {"alice": 100, "bob": 50}
    assert balances(deployment) == (alice + 100, bob + 50, 0)


def test_empty_channel(chain: Chain, deployment: Deployment) -> None:
    channel = open_channel(deployment, (0, 0))
    before = balances(deployment)
    assert settle_with(channel, None, None) == {"alice": 0, "bob": 0}
    assert balances(deployment) == before


@pytest.mark.parametrize("as_two", [False, True])
def test_event(channel: Channel, alice: Party, bob: Party, as_two: bool) -> None:
    bobs = Proof(channel.id, transferred=20)
    channel.close(bobs)
    channel.pass_timeout()
    receipt = channel.settle(None, bobs, as_two=as_two)
    args = {
        "channel_identifier": channel.id,
        "participant1": alice.address,
        "participant1_amount": 120,
        "participant1_locksroot": NO_HASH,
        "participant2": bob.address,
        "participant2_amount": 30,
        "participant2_locksroot": NO_HASH,
    }
    assert receipt.events == [Event("ChannelSettled", args, ("channel_identifier",))]


def test_both_proofs(channel: Channel) -> None:
    alices = Proof(channel.id, transferred=70)
    bobs = Proof(channel.id, transferred=15)
    assert settle_with(channel, alices, bobs) == {"alice": 45, "bob": 105}


def test_received_tokens_can_be_sent_on(channel: Channel) -> None:
    alices = Proof(channel.id, transferred=1140)
    bobs = Proof(channel.id, transferred=1000)
    with reverts("TN/settle: settlement timeout"):
        settle_early(channel, alices, bobs)
    channel.pass_timeout()
    channel.settle(alices, bobs)


def settle_early(channel: Channel, alices: Proof, bobs: Proof) -> None:
    channel.close(bobs)
    channel.update(alices)
    channel.settle(alices, bobs)


def test_old_proof_costs_only_who_showed_it(channel: Channel) -> None:
    newest = Proof(channel.id, nonce=9, transferred=60)
    outdated = Proof(channel.id, nonce=3, transferred=10)
    assert settle_with(channel, newest, outdated) == {"alice": 50, "bob": 100}


def test_old_proof_cannot_take_more_than_there_is(channel: Channel) -> None:
    newest = Proof(channel.id, nonce=9, transferred=1130)
    outdated = Proof(channel.id, nonce=3, transferred=100)
    assert settle_with(channel, newest, outdated) == {"alice": 0, "bob": 150}


def test_missing_proof_of_the_partner(channel: Channel) -> None:
    assert settle_with(channel, None, Proof(channel.id, transferred=50)) == {
        "alice": 150,
        "bob": 0,
    }


def test_locked_tokens_are_kept(
    channel: Channel, deployment: Deployment, alice: Party, bob: Party
) -> None:
    alices = Proof(channel.id, transferred=10, locked=5, locksroot=ROOT_A)
    bobs = Proof(channel.id, transferred=20, locked=7, locksroot=ROOT_B)
    paid = settle_with(channel, alices, bobs)
    assert paid == {"alice": 100 - 10 - 5 + 20, "bob": 50 - 20 - 7 + 10}
    assert balances(deployment)[2] == 12
    assert channel.info() == (0, SETTLED)
    assert channel.side(alice) == (0, 0, False, NO_HASH, 0, ROOT_A, 5)
    assert channel.side(bob) == (0, 0, False, NO_HASH, 0, ROOT_B, 7)


def test_locks_without_cover_are_not_kept(channel: Channel, alice: Party, bob: Party) -> None:
    bobs = Proof(channel.id, transferred=0, locked=MAX, locksroot=ROOT_B)
    assert settle_with(channel, None, bobs) == {"alice": 0, "bob": 0}
    assert channel.side(bob)[5:] == (ROOT_B, 150)
    assert channel.side(alice)[5:] == (NO_HASH, 0)


def test_settled_channel_is_gone(channel: Channel, alice: Party, bob: Party) -> None:
    settle_with(channel, None, Proof(channel.id, transferred=1))
    pair = (alice.address, bob.address)
    assert channel.info() == (0, REMOVED)
    assert channel.network.call("channels", channel.id) == (0, 0)
    assert channel.network.call("getChannelIdentifier", *pair) == 0
    for party in (alice, bob):
        assert channel.side(party) == (0, 0, False, NO_HASH, 0, NO_HASH, 0)
    with reverts("TN: sender/receiver mismatch"):
        replace(channel, partner=alice).info()


def test_pair_opens_again_after_settling(channel: Channel, deployment: Deployment) -> None:
    settle_with(channel, Proof(channel.id, nonce=9, transferred=4), None)
    again = open_channel(deployment, (8, 0))
    assert again.id == channel.id + 1
    assert settle_with(again, Proof(again.id, nonce=1, transferred=3), None) == {
        "alice": 5,
        "bob": 3,
    }


def test_old_channel_cannot_be_used_again(channel: Channel, deployment: Deployment) -> None:
    settle_with(channel, None, None)
    again = open_channel(deployment, (0, 0))
    with reverts("TN: channel not open"):
        channel.close()
    with reverts("TN/settle: channel id mismatch"):
        channel.settle()
    assert again.info() == (TIMEOUT_MIN, 1)


def test_timeout_is_exact(channel: Channel) -> None:
    closed = channel.close().block_number
    channel.chain.mine(TIMEOUT_MIN - 1)
    with reverts("TN/settle: settlement timeout"):
        channel.settle()
    channel.chain.mine(1)
    assert channel.settle().block_number == closed + TIMEOUT_MIN + 1


def test_settle_needs_a_closed_channel(channel: Channel, carol: Party) -> None:
    with reverts("TN/settle: channel not closed"):
        channel.settle()
    with reverts("TN/settle: channel not closed"):
        replace(channel, id=0, closer=carol).settle()
    with reverts("TN/settle: channel id mismatch"):
        replace(channel, closer=carol).settle()
    with reverts("TN: identical addresses"):
        replace(channel, closer=channel.partner).settle()


def test_settle_needs_the_proven_amounts(channel: Channel) -> None:
    alices = Proof(channel.id, transferred=10, locked=1, locksroot=ROOT_A)
    bobs = Proof(channel.id, transferred=20, locked=2, locksroot=ROOT_B)
    channel.close(bobs)
    channel.update(alices)
    channel.pass_timeout()
    for field in ("transferred", "locked"):
        for step in (-1, 1):
            wrong = replace(alices, **{field: getattr(alices, field) + step})
            with reverts("TN/settle: invalid data for participant 1"):
                channel.settle(wrong, bobs)
            wrong = replace(bobs, **{field: getattr(bobs, field) + step})
            with reverts("TN/settle: invalid data for participant 2"):
                channel.settle(alices, wrong)
    with reverts("TN/settle: invalid data for participant 1"):
        channel.settle(replace(alices, locksroot=ROOT_B), bobs)
    with reverts("TN/settle: invalid data for participant 2"):
        channel.settle(alices, replace(bobs, locksroot=ROOT_A))
    with reverts("TN/settle: invalid data for participant 1"):
        channel.settle(None, bobs)
    channel.settle(alices, bobs)


def test_amounts_without_proof(channel: Channel) -> None:
    channel.close()
    channel.pass_timeout()
    with reverts("TN/settle: invalid data for participant 2"):
        channel.settle(None, Proof(channel.id, transferred=1))


def test_locksroot_without_proof_is_ignored(channel: Channel) -> None:
    channel.close()
    channel.pass_timeout()
    (event,) = channel.settle(Proof(channel.id, nonce=0, locksroot=ROOT_A)).events
    assert event.args["participant1_locksroot"] == ROOT_A
    assert channel.info() == (0, REMOVED)


def test_who_sent_less_comes_first(channel: Channel, alice: Party, bob: Party) -> None:
    bobs = Proof(channel.id, transferred=5)
    channel.close(bobs)
    channel.pass_timeout()
    sides = ((bob.address, *bobs.amounts), (alice.address, 0, 0, NO_HASH))
    with reverts("TN: transfers not ordered"):
        channel.network.send("settleChannel2", channel.id, *sides)


def test_deprecated_network_pays_out(channel: Channel) -> None:
    channel.network.send("deprecate")
    assert settle_with(channel, None, None) == {"alice": 100, "bob": 50}


@pytest.mark.parametrize("number", [1, 2])
def test_refused_payout(
    chain: Chain, secret_registry: Contract, alice: Party, bob: Party, number: int
) -> None:
    network = new_network(chain, stubborn_token(chain, 68), secret_registry)
    channel = Channel(chain, network, 1, alice, bob)
    owner, other = (alice, bob) if number == 1 else (bob, alice)
    network.send("openChannel", alice.address, bob.address, 2)
    network.send("setTotalDeposit", 1, owner.address, 5, other.address)
    channel.close()
    channel.pass_timeout()
    with reverts(f"TN/settle: transfer for participant {number} failed"):
        channel.settle()
    assert channel.info()[1] == CLOSED


AMOUNTS = st.one_of(st.integers(0, 200), st.integers(MAX - 200, MAX), st.integers(0, MAX))
SIDES = st.builds(Side, st.integers(0, 100), AMOUNTS, st.integers(0, 200) | AMOUNTS)
MODEST_SIDES = st.builds(Side, st.integers(0, 100), st.integers(0, 200), st.integers(0, 60))


@examples(30)
@given(alices=MODEST_SIDES | SIDES, bobs=MODEST_SIDES | SIDES)
def test_payout_matches_the_model(deployment: Deployment, alices: Side, bobs: Side) -> None:
    with deployment.chain.rollback():
        before = balances(deployment)
        channel = open_channel(deployment, (alices.deposit, bobs.deposit))
        proofs = (
            Proof(channel.id, 1, alices.transferred, alices.locked, ROOT_A),
            Proof(channel.id, 1, bobs.transferred, bobs.locked, ROOT_B),
        )
        paid = settle_with(channel, *proofs)
        if alices.sent <= bobs.sent:
            alice, bob, locked_alice, locked_bob = model(alices, bobs)
        else:
            bob, alice, locked_bob, locked_alice = model(bobs, alices)

        assert paid == {"alice": alice, "bob": bob}
        assert channel.side(channel.closer)[6] == locked_alice
        assert channel.side(channel.partner)[6] == locked_bob
        after = balances(deployment)
        assert sum(after) == sum(before)
        assert after[0] == before[0] - alices.deposit + alice
        assert after[1] == before[1] - bobs.deposit + bob
        assert after[2] == before[2] + locked_alice + locked_bob


@examples(60)
@given(honest=st.data())
def test_current_proofs_pay_what_is_owed(deployment: Deployment, honest: st.DataObject) -> None:
    """With the last proofs of an honest channel nobody loses: balance = deposit + in - out."""
    deposits = [honest.draw(st.integers(0, 50)) for _ in "ab"]
    back = honest.draw(st.integers(0, 1000))
    net = honest.draw(st.integers(-deposits[1], deposits[0]))
    sent = [back + max(net, 0), back + max(-net, 0)]
    owned = [deposits[0] - net, deposits[1] + net]
    locked = [honest.draw(st.integers(0, amount)) for amount in owned]
    sides = [Side(deposits[i], sent[i], locked[i]) for i in (0, 1)]
    order = sorted((0, 1), key=lambda i: sides[i].sent)

    paid = model(sides[order[0]], sides[order[1]])
    assert [paid[order.index(i)] for i in (0, 1)] == [owned[i] - locked[i] for i in (0, 1)]
    assert [paid[2 + order.index(i)] for i in (0, 1)] == locked


@examples(100)
@given(numbers=st.tuples(AMOUNTS, AMOUNTS, AMOUNTS, AMOUNTS, AMOUNTS, AMOUNTS))
def test_claim_of_the_first(deployment: Deployment, numbers: tuple[int, ...]) -> None:
    deposit, withdrawn, transferred1, locked1, transferred2, locked2 = numbers
    gained = min(transferred2 + locked2, MAX) - min(transferred1 + locked1, MAX)
    name = "getMaxPossibleReceivableAmount"
    if gained < 0:
        with pytest.raises(RevertedError, match=r"^TN: transfers not ordered$"):
            deployment.network.call(name, *numbers)
    else:
        claim = max(min(gained + deposit, MAX) - withdrawn, 0)
        assert deployment.network.call(name, *numbers) == claim
