"""What the graph says of payments: balances and locks of both ends of each channel."""

from contextlib import nullcontext
from pathlib import Path

import networkx as nx
import pytest

from simulator.node.dialects import Dialect
from simulator.testnet.testnet import Testnet
from simulator.topology.formats import read
from simulator.topology.strategies import PeerView
from simulator.words.errors import NotKept
from tests.payments.worlds import DEPOSIT, chain_of

SILENT = b"\x07" * 32
Ends = dict[int, tuple[int, int]]


def edges(graph: "nx.Graph[str]") -> list[Ends]:
    """Return balance and locked tokens by the ends' numbers, of each channel."""
    return [
        {
            graph.nodes[data[f"participant{end}"]]["node"]: (
                data[f"balance{end}"],
                data[f"locked{end}"],
            )
            for end in "12"
        }
        for _, _, data in graph.edges(data=True)
    ]


def seen_by_ends(net: Testnet) -> list[Ends]:
    """Return the same, as the nodes themselves know it."""
    found: dict[int, Ends] = {}
    for node in net.nodes:
        for channel in node.channels():
            ends = found.setdefault(channel.identifier, {})
            ends[node.index] = (channel.balance, channel.locked)
    return [found[identifier] for identifier in sorted(found)]


@pytest.mark.parametrize("dialect", Dialect)
def test_a_channel_shows_what_its_ends_have_and_have_locked(dialect: Dialect) -> None:
    net = chain_of(3, dialects=[dialect])
    assert edges(net.graph()) == [{0: (100, 0), 1: (100, 0)}, {1: (100, 0), 2: (100, 0)}]
    net.node(0).pay(net.token, net.node(2).address, 25)
    net.node(2).pay.begin(net.token, net.node(0).address, 7, secret_hash=SILENT)
    net.advance(seconds=1)
    assert edges(net.graph()) == [{0: (75, 0), 1: (125, 7)}, {1: (75, 0), 2: (125, 7)}]
    assert edges(net.graph()) == seen_by_ends(net)
    net.run_until_idle()
    assert edges(net.graph()) == [{0: (75, 0), 1: (125, 0)}, {1: (75, 0), 2: (125, 0)}]
    for _, _, data in net.graph().edges(data=True):
        assert data["balance1"] + data["balance2"] == data["capacity"] == 2 * DEPOSIT


def test_what_was_refunded_is_locked_both_ways() -> None:
    net = chain_of(3)
    net.node(1).pay(net.token, net.node(2).address, 90)
    call = net.node(0).pay.begin(net.token, net.node(2).address, 20)
    net.advance(seconds=1)
    assert edges(net.graph())[0] == {0: (100, 20), 1: (100, 20)}
    assert edges(net.graph()) == seen_by_ends(net)
    net.run_until_idle()
    assert call.error is not None
    assert edges(net.graph())[0] == {0: (100, 0), 1: (100, 0)}


def test_the_graph_is_shown_as_it_was_at_each_step_of_a_payment() -> None:
    net = chain_of(2)
    first = net.journal.count
    net.node(0).pay(net.token, net.node(1).address, 30)
    (was,) = edges(net.graph(at=first))
    assert was == {0: (100, 0), 1: (100, 0)}
    by_step = {
        entry["event"]: edges(net.graph(at=entry["position"] + 1))[0]
        for entry in net.journal.as_dicts()[first:]
    }
    assert by_step["TransferLocked"] == {0: (100, 30), 1: (100, 0)}
    assert by_step["TransferUnlocked"] == {0: (70, 0), 1: (130, 0)}


def test_what_the_journal_drops_stays_in_the_graph_as_it_was() -> None:
    net = chain_of(2, keep_journal=4)
    for _ in range(3):
        net.node(0).pay(net.token, net.node(1).address, 10)
    with pytest.raises(NotKept):
        net.graph(at=net.journal.oldest - 1)
    assert edges(net.graph(at=net.journal.oldest))[0] != edges(net.graph())[0]
    assert edges(net.graph(at=net.journal.count)) == edges(net.graph())
    assert edges(net.graph()) == [{0: (70, 0), 1: (130, 0)}]


def test_a_closed_channel_shows_what_its_ends_will_have() -> None:
    net = chain_of(2)
    net.node(0).pay(net.token, net.node(1).address, 30)
    net.node(0).close_channel(net.token, net.node(1).address)
    assert edges(net.graph(everything=True)) == [{0: (70, 0), 1: (130, 0)}]


def test_strategies_are_not_shown_what_only_the_ends_know() -> None:
    shown: list[set[str]] = []

    def choose(view: PeerView) -> tuple[str, ...]:
        shown.extend({*data} for _, _, data in view.graph.edges(data=True))
        return view.peers

    net = Testnet(4, engine="model", strategies=[choose])
    for node in net.nodes:
        node.join(net.token, funds=100)
    assert shown
    assert all("deposit1" in keys and not keys & {"balance1", "locked1"} for keys in shown)


@pytest.mark.parametrize("paid", [0, 30])
def test_a_reports_graph_holds_the_balances_and_loads_again(paid: int, tmp_path: Path) -> None:
    net = chain_of(3)
    if paid:
        net.node(0).pay(net.token, net.node(1).address, paid)
    net.report(tmp_path)
    file = tmp_path / "network.graphml"
    assert edges(nx.read_graphml(file)) == edges(net.graph())
    network = read(file, "graphml", 3)
    deposits = [channel.deposits for channel in network.channels]
    assert deposits == [(DEPOSIT, DEPOSIT), (DEPOSIT, DEPOSIT)]
    told = (
        "left out: payments in 1 channel, where balances are not the deposits: a channel begins "
        "with its deposits"
    )
    assert network.notes == ((told,) if paid else ())
    with pytest.warns(UserWarning, match="left out: payments") if paid else nullcontext():
        again = Testnet(3, engine="model", topology={"type": "graphml", "file": str(file)})
    assert edges(again.graph()) == edges(chain_of(3).graph())
