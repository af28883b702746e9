"""The Python API: its documented example, bad arguments, a tester's hands, faults of ours."""

import doctest
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import networkx as nx
import pytest

from simulator.chain.abi import load
from simulator.node import connections
from simulator.node.dialects import Dialect
from simulator.node.settings import Settings
from simulator.reports import file_names as report_files
from simulator.testnet import testnet
from simulator.testnet.genesis import TokenDetails
from simulator.testnet.handles import NodeHandle
from simulator.testnet.testnet import Testnet
from simulator.words import errors
from simulator.words.errors import ConfigurationError, InsufficientEth
from simulator.words.units import parse_address


def test_the_documented_example() -> None:
    result = doctest.testmod(testnet)
    assert (result.failed, result.attempted > 5) == (0, True)


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({"nodes": 0}, "nodes"),
        ({"nodes": 10_001}, "nodes"),
        ({"nodes": True}, "nodes"),
        ({"seed": 2**64}, "seed"),
        ({"tokens": 0}, "tokens"),
        ({"token_balance": -1}, "token_balance"),
        ({"token_balance": 2**256}, "token_balance"),
        ({"eth_balance": -1}, "eth_balance"),
        ({"dialects": ()}, "dialects"),
    ],
)
def test_options_out_of_range(options: dict[str, Any], name: str) -> None:
    with pytest.raises(errors.ConfigurationError, match=f"^{name} must"):
        Testnet(**options)


@pytest.mark.parametrize(
    "options",
    [
        {"block_time": 0},
        {"block_time": 1.5},
        {"settle_timeout_blocks": 4},
        {"settle_timeout_blocks": 100_001},
        {"transaction_timeout_seconds": 0},
        {"confirmation_blocks": -1},
    ],
)
def test_rules_out_of_range(options: dict[str, Any]) -> None:
    (name,) = options
    with pytest.raises(errors.ConfigurationError, match=f"^{name} must"):
        Settings(**options)


def test_unknown_nodes_and_tokens() -> None:
    net = Testnet(2)
    with pytest.raises(errors.InvalidRequest, match="node: 2 is not within 0 to 1"):
        net.node(2)
    with pytest.raises(errors.UnknownTokenNetwork):
        net.graph(net.node(0).address)
    with pytest.raises(errors.InvalidAddress):
        net.node(0).join("0x1234", 100)


def test_seeds_give_other_addresses_and_tokens_their_own_networks() -> None:
    one, other = Testnet(2, seed=1, tokens=2), Testnet(2, seed=2)
    assert one.node(0).address != other.node(0).address
    first, second = one.tokens
    one.node(0).join(second, 100)
    assert list(one.node(0).connections()) == [second]
    assert one.graph(first).number_of_nodes() == 0


def test_bespin_nodes_do_not_join() -> None:
    net = Testnet(2, dialects=[Dialect.RED_EYES, Dialect.BESPIN])
    net.node(0).join(net.token, 100)
    with pytest.raises(errors.CallNotOffered, match="bespin nodes do not offer join"):
        net.node(1).join(net.token, 100)


def test_a_node_more_disturbs_no_other() -> None:
    """Addresses and choices of the first nodes stay the same in a larger network."""

    def deposits(nodes: int) -> list[tuple[str, list[str]]]:
        net = Testnet(nodes, seed=3)
        for index in range(4):
            net.node(index).join(net.token, 100, 2)
        net.run_until_idle()
        return [
            (net.node(n).address, [str(c.partner) for c in net.node(n).channels(net.token)])
            for n in range(4)
        ]

    assert deposits(4) == deposits(9)


def test_the_graph_is_plain_networkx() -> None:
    net = Testnet(4)
    for index in range(4):
        net.node(index).join(net.token, 100)
    net.run_until_idle()
    graph = net.graph()
    assert nx.is_connected(graph)
    assert json.dumps(nx.node_link_data(graph, edges="edges"))
    assert sum(data["deposit"] for _, data in graph.nodes(data=True)) == sum(
        sum(sorted(net.node(n).deposits(net.token).values())) for n in range(4)
    )


def test_time_passes_on_request_only() -> None:
    net = Testnet(2)
    net.advance(seconds=40)
    assert (net.now, net.block_number) == (40, net._simulation.ledger.head)
    before = net.block_number
    net.advance(blocks=3)
    assert net.block_number == before + 3
    with pytest.raises(errors.InvalidRequest, match="blocks"):
        net.advance(blocks=-1)


