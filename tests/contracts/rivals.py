"""Our contracts and the published ones of raiden-contracts 0.40.3, told the same."""

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any
from warnings import catch_warnings, simplefilter
from zipfile import ZipFile

import pytest
from msgspec.structs import replace

from simulator.chain.abi import Artifact, load
from simulator.chain.evm_ledger import EvmLedger
from simulator.chain.ledger import ContractCall, MinedBlock, at_once
from simulator.evm.transactions import Receipt
from simulator.words.units import Address
from tests.chain.side_by_side import ACCOUNTS, ETH, KEYS, Pair

FOLDER = Path(__file__).parents[1] / "published"


@cache
def published_file() -> dict[str, Any]:
    """The published contracts, in the format in which they are published."""
    wheels = sorted(FOLDER.glob("raiden_contracts-*.whl"))
    if not wheels:
        pytest.skip("the published contracts are not there: `make test` fetches them")
    with ZipFile(wheels[-1]) as wheel:
        content: dict[str, Any] = json.loads(wheel.read("raiden_contracts/data/contracts.json"))
    return content


@cache
def published(name: str) -> Artifact:
    entry = published_file()["contracts"][name]
    return Artifact(name, {"abi": entry["abi"], "bytecode": entry["bin"]})


class Recorded(EvmLedger):
    """A ledger that remembers everything that came of the calls of its newest block."""

    def __init__(self) -> None:
        super().__init__(KEYS, dict.fromkeys(ACCOUNTS, ETH), 15)
        self.receipts: list[Receipt] = []
        apply = self._chain.apply

        def recording(
            sender: bytes, to: bytes | None, data: bytes, gas: int, gas_price: int
        ) -> Receipt:
            receipt = apply(sender, to, data, gas, gas_price)
            self.receipts.append(receipt)
            return receipt

        self._chain.apply = recording  # type: ignore[method-assign]

    def answer(self, to: Address, data: bytes) -> tuple[str, bytes]:
        """What a read-only call ends with, and the bytes that it leaves."""
        execution = self._chain.call(to, data)
        return execution.error, execution.output


class Rivals(Pair):
    """Two chains with an EVM: one has our contracts, the other one the published ones."""

    def __init__(self) -> None:
        self.ours, self.theirs = Recorded(), Recorded()
        self.chain_id = self.ours.chain_id

    @property
    def head(self) -> int:
        return self.ours.head

    def run(self, *calls: ContractCall, balances: Sequence[tuple[Address, int]] = ()) -> MinedBlock:
        assert not balances, "what gas costs differs, and so what is left"
        for ledger in (self.ours, self.theirs):
            ledger.receipts.clear()
        block = at_once(self.ours.execute(calls))
        with catch_warnings():  # py-evm's: published deposits end with SELFDESTRUCT
            simplefilter("ignore", DeprecationWarning)
            at_once(self.theirs.execute([as_published(call) for call in calls]))
        for call, ours, theirs in zip(calls, self.ours.receipts, self.theirs.receipts, strict=True):
            assert seen(ours) == seen(theirs), call
        return block

    def advance(self, blocks: int) -> None:
        self.ours.advance(blocks)
        self.theirs.advance(blocks)

    def watch(self, token: Address, token_network: Address) -> None:
        self.ours.watch(token, token_network)

    def read(self, to: Address, kind: str, function: str, *arguments: object) -> tuple[object, ...]:
        artifact = load(kind)
        data = artifact.encode(function, *arguments)
        error, output = self.ours.answer(to, data)
        assert (error, output) == self.theirs.answer(to, data), (function, arguments)
        return () if error else artifact.decode_result(function, output)


def as_published(call: ContractCall) -> ContractCall:
    """The same call; what is deployed are the published contracts."""
    return replace(call, artifact=published(call.artifact.name)) if call.to is None else call


def seen(receipt: Receipt) -> tuple[object, ...]:
    """What a transaction leaves, but for gas and code."""
    output = b"" if receipt.created else receipt.output
    return receipt.error, output, receipt.logs, receipt.created
