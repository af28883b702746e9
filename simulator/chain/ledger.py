"""The seam between the nodes and whatever chain is behind them.

A `Ledger` executes batches of calls as blocks, tells what events came of them, and answers reads.
Calls and events cross it as values, not as bytes: only a ledger with an EVM needs the ABI. Nodes
never see it execute: they hand calls to the `Mempool`, which fills slots.
"""

from collections.abc import Callable, Generator, Iterator, Sequence
from enum import StrEnum
from typing import Any, Protocol

from msgspec import Struct

from simulator.chain.abi import Artifact
from simulator.chain.signatures import Signed
from simulator.words.events import ChainEvent
from simulator.words.units import Address

SLOT_GAS = 30_000_000
"""Gas that one slot may use."""

MANY_BLOCKS = 10**9
"""More empty blocks than anybody makes in one go."""

GAS_PRICE = 2_000_000_000
"""Wei for each unit of gas, usually; as fee cap and priority fee alike it is paid exactly."""


class ContractCall(Struct, frozen=True, gc=False):
    """A contract call that an account wants to make.

    Attributes:
        to: the contract; None deploys a new one.
        artifact: what kind of contract it is.
        function: the function's name; for a deployment, a name for people.
        arguments: as the ABI lists them; signatures may be bytes or `Signed`.
        gas_limit: what the call may use at most; the sender must be able to pay for it.
    """

    sender: Address
    to: Address | None
    artifact: Artifact
    function: str
    arguments: tuple[Any, ...]
    gas_limit: int

    @property
    def data(self) -> bytes:
        """The calldata."""
        if self.to is None:
            return self.artifact.deployment(*self.arguments)
        return self.artifact.encode(self.function, *with_signatures(self.arguments, bytes))


def with_signatures(values: tuple[Any, ...], made: Callable[[Signed], bytes]) -> tuple[Any, ...]:
    """Return arguments with bytes in the place of what is not signed yet.

    Args:
        values: the arguments; tuples among them are looked into.
        made: what takes the place of a signature.
    """

    def bytes_in(value: Any) -> Any:
        if isinstance(value, Signed):
            return made(value)
        return tuple(map(bytes_in, value)) if isinstance(value, tuple) else value

    return tuple(map(bytes_in, values))


class Status(StrEnum):
    """How a transaction ended."""

    MINED = "mined"
    REVERTED = "reverted"
    REFUSED = "refused"
    """The sender could not pay for the gas when the block was filled; nothing happened."""
    TIMED_OUT = "timed out"
    """Not mined within the transaction timeout."""
    LOST = "lost"
    """Forgotten before it was in a block: its sender has crashed."""


class Outcome(Struct, frozen=True, gc=False):
    """What executing one call did.

    Attributes:
        reason: why it failed: the contract's own words where it has any.
        events: what the contracts that the ledger watches have emitted.
        created: the contract that a deployment has left.
    """

    status: Status
    gas_used: int
    reason: str
    events: tuple[ChainEvent, ...] = ()
    created: Address | None = None


class MinedBlock(Struct, frozen=True, gc=False):
    """A block just made.

    Attributes:
        outcomes: of the calls of the batch, in order.
        others: events of transactions that were not in the batch: strangers have signed them.
    """

    number: int
    hash: bytes
    outcomes: tuple[Outcome, ...]
    others: tuple[ChainEvent, ...] = ()


def slots(calls: Sequence[ContractCall], slot_gas: int) -> Iterator[Sequence[ContractCall]]:
    """Divide calls among as many slots as they need, in order.

    What counts is what each may use, not what it will: so the same calls share a block on every
    ledger, whose gas may differ a little.
    """
    start = gas = 0
    for number, call in enumerate(calls):
        if gas + call.gas_limit > slot_gas and number > start:
            yield calls[start:number]
            start, gas = number, 0
        gas += call.gas_limit
    if calls:
        yield calls[start:]


def at_once(work: Generator[None, None, MinedBlock]) -> MinedBlock:
    """Make a block without giving anybody else a turn."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            block: MinedBlock = end.value
            return block


class Ledger(Protocol):
    """A chain that the simulation drives block by block."""

    engine: str
    """What executes the contracts; chains of different engines can't be copied to one another."""

    client: str
    """What a remote chain says it is, name and version; empty where an engine is ours."""

    gas_price: int
    """What every transaction pays, in wei for each unit of gas."""

    empty_blocks_at_once: int
    """How many empty blocks can be made in one go without holding anybody up."""

    slot_gas: int
    """Gas that the transactions of one slot may use together: the sum of their limits."""

    chain_id: int
    """Part of every message that participants sign."""

    on_foreign_blocks: Callable[[range, Sequence[ChainEvent]], None]
    """Told the numbers of blocks that somebody else has made, and the events in the first one."""

    @property
    def awaits_block(self) -> bool:
        """Whether transactions that strangers have signed are ready for the next block."""

    @property
    def head(self) -> int:
        """The number of the newest block."""

    @property
    def head_hash(self) -> bytes:
        """The hash of the newest block."""

    def advance(self, blocks: int) -> None:
        """Make a number of empty blocks."""

    def execute(
        self, calls: Sequence[ContractCall], balances: Sequence[tuple[Address, int]] = ()
    ) -> Generator[None, None, MinedBlock]:
        """Make one block of `calls`, in order, yielding between them so that others get a turn.

        Until the last part is done, reads answer from the state before the block.

        Args:
            calls: what to execute; see `slots` for how many at most. One that its sender can't
                pay for is refused; it spoils neither the block nor the calls after it.
            balances: ETH balances (wei) that testers set, in force from the block's start.
        """

    def watch(self, token: Address, token_network: Address) -> None:
        """Tell the events of a token and its token network from now on."""

    def watch_secrets(self, registry: Address) -> None:
        """Tell the events of a secret registry from now on."""

    def watch_registry(self, registry: Address) -> None:
        """Tell which token networks a registry creates from now on, and the events of these."""

    def read(
        self, to: Address, artifact: Artifact, function: str, *arguments: object
    ) -> tuple[Any, ...]:
        """Return what a read-only call answers: its results as the ABI lists them.

        Raises:
            Unreadable: there is no such contract, or it has no answer.
        """

    def transaction_hash(self, block_number: int, place: int) -> bytes:
        """Return the hash of a transaction.

        Args:
            block_number: of its block, which must still be kept.
            place: which one it is of the calls there that were not refused.
        """

    def eth_balance(self, account: Address) -> int:
        """Return an account's ETH in wei."""

    def save(self) -> object:
        """Return everything that the chain consists of, for `restore`; it never changes.

        None: it can't be kept.
        """

    def restore(self, saved: object) -> None:
        """Go on from what a ledger with the same first block has saved."""
