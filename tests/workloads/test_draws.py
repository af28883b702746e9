"""What workloads draw: the distributions that they promise."""

import math
from collections import Counter
from itertools import islice, pairwise
from random import Random
from statistics import fmean, median, stdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.kernel.rng import Rng
from simulator.workloads import draws
from simulator.workloads.draws import MONTH_SECONDS, Picker, Weights
from simulator.workloads.form import ActivityPart, AmountsPart, ArrivalsPart, PairsPart

MANY = 20_000
STAR = Weights([4, 1, 1, 1, 1, 0], [400, 200, 100, 50, 50, 0])


def drawing(seed: int = 1) -> Random:
    return Rng(seed).stream("test")


def drawn(part: PairsPart, weights: Weights = STAR, count: int = MANY) -> list[tuple[int, int]]:
    return list(islice(draws.pairs(part, drawing(), weights), count))


def test_poisson_arrivals_come_at_independent_times() -> None:
    """Times between them are exponential: as long on average as they vary."""
    times = list(islice(draws.arrivals(ArrivalsPart(per_second=4.0), drawing()), MANY))
    between = [later - sooner for sooner, later in pairwise(times)]
    assert fmean(between) == pytest.approx(1 / 4, rel=0.03)
    assert stdev(between) == pytest.approx(1 / 4, rel=0.03)


def test_constant_arrivals_come_at_equal_distances() -> None:
    part = ArrivalsPart(type="constant", per_second=0.1)
    assert list(islice(draws.arrivals(part, drawing()), 4)) == [0, 10, 20, 30]


def test_listed_arrivals_come_when_they_are_listed() -> None:
    part = ArrivalsPart(type="listed", seconds=[3.0, 1.0, 2.0])
    assert list(draws.arrivals(part, drawing())) == [1, 2, 3]


@given(st.integers(1, 10**30), st.integers(0, 10**30), st.integers(0, 2**32))
def test_uniform_amounts_are_within_their_ends(least: int, more: int, seed: int) -> None:
    part = AmountsPart(least=least, most=least + more)
    assert all(
        least <= amount <= least + more for amount in islice(draws.amounts(part, drawing(seed)), 20)
    )


def test_uniform_amounts_are_all_alike() -> None:
    counts = Counter(islice(draws.amounts(AmountsPart(least=1, most=5), drawing()), MANY))
    assert counts.keys() == {1, 2, 3, 4, 5}
    assert max(counts.values()) / min(counts.values()) < 1.1


def test_lognormal_amounts_have_their_median_and_spread() -> None:
    part = AmountsPart(type="lognormal", median=10**6, spread=0.5)
    found = list(islice(draws.amounts(part, drawing()), MANY))
    assert median(found) == pytest.approx(10**6, rel=0.02)
    assert stdev(map(math.log, found)) == pytest.approx(0.5, rel=0.02)


@given(st.integers(1, 10**30), st.floats(0, 10), st.integers(1, 10**9), st.integers(0, 2**32))
def test_lognormal_amounts_are_payable(middle: int, spread: float, most: int, seed: int) -> None:
    part = AmountsPart(type="lognormal", median=middle, spread=spread, most=most)
    assert all(1 <= amount <= most for amount in islice(draws.amounts(part, drawing(seed)), 20))


def test_uniform_pairs_are_any_two() -> None:
    counts = Counter(drawn(PairsPart(), Weights([0] * 4, [0] * 4)))
    assert counts.keys() == {(one, other) for one in range(4) for other in range(4) if one != other}
    assert max(counts.values()) / min(counts.values()) < 1.2


def test_pairs_are_of_payers_and_payees_where_these_are_named() -> None:
    assert {*drawn(PairsPart(payers=[0, 1], payees=[1, 5]))} == {(0, 1), (0, 5), (1, 5)}
    assert {*drawn(PairsPart(payers=[0, 1], payees=[1]))} == {(0, 1)}


@pytest.mark.parametrize(
    ("kind", "weights"), [("degree", STAR.degrees), ("capacity", STAR.capacities)]
)
def test_pairs_are_drawn_by_what_nodes_have(kind: str, weights: list[int]) -> None:
    found = drawn(PairsPart.model_validate({"type": kind}))
    payers = Counter(payer for payer, _ in found)
    assert 5 not in payers
    for node in range(5):
        assert payers[node] / MANY == pytest.approx(weights[node] / sum(weights), abs=0.015)
    of_hub = Counter(payee for payer, payee in found if payer == 0)
    for node in range(1, 5):
        share = weights[node] / (sum(weights) - weights[0])
        assert of_hub[node] / payers[0] == pytest.approx(share, abs=0.02)


def test_hubs_are_paid_by_the_others() -> None:
    found = {*drawn(PairsPart(type="hubs", hubs=2))}
    assert {payee for _, payee in found} == {0, 1}, "of equal ones the first"
    assert {payer for payer, _ in found} == {2, 3, 4, 5}


def test_listed_pairs_come_in_turn() -> None:
    part = PairsPart(type="listed", pairs=[[0, 1], [2, 0]])
    assert drawn(part, count=3) == [(0, 1), (2, 0), (0, 1)]


@given(st.lists(st.integers(1, 10**30), min_size=2, max_size=8), st.integers(0, 2**32))
def test_nobody_is_drawn_without_weight_or_for_itself(weights: list[int], seed: int) -> None:
    nodes = list(range(len(weights)))
    picker = Picker(nodes, weights, drawing(seed))
    for without in nodes:
        assert picker.pick(without=without) in {*nodes} - {without}
    only = Picker(nodes, [*weights[:1], *[0] * (len(weights) - 1)], drawing(seed))
    assert only.pick() == 0


def test_random_activity_pays_what_nodes_have_capacity_for() -> None:
    """SimLN's formulas: capacity x multiplier in a month, and the expected amount on average."""
    weights = Weights([1] * 4, [800_000, 400_000, 400_000, 100_000])
    part = ActivityPart(expected_amount=50_000, multiplier=1_500.0)
    rng = Rng(1)
    found = []
    for payment in draws.random_activity(part, weights, lambda node: rng.stream("node", node)):
        if payment.seconds > MONTH_SECONDS:
            break
        found.append(payment)
    sent = Counter(payment.payer for payment in found)
    assert 3 not in {node for one in found for node in (one.payer, one.payee)}
    for node, capacity in ((0, 400_000), (1, 200_000), (2, 200_000)):
        assert sent[node] == pytest.approx(capacity * 1_500 / 50_000, rel=0.05)
    assert fmean(payment.amount for payment in found) == pytest.approx(50_000, rel=0.05)
    received = Counter(payment.payee for payment in found if payment.payer == 1)
    assert received[0] / sent[1] == pytest.approx(2 / 3, abs=0.03)
    limit = 200_000 / 2
    logs = [math.log(one.amount) for one in found if {one.payer, one.payee} == {0, 1}]
    assert fmean(logs) == pytest.approx(2 * math.log(50_000) - math.log(limit), abs=0.05)
    assert [one.seconds for one in found] == sorted(one.seconds for one in found)
    assert all(one.seconds == int(one.seconds) for one in found)


def test_a_node_more_changes_nothing_of_when_others_pay() -> None:
    def times(weights: Weights) -> list[float]:
        part, rng = ActivityPart(expected_amount=50, multiplier=30.0), Rng(1)
        activity = draws.random_activity(part, weights, lambda node: rng.stream("node", node))
        return [one.seconds for one in islice(activity, 200) if one.payer == 1][:20]

    assert times(Weights([1] * 3, [2_000] * 3))[:1] == times(Weights([1] * 4, [2_000] * 4))[:1]
