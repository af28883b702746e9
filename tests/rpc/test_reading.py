"""What is read has the specification's shapes, and is what the chain holds."""

import re
from itertools import pairwise
from typing import Any

import pytest
from eth_abi.abi import encode

from simulator.chain.abi import load
from tests.api.live import Live
from tests.rpc.asking import GWEI, RETURNS_42, Asking, RpcError, reverting

QUANTITY = re.compile("0x(0|[1-9a-f][0-9a-f]*)")
HASH = re.compile("0x[0-9a-f]{64}")
ADDRESS = re.compile("0x[0-9a-f]{40}")
DATA = re.compile("0x([0-9a-f]{2})*")
BLOOM = re.compile("0x[0-9a-f]{512}")

BLOCK = {
    **dict.fromkeys(("number", "gasLimit", "gasUsed", "timestamp", "baseFeePerGas"), QUANTITY),
    **dict.fromkeys(("difficulty", "totalDifficulty", "size", "blobGasUsed"), QUANTITY),
    "excessBlobGas": QUANTITY,
    **dict.fromkeys(("hash", "parentHash", "sha3Uncles", "stateRoot", "mixHash"), HASH),
    **dict.fromkeys(("transactionsRoot", "receiptsRoot", "withdrawalsRoot"), HASH),
    **dict.fromkeys(("parentBeaconBlockRoot", "requestsHash"), HASH),
    "miner": ADDRESS,
    "nonce": re.compile("0x[0-9a-f]{16}"),
    "extraData": DATA,
    "logsBloom": BLOOM,
}
PLACE = {"blockHash": HASH, "blockNumber": QUANTITY, "transactionIndex": QUANTITY}
TRANSACTION = {
    **PLACE,
    **dict.fromkeys(("type", "nonce", "value", "gas", "gasPrice", "v", "r", "s"), QUANTITY),
    **dict.fromkeys(("chainId", "yParity", "maxFeePerGas", "maxPriorityFeePerGas"), QUANTITY),
    "hash": HASH,
    "from": ADDRESS,
    "input": DATA,
}
RECEIPT = {
    **PLACE,
    "transactionHash": HASH,
    "from": ADDRESS,
    **dict.fromkeys(("type", "status", "gasUsed", "cumulativeGasUsed"), QUANTITY),
    "effectiveGasPrice": QUANTITY,
    "logsBloom": BLOOM,
}
LOG = {
    **PLACE,
    "address": ADDRESS,
    "data": DATA,
    "transactionHash": HASH,
    "logIndex": QUANTITY,
    "blockTimestamp": QUANTITY,
}


def check(told: dict[str, Any], shape: dict[str, re.Pattern[str]], *others: str) -> None:
    """See whether an answer has exactly the fields of a shape, each in its form."""
    assert told.keys() == {*shape, *others}
    for name, form in shape.items():
        assert form.fullmatch(told[name]), (name, told[name])


def tokens(net: Live, amount: int) -> dict[str, str]:
    """Return the call that sends some tokens to node 0."""
    token = load("CustomToken")
    data = token.encode("transfer", net.testnet.nodes[0].address, amount)
    return {"to": net.token.lower(), "data": "0x" + data.hex()}


@pytest.fixture(scope="module")
def receipt(live: Live, rpc: Asking) -> dict[str, Any]:
    """The receipt of a transfer of tokens."""
    account = rpc.ask("eth_accounts")[0]
    return rpc.transact(**{"from": account, **tokens(live, 7)})


def test_blocks_transactions_receipts_and_logs_have_the_specified_shapes(
    rpc: Asking, receipt: dict[str, Any]
) -> None:
    check(receipt, RECEIPT, "to", "contractAddress", "logs")
    (log,) = receipt["logs"]
    check(log, LOG, "topics", "removed")
    assert (log["removed"], log["logIndex"]) == (False, "0x0")
    full = rpc.ask("eth_getBlockByHash", receipt["blockHash"], True)
    check(full, BLOCK, "transactions", "uncles", "withdrawals")
    (transaction,) = full["transactions"]
    check(transaction, TRANSACTION, "to", "accessList")
    assert transaction["maxPriorityFeePerGas"] == hex(GWEI)
    hashes = rpc.ask("eth_getBlockByNumber", receipt["blockNumber"], False)
    assert hashes == {**full, "transactions": [receipt["transactionHash"]]}
    assert full["logsBloom"] == receipt["logsBloom"] != "0x" + "00" * 256
    place = (receipt["blockHash"], "0x0")
    assert rpc.ask("eth_getTransactionByBlockHashAndIndex", *place) == transaction
    assert rpc.ask("eth_getBlockReceipts", receipt["blockHash"]) == [receipt]
    assert rpc.ask("eth_getBlockTransactionCountByHash", receipt["blockHash"]) == "0x1"


