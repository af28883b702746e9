"""A ledger that follows the contracts' rules without an EVM.

Calls are executed by name, on plain records. What can be told apart through the seam is what the
EVM does: statuses, reasons, events, addresses, token balances. Block hashes are of a kind of their
own, and there is no web3.py.
"""

import hashlib
from collections.abc import Callable, Generator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from simulator.chain.abi import Artifact, Unreadable
from simulator.chain.engines import MODEL
from simulator.chain.ledger import (
    GAS_PRICE,
    MANY_BLOCKS,
    SLOT_GAS,
    ContractCall,
    MinedBlock,
    Outcome,
    Status,
)
from simulator.chain.model.gas import CALLDATA_FLOOR, INTRINSIC, calldata_tokens
from simulator.chain.model.gas_table import TABLE
from simulator.chain.model.reads import VIEWS
from simulator.chain.model.registry import Contracts, new_contract
from simulator.chain.model.transaction import OutOfGas, Revert, TransactionContext
from simulator.evm.engine import OUT_OF_GAS
from simulator.evm.parameters import USUAL, ChainIdentity
from simulator.words.creation import created_address
from simulator.words.errors import ConfigurationError
from simulator.words.events import ChainEvent
from simulator.words.hashing import keccak
from simulator.words.units import Address, checksum


@dataclass(slots=True)
class _State:
    """Everything that the chain consists of.

    Attributes:
        link: a hash over everything up to the last block that is not empty.
    """

    wei: dict[Address, int]
    link: bytes
    head: int = 0
    nonces: dict[Address, int] = field(default_factory=dict)
    contracts: Contracts = field(default_factory=dict)


