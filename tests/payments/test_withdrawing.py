"""Nodes that take tokens out of open channels, as their partners agree."""

from typing import Any

import pytest

from simulator.chain.contracts import GAS_LIMITS
from simulator.node.dialects import Dialect
from simulator.testnet.handles import NodeHandle
from simulator.testnet.testnet import Testnet
from simulator.words.errors import (
    ChannelStateConflict,
    InsufficientEth,
    InvalidRequest,
    NodeUnavailable,
    SimulatorError,
    TransactionFailed,
    TransactionTimedOut,
    WithdrawUnsuccessful,
)
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

REVEAL = 10
LASTS = 2 * REVEAL - 1
"""Blocks after the request in which it expires; and ten later it is taken back."""


def ends(net: Testnet) -> tuple[NodeHandle, NodeHandle]:
    return net.node(0), net.node(1)


def withdrawn(net: Testnet) -> list[int]:
    return [channel.withdrawn for node in net.nodes for channel in node.channels()]


@pytest.mark.parametrize("engine", ["model", "pyevm", "revm"])
@pytest.mark.parametrize("dialect", Dialect)
def test_what_was_received_can_be_taken_out_and_the_rest_is_settled(
    engine: str, dialect: Dialect
) -> None:
    net = chain_of(2, engine=engine, dialects=[dialect])
    one, other = ends(net)
    one.pay(net.token, other.address, 30)
    taken = other.withdraw(net.token, one.address, 120)
    assert (taken.balance, taken.withdrawn, taken.deposit) == (10, 120, DEPOSIT)
    assert wallets(net) == [WALLET - DEPOSIT, WALLET + 20]
    assert [balances(net, 0), balances(net, 1)] == [[70], [10]]
    other.pay(net.token, one.address, 10)
    assert one.withdraw(net.token, other.address, 80).balance == 0
    close_all(net)
    assert wallets(net) == [WALLET - 20, WALLET + 20]


def test_totals_grow_and_only_what_is_more_is_paid() -> None:
    net = chain_of(2)
    one, other = ends(net)
    for total in (10, 15, 100):
        one.withdraw(net.token, other.address, total)
        assert one.balance(net.token) == WALLET - DEPOSIT + total


@pytest.mark.parametrize(
    ("total", "told"),
    [
        (-1, "can't be negative"),
        (0, "Total withdraw did not increase"),
        (10, "Total withdraw did not increase"),
        (71, "61 more is above the 60 that can be taken out"),
        (2**256, "that can be taken out"),
    ],
)
def test_what_can_not_be_taken_out_is_refused_and_changes_nothing(total: int, told: str) -> None:
    net = chain_of(2)
    one, other = ends(net)
    one.withdraw(net.token, other.address, 10)
    one.pay(net.token, other.address, 30)
    with pytest.raises(InvalidRequest, match=told):
        one.withdraw(net.token, other.address, total)
    assert (withdrawn(net), balances(net, 0)) == ([10, 0], [60])
    with pytest.raises(InvalidRequest, match="whole number"):
        one.withdraw(net.token, other.address, 20.0)  # type: ignore[arg-type]


def test_what_is_locked_stays() -> None:
    net = chain_of(2)
    one, other = ends(net)
    one.pay.begin(net.token, other.address, 30, secret_hash=b"\x01" * 32)
    net.advance(blocks=1)
    with pytest.raises(InvalidRequest, match="71 more is above the 70 that can be taken out"):
        one.withdraw(net.token, other.address, 71)
    one.withdraw(net.token, other.address, 70)
    net.run_until_idle()
    assert [balances(net, 0), balances(net, 1)] == [[30], [100]]
    close_all(net)
    assert wallets(net) == [WALLET, WALLET]


def test_it_counts_from_the_request_on_at_both_ends() -> None:
    net = chain_of(2)
    one, other = ends(net)
    net.set_fault(0, "hold", 3)
    pending = one.withdraw.begin(net.token, other.address, 60)
    net.advance(seconds=1)
    assert (balances(net, 0), withdrawn(net)) == ([40], [0, 0])
    with pytest.raises(SimulatorError, match="50 is more than the 40 that can be sent"):
        one.pay(net.token, other.address, 50)
    other.pay(net.token, one.address, 5)
    one.pay(net.token, other.address, 45)
    assert pending.result().balance == 0
    close_all(net)
    assert wallets(net) == [WALLET - 40, WALLET + 40]


def test_what_is_shown_to_the_contract_is_the_last_balance_proof_whatever_was_said_later() -> None:
    """Withdraws count in the nonce, and have no balance proof."""
    for closer in (0, 1):
        net = chain_of(2, engine="pyevm")
        one, other = ends(net)
        one.pay(net.token, other.address, 30)
        other.pay(net.token, one.address, 10)
        one.withdraw(net.token, other.address, 20)
        other.withdraw(net.token, one.address, 40)
        net.node(closer).close_channel(net.token, net.node(1 - closer).address)
        net.run_until_idle()
        assert wallets(net) == [WALLET - 20, WALLET + 20]
        assert {entry["status"] for entry in happened(net, "TransactionFinished")} == {"mined"}


