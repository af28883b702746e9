"""Blocks, transactions and receipts as the dictionaries that eth-tester wants."""

from collections.abc import Iterable
from hashlib import sha256
from typing import Any

from eth.constants import BLANK_ROOT_HASH, EMPTY_UNCLE_HASH, POST_MERGE_NONCE
from eth_bloom.bloom import BloomFilter

from simulator.evm.blocks import Block
from simulator.evm.transactions import DYNAMIC_FEE, LEGACY, Log, Transaction
from simulator.words.creation import created_address

HEADER_BYTES = 600
"""About what a header with a Bloom filter takes."""


def serialize_block(
    block: Block, parent_hash: bytes, transactions: list[Any], size: int
) -> dict[str, Any]:
    """Return a block; roots that nobody keeps are blank."""
    header = block.header
    logs = [log for receipt in block.receipts for log in receipt.logs]
    return {
        "number": header.number,
        "hash": header.hash,
        "parent_hash": parent_hash,
        "nonce": POST_MERGE_NONCE,
        "sha3_uncles": EMPTY_UNCLE_HASH,
        "logs_bloom": _bloom(logs),
        "transactions_root": header.content,
        "receipts_root": BLANK_ROOT_HASH,
        "state_root": BLANK_ROOT_HASH,
        "coinbase": header.coinbase,
        "difficulty": 0,
        "total_difficulty": 0,
        "mix_hash": header.mix_hash,
        "size": HEADER_BYTES + size,
        "extra_data": bytes(32),
        "gas_limit": header.gas_limit,
        "gas_used": header.gas_used,
        "timestamp": header.timestamp,
        "transactions": transactions,
        "uncles": [],
        "base_fee_per_gas": header.base_fee,
        "withdrawals": [],
        "withdrawals_root": BLANK_ROOT_HASH,
        "parent_beacon_block_root": bytes(32),
        "blob_gas_used": 0,
        "excess_blob_gas": 0,
        "requests_hash": sha256().digest(),
    }


def _bloom(logs: Iterable[Log]) -> int:
    bloom = BloomFilter()
    for log in logs:
        bloom.add(log.contract)
        for topic in log.topics:
            bloom.add(topic)
    return int(bloom)


def _place(block: Block, index: int, *, pending: bool) -> dict[str, Any]:
    return {
        "block_hash": None if pending else block.header.hash,
        "block_number": None if pending else block.header.number,
        "transaction_index": None if pending else index,
    }


def serialize_transaction(
    block: Block, index: int, signed: Any, chain_id: int, *, pending: bool
) -> dict[str, Any]:
    """Return a transaction with its signature."""
    transaction: Transaction = block.transactions[index]
    price = transaction.gas_price(block.header.base_fee)
    legacy = transaction.kind == LEGACY
    v = signed.v if legacy else signed.y_parity
    fields = {
        "type": transaction.kind,
        "hash": signed.hash,
        "nonce": transaction.nonce,
        **_place(block, index, pending=pending),
        "from": transaction.sender,
        "to": transaction.to or b"",
        "value": transaction.value,
        "gas": transaction.gas,
        "data": transaction.data,
        "gas_price": transaction.max_fee if pending else price,
        "v": v,
        "r": signed.r,
        "s": signed.s,
    }
    if not legacy:
        fields |= {"chain_id": chain_id, "access_list": transaction.access_list, "y_parity": v}
    if transaction.kind == DYNAMIC_FEE:
        fields |= {
            "max_fee_per_gas": transaction.max_fee,
            "max_priority_fee_per_gas": transaction.priority_fee,
        }
    return fields


def serialize_receipt(
    block: Block, index: int, transaction_hash: bytes, *, pending: bool
) -> dict[str, Any]:
    """Return a receipt; its logs are numbered through the block."""
    transaction, receipt = block.transactions[index], block.receipts[index]
    first = sum(len(earlier.logs) for earlier in block.receipts[:index])
    return {
        **_place(block, index, pending=pending),
        "transaction_hash": transaction_hash,
        "contract_address": None
        if transaction.to is not None
        else created_address(transaction.sender, transaction.nonce),
        "cumulative_gas_used": receipt.cumulative_gas_used,
        "effective_gas_price": receipt.gas_price,
        "from": transaction.sender,
        "gas_used": receipt.gas_used,
        "logs": [
            serialize_log(block, index, transaction_hash, number, log, pending=pending)
            for number, log in enumerate(receipt.logs, first)
        ],
        "state_root": b"\1" if receipt.status else b"",
        "status": receipt.status,
        "to": transaction.to or b"",
        "type": transaction.kind,
    }


def serialize_log(
    block: Block,
    index: int,
    transaction_hash: bytes,
    number: int,
    log: Log,
    *,
    pending: bool = False,
) -> dict[str, Any]:
    """Return a log of a block's transaction; `number` counts through the block."""
    return {
        **_place(block, index, pending=pending),
        "transaction_hash": transaction_hash,
        "type": "pending" if pending else "mined",
        "log_index": number,
        "address": log.contract,
        "data": log.data,
        "topics": list(log.topics),
    }
