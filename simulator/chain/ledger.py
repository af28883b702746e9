"""The seam between the nodes and whatever chain is behind them.

A `Ledger` executes batches of calls as blocks, answers reads and decodes nothing but what its
receipts hold. Nodes never see it execute: they hand calls to the `Mempool`, which fills slots.
"""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from simulator.chain.abi import Log
from simulator.units import Address


@dataclass(frozen=True, slots=True)
class Call:
    """A contract call that an account wants to make.

    Attributes:
        name: the function's name, for people.
        gas_limit: what the call may use at most; the sender must be able to pay for it.
    """

    sender: Address
    to: Address | None
    data: bytes
    gas_limit: int
    name: str


class Status(StrEnum):
    """How a transaction ended."""

    MINED = "mined"
    REVERTED = "reverted"
    REFUSED = "refused"
    """The sender could not pay for the gas when the block was filled; nothing happened."""
    TIMED_OUT = "timed out"
    """Not mined within the transaction timeout."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What executing one call did."""

    status: Status
    gas_used: int
    reason: str
    logs: tuple[Log, ...]
    created: Address | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """A block just made. `outcomes` belong to the first calls of the batch, in order.

    Calls beyond them did not fit into the block's gas and wait for the next one.
    """

    number: int
    hash: bytes
    outcomes: tuple[Outcome, ...]


def at_once(work: Generator[None, None, Block]) -> Block:
    """Make a block without giving anybody else a turn."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            block: Block = end.value
            return block


class Ledger(Protocol):
    """A chain that the simulation drives block by block."""

    gas_price: int
    """What every transaction pays, in wei for each unit of gas."""

    @property
    def head(self) -> int:
        """The number of the newest block."""

    @property
    def head_hash(self) -> bytes:
        """The hash of the newest block."""

    def advance(self, blocks: int) -> None:
        """Make a number of empty blocks."""

    def execute(
        self, calls: Sequence[Call], balances: Sequence[tuple[Address, int]] = ()
    ) -> Generator[None, None, Block]:
        """Make one block of `calls`, in order, yielding between them so that others get a turn.

        Until the last part is done, reads answer from the state before the block.

        Args:
            calls: what to execute. One that its sender can't pay for is refused; it spoils
                neither the block nor the calls after it.
            balances: ETH balances (wei) that testers set, in force from the block's start.
        """

    def read(self, to: Address, data: bytes) -> bytes:
        """Return what a read-only call answers."""

    def eth_balance(self, account: Address) -> int:
        """Return an account's ETH in wei."""