def test_tokens_and_eth_by_a_testers_hand() -> None:
    net = Testnet(2)
    before = net.node(1).balance(net.token)
    net.mint(1, 77)
    net.set_eth_balance(1, 5)
    assert (net.node(1).balance(net.token), net.node(1).eth_balance) == (before + 77, 5)
    with pytest.raises(errors.InvalidRequest, match="amount"):
        net.mint(1, 0)
    with pytest.raises(errors.InvalidRequest, match="wei"):
        net.set_eth_balance(1, -1)


def test_tokens_that_arrive_are_put_to_use() -> None:
    """A share that the wallet did not cover is paid as soon as it does."""
    net = Testnet(5, token_balance=60)
    for one in range(3):
        for other in range(one):
            net.node(one).open_channel(net.token, net.node(other).address)
    net.node(3).join(net.token, 60, 3, 0)
    net.node(4).open_channel(net.token, net.node(3).address, 50)
    net.run_until_idle()
    assert net.node(3).balance(net.token) == 0
    net.node(3).close_channel(net.token, net.node(0).address)
    net.run_until_idle()
    assert net.node(3).balance(net.token) == 0
    assert sum(sorted(net.node(3).deposits(net.token).values())) == 60


def test_a_fault_of_ours_is_contained_and_reported(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    net = Testnet(3)
    net.node(0).join(net.token, 100)

    def broken(_: object) -> None:
        raise ZeroDivisionError("a bug")

    with monkeypatch.context() as patch:
        patch.setattr(connections, "plan", broken)
        with pytest.raises(errors.InternalFault, match="Internal Raiden node error"):
            net.node(1).join(net.token, 100)
    assert "Traceback" in caplog.text
    net.node(2).join(net.token, 100)
    with pytest.raises(RuntimeError, match="a bug"):
        net.run_until_idle()


def test_the_journal_can_be_bounded_without_changing_the_digest() -> None:
    full, bounded = Testnet(3), Testnet(3, keep_journal=2)
    for net in (full, bounded):
        net.node(0).join(net.token, 100)
        net.run_until_idle()
    assert len(bounded.journal) == 2
    assert (bounded.digest, bounded.journal.count) == (full.digest, full.journal.count)


def test_the_world_is_sound_after_a_long_history() -> None:
    net = Testnet(6, settings=Settings(settle_timeout_blocks=10))
    net._simulation.world.on_block.append(lambda _: net.check_invariants())
    for index in range(6):
        net.node(index).join(net.token, 100 + index)
    net.node(2).leave(net.token)
    net.node(2).join(net.token, 50)
    net.run_until_idle()
    assert nx.is_connected(net.graph())


@pytest.mark.parametrize("details", [("x" * 101, "X", 0), ("\ud800", "X", 0), ("X", "X", 256)])
def test_tokens_that_no_contract_can_be(details: tuple[str, str, int]) -> None:
    with pytest.raises(ConfigurationError):
        TokenDetails(*details)


def test_only_the_first_token_is_named() -> None:
    net = Testnet(1, tokens=2, token_details=TokenDetails("Mark", "DM", 2))
    names = [
        net._simulation.ledger.read(parse_address(t), load("CustomToken"), "name")[0]
        for t in net.tokens
    ]
    assert names == ["Mark", "Token 1"]


def test_settle_timeouts_of_nodes() -> None:
    net = Testnet(3, settle_timeouts=[20, None])
    net.node(0).open_channel(net.token, net.node(1).address)
    net.node(1).open_channel(net.token, net.node(2).address)
    assert [c.settle_timeout_blocks for c in net.node(1).channels(net.token)] == [20, 500]
    for wrong in ([], [4], [100_001]):
        with pytest.raises(ConfigurationError):
            Testnet(1, settle_timeouts=wrong)


def test_gas_is_told_by_node_function_and_task() -> None:
    net = Testnet(3, engine="model")
    net.node(0).join(net.token, funds=100)
    net.node(1).open_channel(net.token, net.node(2).address, total_deposit=5)
    net.run_until_idle()
    net.set_eth_balance(2, 0)
    with pytest.raises(InsufficientEth):
        net.node(2).close_channel(net.token, net.node(1).address)
    rows = net.gas()
    assert {(row.node, row.function, row.task) for row in rows} >= {
        (0, "openChannel", "join"),
        (1, "openChannelWithDeposit", "open_channel"),
    }
    assert {row.task for row in rows} <= {"join", "open_channel", ""}  # the last: by themselves
    assert all(row.calls > 0 and row.gas > 21_000 for row in rows)
    assert net.gas(1) == [row for row in rows if row.node == 1]
    wei = sum(row.gas for row in net.gas(0)) * 2 * 10**9
    assert net.node(0).eth_balance == 10**20 - wei


def edges_of(net: Testnet) -> list[tuple[int, int, int, int]]:
    """Return the channels: both ends by number, opener first, and their deposits."""
    graph = net.graph()
    return [
        (
            *(graph.nodes[data[f"participant{end}"]]["node"] for end in (1, 2)),
            *(data["deposit1"], data["deposit2"]),
        )
        for _, _, data in graph.edges(data=True)
    ]


def test_a_testnet_starts_from_a_shape_as_a_scenario_does() -> None:
    star = Testnet(4, topology={"type": "star", "deposit": 7, "partner_deposit": 5})
    assert edges_of(star) == [(0, 1, 7, 5), (0, 2, 7, 5), (0, 3, 7, 5)]
    assert edges_of(Testnet(3, topology="line")) == [(0, 1, 0, 0), (1, 2, 0, 0)]
    drawn = [
        Testnet(8, seed, topology={"type": "random", "probability": 0.4}) for seed in (1, 1, 2)
    ]
    assert edges_of(drawn[0]) == edges_of(drawn[1]) != edges_of(drawn[2])


def test_a_testnet_starts_from_a_graph_and_gives_it_back() -> None:
    first = Testnet(4, topology={"type": "ring", "deposit": 9, "partner_deposit": 3})
    again = Testnet(topology=first.graph())
    assert len(again.nodes) == 4
    assert edges_of(again) == edges_of(first)
    assert edges_of(Testnet(topology=nx.path_graph(3))) == [(0, 1, 0, 0), (1, 2, 0, 0)]


def test_a_testnet_has_as_many_nodes_as_its_graph_says(tmp_path: Path) -> None:
    assert len(Testnet(topology="star").nodes) == 5
    assert len(Testnet(topology={"type": "star", "nodes": 7}).nodes) == 7
    file = tmp_path / "edges.txt"
    file.write_text("a b\nb c\nc d\nd e\ne f\nf g\n", encoding="utf-8")
    graph = {"type": "edge_list", "file": str(file)}
    read = Testnet(topology=graph)
    assert len(read.nodes) == 7
    assert len(edges_of(read)) == 6
    assert len(Testnet(9, topology=graph).nodes) == 9
    with pytest.raises(ConfigurationError, match="has 7 nodes, but there are only 6"):
        Testnet(6, topology=graph)


def test_what_of_a_graph_is_left_out_is_said() -> None:
    graph: nx.MultiGraph[str] = nx.MultiGraph([("a", "b"), ("a", "b"), ("b", "b")])
    with pytest.warns(UserWarning, match="topology: left out") as told:
        assert len(edges_of(Testnet(topology=graph))) == 1
    assert all("topology: left out" in str(warning.message) for warning in told)
    assert all(warning.filename == __file__ for warning in told)


@pytest.mark.parametrize(
    ("topology", "message"),
    [
        ("mesh", "topology.type: must be "),
        ({"type": "star", "depth": 1}, "topology.depth: unknown key"),
        ({"type": "grid", "neighbours": 2}, "topology.neighbours: says nothing"),
        ({"type": "graphml", "file": "a", "nodes": 2}, "topology.nodes: says nothing"),
        ({"type": "graphml", "file": "none.xml"}, "none.xml: cannot be read"),
        (nx.path_graph(9), "9 nodes"),
        ({"type": "star", "deposit": 10**30}, "needs"),
        (3, "topology: must be a mapping"),
    ],
)
def test_a_network_that_cannot_be_is_refused(topology: Any, message: str) -> None:
    with pytest.raises(errors.SimulatorError) as caught:
        Testnet(3, topology=topology)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"settings": {"confirmation_blocks": 5}}, r"settings must be Settings\(…\), not {"),
        ({"dialects": "bespin"}, "dialects must be a list, not 'bespin'"),
        ({"dialects": ["bespun"]}, "dialects must name some of red-eyes, .*, not 'bespun'"),
        ({"settle_timeouts": 100}, "settle_timeouts must be a list, not 100"),
        ({"routing_modes": ["local"]}, "routing_modes must name some of pfs, private, not 'local'"),
        ({"routing_modes": ["private"]}, "red-eyes nodes can't have the routing mode private"),
    ],
)
def test_options_of_another_kind_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        Testnet(2, **options)


