"""What mediators take for payments that they pass on, and what payers add."""

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator import Fees
from simulator.node.dialects import Dialect
from simulator.payments.fees import (
    MAX_IMBALANCE,
    MediationFee,
    is_too_dear,
    margin,
    schedule_of,
    to_send,
)
from simulator.testnet.testnet import Testnet
from simulator.words.errors import ConfigurationError, InvalidRequest, PaymentUnsuccessful
from tests.payments.worlds import DEPOSIT, balances, chain_of, close_all, happened

WEI = 10**18
"""The whole of a token that has 18 decimals."""


def row_of(
    fees: Fees, amount: int, mediators: int, deposits: tuple[int, int], **options: Any
) -> tuple[Testnet, list[int]]:
    """Pay over some mediators in a row; return the world, and what each hop got."""
    net = Testnet(
        mediators + 2,
        engine="model",
        token_balance=100 * WEI,
        **{"dialects": [Dialect.BESPIN], "fees": [fees], **options},
    )
    for one, other in zip(net.nodes, net.nodes[1:], strict=False):
        for end, partner, deposit in zip((one, other), (other, one), deposits, strict=True):
            if deposit:
                end.open_channel(net.token, partner.address, deposit)
    net.node(0).pay(net.token, net.node(mediators + 1).address, amount)
    return net, [entry["amount"] for entry in happened(net, "TransferLocked")]


def test_flat_fees_are_taken_hop_by_hop() -> None:
    _, hops = row_of(Fees(flat=100), 10_000, 2, (100_000, 0))
    assert hops == [10_211, 10_111, 10_011]


def test_proportional_fees_are_taken_of_fees_too() -> None:
    _, hops = row_of(Fees(proportional=10_000), 10_000, 2, (100_000, 0))
    assert hops == [10_213, 10_112, 10_012]


