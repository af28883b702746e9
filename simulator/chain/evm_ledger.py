"""The ledger whose contracts are executed: one block for each batch of calls."""

from collections.abc import Callable, Generator, Mapping, Sequence
from typing import Any

from eth_keys.datatypes import PrivateKey
from eth_utils.exceptions import ValidationError

from simulator.chain.abi import Artifact, Unreadable
from simulator.chain.contracts import GETTERS, slot_of
from simulator.chain.decoder import EventDecoder
from simulator.chain.ledger import (
    GAS_PRICE,
    MANY_BLOCKS,
    SLOT_GAS,
    ContractCall,
    MinedBlock,
    Outcome,
    Status,
)
from simulator.evm.chain import Chain
from simulator.evm.engine import REVERTED
from simulator.evm.owned import OwnedChain, OwnedEngineChain
from simulator.evm.parameters import USUAL, ChainIdentity, Refusals
from simulator.evm.pool import TransactionPool
from simulator.evm.registry import DEFAULT_ENGINE, FULL_ENGINE, make_engine
from simulator.evm.reverts import revert_reason
from simulator.evm.transactions import Log, Receipt
from simulator.words.events import ChainEvent
from simulator.words.units import Address

BLOCK_GAS_LIMIT = 2 * SLOT_GAS
"""Twice what a slot may use: the base fee never rises."""

REFUSALS = Refusals(
    no_rollback="The testnet's chain can't go back: its nodes would remember what never happened.",
    no_time_travel=(
        "The testnet's time is virtual: advance it with Testnet.advance or the control API."
    ),
    not_now="The testnet is making a block: let time pass until it is done, with Testnet.advance.",
    any_number="Testnet.advance makes any number",
)


