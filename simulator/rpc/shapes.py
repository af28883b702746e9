"""Answers in the shapes that the specification gives them: blocks, transactions, receipts, logs."""

from collections.abc import Iterable
from hashlib import sha256
from typing import Any

from eth_bloom.bloom import BloomFilter

from simulator.evm.blocks import Block, Header
from simulator.evm.transactions import DYNAMIC_FEE, LEGACY, AccessList, Log, Transaction
from simulator.words.creation import created_address
from simulator.words.hashing import keccak

Shape = dict[str, Any]

EMPTY_TRIE = "0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421"
"""The root of a trie that holds nothing: what stands where nobody keeps a trie."""

NO_UNCLES = "0x" + keccak(b"\xc0").hex()
NO_REQUESTS = "0x" + sha256().hexdigest()
HEADER_BYTES = 600
"""About what a header with a bloom takes."""


def quantity(number: int) -> str:
    """Return a whole number as it is sent."""
    return hex(number)


def data(value: bytes) -> str:
    """Return bytes as they are sent."""
    return "0x" + value.hex()


def word(number: int) -> str:
    """Return a number as 32 bytes."""
    return f"0x{number:064x}"


def bloom(logs: Iterable[Log]) -> str:
    """Return the 256 bytes in which a log's contract and topics leave their marks."""
    found = BloomFilter()
    for log in logs:
        found.add(log.contract)
        for topic in log.topics:
            found.add(topic)
    return f"0x{int(found):0512x}"


def header(one: Header, logs: Iterable[Log], parent: bytes, *, pending: bool = False) -> Shape:
    """Return what a block says of itself; a pending one has no hash yet."""
    return {
        "number": quantity(one.number),
        "hash": None if pending else data(one.hash),
        "parentHash": data(parent),
        "nonce": None if pending else data(bytes(8)),
        "sha3Uncles": NO_UNCLES,
        "logsBloom": None if pending else bloom(logs),
        "transactionsRoot": data(one.content) if any(one.content) else EMPTY_TRIE,
        "stateRoot": EMPTY_TRIE,
        "receiptsRoot": EMPTY_TRIE,
        "miner": data(one.coinbase),
        "difficulty": "0x0",
        "extraData": "0x",
        "gasLimit": quantity(one.gas_limit),
        "gasUsed": quantity(one.gas_used),
        "timestamp": quantity(one.timestamp),
        "mixHash": data(one.mix_hash),
        "baseFeePerGas": quantity(one.base_fee),
        "withdrawalsRoot": EMPTY_TRIE,
        "blobGasUsed": "0x0",
        "excessBlobGas": "0x0",
        "parentBeaconBlockRoot": data(bytes(32)),
        "requestsHash": NO_REQUESTS,
    }


def block(
    one: Block, parent: bytes, transactions: list[Any], size: int, *, pending: bool = False
) -> Shape:
    """Return a block with its transactions, or their hashes."""
    logs = [log for receipt in one.receipts for log in receipt.logs]
    return header(one.header, logs, parent, pending=pending) | {
        "totalDifficulty": "0x0",
        "size": quantity(HEADER_BYTES + size),
        "transactions": transactions,
        "uncles": [],
        "withdrawals": [],
    }


def place(one: Block, index: int) -> Shape:
    """Return where something is that is in a block."""
    return {
        "blockHash": data(one.header.hash),
        "blockNumber": quantity(one.header.number),
        "transactionIndex": quantity(index),
    }


NOWHERE: Shape = {"blockHash": None, "blockNumber": None, "transactionIndex": None}
"""Where something is that waits for a block."""


def access_list(entries: AccessList) -> list[Shape]:
    """Return an access list."""
    return [
        {"address": data(account), "storageKeys": [word(slot) for slot in slots]}
        for account, slots in entries
    ]


def transaction(one: Transaction, signed: Any, chain_id: int, base_fee: int, where: Shape) -> Shape:
    """Return a transaction with its signature.

    Args:
        one: the transaction.
        signed: the same with its signature.
        chain_id: of the chain.
        base_fee: of its block, or of the next one, in wei.
        where: its place, from `place`, or `NOWHERE`.
    """
    waits = where is NOWHERE
    legacy = one.kind == LEGACY
    found: Shape = {
        "type": quantity(one.kind),
        "hash": data(signed.hash),
        **where,
        "from": data(one.sender),
        "to": None if one.to is None else data(one.to),
        "nonce": quantity(one.nonce),
        "value": quantity(one.value),
        "gas": quantity(one.gas),
        "gasPrice": quantity(one.max_fee if waits else one.gas_price(base_fee)),
        "input": data(one.data),
        "v": quantity(signed.v if legacy else signed.y_parity),
        "r": quantity(signed.r),
        "s": quantity(signed.s),
    }
    if not legacy:
        found |= {
            "chainId": quantity(chain_id),
            "accessList": access_list(one.access_list),
            "yParity": quantity(signed.y_parity),
        }
    elif signed.v > 28:  # EIP-155: the chain is part of what was signed
        found["chainId"] = quantity(chain_id)
    if one.kind == DYNAMIC_FEE:
        found |= {
            "maxFeePerGas": quantity(one.max_fee),
            "maxPriorityFeePerGas": quantity(one.priority_fee),
        }
    return found


def receipt(one: Block, index: int, transaction_hash: bytes) -> Shape:
    """Return a receipt; its logs are numbered through the block."""
    sent, done = one.transactions[index], one.receipts[index]
    first = sum(len(earlier.logs) for earlier in one.receipts[:index])
    created = None if sent.to is not None else data(created_address(sent.sender, sent.nonce))
    return {
        "transactionHash": data(transaction_hash),
        **place(one, index),
        "from": data(sent.sender),
        "to": None if sent.to is None else data(sent.to),
        "contractAddress": created,
        "type": quantity(sent.kind),
        "status": quantity(done.status),
        "gasUsed": quantity(done.gas_used),
        "cumulativeGasUsed": quantity(done.cumulative_gas_used),
        "effectiveGasPrice": quantity(done.gas_price),
        "logsBloom": bloom(done.logs),
        "logs": [
            log(one, index, transaction_hash, number, emitted)
            for number, emitted in enumerate(done.logs, first)
        ],
    }


def log(one: Block, index: int, transaction_hash: bytes, number: int, emitted: Log) -> Shape:
    """Return a log of a block's transaction; `number` counts through the block."""
    return {
        "address": data(emitted.contract),
        "topics": [data(topic) for topic in emitted.topics],
        "data": data(emitted.data),
        "transactionHash": data(transaction_hash),
        **place(one, index),
        "logIndex": quantity(number),
        "blockTimestamp": quantity(one.header.timestamp),
        "removed": False,
    }
