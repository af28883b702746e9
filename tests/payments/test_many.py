"""Many payments among many nodes, over a bad line, are settled to the unit."""

import networkx as nx
import pytest

from simulator.node.dialects import Dialect
from tests.payments.worlds import DEPOSIT, WALLET, close_all, wallets, with_channels


@pytest.mark.parametrize("dialect", [Dialect.RED_EYES, Dialect.BESPIN])
def test_a_scale_free_network_settles_what_a_thousand_payments_have_moved(dialect: Dialect) -> None:
    edges = list(nx.barabasi_albert_graph(10, 2, seed=1).edges)
    net = with_channels(10, edges, settle=100, dialects=[dialect])
    net.set_messages(delay_seconds=1, spread="exponential", loss=0.05)
    stream = net.stream("payments")
    calls = []
    for _ in range(1_000):
        source, target = stream.sample(net.nodes, 2)
        calls.append(source.pay.begin(net.token, target.address, stream.randint(1, 9)))
        net.advance(seconds=stream.expovariate(1 / 5))
    net.run_until_idle()
    due = [WALLET] * 10
    for node in net.nodes:
        for entry in node.payments():
            if entry.event == "EventPaymentSentSuccess":
                due[node.index] -= entry.amount
            elif entry.event == "EventPaymentReceivedSuccess":
                due[node.index] += entry.amount
    paid = [call for call in calls if call.error is None]
    assert len(paid) > 500
    assert sum(channel.locked for node in net.nodes for channel in node.channels()) == 0
    held = sum(channel.balance for node in net.nodes for channel in node.channels())
    assert held == 2 * DEPOSIT * len(edges)
    close_all(net)
    assert wallets(net) == due
