"""A chain that executes transactions one by one and keeps everything else in plain Python."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import takewhile
from typing import Any

from eth_utils.exceptions import ValidationError
from msgspec import structs

from simulator.evm.blocks import (
    NO_HASH,
    Block,
    Blocks,
    Header,
    digest,
    mix_hash,
)
from simulator.evm.engine import Engine, Environment, ExecutionResult, Message
from simulator.evm.fees import (
    INITIAL_BASE_FEE,
    MAX_INITCODE_BYTES,
    floor_gas,
    intrinsic_gas,
)
from simulator.evm.state import UndoEntry, WorldState
from simulator.evm.transactions import Receipt, Transaction
from simulator.words.units import ZERO_ADDRESS


@dataclass(frozen=True, slots=True)
class ChainCopy:
    """A chain as it was; nobody changes it.

    Attributes:
        undo: by block, what undoes its writes, on the copied state.
    """

    blocks: Blocks
    state: WorldState
    undo: Mapping[int, tuple[UndoEntry, ...]]


@dataclass(slots=True)
class _PendingBlock:
    """What the block in the making consists of so far."""

    header: Header
    environment: Environment
    transactions: list[Transaction] = field(default_factory=list)
    receipts: list[Receipt] = field(default_factory=list)
    balances: list[tuple[bytes, int]] = field(default_factory=list)
    gas_used: int = 0


class Chain:
    """Blocks on top of an engine.

    A block is made by `begin`, any number of `apply`, and `seal`; in between, `call` and
    `balance` answer from the state before it.

    Args:
        engine: executes messages, on a state that holds nothing yet.
        balances: ETH in the genesis, in wei.
        timestamp: of the genesis, in seconds.
        block_time: seconds between two blocks.
        gas_limit: of every block.
        chain_id: what CHAINID answers.
        keep: of how many of the newest blocks transactions, receipts and the state are kept;
            None: of all.
    """

    def __init__(
        self,
        engine: Engine,
        balances: Mapping[bytes, int],
        *,
        timestamp: int,
        block_time: int,
        gas_limit: int,
        chain_id: int,
        keep: int | None = None,
    ) -> None:
        self.chain_id = chain_id
        self._engine = engine
        self._pending: _PendingBlock | None = None
        self._undo: dict[int, tuple[UndoEntry, ...]] = {}  # in order
        engine.state.fund(balances)
        engine.reload()
        content = digest(sorted(balances.items()), ())
        genesis = Header(0, timestamp, gas_limit, INITIAL_BASE_FEE, NO_HASH, content=content)
        self.blocks = Blocks(genesis, block_time, keep)

    @property
    def head(self) -> int:
        """The number of the newest block."""
        return self.blocks.head

    @property
    def head_hash(self) -> bytes:
        """The hash of the newest block."""
        return self.blocks.head_hash

    @property
    def pending(self) -> Block:
        """The pending block, as far as it has come."""
        made = self._pending
        if made is None:  # nobody has begun it: what it would be
            return Block(self.blocks.pending())
        header = replace(made.header, gas_used=made.gas_used)
        return Block(header, tuple(made.transactions), tuple(made.receipts))

    @property
    def pending_state(self) -> WorldState:
        """What accounts hold now, in the middle of the pending block."""
        return self._engine.state

    def balance(self, account: bytes) -> int:
        """Return an account's ETH after the newest block, in wei."""
        return self._before_writes(self._engine.state.balances, account)

    def stored(self, contract: bytes, slot: int) -> int:
        """Return what a slot of a contract's storage holds after the newest block."""
        return self._before_writes(self._engine.state.storage, (contract, slot))

    def _before_writes(self, there: dict[Any, int], key: object) -> int:
        """Return what a table held before the pending block wrote to it."""
        # the first entry for a key is the oldest; to look for one key takes less time than to undo
        # the block and do it again
        for table, written, before in self._engine.state.undo_log:
            if table is there and written == key:
                return before or 0
        return there.get(key, 0)

    def call(self, to: bytes, data: bytes, gas: int | None = None) -> ExecutionResult:
        """Execute a read-only call on the state after the newest block, free of charge."""
        header = self.blocks.pending()
        gas = header.gas_limit if gas is None else gas
        message = Message(ZERO_ADDRESS, to, data, 0, gas, 0, 0, 0)
        with self.state_after(self.head):
            return self.try_out(header, message)

    def try_out(self, header: Header, message: Message) -> ExecutionResult:
        """Execute a message under a header and take back what it did.

        Of a deployment, the output is the code that it would leave.
        """
        state = self._engine.state
        mark = len(state.undo_log)
        try:
            done = self._engine.execute(self._environment(header), message)
            if done.created is None:
                return done
            return structs.replace(done, output=state.codes.get(done.created, b""))
        finally:
            state.undo(mark)

    @contextmanager
    def state_after(self, number: int) -> Iterator[WorldState]:
        """Let the engine's state be the one after a block for a while.

        Raises:
            BlockGone: that block is no longer kept.
        """
        self.blocks.must_be_kept(number)
        state = self._engine.state
        # first what the pending block has done so far, then block by block; what `take_back`
        # returns does it all again
        entries: list[UndoEntry] = list(reversed(state.undo_log))
        for block in self._changes_since(number):
            entries += self._undo[block]
        again = state.take_back(entries)
        try:
            yield state
        finally:
            state.take_back(again)

    def _changes_since(self, number: int) -> Iterator[int]:
        """Yield the blocks after one that have changed the state, newest first."""
        return takewhile(lambda block: block > number, reversed(self._undo))

    def _environment(self, header: Header) -> Environment:
        return Environment(
            number=header.number,
            timestamp=header.timestamp,
            coinbase=header.coinbase,
            mix_hash=mix_hash(header.number),
            base_fee=header.base_fee,
            gas_limit=header.gas_limit,
            chain_id=self.chain_id,
            block_hash=self.blocks.hash,
        )

    def advance(self, blocks: int) -> None:
        """Let empty blocks follow; they cost nothing until somebody looks at them."""
        self._must_not_be_pending()
        self.blocks.advance(blocks)

    def begin(self) -> None:
        """Begin a block."""
        self._must_not_be_pending()
        header = self.blocks.pending()
        self._pending = _PendingBlock(header, self._environment(header))

    @property
    def gas_used(self) -> int:
        """Gas that the pending block has used."""
        return self._must_be_pending().gas_used

    def set_balance(self, account: bytes, wei: int) -> None:
        """Give an account exactly this much ETH in the pending block."""
        made = self._must_be_pending()
        self.pending_state.put(self.pending_state.balances, account, wei)
        made.balances.append((account, wei))

    def apply(
        self, sender: bytes, to: bytes | None, data: bytes, gas: int, gas_price: int, value: int = 0
    ) -> Receipt:
        """Execute a transaction that pays `gas_price` wei for each unit of gas, exactly."""
        # as the most it would pay and as its tip alike: then the base fee makes no difference
        nonce = self.pending_state.nonces.get(sender, 0)
        return self.include(Transaction(sender, nonce, to, data, gas, gas_price, gas_price, value))

    def include(self, transaction: Transaction) -> Receipt:
        """Execute a transaction as the next one of the pending block.

        Raises:
            ValidationError: it can't be part of the block; nothing happened.
        """
        made = self._must_be_pending()
        header = made.header
        access = transaction.access_list
        intrinsic = intrinsic_gas(transaction.data, access, creates=transaction.to is None)
        floor = floor_gas(transaction.data)
        self._validate(transaction, made, intrinsic, floor)
        price = transaction.gas_price(header.base_fee)
        state, sender = self._engine.state, transaction.sender
        # the whole limit is paid in advance, so that what is executed can't spend the fee; neither
        # fee nor nonce comes back when the execution fails
        state.add_balance(sender, -transaction.gas * price)
        state.put(state.nonces, sender, transaction.nonce + 1)
        message = Message(
            sender,
            transaction.to,
            transaction.data,
            transaction.value,
            transaction.gas,
            price,
            intrinsic,
            transaction.nonce,
            access,
        )
        execution = self._engine.execute(made.environment, message)
        used = max(execution.gas_used, floor)  # EIP-7623
        # the base fee is burnt: it goes to nobody
        state.add_balance(sender, (transaction.gas - used) * price)
        state.add_balance(header.coinbase, used * (price - header.base_fee))
        made.gas_used += used
        receipt = Receipt(
            execution.error,
            used,
            made.gas_used,
            price,
            execution.output,
            execution.logs,
            execution.created,
        )
        made.transactions.append(transaction)
        made.receipts.append(receipt)
        return receipt

    def seal(self, coinbase: bytes | None = None, timestamp: int | None = None) -> Header:
        """Finish the pending block; its header is the chain's newest.

        Args:
            coinbase: who the block says has made it; its fees went to the usual one by now.
            timestamp: what the block says about its time, in seconds.
        """
        made = self._must_be_pending()
        done = zip(made.transactions, made.receipts, strict=True)
        header = replace(
            made.header,
            gas_used=made.gas_used,
            content=digest(made.balances, done),
            coinbase=made.header.coinbase if coinbase is None else coinbase,
            timestamp=made.header.timestamp if timestamp is None else timestamp,
        )
        self._pending = None
        self._undo[header.number] = self._engine.state.take_undo_log()
        self.blocks.append(Block(header, tuple(made.transactions), tuple(made.receipts)))
        # without its undo log nobody gets back to the state before a block: what is old is gone
        for block in list(takewhile(lambda block: block <= self.blocks.oldest, self._undo)):
            del self._undo[block]
        return header

    def _validate(
        self, transaction: Transaction, made: _PendingBlock, intrinsic: int, floor: int
    ) -> None:
        header, state, gas = made.header, self._engine.state, transaction.gas
        nonce = state.nonces.get(transaction.sender, 0)
        balance = state.balances.get(transaction.sender, 0)
        # py-evm charges the floor even beyond the limit; the specification has such calls refused
        cost = max(gas, floor) * transaction.max_fee + transaction.value
        problem = ""
        if transaction.max_fee < header.base_fee:
            problem = f"offers {transaction.max_fee} wei for gas that costs {header.base_fee}"
        elif transaction.nonce != nonce:
            problem = f"has nonce {transaction.nonce} where {nonce} comes next"
        elif transaction.to is None and len(transaction.data) > MAX_INITCODE_BYTES:
            problem = f"deploys with {len(transaction.data)} bytes, more than {MAX_INITCODE_BYTES}"
        elif gas < intrinsic:
            problem = f"has {gas} gas and needs {intrinsic} before anything is executed"
        elif made.gas_used + gas > header.gas_limit:
            problem = f"wants {gas} gas of {header.gas_limit - made.gas_used} left in the block"
        elif balance < cost:
            problem = f"costs {cost} wei and its sender has {balance}"
        if problem:
            raise ValidationError(f"The transaction {problem}.")

    def _must_be_pending(self) -> _PendingBlock:
        if self._pending is None:
            raise ValidationError("No block is in the making: call begin first.")
        return self._pending

    def _must_not_be_pending(self) -> None:
        if self._pending is not None:
            raise ValidationError("A block is in the making: seal it first.")

    def discard(self) -> None:
        """Give up the pending block, if there is one."""
        self._engine.state.undo(0)
        self._pending = None

    def go_back(self, number: int) -> None:
        """Give up all blocks after one, and the pending one.

        Raises:
            BlockGone: that block is no longer kept.
        """
        self.blocks.must_be_kept(number)
        self.discard()
        for block in list(self._changes_since(number)):
            self._engine.state.take_back(self._undo.pop(block))
        self.blocks.truncate(number)

    def copy(self) -> ChainCopy:
        """Return the chain as it is after the newest block."""
        with self.state_after(self.head) as state:  # what is pending is no part of it
            copied = state.copy()
            undo = {number: state.moved(log, copied) for number, log in self._undo.items()}
            return ChainCopy(self.blocks.copy(), copied, undo)

    def restore(self, copy: ChainCopy) -> None:
        """Go on from a copy, which knows older states too; how much is kept is decided here."""
        self.discard()
        state = self._engine.state
        self.blocks = copy.blocks.copy(self.blocks.keep)
        self._undo = {number: copy.state.moved(log, state) for number, log in copy.undo.items()}
        state.assign(copy.state)
        self._engine.reload()  # it has not seen these writes
