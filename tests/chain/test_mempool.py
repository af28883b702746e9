"""Transactions on their way: slots, faults, timeouts."""

from typing import Any

import pytest
from msgspec.structs import replace

from simulator.chain.contracts import TokenNetworkContract
from simulator.chain.ledger import ContractCall, Status
from simulator.chain.mempool import Fault
from simulator.chain.submissions import PendingTransaction, TransactionResult
from simulator.node.settings import Settings
from simulator.testnet.testnet import Testnet
from simulator.words.events import TransactionFinished


class Bench:
    """A world whose mempool is used directly."""

    def __init__(self, **settings: Any) -> None:
        self.net = Testnet(6, settings=Settings(**settings))
        self.mempool = self.net._simulation.world.mempool
        self.network: TokenNetworkContract = next(
            iter(self.net._simulation.world.networks.values())
        )
        self.final: list[int] = []

    def open(self, one: int, other: int) -> PendingTransaction:
        nodes = self.net._simulation.nodes
        call = self.network.open_channel(nodes[one].address, nodes[other].address, 500)
        return self.submit(call)

    def submit(self, call: ContractCall) -> PendingTransaction:
        (sent,) = self.mempool.submit([call], lambda ended: self.final.append(ended.sequence))
        return sent


def receipt(transaction: PendingTransaction) -> TransactionResult:
    assert transaction.receipt is not None
    return transaction.receipt


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_a_slot_takes_all_that_wait_in_order_of_arrival(bench: Bench) -> None:
    start = bench.net.block_number
    first, second = bench.open(0, 1), bench.open(1, 0)
    bench.net.run_until_idle()
    assert receipt(first).status is Status.MINED
    assert receipt(second).reason == "TN/open: channel exists for participants"
    assert receipt(first).block_number == receipt(second).block_number == start + 1
    assert bench.net.now == 15


def test_many_calls_of_one_account_in_one_slot(bench: Bench) -> None:
    sent = [bench.open(0, other) for other in range(1, 6)]
    bench.net.run_until_idle()
    assert {receipt(t).block_number for t in sent} == {bench.net.block_number}
    assert all(receipt(t).succeeded for t in sent)


def test_held_transactions_keep_no_slots_ticking(bench: Bench) -> None:
    bench.mempool.set_fault(bench.net._simulation.nodes[0].address, Fault.HOLD)
    held = bench.open(0, 1)
    assert not bench.net._simulation.world.clock.may_advance()
    bench.net.run_until_idle()
    assert receipt(held).status is Status.TIMED_OUT
    assert (bench.net.now, bench.final) == (600, [])


def test_released_transactions_are_mined_although_they_timed_out(bench: Bench) -> None:
    account = bench.net._simulation.nodes[0].address
    bench.mempool.set_fault(account, Fault.HOLD)
    held = bench.open(0, 1)
    bench.net.run_until_idle()
    bench.mempool.set_fault(account, Fault.NONE)
    bench.net.run_until_idle()
    assert bench.final == [held.sequence]
    statuses = [
        entry.event.status
        for entry in bench.net._simulation.journal.entries
        if isinstance(entry.event, TransactionFinished)
    ]
    assert statuses == [Status.TIMED_OUT, Status.MINED]


def test_a_fault_can_end_by_itself(bench: Bench) -> None:
    bench.mempool.set_fault(bench.net._simulation.nodes[0].address, Fault.HOLD, blocks=7)
    start = bench.net.block_number
    held = bench.open(0, 1)
    bench.net.run_until_idle()
    assert receipt(held).block_number == start + 8


def test_a_new_fault_replaces_the_end_of_the_old_one(bench: Bench) -> None:
    account = bench.net._simulation.nodes[0].address
    bench.mempool.set_fault(account, Fault.HOLD, blocks=2)
    bench.mempool.set_fault(account, Fault.HOLD)
    held = bench.open(0, 1)
    bench.net.run_until_idle()
    assert receipt(held).status is Status.TIMED_OUT


def test_dropped_transactions_are_lost_but_their_sender_waits(bench: Bench) -> None:
    account = bench.net._simulation.nodes[0].address
    bench.mempool.set_fault(account, Fault.DROP)
    dropped = bench.open(0, 1)
    bench.net.advance(blocks=2)
    bench.mempool.set_fault(account, Fault.NONE)
    bench.net.advance(blocks=2)
    assert dropped.receipt is None
    bench.net.run_until_idle()
    assert (receipt(dropped).status, bench.final) == (Status.TIMED_OUT, [dropped.sequence])
    assert bench.net.node(0).channels(bench.net.token) == []


def test_dropping_what_has_timed_out_ends_it_at_once(bench: Bench) -> None:
    account = bench.net._simulation.nodes[0].address
    bench.mempool.set_fault(account, Fault.HOLD)
    transaction = bench.open(0, 1)
    bench.net.run_until_idle()
    bench.mempool.set_fault(account, Fault.DROP)
    bench.net.run_until_idle()
    assert bench.final == [transaction.sequence]


def test_failing_transactions_are_mined_and_revert(bench: Bench) -> None:
    node = bench.net.node(0)
    bench.net.set_fault(0, Fault.FAIL)
    before = node.eth_balance
    failing = bench.open(0, 1)
    bench.net.run_until_idle()
    assert (receipt(failing).status, receipt(failing).reason) == (Status.REVERTED, "out of gas")
    assert node.eth_balance < before


def test_a_full_slot_carries_over() -> None:
    """The slot's gas is what counts; the rest is mined one block later, in order."""
    bench = Bench()
    sent = [bench.open(0, 1)]
    large = sent[0].call
    big = replace(large, gas_limit=29_990_000)
    transactions = [bench.submit(big) for _ in range(2)]
    bench.mempool.set_eth_balance(large.sender, 10**24)
    bench.net.run_until_idle()
    assert [receipt(t).block_number - receipt(sent[0]).block_number for t in transactions] == [1, 2]


def test_confirmations_delay_answers() -> None:
    bench = Bench(confirmation_blocks=5)
    transaction = bench.open(0, 1)
    bench.net.run_until_idle()
    assert receipt(transaction).succeeded
    assert bench.net.now == 6 * 15


def test_gas_is_counted_by_function(bench: Bench) -> None:
    bench.open(0, 1)
    bench.open(2, 3)
    bench.net.run_until_idle()
    calls, gas = bench.mempool.gas.by_function()["openChannel"]
    assert (calls, gas > 200_000) == (2, True)
