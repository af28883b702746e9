"""Whoever signs a transaction finds it in the next block."""

from typing import Any

import pytest
from eth_account import Account
from eth_account.signers.local import LocalAccount

from tests.rpc.asking import ETHER, GWEI, RETURNS_42, Asking, RpcError
from tests.rpc.conftest import PEOPLE, served

SIGNERS: list[LocalAccount] = [Account.from_key(key.secret) for key in PEOPLE]
RECEIVER = "0x" + "77" * 20


def raw(rpc: Asking, signer: LocalAccount, **fields: Any) -> str:
    """Sign a transfer, or something else."""
    nonce = int(rpc.ask("eth_getTransactionCount", signer.address, "pending"), 16)
    chain_id = int(rpc.ask("eth_chainId"), 16)
    usual: dict[str, Any] = {
        "to": RECEIVER,
        "value": 1,
        "gas": 21_000,
        "nonce": nonce,
        "chainId": chain_id,
    }
    if "gasPrice" not in fields:
        usual |= {"maxFeePerGas": 3 * GWEI, "maxPriorityFeePerGas": GWEI}
    return "0x" + signer.sign_transaction({**usual, **fields}).raw_transaction.hex()


KINDS: dict[str, dict[str, Any]] = {
    "0x0": {"gasPrice": 3 * GWEI},
    "0x1": {
        "gasPrice": 3 * GWEI,
        "type": 1,
        "gas": 30_000,
        "accessList": [{"address": RECEIVER, "storageKeys": ["0x" + "00" * 32]}],
    },
    "0x2": {},
}


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_signed_is_mined_with_the_next_block(rpc: Asking, kind: str) -> None:
    before = int(rpc.ask("eth_getBalance", RECEIVER), 16)
    sent = rpc.ask("eth_sendRawTransaction", raw(rpc, SIGNERS[1], **KINDS[kind]))
    receipt = rpc.receipt(sent)
    assert (receipt["status"], receipt["type"]) == ("0x1", kind)
    assert int(rpc.ask("eth_getBalance", RECEIVER), 16) == before + 1
    found = rpc.ask("eth_getTransactionByHash", sent)
    assert (found["hash"], found["type"], found["value"]) == (sent, kind, "0x1")
    assert found["blockHash"] == receipt["blockHash"]


def test_nonces_ahead_of_their_turn_wait_for_it(rpc: Asking) -> None:
    signer = SIGNERS[2]
    first = int(rpc.ask("eth_getTransactionCount", signer.address), 16)
    texts = [raw(rpc, signer, nonce=first + ahead) for ahead in range(3)]
    later = [rpc.ask("eth_sendRawTransaction", text) for text in texts[:0:-1]]
    assert rpc.ask("txpool_status") == {"pending": "0x0", "queued": "0x2"}
    assert rpc.ask("eth_getTransactionReceipt", later[0]) is None
    assert rpc.ask("eth_getTransactionByHash", later[0])["blockNumber"] is None
    assert rpc.ask("eth_getTransactionCount", signer.address, "pending") == hex(first)
    soonest = rpc.ask("eth_sendRawTransaction", texts[0])
    blocks = {rpc.receipt(sent)["blockNumber"] for sent in (soonest, *later)}
    assert len(blocks) == 1
    assert rpc.ask("eth_getTransactionCount", signer.address, "latest") == hex(first + 3)


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "a nonce that was used": ({"nonce": 0}, "nonce too low"),
    "more ETH than there is": ({"value": 10**9 * ETHER}, "insufficient funds for gas"),
    "too little gas": ({"gas": 20_999}, "intrinsic gas too low"),
    "more gas than a block has": ({"gas": 30_000_001}, "exceeds block gas limit"),
    "a fee below the base fee": (
        {"maxFeePerGas": 0, "maxPriorityFeePerGas": 0},
        "max fee per gas less than block base fee",
    ),
    "another chain": ({"chainId": 1}, "invalid chain id"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_no_block_can_hold_is_refused_at_once(rpc: Asking, what: str) -> None:
    rpc.transact(**{"from": SIGNERS[3].address, "to": RECEIVER})
    fields, reason = REFUSED[what]
    with pytest.raises(RpcError, match=reason) as caught:
        rpc.ask("eth_sendRawTransaction", raw(rpc, SIGNERS[3], **fields))
    assert caught.value.code == -32000
    assert rpc.ask("txpool_status") == {"pending": "0x0", "queued": "0x0"}


@pytest.mark.parametrize("text", ["0x", "0x00", "0x02c0", "0x03c0", "0xdeadbeef"])
def test_what_is_no_transaction_is_refused(rpc: Asking, text: str) -> None:
    with pytest.raises(RpcError, match="invalid transaction"):
        rpc.ask("eth_sendRawTransaction", text)


def test_one_that_waits_is_replaced_by_a_dearer_one_only(rpc: Asking) -> None:
    signer = SIGNERS[4]
    nonce = int(rpc.ask("eth_getTransactionCount", signer.address), 16)

    def send(gwei: int, ahead: int) -> Any:
        fees = {"maxFeePerGas": gwei * GWEI, "maxPriorityFeePerGas": gwei * GWEI}
        text = raw(rpc, signer, nonce=nonce + ahead, value=gwei, **fees)
        return rpc.ask("eth_sendRawTransaction", text)

    send(20, 1)
    with pytest.raises(RpcError, match="already known"):
        send(20, 1)
    with pytest.raises(RpcError, match="replacement transaction underpriced"):
        send(21, 1)
    dearer = send(22, 1)
    send(20, 0)
    assert rpc.receipt(dearer)["status"] == "0x1"


def test_accounts_of_people_send_without_saying_gas_price_or_nonce(rpc: Asking) -> None:
    account = rpc.ask("eth_accounts")[0]
    receipt = rpc.transact(**{"from": account, "data": RETURNS_42})
    assert receipt["to"] is None
    contract = receipt["contractAddress"]
    assert rpc.ask("eth_call", {"to": contract}) == f"0x{42:064x}"
    receipt = rpc.transact(**{"from": account, "to": contract, "input": "0x12345678"})
    assert receipt["to"] == contract
    sent = rpc.ask("eth_getTransactionByHash", receipt["transactionHash"])
    assert sent["input"] == "0x12345678"


def test_nobody_sends_for_accounts_whose_keys_are_not_here(rpc: Asking) -> None:
    with pytest.raises(RpcError, match="unknown account"):
        rpc.ask("eth_sendTransaction", {"from": RECEIVER, "to": RECEIVER})


@pytest.mark.parametrize("engine", ["revm", "pyevm-interpreted"])
def test_each_engine_on_our_chain_takes_strangers_in(engine: str) -> None:
    if engine == "revm":
        pytest.importorskip("pyrevm")
    with served(engine=engine) as live, Asking(live.rpc_url) as rpc:
        account = rpc.ask("eth_accounts")[0]
        contract = rpc.transact(**{"from": account, "data": RETURNS_42})["contractAddress"]
        assert rpc.ask("eth_call", {"to": contract}) == f"0x{42:064x}"
        assert live.join(0, funds=10).status_code == 204
