"""The chain as those who ask see it: blocks by tag, number and hash, states, transactions."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from simulator.evm.blocks import Block
from simulator.evm.chain import Chain
from simulator.evm.pool import TransactionPool
from simulator.evm.signed_transactions import SignedTransactions
from simulator.evm.state import WorldState
from simulator.evm.transactions import Transaction
from simulator.evm.trials import header_of, state_of
from simulator.rpc import shapes
from simulator.rpc.failures import NOT_THERE, RpcFailure
from simulator.rpc.shapes import NOWHERE, Shape
from simulator.rpc.values import PENDING, BlockChoice


class View:
    """What can be read of a chain, and of what waits for its next block.

    What is *pending* is the next block as it would be: nobody sees into one that is in the making.

    Args:
        chain: the chain.
        pool: what waits.
        signed: its transactions with their signatures.
    """

    def __init__(self, chain: Chain, pool: TransactionPool, signed: SignedTransactions) -> None:
        self.chain = chain
        self.pool = pool
        self.signed = signed

    def number(self, choice: BlockChoice) -> int:
        """Return the number of a block that is there; of the pending one, that of the newest.

        Raises:
            RpcFailure: there is no such block.
        """
        found = self.find(choice)
        if found is None:
            which = f"0x{choice.hex()}" if isinstance(choice, bytes) else choice
            head = self.chain.head
            raise RpcFailure(NOT_THERE, f"There is no block {which}; the newest is {head}.")
        return found

    def find(self, choice: BlockChoice) -> int | None:
        """Return the number of a block, None where there is none; of the pending one, the newest's.

        Raises:
            BlockGone: it is no longer kept.
        """
        head = self.chain.head
        if isinstance(choice, bytes):
            return self.chain.blocks.number_of(choice)
        if isinstance(choice, int):
            if choice > head:
                return None
            self.chain.blocks.must_be_kept(choice)
            return choice
        if choice == "earliest":
            self.chain.blocks.must_be_kept(0)
            return 0
        return head

    @contextmanager
    def state(self, choice: BlockChoice) -> Iterator[WorldState]:
        """Let the state be the one after a block for a while.

        Raises:
            RpcFailure: there is no such block.
        """
        with state_of(self.chain, self.number(choice)) as state:
            yield state

    def block(self, choice: BlockChoice, *, full: bool) -> Shape | None:
        """Return a block with its transactions, or their hashes; None: there is none."""
        if choice == PENDING:
            return self._pending_block(full=full)
        number = self.find(choice)
        if number is None:
            return None
        block = self.chain.blocks[number]
        signed = [self.signed.at(block, index) for index in range(len(block.transactions))]
        parent = self.chain.blocks.hash(number - 1) if number else bytes(32)
        transactions: list[Any] = [shapes.data(one.hash) for one in signed]
        if full:
            transactions = [self.transaction(block, index) for index in range(len(signed))]
        size = sum(len(one.encode()) for one in signed)
        return shapes.block(block, parent, transactions, size)

    def _pending_block(self, *, full: bool) -> Shape:
        header, waiting = self.chain.blocks.pending(), self.pool.waiting()
        transactions: list[Any] = [shapes.data(one.signed.hash) for one in waiting]
        if full:
            transactions = [self.as_waiting(one) for one in waiting]
        return shapes.block(Block(header), self.chain.head_hash, transactions, size=0, pending=True)

    def transaction(self, block: Block, index: int) -> Shape:
        """Return a transaction of a block."""
        one, signed = block.transactions[index], self.signed.at(block, index)
        where, fee = shapes.place(block, index), block.header.base_fee
        return shapes.transaction(one, signed, self.chain.chain_id, fee, where)

    def waiting(self, transaction_hash: bytes) -> Shape | None:
        """Return a transaction that waits for a block."""
        one = self.pool.get(transaction_hash)
        return None if one is None else self.as_waiting(one)

    def as_waiting(self, one: Transaction) -> Shape:
        """Return a signed transaction that is in no block."""
        fee = self.chain.blocks.pending().base_fee
        return shapes.transaction(one, one.signed, self.chain.chain_id, fee, NOWHERE)

    def place(self, transaction_hash: bytes) -> tuple[Block, int] | None:
        """Return where a transaction is that is in a block.

        Raises:
            BlockGone: its block is no longer kept.
        """
        place = self.signed.find(transaction_hash)
        if place is None or place[0] > self.chain.head:
            return None
        return self.chain.blocks[place[0]], place[1]

    def receipt(self, block: Block, index: int) -> Shape:
        """Return the receipt of a block's transaction."""
        return shapes.receipt(block, index, self.signed.at(block, index).hash)

    def base_fee(self, choice: BlockChoice = PENDING) -> int:
        """Return a block's base fee in wei, by default the next one's."""
        if choice == PENDING:
            return self.chain.blocks.pending().base_fee
        return header_of(self.chain, self.number(choice)).base_fee
