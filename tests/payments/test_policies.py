"""Routing policies: which ways they take, and what they know."""

from collections.abc import Sequence
from typing import Any

import pytest

from simulator import Fees, Routing, Testnet
from simulator.node.dialects import Dialect
from simulator.node.settings import Settings
from simulator.payments.conditions import LineConditions
from simulator.payments.routing.atlas import Knowledge, TokenMap
from simulator.payments.routing.policies import RouteRequest, pathfinding_service
from simulator.words.errors import ConfigurationError, PaymentUnsuccessful, SimulatorError
from simulator.words.units import Address, parse_address
from tests.payments.worlds import DEPOSIT, balances, close_all, happened, with_channels

POLICIES = ["own", "shortest", "cheapest", "most_capacity", "pathfinding_service"]
DIAMOND = [(0, 1), (1, 3), (0, 2), (2, 4), (4, 3)]
"""From 0 to 3 there are two hops over 1, and three over 2 and 4."""


def world(
    routing: Any, pairs: Sequence[tuple[int, int]] = DIAMOND, nodes: int = 5, **more: Any
) -> Testnet:
    """Return a world of nodes that take no fees, unless it is said."""
    given = {"dialects": [Dialect.BESPIN], "fees": [Fees()], **more}
    return with_channels(nodes, pairs, routing=[routing], **given)


def way_of(net: Testnet, source: int, target: int, amount: int) -> list[int]:
    """Pay, and return the nodes to which locks were sent."""
    before = len(happened(net, "TransferLocked"))
    net.node(source).pay(net.token, net.node(target).address, amount)
    numbers = {node.address: node.index for node in net.nodes}
    return [numbers[entry["receiver"]] for entry in happened(net, "TransferLocked")[before:]]


@pytest.mark.parametrize("dialect", Dialect)
@pytest.mark.parametrize("policy", POLICIES)
def test_nodes_of_each_dialect_pay_with_each_policy(policy: str, dialect: Dialect) -> None:
    net = world(policy, dialects=[dialect])
    assert way_of(net, 0, 3, 20)[-1] == 3
    net.run_until_idle()
    close_all(net)


@pytest.mark.parametrize("policy", POLICIES[1:])
def test_a_channel_that_can_not_carry_the_amount_is_avoided(policy: str) -> None:
    net = world(policy)
    way_of(net, 1, 3, 80)
    assert way_of(net, 0, 3, 60) == [2, 4, 3]


@pytest.mark.parametrize("policy", POLICIES[1:])
@pytest.mark.parametrize("knowledge", Knowledge)
def test_nobody_is_paid_over_who_is_offline_nor_over_what_is_closed(
    policy: str, knowledge: Knowledge
) -> None:
    net = world(Routing(policy, knowledge))
    net.node(1).stop()
    assert way_of(net, 0, 3, 10) == [2, 4, 3]
    net.node(1).start()
    net.node(2).close_channel(net.token, net.node(4).address)
    assert way_of(net, 0, 3, 10) == [1, 3]
    net.node(1).stop()
    with pytest.raises(PaymentUnsuccessful, match="there is no route to the target"):
        way_of(net, 0, 3, 10)


def test_the_shortest_way_is_long_where_fees_are_more_than_the_last_channel_has() -> None:
    net = world("shortest")
    way_of(net, 0, 1, 10)  # so that 90 are left
    net.set_fees(1, flat=6)
    assert way_of(net, 0, 3, 88) == [2, 4, 3]
    assert way_of(net, 4, 3, 5) == [3]


def test_the_cheapest_way_is_long_where_it_costs_less() -> None:
    net = world("cheapest")
    assert way_of(net, 0, 3, 40) == [1, 3]
    net.set_fees(1, flat=2)
    assert way_of(net, 0, 3, 40) == [2, 4, 3]
    net.set_fees(2, flat=2)
    assert way_of(net, 0, 3, 40) == [1, 3]
    net.set_fees(1)
    net.set_fees(1, 3, proportional=200_000)
    assert way_of(net, 0, 3, 40) == [2, 4, 3]


