"""Compiled contracts and their ABI codecs, built once for each contract."""

import json
from functools import cache
from importlib import resources
from typing import Any

from simulator.chain.codec import WORD, Codec, NotEncoded
from simulator.evm.transactions import Log
from simulator.words.errors import ConfigurationError
from simulator.words.hashing import keccak

SELECTOR_LENGTH = 4


class Unreadable(Exception):
    """A contract has no answer to a read-only call, or is none, or answers in its own way."""


class _Function:
    def __init__(self, entry: dict[str, Any]) -> None:
        self.inputs = Codec(entry["inputs"])
        self.outputs = Codec(entry["outputs"])
        self.selector = _signature_hash(entry, self.inputs)[:SELECTOR_LENGTH]


class _EventCodec:
    def __init__(self, entry: dict[str, Any]) -> None:
        self.name: str = entry["name"]
        self.topic = _signature_hash(entry, Codec(entry["inputs"]))
        self.indexed = Codec([field for field in entry["inputs"] if field["indexed"]])
        self.plain = Codec([field for field in entry["inputs"] if not field["indexed"]])


def _signature_hash(entry: dict[str, Any], inputs: Codec) -> bytes:
    return keccak(f"{entry['name']}({','.join(inputs.types)})".encode())


class Artifact:
    """A compiled contract: code, ABI, and codecs for its calls and events.

    Args:
        name: of the contract.
        content: its `abi` and its `bytecode`.
        is_ours: whether this package has compiled it, and knows where it keeps things.
    """

    def __init__(self, name: str, content: dict[str, Any], *, is_ours: bool = True) -> None:
        self.name = name
        self.is_ours = is_ours
        self.abi: list[dict[str, Any]] = content["abi"]
        self.bytecode = bytes.fromhex(content["bytecode"].removeprefix("0x"))
        self._functions = {e["name"]: _Function(e) for e in self.abi if e["type"] == "function"}
        events = [_EventCodec(entry) for entry in self.abi if entry["type"] == "event"]
        self._events = {event.topic: event for event in events}
        constructor = [entry for entry in self.abi if entry["type"] == "constructor"]
        self._constructor = Codec(constructor[0]["inputs"] if constructor else [])

    def deployment(self, *arguments: object) -> bytes:
        """Return the data of a transaction that deploys the contract."""
        return self.bytecode + self._constructor.encode(arguments)

    def encode(self, function: str, *arguments: object) -> bytes:
        """Return the calldata of a call."""
        codec = self._functions[function]
        return codec.selector + codec.inputs.encode(arguments)

    def decode_result(self, function: str, data: bytes) -> tuple[Any, ...]:
        """Return a call's results.

        Raises:
            Unreadable: the data are none; where there is no contract, they are empty.
        """
        try:
            return self._functions[function].outputs.decode(data)
        except NotEncoded:
            raise Unreadable(f"{self.name}.{function} answers 0x{data[:WORD].hex()}") from None

    def decode_log(self, log: Log) -> tuple[str, dict[str, Any]] | None:
        """Return an event's name and arguments; None for an event of another contract.

        One of the same name may have its fields elsewhere: tokens are anybody's.
        """
        event = self._events.get(log.topics[0]) if log.topics else None
        if event is None or len(log.topics) != 1 + len(event.indexed.names):
            return None
        try:
            values = dict(zip(event.plain.names, event.plain.decode(log.data), strict=True))
            indexed = event.indexed.decode(b"".join(log.topics[1:]))
        except NotEncoded:
            return None
        values.update(zip(event.indexed.names, indexed, strict=True))
        return event.name, values


@cache
def load(name: str) -> Artifact:
    """Return a compiled contract of the package.

    Raises:
        ConfigurationError: the artifact is missing or damaged.
    """
    path = resources.files("simulator.chain") / "artifacts" / f"{name}.json"
    try:
        return Artifact(name, json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise ConfigurationError(
            f"simulator/chain/artifacts/{name}.json is missing: run `make contracts`."
        ) from None
    except (ValueError, KeyError, TypeError):
        raise ConfigurationError(
            f"simulator/chain/artifacts/{name}.json is damaged: run `make contracts`."
        ) from None
