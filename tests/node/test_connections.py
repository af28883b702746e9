"""Joining and leaving on the real chain: the acceptance examples, one by one."""

import pytest

from simulator.chain.mempool import Fault
from simulator.node.settings import Settings
from simulator.testnet.handles import NodeHandle
from simulator.testnet.simulation import DEFAULT_TOKEN_BALANCE
from simulator.testnet.testnet import Testnet
from simulator.words.errors import (
    InsufficientFunds,
    InvalidRequest,
    NodeUnavailable,
    TransactionFailed,
    UnknownTokenNetwork,
)
from simulator.words.units import BOOTSTRAP_ADDRESS, checksum
from tests.node.worlds import meshed

BOOTSTRAP = checksum(BOOTSTRAP_ADDRESS)


@pytest.mark.parametrize(
    ("arguments", "deposits"),
    [
        ((100,), [20, 20, 20]),
        ((97,), [19, 19, 19]),
        ((5,), [1, 1, 1]),
        ((100, 3, 1), [0, 0, 0]),
        ((100, 1), [60]),
        ((100, 6, 0.6), [6, 6, 6]),
        ((100, 4), [15, 15, 15]),
    ],
)
def test_join_splits_the_funds(
    net: Testnet, node: NodeHandle, arguments: tuple[int, ...], deposits: list[int]
) -> None:
    node.join(net.token, *arguments)
    assert sorted(node.deposits(net.token).values()) == deposits
    connection = node.connections()[net.token]
    assert connection.funds == arguments[0]
    assert connection.sum_deposits == sum(deposits)
    assert connection.channels == len(deposits)


def test_fourth_channel_opens_when_a_fourth_peer_appears(net: Testnet, node: NodeHandle) -> None:
    node.join(net.token, 100, 4)
    net.run_until_idle()
    assert sorted(node.deposits(net.token).values()) == [15, 15, 15]
    net.node(4).join(net.token, 100)
    net.run_until_idle()
    assert sorted(node.deposits(net.token).values()) == [15, 15, 15, 15]
    assert net.node(4).address in {c.partner for c in node.channels(net.token)}


def test_joining_with_the_whole_wallet_twice_is_fine() -> None:
    net = meshed(token_balance=100)
    node = net.node(3)
    node.join(net.token, 100)
    node.join(net.token, 100)
    assert sorted(node.deposits(net.token).values()) == [20, 20, 20]


def test_same_join_twice_changes_nothing(net: Testnet, node: NodeHandle) -> None:
    node.join(net.token, 100)
    net.run_until_idle()
    before = net.block_number
    node.join(net.token, 100)
    net.run_until_idle()
    assert (sorted(node.deposits(net.token).values()), net.block_number) == ([20, 20, 20], before)


def test_more_funds_top_channels_up(net: Testnet, node: NodeHandle) -> None:
    node.join(net.token, 100)
    node.join(net.token, 200)
    assert sorted(node.deposits(net.token).values()) == [40, 40, 40]


def test_a_higher_target_opens_more_channels() -> None:
    net = meshed(peers=5)
    node = net.node(5)
    node.join(net.token, 100)
    net.run_until_idle()
    node.join(net.token, 100, 5)
    net.run_until_idle()
    assert sorted(node.deposits(net.token).values()) == [12, 12, 20, 20, 20]


def test_join_leave_join(net: Testnet, node: NodeHandle) -> None:
    node.join(net.token, 100)
    partners = node.leave(net.token)
    assert sorted(partners) == sorted(net.node(n).address for n in range(3))
    assert node.connections() == {}
    assert node.balance(net.token) == DEFAULT_TOKEN_BALANCE
    node.join(net.token, 100)
    assert sorted(node.deposits(net.token).values()) == [20, 20, 20]


def test_four_find_each_other_while_the_first_participant_is_offline() -> None:
    net = Testnet(5)
    net.node(0).join(net.token, 100)
    net.node(0).stop()
    pending = [net.node(index).join.begin(net.token, 100) for index in range(1, 5)]
    for call in pending:
        call.result()
    net.run_until_idle()
    for index in range(1, 5):
        partners = {c.partner for c in net.node(index).channels(net.token)}
        assert net.node(0).address not in partners
        assert partners >= {net.node(n).address for n in range(1, 5) if n != index}


def test_spokes_connect_to_each_other_when_the_hub_leaves() -> None:
    net = Testnet(5, settings=Settings(settle_timeout_blocks=20))
    hub = net.node(0)
    for index in range(1, 5):
        hub.open_channel(net.token, net.node(index).address)
        net.node(index).join(net.token, 100, 1)
    net.run_until_idle()
    assert all(len(net.node(index).channels(net.token)) == 1 for index in range(1, 5))
    hub.leave(net.token)
    net.run_until_idle()
    graph = net.graph()
    assert hub.address not in graph
    assert all(graph.degree(net.node(index).address) >= 1 for index in range(1, 5))
    assert all(max(net.node(index).deposits(net.token).values()) == 60 for index in range(1, 5))


def test_thirty_join_an_empty_network_in_one_block() -> None:
    net = Testnet(30)
    for call in [net.node(index).join.begin(net.token, 100) for index in range(30)]:
        call.result()
    net.run_until_idle()
    for index in range(30):
        assert [d for d in sorted(net.node(index).deposits(net.token).values()) if d >= 20][2:], (
            index
        )


def test_alone_it_opens_the_bootstrap_channel() -> None:
    net = Testnet(2)
    net.node(0).join(net.token, 100)
    (channel,) = net.node(0).channels(net.token)
    assert (channel.partner, channel.deposit) == (BOOTSTRAP, 0)
    assert net.graph().number_of_edges() == 0


