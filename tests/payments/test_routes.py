"""Which way payments take, what happens where there is none, and several at a time."""

from collections.abc import Sequence
from typing import Any

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.node.dialects import Dialect
from simulator.payments.routing.own import ShortestWays
from simulator.testnet.testnet import Testnet
from simulator.words.errors import InvalidRequest, NodeUnavailable, PaymentUnsuccessful
from simulator.words.events import SecretRevealed
from simulator.words.units import Address
from tests.payments.worlds import (
    DEPOSIT,
    WALLET,
    balances,
    chain_of,
    close_all,
    happened,
    wallets,
    with_channels,
)


def named(number: int) -> Address:
    return Address(bytes(19) + bytes([number]))


edges = st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), max_size=20)


@given(edges, st.integers(0, 8), st.integers(0, 8))
def test_a_path_is_the_smallest_of_the_shortest(
    pairs: Sequence[tuple[int, int]], start: int, target: int
) -> None:
    graph: nx.Graph[int] = nx.Graph()
    graph.add_nodes_from(range(9))
    graph.add_edges_from((one, other) for one, other in pairs if one != other)
    numbers = {named(number): number for number in range(9)}

    def neighbours(node: Address) -> list[Address]:
        return [named(number) for number in graph.adj[numbers[node]]]

    ways = ShortestWays(neighbours, named(target), numbers)
    found = list(ways.nearest_first([named(start)]))
    if not nx.has_path(graph, start, target):
        assert found == []
        return
    ((hops, nodes),) = found
    assert nodes == [named(start)]
    expected = min(nx.all_shortest_paths(graph, start, target))
    assert [numbers[node] for node in ways.path_from(named(start), hops)] == expected


@given(edges, st.integers(0, 8))
def test_who_is_asked_for_comes_in_order_of_distance(
    pairs: Sequence[tuple[int, int]], target: int
) -> None:
    graph: nx.Graph[int] = nx.Graph((one, other) for one, other in pairs if one != other)
    graph.add_node(target)
    numbers = {named(number): number for number in range(9)}

    def neighbours(node: Address) -> list[Address]:
        return [named(number) for number in graph.adj[numbers[node]]]

    asked = [number for number in range(0, 9, 2) if number in graph]
    ways = ShortestWays(neighbours, named(target), numbers)
    found = list(ways.nearest_first(map(named, asked)))
    hops = nx.single_source_shortest_path_length(graph, target)
    assert {numbers[n]: far for far, nodes in found for n in nodes} == {
        number: hops[number] for number in asked if number in hops
    }
    assert [far for far, _ in found] == sorted({far for far, _ in found})


def hops_of(net: Testnet, identifier: int) -> list[tuple[int, int]]:
    """Return over which channels a payment was sent, refunds included."""
    numbers = {node.address: node.index for node in net.nodes}
    return [
        (numbers[entry["sender"]], numbers[entry["receiver"]])
        for entry in happened(net, "TransferLocked", "TransferRefunded")
        if entry["identifier"] == identifier
    ]


DIAMOND = [(0, 1), (1, 3), (0, 2), (2, 4), (4, 3)]
"""From 0 to 3 there are two hops over 1, and three over 2 and 4."""


def pay(net: Testnet, source: int, target: int, amount: int, **more: Any) -> None:
    net.node(source).pay(net.token, net.node(target).address, amount, **more)


@pytest.mark.parametrize("dialect", Dialect)
def test_the_shorter_way_is_taken(dialect: Dialect) -> None:
    net = with_channels(5, DIAMOND, dialects=[dialect])
    pay(net, 0, 3, 50, identifier=1)
    assert hops_of(net, 1) == [(0, 1), (1, 3)]