def test_the_way_with_most_capacity_is_the_one_whose_narrowest_channel_is_widest() -> None:
    net = world("most_capacity")
    assert way_of(net, 0, 3, 5) == [1, 3]
    assert way_of(net, 0, 3, 5) == [2, 4, 3]
    net.node(0).deposit(net.token, net.node(1).address, 300)
    net.node(1).deposit(net.token, net.node(3).address, 300)
    assert way_of(net, 0, 3, 110) == [1, 3]


def test_a_pathfinding_service_prefers_what_could_be_sent_back() -> None:
    """Two hops, of which one could not, are as bad as three; that one is the second."""
    pairs = [(0, 1), (1, 3), (0, 2), (2, 3)]
    net = world("pathfinding_service", pairs, 4)
    assert way_of(net, 0, 3, 10) == [1, 3]
    way_of(net, 3, 1, 104)  # 6 are left that could come back
    assert way_of(net, 0, 3, 10) == [2, 3]


def test_a_pathfinding_service_counts_fees_as_hops() -> None:
    net = world(Routing("pathfinding_service", fee_penalty=10**6))
    net.set_fees(1, flat=10)
    assert way_of(net, 0, 3, 60) == [1, 3], "10 are not much of 10^18"
    wei = 10**18
    net = Testnet(
        5,
        engine="model",
        dialects=[Dialect.BESPIN],
        token_balance=1_000 * wei,
        fees=[Fees()],
        routing=["pathfinding_service"],
    )
    for one, other in DIAMOND:
        net.node(one).open_channel(net.token, net.node(other).address, 10 * wei)
        net.node(other).deposit(net.token, net.node(one).address, 10 * wei)
    net.set_fees(1, flat=wei // 100)
    assert way_of(net, 0, 3, wei) == [1, 3]
    net.set_fees(1, flat=wei // 100 + wei // 50)
    assert way_of(net, 0, 3, wei) == [2, 4, 3]


def test_a_pathfinding_service_does_not_name_a_channel_twice_while_there_are_others() -> None:
    pairs = [*DIAMOND, (1, 4)]
    net = world("pathfinding_service", pairs)
    known = TokenMap(
        net._simulation.world.graphs[parse_address(net.token)],
        net._simulation.world.members,
        Knowledge.PERFECT,
    )
    addresses = known.addresses

    def paths(count: int, penalty: int = 5) -> list[list[int]]:
        about = (known, addresses[0], addresses[3], 10, (), lambda _: DEPOSIT)
        found = pathfinding_service(RouteRequest(*about, count, 100, penalty))
        return [[known.numbers[node] for node in route.path] for route in found]

    assert paths(2) == [[0, 1, 3], [0, 2, 4, 3]]
    assert paths(1) == [[0, 1, 3]]
    assert paths(2, penalty=0) == [[0, 1, 3], [0, 1, 4, 3]]
    everything = paths(25)
    assert sorted(everything) == [[0, 1, 3], [0, 1, 4, 3], [0, 2, 4, 1, 3], [0, 2, 4, 3]]


def test_who_knows_capacities_only_finds_out_by_trying() -> None:
    """The first way seems to have 200; what came back is tried over another partner."""
    net = world(Routing("shortest", "capacities"), dialects=[Dialect.ALDERAAN])
    way_of(net, 1, 3, 80)
    net.node(1).pay(net.token, net.node(0).address, 10)
    assert way_of(net, 0, 3, 60) == [1, 2, 4, 3]
    assert len(happened(net, "TransferRefunded")) == 1


def test_who_knows_capacities_only_still_knows_its_own_channels() -> None:
    net = world(Routing("shortest", "capacities"))
    way_of(net, 0, 1, 80)
    assert way_of(net, 0, 3, 60) == [2, 4, 3]


def test_reports_count_what_both_ends_have_heard_of() -> None:
    """An unlock is on its way to node 1, which could pass it on; it does not know that yet."""
    ways = []
    for knowledge in (Knowledge.PERFECT, Knowledge.REPORTS):
        net = with_channels(
            3,
            [(0, 1), (1, 2)],
            dialects=[Dialect.BESPIN],
            fees=[Fees()],
            routing=[Routing("shortest", knowledge)],
        )
        net.set_messages(delay_seconds=4)
        call = net.node(0).pay.begin(net.token, net.node(1).address, 30)
        net.advance(seconds=9)  # locked, revealed, and the unlock is on its way
        atlas = net._simulation.world.atlas
        known = atlas.map(parse_address(net.token), knowledge)
        ends = [Address(parse_address(net.node(index).address)) for index in (1, 0)]
        ways.append(known.capacity_between(*ends))
        assert call.result().amount == 30
        net.run_until_idle()
        assert known.capacity_between(*ends) == DEPOSIT + 30
    assert ways[0] >= ways[1] == DEPOSIT


MOVES = ["pay", "pay", "lock", "stop", "start", "start", "close", "deposit", "withdraw", "open"]


@pytest.mark.parametrize("knowledge", Knowledge)
@pytest.mark.parametrize("delay", [0, 3])
def test_a_map_that_follows_the_events_is_what_a_new_one_would_be(
    knowledge: Knowledge, delay: int
) -> None:
    net = Testnet(
        5,
        engine="model",
        token_balance=1_000,
        settings=Settings(settle_timeout_blocks=20, messages=LineConditions(delay)),
        dialects=[Dialect.BESPIN, Dialect.ALDERAAN],
        fees=[Fees()],
        routing=[Routing("shortest", knowledge)],
        topology={"type": "ring", "deposit": 50, "partner_deposit": 50},
    )
    world, token, stream = net._simulation.world, parse_address(net.token), net.stream("moves")
    seen = set()
    for number in range(120):
        what, (one, other) = stream.choice(MOVES), stream.sample(range(5), 2)
        amount = stream.randint(1, 60)
        secret: dict[str, Any] = (
            {"secret_hash": number.to_bytes(32, "big")} if what == "lock" else {}
        )
        node, partner = net.node(one), net.node(other).address
        try:
            match what:
                case "pay" | "lock":
                    node.pay.begin(net.token, partner, amount, **secret)
                case "close":
                    node.close_channel.begin(net.token, partner)
                case "open" | "deposit":
                    node.open_channel.begin(net.token, partner, amount)
                case "withdraw":
                    node.withdraw.begin(net.token, partner, amount)
                case _:
                    getattr(node, what)()
        except SimulatorError:
            continue
        # what is about to be closed is found out when it is tried: nobody tells of it
        blocks = max(stream.choice([0, 0, 1, 4, 12]), int(what == "close"))
        net.advance(blocks=blocks, seconds=1)
        kept = world.atlas.map(token, knowledge)
        anew = TokenMap(world.graphs[token], world.members, knowledge)
        assert sorted(edges_of(kept)) == sorted(edges_of(anew)), (number, what)
        seen.add(tuple(sorted(edges_of(kept))))
    assert len(seen) > 20


def edges_of(known: TokenMap) -> list[tuple[int, int, int]]:
    routes = known.routes()
    return [
        (payer, routes.payee[edge], routes.capacity[edge])
        for payer, edges in enumerate(routes.leaving)
        for edge in edges
    ]


@pytest.mark.parametrize(
    ("routing", "told"),
    [
        (["fastest"], "routing must name some of own, shortest, cheapest, most_capacity"),
        ("own", "routing must be a list of at least one policy, such as"),
        ([{"policy": "own", "speed": 3}], "routing has no 'speed': it has policy, knowledge"),
        ([Routing("own", "all")], "knowledge must be one of perfect, reports, capacities"),
        ([Routing(max_paths=26)], "max_paths must be a whole number within 1 to 25, not 26"),
        ([Routing(fee_penalty=-1)], "fee_penalty must be a whole number within 0 to 1000000"),
        ([3], "or be functions, not 3"),
    ],
)
def test_what_is_no_routing_is_refused(routing: Any, told: str) -> None:
    with pytest.raises(ConfigurationError, match=told):
        Testnet(2, engine="model", routing=routing)


def test_private_nodes_have_no_policy() -> None:
    options: dict[str, Any] = {"dialects": [Dialect.BESPIN], "routing_modes": ["private"]}
    with pytest.raises(ConfigurationError, match="routing says nothing with the routing mode"):
        Testnet(2, engine="model", routing=["shortest"], **options)


def test_whom_no_map_knows_there_is_no_route_to() -> None:
    net = world("shortest")
    with pytest.raises(PaymentUnsuccessful, match="there is no route to the target"):
        net.node(0).pay(net.token, "0x2222222222222222222222222222222222222222", 5)
    assert balances(net, 0) == [DEPOSIT, DEPOSIT]
