"""Payments that succeed: who has what, off the chain and after everything is settled."""

import hashlib

import pytest

from simulator.node.dialects import Dialect
from simulator.node.settings import Settings
from simulator.words.errors import ConfigurationError, InvalidRequest, PaymentUnsuccessful
from tests.payments.worlds import (
    DEPOSIT,
    WALLET,
    balances,
    chain_of,
    close_all,
    happened,
    wallets,
)


@pytest.mark.parametrize("engine", ["model", "pyevm"])
@pytest.mark.parametrize("closer", [0, 1])
def test_a_direct_payment_is_settled_to_the_unit_whoever_closes(engine: str, closer: int) -> None:
    net = chain_of(2, engine=engine)
    node, other = net.node(0), net.node(1)
    paid = node.pay(net.token, other.address, 30)
    assert (paid.initiator, paid.target, paid.amount) == (node.address, other.address, 30)
    assert hashlib.sha256(paid.secret).digest() == paid.secret_hash
    other.pay(net.token, node.address, 7)
    assert [balances(net, 0), balances(net, 1)] == [[77], [123]]
    net.node(closer).close_channel(net.token, net.node(1 - closer).address)
    net.run_until_idle()
    assert wallets(net) == [WALLET - 23, WALLET + 23]
    net.check_invariants()


@pytest.mark.parametrize("settler", [0, 1])
def test_whichever_end_settles_the_other_has_shown_its_proof(settler: int) -> None:
    net = chain_of(2)
    net.node(0).pay(net.token, net.node(1).address, 30)
    net.node(1).pay(net.token, net.node(0).address, 10)
    net.node(0).close_channel(net.token, net.node(1).address)
    net.advance(blocks=3)
    assert happened(net, "BalanceProofUpdated")
    net.node(1 - settler).stop()
    net.run_until_idle()
    assert wallets(net) == [WALLET - 20, WALLET + 20]


def test_an_end_that_was_stopped_shows_its_proof_when_it_starts() -> None:
    net = chain_of(2)
    net.node(0).pay(net.token, net.node(1).address, 30)
    net.node(1).stop()
    net.node(0).close_channel(net.token, net.node(1).address)
    net.advance(blocks=10)
    net.node(1).start()
    net.run_until_idle()
    assert wallets(net) == [WALLET - 30, WALLET + 30]


def test_who_was_away_for_too_long_starts_with_the_proof_and_settles_then() -> None:
    """A settlement that comes before the proof would cost 30 tokens."""
    net = chain_of(2)
    net.node(0).pay(net.token, net.node(1).address, 30)
    net.node(1).stop()
    net.node(0).close_channel(net.token, net.node(1).address)
    net.node(0).stop()
    net.advance(blocks=50)
    net.node(1).start()
    net.run_until_idle()
    assert wallets(net) == [WALLET - 30, WALLET + 30]
    assert {entry["status"] for entry in happened(net, "TransactionFinished")} == {"mined"}


@pytest.mark.parametrize("dialect", Dialect)
@pytest.mark.parametrize("hops", [1, 3])
def test_a_payment_over_mediators_costs_them_nothing(dialect: Dialect, hops: int) -> None:
    net = chain_of(hops + 1, dialects=[dialect])
    net.node(0).pay(net.token, net.node(hops).address, 25)
    for index in range(hops):
        assert balances(net, index)[-1] == DEPOSIT - 25
        assert balances(net, index + 1)[0] == DEPOSIT + 25
    assert sum(channel.locked for node in net.nodes for channel in node.channels()) == 0
    close_all(net)
    between = [WALLET] * (hops - 1)
    assert wallets(net) == [WALLET - 25, *between, WALLET + 25]


@pytest.mark.parametrize("dialect", Dialect)
@pytest.mark.parametrize("hops", [1, 2, 3])
def test_a_payment_takes_the_messages_of_its_generation(dialect: Dialect, hops: int) -> None:
    net = chain_of(hops + 1, dialects=[dialect])
    net.node(0).pay(net.token, net.node(hops).address, 25)
    counts = net._simulation.world.transport.counts
    assert counts["LockedTransfer"] == counts["Unlock"] == hops
    sealed = dialect is Dialect.BESPIN
    assert counts["SecretRequest"] == (0 if sealed else 1)
    assert counts["RevealSecret"] == (hops if sealed else hops + 1)
    assert counts["Processed"] == 2 * hops
    everything = 3 * hops if sealed else 3 * hops + 2
    assert counts["Delivered"] == everything + counts["Processed"]