def test_only_one_of_an_end_is_pending_and_who_asks_for_the_same_waits_for_it() -> None:
    net = chain_of(2)
    one, other = ends(net)
    net.set_fault(0, "hold", 3)
    first, again = (one.withdraw.begin(net.token, other.address, 60) for _ in range(2))
    more = one.withdraw.begin(net.token, other.address, 70)
    theirs = other.withdraw.begin(net.token, one.address, 5)
    net.run_until_idle()
    assert [call.result().withdrawn for call in (first, again, theirs)] == [60, 60, 5]
    assert first.ended == again.ended
    assert isinstance(more.error, InvalidRequest)
    assert (more.began, more.ended) == (first.began, first.began)
    assert len(happened(net, "WithdrawRequested")) == 2


def test_a_partner_that_does_not_answer_lets_it_expire() -> None:
    net = chain_of(2)
    one, other = ends(net)
    other.stop()
    began = net.block_number
    pending = one.withdraw.begin(net.token, other.address, 60)
    with pytest.raises(WithdrawUnsuccessful, match="it has expired"):
        pending.result()
    assert net.block_number == began + LASTS + 10
    assert balances(net, 0) == [DEPOSIT]
    other.start()
    net.run_until_idle()
    assert (balances(net, 1), happened(net, "InvalidMessage")) == ([DEPOSIT], [])
    # an expired request is confirmed, too, so that the next ones follow from it
    one.pay(net.token, other.address, 100)
    other.withdraw(net.token, one.address, 200)
    net.check_invariants()


def test_later_generations_ask_nobody_who_is_offline() -> None:
    net = chain_of(2, dialects=[Dialect.BESPIN])
    one, other = ends(net)
    other.stop()
    with pytest.raises(ChannelStateConflict, match="offline"):
        one.withdraw(net.token, other.address, 60)
    assert balances(net, 0) == [DEPOSIT]


def test_nobody_can_agree_for_an_account_without_a_node() -> None:
    net = chain_of(2)
    stranger = "0x" + "33" * 20
    net.node(0).open_channel(net.token, stranger, 50)
    with pytest.raises(ChannelStateConflict, match="can't agree"):
        net.node(0).withdraw(net.token, stranger, 5)


def test_it_is_not_shown_so_late_that_it_may_be_mined_after_it_expires() -> None:
    """It is mined in the block after the newest at the earliest, which must be before."""
    for confirmations in (0, 3):
        for late in (0, 1):
            net = chain_of(2, settle=20, confirmations=confirmations)
            one, other = ends(net)
            net.run_until_idle()
            net.divide([0], [1])
            expires = net.block_number - confirmations + LASTS
            pending = one.withdraw.begin(net.token, other.address, 60)
            own_clock = expires - 2 - confirmations + late
            net.advance(blocks=own_clock + confirmations - net.block_number)
            net.divide()
            net.run_until_idle()
            assert isinstance(pending.error, WithdrawUnsuccessful if late else type(None))
            assert len(happened(net, "Withdrawn")) == 1 - late
            statuses = {entry["status"] for entry in happened(net, "TransactionFinished")}
            assert statuses == {"mined"}
            net.check_invariants()


@pytest.mark.parametrize("closer", [0, 1])
def test_a_close_ends_it_and_the_amount_counts_again(closer: int) -> None:
    net = chain_of(2)
    one, other = ends(net)
    net.set_fault(0, "hold", 5)
    pending = one.withdraw.begin(net.token, other.address, 60)
    net.advance(seconds=1)
    if closer:
        other.close_channel(net.token, one.address)
        net.advance(seconds=1)
        assert isinstance(pending.error, WithdrawUnsuccessful)
        assert "the channel was closed" in str(pending.error)
        assert balances(net, 0) == [DEPOSIT]
    else:
        one.close_channel.begin(net.token, other.address)
    net.run_until_idle()
    assert wallets(net) == [WALLET, WALLET]
    net.check_invariants()


def test_it_is_paid_for_by_who_asks_and_refused_without_eth() -> None:
    net = chain_of(2)
    one, other = ends(net)
    one.withdraw(net.token, other.address, 10)
    (use,) = [use for use in net.gas() if use.function == "setTotalWithdraw"]
    assert (use.node, use.calls, use.task) == (0, 1, "withdraw")
    assert use.gas <= GAS_LIMITS["setTotalWithdraw"]
    net.set_eth_balance(0, 1)
    with pytest.raises(InsufficientEth):
        one.withdraw(net.token, other.address, 20)
    assert balances(net, 0) == [DEPOSIT - 10]


def test_who_runs_out_of_eth_meanwhile_is_told_and_it_is_done_when_some_arrives() -> None:
    net = chain_of(2)
    one, other = ends(net)
    net.set_messages(delay_seconds=20)
    pending = one.withdraw.begin(net.token, other.address, 10)
    net.advance(seconds=30)
    net.set_eth_balance(0, 0)
    with pytest.raises(InsufficientEth):
        pending.result()
    assert happened(net, "PlanUnaffordable")
    with pytest.raises(InsufficientEth):  # who asks again is told at once, too
        one.withdraw(net.token, other.address, 10)
    net.set_eth_balance(0, 10**18)
    net.run_until_idle()
    assert withdrawn(net) == [10, 0]


