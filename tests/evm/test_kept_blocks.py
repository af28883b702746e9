"""What web3.py and eth-tester say about blocks that are no longer kept."""

from collections.abc import Callable
from typing import Any

import pytest
from eth_tester.exceptions import BlockNotFound, TransactionNotFound
from web3.exceptions import TransactionNotFound as NotThere

from simulator.evm.eth_tester.indexed_tester import IndexedTester
from simulator.evm.eth_tester.standalone import ChainBackend
from simulator.evm.signed_transactions import FEW
from simulator.testnet.testnet import Testnet
from simulator.words.errors import NotKept

KEEP = 10


@pytest.fixture
def net() -> Testnet:
    """A testnet with one join, long ago but for its last blocks."""
    made = Testnet(2, keep_blocks=KEEP)
    made.node(0).join(made.token, 100)
    made.advance(blocks=30)
    return made


ASKED: dict[str, Callable[[Any, Any, int], Any]] = {
    "block": lambda web3, _, number: web3.eth.get_block(number),
    "balance": lambda web3, account, number: web3.eth.get_balance(account, number),
    "nonce": lambda web3, account, number: web3.eth.get_transaction_count(account, number),
    "code": lambda web3, account, number: web3.eth.get_code(account, number),
    "call": lambda web3, account, number: web3.eth.call({"to": account}, number),
    "logs": lambda web3, _, number: web3.eth.get_logs({"fromBlock": number}),
    "count": lambda web3, _, number: web3.eth.get_block_transaction_count(number),
    "filter": lambda web3, _, number: web3.eth.filter({"fromBlock": number}).get_all_entries(),
}


@pytest.mark.parametrize("what", ASKED)
def test_old_blocks_are_refused_by_number(net: Testnet, what: str) -> None:
    account, oldest = net.node(0).address, net.block_number - KEEP + 1
    ASKED[what](net.web3, account, oldest)
    for number in (0, oldest - 1):
        with pytest.raises(NotKept) as caught:
            ASKED[what](net.web3, account, number)
        assert str(caught.value) == (
            f"The block {number} is no longer kept: the oldest is {oldest}. To keep all, start "
            "with --keep-blocks all, or with keep_blocks=None in Python."
        )


def test_transactions_are_found_as_long_as_their_block_is_kept(net: Testnet) -> None:
    web3: Any = net.web3
    account = net.node(0).address
    sent = web3.eth.send_transaction({"from": account, "to": account, "value": 1})
    block = web3.eth.get_transaction_receipt(sent)["blockNumber"]
    net.advance(blocks=KEEP - 1)
    assert web3.eth.get_transaction(sent)["blockNumber"] == block
    net.advance(blocks=1)
    with pytest.raises(NotKept, match=f"block {block} is no longer kept"):
        web3.eth.get_transaction_receipt(sent)
    with pytest.raises(NotThere):
        web3.eth.get_transaction(b"\1" * 32)
    tester = net._simulation.ledger.tester  # type: ignore[attr-defined]
    for ask, error in (
        (tester.get_transaction_by_hash, TransactionNotFound),
        (tester.get_block_by_hash, BlockNotFound),
    ):
        with pytest.raises(error, match=rf"blocks before {block + 1} are no longer kept"):
            ask("0x" + "01" * 32)


def test_a_filter_that_has_missed_blocks_says_so_once(net: Testnet) -> None:
    web3: Any = net.web3
    account = net.node(0).address
    asked, neglected = web3.eth.filter("latest"), web3.eth.filter("latest")
    logs = web3.eth.filter({"fromBlock": "latest"})
    for _ in range(4):
        net.advance(blocks=KEEP - 1)
        assert len(asked.get_new_entries()) == KEEP - 1
    net.advance(blocks=3 * KEEP)
    web3.eth.send_transaction({"from": account, "to": account, "value": 1})
    for forgotten in (neglected, logs):
        with pytest.raises(NotKept, match="no longer kept"):
            forgotten.get_new_entries()
        forgotten.get_new_entries()
    net.advance(blocks=2)
    assert len(neglected.get_new_entries()) == 2


def test_the_hashes_of_old_transactions_are_forgotten() -> None:
    tester = IndexedTester(backend := ChainBackend(keep=5))
    account = tester.get_accounts()[0]
    for _ in range(2 * FEW):
        tester.send_transaction({"from": account, "to": account, "gas": 21_000, "value": 1})
    assert len(backend._signed) <= FEW + 1
