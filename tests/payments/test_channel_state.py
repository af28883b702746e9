"""What may be sent in a channel, and that both ends compute the same of it."""

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from simulator.payments.channel_state import (
    MAX_PENDING_LOCKS,
    BalanceProof,
    ChannelView,
    Lock,
    Refusal,
    cannot_carry,
    receive_expiry,
    receive_lock,
    receive_unlock,
    send_lock,
)

EXPIRATION = 100
VIEW = ChannelView(100, 50)


def hashed(number: int) -> bytes:
    return number.to_bytes(32, "big")


def lock(amount: int = 10, number: int = 1) -> Lock:
    return Lock(amount, EXPIRATION, hashed(number))


def reason(outcome: object) -> str:
    assert isinstance(outcome, Refusal)
    return outcome.reason


def with_locks(count: int) -> BalanceProof:
    proof = BalanceProof()
    for number in range(count):
        proof = proof.locking(lock(1, number))
    return proof


@pytest.mark.parametrize(
    ("change", "amount", "timeout", "told"),
    [
        ({"usable": False}, 1_000, 0, "not open"),
        ({"settle_timeout": 99}, 1_000, 0, "twice the reveal timeout"),
        ({"sent": with_locks(160), "own_deposit": 0}, 1_000, 0, "limit of pending transfers"),
        ({}, 101, 0, "101 is more than the 100 that can be sent"),
        ({}, 100, 50, "not above the reveal timeout of 50"),
        ({}, 100, 501, "within the settle timeout of 500"),
    ],
)
def test_a_channel_refuses_for_the_first_reason_in_order(
    change: dict[str, Any], amount: int, timeout: int, told: str
) -> None:
    refusal = cannot_carry(replace(VIEW, **change), amount, timeout)
    assert refusal is not None
    assert told in refusal.reason
    assert told in reason(send_lock(replace(VIEW, **change), lock(amount), timeout))


def test_the_last_unit_and_the_last_lock_can_be_sent() -> None:
    assert cannot_carry(VIEW, 100, 51) is None
    assert cannot_carry(VIEW, 100, 500) is None
    nearly = with_locks(MAX_PENDING_LOCKS - 1)
    full = send_lock(replace(VIEW, own_deposit=1_000, sent=nearly), lock(1, 900), None)
    assert isinstance(full, BalanceProof)
    assert len(full.locks) == MAX_PENDING_LOCKS
    more = replace(VIEW, partner_deposit=1_000, received=full)
    assert "too many" in reason(receive_lock(more, lock(1, 901), full.locking(lock(1, 901))))


def test_one_secret_has_one_lock_in_a_direction() -> None:
    once = replace(VIEW, sent=BalanceProof().locking(lock()))
    assert "same secret" in reason(send_lock(once, lock(), None))
    twice = replace(VIEW, received=BalanceProof().locking(lock()))
    assert "already" in reason(receive_lock(twice, lock(), twice.received.locking(lock())))


def test_a_receiver_takes_nothing_that_does_not_follow() -> None:
    right = BalanceProof().locking(lock())
    assert receive_lock(VIEW, lock(), right) == right
    for wrong in (replace(right, nonce=2), replace(right, locked=9), replace(right, locks=())):
        assert "follows" in reason(receive_lock(VIEW, lock(), wrong))
    assert "more than" in reason(receive_lock(VIEW, lock(51), BalanceProof().locking(lock(51))))
    assert "nothing" in reason(receive_lock(VIEW, lock(0), BalanceProof().locking(lock(0))))
    locked = replace(VIEW, received=right)
    assert receive_unlock(locked, hashed(1), right.unlocking(lock())) == right.unlocking(lock())
    assert "follows" in reason(receive_unlock(locked, hashed(1), right.expiring(lock())))
    assert "not locked" in reason(receive_unlock(locked, hashed(2), right))


def test_a_lock_expires_five_blocks_late_for_its_receiver_and_never_if_it_was_claimed() -> None:
    right = BalanceProof().locking(lock())
    view = replace(VIEW, received=right)
    gone = right.expiring(lock())
    block = EXPIRATION + 5
    assert receive_expiry(view, hashed(1), gone, block, None) == gone
    assert receive_expiry(view, hashed(1), gone, block, EXPIRATION) == gone  # which is too late
    assert "unlocked on the chain" in reason(
        receive_expiry(view, hashed(1), gone, block, EXPIRATION - 1)
    )
    assert "not expired" in reason(receive_expiry(view, hashed(1), gone, block - 1, None))


@dataclass
class Ends:
    """Both views of one channel, with all messages delivered."""

    deposits: tuple[int, int]
    sent: list[BalanceProof]

    def view(self, end: int) -> ChannelView:
        own, other = self.sent[end], self.sent[1 - end]
        return ChannelView(self.deposits[end], self.deposits[1 - end], own, other)


moves = st.tuples(
    st.sampled_from(["lock", "unlock", "expire"]),
    st.integers(0, 1),
    st.integers(0, 60),
    st.integers(0, 5),
)


@given(st.tuples(st.integers(0, 100), st.integers(0, 100)), st.lists(moves, max_size=40))
def test_whatever_is_sent_the_sums_hold(deposits: tuple[int, int], steps: list[Any]) -> None:
    ends = Ends(deposits, [BalanceProof(), BalanceProof()])
    for what, end, amount, number in steps:
        before, there = ends.sent[end], ends.sent[end].lock(hashed(number))
        receiver = ends.view(1 - end)
        after: BalanceProof | Refusal
        if what == "lock":
            new = lock(amount, number)
            after = send_lock(ends.view(end), new, None)
            if isinstance(after, BalanceProof) and amount > 0:
                assert receive_lock(receiver, new, after) == after
        elif there is None:
            continue
        elif what == "unlock":
            paid = after = before.unlocking(there)
            assert receive_unlock(receiver, hashed(number), paid) == paid
        else:
            gone = after = before.expiring(there)
            assert receive_expiry(receiver, hashed(number), gone, 105, None) == gone
        if isinstance(after, Refusal):
            continue
        ends.sent[end] = after
        assert after.nonce == before.nonce + 1
        assert after.transferred >= before.transferred
        assert after.locked == sum(one.amount for one in after.locks)
        views = [ends.view(0), ends.view(1)]
        assert views[0].balance + views[1].balance == views[0].capacity == sum(deposits)
        for view in views:
            assert 0 <= view.sent.locked <= view.balance
            assert view.distributable == view.balance - view.sent.locked