def test_each_block_names_the_one_before(rpc: Asking, receipt: dict[str, Any]) -> None:
    last = int(receipt["blockNumber"], 16)
    blocks = [rpc.ask("eth_getBlockByNumber", hex(number)) for number in range(last + 1)]
    for parent, child in pairwise(blocks):
        assert child["parentHash"] == parent["hash"]
        assert int(child["timestamp"], 16) == int(parent["timestamp"], 16) + 15
    assert rpc.ask("eth_getBlockByNumber", "earliest") == blocks[0]


def test_what_nodes_send_is_read_like_what_strangers_send(live: Live, rpc: Asking) -> None:
    assert live.join(0, funds=100).status_code == 204
    head = int(rpc.ask("eth_blockNumber"), 16)
    node = "0x" + live.testnet.nodes[0].address.hex()
    blocks = [rpc.ask("eth_getBlockByNumber", hex(number), True) for number in range(head + 1)]
    sent = [one for block in blocks for one in block["transactions"] if one["from"] == node]
    assert sent
    for one in sent:
        check(one, TRANSACTION, "to", "accessList")
        check(
            rpc.ask("eth_getTransactionReceipt", one["hash"]),
            RECEIPT,
            *("to", "logs"),
            "contractAddress",
        )
        assert rpc.ask("eth_getTransactionByHash", one["hash"]) == one


def test_the_pending_block_has_no_hash_yet(rpc: Asking) -> None:
    head = rpc.ask("eth_getBlockByNumber", "latest")
    pending = rpc.ask("eth_getBlockByNumber", "pending", True)
    assert (pending["hash"], pending["nonce"], pending["logsBloom"]) == (None, None, None)
    assert (pending["parentHash"], pending["transactions"]) == (head["hash"], [])
    assert int(pending["number"], 16) == int(head["number"], 16) + 1


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("eth_getBlockByNumber", ["0xffffff", False]),
        ("eth_getBlockByHash", ["0x" + "01" * 32, False]),
        ("eth_getTransactionByHash", ["0x" + "01" * 32]),
        ("eth_getTransactionReceipt", ["0x" + "01" * 32]),
        ("eth_getBlockReceipts", ["0xffffff"]),
        ("eth_getTransactionByBlockNumberAndIndex", ["0x0", "0x0"]),
        ("eth_getUncleByBlockNumberAndIndex", ["0x0", "0x0"]),
    ],
)
def test_what_is_not_there_is_null(rpc: Asking, method: str, params: list[Any]) -> None:
    assert rpc.ask(method, *params) is None


def test_states_of_old_blocks_are_answered_by_number_hash_and_object(rpc: Asking) -> None:
    sender, receiver = rpc.ask("eth_accounts")[5], "0x" + "55" * 20
    seen = []
    for wei in (3, 4):
        receipt = rpc.transact(**{"from": sender, "to": receiver, "value": hex(wei)})
        seen.append((receipt["blockNumber"], receipt["blockHash"]))
    for (number, block_hash), balance in zip(seen, ("0x3", "0x7"), strict=True):
        for block in (number, block_hash, {"blockNumber": number}, {"blockHash": block_hash}):
            assert rpc.ask("eth_getBalance", receiver, block) == balance
    before = hex(int(seen[0][0], 16) - 1)
    assert rpc.ask("eth_getBalance", receiver.upper().replace("X", "x"), before) == "0x0"
    nonce = int(rpc.ask("eth_getTransactionCount", sender), 16)
    assert rpc.ask("eth_getTransactionCount", sender, before) == hex(nonce - 2)


def test_blocks_that_are_not_there_yet_have_no_state(rpc: Asking) -> None:
    with pytest.raises(RpcError, match="There is no block 16777215; the newest is") as caught:
        rpc.ask("eth_getBalance", "0x" + "55" * 20, "0xffffff")
    assert caught.value.code == -32001


def test_calls_take_input_or_data_and_may_leave_the_block_out(live: Live, rpc: Asking) -> None:
    symbol = {"to": live.token, "data": "0x95d89b41"}
    answer = rpc.ask("eth_call", symbol, "latest")
    assert bytes.fromhex(answer[2:])[64:67] == b"TK0"
    same = {"to": live.token, "input": symbol["data"]}
    assert rpc.ask("eth_call", same) == answer
    assert rpc.ask("eth_call", {**same, **symbol, "type": "0x2", "unknown": 1}) == answer
    assert rpc.ask("eth_call", same, {"blockNumber": rpc.ask("eth_blockNumber")}) == answer
    assert rpc.ask("eth_call", same, "pending") == answer
    with pytest.raises(RpcError, match="input and data differ"):
        rpc.ask("eth_call", {**symbol, "input": "0x00"})