def test_deposits_by_hand_count_against_the_funds() -> None:
    """90 by hand, then a join with 100: the channel counts, and 10 are too little for another."""
    net = meshed(token_balance=200)
    node = net.node(3)
    node.open_channel(net.token, net.node(0).address, 90)
    node.join(net.token, 100)
    net.run_until_idle()
    assert sorted(node.deposits(net.token).values()) == [90]
    node.join(net.token, 111)  # the share is 22 then, and 21 are left
    assert sorted(node.deposits(net.token).values()) == [90]
    node.join(net.token, 112)
    assert sorted(node.deposits(net.token).values()) == [22, 90]


def test_channels_opened_by_hand_answer_no_deposits(net: Testnet, node: NodeHandle) -> None:
    node.open_channel(net.token, net.node(4).address, 10)
    net.node(4).deposit(net.token, node.address, 7)
    net.node(5).open_channel(net.token, node.address, 7)
    net.run_until_idle()
    assert sorted(node.deposits(net.token).values()) == [0, 10]
    node.join(net.token, 60, 1)
    net.run_until_idle()
    assert sorted(node.deposits(net.token).values()) == [7, 36]


def test_what_others_deposit_is_answered(net: Testnet, node: NodeHandle) -> None:
    node.join(net.token, 100)
    net.node(4).open_channel(net.token, node.address, total_deposit=7)
    net.run_until_idle()
    assert sorted(node.deposits(net.token).values()) == [7, 20, 20, 20]


def test_topping_up_waits_for_the_partner_to_come_online(net: Testnet, node: NodeHandle) -> None:
    net.node(0).stop()
    node.join(net.token, 100)
    assert sorted(node.deposits(net.token).values()) == [20, 20]
    net.node(0).start()
    net.run_until_idle()
    assert sorted(node.deposits(net.token).values()) == [20, 20, 20]


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ((0,), "funds"),
        ((-1,), "funds"),
        ((100, 0), "initial_channel_target"),
        ((100, -3), "initial_channel_target"),
        ((100, 3, 2), "joinable_funds_target"),
        ((100, 3, -1), "joinable_funds_target"),
    ],
)
def test_values_out_of_range(
    net: Testnet, node: NodeHandle, arguments: tuple[int, ...], field: str
) -> None:
    with pytest.raises(InvalidRequest) as caught:
        node.join(net.token, *arguments)
    assert caught.value.field == field
    assert node.channels(net.token) == []


def test_funds_count_deposits_in_open_channels() -> None:
    net = meshed(token_balance=100)
    node = net.node(3)
    node.join(net.token, 100)
    with pytest.raises(InsufficientFunds) as caught:
        node.join(net.token, 101)
    assert (caught.value.required, caught.value.available) == (101, 100)
    assert node.connections()[net.token].funds == 100


def test_unknown_token(net: Testnet, node: NodeHandle) -> None:
    with pytest.raises(UnknownTokenNetwork):
        node.join(node.address, 100)


def test_what_a_node_is_closing_is_not_listed(net: Testnet, node: NodeHandle) -> None:
    """Neither while the call is on its way nor when it is mined, but again when it has failed."""
    node.join(net.token, 100)
    net.set_fault(3, Fault.HOLD)
    closing = node.close_channel.begin(net.token, net.node(0).address)
    net.advance(blocks=3)
    assert node.connections()[net.token].channels == 2
    assert node.connections()[net.token].sum_deposits == 40
    net.set_fault(3, Fault.FAIL)
    with pytest.raises(TransactionFailed):
        closing.result()
    assert node.connections()[net.token].sum_deposits == 60
    net.set_fault(3, Fault.NONE)
    leaving = node.leave.begin(net.token)
    net.advance(blocks=3)
    assert node.connections() == {}
    assert len(leaving.result()) == 3


# -- stopping and queueing ---------------------------------------------------------------


def test_stopping_ends_calls_but_not_transactions(net: Testnet, node: NodeHandle) -> None:
    first = node.join.begin(net.token, 100)
    second = node.join.begin(net.token, 200)
    net.advance(seconds=1)
    node.stop()
    for call in (first, second):
        with pytest.raises(NodeUnavailable):
            call.result()
    net.run_until_idle()
    assert sorted(node.deposits(net.token).values()) == [20, 20, 20]
    with pytest.raises(NodeUnavailable):
        node.leave(net.token)
    node.start()
    assert node.connections()[net.token].funds == 100


def test_calls_of_a_node_queue_and_nodes_do_not_wait_for_each_other(
    net: Testnet, node: NodeHandle
) -> None:
    node.join(net.token, 100)
    leaving = node.leave.begin(net.token)
    rejoin = node.join.begin(net.token, 200)
    net.node(4).join(net.token, 100)
    assert [leaving.done, rejoin.done] == [False, False]
    rejoin.result()
    assert [leaving.done, rejoin.done] == [True, True]
    assert sum(sorted(node.deposits(net.token).values())) >= 120


def test_two_nodes_open_the_same_channel_in_one_block(net: Testnet) -> None:
    one, other = net.node(4), net.node(5)
    pending = [
        one.open_channel.begin(net.token, other.address, 5),
        other.open_channel.begin(net.token, one.address, 7),
    ]
    channels = [call.result() for call in pending]
    assert channels[0].identifier == channels[1].identifier
    assert (
        sorted(one.deposits(net.token).values()),
        sorted(other.deposits(net.token).values()),
    ) == ([5], [7])


def test_confirmations_delay_what_nodes_know() -> None:
    net = Testnet(3, settings=Settings(confirmation_blocks=5))
    call = net.node(0).join.begin(net.token, 100)
    net.advance(blocks=5)
    assert net.node(0).connections() == {}
    assert not call.done
    net.advance(blocks=2)
    assert net.node(0).connections()[net.token].channels == 1
    assert call.done
