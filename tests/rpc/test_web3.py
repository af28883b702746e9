"""web3.py does its tasks over HTTP and over WebSocket."""

import asyncio
from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import encode_defunct, encode_typed_data
from web3 import AsyncWeb3, HTTPProvider, Web3, WebSocketProvider
from web3.exceptions import ContractLogicError

from simulator.chain.abi import load
from tests.api.live import Live
from tests.rpc.conftest import PEOPLE
from tests.waiting import PATIENCE_SECONDS, until

BLOCKS_FOLLOW = True
ACCOUNT = Account.from_key(PEOPLE[0].secret)
RECEIVER = "0x" + "77" * 20
TYPED: dict[str, Any] = {
    "types": {
        "EIP712Domain": [
            {"name": "name", "type": "string"},
            {"name": "chainId", "type": "uint256"},
        ],
        "Order": [{"name": "by", "type": "address"}, {"name": "amount", "type": "uint256"}],
    },
    "primaryType": "Order",
    "domain": {"name": "Sample", "chainId": 1337},
    "message": {"by": RECEIVER, "amount": 5},
}


@pytest.fixture(scope="module")
def web3(live: Live) -> Any:
    return Web3(HTTPProvider(live.rpc_url))


def wait(web3: Any, sent: Any) -> Any:
    return web3.eth.wait_for_transaction_receipt(sent, timeout=PATIENCE_SECONDS, poll_latency=0.01)


@pytest.fixture(scope="module")
def token(web3: Any) -> Any:
    """Deploy a token with a signed transaction."""
    artifact = load("CustomToken")
    factory = web3.eth.contract(abi=artifact.abi, bytecode=artifact.bytecode)
    call = factory.constructor(1_000, 18, "Sample", "SMP").build_transaction(
        {"from": ACCOUNT.address, "nonce": web3.eth.get_transaction_count(ACCOUNT.address)}
    )
    raw = ACCOUNT.sign_transaction(call).raw_transaction
    receipt = wait(web3, web3.eth.send_raw_transaction(raw))
    return web3.eth.contract(receipt.contractAddress, abi=artifact.abi)


def test_it_knows_the_network(web3: Any) -> None:
    assert web3.is_connected()
    assert (web3.eth.chain_id, web3.net.version) == (1337, "1337")
    assert web3.eth.accounts[0] == ACCOUNT.address
    assert web3.eth.get_block("latest").number <= web3.eth.block_number
    assert web3.eth.fee_history(4, "latest", [25, 75]).oldestBlock >= 0
    assert web3.eth.max_priority_fee == 10**9


def test_it_calls_sends_and_finds_logs(web3: Any, token: Any) -> None:
    assert token.functions.symbol().call() == "SMP"
    from_now = token.events.Transfer.create_filter(from_block="latest")
    transfer = token.functions.transfer(RECEIVER, 5)
    assert 21_000 < transfer.estimate_gas({"from": ACCOUNT.address}) < 100_000
    receipt = wait(web3, transfer.transact({"from": ACCOUNT.address}))
    (event,) = token.events.Transfer().process_receipt(receipt)
    assert event.args._value == 5
    assert [one.args._value for one in from_now.get_new_entries()] == [5]
    assert from_now.get_new_entries() == []
    assert [one.args._value for one in from_now.get_all_entries()] == [5]
    found = token.events.Transfer.get_logs(from_block=0, argument_filters={"_to": RECEIVER})
    assert [one.transactionHash for one in found] == [receipt.transactionHash]
    assert web3.eth.get_block_receipts(receipt.blockNumber)[0].logs == receipt.logs
    assert web3.eth.get_transaction_by_block(receipt.blockNumber, 0).hash == receipt.transactionHash
    assert len(web3.eth.get_storage_at(token.address, 0)) == 32
    assert web3.eth.get_code(token.address)
    listed = web3.eth.create_access_list({"from": ACCOUNT.address, "to": token.address})
    assert listed.gasUsed > 0


def test_block_filters_tell_of_blocks_and_of_what_waits(web3: Any) -> None:
    blocks, pending = web3.eth.filter("latest"), web3.eth.filter("pending")
    sent = web3.eth.send_transaction({"from": ACCOUNT.address, "to": RECEIVER, "value": 1})
    receipt = wait(web3, sent)
    assert receipt.blockHash in blocks.get_new_entries()
    assert pending.get_new_entries() == [sent]
    assert web3.eth.uninstall_filter(blocks.filter_id)


def test_confirmations_come_in_warp_while_somebody_asks(web3: Any) -> None:
    sent = web3.eth.send_transaction({"from": ACCOUNT.address, "to": RECEIVER, "value": 1})
    receipt = wait(web3, sent)
    until(lambda: web3.eth.block_number >= receipt.blockNumber + 12)


def test_unlocked_accounts_sign(web3: Any) -> None:
    account = web3.eth.accounts[2]
    signature = web3.eth.sign(account, text="hello")
    assert Account.recover_message(encode_defunct(text="hello"), signature=signature) == account
    signature = web3.eth.sign_typed_data(account, TYPED)
    typed = encode_typed_data(full_message=TYPED)
    assert Account.recover_message(typed, signature=signature) == account
    given = {"from": account, "to": RECEIVER, "value": 1, "gas": 21_000, "gasPrice": 10**10}
    signed = web3.eth.sign_transaction(given)
    assert wait(web3, web3.eth.send_raw_transaction(signed.raw)).status == 1


def test_reasons_of_reverts_are_told(web3: Any) -> None:
    artifact = load("TokenNetworkRegistry")
    factory = web3.eth.contract(abi=artifact.abi, bytecode=artifact.bytecode)
    with pytest.raises(ContractLogicError, match="TNR: invalid settle timeout min"):
        factory.constructor(RECEIVER, 0, 0, 0).estimate_gas({"from": ACCOUNT.address})


def test_subscriptions_tell_of_heads_logs_and_what_waits(live: Live, web3: Any, token: Any) -> None:
    async def told() -> dict[str, Any]:
        found: dict[str, Any] = {}
        url = live.rpc_url.replace("http", "ws")
        async with AsyncWeb3(WebSocketProvider(url)) as socket:
            kinds = {
                await socket.eth.subscribe("newHeads"): "head",
                await socket.eth.subscribe("logs", {"address": token.address}): "log",
                await socket.eth.subscribe("newPendingTransactions"): "pending",
            }
            transfer = token.functions.transfer(RECEIVER, 3)
            found["sent"] = transfer.transact({"from": ACCOUNT.address})
            async for message in socket.socket.process_subscriptions():
                found.setdefault(kinds[message["subscription"]], message["result"])
                if {"head", "log", "pending"} <= found.keys():
                    return found
        raise AssertionError

    found = asyncio.run(asyncio.wait_for(told(), PATIENCE_SECONDS))
    assert found["pending"] == found["sent"] == found["log"].transactionHash
    assert found["head"].number > 0
