"""Values of requests, read: quantities, data, addresses, blocks, transactions, filters."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from simulator.evm.transactions import ACCESS_LIST, DYNAMIC_FEE, LEGACY, AccessList
from simulator.rpc.failures import RpcFailure, wrong
from simulator.words.quoting import shown
from simulator.words.units import UINT256_MAX, Address

_QUANTITY = re.compile("0x[0-9a-fA-F]{1,66}", re.ASCII)
_DATA = re.compile("0x(?:[0-9a-fA-F]{2})*", re.ASCII)
_ADDRESS = re.compile("0x[0-9a-fA-F]{40}", re.ASCII)
_HASH = re.compile("0x[0-9a-fA-F]{64}", re.ASCII)

LATEST = "latest"
PENDING = "pending"
TAGS = (LATEST, "safe", "finalized", PENDING, "earliest")

BlockChoice = int | bytes | str
"""A block by its number, its hash, or one of `TAGS`."""


def quantity(value: object, name: str, most: int = UINT256_MAX) -> int:
    """Read a whole number: hexadecimal text as the specification has it, or a JSON number."""
    number = -1
    if isinstance(value, str) and _QUANTITY.fullmatch(value):
        number = int(value, 16)
    elif isinstance(value, int) and not isinstance(value, bool):
        number = value
    if not 0 <= number <= most:
        raise wrong(f"{name} must be a quantity such as 0x1f, not {shown(value)}.")
    return number


def data(value: object, name: str) -> bytes:
    """Read bytes: hexadecimal text with an even number of digits."""
    if not isinstance(value, str) or not _DATA.fullmatch(value):
        raise wrong(f"{name} must be bytes such as 0x00ff, not {shown(value)}.")
    return bytes.fromhex(value[2:])


def address(value: object, name: str = "the address") -> Address:
    """Read an address, in any case."""
    if not isinstance(value, str) or not _ADDRESS.fullmatch(value):
        raise wrong(f"{name} must be 0x and 40 hexadecimal digits, not {shown(value)}.")
    return Address(bytes.fromhex(value[2:]))


def hash32(value: object, name: str = "the hash") -> bytes:
    """Read a hash."""
    if not isinstance(value, str) or not _HASH.fullmatch(value):
        raise wrong(f"{name} must be 0x and 64 hexadecimal digits, not {shown(value)}.")
    return bytes.fromhex(value[2:])


def block(value: object, name: str = "the block") -> BlockChoice:
    """Read which block is meant: a tag, a number, a hash, or an object with one of the two."""
    if value is None:
        return LATEST
    if isinstance(value, dict):
        if "blockHash" in value:
            return hash32(value["blockHash"], "blockHash")
        if "blockNumber" in value:
            return block(value["blockNumber"], "blockNumber")
        raise wrong(f"{name} needs blockNumber or blockHash, not {shown(value)}.")
    if isinstance(value, str):
        if value in TAGS:
            return value
        if _HASH.fullmatch(value):
            return bytes.fromhex(value[2:])
    try:
        return quantity(value, name)
    except RpcFailure:
        raise wrong(
            f"{name} must be a number such as 0x1f or one of {', '.join(TAGS)}, not {shown(value)}."
        ) from None


@dataclass(frozen=True, slots=True)
class Request:
    """A transaction as somebody describes it; None: not said.

    Attributes:
        gas_price: wei for each unit of gas, of the older types.
        kind: the transaction type, as far as it follows from what is said.
    """

    sender: Address | None
    to: Address | None
    data: bytes
    value: int
    gas: int | None
    gas_price: int | None
    max_fee: int | None
    priority_fee: int | None
    nonce: int | None
    chain_id: int | None
    access_list: AccessList
    kind: int


def _optional(given: Mapping[str, Any], name: str) -> int | None:
    value = given.get(name)
    return None if value is None else quantity(value, name)


def transaction(given: object) -> Request:
    """Read the object that describes a call or a transaction; fields that nobody knows are left."""
    if not isinstance(given, dict):
        raise wrong(f"the transaction must be an object, not {shown(given)}.")
    sender, to = given.get("from"), given.get("to")
    gas_price = _optional(given, "gasPrice")
    max_fee = _optional(given, "maxFeePerGas")
    priority_fee = _optional(given, "maxPriorityFeePerGas")
    if gas_price is not None and (max_fee is not None or priority_fee is not None):
        raise wrong("gasPrice and maxFeePerGas exclude each other.")
    access = _access_list(given.get("accessList"))
    kind = _optional(given, "type")
    if kind is None:
        kind = DYNAMIC_FEE
        if gas_price is not None:
            kind = ACCESS_LIST if given.get("accessList") is not None else LEGACY
    if kind > DYNAMIC_FEE:
        raise wrong(f"type must be 0x0, 0x1 or 0x2, not {shown(given['type'])}.")
    return Request(
        sender=None if sender is None else address(sender, "from"),
        to=None if to in (None, "", "0x") else address(to, "to"),
        data=_input(given),
        value=_optional(given, "value") or 0,
        gas=_optional(given, "gas"),
        gas_price=gas_price,
        max_fee=max_fee,
        priority_fee=priority_fee,
        nonce=_optional(given, "nonce"),
        chain_id=_optional(given, "chainId"),
        access_list=access,
        kind=kind,
    )


def _input(given: Mapping[str, Any]) -> bytes:
    """Return the calldata, which has two names; some clients send both."""
    found = [data(given[name], name) for name in ("input", "data") if given.get(name) is not None]
    if len(found) == 2 and found[0] != found[1]:
        raise wrong("input and data differ: give one of them.")
    return found[0] if found else b""


def _access_list(given: object) -> AccessList:
    if given is None:
        return ()
    if not isinstance(given, list) or not all(isinstance(entry, dict) for entry in given):
        raise wrong("accessList must be a list of objects with address and storageKeys.")
    return tuple((address(entry.get("address")), _slots(entry)) for entry in given)


def _slots(entry: Mapping[str, Any]) -> tuple[int, ...]:
    keys = entry.get("storageKeys") or []
    if not isinstance(keys, list):
        raise wrong(f"storageKeys must be a list, not {shown(keys)}.")
    return tuple(int.from_bytes(hash32(key, "a storage key"), "big") for key in keys)


Topics = tuple[tuple[bytes, ...] | None, ...]
"""For each position what may be there; None: anything."""


@dataclass(frozen=True, slots=True)
class LogQuery:
    """Which logs are wanted.

    Attributes:
        block_hash: of the block that they are to be in; else a range counts.
        contracts: who may have emitted them; None: anybody.
    """

    block_hash: bytes | None
    first: BlockChoice
    last: BlockChoice
    contracts: tuple[bytes, ...] | None
    topics: Topics


MAX_TOPICS = 4
MAX_ALTERNATIVES = 1_000


def log_query(given: object) -> LogQuery:
    """Read the object that says which logs are wanted."""
    if given is None:
        given = {}
    if not isinstance(given, dict):
        raise wrong(f"the filter must be an object, not {shown(given)}.")
    block_hash = given.get("blockHash")
    if block_hash is not None and not {"fromBlock", "toBlock"}.isdisjoint(given):
        raise wrong("blockHash excludes fromBlock and toBlock.")
    contracts = given.get("address")
    if contracts is not None and not isinstance(contracts, list):
        contracts = [contracts]
    topics = given.get("topics") or []
    if not isinstance(topics, list) or len(topics) > MAX_TOPICS:
        raise wrong(f"topics must be a list of at most {MAX_TOPICS}, not {shown(topics)}.")
    for alternatives in (contracts, *topics):
        if isinstance(alternatives, list) and len(alternatives) > MAX_ALTERNATIVES:
            raise wrong(f"a filter names at most {MAX_ALTERNATIVES:,} addresses, or topics.")
    return LogQuery(
        None if block_hash is None else hash32(block_hash, "blockHash"),
        block(given.get("fromBlock"), "fromBlock"),
        block(given.get("toBlock"), "toBlock"),
        tuple(address(one) for one in contracts) if contracts else None,
        tuple(_topic(one) for one in topics),
    )


def _topic(given: object) -> tuple[bytes, ...] | None:
    if given is None or given == []:
        return None
    several = given if isinstance(given, list) else [given]
    if None in several:
        return None
    return tuple(hash32(one, "a topic") for one in several)
