"""Closes that show an old balance proof, and nodes that take locks and say nothing."""

import hashlib

import pytest

from simulator.node.dialects import Dialect
from simulator.testnet.testnet import Testnet
from simulator.words.errors import InvalidRequest, PaymentUnsuccessful
from tests.payments.worlds import (
    DEPOSIT,
    WALLET,
    balances,
    chain_of,
    close_all,
    happened,
    wallets,
)

SECRETS = [bytes([number]) * 32 for number in (1, 2)]
HASHES = [hashlib.sha256(secret).digest() for secret in SECRETS]
ENGINES = ["model", "pyevm"]
SEALED = (Dialect.BESPIN, 2)
"""A target that finds the secret in the message has no need to ask."""


def paid_both_ways(engine: str = "model") -> Testnet:
    """Return two nodes: the first has paid 60 in three steps, the second 15 in two."""
    net = chain_of(2, engine=engine)
    for payer, amount in [(0, 10), (1, 5), (0, 20), (1, 10), (0, 30)]:
        net.node(payer).pay(net.token, net.node(1 - payer).address, amount)
    net.run_until_idle()
    return net


def close(net: Testnet, closer: int, proofs_back: int) -> None:
    partner = net.node(1 - closer).address
    net.node(closer).close_channel(net.token, partner, proofs_back=proofs_back)
    net.run_until_idle()


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("closer", [0, 1])
def test_a_close_shows_the_newest_proof(engine: str, closer: int) -> None:
    net = paid_both_ways(engine)
    close(net, closer, 0)
    assert wallets(net) == [WALLET - 45, WALLET + 45]
    assert happened(net, "OldProofShown") == []


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("back", [1, 2, 3, 100])
def test_who_shows_an_old_proof_loses_what_he_was_paid_since(engine: str, back: int) -> None:
    """Each payment is a lock and an unlock, of which a lock can't be claimed without its secret."""
    net = paid_both_ways(engine)
    close(net, 1, back)
    unpaid = {1: 30, 2: 30, 3: 50, 100: 60}[back]
    assert wallets(net) == [WALLET - 45 + unpaid, WALLET + 45 - unpaid]
    (told,) = happened(net, "OldProofShown")
    assert (told["node"], told["partner"]) == (net.node(1).address, net.node(0).address)
    assert [entry["nonce"] for entry in happened(net, "BalanceProofUpdated")] == [4]
    net.check_invariants()


@pytest.mark.parametrize("engine", ENGINES)
def test_the_partner_updates_so_that_a_cheat_does_not_get_back_what_he_paid(engine: str) -> None:
    """He shows nothing, as if nobody had ever paid."""
    net = chain_of(2, engine=engine)
    net.node(1).pay(net.token, net.node(0).address, 40)
    close(net, 1, 1)
    assert wallets(net) == [WALLET + 40, WALLET - 40]


def test_who_is_stopped_until_the_end_can_be_cheated() -> None:
    net = chain_of(2)
    net.node(1).pay(net.token, net.node(0).address, 40)
    net.node(0).stop()
    close(net, 1, 1)
    net.node(0).start()
    net.run_until_idle()
    assert wallets(net) == [WALLET, WALLET]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_lock_that_was_paid_off_the_chain_and_claimed_on_it_can_be_kept(engine: str) -> None:
    """What no contract prevents: one lock counts twice, at the cost of another that has expired."""
    net = Testnet(2, engine=engine, token_balance=30)
    net.node(0).open_channel(net.token, net.node(1).address, 30)
    net.node(0).pay.begin(net.token, net.node(1).address, 10, secret_hash=HASHES[0])
    expires = net.node(0).pay.begin(net.token, net.node(1).address, 20, secret_hash=HASHES[1])
    net.advance(blocks=1)
    net.register_secret(1, SECRETS[0])
    net.run_until_idle()
    assert expires.error is not None
    net.node(1).pay(net.token, net.node(0).address, 10)
    assert (balances(net, 0), balances(net, 1)) == ([30], [0])
    close(net, 1, 2)
    (unlocked,) = happened(net, "Unlocked")
    assert (unlocked["unlocked_amount"], unlocked["returned_amount"]) == (10, 10)
    assert wallets(net) == [20, 40]
    net.check_invariants()


def test_a_proof_can_not_be_newer_than_the_newest() -> None:
    net = paid_both_ways()
    with pytest.raises(InvalidRequest, match="proofs_back: can't be negative"):
        close(net, 1, -1)
    with pytest.raises(InvalidRequest, match="proofs_back"):
        net.node(1).close_channel(net.token, net.node(0).address, proofs_back="1")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("dialect", "silent"),
    [(dialect, silent) for dialect in Dialect for silent in (1, 2) if (dialect, silent) != SEALED],
)
def test_a_payment_through_a_silent_node_fails_when_its_lock_expires(
    dialect: Dialect, silent: int
) -> None:
    """The mediator takes the lock and does not pass it on; the target does not answer."""
    net = chain_of(3, dialects=[dialect])
    net.silence(silent)
    call = net.node(0).pay.begin(net.token, net.node(2).address, 30)
    net.advance(blocks=2)
    taken = net.node(silent).pending_transfers()
    assert [transfer.role for transfer in taken] == ["mediator" if silent == 1 else "target"]
    with pytest.raises(PaymentUnsuccessful, match="lock expired"):
        call.result()
    net.run_until_idle()
    assert balances(net, 0) == [DEPOSIT]
    net.silence()
    net.run_until_idle()
    net.check_invariants()
    close_all(net)
    assert wallets(net) == [WALLET] * 3


def test_a_silent_target_that_knows_the_secret_takes_it_to_the_chain() -> None:
    net = chain_of(3, dialects=[Dialect.BESPIN])
    net.silence(2)
    call = net.node(0).pay.begin(net.token, net.node(2).address, 30)
    net.run_until_idle()
    assert call.result().amount == 30
    assert len(happened(net, "SecretRegistered")) == 1
    assert balances(net, 2) == [DEPOSIT + 30]


@pytest.mark.parametrize("delay", [0, 4])
def test_what_a_silent_node_has_to_say_waits(delay: int) -> None:
    net = chain_of(3)
    net.set_messages(delay_seconds=delay)
    net.silence(1)
    call = net.node(0).pay.begin(net.token, net.node(2).address, 30)
    net.advance(blocks=3)
    assert not call.done
    net.silence(0)
    net.advance(blocks=3)
    assert not call.done
    net.silence()
    net.run_until_idle()
    assert call.result().amount == 30
    assert len(happened(net, "NodesSilenced")) == 3


def test_anybody_can_register_a_secret() -> None:
    net = chain_of(2)
    net.register_secret(0, SECRETS[0])
    (told,) = happened(net, "SecretRegistered")
    assert told["secret"] == "0x" + SECRETS[0].hex()
    with pytest.raises(InvalidRequest, match="must have 32 bytes, not 3"):
        net.register_secret(0, b"abc")
