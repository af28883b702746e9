"""The chain in process: reproducible blocks, honest outcomes, and web3.py on the same chain."""

import os
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

import pytest
from eth_keys.datatypes import PrivateKey
from msgspec.structs import replace

from simulator.chain.abi import load
from simulator.chain.contracts import Token
from simulator.chain.decoder import EventDecoder
from simulator.chain.evm_ledger import EvmLedger
from simulator.chain.ledger import ContractCall, MinedBlock, Status, at_once
from simulator.evm.parameters import GENESIS_TIME
from simulator.evm.registry import DEFAULT_ENGINE, FULL_ENGINE
from simulator.evm.transactions import Log
from simulator.node.settings import Settings
from simulator.testnet.testnet import Testnet
from simulator.words.errors import ConfigurationError, NotKept
from simulator.words.events import TokensMoved
from simulator.words.units import Address, checksum
from tests.evm.engines import OUR_ENGINES

KEYS = [PrivateKey(bytes([n]) * 32) for n in (1, 2, 3)]
ACCOUNTS = [Address(key.public_key.to_canonical_address()) for key in KEYS]
ETH = 10**18


def new_ledger(engine: str = DEFAULT_ENGINE) -> EvmLedger:
    return EvmLedger(KEYS, dict.fromkeys(ACCOUNTS, ETH), block_time=15, engine=engine)


def run(
    ledger: EvmLedger, calls: list[ContractCall], balances: Sequence[tuple[Address, int]] = ()
) -> MinedBlock:
    return at_once(ledger.execute(calls, balances))


def deployment() -> ContractCall:
    arguments = (1, 18, "Token", "TK")
    return ContractCall(ACCOUNTS[0], None, load("CustomToken"), "deploy", arguments, 3_000_000)


@pytest.fixture(params=[*OUR_ENGINES, FULL_ENGINE])
def ledger(request: pytest.FixtureRequest) -> EvmLedger:
    return new_ledger(request.param)


@pytest.fixture
def token(ledger: EvmLedger) -> Token:
    block = run(ledger, [deployment()])
    address = block.outcomes[0].created
    assert address is not None
    return Token(address)


def test_a_slot_is_one_block_whatever_it_holds(ledger: EvmLedger, token: Token) -> None:
    calls = [token.mint_for(ACCOUNTS[n % 3], n + 1, ACCOUNTS[0]) for n in range(9)]
    block = run(ledger, calls)
    assert [outcome.status for outcome in block.outcomes] == [Status.MINED] * 9
    assert (block.number, ledger.head) == (2, 2)
    assert token.balance_of(ledger, ACCOUNTS[0]) == 1 + sum(range(1, 10))


def test_a_wallet_looked_up_is_what_the_contract_answers(ledger: EvmLedger, token: Token) -> None:
    """Before, in the middle of and after a block; `balances` is executed, `balanceOf` looked up."""

    def check() -> list[int]:
        found = [token.balance_of(ledger, account) for account in ACCOUNTS]
        artifact = load("CustomToken")
        for account, balance in zip(ACCOUNTS, found, strict=True):
            assert ledger.read(token.address, artifact, "balances", account) == (balance,)
        return found

    before = check()
    calls = [token.mint_for(ACCOUNTS[0], 7 + n, account) for n, account in enumerate(ACCOUNTS)]
    making = ledger.execute(calls)
    for _ in making:
        assert check() == before
    assert check() == [balance + 7 + n for n, balance in enumerate(before)]


def test_events_come_out_of_receipts() -> None:
    net = Testnet(1)
    net.mint(0, 7)
    moved = [e.event for e in net._simulation.journal.entries if isinstance(e.event, TokensMoved)]
    assert [(event.amount, event.receiver) for event in moved] == [
        (7, net._simulation.nodes[0].address)
    ]


def test_logs_of_other_contracts_are_nobodys(token: Token) -> None:
    log = Log(token.address, (bytes(32),), b"")
    assert EventDecoder().decode([log], 1) == ()


