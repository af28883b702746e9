"""What nodes do wrong in payments, on purpose, is found while the world lives."""

import hashlib
from collections.abc import Callable

import pytest
from msgspec.structs import replace

from simulator.node import settlement, transfers
from simulator.payments import mediator
from simulator.payments.channel_state import BalanceProof, Lock
from simulator.payments.messages import ChannelMessage, LockedTransfer
from simulator.payments.roles import SendLock
from simulator.testnet.testnet import Testnet
from simulator.words.options import Check
from tests.payments.worlds import chain_of, close_all

Monkey = pytest.MonkeyPatch
SECRET = b"\x07" * 32


def an_unlock_that_is_not_taken_in(monkeypatch: Monkey) -> None:
    take_in = transfers.TransferBook.take_in

    def wrong(book: transfers.TransferBook, sender: bytes, message: ChannelMessage) -> bool:
        return message.name == "Unlock" or take_in(book, sender, message)  # type: ignore[arg-type]

    monkeypatch.setattr(transfers.TransferBook, "take_in", wrong)


def a_proof_that_counts_wrong(monkeypatch: Monkey) -> None:
    def unlocking(proof: BalanceProof, lock: Lock) -> BalanceProof:
        after = proof._without(lock, proof.transferred + lock.amount)
        return replace(after, locked=proof.locked)

    monkeypatch.setattr(BalanceProof, "unlocking", unlocking)


def a_nonce_that_falls(monkeypatch: Monkey) -> None:
    def unlocking(proof: BalanceProof, lock: Lock) -> BalanceProof:
        return replace(proof._without(lock, proof.transferred + lock.amount), nonce=proof.nonce - 1)

    monkeypatch.setattr(BalanceProof, "unlocking", unlocking)


def a_lock_that_lasts_longer_at_the_next_hop(monkeypatch: Monkey) -> None:
    forward = mediator.forward

    def wrong(*arguments: object, **others: object) -> object:
        state, steps = forward(*arguments, **others)  # type: ignore[arg-type]
        longer = [
            replace(step, lock=replace(step.lock, expiration=step.lock.expiration + 1))
            if isinstance(step, SendLock)
            else step
            for step in steps
        ]
        return state, longer

    monkeypatch.setattr(mediator, "forward", wrong)


def a_message_that_does_not_follow(monkeypatch: Monkey) -> None:
    tell = transfers.TransferBook.tell

    def wrong(book: transfers.TransferBook, to: bytes, message: object) -> None:
        if isinstance(message, LockedTransfer):
            message = replace(message, proof=replace(message.proof, nonce=7))
        tell(book, to, message)  # type: ignore[arg-type]

    monkeypatch.setattr(transfers.TransferBook, "tell", wrong)


@pytest.mark.parametrize("check", [Check.EVERY_BLOCK, Check.EVERY_MESSAGE])
@pytest.mark.parametrize(
    ("breaks", "rule"),
    [
        (an_unlock_that_is_not_taken_in, "agree on what node"),
        (a_proof_that_counts_wrong, "has as much locked as its locks have"),
        (a_nonce_that_falls, "never falls"),
        (a_lock_that_lasts_longer_at_the_next_hop, "with one secret expire together"),
        (a_message_that_does_not_follow, "what nodes tell each other is valid"),
    ],
)
def test_what_is_wrong_is_found(
    breaks: Callable[[Monkey], None], rule: str, check: Check, monkeypatch: Monkey
) -> None:
    net = chain_of(3)
    net._simulation.watch(check)
    breaks(monkeypatch)
    for _ in range(2):
        net.node(0).pay.begin(net.token, net.node(2).address, 30)
        net.advance(blocks=2)
    net._simulation.checker.finish()
    broken = net._simulation.world.broken
    assert any(rule in one.rule for one in broken), broken


def test_after_every_message_it_is_found_at_once(monkeypatch: Monkey) -> None:
    net = chain_of(3)
    net._simulation.watch(Check.EVERY_MESSAGE)
    a_proof_that_counts_wrong(monkeypatch)
    call = net.node(0).pay.begin(net.token, net.node(2).address, 30)
    net.advance(seconds=1)
    assert call.done
    assert net._simulation.world.broken


@pytest.mark.parametrize("check", [Check.EVERY_BLOCK, Check.EVERY_MESSAGE, Check.END])
def test_who_is_not_paid_out_what_it_has_is_found(check: Check, monkeypatch: Monkey) -> None:
    """The partner shows nothing of what the closer has paid."""
    net = chain_of(2)
    net._simulation.watch(check)
    monkeypatch.setattr(settlement, "must_update", lambda _: False)
    net.node(0).pay(net.token, net.node(1).address, 30)
    close_all(net)
    (broken,) = net._simulation.world.broken
    assert broken.rule.startswith("who is always online and honest gets its balance")
    assert broken.found == "node 1 gets 100 of channel 1, and 0 are kept, of a balance of 130"


def cheated(net: Testnet) -> None:
    net.node(1).close_channel(net.token, net.node(0).address, proofs_back=100)


def stopped(net: Testnet) -> None:
    net.node(1).stop()
    net.node(0).close_channel(net.token, net.node(1).address)


def without_eth(net: Testnet) -> None:
    net.set_eth_balance(1, 0)
    net.node(0).close_channel(net.token, net.node(1).address)


def with_an_old_disk(net: Testnet) -> None:
    net.node(1).lose_disk()
    net.node(1).start()
    net.node(0).close_channel(net.token, net.node(1).address)


@pytest.mark.parametrize("how", [cheated, stopped, without_eth, with_an_old_disk])
def test_who_loses_by_its_own_fault_or_a_testers_is_no_finding(
    how: Callable[[Testnet], None],
) -> None:
    net = chain_of(2)
    net._simulation.watch(Check.EVERY_MESSAGE)
    net.node(0).pay(net.token, net.node(1).address, 30)
    how(net)
    net.run_until_idle()
    assert net.node(1).balance(net.token) < 1_030
    net._simulation.checker.finish()
    assert net._simulation.world.broken == []


def test_what_no_contract_can_prevent_is_no_finding() -> None:
    """The cheat keeps a lock that was paid off the chain, too; see `test_cheating`."""
    net = chain_of(2)
    net._simulation.watch(Check.EVERY_MESSAGE)
    other = b"\x08" * 32
    for amount, secret in [(10, SECRET), (20, other)]:
        hashed = hashlib.sha256(secret).digest()
        net.node(0).pay.begin(net.token, net.node(1).address, amount, secret_hash=hashed)
    net.advance(blocks=1)
    net.register_secret(1, SECRET)
    net.run_until_idle()
    net.node(1).pay(net.token, net.node(0).address, 10)
    net.node(1).close_channel(net.token, net.node(0).address, proofs_back=2)
    net.run_until_idle()
    assert net._simulation.world.broken == []
