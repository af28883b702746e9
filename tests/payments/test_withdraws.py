"""Withdraws and cooperative settlements as functions: what is asked, agreed, due, and over."""

from collections import deque
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from simulator.payments.channel_state import (
    NOTHING_SENT,
    BalanceProof,
    ChannelView,
    Lock,
    Refusal,
    Withdraw,
    cannot_carry,
    receive_lock,
    receive_unlock,
    send_lock,
    still_wanted,
)
from simulator.payments.withdraws import (
    CloseInstead,
    Expire,
    Submit,
    WithdrawFacts,
    WithdrawStep,
    agrees,
    cannot_settle,
    cannot_withdraw,
    due,
    may_settle,
    receive_confirmation,
    receive_request,
    receive_withdraw_expired,
    wakes_at,
)

E = 100
VIEW = ChannelView(60, 40, BalanceProof(3, 20), BalanceProof(5, 30))
"""The end has 70, its partner 30."""
LOCK = Lock(10, E, b"\x01" * 32)


def reason(found: object) -> str:
    assert isinstance(found, Refusal), found
    return found.reason


def test_what_is_wanted_counts_as_taken() -> None:
    assert (VIEW.balance, VIEW.partner_balance, VIEW.capacity) == (70, 30, 100)
    wanting = replace(VIEW, own_withdraw=Withdraw(25, E), partner_withdraw=Withdraw(30, E))
    assert (wanting.balance, wanting.partner_balance, wanting.capacity) == (45, 0, 45)
    taken = replace(wanting, own_withdrawn=25)
    assert taken.balance == 45  # the chain says the same as the request
    assert (wanting.own_total, wanting.partner_total) == (70, 30)
    assert "46 is more than the 45" in reason(cannot_carry(wanting, 46, None))
    assert cannot_carry(wanting, 45, None) is None
    for half in ("own_withdraw", "partner_withdraw"):
        settling = replace(VIEW, **{half: Withdraw(0, E, settles=True)})
        assert "about to be settled" in reason(cannot_carry(settling, 1, None))


@pytest.mark.parametrize(
    ("view", "total", "told"),
    [
        (VIEW, 70, None),
        (VIEW, 71, "71 more is above the 70 that can be taken out"),
        (replace(VIEW, own_withdrawn=20), 70, None),
        (replace(VIEW, own_withdrawn=20), 71, "51 more is above the 50"),
        (replace(VIEW, sent=VIEW.sent.locking(LOCK)), 60, None),
        (replace(VIEW, sent=VIEW.sent.locking(LOCK)), 61, "61 more is above the 60"),
        (VIEW, 0, "did not increase"),
        (replace(VIEW, own_withdrawn=20), 20, "did not increase"),
        (replace(VIEW, usable=False), 5, "not open"),
        (replace(VIEW, own_withdraw=Withdraw(5, E)), 6, "another withdraw is not over"),
        (replace(VIEW, partner_withdraw=Withdraw(5, E)), 6, None),
        (replace(VIEW, partner_withdraw=Withdraw(5, E, settles=True)), 6, "about to be settled"),
    ],
)
def test_what_can_be_taken_out(view: ChannelView, total: int, told: str | None) -> None:
    found = cannot_withdraw(view, total)
    assert found is None if told is None else told in reason(found)


@pytest.mark.parametrize(
    ("view", "nonce", "asked", "told"),
    [
        (VIEW, 6, Withdraw(30, E), None),
        (VIEW, 6, Withdraw(31, E), "more than the partner has"),
        (VIEW, 5, Withdraw(30, E), "nonce"),
        (VIEW, 7, Withdraw(30, E), "nonce"),
        (VIEW, 6, Withdraw(0, E), "takes nothing out"),
        (VIEW, 6, Withdraw(0, E, settles=True), None),
        (replace(VIEW, partner_withdrawn=5), 6, Withdraw(4, E, settles=True), "nothing out"),
        (replace(VIEW, received=VIEW.received.locking(LOCK)), 7, Withdraw(21, E), "more than"),
        (replace(VIEW, received=VIEW.received.locking(LOCK)), 7, Withdraw(20, E), None),
        (replace(VIEW, partner_withdraw=Withdraw(5, E)), 6, Withdraw(6, E), "not over"),
    ],
)
def test_requests_are_checked(
    view: ChannelView, nonce: int, asked: Withdraw, told: str | None
) -> None:
    found = receive_request(view, nonce, asked)
    assert found == asked if told is None else told in reason(found)