def test_a_transaction_that_fails_is_told_and_what_it_wanted_counts_again_later() -> None:
    net = chain_of(2)
    one, other = ends(net)
    net.set_fault(0, "fail", 2)
    with pytest.raises(TransactionFailed, match="setTotalWithdraw"):
        one.withdraw(net.token, other.address, 60)
    with pytest.raises(InvalidRequest, match="another withdraw is not over"):
        one.withdraw(net.token, other.address, 60)
    net.run_until_idle()
    assert (balances(net, 0), withdrawn(net)) == ([DEPOSIT], [0, 0])
    one.withdraw(net.token, other.address, 60)
    net.check_invariants()


def test_one_that_is_late_is_told_and_may_still_be_mined() -> None:
    net = chain_of(2, settle=200)
    one, other = ends(net)
    net.set_fault(0, "hold", 60)
    with pytest.raises(TransactionTimedOut):
        one.withdraw(net.token, other.address, 60)
    assert balances(net, 0) == [40]
    net.run_until_idle()
    assert (balances(net, 0), withdrawn(net)) == ([40], [60, 0])


@pytest.mark.parametrize("end", ["stop", "crash"])
@pytest.mark.parametrize("seconds", [0, 5, 15, 25])
def test_it_goes_on_when_the_node_starts_again(end: str, seconds: int) -> None:
    net = chain_of(2)
    one, other = ends(net)
    net.set_messages(delay_seconds=10)
    pending = one.withdraw.begin(net.token, other.address, 60)
    net.advance(seconds=seconds)
    getattr(one, end)()
    net.advance(blocks=3)
    assert isinstance(pending.error, NodeUnavailable)
    one.start()
    again: Any = one.withdraw.begin(net.token, other.address, 60)
    net.run_until_idle()
    assert (balances(net, 0), withdrawn(net)) == ([40], [60, 0])
    assert again.error is None or "did not increase" in str(again.error)
    net.check_invariants()


def test_neither_end_queues_behind_other_calls() -> None:
    net = with_channels(3, [(0, 1), (0, 2)])
    net.node(1).stop()
    stuck = net.node(0).withdraw.begin(net.token, net.node(1).address, 10)
    net.node(0).withdraw(net.token, net.node(2).address, 10)
    net.node(0).deposit(net.token, net.node(2).address, 130)
    assert not stuck.done
    net.run_until_idle()
    net.check_invariants()


def test_what_a_joined_node_takes_out_frees_nothing_of_its_funds() -> None:
    """It is in the wallet again, where a plan may use it if the wallet was the limit."""
    net = Testnet(4, token_balance=30, engine="model")
    for index in range(3):
        net.node(index).join(net.token, 30, initial_channel_target=1, joinable_funds_target=0)
    net.run_until_idle()
    node = net.node(1)
    (channel, *_) = [one for one in node.channels() if one.deposit == 30]
    node.withdraw(net.token, channel.partner, 20)
    net.run_until_idle()
    assert (sum(one.deposit for one in node.channels()), node.balance(net.token)) == (30, 20)
    node.join(net.token, 50, initial_channel_target=1, joinable_funds_target=0)
    net.run_until_idle()
    assert node.balance(net.token) == 0
    net.check_invariants()


def test_when_it_is_mined_the_world_rests() -> None:
    net = chain_of(2)
    one, other = ends(net)
    one.withdraw(net.token, other.address, 10)
    mined_at = net.now
    net.run_until_idle()
    assert net.now == mined_at


def test_messages_are_counted_as_real_nodes_answer_them() -> None:
    net = chain_of(2)
    one, other = ends(net)
    one.withdraw(net.token, other.address, 10)
    counts = net._simulation.world.transport.counts
    assert counts == {
        "WithdrawRequest": 1,
        "WithdrawConfirmation": 1,
        "Processed": 1,
        "Delivered": 3,
    }


@pytest.mark.parametrize("backed_up", [False, True])
@pytest.mark.parametrize("dialect", [Dialect.RED_EYES, Dialect.BESPIN])
def test_who_loses_its_disk_meanwhile_can_only_close_and_nobody_else_loses(
    backed_up: bool, dialect: Dialect
) -> None:
    net = chain_of(2, dialects=[dialect])
    one, other = ends(net)
    one.pay(net.token, other.address, 30)
    net.set_messages(delay_seconds=10)
    pending = one.withdraw.begin(net.token, other.address, 60)
    net.advance(seconds=5)
    if backed_up:
        one.back_up()
    net.advance(seconds=10)
    one.lose_disk()
    net.advance(blocks=2)
    assert isinstance(pending.error, NodeUnavailable)
    one.start()
    net.run_until_idle()
    one.close_channel(net.token, other.address)
    net.run_until_idle()
    assert net.node(0).channels() == []
    assert sum(wallets(net)) == 2 * WALLET
    assert other.balance(net.token) >= WALLET + 30
    net.check_invariants()