def test_a_call_nobody_can_pay_for_spoils_nothing(ledger: EvmLedger, token: Token) -> None:
    calls = [token.mint_for(account, 1, account) for account in ACCOUNTS]
    block = run(ledger, calls, balances=[(ACCOUNTS[1], 5)])
    statuses = [outcome.status for outcome in block.outcomes]
    assert statuses == [Status.MINED, Status.REFUSED, Status.MINED]
    assert ledger.eth_balance(ACCOUNTS[1]) == 5


def test_eth_is_checked_cumulatively(ledger: EvmLedger, token: Token) -> None:
    """The second call of an account finds what the first has left."""
    call = token.mint_for(ACCOUNTS[0], 1, ACCOUNTS[0])
    enough_for_one = call.gas_limit * ledger.gas_price
    block = run(ledger, [call, call], balances=[(ACCOUNTS[0], enough_for_one)])
    assert [o.status for o in block.outcomes] == [Status.MINED, Status.REFUSED]


def test_reverts_carry_their_reason() -> None:
    net = Testnet(2)
    network = next(iter(net._simulation.world.networks.values()))
    node = net._simulation.nodes[0].address
    call = network.open_channel(node, node, 500)
    (sent,) = net._simulation.world.mempool.submit([call])
    net.run_until_idle()
    receipt = sent.receipt
    assert receipt is not None
    assert (receipt.status, receipt.reason) == (Status.REVERTED, "TN: identical addresses")


def test_running_out_of_gas_is_a_revert(ledger: EvmLedger, token: Token) -> None:
    call = token.mint_for(ACCOUNTS[0], 1, ACCOUNTS[0])
    poor = replace(call, gas_limit=30_000)
    (outcome,) = run(ledger, [poor]).outcomes
    assert (outcome.status, outcome.reason, outcome.gas_used) == (
        Status.REVERTED,
        "out of gas",
        30_000,
    )


def test_reads_answer_from_before_a_block_that_is_being_made(
    ledger: EvmLedger, token: Token
) -> None:
    work = ledger.execute([token.mint_for(ACCOUNTS[0], 5, ACCOUNTS[2])] * 2)
    next(work)
    assert token.balance_of(ledger, ACCOUNTS[2]) == 0
    for _ in work:
        pass
    assert token.balance_of(ledger, ACCOUNTS[2]) == 10


def test_the_gas_price_is_paid_exactly(ledger: EvmLedger, token: Token) -> None:
    before = ledger.eth_balance(ACCOUNTS[0])
    (outcome,) = run(ledger, [token.mint_for(ACCOUNTS[0], 1, ACCOUNTS[0])]).outcomes
    assert before - ledger.eth_balance(ACCOUNTS[0]) == outcome.gas_used * ledger.gas_price


def test_a_call_that_cannot_begin_spoils_nothing(ledger: EvmLedger, token: Token) -> None:
    call = token.mint_for(ACCOUNTS[0], 1, ACCOUNTS[0])
    block = run(ledger, [replace(call, gas_limit=20_000), call])
    assert [outcome.status for outcome in block.outcomes] == [Status.REFUSED, Status.MINED]
    assert "20000 gas" in block.outcomes[0].reason
    assert token.balance_of(ledger, ACCOUNTS[0]) == 2


def test_a_ledger_may_forget_old_blocks() -> None:
    short = EvmLedger(KEYS, dict.fromkeys(ACCOUNTS, ETH), block_time=15, keep=2)
    everything = new_ledger()
    for ledger in (short, everything):
        for _ in range(4):
            run(ledger, [deployment()])
    assert short.head_hash == everything.head_hash
    for number in (3, 4):
        blocks = [one.tester.get_block_by_number(number) for one in (short, everything)]
        assert blocks[0] == blocks[1]
        assert len(blocks[0]["transactions"]) == 1
    for old in (0, "earliest", 2):
        with pytest.raises(NotKept, match="no longer kept: the oldest is 3"):
            short.tester.get_block_by_number(old)


def test_empty_blocks(ledger: EvmLedger) -> None:
    ledger.advance(30)
    assert ledger.head == 30


def test_equal_histories_give_equal_blocks() -> None:
    hashes = []
    for _ in range(2):
        ledger = new_ledger()
        run(ledger, [deployment()])
        ledger.advance(3)
        hashes.append(ledger.head_hash)
    assert hashes[0] == hashes[1]


