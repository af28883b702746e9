"""The pure plan: the split, the order of its parts, and what no plan ever does."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from simulator.node.plan import (
    Candidates,
    Facts,
    JoinDeposit,
    OpenBootstrap,
    OpenWithDeposit,
    Plan,
    TopUp,
    UnfundedChannel,
    plan,
)
from simulator.testnet import invariants
from simulator.words.units import UINT256_MAX, Address, exact_fraction, split_funds

PEERS = [Address(bytes([n]) * 20) for n in range(1, 10)]

amounts = st.one_of(st.integers(0, 200), st.integers(0, UINT256_MAX))
fractions = st.one_of(
    st.integers(0, 100).map(lambda n: Fraction(n, 100)), st.fractions(0, 1, max_denominator=10**30)
)


def new_node(funds: int, target: int = 3, joinable: float = 0.4, peers: int = 3) -> Facts:
    share = split_funds(funds, exact_fraction(joinable), target)
    return Facts(funds, share, target, [], Candidates(PEERS[:peers]), deposited=0, wallet=10**6)


@pytest.mark.parametrize(
    ("facts", "deposits"),
    [
        (new_node(100), [20, 20, 20]),
        (new_node(97), [19, 19, 19]),
        (new_node(5), [1, 1, 1]),
        (new_node(1), [0, 0, 0]),
        (new_node(100, target=4), [15, 15, 15]),
        (new_node(100, target=4, peers=4), [15, 15, 15, 15]),
        (new_node(100, joinable=1), [0, 0, 0]),
        (new_node(100, joinable=0), [33, 33, 33]),
        (new_node(100, target=1), [60]),
        (new_node(100, target=6, joinable=0.6), [6, 6, 6]),
    ],
)
def test_split_over_new_channels(facts: Facts, deposits: list[int]) -> None:
    assert [a.deposit for a in plan(facts).actions if isinstance(a, OpenWithDeposit)] == deposits


def test_split_is_exact_where_floats_are_not() -> None:
    assert split_funds(123456789012345678901, Fraction(2, 5), 3) == 24691357802469135780


def test_split_at_the_largest_amount() -> None:
    assert split_funds(UINT256_MAX, Fraction(0), 1) == UINT256_MAX


def test_alone_it_opens_the_bootstrap_channel() -> None:
    assert plan(new_node(100, peers=0)) == Plan((OpenBootstrap(),), missing=3, waits_for_peers=True)


def test_visible_it_opens_no_second_bootstrap_channel() -> None:
    assert plan(replace(new_node(100, peers=0), visible=True)).actions == ()


def test_unsettled_bootstrap_channel_forbids_another() -> None:
    assert plan(replace(new_node(100, peers=0), may_bootstrap=False)).actions == ()


def channel(number: int, own: int, partner: int = 0, *, online: bool = True) -> UnfundedChannel:
    return UnfundedChannel(number, PEERS[number], own, partner, online)


def facts_with(
    *channels: UnfundedChannel, funds: int = 100, peers: int = 0, wallet: int = 10**6
) -> Facts:
    deposited = sum(c.own_deposit for c in channels)
    facts = replace(new_node(funds, peers=peers), wallet=wallet)
    return replace(facts, channels=channels, deposited=deposited, visible=True)


def test_existing_channels_come_before_new_ones() -> None:
    decision = plan(facts_with(channel(1, 5), channel(2, 0), peers=3))
    assert decision.actions == (
        TopUp(1, PEERS[1], 20, 15),
        TopUp(2, PEERS[2], 20, 20),
        OpenWithDeposit(PEERS[0], 20),
    )


def test_channels_with_offline_partners_are_not_topped_up() -> None:
    decision = plan(facts_with(channel(1, 5, online=False), channel(2, 20), peers=1))
    assert decision.actions == (OpenWithDeposit(PEERS[0], 20),)
    assert decision.missing == 1


def test_a_channel_that_the_money_does_not_cover_is_passed_over() -> None:
    """The first one lacks 20, the second one 5, and there are 10."""
    decision = plan(facts_with(channel(1, 0), channel(2, 15), wallet=10))
    assert decision.actions == (TopUp(2, PEERS[2], 20, 5),)


def test_same_join_again_changes_nothing() -> None:
    assert plan(facts_with(channel(1, 20), channel(2, 20), channel(3, 20), peers=3)).actions == ()


def test_double_funds_double_the_deposits() -> None:
    decision = plan(facts_with(channel(1, 20), channel(2, 20), channel(3, 20), funds=200))
    assert [a.amount for a in decision.actions if isinstance(a, TopUp)] == [20, 20, 20]


def test_a_higher_target_keeps_what_is_there() -> None:
    facts = facts_with(channel(1, 20), channel(2, 20), channel(3, 20), peers=5)
    decision = plan(replace(facts, target=5, share=12))
    assert decision.actions == (OpenWithDeposit(PEERS[0], 12), OpenWithDeposit(PEERS[1], 12))


def test_partners_deposits_are_answered_up_to_the_share() -> None:
    decision = plan(
        facts_with(
            channel(1, 20), channel(2, 20), channel(3, 20), channel(4, 0, 7), channel(5, 0, 50)
        )
    )
    assert decision.actions == (
        JoinDeposit(4, PEERS[4], 7, 7),
        JoinDeposit(5, PEERS[5], 20, 20),
    )


def test_answering_leaves_what_is_owed_to_the_target() -> None:
    """With one of three channels, 40 of 80 are owed to the target: 40 are left for others."""
    offline = [channel(n, 0, 20, online=False) for n in (2, 3, 4)]
    decision = plan(facts_with(channel(1, 20), *offline))
    assert [a.amount for a in decision.actions if isinstance(a, JoinDeposit)] == [20, 20]
    assert decision.missing == 2


def test_what_is_left_may_answer_in_part() -> None:
    facts = facts_with(channel(1, 20), channel(2, 20), channel(3, 20), channel(4, 0, 20), wallet=8)
    assert plan(facts).actions == (JoinDeposit(4, PEERS[4], 8, 8),)


def test_share_zero_never_answers() -> None:
    facts = replace(facts_with(channel(1, 0, 50), funds=100), share=0, target=1)
    assert plan(facts).actions == ()


@pytest.mark.parametrize(
    ("facts", "waits"),
    [
        (new_node(100, peers=3), False),
        (new_node(100, peers=2), True),
        (replace(new_node(100, peers=2), wallet=40), False),
        (replace(new_node(100, joinable=1, peers=2), wallet=0), True),
        (facts_with(channel(1, 20), channel(2, 20), channel(3, 5, online=False)), True),
        (replace(facts_with(channel(3, 5, online=False)), wallet=15, funds=20), True),
        (replace(facts_with(channel(3, 5, online=False)), wallet=14, funds=20), False),
    ],
)
def test_it_waits_for_peers_when_one_more_would_be_of_use(facts: Facts, waits: bool) -> None:
    assert plan(facts).waits_for_peers is waits


@given(st.lists(st.tuples(st.integers(0, 40), st.booleans()), max_size=8))
def test_funded_channels_may_be_counted_instead_of_listed(kinds: list[tuple[int, bool]]) -> None:
    channels = [channel(n, own, 9, online=up) for n, (own, up) in enumerate(kinds)]
    facts = facts_with(*channels, peers=0, wallet=50)
    listed = [c for c in channels if c.own_deposit < facts.share]
    counted = replace(facts, channels=listed, funded=len(channels) - len(listed))
    assert plan(counted) == plan(facts)
    if facts.left == 0:
        assert plan(replace(counted, channels=())).actions == plan(facts).actions


@st.composite
def any_facts(draw: st.DrawFn) -> Facts:
    """Return facts whose amounts are of one scale: only then do the parts of a plan compete."""
    amounts = draw(st.sampled_from([st.integers(0, 60), st.integers(0, UINT256_MAX)]))
    funds, target = draw(amounts.map(lambda n: 3 * n)), draw(st.integers(1, 8))
    numbers = draw(st.lists(st.integers(0, 8), unique=True).map(sorted))
    channels = [
        channel(n, draw(amounts), draw(amounts), online=draw(st.booleans())) for n in numbers
    ]
    taken = {c.partner for c in channels}
    candidates = draw(st.permutations([p for p in PEERS if p not in taken]))
    return Facts(
        funds=funds,
        share=split_funds(funds, draw(fractions), target),
        target=target,
        channels=channels,
        candidates=Candidates(candidates[: draw(st.integers(0, 8))]),
        deposited=sum(c.own_deposit for c in channels) + draw(amounts),
        wallet=draw(amounts),
        pending=draw(amounts),
        pending_opens=draw(st.lists(amounts, max_size=3)),
        visible=bool(channels) or draw(st.booleans()),
        may_bootstrap=draw(st.booleans()),
    )


def carried_out(facts: Facts, decision: Plan) -> Facts:
    """Return the facts after all actions of a plan."""
    channels = {c.identifier: c for c in facts.channels}
    spent = 0
    visible = facts.visible
    candidates = facts.candidates.first(100)
    for action in decision.actions:
        match action:
            case TopUp() | JoinDeposit():
                old = channels[action.identifier]
                channels[action.identifier] = replace(old, own_deposit=action.total_deposit)
                spent += action.amount
            case OpenWithDeposit():
                number = 100 + len(channels)
                channels[number] = UnfundedChannel(number, action.partner, action.deposit, 0, True)
                candidates.remove(action.partner)
                spent += action.deposit
                visible = True
            case OpenBootstrap():
                visible = True
    return replace(
        facts,
        channels=[channels[n] for n in sorted(channels)],
        candidates=Candidates(candidates),
        deposited=facts.deposited + spent,
        wallet=facts.wallet - spent,
        visible=visible,
    )


@given(any_facts())
def test_no_plan_breaks_an_invariant(facts: Facts) -> None:
    invariants.check_plan(facts, plan(facts))


@given(any_facts())
def test_a_plan_is_complete(facts: Facts) -> None:
    """Carried out, it leaves nothing to do: the rule looks at levels and comes to rest."""
    after = plan(carried_out(facts, plan(facts)))
    assert after.actions == ()
    assert after.missing <= plan(facts).missing


@given(amounts, fractions, st.integers(1, 10**6))
def test_the_split_never_over_spends_and_wastes_less_than_the_target(
    funds: int, joinable: Fraction, target: int
) -> None:
    share = split_funds(funds, joinable, target)
    spendable = funds * (1 - joinable)
    assert share * target <= spendable < (share + 1) * target