def test_a_network_grows_from_a_part_of_the_nodes() -> None:
    net = Testnet(6, topology={"type": "star", "nodes": 3})
    assert sorted(degree for _, degree in net.graph().degree()) == [1, 1, 2]
    net.node(5).join(net.token, funds=100)
    assert len(net.node(5).deposits(net.token)) == 3


def test_an_address_is_a_text_and_a_fault_one_of_ours() -> None:
    net = Testnet(2)
    node: Any = net.node(0)
    for other in (1, net.node(1)):
        with pytest.raises(errors.InvalidBody, match="partner: An address must be an EIP-55 text"):
            node.open_channel(net.token, other, 5)
    with pytest.raises(errors.InvalidAddress, match="not 100"):
        node.join(100, funds=5)
    with pytest.raises(errors.UnknownTokenNetwork):
        node.balance(node.address)
    with pytest.raises(errors.InvalidRequest, match="fault: must be one of none, hold, "):
        net.set_fault(0, "held")


def test_what_help_shows_of_a_call_are_its_parameters() -> None:
    shown = "<call deposit(token, partner, total_deposit)>"
    assert repr(NodeHandle.deposit) == repr(Testnet(1).node(0).deposit) == shown


def test_a_report_is_written_as_a_run_writes_it(tmp_path: Path) -> None:
    net = Testnet(3, topology="line")
    net.node(0).join(net.token, funds=100)
    pending = net.node(1).leave.begin(net.token)
    with pytest.raises(errors.InvalidRequest):
        net.node(2).join(net.token, funds=0)
    net.report(tmp_path, name="My study")
    assert {file.name for file in tmp_path.iterdir()} == {*report_files.FILES}
    data = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert (data["scenario"]["name"], data["outcome"]) == ("My study", "passed")
    assert (data["seed"], data["digest"]) == (0, net.digest)
    tasks = [(task["name"], task["parameters"], task["status"]) for task in data["tasks"]]
    assert tasks == [
        ("join", "node 0", "passed"),
        ("leave", "node 1", "unfinished"),
        ("join", "node 2", "failed"),
    ]
    assert not pending.done
    assert "My study" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_a_pending_call_knows_when_it_began_and_ended() -> None:
    net = Testnet(2, settings=Settings(block_time=10))
    net.advance(seconds=3)
    call = net.node(0).join.begin(net.token, funds=5)
    assert (call.began, call.ended, call.done) == (3.0, None, False)
    call.result()
    assert (call.ended, call.done, call.error) == (10.0, True, None)
    refused = net.node(0).join.begin(net.token, funds=0)
    assert (refused.began, refused.ended, refused.done) == (10.0, 10.0, True)
    assert isinstance(refused.error, errors.InvalidRequest)


