"""The seam to an engine: what the chain hands to it, and what it gets back.

Engines agree about everything that a receipt says. A message that fails has a name for it: a revert
and out of gas are named here, since everybody asks for these two.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from msgspec import Struct

from simulator.evm.state import WorldState
from simulator.evm.transactions import AccessList, Log

OUT_OF_GAS = "out of gas"
REVERTED = "reverted"
"""Two kinds of failure that every engine names alike; others bear the engine's own name."""


@dataclass(frozen=True, slots=True)
class Environment:
    """What contracts can learn about the block they are executed in.

    Attributes:
        base_fee: wei for each unit of gas.
        block_hash: gives the hash of an earlier block by its number.
    """

    number: int
    timestamp: int
    coinbase: bytes
    mix_hash: bytes
    base_fee: int
    gas_limit: int
    chain_id: int
    block_hash: Callable[[int], bytes]


class Message(Struct, frozen=True, gc=False):
    """A transaction as an engine sees it: paid for, nonce counted up, not yet executed.

    Attributes:
        to: the callee; None for a deployment.
        gas: the limit, intrinsic gas included.
        gas_price: wei, what GASPRICE answers; nothing is charged by the engine.
        nonce: the sender's before this transaction.
    """

    sender: bytes
    to: bytes | None
    data: bytes
    value: int
    gas: int
    gas_price: int
    intrinsic_gas: int
    nonce: int
    access_list: AccessList = ()


class ExecutionResult(Struct, frozen=True, gc=False):
    """What a message did; the writes are in the state already.

    Attributes:
        error: empty after a success, else the kind of failure.
        gas_used: intrinsic gas included, refunds taken off.
        output: what a call returned, or the data of a revert; nothing for a new contract.
        created: the address of a deployed contract.
    """

    error: str
    gas_used: int
    output: bytes
    logs: tuple[Log, ...]
    created: bytes | None


class Engine(Protocol):
    """Executes messages on a `WorldState` of its own."""

    name: str
    state: WorldState

    def execute(self, environment: Environment, message: Message) -> ExecutionResult:
        """Execute a message; a failed one leaves the state as it was."""

    def reload(self) -> None:
        """Take in a state that was changed as a whole, past its undo log."""