def test_confirmations_count_even_if_they_come_too_late() -> None:
    own = Withdraw(5, E)
    asking = replace(VIEW, own_withdraw=own)
    assert receive_confirmation(asking, 6, 5, E) == replace(own, confirmed=True)
    assert receive_confirmation(asking, 6, 5, E - 1) == own  # of an earlier one, which is over
    assert receive_confirmation(VIEW, 6, 5, E) is None
    assert "nonce" in reason(receive_confirmation(asking, 7, 5, E))


def test_what_has_expired_may_be_taken_back_and_nothing_else() -> None:
    asked = replace(VIEW, partner_withdraw=Withdraw(5, E))
    assert receive_withdraw_expired(asked, 6, 5, E, E + 5) is None
    assert "has not expired" in reason(receive_withdraw_expired(asked, 6, 5, E, E + 4))
    assert "not asked for" in reason(receive_withdraw_expired(asked, 6, 6, E, E + 5))
    assert "not asked for" in reason(receive_withdraw_expired(VIEW, 6, 5, E, E + 5))
    assert "nonce" in reason(receive_withdraw_expired(asked, 5, 5, E, E + 5))


OWN, THEIRS = Withdraw(70, E, settles=True, starts=True), Withdraw(30, E, settles=True)


@pytest.mark.parametrize(
    ("view", "told"),
    [
        (VIEW, None),
        (replace(VIEW, own_withdraw=OWN, partner_withdraw=THEIRS), None),
        (replace(VIEW, sent=VIEW.sent.locking(LOCK)), "a transfer is pending"),
        (replace(VIEW, received=VIEW.received.locking(LOCK)), "a transfer is pending"),
        (replace(VIEW, own_withdraw=Withdraw(5, E)), "a withdraw is pending"),
        (replace(VIEW, partner_withdraw=Withdraw(5, E)), "a withdraw is pending"),
        (replace(VIEW, own_withdraw=replace(OWN, total=69)), "has changed"),
        (replace(VIEW, own_withdraw=OWN, partner_withdraw=replace(THEIRS, total=29)), "changed"),
        (replace(VIEW, own_withdraw=OWN, own_deposit=61), "has changed"),
        (replace(VIEW, own_withdrawn=70), "taken out all"),
        (replace(VIEW, partner_withdrawn=30), "taken out all"),
        (replace(VIEW, own_withdrawn=69), None),
        (ChannelView(0, 0), None),
    ],
)
def test_what_can_be_settled_together(view: ChannelView, told: str | None) -> None:
    found = cannot_settle(view)
    assert found is None if told is None else told in reason(found)


def test_who_may_ask_and_who_agrees() -> None:
    asked = replace(VIEW, partner_withdraw=THEIRS)
    agreed = replace(asked, own_withdraw=replace(OWN, starts=False))
    assert [may_settle(view) for view in (VIEW, asked, agreed)] == [True, False, True]
    assert [agrees(view, E - 1) for view in (VIEW, asked, agreed)] == [False, True, False]
    assert not agrees(asked, E)
    closing = {"usable": False}
    assert not may_settle(replace(VIEW, **closing))
    assert not agrees(replace(asked, **closing), E - 1)


BOTH = replace(
    VIEW,
    own_withdraw=replace(OWN, confirmed=True),
    partner_withdraw=replace(THEIRS, expiration=E - 10),
)
WANTED = replace(VIEW, own_withdraw=Withdraw(5, E, confirmed=True))
LATE = "it was not settled in time"


def facts(block: int, **others: Any) -> WithdrawFacts:
    known = {"confirmations": 3, "partner_online": True, "submitted": False, **others}
    return WithdrawFacts(block, **known)


