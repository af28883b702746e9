"""How messages travel: what settings, options of nodes and a tester's hands say of it."""

from itertools import pairwise
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.kernel.rng import Rng
from simulator.node.settings import Settings
from simulator.payments.conditions import IDEAL, Air, LineConditions, Spread
from simulator.testnet.testnet import Testnet
from simulator.words.errors import ConfigurationError, InvalidRequest
from simulator.words.units import Address
from tests.payments.worlds import happened, with_channels

ONE, TWO, THREE = (Address(bytes([number]) * 20) for number in (1, 2, 3))
SLOW = LineConditions(3.0)
WRONG: list[tuple[dict[str, Any], str]] = [
    ({"loss": 1.1}, r"loss: must be a number within 0 to 1, not 1.1"),
    ({"loss": -0.1}, r"loss: must be a number within 0 to 1, not -0.1"),
    ({"loss": float("nan")}, r"loss: must be a number within 0 to 1, not nan"),
    ({"loss": True}, r"loss: must be a number within 0 to 1, not True"),
    ({"loss": "0.5"}, r"loss: must be a number within 0 to 1, not '0.5'"),
    ({"delay_seconds": -1}, r"delay_seconds: must be a number within 0 to 100000, not -1"),
    ({"delay_seconds": float("inf")}, r"delay_seconds: must be .*, not inf"),
    ({"delay_seconds": "1 s"}, r"delay_seconds: must be .*, not '1 s'"),
    ({"spread": "odd"}, r"spread: must be one of fixed, uniform, exponential, not 'odd'"),
    ({"spread": 5}, r"spread: must be one of fixed, uniform, exponential, not 5"),
]


@pytest.mark.parametrize(("said", "told"), WRONG)
def test_what_can_not_be_is_told_in_the_same_words_everywhere(
    said: dict[str, Any], told: str
) -> None:
    net = Testnet(2, engine="model")
    for say in (LineConditions, net.set_messages):
        with pytest.raises(InvalidRequest, match=told):
            say(**said)
    assert net._simulation.world.transport.air.of_all == IDEAL


@pytest.mark.parametrize("wrong", [3, {"loss": 0.1}, None])
def test_settings_and_nodes_take_nothing_else(wrong: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"messages must be LineConditions\(…\), not"):
        Settings(messages=wrong)
    if wrong is not None:
        with pytest.raises(ConfigurationError, match=r"messages must be LineConditions\(…\), not"):
            Testnet(2, engine="model", messages=[wrong])
    with pytest.raises(ConfigurationError, match="messages must be a list"):
        Testnet(2, engine="model", messages=LineConditions())  # type: ignore[arg-type]


@given(st.sampled_from(Spread), st.floats(0.001, 1_000), st.integers(0, 2**32))
def test_delays_are_around_their_mean_and_bounded(spread: Spread, mean: float, seed: int) -> None:
    conditions = LineConditions(mean, spread)
    stream = Rng(seed).stream("messages")
    drawn = [conditions.delay(stream) for _ in range(400)]
    most = {Spread.FIXED: 1, Spread.UNIFORM: 2, Spread.EXPONENTIAL: 10}[spread]
    assert 0 <= min(drawn) <= max(drawn) <= most * mean == conditions.longest_seconds
    assert mean * 0.7 < sum(drawn) / len(drawn) < mean * 1.3


def test_exponential_delays_are_cut_at_ten_times_their_mean() -> None:
    class Unlikely(Random):
        def random(self) -> float:
            return 1 - 1e-9

    assert LineConditions(2.0, Spread.EXPONENTIAL).delay(Unlikely()) == 20


def test_what_a_change_does_not_name_stays() -> None:
    assert LineConditions(2.0, "uniform", 0.1).but(loss=0) == LineConditions(2.0, "uniform")
    assert LineConditions(2.0, "uniform", 0.1).but(3) == LineConditions(3, "uniform", 0.1)
    net = Testnet(3, engine="model", settings=Settings(messages=LineConditions(2.0, loss=0.1)))
    air = net._simulation.world.transport.air
    net.set_messages(0, 1, loss=1)
    nodes = [node.address for node in net._simulation.nodes]
    assert air.between(nodes[0], nodes[1]) == LineConditions(2.0, loss=1)
    assert air.between(nodes[0], nodes[2]) == LineConditions(2.0, loss=0.1)
    net.set_messages(delay_seconds=5)
    assert air.between(nodes[0], nodes[1]) == LineConditions(5, loss=0.1)
    net.set_messages()
    assert air.between(nodes[0], nodes[1]) == LineConditions(2.0, loss=0.1)


def test_what_is_said_of_fewer_counts_more_and_what_is_taken_back_is_as_usual() -> None:
    air = Air(LineConditions(1.0))
    air.set_usual(ONE, SLOW)
    assert air.between(ONE, TWO) == air.between(TWO, ONE) == SLOW
    assert air.between(TWO, THREE) == LineConditions(1.0)
    air.set(LineConditions(9.0), ONE, TWO)
    assert air.between(TWO, ONE) == LineConditions(9.0)
    air.set(None, TWO, ONE)
    assert air.between(TWO, ONE) == SLOW
    air.set(LineConditions(9.0), ONE)
    air.set(None, ONE)
    assert air.between(TWO, ONE) == SLOW
    air.set(LineConditions(7.0))
    assert air.between(TWO, ONE) == LineConditions(7.0)
    air.set(None)
    assert (air.between(TWO, ONE), air.between(TWO, THREE)) == (SLOW, LineConditions(1.0))


def test_a_world_with_latency_takes_its_time_and_its_seed_decides() -> None:
    def seconds(**more: Any) -> list[float]:
        net = with_channels(3, [(0, 1), (1, 2)], **more)
        began = net.now
        net.node(0).pay(net.token, net.node(2).address, 10)
        net.run_until_idle()
        steps = happened(net, "TransferLocked", "SecretRequested", "SecretRevealed")
        return [entry["time"] - began for entry in steps]

    assert seconds() == [0, 0, 0, 0, 0, 0]
    assert seconds(messages=[LineConditions(2.0)]) == [0, 2, 4, 6, 8, 10]
    assert seconds(messages=[None, None, LineConditions(2.0)]) == [0, 0, 2, 4, 6, 8]
    drawn = [
        seconds(messages=[LineConditions(2.0, "exponential")], seed=seed) for seed in (1, 1, 2)
    ]
    assert drawn[0] == drawn[1] != drawn[2]
    gaps = {later - earlier for earlier, later in pairwise(drawn[0])}
    assert len(gaps) == 5  # a draw each
