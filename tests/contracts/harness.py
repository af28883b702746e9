"""A small typed view of contracts on an in-process chain."""

import ast
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from eth_abi.abi import decode, encode
from eth_account import Account
from eth_account.messages import encode_defunct
from eth_tester import EthereumTester
from eth_tester.exceptions import TransactionFailed
from eth_utils.address import to_canonical_address, to_checksum_address
from eth_utils.crypto import keccak

from simulator.evm.eth_tester.standalone import ChainBackend

ROOT = Path(__file__).parents[2]
ARTIFACTS = ROOT / "simulator" / "chain" / "artifacts"
MAX = 2**256 - 1
ZERO = "0x" + "00" * 20
NO_HASH = bytes(32)
NO_SIGNATURE = bytes(65)
OVERFLOW = "panic 0x11"
GAS = 8_000_000

Abi = list[dict[str, Any]]


class RevertedError(Exception):
    """A call reverted; the reason is empty where the contract gives none."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Party:
    """An account with its key."""

    address: str
    key: bytes = field(repr=False)

    def sign(self, message: bytes) -> bytes:
        signed = Account.sign_message(encode_defunct(primitive=message), self.key)
        return bytes(signed.signature)


@dataclass(frozen=True)
class Event:
    """A decoded log entry."""

    name: str
    args: dict[str, Any]
    indexed: tuple[str, ...]


@dataclass(frozen=True)
class Receipt:
    """What a mined transaction did; `result` is what the call returned."""

    result: Any
    events: list[Event]
    block_number: int
    gas_used: int


def abi_type(parameter: dict[str, Any]) -> str:
    kind: str = parameter["type"]
    if kind.startswith("tuple"):
        inner = ",".join(abi_type(part) for part in parameter["components"])
        return f"({inner}){kind.removeprefix('tuple')}"
    return kind


def artifact(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((ARTIFACTS / f"{name}.json").read_text("utf-8"))
    return loaded


def _types(parameters: list[dict[str, Any]]) -> list[str]:
    return [abi_type(parameter) for parameter in parameters]


def _hash(entry: dict[str, Any]) -> bytes:
    return keccak(text=f"{entry['name']}({','.join(_types(entry['inputs']))})")


def _decode(types: list[str], data: bytes) -> tuple[Any, ...]:
    values = decode(types, data)
    pairs = zip(types, values, strict=True)
    return tuple(to_checksum_address(v) if t == "address" else v for t, v in pairs)


def _reason(text: str) -> str:
    if not text.startswith(("b'", 'b"')):
        return text
    data: bytes = ast.literal_eval(text)
    if data[:4] == keccak(text="Panic(uint256)")[:4]:
        return f"panic {int.from_bytes(data[4:], 'big'):#x}"
    return "" if data == b"" else data.hex()


class Chain:
    """An in-process chain that mines one block for each transaction."""

    def __init__(self) -> None:
        self._tester = EthereumTester(ChainBackend())
        keys = self._tester.backend.account_keys
        self.parties = [Party(key.public_key.to_checksum_address(), key.to_bytes()) for key in keys]
        self.id: int = self._tester.backend.chain.chain_id

    @property
    def block_number(self) -> int:
        """The last mined block."""
        number: int = self._tester.get_block_by_number("latest")["number"]
        return number

    def mine(self, blocks: int) -> None:
        if blocks > 0:
            self._tester.mine_blocks(blocks)

    def code(self, address: str) -> str:
        found: str = self._tester.get_code(address)
        return found

    @contextmanager
    def rollback(self) -> Iterator[None]:
        """Undo at the end what was done inside."""
        snapshot = self._tester.take_snapshot()
        try:
            yield
        finally:
            self._tester.revert_to_snapshot(snapshot)

    def deploy(self, name: str, *args: Any, sender: Party | None = None) -> "Contract":
        built = artifact(name)
        inputs = [e["inputs"] for e in built["abi"] if e["type"] == "constructor"]
        code = bytes.fromhex(built["bytecode"].removeprefix("0x"))
        data = code + encode(_types(inputs[0]) if inputs else [], args)
        self.call(None, data, sender)
        receipt = self.transact(None, data, sender)
        return Contract(self, receipt["contract_address"], built["abi"])

    def deploy_code(self, code: bytes) -> str:
        """Deploy raw creation code; its address."""
        address: str = self.transact(None, code, None)["contract_address"]
        return to_checksum_address(address)

    def call(self, to: str | None, data: bytes, sender: Party | None) -> bytes:
        """Execute in the pending block without a trace."""
        transaction = {
            "from": to_canonical_address((sender or self.parties[0]).address),
            "to": to_canonical_address(to) if to else b"",
            "data": data,
            "value": 0,
            "gas": GAS,
            "gas_price": 2 * 10**9,
        }
        try:
            output: bytes = self._tester.backend.call(transaction, "pending")
        except TransactionFailed as failure:
            raise RevertedError(_reason(str(failure))) from None
        return output

    def transact(self, to: str | None, data: bytes, sender: Party | None) -> dict[str, Any]:
        """Mine a transaction that is known to succeed."""
        transaction = {
            "from": (sender or self.parties[0]).address,
            "to": to or "",
            "data": "0x" + data.hex(),
            "gas": GAS,
        }
        sent = self._tester.send_transaction(transaction)
        receipt: dict[str, Any] = self._tester.get_transaction_receipt(sent)
        assert receipt["status"] == 1
        return receipt


class Contract:
    """One deployed contract, called by function name."""

    def __init__(self, chain: Chain, address: str, abi: Abi) -> None:
        self.address = to_checksum_address(address)
        self._chain = chain
        self._functions = {e["name"]: e for e in abi if e["type"] == "function"}
        self._events = {_hash(e): e for e in abi if e["type"] == "event"}

    def call(self, name: str, *args: Any, sender: Party | None = None) -> Any:
        """The result of a call in the pending block; a tuple where there are several."""
        data = self._chain.call(self.address, self._encode(name, args), sender)
        values = _decode(_types(self._functions[name]["outputs"]), data)
        return values[0] if len(values) == 1 else values

    def send(self, name: str, *args: Any, sender: Party | None = None) -> Receipt:
        """Mine a call; raises RevertedError, without a transaction, where it would fail."""
        result = self.call(name, *args, sender=sender)
        receipt = self._chain.transact(self.address, self._encode(name, args), sender)
        logs = [log for log in receipt["logs"] if log["address"] == self.address]
        events = [self._event(log) for log in logs]
        return Receipt(result, events, receipt["block_number"], receipt["gas_used"])

    def _encode(self, name: str, args: tuple[Any, ...]) -> bytes:
        entry = self._functions[name]
        return _hash(entry)[:4] + encode(_types(entry["inputs"]), args)

    def _event(self, log: dict[str, Any]) -> Event:
        topics = [bytes.fromhex(topic.removeprefix("0x")) for topic in log["topics"]]
        entry = self._events[topics[0]]
        indexed = [p for p in entry["inputs"] if p["indexed"]]
        plain = [p for p in entry["inputs"] if not p["indexed"]]
        data = bytes.fromhex(log["data"].removeprefix("0x"))
        values = _decode(_types(indexed), b"".join(topics[1:])) + _decode(_types(plain), data)
        names = [p["name"] for p in indexed + plain]
        return Event(
            name=entry["name"],
            args=dict(zip(names, values, strict=True)),
            indexed=tuple(p["name"] for p in indexed),
        )


@contextmanager
def reverts(reason: str) -> Iterator[None]:
    """Expect exactly this revert reason."""
    with pytest.raises(RevertedError) as caught:
        yield
    assert caught.value.reason == reason