def test_nodes_go_by_number_address_and_handle() -> None:
    net = Testnet(3)
    one = net.nodes[1]
    assert net.node(1) is net.node(one.address) is net.node(one) is one
    with pytest.raises(errors.NodeNotFound):
        net.node(3)
    with pytest.raises(errors.NodeNotFound):
        net.node("0x" + "22" * 20)
    with pytest.raises(errors.InvalidAddress):
        net.node("0x12")
    net.mint(one.address, 5)
    net.mint(one, 5)
    assert one.balance(net.token) == net.node(0).balance(net.token) + 10


WHOLE: dict[str, Callable[[Testnet, Any], object]] = {
    "funds": lambda net, value: net.node(0).join(net.token, value),
    "initial_channel_target": lambda net, value: net.node(0).join(net.token, 100, value),
    "total_deposit": lambda net, value: net.node(0).open_channel(
        net.token, net.node(1).address, value
    ),
    "settle_timeout": lambda net, value: net.node(0).open_channel(
        net.token, net.node(1).address, 0, value
    ),
    "amount": lambda net, value: net.mint(0, value),
    "wei": lambda net, value: net.set_eth_balance(0, value),
    "blocks": lambda net, value: net.set_fault(0, "hold", value),
    "at": lambda net, value: net.graph(at=value),
}


@pytest.mark.parametrize("name", WHOLE)
@pytest.mark.parametrize("value", [10.0, "10", True])
def test_what_is_no_whole_number_is_refused_and_breaks_nothing(name: str, value: object) -> None:
    """Floats come easily: `1e18`, or `100 / 2`."""
    net = Testnet(2)
    net.node(0).open_channel(net.token, net.node(1).address)
    before = net.digest
    with pytest.raises(errors.InvalidRequest, match=f"^{name}: must be a whole number"):
        WHOLE[name](net, value)
    with pytest.raises(errors.InvalidRequest, match="total_deposit: must be a whole number"):
        net.node(0).deposit(net.token, net.node(1).address, 10.0)  # type: ignore[arg-type]
    assert net.digest == before
    assert net.node(0).deposit(net.token, net.node(1).address, 10).deposit == 10