def test_reverts_bring_their_data(rpc: Asking) -> None:
    account = rpc.ask("eth_accounts")[0]
    for error, message in (
        (bytes.fromhex("08c379a0") + encode(["string"], ["not today"]), ": not today"),
        (bytes.fromhex("4e487b71") + encode(["uint256"], [17]), ": panic 0x11"),
        (bytes.fromhex("deadbeef") + encode(["uint256"], [42]), ""),
        (b"", ""),
    ):
        contract = rpc.transact(**{"from": account, "data": reverting(error)})["contractAddress"]
        for method in ("eth_call", "eth_estimateGas", "eth_sendTransaction"):
            with pytest.raises(RpcError) as caught:
                rpc.ask(method, {"from": account, "to": contract})
            assert str(caught.value) == "execution reverted" + message
            assert (caught.value.code, caught.value.data) == (3, "0x" + error.hex())


def test_an_estimate_is_enough_and_little_more(live: Live, rpc: Asking) -> None:
    account = rpc.ask("eth_accounts")[0]
    call = {"from": account, **tokens(live, 9)}
    gas = int(rpc.ask("eth_estimateGas", call, "pending"), 16)
    receipt = rpc.transact(**call, gas=hex(gas))
    assert receipt["status"] == "0x1"
    assert gas <= int(receipt["gasUsed"], 16) + 10_000
    plain = {"from": account, "to": "0x" + "77" * 20, "value": "0x1"}
    assert rpc.ask("eth_estimateGas", plain) == hex(21_000)


def test_a_call_without_receiver_answers_the_code_that_it_would_leave(rpc: Asking) -> None:
    code = rpc.ask("eth_call", {"data": RETURNS_42})
    account = rpc.ask("eth_accounts")[0]
    contract = rpc.transact(**{"from": account, "data": RETURNS_42})["contractAddress"]
    assert rpc.ask("eth_getCode", contract) == code != "0x"


def test_storage_is_answered_as_words(live: Live, rpc: Asking) -> None:
    words = [rpc.ask("eth_getStorageAt", live.token, hex(slot)) for slot in range(8)]
    assert all(HASH.fullmatch(word) for word in words)
    assert len(set(words)) > 1
    number = rpc.ask("eth_blockNumber")
    assert rpc.ask("eth_getStorageAt", live.token, "0x" + "00" * 32, number) == words[0]


def test_fee_history_is_oldest_first_with_one_fee_more_than_blocks(rpc: Asking) -> None:
    account = rpc.ask("eth_accounts")[6]
    for gwei in (2, 5):
        tip = hex(gwei * GWEI)
        rpc.transact(
            **{
                "from": account,
                "to": account,
                "maxFeePerGas": hex(50 * GWEI),
                "maxPriorityFeePerGas": tip,
            }
        )
    head = int(rpc.ask("eth_blockNumber"), 16)
    told = rpc.ask("eth_feeHistory", "0x4", hex(head), [0, 20.0, 100])
    assert int(told["oldestBlock"], 16) == head - 3
    fees = [int(fee, 16) for fee in told["baseFeePerGas"]]
    blocks = [rpc.ask("eth_getBlockByNumber", hex(head - 3 + place)) for place in range(4)]
    assert fees[:4] == [int(block["baseFeePerGas"], 16) for block in blocks]
    rpc.ask("evm_mine")
    after = rpc.ask("eth_getBlockByNumber", hex(head + 1))["baseFeePerGas"]
    assert (len(fees), fees[4]) == (5, int(after, 16))
    assert [ratio > 0 for ratio in told["gasUsedRatio"]] == [
        bool(block["transactions"]) for block in blocks
    ]
    rewards = [[int(one, 16) for one in row] for row in told["reward"]]
    assert [5 * GWEI] * 3 in rewards
    assert [2 * GWEI] * 3 in rewards
    assert "reward" not in rpc.ask("eth_feeHistory", 1, "latest")
    for wrong in ([50, 20], [101], ["a"]):
        with pytest.raises(RpcError, match="percentiles"):
            rpc.ask("eth_feeHistory", "0x1", "latest", wrong)


def test_chain_and_network_have_one_id(rpc: Asking) -> None:
    assert rpc.ask("eth_chainId") == hex(1337)
    assert rpc.ask("net_version") == "1337"
    assert rpc.ask("eth_syncing") is False
    assert rpc.ask("web3_sha3", "0x68656c6c6f") == (
        "0x1c8aff950685c2ed4bc3174f3472287b56d9517b9c948127319a09a7a36deac8"
    )