def test_who_balances_a_channel_is_paid_for_it_where_fees_are_not_capped() -> None:
    fees = Fees(imbalance=10_000, capped=False)
    _, hops = row_of(fees, WEI // 2, 1, (WEI, 0))
    assert hops == [480_850_038_799_922_400, 500_849_998_800_002_400]


def test_flat_proportional_and_imbalance_fees_add_up() -> None:
    fees = Fees(flat=100, proportional=10_000, imbalance=20_000, capped=False)
    _, hops = row_of(fees, WEI // 2, 2, (WEI, WEI))
    assert hops == [543_503_066_141_505_551, 521_412_397_083_386_577, 501_256_867_628_581_697]


def test_capped_fees_are_never_below_nothing() -> None:
    _, hops = row_of(Fees(imbalance=10_000), WEI // 2, 1, (WEI, 0))
    assert hops == [WEI // 2, WEI // 2]


def test_half_of_a_proportional_fee_is_more_than_a_half_of_the_number() -> None:
    """A fee of both halves is taken of what is passed on, and a half of what comes in."""
    assert schedule_of(Fees(proportional=10_000), 0).proportional == 4_975
    assert schedule_of(Fees(proportional=4_000), 0).proportional == 1_996
    assert schedule_of(Fees(flat=101), 0).flat == 50


@pytest.mark.parametrize(
    ("amount", "fee", "sent"),
    [(10_000, 200, 10_211), (10_000, 0, 10_000), (10_000, -200, 9_811), (1, 1, 3)],
)
def test_a_payer_adds_a_margin_to_fees_and_none_where_there_are_none(
    amount: int, fee: int, sent: int
) -> None:
    assert to_send(amount, fee) == sent


def test_more_than_a_fifth_is_too_dear() -> None:
    assert not is_too_dear(104, 124)
    assert is_too_dear(104, 125)
    with pytest.raises(PaymentUnsuccessful, match="fees would make 115 of the 90"):
        row_of(Fees(flat=24), 90, 1, (1_000, 0))


@st.composite
def mediations(draw: st.DrawFn) -> MediationFee:
    def side() -> tuple[int, int, Fees]:
        capacity = draw(st.integers(1, 10**6))
        fees = Fees(
            draw(st.integers(0, 50)),
            draw(st.integers(0, 20_000)),
            draw(st.integers(0, MAX_IMBALANCE)),
        )
        return capacity, draw(st.integers(0, capacity)), fees

    (in_capacity, in_balance, into), (out_capacity, out_balance, out) = side(), side()
    schedules = schedule_of(into, in_capacity), schedule_of(out, out_capacity)
    balances = in_balance, out_balance, in_capacity - in_balance
    return MediationFee(*schedules, *balances, capped=draw(st.booleans()))


@given(mediations(), st.integers(1, 10**6))
def test_what_a_path_search_finds_is_what_the_mediator_takes(
    mediation: MediationFee, amount: int
) -> None:
    """To the token that is lost when both are rounded."""
    before = mediation.amount_in(amount)
    after = None if before is None else mediation.amount_out(before)
    if before is not None and after is not None:
        assert abs(after - amount) <= 3
        assert not mediation.capped or before >= amount
    passed_on = mediation.amount_out(amount)
    assert passed_on is None or 0 <= passed_on <= mediation.balance_out


@given(mediations(), st.integers(1, 10**6))
def test_capped_fees_let_nobody_pass_on_more_than_came(
    mediation: MediationFee, amount: int
) -> None:
    passed_on = mediation.amount_out(amount)
    assert not mediation.capped or passed_on is None or passed_on <= amount


@given(st.integers(0, 10**24), st.integers(0, MAX_IMBALANCE), st.integers(0, 10**24))
def test_a_curve_is_lowest_in_the_middle_and_as_high_as_asked_at_its_ends(
    capacity: int, imbalance: int, balance: int
) -> None:
    curve = schedule_of(Fees(imbalance=imbalance), capacity).curve
    if capacity == 0 or imbalance == 0:
        assert curve is None
        return
    assert curve is not None
    highest = capacity * imbalance / 1e6  # as floats have it, and a rounded power of it
    assert curve.ys[0] == pytest.approx(highest, rel=1e-9, abs=1)
    assert curve.ys[-1] == pytest.approx(highest, rel=1e-9, abs=1)
    assert list(curve.xs) == sorted(set(curve.xs))
    if balance <= curve.xs[-1]:
        assert min(curve.ys) <= Fraction(*curve.at(balance)) <= max(curve.ys)


def test_fees_are_those_of_the_dialect_unless_something_is_said() -> None:
    net = Testnet(5, engine="model", dialects=[*Dialect, *Dialect], fees=[None] * 3 + [Fees(7)] * 2)
    taken = [node.account.fees.usual for node in net._simulation.nodes]
    raidens = Fees(proportional=4_000, imbalance=3_000)
    assert taken == [Fees(), raidens, raidens, Fees(7), Fees(7)]


def test_an_alderaan_payer_reckons_with_fees_of_which_it_knows_nothing() -> None:
    """Two hundredths of the amount, and a margin; the target keeps what nobody has taken."""
    _, hops = row_of(Fees(), 10_000, 1, (100_000, 0), dialects=[Dialect.ALDERAAN])
    assert hops == [10_000 + 200 + 11] * 2
    _, hops = row_of(Fees(), 10_000, 0, (100_000, 0), dialects=[Dialect.ALDERAAN])
    assert hops == [10_000]


def test_what_the_target_has_too_little_of_is_not_paid() -> None:
    """A red-eyes payer reckons with no fees: the target does not get the amount, nor the secret."""
    net = chain_of(3, fees=[Fees(), Fees(flat=4), Fees()])
    call = net.node(0).pay.begin(net.token, net.node(2).address, 50)
    net.run_until_idle()
    with pytest.raises(PaymentUnsuccessful, match="lock expired, despite"):
        call.result()
    assert balances(net, 1) == [DEPOSIT, DEPOSIT]


def test_a_channel_may_have_fees_of_its_own_and_fees_change_while_a_world_runs() -> None:
    net = chain_of(3, dialects=[Dialect.BESPIN], fees=[Fees()])
    net.set_fees(1, flat=2)
    net.set_fees(1, 2, flat=4)

    def passed_on() -> tuple[int, int]:
        net.node(0).pay(net.token, net.node(2).address, 20)
        first, second = happened(net, "TransferLocked")[-2:]
        return first["amount"], second["amount"]

    sent, arrived = passed_on()
    assert sent - arrived == 1 + 2  # half of each
    net.set_fees(1, 2)
    sent, arrived = passed_on()
    assert sent - arrived == 2
    net.set_fees(1)
    assert passed_on() == (20, 20)
    net.run_until_idle()
    close_all(net)
    told = [(entry["channel"], entry["flat"]) for entry in happened(net, "FeesSet")]
    channel = [net.token, net.node(2).address]
    assert told == [([], 2), (channel, 4), (channel, 2), ([], 0)]


def test_a_mediator_that_waits_passes_on_what_lower_fees_allow() -> None:
    """Its payer reckons with no fees, and it sends nothing back."""
    net = chain_of(3, dialects=[Dialect.RED_EYES, Dialect.BESPIN], fees=[Fees(flat=200)])
    call = net.node(0).pay.begin(net.token, net.node(2).address, 50)
    net.advance(blocks=1)
    assert not call.done
    (waiting,) = happened(net, "TransferWaiting")
    assert waiting["reason"] == "as its channels are, the node can't pass 50 on for its fees"
    net.set_fees(1, flat=0)
    net.run_until_idle()
    assert call.result().amount == 50


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"flat": -1}, "flat"),
        ({"proportional": 1_000_001}, "within 0 to 1000000"),
        ({"imbalance": 50_001}, "within 0 to 50000"),
        ({"partner": 1, "capped": True}, "is said of a node, and not of a channel"),
    ],
)
def test_fees_that_can_not_be_are_refused(change: dict[str, Any], told: str) -> None:
    net = chain_of(2)
    with pytest.raises(InvalidRequest, match=told):
        net.set_fees(0, **change)
    if "partner" not in change:
        with pytest.raises(ConfigurationError, match=told):
            Testnet(2, engine="model", fees=[Fees(**change)])


def test_fees_are_a_list_of_fees() -> None:
    with pytest.raises(ConfigurationError, match="fees must be a list, not"):
        Testnet(2, engine="model", fees=Fees())  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match="fees must hold Fees\\(…\\), not 4"):
        Testnet(2, engine="model", fees=[4])  # type: ignore[list-item]


def test_a_margin_is_of_floats_as_raidens_is() -> None:
    assert margin(10**18, 10**16) == 800_000_000_000_000
