"""Payments that don't end off the chain: locks that expire, and secrets that are registered."""

import hashlib

import pytest

from simulator.node.dialects import Dialect
from simulator.testnet.testnet import Testnet
from simulator.words.errors import PaymentUnsuccessful
from simulator.words.events import SecretRevealed
from tests.payments.worlds import (
    DEPOSIT,
    WALLET,
    balances,
    chain_of,
    close_all,
    happened,
    wallets,
)

SECRET = b"\x07" * 32
HASH = hashlib.sha256(SECRET).digest()
REVEAL = 10
"""Half of the settle timeout of the worlds here."""


def locked(net: Testnet) -> list[int]:
    return [channel.locked for node in net.nodes for channel in node.channels(net.token)]


@pytest.mark.parametrize("dialect", Dialect)
def test_a_payment_to_somebody_silent_fails_ten_blocks_after_its_lock(dialect: Dialect) -> None:
    """The secret is nobody's: the target asks, and gets no answer."""
    net = chain_of(3, dialects=[dialect])
    call = net.node(0).pay.begin(net.token, net.node(2).address, 25, secret_hash=HASH)
    net.advance(blocks=1)
    assert locked(net) == [25, 0, 25, 0]
    (first, *_) = happened(net, "TransferLocked")
    with pytest.raises(PaymentUnsuccessful, match="lock expired, despite receiving secret request"):
        call.result()
    assert net.block_number == first["expiration"] + 10
    net.run_until_idle()
    assert locked(net) == [0, 0, 0, 0]
    assert len(happened(net, "TransferExpired")) == 2
    assert balances(net, 1) == [DEPOSIT, DEPOSIT]
    close_all(net)
    assert wallets(net) == [WALLET] * 3


def test_by_default_a_payment_is_stuck_for_109_blocks() -> None:
    net = chain_of(2, settle=500)
    net.node(0).pay.begin(net.token, net.node(1).address, 30, secret_hash=HASH)
    began = net.block_number
    net.run_until_idle()
    assert net.block_number == began + 99 + 10


def register(net: Testnet, index: int, secret: bytes) -> None:
    """Let somebody register a secret, in the next block."""
    world = net._simulation.world
    registry = world.secrets.registry
    assert registry is not None
    world.mempool.submit([registry.register(net._simulation.nodes[index].address, [secret])])


@pytest.mark.parametrize("engine", ["model", "pyevm"])
@pytest.mark.parametrize(("early", "paid"), [(1, True), (0, False)])
def test_a_secret_counts_if_it_is_on_the_chain_before_the_lock_expires(
    engine: str, early: int, *, paid: bool
) -> None:
    net = chain_of(3, engine=engine)
    call = net.node(0).pay.begin(net.token, net.node(2).address, 30, secret_hash=HASH)
    net.advance(seconds=0.001)
    expiration = happened(net, "TransferLocked")[0]["expiration"]
    net.advance(blocks=expiration - early - 1 - net.block_number)
    register(net, 0, SECRET)
    net.run_until_idle()
    assert happened(net, "SecretRegistered")[0]["block"] == expiration - early
    assert (call.error is None) is paid
    assert balances(net, 0) == [DEPOSIT - 30 * paid]
    assert balances(net, 2) == [DEPOSIT + 30 * paid]
    assert locked(net) == [0, 0, 0, 0]
    close_all(net)
    assert wallets(net) == [WALLET - 30 * paid, WALLET, WALLET + 30 * paid]


@pytest.mark.parametrize("engine", ["model", "pyevm"])
def test_who_knows_the_secret_and_is_not_paid_registers_it_in_time(engine: str) -> None:
    """The payer of the target is gone for a while, after it has passed the lock on."""
    net = chain_of(3, engine=engine)
    net._simulation.journal.subscribe(lambda _: net.node(1).stop(), SecretRevealed)
    call = net.node(0).pay.begin(net.token, net.node(2).address, 30, secret=SECRET)
    net.advance(blocks=1)
    expiration = happened(net, "TransferLocked")[0]["expiration"]
    net.advance(blocks=expiration - REVEAL - net.block_number + 1)
    (registered,) = happened(net, "SecretRegistered")
    assert registered["block"] == expiration - REVEAL + 1
    net.node(1).start()
    net.run_until_idle()
    assert call.result().secret == SECRET
    assert balances(net, 1) == [DEPOSIT + 30, DEPOSIT - 30]
    close_all(net)
    assert wallets(net) == [WALLET - 30, WALLET, WALLET + 30]


