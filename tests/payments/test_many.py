"""Many payments among many nodes, over a bad line, are settled to the unit."""

import runpy
from collections.abc import Sequence
from pathlib import Path

import networkx as nx
import pytest

from simulator.node.dialects import Dialect
from simulator.node.orders import RECEIVED, SENT
from simulator.words.options import Check
from tests.marks import nightly
from tests.payments.worlds import DEPOSIT, WALLET, close_all, wallets, with_channels

EXAMPLE = Path(__file__).parents[2] / "examples" / "thousand_payments.py"


@pytest.mark.parametrize(
    "dialects",
    [
        pytest.param([Dialect.RED_EYES], id="red-eyes"),
        nightly([Dialect.ALDERAAN], id="alderaan"),
        nightly([Dialect.BESPIN], id="bespin"),
        nightly([*Dialect], id="mixed"),
    ],
)
def test_a_scale_free_network_settles_what_a_thousand_payments_have_moved(
    dialects: Sequence[Dialect],
) -> None:
    edges = list(nx.barabasi_albert_graph(10, 2, seed=1).edges)
    net = with_channels(10, edges, settle=100, dialects=dialects)
    net._simulation.watch(Check.EVERY_BLOCK)
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
            due[node.index] += {SENT: -entry.amount, RECEIVED: entry.amount}.get(entry.event, 0)
    paid = [call for call in calls if call.error is None]
    assert len(paid) > 900
    assert sum(channel.locked for node in net.nodes for channel in node.channels()) == 0
    held = sum(channel.balance for node in net.nodes for channel in node.channels())
    assert held == 2 * DEPOSIT * len(edges)
    close_all(net)
    assert wallets(net) == due
    assert net._simulation.world.broken == []


def test_the_example_settles_its_payments_in_each_generation(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    figure = tmp_path / "payments.png"
    runpy.run_path(str(EXAMPLE))["main"](40, str(figure))
    told = capsys.readouterr().out
    assert [line.split(":")[0] for line in told.splitlines() if " paid, in " in line] == [*Dialect]
    assert told.count("settled to the unit: True") == len(Dialect)
    assert figure.read_bytes().startswith(b"\x89PNG")
