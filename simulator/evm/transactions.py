"""Transactions, receipts and logs, as the chain keeps them."""

from typing import Any

from msgspec import Struct

LEGACY = 0
ACCESS_LIST = 1
DYNAMIC_FEE = 2

AccessList = tuple[tuple[bytes, tuple[int, ...]], ...]
"""Addresses, each with slots, that are warm from the start."""


class Log(Struct, frozen=True, gc=False):
    """What a contract emitted: who, the topics, the data."""

    contract: bytes
    topics: tuple[bytes, ...]
    data: bytes


class Transaction(Struct, frozen=True, gc=False):
    """What an account wants executed; it is signed when somebody asks for its hash.

    Attributes:
        to: the callee; None for a deployment.
        max_fee: wei for each unit of gas, the gas price of the older types.
        priority_fee: wei for each unit of gas on top of the base fee.
        kind: the transaction type: `LEGACY`, `ACCESS_LIST` or `DYNAMIC_FEE`.
        signed: the signed transaction, where it came that way.
    """

    sender: bytes
    nonce: int
    to: bytes | None
    data: bytes
    gas: int
    max_fee: int
    priority_fee: int
    value: int = 0
    access_list: AccessList = ()
    kind: int = DYNAMIC_FEE
    signed: Any = None

    def gas_price(self, base_fee: int) -> int:
        """Return what is paid for each unit of gas in a block with this base fee, in wei."""
        return min(self.max_fee, self.priority_fee + base_fee)


class Receipt(Struct, frozen=True, gc=False):
    """What became of a transaction.

    Attributes:
        error: empty after a success, else the kind of failure.
        gas_used: by this transaction.
        cumulative_gas_used: by the block up to here.
        gas_price: what each unit of gas cost, in wei.
        output: what was returned, or the data of a revert.
        created: the address of a deployed contract.
    """

    error: str
    gas_used: int
    cumulative_gas_used: int
    gas_price: int
    output: bytes
    logs: tuple[Log, ...]
    created: bytes | None

    @property
    def status(self) -> int:
        """1 for a success, 0 for a failure."""
        return 0 if self.error else 1


def encode(transaction: Transaction, receipt: Receipt) -> bytes:
    """Return the bytes that stand for a transaction and its outcome in its block's hash."""
    to, data = transaction.to, transaction.data
    slots = [slot for _, keys in transaction.access_list for slot in (len(keys), *keys)]
    return b"".join(
        (
            transaction.sender,
            transaction.nonce.to_bytes(8, "big"),
            b"\0" if to is None else b"\1" + to,
            len(data).to_bytes(4, "big"),
            data,
            transaction.gas.to_bytes(8, "big"),
            transaction.value.to_bytes(32, "big"),
            transaction.max_fee.to_bytes(32, "big"),
            transaction.priority_fee.to_bytes(32, "big"),
            bytes((transaction.kind, receipt.status)),
            receipt.gas_used.to_bytes(8, "big"),
            *(address for address, _ in transaction.access_list),
            *(slot.to_bytes(32, "big") for slot in slots),
        )
    )