@pytest.mark.parametrize("engine", ["model", "pyevm"])
@pytest.mark.parametrize("registered", [True, False])
def test_what_is_pending_when_a_channel_closes_is_unlocked_on_the_chain(
    engine: str, *, registered: bool
) -> None:
    net = chain_of(2, engine=engine)
    call = net.node(0).pay.begin(net.token, net.node(1).address, 30, secret_hash=HASH)
    net.advance(blocks=1)
    net.node(0).close_channel(net.token, net.node(1).address)
    if registered:
        register(net, 1, SECRET)
    net.run_until_idle()
    assert (call.error is None) is registered
    (unlocked,) = happened(net, "Unlocked")
    amounts = (unlocked["unlocked_amount"], unlocked["returned_amount"])
    assert amounts == ((30, 0) if registered else (0, 30))
    assert wallets(net) == [WALLET - 30 * registered, WALLET + 30 * registered]
    events = [entry.event for entry in net.node(1).payments()]
    assert events == ["EventPaymentReceivedSuccess"] * registered
    net.check_invariants()


def test_where_both_gain_one_unlocks_and_both_get_their_part() -> None:
    net = chain_of(2)
    for amount, secret in [(10, SECRET), (20, b"\x08" * 32)]:
        hashed = hashlib.sha256(secret).digest()
        net.node(0).pay.begin(net.token, net.node(1).address, amount, secret_hash=hashed)
    net.advance(blocks=1)
    net.node(0).close_channel(net.token, net.node(1).address)
    register(net, 1, SECRET)
    net.run_until_idle()
    (unlocked,) = happened(net, "Unlocked")
    assert (unlocked["unlocked_amount"], unlocked["returned_amount"]) == (10, 20)
    assert wallets(net) == [WALLET - 10, WALLET + 10]
    finished = [e for e in happened(net, "TransactionFinished") if e["name"] == "unlock"]
    assert [entry["status"] for entry in finished] == ["mined"]


@pytest.mark.parametrize("stopped", [0, 1])
def test_who_gains_and_was_stopped_unlocks_when_it_starts(stopped: int) -> None:
    net = chain_of(2)
    net.node(0).pay.begin(net.token, net.node(1).address, 30, secret_hash=HASH)
    net.advance(blocks=1)
    net.node(0).close_channel(net.token, net.node(1).address)
    if stopped == 1:
        register(net, 0, SECRET)
    net.advance(blocks=3)
    net.node(stopped).stop()
    net.run_until_idle()
    assert not happened(net, "Unlocked")
    net.node(stopped).start()
    net.run_until_idle()
    assert wallets(net) == ([WALLET, WALLET] if stopped == 0 else [WALLET - 30, WALLET + 30])


def test_a_leave_waits_for_what_it_gains_from_pending_locks() -> None:
    net = chain_of(2)
    net.node(0).pay.begin(net.token, net.node(1).address, 30, secret_hash=HASH)
    net.advance(blocks=1)
    net.node(0).leave(net.token)
    assert wallets(net) == [WALLET, WALLET]


def test_an_unlock_that_is_lost_in_a_crash_is_sent_again() -> None:
    net = chain_of(2)
    net.node(0).pay.begin(net.token, net.node(1).address, 30, secret_hash=HASH)
    net.advance(blocks=1)
    net.node(1).close_channel(net.token, net.node(0).address)
    net.node(0).crash()
    net.run_until_idle()
    net.node(0).start()
    net.advance(seconds=1)
    net.node(0).crash()
    net.run_until_idle()
    assert not happened(net, "Unlocked")
    net.node(0).start()
    net.run_until_idle()
    assert wallets(net) == [WALLET, WALLET]


def test_a_secret_that_a_crash_has_kept_from_the_chain_is_registered_later() -> None:
    """The target's payer is silent; the target crashes right after it has sent the secret."""
    net = chain_of(2)
    net.set_messages(delay_seconds=2)
    net.node(0).pay.begin(net.token, net.node(1).address, 30, secret=SECRET)
    net.advance(seconds=7)
    net.silence(0)
    net.run_until_idle()
    (registered,) = happened(net, "SecretRegistered")
    again = chain_of(2)
    again.set_messages(delay_seconds=2)
    call = again.node(0).pay.begin(again.token, again.node(1).address, 30, secret=SECRET)
    again.advance(seconds=7)
    again.silence(0)
    again.advance(blocks=registered["block"] - 1 - again.block_number)
    again.advance(seconds=1)
    assert [entry["name"] for entry in happened(again, "TransactionSent")][-1].startswith(
        "register"
    )
    again.node(1).crash()
    again.node(1).start()
    again.run_until_idle()
    assert len(happened(again, "SecretRegistered")) == 1
    assert call.error is None
