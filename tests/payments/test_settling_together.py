"""Two bespin nodes settle a channel together, and close it where that can't be done."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.chain.contracts import GAS_LIMITS
from simulator.node.dialects import Dialect
from simulator.testnet.calls import PendingCall
from simulator.testnet.handles import NodeHandle
from simulator.testnet.testnet import Testnet
from simulator.words.errors import (
    ChannelStateConflict,
    InsufficientEth,
    InvalidRequest,
    NodeUnavailable,
    SimulatorError,
)
from tests.examples import examples
from tests.payments.worlds import (
    DEPOSIT,
    WALLET,
    balances,
    chain_of,
    happened,
    wallets,
    with_channels,
)

LASTS = 19
"""Blocks after the request in which it expires."""


def two(**options: Any) -> tuple[Testnet, NodeHandle, NodeHandle]:
    net = chain_of(2, dialects=[Dialect.BESPIN], **options)
    return net, net.node(0), net.node(1)


def functions(net: Testnet) -> dict[str, int]:
    """Return how often the functions that end channels were called, and mined or reverted."""
    ends = ("cooperativeSettle", "closeChannel", "settleChannel")
    return {use.function: use.calls for use in net.gas() if use.function in ends}


def reasons(net: Testnet) -> list[str]:
    return [entry["reason"] for entry in happened(net, "SettlementFailed")]


@pytest.mark.parametrize("engine", ["model", "pyevm", "revm"])
@pytest.mark.parametrize("starter", [0, 1])
def test_it_is_settled_in_one_block_to_the_unit(engine: str, starter: int) -> None:
    net, one, other = two(engine=engine)
    one.pay(net.token, other.address, 30)
    other.pay(net.token, one.address, 10)
    other.withdraw(net.token, one.address, 50)
    before = net.block_number
    answer = net.node(starter).close_channel(net.token, net.node(1 - starter).address)
    assert (answer.state, answer.balance) == ("settled", 0)
    assert answer.withdrawn == [80, 120][starter]
    assert net.block_number == before + 1
    assert wallets(net) == [WALLET - 20, WALLET + 20]
    assert one.channels() == other.channels() == []
    assert functions(net) == {"cooperativeSettle": 1}
    (use,) = [use for use in net.gas() if use.function == "cooperativeSettle"]
    assert (use.node, use.task) == (starter, "close_channel")
    assert use.gas <= GAS_LIMITS["cooperativeSettle"]
    net.run_until_idle()
    assert net.block_number == before + 1
    one.open_channel(net.token, other.address, 5)
    net.check_invariants()


@pytest.mark.parametrize("deposits", [(0, 0), (50, 0), (0, 50)])
def test_it_does_not_matter_who_has_something(deposits: tuple[int, int]) -> None:
    net = Testnet(2, engine="pyevm", token_balance=WALLET, dialects=[Dialect.BESPIN])
    one, other = net.node(0), net.node(1)
    one.open_channel(net.token, other.address, deposits[0])
    if deposits[1]:
        other.deposit(net.token, one.address, deposits[1])
    assert one.close_channel(net.token, other.address).state == "settled"
    assert wallets(net) == [WALLET, WALLET]
    net.check_invariants()


@pytest.mark.parametrize("delay", [0, 10, 40])
def test_both_ends_may_begin_at_once(delay: int) -> None:
    net, one, other = two()
    one.pay(net.token, other.address, 30)
    net.set_messages(delay_seconds=delay)
    calls = [
        one.close_channel.begin(net.token, other.address),
        other.close_channel.begin(net.token, one.address),
    ]
    net.run_until_idle()
    assert [call.result().state for call in calls] == ["settled", "settled"]
    assert len(happened(net, "ChannelSettled")) == 1
    assert (reasons(net), happened(net, "InvalidMessage")) == ([], [])
    assert wallets(net) == [WALLET - 30, WALLET + 30]
    net.check_invariants()


def test_who_has_agreed_already_may_want_it_too() -> None:
    net, one, other = two()
    net.set_fault(0, "hold", 3)
    first = one.close_channel.begin(net.token, other.address)
    net.advance(seconds=1)
    second = other.close_channel.begin(net.token, one.address)
    net.run_until_idle()
    assert (first.result().state, second.result().state) == ("settled", "settled")
    assert second.ended is not None
    assert first.ended is not None
    assert second.ended <= first.ended
    net.check_invariants()


@pytest.mark.parametrize("index", [0, 1])
def test_a_pending_transfer_makes_it_a_plain_close(index: int) -> None:
    net, one, other = two()
    payer, payee = net.node(index), net.node(1 - index)
    payer.pay.begin(net.token, payee.address, 5, secret_hash=b"\x01" * 32)
    net.advance(seconds=1)
    assert one.close_channel(net.token, other.address).state == "closed"
    assert "cooperativeSettle" not in functions(net)
    net.run_until_idle()
    assert wallets(net) == [WALLET, WALLET]


@pytest.mark.parametrize("index", [0, 1])
def test_a_pending_withdraw_does_so_too(index: int) -> None:
    net, one, other = two()
    net.set_fault(index, "hold", 2)
    net.node(index).withdraw.begin(net.token, net.node(1 - index).address, 5)
    net.advance(seconds=1)
    assert other.close_channel(net.token, one.address).state == "closed"
    assert happened(net, "SettlementRequested") == []


def test_so_does_a_partner_that_is_offline_or_of_another_generation() -> None:
    net, one, other = two()
    other.stop()
    assert one.close_channel(net.token, other.address).state == "closed"
    mixed = chain_of(2, dialects=[Dialect.BESPIN, Dialect.ALDERAAN])
    for index in (0, 1):
        net = chain_of(2, dialects=[Dialect.BESPIN, Dialect.ALDERAAN])
        ends = net.node(index), net.node(1 - index)
        assert ends[0].close_channel(net.token, ends[1].address).state == "closed"
        assert happened(net, "SettlementRequested") == []
    mixed.check_invariants()


@pytest.mark.parametrize("index", [0, 1])
def test_so_does_an_end_that_has_taken_out_all_that_it_has(index: int) -> None:
    """The contract lets nobody take out nothing."""
    net, one, other = two(engine="pyevm")
    net.node(index).withdraw(net.token, net.node(1 - index).address, DEPOSIT)
    assert one.close_channel(net.token, other.address).state == "closed"
    net.run_until_idle()
    assert wallets(net) == [WALLET, WALLET]


def test_a_partner_that_keeps_silent_is_waited_for_until_the_request_expires() -> None:
    net, one, other = two()
    net.divide([0], [1])
    began = net.block_number
    closed = one.close_channel(net.token, other.address)
    assert (closed.state, closed.block_closed) == ("closed", began + LASTS + 1)
    assert reasons(net) == ["it was not settled in time"]
    net.divide()
    net.run_until_idle()
    assert wallets(net) == [WALLET, WALLET]
    assert happened(net, "InvalidMessage") == []


def test_requests_that_cross_and_arrive_too_late_get_no_answer() -> None:
    """An answer would be a request to who has taken back its own, and so on for ever."""
    net, one, other = two()
    net.divide([0], [1])
    calls = [
        one.close_channel.begin(net.token, other.address),
        other.close_channel.begin(net.token, one.address),
    ]
    net.advance(seconds=1)
    for index in (0, 1):
        net.set_eth_balance(index, 0)
    net.advance(blocks=LASTS + 11)
    assert all(isinstance(call.error, InsufficientEth) for call in calls)
    net.divide()
    net.run_until_idle()
    assert len(happened(net, "SettlementRequested")) == 2
    assert [balances(net, 0), balances(net, 1)] == [[DEPOSIT], [DEPOSIT]]
    assert happened(net, "InvalidMessage") == []


def test_a_partner_that_has_a_transfer_on_its_way_keeps_silent_and_it_is_closed_at_once() -> None:
    net, one, other = two()
    net.set_messages(delay_seconds=10)
    other.pay.begin(net.token, one.address, 5, secret_hash=b"\x01" * 32)
    closed = one.close_channel(net.token, other.address)
    assert (closed.state, reasons(net)) == ("closed", ["a transfer is pending"])
    assert len(happened(net, "SettlementRequested")) == 1
    net.set_messages()
    net.run_until_idle()
    assert wallets(net) == [WALLET, WALLET]
    assert happened(net, "InvalidMessage") == []


def test_a_withdraw_that_crosses_the_request_ends_it_at_once_too() -> None:
    net, one, other = two()
    net.set_messages(delay_seconds=10)
    crossing = other.withdraw.begin(net.token, one.address, 5)
    closed = one.close_channel(net.token, other.address)
    assert (closed.state, reasons(net)) == ("closed", ["a withdraw is pending"])
    net.run_until_idle()
    assert crossing.done
    assert wallets(net) == [WALLET, WALLET]


def test_a_partner_that_goes_offline_meanwhile_is_not_waited_for() -> None:
    net, one, other = two()
    net.set_messages(delay_seconds=20)
    pending = one.close_channel.begin(net.token, other.address)
    net.advance(seconds=5)
    other.stop()
    net.advance(blocks=2)
    assert (pending.result().state, reasons(net)) == ("closed", ["the partner is offline"])
    other.start()
    net.run_until_idle()
    assert wallets(net) == [WALLET, WALLET]


def test_a_deposit_in_between_makes_the_contract_refuse_and_the_node_close() -> None:
    net, one, other = two(engine="pyevm")
    deposit = other.deposit.begin(net.token, one.address, 150)
    net.advance(seconds=0.5)
    closed = one.close_channel(net.token, other.address)
    assert deposit.result().deposit == 150
    assert (closed.state, reasons(net)) == ("closed", ["the channel has changed"])
    assert functions(net)["cooperativeSettle"] == 1
    net.run_until_idle()
    assert wallets(net) == [WALLET, WALLET]


def test_a_deposit_that_is_seen_in_time_saves_the_transaction() -> None:
    net, one, other = two()
    net.set_messages(delay_seconds=40)
    net.set_fault(1, "hold", 3)
    other.deposit.begin(net.token, one.address, 150)
    closed = one.close_channel(net.token, other.address)
    assert (closed.state, reasons(net)) == ("closed", ["the channel has changed"])
    assert "cooperativeSettle" not in functions(net)
    net.run_until_idle()
    assert wallets(net) == [WALLET, WALLET]


def test_who_can_pay_for_a_close_only_closes() -> None:
    net, one, other = two()
    price = net._simulation.world.ledger.gas_price
    net.set_eth_balance(0, GAS_LIMITS["closeChannel"] * price)
    assert one.close_channel(net.token, other.address).state == "closed"
    assert happened(net, "SettlementRequested") == []


def test_a_transaction_that_fails_is_followed_by_a_close() -> None:
    net, one, other = two()
    net.set_fault(0, "fail", 1)
    assert one.close_channel(net.token, other.address).state == "closed"
    assert len(reasons(net)) == 1
    net.run_until_idle()
    assert wallets(net) == [WALLET, WALLET]


def test_if_the_close_fails_too_that_is_told_and_the_channel_is_of_use_again_later() -> None:
    net, one, other = two()
    net.set_fault(0, "fail", 3)
    with pytest.raises(SimulatorError, match="closeChannel"):
        one.close_channel(net.token, other.address)
    with pytest.raises(SimulatorError, match="no route"):
        one.pay(net.token, other.address, 5)
    net.run_until_idle()
    assert [balances(net, 0), balances(net, 1)] == [[DEPOSIT], [DEPOSIT]]
    one.pay(net.token, other.address, 5)
    other.close_channel(net.token, one.address)
    assert wallets(net) == [WALLET - 5, WALLET + 5]
    net.check_invariants()


def test_from_the_request_on_the_channel_is_of_no_use_for_anything_else() -> None:
    net, one, other = two()
    net.set_fault(0, "hold", 4)
    pending = one.close_channel.begin(net.token, other.address)
    net.advance(seconds=1)
    assert one.connections() == {}
    for payer, payee in ((one, other), (other, one)):
        with pytest.raises(SimulatorError, match="no route"):
            payer.pay(net.token, payee.address, 5)
        with pytest.raises(InvalidRequest, match="about to be settled"):
            payer.withdraw(net.token, payee.address, 5)
    with pytest.raises(ChannelStateConflict):
        other.deposit(net.token, one.address, 150)
    with pytest.raises(ChannelStateConflict):
        other.open_channel(net.token, one.address, 150)
    assert pending.result().state == "settled"
    assert wallets(net) == [WALLET, WALLET]


@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize("end", ["stop", "crash"])
@pytest.mark.parametrize("seconds", [1, 5, 15, 25, 35, 45])
def test_it_goes_on_when_a_node_starts_again(which: int, end: str, seconds: int) -> None:
    net, one, other = two()
    one.pay(net.token, other.address, 30)
    net.set_messages(delay_seconds=10)
    pending = one.close_channel.begin(net.token, other.address)
    net.advance(seconds=seconds)
    getattr(net.node(which), end)()
    net.advance(blocks=4)
    assert which or pending.done
    if not which and pending.error is not None:
        assert isinstance(pending.error, NodeUnavailable)
    net.node(which).start()
    net.run_until_idle()
    assert one.channels() == other.channels() == []
    assert wallets(net) == [WALLET - 30, WALLET + 30]
    assert happened(net, "InvalidMessage") == []
    net.check_invariants()


def test_who_asks_again_after_a_start_waits_for_what_goes_on() -> None:
    net, one, other = two()
    net.set_fault(0, "hold", 6)
    first = one.close_channel.begin(net.token, other.address)
    net.advance(seconds=1)
    one.stop()
    net.advance(blocks=1)
    assert isinstance(first.error, NodeUnavailable)
    one.start()
    other.stop()  # who could agree to nothing new
    again = one.close_channel.begin(net.token, other.address)
    net.run_until_idle()
    assert again.result().state == "settled"
    assert "closeChannel" not in functions(net)
    assert len(happened(net, "SettlementRequested")) == 2


def test_who_starts_again_after_the_request_has_expired_closes() -> None:
    net, one, other = two()
    net.set_messages(delay_seconds=10)
    one.close_channel.begin(net.token, other.address)
    net.advance(seconds=15)
    one.crash()
    net.advance(blocks=60)
    one.start()
    net.run_until_idle()
    assert reasons(net) == ["it was not settled in time"]
    assert wallets(net) == [WALLET, WALLET]
    assert happened(net, "InvalidMessage") == []


@given(
    delay=st.sampled_from([0, 3, 10, 40, 120]),
    loss=st.sampled_from([0, 0, 0.3]),
    confirmations=st.sampled_from([0, 2]),
    pauses=st.lists(st.integers(0, 60), min_size=3, max_size=3),
    acts=st.lists(
        st.sampled_from(["pay", "back", "close", "close back", "withdraw", "deposit", "leave"]),
        min_size=3,
        max_size=3,
    ),
)
@examples(25, at_night=1_500)
def test_whatever_else_happens_the_channel_ends_and_everybody_has_its_own(
    delay: int, loss: float, confirmations: int, pauses: list[int], acts: list[str]
) -> None:
    net, one, other = two(confirmations=confirmations)
    net.set_messages(delay_seconds=delay, loss=loss)
    token = net.token
    calls: list[tuple[str, PendingCall[Any]]] = []
    begin: dict[str, Callable[[], PendingCall[Any]]] = {
        "pay": lambda: one.pay.begin(token, other.address, 20),
        "back": lambda: other.pay.begin(token, one.address, 30),
        "close": lambda: one.close_channel.begin(token, other.address),
        "close back": lambda: other.close_channel.begin(token, one.address),
        "withdraw": lambda: one.withdraw.begin(token, other.address, 40),
        "deposit": lambda: other.deposit.begin(token, one.address, 150),
        "leave": lambda: other.leave.begin(token),
    }
    for act, pause in zip([*acts, "close"], [*pauses, 0], strict=True):
        calls.append((act, begin[act]()))
        net.advance(seconds=pause)
    net.run_until_idle()
    paid = sum(20 for act, call in calls if act == "pay" and call.error is None)
    paid -= sum(30 for act, call in calls if act == "back" and call.error is None)
    assert all(call.done for _, call in calls)
    assert one.channels() == other.channels() == []
    assert wallets(net) == [WALLET - paid, WALLET + paid]
    assert happened(net, "InvalidMessage", "InternalError", "InvariantBroken") == []
    net.check_invariants()


def test_who_leaves_settles_all_its_channels_at_the_same_time() -> None:
    net = with_channels(4, [(0, 1), (0, 2), (0, 3)], dialects=[Dialect.BESPIN])
    node = net.node(0)
    for index in (1, 2):
        node.pay(net.token, net.node(index).address, 10 * index)
    before = net.block_number
    assert sorted(node.leave(net.token)) == sorted(net.node(i).address for i in (1, 2, 3))
    assert net.block_number == before + 1
    assert functions(net) == {"cooperativeSettle": 3}
    assert wallets(net) == [WALLET - 30, WALLET + 10, WALLET + 20, WALLET]
    net.check_invariants()


def test_who_leaves_closes_what_it_can_not_settle() -> None:
    dialects = [Dialect.BESPIN, Dialect.BESPIN, Dialect.RED_EYES, Dialect.BESPIN]
    net = with_channels(4, [(0, 1), (0, 2), (0, 3)], dialects=dialects)
    node = net.node(0)
    net.divide([0], [3])
    partners = node.leave(net.token)
    assert len(partners) == 3
    assert functions(net) == {"cooperativeSettle": 1, "closeChannel": 2, "settleChannel": 2}
    assert wallets(net) == [WALLET] * 4
    net.divide()
    net.run_until_idle()
    net.check_invariants()


def test_two_that_leave_at_once_settle_their_channel_once() -> None:
    net, one, other = two()
    calls = [node.leave.begin(net.token) for node in (one, other)]
    net.run_until_idle()
    assert [call.result() for call in calls] == [[other.address], [one.address]]
    assert len(happened(net, "ChannelSettled")) == 1
    assert reasons(net) == []
    assert wallets(net) == [WALLET, WALLET]


def test_a_leave_whose_settlement_fails_closes_the_channel_itself() -> None:
    net, one, other = two()
    net.set_fault(0, "fail", 1)
    assert one.leave(net.token) == [other.address]
    assert wallets(net) == [WALLET, WALLET]
    net.check_invariants()


def test_a_leave_that_can_neither_settle_nor_close_says_so() -> None:
    net, one, other = two()
    net.set_fault(0, "fail", 20)
    with pytest.raises(SimulatorError, match="closeChannel"):
        one.leave(net.token)
    net.run_until_idle()
    assert one.leave(net.token) == [other.address]
    assert wallets(net) == [WALLET, WALLET]
    net.check_invariants()


def test_messages_are_counted_as_real_nodes_answer_them() -> None:
    net, one, other = two()
    one.close_channel(net.token, other.address)
    counts = net._simulation.world.transport.counts
    assert counts["WithdrawRequest"] == counts["WithdrawConfirmation"] == 2
    assert counts["Processed"] == 2