@pytest.mark.parametrize(
    ("view", "known", "step"),
    [
        (VIEW, facts(5), None),
        # a withdraw
        (WANTED, facts(5), Submit()),
        (WANTED, facts(5, submitted=True), None),
        (WANTED, facts(E - 5), Submit()),  # mined in E - 1 at the earliest
        (WANTED, facts(E - 4), None),
        (WANTED, facts(E + 9), None),
        (WANTED, facts(E + 10), Expire()),
        (replace(VIEW, own_withdraw=Withdraw(5, E)), facts(5), None),
        (replace(VIEW, own_withdraw=Withdraw(5, E)), facts(E + 10), Expire()),
        (
            replace(VIEW, own_withdraw=Withdraw(5, E, confirmed=True, given_up="no")),
            facts(5),
            None,
        ),
        # a settlement
        (BOTH, facts(5), Submit()),
        (BOTH, facts(5, partner_online=False), Submit()),
        (BOTH, facts(5, submitted=True), None),
        (BOTH, facts(E - 15), Submit()),  # the earlier one of the two expirations counts
        (BOTH, facts(E - 14), CloseInstead("it is too late to settle it")),
        (BOTH, facts(E, submitted=True), CloseInstead(LATE)),
        (replace(BOTH, partner_deposit=41), facts(5), CloseInstead("the channel has changed")),
        (replace(VIEW, own_withdraw=OWN), facts(5), None),
        (replace(VIEW, own_withdraw=OWN), facts(E), CloseInstead(LATE)),
        (
            replace(VIEW, own_withdraw=OWN),
            facts(5, partner_online=False),
            CloseInstead("the partner is offline"),
        ),
        (
            replace(VIEW, own_withdraw=OWN, received=VIEW.received.locking(LOCK)),
            facts(5),
            CloseInstead("a transfer is pending"),
        ),
        (replace(VIEW, own_withdraw=replace(OWN, given_up="no")), facts(5), CloseInstead("no")),
        # who has agreed only waits
        (replace(BOTH, own_withdraw=replace(OWN, starts=False, confirmed=True)), facts(5), None),
        (replace(BOTH, own_withdraw=replace(OWN, starts=False)), facts(E + 10), Expire()),
    ],
)
def test_what_is_due(view: ChannelView, known: WithdrawFacts, step: WithdrawStep | None) -> None:
    assert due(view, known) == step
    if step is None and view.own_withdraw is not None:  # so somebody will ask again
        assert wakes_at(view.own_withdraw, known.block) is not None


