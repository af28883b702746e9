"""A node that loses its disk: what it costs, and that it costs nobody else anything."""

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from simulator.node.dialects import Dialect
from simulator.node.membership import Mode
from simulator.testnet.testnet import Testnet
from simulator.words.errors import PaymentUnsuccessful
from simulator.words.options import Check
from tests.examples import examples
from tests.payments.worlds import (
    DEPOSIT,
    WALLET,
    balances,
    chain_of,
    close_all,
    happened,
    wallets,
)

SECRET_HASH = b"\x11" * 32


def pay(net: Testnet, payer: int, payee: int, amount: int) -> None:
    net.node(payer).pay(net.token, net.node(payee).address, amount)
    net.run_until_idle()


def forgetful(**options: Any) -> Testnet:
    """Return two nodes of which the second has forgotten 20 tokens that it got and 5 that it paid.

    It was paid 30 before its last back-up.
    """
    net = chain_of(2, **options)
    net._simulation.watch(Check.EVERY_MESSAGE)
    net.node(1).back_up()
    pay(net, 0, 1, 30)
    net.node(1).back_up()
    pay(net, 0, 1, 20)
    pay(net, 1, 0, 5)
    net.node(1).lose_disk()
    net.node(1).start()
    net.run_until_idle()
    return net


def test_it_comes_back_with_its_last_back_up() -> None:
    net = forgetful()
    assert (balances(net, 0), balances(net, 1)) == ([DEPOSIT - 45], [DEPOSIT + 30])
    assert [(one.event, one.amount) for one in net.node(1).payments()] == [
        ("EventPaymentReceivedSuccess", 30)
    ]
    assert len(happened(net, "DiskBackedUp")) == 2
    assert [entry["node"] for entry in happened(net, "DiskLost")] == [net.node(1).address]
    net.check_invariants()


@pytest.mark.parametrize("payer", [0, 1])
def test_its_channel_carries_nothing_any_more(payer: int) -> None:
    """Whoever pays: what one says does not follow from what the other knows."""
    net = forgetful()
    with pytest.raises(PaymentUnsuccessful, match="lock expired"):
        net.node(payer).pay(net.token, net.node(1 - payer).address, 1)
    net.run_until_idle()
    told = happened(net, "InvalidMessage")
    assert [entry["message"] for entry in told] == ["LockedTransfer", "LockExpired"]
    assert {entry["node"] for entry in told} == {net.node(1 - payer).address}
    assert {entry["reason"] for entry in told} == {
        "its balance proof is not what follows from the last one",
        "it removes what was not locked",
    }
    assert net._simulation.world.transport.is_quiet(*net._simulation.world.members)
    net.check_invariants()
    assert net._simulation.world.broken == []


@pytest.mark.parametrize("engine", ["model", "pyevm"])
@pytest.mark.parametrize("closer", [0, 1])
def test_it_loses_what_it_was_paid_since_then_and_nothing_else(engine: str, closer: int) -> None:
    net = forgetful(engine=engine)
    net.node(closer).close_channel(net.token, net.node(1 - closer).address)
    net.run_until_idle()
    assert wallets(net) == [WALLET - 30 + 5, WALLET + 30 - 5]
    net.check_invariants()
    assert net._simulation.world.broken == []


def test_the_partner_settles_what_it_can_not() -> None:
    """It closes, and does not know any more what the partner shows then."""
    net = forgetful()
    net.node(1).close_channel(net.token, net.node(0).address)
    net.run_until_idle()
    settled = [e for e in happened(net, "TransactionSent") if e["name"] == "settleChannel"]
    assert [entry["sender"] for entry in settled] == [net.node(0).address]


def test_its_leave_waits_for_the_partner() -> None:
    net = forgetful()
    assert net.node(1).leave(net.token) == [net.node(0).address]
    assert wallets(net) == [WALLET - 30 + 5, WALLET + 30 - 5]


def test_without_a_back_up_it_knows_nothing_but_the_chain() -> None:
    net = chain_of(3)
    pay(net, 0, 2, 30)
    pay(net, 2, 1, 10)
    net.node(1).lose_disk()
    assert not net.node(1).online
    net.node(1).start()
    net.run_until_idle()
    assert balances(net, 1) == [DEPOSIT, DEPOSIT]
    assert net.node(1).payments() == []
    close_all(net)
    assert wallets(net) == [WALLET, WALLET - 30, WALLET + 30]  # 30 and 10 it was paid, 30 it paid