def test_both_ends_remember_a_payment() -> None:
    net = chain_of(3)
    net.node(0).pay(net.token, net.node(2).address, 25, identifier=77)
    (sent,), (received,) = net.node(0).payments(), net.node(2).payments()
    assert (sent.event, sent.other) == ("EventPaymentSentSuccess", net.node(2).address)
    assert (received.event, received.other) == ("EventPaymentReceivedSuccess", net.node(0).address)
    assert sent.identifier == received.identifier == 77
    assert sent.amount == received.amount == 25
    assert not net.node(1).payments()


def test_the_same_seed_gives_the_same_secrets_and_identifiers() -> None:
    nets = [chain_of(2) for _ in range(2)]
    paid = [net.node(0).pay(net.token, net.node(1).address, 5) for net in nets]
    assert paid[0] == paid[1]
    assert nets[0].digest == nets[1].digest
    again = nets[0].node(0).pay(nets[0].token, nets[0].node(1).address, 5)
    assert (again.identifier, again.secret) != (paid[0].identifier, paid[0].secret)


def test_pending_transfers_name_the_role_of_each_node() -> None:
    net = chain_of(3)
    target = net.node(2).address
    net.node(0).pay.begin(net.token, target, 25, identifier=77, secret_hash=bytes(32))
    net.advance(blocks=1)
    found = [node.pending_transfers(net.token) for node in net.nodes]
    assert [[one.role for one in some] for some in found] == [
        ["initiator"],
        ["mediator"],
        ["target"],
    ]
    for (one,) in found:
        assert (one.identifier, one.locked) == (77, 25)
        assert (one.initiator, one.target) == (net.node(0).address, target)
    net.run_until_idle()
    assert not any(node.pending_transfers() for node in net.nodes)


def test_a_leave_stops_no_payment_on_its_way_and_lets_none_begin() -> None:
    net = chain_of(3)
    pending = net.node(0).pay.begin(net.token, net.node(2).address, 25, secret_hash=bytes(32))
    net.advance(blocks=1)
    leave = net.node(1).leave.begin(net.token)
    net.advance(seconds=1)
    with pytest.raises(PaymentUnsuccessful):
        net.node(0).pay(net.token, net.node(2).address, 1)
    net.run_until_idle()
    assert isinstance(pending.error, PaymentUnsuccessful)
    assert len(leave.result()) == 2
    assert wallets(net) == [WALLET] * 3


@pytest.mark.parametrize("engine", ["model", "pyevm"])
def test_both_ends_may_close_in_one_block_and_either_call_succeeds(engine: str) -> None:
    net = chain_of(2, engine=engine)
    ends = net.node(0), net.node(1)
    ends[0].pay(net.token, ends[1].address, 30)
    calls = [
        end.close_channel.begin(net.token, other.address) for end, other in (ends, reversed(ends))
    ]
    net.run_until_idle()
    assert [call.error for call in calls] == [None, None]
    assert wallets(net) == [WALLET - 30, WALLET + 30]


def test_the_reveal_timeout_is_chosen_within_what_is_safe() -> None:
    net = chain_of(2, settle=20, confirmations=3)
    node, other = net.node(0), net.node(1).address
    for wrong in (4, 11):
        with pytest.raises(InvalidRequest, match=r"5 \(with 3 confirmations\) to 10 blocks"):
            node.set_reveal_timeout(net.token, other, wrong)
    node.set_reveal_timeout(net.token, other, 5)
    with pytest.raises(PaymentUnsuccessful, match="lock expired"):
        node.pay(net.token, other, 10)  # the target wants ten blocks, and keeps silent
    net.node(1).set_reveal_timeout(net.token, node.address, 5)
    node.pay(net.token, other, 10)
    _, lock = happened(net, "TransferLocked")
    assert lock["expiration"] == net.block_number - 3 + 2 * 5 - 1


@pytest.mark.parametrize(("settle", "confirmations"), [(13, 5), (500, 49)])
def test_a_world_in_which_secrets_may_come_too_late_is_refused(
    settle: int, confirmations: int
) -> None:
    with pytest.raises(ConfigurationError, match="confirmation_blocks"):
        Settings(settle_timeout_blocks=settle, confirmation_blocks=confirmations)
    Settings(settle_timeout_blocks=settle + 1, confirmation_blocks=min(confirmations - 1, 48))