@dataclass
class Ends:
    """Both ends of a channel: their views, and what they have told each other and not heard yet."""

    views: list[ChannelView]
    on_their_way: tuple[deque[Any], deque[Any]] = field(default_factory=lambda: (deque(), deque()))

    def set(self, end: int, **changes: object) -> None:
        self.views[end] = replace(self.views[end], **changes)

    def say(self, end: int, what: str, proof: BalanceProof, *about: Any) -> None:
        self.set(end, sent=proof)
        self.on_their_way[end].append((what, proof, *about))

    def lock(self, end: int, amount: int, number: int) -> None:
        new = Lock(amount, E, bytes([number]) * 32)
        sent = send_lock(self.views[end], new, None)
        if amount > 0 and isinstance(sent, BalanceProof):
            self.say(end, "lock", sent, new)

    def unlock(self, end: int) -> None:
        sent = self.views[end].sent
        if sent.locks:
            self.say(end, "unlock", sent.unlocking(sent.locks[0]), sent.locks[0].secrethash)

    def ask(self, end: int, amount: int) -> None:
        view = self.views[end]
        total = view.own_withdrawn + amount
        if cannot_withdraw(view, total) is None:
            self.set(end, own_withdraw=Withdraw(total, E))
            self.say(end, "request", view.sent.counting(), Withdraw(total, E))

    def settle(self, end: int) -> None:
        view = self.views[end]
        if may_settle(view) and view.own_withdraw is None:
            self._ask_for_half(end, starts=True)

    def _ask_for_half(self, end: int, *, starts: bool) -> None:
        view = self.views[end]
        half = Withdraw(view.own_total, E, settles=True)
        self.set(end, own_withdraw=replace(half, starts=starts))
        self.say(end, "request", view.sent.counting(), half)

    def hear(self, end: int) -> None:
        """Let an end take in the next thing that it was told."""
        if not self.on_their_way[1 - end]:
            return
        what, proof, *about = self.on_their_way[1 - end].popleft()
        view = self.views[end]
        if what == "lock":
            assert receive_lock(view, about[0], proof) == proof
        elif what == "unlock":
            assert receive_unlock(view, about[0], proof) == proof
        elif what == "confirmation":
            own = receive_confirmation(view, proof.nonce, *about)
            assert not isinstance(own, Refusal)
            self.set(end, own_withdraw=own)
        elif what == "expired":
            assert receive_withdraw_expired(view, proof.nonce, about[0], about[1], E + 10) is None
            self.set(end, partner_withdraw=None)
        else:
            (asked,) = about
            assert receive_request(view, proof.nonce, asked) == asked
            self.set(end, partner_withdraw=asked)
        self.set(end, received=proof)
        if what == "request":
            self._answer(end, *about)

    def _answer(self, end: int, asked: Withdraw) -> None:
        own = self.views[end].own_withdraw
        if asked.settles and (own is None or not own.settles):
            if not agrees(self.views[end], 5):
                return
            self._ask_for_half(end, starts=False)
        proof = self.views[end].sent.counting()
        self.say(end, "confirmation", proof, asked.total, asked.expiration)

    def act(self, end: int) -> None:
        """Do what is due, the chain included."""
        view = self.views[end]
        match due(view, facts(5)):
            case Submit():
                assert view.own_withdraw is not None
                if view.own_withdraw.settles:
                    self._mine_settlement(end)
                else:
                    self._mine(end, view.own_withdraw.total)

    def _mine(self, end: int, total: int) -> None:
        own = self.views[end].own_withdraw
        self.set(end, own_withdrawn=total, own_withdraw=still_wanted(own, total))
        theirs = self.views[1 - end].partner_withdraw
        left = still_wanted(theirs, total)
        self.set(1 - end, partner_withdrawn=total, partner_withdraw=left)

    def _mine_settlement(self, end: int) -> None:
        """The contract takes two totals that leave nothing, each of which takes something out."""
        own, other = self.views[end].own_withdraw, self.views[end].partner_withdraw
        assert own is not None
        assert other is not None
        view = self.views[end]
        assert own.total + other.total == view.own_deposit + view.partner_deposit
        for half, before in ((own, view.own_withdrawn), (other, view.partner_withdrawn)):
            assert half.total == 0 or half.total > before
        self.views = [ChannelView(0, 0), ChannelView(0, 0)]
        self.on_their_way[0].clear()
        self.on_their_way[1].clear()

    def lapse(self, end: int) -> None:
        """Let a withdraw expire; who wants a settlement closes the channel instead."""
        view = self.views[end]
        own = view.own_withdraw
        if own is not None and not own.starts:
            self.set(end, own_withdraw=None)
            self.say(end, "expired", view.sent.counting(), own.total, own.expiration)

    def check(self) -> None:
        for view in self.views:
            for proof, balance in (
                (view.sent, view.balance),
                (view.received, view.partner_balance),
            ):
                assert 0 <= proof.locked <= balance
            assert view.own_taken + view.partner_taken <= view.own_deposit + view.partner_deposit
        if not any(self.on_their_way):
            one, other = self.views
            assert (one.sent, one.received) == (other.received, other.sent)
            assert _alike(one.own_withdraw, other.partner_withdraw)
            assert _alike(one.partner_withdraw, other.own_withdraw)
            assert one.balance + other.balance == one.capacity == other.capacity


def _alike(own: Withdraw | None, booked: Withdraw | None) -> bool:
    if own is None or booked is None:
        return own is booked
    return (own.total, own.expiration) == (booked.total, booked.expiration)


steps = st.tuples(
    st.sampled_from(["lock", "unlock", "ask", "settle", "hear", "hear", "hear", "act", "lapse"]),
    st.integers(0, 1),
    st.integers(1, 60),
    st.integers(0, 5),
)


@given(st.tuples(st.integers(0, 100), st.integers(0, 100)), st.lists(steps, max_size=60))
def test_whatever_is_said_and_heard_no_message_is_wrong_and_the_sums_hold(
    deposits: tuple[int, int], history: list[tuple[str, int, int, int]]
) -> None:
    first = ChannelView(*deposits, NOTHING_SENT, NOTHING_SENT)
    ends = Ends([first, replace(first, own_deposit=deposits[1], partner_deposit=deposits[0])])
    for what, end, amount, number in history:
        more = {"lock": (amount, number), "ask": (amount,)}.get(what, ())
        getattr(ends, what)(end, *more)
        ends.check()