HISTORY = """
from simulator import Testnet
for seed in (1, 2):
    net = Testnet(6, seed=seed)
    for call in [net.node(n).join.begin(net.token, 100) for n in range(6)]:
        call.result()
    net.run_until_idle()
    net.node(2).leave(net.token)
    net.run_until_idle()
    print(net.digest, net.last_block_hash)
"""


def outcomes(hash_seed: str) -> list[list[str]]:
    done = subprocess.run(
        [sys.executable, "-c", HISTORY],
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=True,
    )
    return [line.split() for line in done.stdout.splitlines()]


def test_a_seed_names_a_run_in_every_process() -> None:
    first, second = outcomes("1")
    assert outcomes("2") == [first, second]
    for one, other in zip(first, second, strict=True):
        assert one != other


# -- web3.py -----------------------------------------------------------------------------


def test_web3_sees_the_same_chain() -> None:
    net = Testnet(3)
    net.node(0).join(net.token, 100)
    net.advance(blocks=4)
    assert net.web3.eth.block_number == net.block_number
    block = net.web3.eth.get_block("latest")
    assert block["timestamp"] == GENESIS_TIME + 15 * net.block_number
    assert net.web3.eth.get_balance(net.node(1).address) == 10**20  # type: ignore[arg-type]


def test_web3_transactions_are_blocks_that_nodes_learn_of() -> None:
    net = Testnet(3, settings=Settings(settle_timeout_blocks=20))
    for index in range(3):
        net.node(index).join(net.token, 100)
    net.run_until_idle()
    number, now = net.block_number, net.now
    token = net.web3.eth.contract(address=net.token, abi=load("CustomToken").abi)  # type: ignore[call-overload]
    deployer = checksum(net._simulation.deployment.deployer)
    sent = token.functions.mintFor(55, net.node(1).address).transact({"from": deployer})
    assert net.web3.eth.get_transaction_receipt(sent)["status"] == 1
    assert (net.block_number, net.now) == (number + 1, now)
    assert net._simulation.journal.entries[-1].event.amount == 55  # type: ignore[attr-defined]
    net.node(0).leave(net.token)
    assert net.web3.eth.block_number == net.block_number


@pytest.mark.parametrize("engine", [*OUR_ENGINES, FULL_ENGINE])
def test_web3_filters_learn_of_the_blocks_of_nodes(engine: str) -> None:
    net = Testnet(3, engine=engine)
    eth: Any = net.web3.eth
    network = next(iter(net._simulation.world.networks.values()))
    one, other = net.node(0), net.node(1)
    one.open_channel(net.token, other.address)
    address = {"address": checksum(network.address)}
    logs, blocks = eth.filter(address), eth.filter("latest")
    before = eth.block_number
    other.deposit(net.token, one.address, 7)
    sent = eth.send_transaction({"from": eth.accounts[0], "to": eth.accounts[1], "value": 1})
    one.deposit(net.token, other.address, 5)
    numbers = [eth.get_block(found)["number"] for found in blocks.get_new_entries()]
    assert numbers == list(range(before + 1, eth.block_number + 1))
    assert eth.get_transaction(sent)["blockNumber"] in numbers
    found = logs.get_new_entries()
    assert found == eth.get_logs({**address, "fromBlock": before + 1})
    assert len(found) == 2
    assert (logs.get_new_entries(), blocks.get_new_entries()) == ([], [])
    net.advance(blocks=3)
    assert len(blocks.get_new_entries()) == 3
    assert logs.get_all_entries() == found


def test_web3_blocks_bring_settlements_nearer() -> None:
    net = Testnet(2, settings=Settings(settle_timeout_blocks=20))
    net.node(0).open_channel(net.token, net.node(1).address, 10)
    net.node(0).close_channel(net.token, net.node(1).address)
    started = net.now
    net.web3.provider.make_request("evm_mine", [15])  # type: ignore[arg-type]
    net.run_until_idle()
    assert net.node(0).channels(net.token) == []
    assert net.now - started < 10 * 15


def test_missing_artifact_is_one_sentence() -> None:
    with pytest.raises(ConfigurationError, match=r"Nothing\.json is missing: run `make contracts`"):
        load("Nothing")
