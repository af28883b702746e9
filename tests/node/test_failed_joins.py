"""Joins whose transactions are mined and fail: when that is a failure, and what holds then."""

import pytest

from simulator.chain.mempool import Fault
from simulator.testnet.handles import NodeHandle
from simulator.testnet.simulation import DEFAULT_TOKEN_BALANCE
from simulator.testnet.testnet import Testnet
from simulator.words.errors import InsufficientEth, TransactionFailed, TransactionTimedOut
from simulator.words.events import Deposited, TransactionFinished, TransactionSent
from simulator.words.units import BOOTSTRAP_ADDRESS, checksum
from tests.node.worlds import submit_transfer


def sent_by(net: Testnet, index: int) -> list[str]:
    address = net._simulation.nodes[index].address
    events = [entry.event for entry in net._simulation.journal.entries]
    return [e.name for e in events if isinstance(e, TransactionSent) and e.sender == address]


def statuses(net: Testnet, index: int) -> list[tuple[str, str]]:
    address = net._simulation.nodes[index].address
    events = [entry.event for entry in net._simulation.journal.entries]
    return [
        (e.name, e.status)
        for e in events
        if isinstance(e, TransactionFinished) and e.sender == address
    ]


def test_a_join_of_which_everything_failed_has_not_joined(net: Testnet, node: NodeHandle) -> None:
    net.set_fault(3, Fault.FAIL)
    with pytest.raises(TransactionFailed, match="openChannelWithDeposit failed: out of gas"):
        node.join(net.token, 100)
    net.set_fault(3, Fault.NONE)
    sent = sent_by(net, 3)
    net.node(4).join(net.token, 100, 1)
    net.mint(3, 5)
    net.set_eth_balance(3, 10**19)
    net.run_until_idle()
    assert sent_by(net, 3) == sent
    assert sorted(node.deposits(net.token).values()) in ([], [0])
    node.join(net.token, 100)
    assert sorted(node.deposits(net.token).values())[-3:] == [20, 20, 20]


def test_it_keeps_the_terms_of_the_join_before(net: Testnet, node: NodeHandle) -> None:
    node.join(net.token, 100, 4)
    net.run_until_idle()
    net.set_fault(3, Fault.FAIL)
    with pytest.raises(TransactionFailed, match="setTotalDeposit failed"):
        node.join(net.token, 200, 3)
    assert node.connections()[net.token].funds == 100
    net.set_fault(3, Fault.NONE)
    sent = sent_by(net, 3)
    net.run_until_idle()
    assert sent_by(net, 3) == sent, "it is tried again only when something happens"
    net.node(4).join(net.token, 100, 1)
    net.run_until_idle()
    assert [d for d in sorted(node.deposits(net.token).values()) if d][:4] == [15, 15, 15, 15]


def test_what_failed_in_a_join_is_not_tried_again_by_the_join_before(
    net: Testnet, node: NodeHandle
) -> None:
    """The join before lacks a channel too: opening it has failed, and so it does once more."""
    node.join(net.token, 100, 4)
    net.set_fault(3, Fault.FAIL)
    net.node(4).open_channel(net.token, checksum(BOOTSTRAP_ADDRESS))
    net.run_until_idle()
    sent = sent_by(net, 3)
    with pytest.raises(TransactionFailed):
        node.join(net.token, 100, 4)
    net.set_fault(3, Fault.NONE)
    net.run_until_idle()
    assert sent_by(net, 3) == [*sent, "openChannelWithDeposit"]
    assert node.connections()[net.token].funds == 100
    net.node(5).open_channel(net.token, checksum(BOOTSTRAP_ADDRESS))
    net.run_until_idle()
    assert sorted(node.deposits(net.token).values()) == [15, 15, 15, 15]