@pytest.mark.parametrize("dialect", [Dialect.RED_EYES, Dialect.ALDERAAN])
def test_what_can_not_go_on_comes_back_and_takes_another_way(dialect: Dialect) -> None:
    net = with_channels(5, DIAMOND, dialects=[dialect])
    pay(net, 1, 3, 80)
    pay(net, 3, 0, 30, identifier=1)  # lest the first channel has nothing to send back
    net.run_until_idle()
    before = [balances(net, index) for index in range(5)]
    pay(net, 0, 3, 60, identifier=2)
    way = hops_of(net, 2)
    assert way[:2] == [(0, 1), (1, 0)]
    assert way[2:] == [(0, 2), (2, 4), (4, 3)]
    hashes = {entry["secrethash"] for entry in happened(net, "TransferLocked")}
    assert len(hashes) == 4  # three payments, and a new secret for the second way
    sent = 60 if dialect is Dialect.RED_EYES else 62  # which reckons with fees of 1, and a margin
    assert net.node(0).channels()[0].locked == sent  # the first lock and what came back stay
    net.run_until_idle()
    assert all(channel.locked == 0 for node in net.nodes for channel in node.channels())
    assert balances(net, 0) == [before[0][0], before[0][1] - sent]
    assert balances(net, 1) == before[1]
    close_all(net)
    assert sum(wallets(net)) == 5 * WALLET


def test_a_way_that_is_full_is_avoided_by_who_knows_all_balances() -> None:
    net = with_channels(5, DIAMOND, dialects=[Dialect.BESPIN])
    pay(net, 1, 3, 80)
    pay(net, 0, 3, 60, identifier=2)
    assert hops_of(net, 2) == [(0, 2), (2, 4), (4, 3)]


def test_when_no_way_is_left_the_payment_fails_at_once() -> None:
    net = chain_of(3)
    pay(net, 1, 2, 90)
    began = net.block_number
    with pytest.raises(PaymentUnsuccessful, match="None of the available routes could be used"):
        pay(net, 0, 2, 50)
    assert net.block_number == began
    net.run_until_idle()
    assert balances(net, 0) == [DEPOSIT]
    assert balances(net, 1) == [DEPOSIT, DEPOSIT - 90]


def test_a_secret_of_the_callers_takes_one_way_only() -> None:
    net = with_channels(5, DIAMOND)
    pay(net, 1, 3, 80)
    with pytest.raises(PaymentUnsuccessful):
        pay(net, 0, 3, 60, secret=b"\x01" * 32, identifier=2)
    assert hops_of(net, 2) == [(0, 1), (1, 0)]


@pytest.mark.parametrize(
    ("amount", "target", "told"),
    [
        (DEPOSIT + 1, 1, "101 is more than the 100 that can be sent"),
        (1, 3, "no route"),
    ],
)
def test_where_there_is_no_way_the_reason_is_told(amount: int, target: int, told: str) -> None:
    net = with_channels(4, [(0, 1)])
    with pytest.raises(PaymentUnsuccessful, match=told):
        pay(net, 0, target, amount)
    (entry,) = net.node(0).payments()
    assert entry.event == "EventPaymentSentFailed"
    assert told in entry.reason


def test_no_way_leads_back_over_whoever_pays() -> None:
    """From the first partner, the shortest way to the target is over the payer itself."""
    net = with_channels(4, [(0, 1), (0, 2), (2, 3)])
    pay(net, 0, 2, 100)
    with pytest.raises(PaymentUnsuccessful):
        pay(net, 0, 3, 10, identifier=2)
    assert hops_of(net, 2) == []


@pytest.mark.parametrize("dialect", Dialect)
def test_a_stopped_partner_is_no_way(dialect: Dialect) -> None:
    net = with_channels(5, DIAMOND, dialects=[dialect])
    net.node(1).stop()
    pay(net, 0, 3, 10, identifier=2)
    assert hops_of(net, 2) == [(0, 2), (2, 4), (4, 3)]


def test_a_mediator_waits_for_a_node_that_comes_back_in_time() -> None:
    """It has nothing to send back with, and the next hop is away for five blocks."""
    net = with_channels(3, [(0, 1), (1, 2)])
    pay(net, 1, 0, 100)
    net.node(2).stop()
    call = net.node(0).pay.begin(net.token, net.node(2).address, 20)
    net.advance(blocks=5)
    assert not call.done
    net.node(2).start()
    net.run_until_idle()
    assert call.result().amount == 20