class EvmLedger:
    """A `Ledger` with an EVM.

    Args:
        private_keys: the accounts whose transactions are signed here.
        balances: ETH in the genesis, in wei.
        block_time: seconds between two blocks' timestamps.
        engine: what executes the contracts, one of `ENGINES`.
        keep: of how many of the newest blocks transactions and receipts are kept, where nobody is
            there to ask for older ones; None: of all. The engine pyevm-full keeps all.
        identity: the chain's id, and when its first block is.

    Raises:
        ConfigurationError: there is no such engine, or it can't be had here.
    """

    def __init__(
        self,
        private_keys: Sequence[PrivateKey],
        balances: Mapping[Address, int],
        block_time: int,
        engine: str = DEFAULT_ENGINE,
        keep: int | None = None,
        identity: ChainIdentity = USUAL,
    ) -> None:
        self.engine = engine
        self.client = ""
        self.gas_price = GAS_PRICE
        self.slot_gas = SLOT_GAS
        # the stock chain makes each of them in full, the others work them out when asked
        self.empty_blocks_at_once = 10 if engine == FULL_ENGINE else MANY_BLOCKS
        self.chain_id = identity.chain_id
        self.signers = tuple(private_keys)
        self._chain = _owned_chain(engine, private_keys, balances, block_time, keep, identity)
        self._chain.on_foreign_blocks = self._foreign_blocks
        self.on_foreign_blocks: Callable[[range, Sequence[ChainEvent]], None] = lambda *_: None
        self._decoder = EventDecoder()

    @property
    def chain(self) -> Chain | None:
        """The chain's own records; None: the engine keeps a chain of its own."""
        return getattr(self._chain, "chain", None)

    @property
    def pool(self) -> TransactionPool | None:
        """Transactions that strangers have signed; None: the engine keeps a chain of its own."""
        return self._chain.pool

    @property
    def awaits_block(self) -> bool:
        """Whether transactions that strangers have signed are ready for the next block."""
        return self.pool is not None and self.pool.has_ready

    @property
    def tester(self) -> Any:
        """An eth-tester on the same chain."""
        return self._chain.tester

    def save(self) -> object:
        """Return everything that the chain consists of, for `restore`; it never changes."""
        return self._chain.save()

    def restore(self, saved: object) -> None:
        """Go on from what a ledger with the same first block has saved."""
        self._chain.restore(saved)

    @property
    def head(self) -> int:
        """The number of the newest block."""
        return self._chain.head

    @property
    def head_hash(self) -> bytes:
        """The hash of the newest block."""
        return self._chain.head_hash

    def watch(self, token: Address, token_network: Address) -> None:
        """Tell the events of a token and its token network from now on."""
        self._decoder.watch(token, token_network)

    def watch_secrets(self, registry: Address) -> None:
        """Tell the events of a secret registry from now on."""
        self._decoder.watch_secrets(registry)

    def watch_registry(self, registry: Address) -> None:
        """Tell which token networks a registry creates from now on, and the events of these."""
        self._decoder.watch_registry(registry)

    def read(
        self, to: Address, artifact: Artifact, function: str, *arguments: object
    ) -> tuple[Any, ...]:
        """Return what a read-only call answers: its results as the ABI lists them.

        Raises:
            Unreadable: there is no such contract, or it has no answer.
        """
        position = GETTERS.get((artifact.name, function)) if artifact.is_ours else None
        if position is not None:
            return (self._chain.stored(to, slot_of(position, *arguments)),)
        execution = self._chain.call(to, artifact.encode(function, *arguments))
        if execution.error:
            raise Unreadable(f"{artifact.name}.{function} can't be read: {execution.error}")
        return artifact.decode_result(function, execution.output)

    def transaction_hash(self, block_number: int, place: int) -> bytes:
        """Return the hash of a transaction, which is signed when somebody wants to know it."""
        chain = self.chain
        if chain is None:
            block = self.tester.get_block_by_number(block_number)
            return bytes.fromhex(block["transactions"][place].removeprefix("0x"))
        # only who asks for hashes needs py-evm
        from simulator.evm.signed_transactions import SignedTransactions  # noqa: PLC0415

        signed = SignedTransactions(chain, self.signers).at(chain.blocks[block_number], place)
        return bytes(signed.hash)

    def eth_balance(self, account: Address) -> int:
        """Return an account's ETH in wei."""
        return self._chain.balance(account)

    def advance(self, blocks: int) -> None:
        """Make a number of empty blocks."""
        self._chain.advance(blocks)

    def execute(
        self, calls: Sequence[ContractCall], balances: Sequence[tuple[Address, int]] = ()
    ) -> Generator[None, None, MinedBlock]:
        """Make one block of `calls`; see `Ledger.execute`."""
        chain = self._chain
        number = chain.head + 1
        chain.begin()
        for account, wei in balances:
            chain.set_balance(account, wei)
        outcomes: list[Outcome] = []
        for call in calls:
            # now, in the middle of the block: what was enough at its beginning may be spent
            if chain.balance_now(call.sender) < call.gas_limit * self.gas_price:
                outcomes.append(Outcome(Status.REFUSED, 0, "not enough ETH for the gas"))
                continue
            outcomes.append(self._apply(call, number))
            yield
        # what strangers send takes the room that is left: no node waits because of it
        others: list[ChainEvent] = []
        for receipt in self.pool.fill() if self.pool is not None else ():
            others += self._decoder.decode(receipt.logs, number)
            yield
        yield from chain.seal()
        return MinedBlock(number, chain.head_hash, tuple(outcomes), tuple(others))

    def _apply(self, call: ContractCall, number: int) -> Outcome:
        gas, price = call.gas_limit, self.gas_price
        try:
            receipt = self._chain.apply(call.sender, call.to, call.data, gas, price)
        except ValidationError as problem:
            return Outcome(Status.REFUSED, 0, str(problem))
        if receipt.error:
            return Outcome(Status.REVERTED, receipt.gas_used, _reason(receipt))
        created = None if receipt.created is None else Address(receipt.created)
        events = self._decoder.decode(receipt.logs, number)
        return Outcome(Status.MINED, receipt.gas_used, "", events, created)

    def _foreign_blocks(self, numbers: range, logs: Sequence[Log]) -> None:
        self.on_foreign_blocks(numbers, self._decoder.decode(logs, numbers[0]))


def _owned_chain(
    engine: str,
    private_keys: Sequence[PrivateKey],
    balances: Mapping[Address, int],
    block_time: int,
    keep: int | None,
    identity: ChainIdentity,
) -> OwnedChain:
    if engine == FULL_ENGINE:
        # the stock backend brings eth-tester along, whose import takes long
        from simulator.evm.eth_tester.stock import OwnedStockChain  # noqa: PLC0415

        return OwnedStockChain(
            *(private_keys, balances, block_time, BLOCK_GAS_LIMIT),
            identity=identity,
            refusals=REFUSALS,
        )
    wei = {bytes(account): amount for account, amount in balances.items()}
    return OwnedEngineChain(
        make_engine(engine),
        private_keys,
        wei,
        block_time,
        BLOCK_GAS_LIMIT,
        keep,
        identity=identity,
        refusals=REFUSALS,
    )


def _reason(receipt: Receipt) -> str:
    """Return why a transaction failed, in the contract's words where it has any."""
    # no contract has said anything where the gas ran out, or code was broken
    if receipt.error != REVERTED:
        return receipt.error
    return revert_reason(receipt.output)