def test_a_disk_on_which_everything_is_costs_nothing() -> None:
    net = chain_of(3)
    net.set_messages(delay_seconds=4)
    call = net.node(0).pay.begin(net.token, net.node(2).address, 30)
    net.advance(seconds=10)
    net.node(1).back_up()
    net.node(1).lose_disk()
    net.node(1).start()
    net.run_until_idle()
    assert call.result().amount == 30
    pay(net, 2, 0, 10)
    net.check_invariants()
    close_all(net)
    assert wallets(net) == [WALLET - 20, WALLET, WALLET + 20]
    assert happened(net, "InvalidMessage") == []


def test_new_channels_of_it_are_as_good_as_any() -> None:
    net = forgetful()
    net.node(1).close_channel(net.token, net.node(0).address)
    net.run_until_idle()
    net.node(0).open_channel(net.token, net.node(1).address, DEPOSIT)
    pay(net, 0, 1, 60)
    pay(net, 1, 0, 10)
    assert (balances(net, 0), balances(net, 1)) == ([DEPOSIT - 50], [50])
    net.check_invariants()


@pytest.mark.parametrize("backed_up", [True, False])
def test_its_locks_are_lost_unless_the_back_up_has_them(*, backed_up: bool) -> None:
    """Nobody else can tell it the list of locks that the contract keeps tokens for."""
    net = chain_of(2)
    pay(net, 0, 1, 1)
    if not backed_up:
        net.node(0).back_up()
    net.node(0).pay.begin(net.token, net.node(1).address, 30, secret_hash=SECRET_HASH)
    net.advance(blocks=1)
    if backed_up:
        net.node(0).back_up()
    net.node(1).close_channel(net.token, net.node(0).address)
    net.node(0).lose_disk()
    net.node(0).start()
    net.run_until_idle()
    assert wallets(net) == [WALLET - 1 - 30 * (not backed_up), WALLET + 1]
    assert len(happened(net, "Unlocked")) == backed_up
    net.check_invariants()


def test_locks_of_settled_channels_are_lost_too() -> None:
    net = chain_of(2)
    net.node(0).back_up()
    net.node(0).pay.begin(net.token, net.node(1).address, 30, secret_hash=SECRET_HASH)
    net.advance(blocks=1)
    net.node(1).close_channel(net.token, net.node(0).address)
    net.node(0).stop()
    net.run_until_idle()
    net.node(0).lose_disk()
    net.node(0).start()
    net.run_until_idle()
    assert wallets(net) == [WALLET - 30, WALLET]
    net.check_invariants()


def funded(net: Testnet) -> int:
    return sum(deposit > 0 for deposit in net.node(0).deposits(net.token).values())


@pytest.mark.parametrize("backed_up", [True, False])
def test_it_takes_part_as_its_back_up_says(*, backed_up: bool) -> None:
    net = Testnet(4, seed=2, engine="model", token_balance=100)
    for node in net.nodes[:3]:
        node.join(net.token, 100, initial_channel_target=3)
    net.run_until_idle()
    if backed_up:
        net.node(0).back_up()
    net.node(0).lose_disk()
    net.node(0).start()
    assert net.node(0)._node.managers()[0].membership.mode is (
        Mode.CONNECTED if backed_up else Mode.IDLE
    )
    net.node(3).join(net.token, 100, initial_channel_target=1)
    net.run_until_idle()
    assert funded(net) == 2 + backed_up


def test_a_leave_in_progress_is_forgotten() -> None:
    net = Testnet(3, seed=2, engine="model", token_balance=100)
    for node in net.nodes:
        node.join(net.token, 100, initial_channel_target=2)
    net.run_until_idle()
    net.node(0).back_up()
    leave = net.node(0).leave.begin(net.token)
    net.advance(seconds=1)
    net.node(0).lose_disk()
    net.node(0).start()
    net.run_until_idle()
    assert leave.error is not None
    assert net.node(0)._node.managers()[0].membership.mode is Mode.CONNECTED
    assert funded(net) == 2


