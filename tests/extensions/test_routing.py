"""Routing policies of users' own."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from simulator import Dialect, Fees, RouteView, Routing, Testnet
from simulator.scenario.language.scenario import load
from simulator.scenario.run.runner import run_file
from simulator.words.errors import ExtensionFailed, PaymentUnsuccessful, ScenarioInvalid
from tests.extensions.packages import install
from tests.extensions.page import blocks, code_of, entry_point_of
from tests.payments.worlds import DEPOSIT, happened, with_channels

(EXAMPLE,) = blocks("routing", "yaml")
DIAMOND = [(0, 1), (1, 3), (0, 2), (2, 4), (4, 3)]


def world(policy: Any, **more: Any) -> Testnet:
    return with_channels(
        5, DIAMOND, dialects=[Dialect.BESPIN], fees=[Fees()], routing=[policy], **more
    )


def paid_over(net: Testnet, amount: int = 10) -> list[int]:
    """Pay from node 0 to node 3, and return the nodes on the way."""
    before = len(happened(net, "TransferLocked"))
    net.node(0).pay(net.token, net.node(3).address, amount)
    numbers = {node.address: node.index for node in net.nodes}
    return [numbers[entry["receiver"]] for entry in happened(net, "TransferLocked")[before:]]


def test_the_page_s_policy_runs_where_code_is_allowed(folder: Path) -> None:
    (folder / "my_routing.py").write_text(code_of("routing"), encoding="utf-8")
    file = folder / "r.yaml"
    file.write_text(EXAMPLE, encoding="utf-8")
    with pytest.raises(ScenarioInvalid, match=r"routing: .*my_routing:beside_hubs.*--allow-code"):
        load(file)
    assert run_file(file, allow_code=True).passed
    install(folder, entry_point_of("routing"), group="routing")
    file.write_text(EXAMPLE.replace("my_routing:beside_hubs", "beside_hubs"), encoding="utf-8")
    report = run_file(file)
    assert report.passed, "no option is needed"
    assert Testnet(2, engine="model", routing=["beside_hubs"])


def test_a_function_decides_which_way_is_taken_and_sees_what_the_payer_knows() -> None:
    seen: list[tuple[RouteView, int | None]] = []

    def long_way(view: RouteView) -> list[list[str]]:
        path = [net.node(index).address for index in (0, 2, 4, 3)]
        seen.append((view, view.fee(path)))
        return [path]

    net = world(long_way)
    net.set_fees(2, flat=2)
    assert paid_over(net, 50) == [2, 4, 3]
    ((view, fee),) = seen
    assert (view.source, view.target) == (net.node(0).address, net.node(3).address)
    assert view.amount == 50
    assert view.graph.number_of_edges() == 2 * len(DIAMOND)
    assert view.graph.edges[view.source, net.node(1).address]["capacity"] == DEPOSIT
    assert view.graph.nodes[net.node(4).address]["node"] == 4
    assert fee == 2


def test_ways_that_carry_too_little_are_passed_over() -> None:
    def both(view: RouteView) -> list[list[str]]:
        return [[net.node(i).address for i in way] for way in ((0, 1, 3), (0, 2, 4, 3))]

    net = with_channels(
        5, DIAMOND, dialects=[Dialect.BESPIN], fees=[Fees()], routing=[both, None, None, None, None]
    )
    net.node(1).pay(net.token, net.node(3).address, 95)
    assert paid_over(net) == [2, 4, 3]


def test_without_a_path_there_is_no_route() -> None:
    net = world(lambda _: [])
    with pytest.raises(PaymentUnsuccessful, match="no route"):
        paid_over(net)


ABROAD = "0x" + "22" * 20


@pytest.mark.parametrize(
    ("policy", "told"),
    [
        (lambda _: 3, "it returned 'int', not paths in an order"),
        (lambda _: "0x00", "it returned 'str', not paths in an order"),
        (lambda view: {(view.source, view.target)}, "it returned a set"),
        (lambda view: [view.target], "which is no path from 0x"),
        (lambda view: [[view.source]], "which is no path from 0x"),
        (lambda view: [[view.target, view.source]], "which is no path from 0x"),
        (lambda view: [[view.source, ABROAD, view.target]], "which is no node or there twice"),
        (lambda view: [[view.source, view.source, view.target]], "which is no node or there twice"),
        (lambda view: [[view.source, view.target]], "who have no channel"),
        (lambda view: view.graph.add_edge(1, 2), "it raised NetworkXError"),
        (lambda view: [view.nothing], "it raised AttributeError"),
    ],
)
def test_what_a_policy_does_wrong_is_told_in_a_sentence(
    policy: Callable[[RouteView], Any], told: str
) -> None:
    net = world(Routing(policy))
    with pytest.raises(ExtensionFailed, match=told):
        paid_over(net)