def test_a_peer_that_comes_while_a_join_fails_is_not_missed(net: Testnet, node: NodeHandle) -> None:
    """The join before still waits for one, though the second one wanted none."""
    node.join(net.token, 100, 4)
    net.run_until_idle()
    net.set_fault(3, Fault.FAIL, blocks=1)
    second = node.join.begin(net.token, 100, 3)
    opening = net.node(4).open_channel.begin(net.token, checksum(BOOTSTRAP_ADDRESS))
    with pytest.raises(TransactionFailed):
        second.result()
    opening.result()
    net.run_until_idle()
    assert sorted(node.deposits(net.token).values()) == [15, 15, 15, 15]
    assert node.connections()[net.token].funds == 100


def test_the_bootstrap_channel_is_an_opening_too() -> None:
    net = Testnet(1)
    net.set_fault(0, Fault.FAIL)
    with pytest.raises(TransactionFailed, match="openChannel failed"):
        net.node(0).join(net.token, 100)
    assert net.node(0).connections() == {}


def test_an_approval_alone_is_no_success(net: Testnet, node: NodeHandle) -> None:
    """Another call takes the tokens out of the wallet in the same block, before the openings."""
    submit_transfer(net, 3, DEFAULT_TOKEN_BALANCE)
    with pytest.raises(TransactionFailed, match="openChannelWithDeposit failed"):
        node.join(net.token, 100)
    assert statuses(net, 3) == [
        ("transfer", "mined"),
        ("approve", "mined"),
        *[("openChannelWithDeposit", "reverted")] * 3,
    ]
    assert node.connections() == {}


def test_one_success_is_enough(net: Testnet, node: NodeHandle) -> None:
    """The same call leaves tokens for one channel of three."""
    submit_transfer(net, 3, DEFAULT_TOKEN_BALANCE - 25)
    node.join(net.token, 100)
    assert sorted(node.deposits(net.token).values()) == [20]
    assert node.connections()[net.token].funds == 100
    net.mint(3, 100)  # a fact: the rest is tried again
    net.run_until_idle()
    assert sorted(node.deposits(net.token).values()) == [20, 20, 20]


def test_of_two_ends_that_open_at_once_neither_has_failed() -> None:
    """One opening reverts; its sender deposits into the channel that is there, a block later."""
    net = Testnet(2)
    nodes = [net.node(0), net.node(1)]
    for node in nodes:
        node.open_channel(net.token, checksum(BOOTSTRAP_ADDRESS))
    calls = [node.join.begin(net.token, 100, 1) for node in nodes]
    for call in calls:
        call.result()
    ends = [statuses(net, index)[-1] for index in range(2)]
    assert ends == [("openChannelWithDeposit", "mined"), ("openChannelWithDeposit", "reverted")]
    net.run_until_idle()
    assert [sorted(node.deposits(net.token).values()) for node in nodes] == [[0, 60], [0, 60]]
    deposits = [e.event for e in net._simulation.journal.entries if isinstance(e.event, Deposited)]
    assert deposits[1].block_number == deposits[0].block_number + 1
    assert {node.connections()[net.token].funds for node in nodes} == {100}


def test_late_goes_before_failed(net: Testnet, node: NodeHandle) -> None:
    net.set_fault(3, Fault.HOLD)
    call = node.join.begin(net.token, 100)
    with pytest.raises(TransactionTimedOut):
        call.result()
    net.set_fault(3, Fault.FAIL)
    net.run_until_idle()
    assert node.connections() == {}
    net.set_fault(3, Fault.NONE)
    net.node(4).join(net.token, 100, 1)
    net.run_until_idle()
    assert node.connections()[net.token].funds == 100, "a join that was late is in force"
    assert sorted(node.deposits(net.token).values())[-3:] == [20, 20, 20]


def test_eth_gone_in_the_block_changes_nothing(net: Testnet, node: NodeHandle) -> None:
    node.join(net.token, 100)
    call = node.join.begin(net.token, 200)
    net._simulation.controls.set_eth_balance(3, 0)
    with pytest.raises(InsufficientEth):
        call.result()
    net.run_until_idle()
    assert node.connections()[net.token].funds == 100
    assert sorted(node.deposits(net.token).values()) == [20, 20, 20]