class ModelLedger:
    """A `Ledger` on records.

    Args:
        balances: ETH in the genesis, in wei.
        block_time: seconds between two blocks; part of what the first block's hash covers.
        identity: the chain's id; its dates nobody sees here.
    """

    def __init__(
        self,
        balances: Mapping[Address, int],
        block_time: int,
        identity: ChainIdentity = USUAL,
    ) -> None:
        self.engine = MODEL
        self.client = ""
        self.gas_price = GAS_PRICE
        self.slot_gas = SLOT_GAS
        self.empty_blocks_at_once = MANY_BLOCKS
        self.chain_id = identity.chain_id
        self.awaits_block = False  # nobody has a way to send a transaction of his own
        self.on_foreign_blocks: Callable[[range, Sequence[ChainEvent]], None] = lambda *_: None
        genesis = repr((block_time, sorted(balances.items())))
        self._state = _State(dict(balances), hashlib.sha256(genesis.encode()).digest())
        self._watched: set[Address] = set()

    def save(self) -> object:
        """Return everything that the chain consists of, for `restore`; it never changes."""
        return deepcopy(self._state)

    def restore(self, saved: object) -> None:
        """Go on from what a ledger with the same first block has saved."""
        assert isinstance(saved, _State)  # noqa: S101 - `save` has made it
        self._state = deepcopy(saved)

    @property
    def head(self) -> int:
        """The number of the newest block."""
        return self._state.head

    @property
    def head_hash(self) -> bytes:
        """The hash of the newest block, over everything that has happened."""
        return hashlib.sha256(self._state.link + self._state.head.to_bytes(32, "big")).digest()

    def watch(self, token: Address, token_network: Address) -> None:
        """Tell the events of a token and its token network from now on."""
        self._watched |= {token, token_network}

    def watch_secrets(self, registry: Address) -> None:
        """Tell the events of a secret registry from now on."""
        self._watched.add(registry)

    def watch_registry(self, registry: Address) -> None:
        """Tell which token networks a registry creates from now on, and the events of these."""
        self._watched.add(registry)

    def read(
        self, to: Address, artifact: Artifact, function: str, *arguments: object
    ) -> tuple[Any, ...]:
        """Return what a read-only call answers: its results as the ABI lists them.

        Raises:
            Unreadable: there is no such contract, or the model does not know the call.
        """
        contract = self._state.contracts.get(to)
        if contract is None or contract.kind != artifact.name:
            raise Unreadable(f"There is no {artifact.name} at {checksum(to)}.")
        view = VIEWS.get(contract.kind, {}).get(function)
        if view is None:
            raise Unreadable(f"The model ledger can't read {contract.kind}.{function}.")
        return view(contract, *arguments)

    def transaction_hash(self, block_number: int, place: int) -> bytes:
        """Return the hash of a transaction: of where it is, since nothing is signed here."""
        return keccak(block_number.to_bytes(32, "big") + place.to_bytes(32, "big"))

    def eth_balance(self, account: Address) -> int:
        """Return an account's ETH in wei."""
        return self._state.wei.get(account, 0)

    def advance(self, blocks: int) -> None:
        """Make a number of empty blocks."""
        self._state.head += blocks

    def execute(
        self, calls: Sequence[ContractCall], balances: Sequence[tuple[Address, int]] = ()
    ) -> Generator[None, None, MinedBlock]:
        """Make one block of `calls`; see `Ledger.execute`.

        A full slot takes less time than one transaction on an EVM, so it is done in one part.
        """
        yield
        state = self._state
        state.wei.update(balances)
        number = state.head + 1
        outcomes: list[Outcome] = []
        for call in calls:
            if state.wei.get(call.sender, 0) < call.gas_limit * self.gas_price:
                outcomes.append(Outcome(Status.REFUSED, 0, "not enough ETH for the gas"))
                continue
            outcome = self._execute(call, number)
            state.wei[call.sender] -= outcome.gas_used * self.gas_price
            state.nonces[call.sender] = state.nonces.get(call.sender, 0) + 1
            outcomes.append(outcome)
        state.link = self._next_link(number, calls, outcomes, balances)
        state.head = number
        return MinedBlock(number, self.head_hash, tuple(outcomes))

    def _next_link(
        self,
        number: int,
        calls: Sequence[ContractCall],
        outcomes: Sequence[Outcome],
        balances: Sequence[tuple[Address, int]],
    ) -> bytes:
        done = list(zip(calls, outcomes, strict=True))
        what = [(call.function, call.arguments, outcome.gas_used) for call, outcome in done]
        who = b"".join([call.sender + (call.to or b"") for call, _ in done])
        story = repr((number, what, balances)).encode() + who
        return hashlib.sha256(self._state.link + story).digest()

    def _execute(self, call: ContractCall, number: int) -> Outcome:
        contract = None if call.to is None else self._state.contracts.get(call.to)
        if call.to is not None and contract is None:
            # there is no code, as the EVM sees it: a call that does nothing
            return Outcome(Status.MINED, INTRINSIC + CALLDATA_FLOOR * calldata_tokens(call), "")
        name = call.artifact.name
        endings = TABLE[name].get("constructor" if contract is None else call.function)
        if endings is None or (contract is not None and contract.kind != name):
            raise ConfigurationError(f"The model ledger can't execute {name}.{call.function}.")
        run = TransactionContext(call, endings, number, self._watched, self.chain_id)
        created = None
        try:
            if contract is None:
                created = self._deploy(run, call)
            else:
                contract.functions[call.function](contract, run, *call.arguments)
        except Revert as failure:
            return _refusal(run, call, failure)
        except OutOfGas:
            return Outcome(Status.REVERTED, call.gas_limit, OUT_OF_GAS)
        return Outcome(Status.MINED, run.used, "", tuple(run.events), created)

    def _deploy(self, run: TransactionContext, call: ContractCall) -> Address:
        contracts = self._state.contracts
        address = created_address(call.sender, self._state.nonces.get(call.sender, 0))
        contract = new_contract(run, contracts, address, call)
        run.pay()
        contracts[address] = contract
        return address


def _refusal(run: TransactionContext, call: ContractCall, failure: Revert) -> Outcome:
    try:
        run.fail(failure.place)
    except OutOfGas:  # before the contract could say no
        return Outcome(Status.REVERTED, call.gas_limit, OUT_OF_GAS)
    return Outcome(Status.REVERTED, run.used, failure.reason)
