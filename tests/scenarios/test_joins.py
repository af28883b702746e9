"""What joins have come to, in small worlds that can be followed by hand."""

from fractions import Fraction

import pytest

from simulator.reports.joins import JOIN_MEASURES, JoinHistory
from simulator.testnet.testnet import Testnet
from simulator.words.units import parse_address


def history(net: Testnet) -> JoinHistory:
    inside = net._simulation
    token = parse_address(net.token)
    network = inside.world.graphs[token].token_network
    entries = inside.journal.entries
    return JoinHistory(token, network, entries, net.now, inside.world.mempool.gas)


def measured(net: Testnet, name: str) -> int | Fraction | None:
    return JOIN_MEASURES[name].of(history(net))


@pytest.fixture
def two() -> Testnet:
    """Two nodes that want two channels each with 100 tokens, 20 for each and 60 kept, and get one.

    The first one answers the second one's deposit with as much.
    """
    net = Testnet(3, seed=1, engine="model")
    for node in net.nodes[:2]:
        node.join(net.token, funds=100, initial_channel_target=2, joinable_funds_target=0.6)
    net.run_until_idle()
    return net


def test_without_joins_there_is_nothing_to_tell() -> None:
    net = Testnet(1, seed=1, engine="model")
    found = {name: measured(net, name) for name in JOIN_MEASURES}
    assert found == dict.fromkeys(JOIN_MEASURES) | {"channels_short": 0}


def test_funds_that_are_in_no_channel_are_unplaced(two: Testnet) -> None:
    first, second = two.nodes[0], two.nodes[1]
    placed = first.deposits(two.token)[second.address]
    assert history(two).unplaced() == {
        parse_address(first.address): 80,
        parse_address(second.address): 80,
    }
    assert placed == 20
    assert measured(two, "unplaced_tokens") == 80


def test_channels_below_the_target_are_short_until_others_open_them(two: Testnet) -> None:
    assert measured(two, "channels_short") == 2
    assert measured(two, "on_target") == 0
    assert measured(two, "target_seconds") is None
    begun = two.now
    two.node(2).join(two.token, funds=100, initial_channel_target=2)
    two.run_until_idle()
    assert measured(two, "channels_short") == 0
    assert measured(two, "on_target") == 1
    told = history(two)
    opened = {join.reached for join in told.joins}
    assert len(opened) == 1, "both channels are in one block"
    (at,) = opened
    assert at is not None
    assert at > begun
    expected = [Fraction(at) - Fraction(join.begun) for join in told.joins]
    assert measured(two, "target_seconds") == sum(expected) / 3


def test_a_missing_channel_stays_open_until_it_is_filled_or_till_now(two: Testnet) -> None:
    told = history(two)
    one, other = (join.begun for join in told.joins)
    (opened,) = (
        entry.time
        for entry in two._simulation.journal.entries
        if type(entry.event).__name__ == "ChannelOpened"
        and entry.event.participant1 == parse_address(two.node(1).address)  # type: ignore[attr-defined]
    )
    two.advance(seconds=100)
    waits = [opened - one, opened - other, two.now - one, two.now - other]
    assert sorted(history(two).waits) == pytest.approx(sorted(waits))
    assert measured(two, "missing_seconds") == sum(map(Fraction, waits)) / 4


def test_of_channels_that_are_missing_the_one_that_is_missing_longest_is_filled_first() -> None:
    net = Testnet(3, seed=1, engine="model")
    patient, leaver, last = net.nodes
    patient.join(net.token, funds=100, initial_channel_target=2)
    net.advance(seconds=1_000)
    leaver.join(net.token, funds=100, initial_channel_target=1)
    leaver.leave(net.token)
    net.advance(seconds=1_000)
    last.join(net.token, funds=100, initial_channel_target=1)
    net.advance(seconds=1_000)
    told = history(net)
    joined = [join.begun for join in told.joins]
    first, second = times(net, "ChannelOpened")[-2:]  # before them: with the bootstrap address
    (closed,) = times(net, "ChannelClosed")
    of_patient = [first - joined[0], second - joined[0], net.now - closed]
    waits = [*of_patient, first - joined[1], second - joined[2]]
    assert sorted(told.waits) == pytest.approx(sorted(waits))


def times(net: Testnet, event: str) -> list[float]:
    entries = net._simulation.journal.entries
    return [entry.time for entry in entries if type(entry.event).__name__ == event]


def test_who_leaves_misses_nothing_and_whose_partner_has_left_does(two: Testnet) -> None:
    two.node(1).leave(two.token)
    told = history(two)
    assert told.short() == {parse_address(two.node(0).address): 2}
    assert set(told.unplaced()) == {parse_address(two.node(0).address)}
    assert len(told.waits) == 5, "the lost channel is missing once more"


def test_joins_cost_what_they_have_used_at_the_price_of_the_time() -> None:
    net = Testnet(2, seed=1, engine="model")
    net.node(0).join(net.token, 100)
    net.run_until_idle()
    assert measured(net, "gas_per_join") == sum(row.gas for row in net.gas())
    before = history(net)
    assert before.fees == before.gas * net._simulation.world.mempool.ledger.gas_price
    net.set_gas_price(5_000_000_000)
    net.node(1).join(net.token, 100)
    net.run_until_idle()
    after = history(net)
    assert after.fees - before.fees == (after.gas - before.gas) * 5_000_000_000
    assert measured(net, "fees_per_join") == Fraction(after.fees, 2)