def test_a_mediator_waits_for_a_deposit() -> None:
    net = with_channels(3, [(0, 1), (1, 2)], dialects=[Dialect.RED_EYES, Dialect.BESPIN])
    pay(net, 1, 2, 90)
    call = net.node(0).pay.begin(net.token, net.node(2).address, 20)
    net.advance(blocks=2)
    assert not call.done
    net.node(1).deposit(net.token, net.node(2).address, 150)
    net.run_until_idle()
    assert call.result().amount == 20


def test_payments_of_one_node_go_on_at_the_same_time_and_see_each_others_locks() -> None:
    net = chain_of(2)
    target = net.node(1).address
    calls = [
        net.node(0).pay.begin(net.token, target, 40, secret_hash=bytes([n]) * 32) for n in range(3)
    ]
    net.advance(blocks=1)
    assert [call.done for call in calls] == [False, False, True]
    with pytest.raises(PaymentUnsuccessful, match="40 is more than the 20 that can be sent"):
        calls[2].result()
    assert net.node(0).channels()[0].locked == 80
    join = net.node(0).join.begin(net.token, 100)
    net.advance(blocks=3)
    assert join.done  # nobody queues behind payments


def test_an_identical_call_shares_the_result_and_another_one_is_refused() -> None:
    net = chain_of(2)
    target = net.node(1).address
    first, same, other = (
        net.node(0).pay.begin(net.token, target, amount, identifier=5) for amount in (30, 30, 31)
    )
    assert first.result() == same.result()
    with pytest.raises(InvalidRequest, match="Another payment with the same id is in flight"):
        other.result()
    assert balances(net, 1) == [DEPOSIT + 30]
    pay(net, 0, 1, 7, identifier=5)  # it is over, and its name is free
    assert balances(net, 1) == [DEPOSIT + 37]


@pytest.mark.parametrize("end", ["stop", "crash"])
def test_a_payment_goes_on_after_a_stop_though_its_call_is_over(end: str) -> None:
    net = chain_of(2)
    target = net.node(1).address
    stopped = getattr(net.node(0), end)
    net._simulation.journal.subscribe(lambda _: stopped(), SecretRevealed)
    call = net.node(0).pay.begin(net.token, target, 30, identifier=5)
    with pytest.raises(NodeUnavailable):
        call.result()
    net._simulation.journal._by_kind.pop(SecretRevealed)
    net.node(0).start()
    again = net.node(0).pay(net.token, target, 30, identifier=5)
    assert again.amount == 30
    assert balances(net, 0) == [DEPOSIT - 30]
    assert [entry.event for entry in net.node(0).payments()] == ["EventPaymentSentSuccess"]


def test_160_locks_fit_into_a_direction_and_no_more() -> None:
    net = with_channels(2, [(0, 1)])
    net.node(0).deposit(net.token, net.node(1).address, 200)
    target = net.node(1).address
    calls = [
        net.node(0).pay.begin(net.token, target, 1, secret_hash=number.to_bytes(32, "big"))
        for number in range(1, 162)
    ]
    net.advance(blocks=1)
    assert [call.done for call in calls] == [False] * 160 + [True]
    with pytest.raises(PaymentUnsuccessful, match="limit of pending transfers"):
        calls[-1].result()
    close_all(net)
    assert wallets(net) == [WALLET, WALLET]


def test_in_private_mode_a_node_pays_direct_partners_only() -> None:
    net = chain_of(3, dialects=[Dialect.BESPIN], routing_modes=["private", "pfs", "pfs"])
    with pytest.raises(PaymentUnsuccessful, match="there is no route to the target"):
        pay(net, 0, 2, 10)
    with pytest.raises(PaymentUnsuccessful, match="101 is more than the 100 that can be sent"):
        pay(net, 0, 1, 101)
    pay(net, 0, 1, 10)
    assert len(happened(net, "TransferLocked")) == 1
    net.node(1).stop()
    with pytest.raises(PaymentUnsuccessful):
        pay(net, 0, 1, 10)


def test_in_private_mode_a_node_passes_on_what_others_pay() -> None:
    net = chain_of(3, dialects=[Dialect.BESPIN], routing_modes=["pfs", "private", "private"])
    pay(net, 0, 2, 10)
    assert balances(net, 2) == [DEPOSIT + 10]