def test_what_a_call_has_changed_is_forgotten_with_what_was_answered_before_it() -> None:
    net = Testnet(3, seed=2, engine="model", token_balance=100)
    net.node(0).back_up()
    for node in net.nodes:
        node.join(net.token, 100, initial_channel_target=2)
    leave = net.node(0).leave.begin(net.token)
    net.advance(seconds=1)
    net.node(0).lose_disk()
    net.node(0).start()
    net.run_until_idle()
    assert leave.error is not None
    assert net.node(0)._node.managers()[0].membership.mode is Mode.IDLE


amounts = st.lists(st.tuples(st.integers(0, 2), st.integers(1, 20)), max_size=8)


@examples(40)
@given(amounts, amounts, st.integers(0, 2), st.booleans())
def test_what_it_costs_is_what_it_was_paid_since_its_back_up(
    before: list[tuple[int, int]], since: list[tuple[int, int]], loser: int, first: bool
) -> None:
    """Whatever was paid, and whoever closes: its partners have what they should have."""
    net = chain_of(3)
    net._simulation.watch(Check.EVERY_MESSAGE)
    earned = [0, 0, 0]
    lost: dict[tuple[int, int], int] = {}
    sent: dict[tuple[int, int], int] = {}

    def move(payer: int, payee: int, amount: int) -> None:
        call = net.node(payer).pay.begin(net.token, net.node(payee).address, amount)
        net.run_until_idle()
        if call.error is None:
            earned[payer] -= amount
            earned[payee] += amount
            way = range(payer, payee, 1 if payer < payee else -1)
            for here in way:
                there = here + (1 if payer < payee else -1)
                if there == loser:
                    lost[here, there] = lost.get((here, there), 0) + amount
                elif here == loser:
                    sent[here, there] = sent.get((here, there), 0) + amount

    for payer, amount in before:
        move(payer, (payer + 1) % 3, amount)
    net.node(loser).back_up()
    lost.clear()
    for payer, amount in since:
        move(payer, (payer + 1) % 3, amount)
    # without what it was paid it may owe more than it has in a channel, and nobody can take that
    assume(all(amount <= DEPOSIT for amount in sent.values()))
    net.node(loser).lose_disk()
    net.node(loser).start()
    if first:
        net.node(loser).leave(net.token)
    close_all(net)
    due = [WALLET + more for more in earned]
    due[loser] -= sum(lost.values())
    for (partner, _), amount in lost.items():
        due[partner] += amount
    assert wallets(net) == due
    assert not net._simulation.world.broken


@pytest.mark.parametrize("backed_up", [True, False])
def test_withdraws_go_on_if_the_back_up_has_them(*, backed_up: bool) -> None:
    net = chain_of(2)
    net.set_messages(delay_seconds=4)
    pay(net, 0, 1, 30)
    withdraw = net.node(1).withdraw.begin(net.token, net.node(0).address, 50)
    net.advance(seconds=5)
    if backed_up:
        net.node(1).back_up()
    net.node(1).lose_disk()
    net.node(1).start()
    net.run_until_idle()
    assert withdraw.error is not None
    assert net.node(1).balance(net.token) == WALLET - DEPOSIT + 50 * backed_up
    close_all(net)
    assert wallets(net) == ([WALLET - 30, WALLET + 30] if backed_up else [WALLET, WALLET])
    net.check_invariants()


def test_channels_are_not_settled_together_with_somebody_who_has_forgotten() -> None:
    net = forgetful(dialects=[Dialect.BESPIN])
    net.node(0).close_channel(net.token, net.node(1).address)
    net.run_until_idle()
    assert len(happened(net, "ChannelClosed")) == 1
    assert wallets(net) == [WALLET - 30 + 5, WALLET + 30 - 5]
    net.check_invariants()


def test_it_does_not_settle_by_another_message_of_the_same_number() -> None:
    """What it has said since then has the numbers of what it has forgotten."""
    net = forgetful()
    with pytest.raises(PaymentUnsuccessful):
        net.node(1).pay(net.token, net.node(0).address, 7)
    net.node(1).close_channel(net.token, net.node(0).address)
    net.run_until_idle()
    assert wallets(net) == [WALLET - 30 + 5, WALLET + 30 - 5]
    ended = [e for e in happened(net, "TransactionFinished") if e["name"] == "settleChannel"]
    assert [(e["sender"], e["status"]) for e in ended] == [(net.node(0).address, "mined")]
