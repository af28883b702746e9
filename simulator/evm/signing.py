"""Signed transactions: py-evm's classes, made from ours and read back."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from eth.vm.forks.berlin.transactions import TypedTransaction
from eth.vm.forks.prague.transactions import PragueTransactionBuilder
from eth_keys.datatypes import PrivateKey
from eth_utils.exceptions import ValidationError
from msgspec.structs import replace

from simulator.evm.transactions import ACCESS_LIST, DYNAMIC_FEE, LEGACY, Transaction

builder: Any = PragueTransactionBuilder

DEFAULT_FEE = 1_000_000_000
"""Wei for each unit of gas, as fee cap and priority fee, where none is given."""

SIGNATURE_FIELDS = ("v", "r", "s")


def by_address(keys: Iterable[PrivateKey]) -> dict[bytes, PrivateKey]:
    """Return keys by the accounts that they sign for."""
    return {key.public_key.to_canonical_address(): key for key in keys}


def sign(transaction: Transaction, key: PrivateKey, chain_id: int) -> Any:
    """Return the signed transaction."""
    make = {
        LEGACY: builder.create_unsigned_transaction,
        ACCESS_LIST: builder.new_unsigned_access_list_transaction,
        DYNAMIC_FEE: builder.new_unsigned_dynamic_fee_transaction,
    }[transaction.kind]
    signed = make(**_fields(transaction, chain_id)).as_signed_transaction(key)
    # `sender` is a cached property: what is known needs no signature recovery
    signed.__dict__["sender"] = transaction.sender
    return signed


def signed(transaction: Transaction, key: PrivateKey, chain_id: int) -> Transaction:
    """Return a transaction that bears its signature."""
    return replace(transaction, signed=sign(transaction, key, chain_id))


def unsigned(transaction: Transaction, chain_id: int) -> Transaction:
    """Return a transaction of an account that has not signed it: its signature is nobody's."""
    # the account as a part of it: equal transactions of several accounts have hashes of their own
    given = {"v": 0, "r": 1, "s": int.from_bytes(transaction.sender, "big") or 1}
    if transaction.kind == LEGACY:
        given["v"] = 2 * chain_id + 35
    found = with_signature(transaction, given, chain_id)
    found.__dict__["sender"] = transaction.sender
    return replace(transaction, signed=found)


def chain_id_of(signed_transaction: Any) -> int | None:
    """Return the chain that a transaction was signed for; None: for any (before EIP-155)."""
    if isinstance(signed_transaction, TypedTransaction):
        return int(signed_transaction.chain_id)
    v = int(signed_transaction.v)
    return (v - 35) // 2 if v >= 35 else None


def with_signature(transaction: Transaction, given: Mapping[str, Any], chain_id: int) -> Any:
    """Return the signed transaction that a signature belongs to."""
    make = {
        LEGACY: builder.new_transaction,
        ACCESS_LIST: builder.new_access_list_transaction,
        DYNAMIC_FEE: builder.new_dynamic_fee_transaction,
    }[transaction.kind]
    first = "v" if transaction.kind == LEGACY else "y_parity"
    signature = {first: given["v"], "r": given["r"], "s": given["s"]}
    return make(**_fields(transaction, chain_id), **signature)


def _fields(transaction: Transaction, chain_id: int) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "nonce": transaction.nonce,
        "gas": transaction.gas,
        "to": transaction.to or b"",
        "value": transaction.value,
        "data": transaction.data,
    }
    if transaction.kind != LEGACY:
        fields |= {"chain_id": chain_id, "access_list": transaction.access_list}
    if transaction.kind == DYNAMIC_FEE:
        fees = (transaction.max_fee, transaction.priority_fee)
        return fields | dict(
            zip(("max_fee_per_gas", "max_priority_fee_per_gas"), fees, strict=True)
        )
    return fields | {"gas_price": transaction.max_fee}


def from_signed(signed: Any) -> Transaction:
    """Return our view of a signed transaction; the sender comes from the signature."""
    kind: int = LEGACY
    if isinstance(signed, TypedTransaction):
        kind = signed.type_id or LEGACY
    if kind > DYNAMIC_FEE:
        raise ValidationError(
            f"Transactions of type {kind} need the engine pyevm-full: the fast ones execute "
            "types 0, 1 and 2."
        )
    signed.validate()
    access = signed.access_list if kind != LEGACY else ()
    dynamic = kind == DYNAMIC_FEE
    return Transaction(
        sender=bytes(signed.sender),
        nonce=signed.nonce,
        to=bytes(signed.to) or None,
        data=bytes(signed.data),
        gas=signed.gas,
        max_fee=signed.max_fee_per_gas if dynamic else signed.gas_price,
        priority_fee=signed.max_priority_fee_per_gas if dynamic else signed.gas_price,
        value=signed.value,
        access_list=tuple((bytes(address), tuple(slots)) for address, slots in access),
        kind=kind,
        signed=signed,
    )


def decode(raw: bytes) -> Transaction:
    """Return the transaction that was sent as bytes."""
    return from_signed(builder.decode(raw))


def from_fields(
    given: Mapping[str, Any],
    next_nonce: Callable[[], int],
    base_fee: Callable[[], int],
    default_gas: Callable[[], int],
) -> Transaction:
    """Return the transaction that a dictionary of eth-tester's describes.

    Args:
        given: the fields; what is missing gets a default.
        next_nonce: tells the nonce, where none is given.
        base_fee: tells the base fee, where only a priority fee is given.
        default_gas: tells the gas limit, where none is given.
    """
    max_fee, priority_fee, kind = _fees(given, base_fee)
    return Transaction(
        sender=given["from"],
        nonce=given["nonce"] if "nonce" in given else next_nonce(),
        to=given.get("to") or None,
        data=given.get("data", b""),
        gas=given["gas"] if "gas" in given else default_gas(),
        max_fee=max_fee,
        priority_fee=priority_fee,
        value=given.get("value", 0),
        access_list=tuple(
            (bytes(address), tuple(slots)) for address, slots in given.get("access_list", ())
        ),
        kind=kind,
    )


def _fees(given: Mapping[str, Any], base_fee: Callable[[], int]) -> tuple[int, int, int]:
    """Return fee cap, priority fee and transaction type."""
    if "gas_price" in given:
        price = given["gas_price"]
        return price, price, ACCESS_LIST if "access_list" in given else LEGACY
    max_fee = given.get("max_fee_per_gas")
    priority = given.get("max_priority_fee_per_gas")
    if priority is None:
        priority = DEFAULT_FEE if max_fee is None else min(DEFAULT_FEE, max_fee)
        max_fee = DEFAULT_FEE if max_fee is None else max_fee
    elif max_fee is None:
        max_fee = priority + 2 * base_fee()
    return max_fee, priority, DYNAMIC_FEE
