"""The chain as a backend of eth-tester, and through it of web3.py."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

from eth_abi.abi import decode as abi_decode
from eth_abi.exceptions import DecodingError
from eth_keys.datatypes import PrivateKey
from eth_tester.backends.base import BaseChainBackend
from eth_tester.exceptions import (
    BlockNotFound,
    TransactionFailed,
    TransactionNotFound,
    ValidationError,
)

from simulator.evm import signing, trials
from simulator.evm.blocks import Block, Header
from simulator.evm.chain import Chain
from simulator.evm.engine import REVERTED, ExecutionResult
from simulator.evm.estimates import least_gas
from simulator.evm.eth_tester import serializers
from simulator.evm.fees import floor_gas
from simulator.evm.reverts import ERROR_SELECTOR
from simulator.evm.signed_transactions import SignedTransactions
from simulator.evm.state import WorldState
from simulator.evm.transactions import Transaction
from simulator.words.units import ZERO_ADDRESS

MAX_FEE_HISTORY = 1024
LATEST = ("latest", "safe", "finalized")

BlockNumber = int | str


class TesterBackend(BaseChainBackend):  # type: ignore[misc]
    """An eth-tester backend over a chain.

    Args:
        chain: whose blocks these are.
        private_keys: the accounts that sign here.
    """

    def __init__(self, chain: Chain, private_keys: Iterable[PrivateKey]) -> None:
        self.chain = chain
        self._makes_block = False
        self._signed = SignedTransactions(chain, private_keys)

    @property
    def account_keys(self) -> tuple[PrivateKey, ...]:
        """The keys of the accounts that sign here."""
        return tuple(self._signed.keys.values())

    def reset_to_genesis(self) -> None:
        """Give up all blocks but the first."""
        self._go_back(0)

    def _go_back(self, number: int) -> None:
        self.chain.go_back(number)
        self._makes_block = False
        self._signed.truncate(number)

    def take_snapshot(self) -> bytes:
        """Return the name of the present state: the newest block's hash."""
        return self.chain.head_hash

    def revert_to_snapshot(self, snapshot: bytes) -> None:
        """Give up all blocks since a snapshot, and what is pending."""
        number = self.chain.blocks.number_of(snapshot)
        if number is None:
            raise BlockNotFound("The snapshot's block is gone: the chain went back further.")
        self._go_back(number)

    def time_travel(self, to_timestamp: int) -> int:
        """Make a block right before a time, so that the next one has that time."""
        self._begin()
        self._seal(timestamp=to_timestamp - self.chain.blocks.block_time)
        return to_timestamp

    def mine_blocks(self, num_blocks: int = 1, coinbase: bytes = ZERO_ADDRESS) -> tuple[bytes, ...]:
        """Make blocks; what is pending goes into the first."""
        hashes = []
        for _ in range(num_blocks):
            if self._makes_block or coinbase != ZERO_ADDRESS:
                self._begin()
                self._seal(coinbase=coinbase)
            else:
                self.chain.advance(1)
            hashes.append(self.chain.head_hash)
        return tuple(hashes)

    def _begin(self) -> None:
        """Have a pending block that is ours."""
        if not self._makes_block:
            self.chain.begin()
            self._makes_block = True

    def _seal(self, coinbase: bytes = ZERO_ADDRESS, timestamp: int | None = None) -> None:
        self.chain.seal(coinbase, timestamp)
        self._makes_block = False

    def apply_withdrawals(self, withdrawals_list: Sequence[Any]) -> None:  # noqa: ARG002
        """Refuse: withdrawals are for chains with validators."""
        raise ValidationError("Withdrawals need the engine pyevm-full.")

    def get_accounts(self) -> tuple[bytes, ...]:
        """Return the accounts that sign here."""
        return tuple(self._signed.keys)

    def add_account(self, private_key: bytes) -> None:
        """Sign for one more account."""
        self._signed.keys |= signing.by_address([PrivateKey(private_key)])

    def get_nonce(self, account: bytes, block_number: BlockNumber = "latest") -> int:
        """Return how many transactions an account has sent."""
        with self._state(block_number) as state:
            return state.nonces.get(account, 0)

    def get_balance(self, account: bytes, block_number: BlockNumber = "latest") -> int:
        """Return an account's ETH in wei."""
        with self._state(block_number) as state:
            return state.balances.get(account, 0)

    def get_code(self, account: bytes, block_number: BlockNumber = "latest") -> bytes:
        """Return a contract's code."""
        with self._state(block_number) as state:
            return state.codes.get(account, b"")

    def get_storage(self, account: bytes, slot: int, block_number: BlockNumber = "latest") -> int:
        """Return what a slot of a contract's storage holds."""
        with self._state(block_number) as state:
            return state.storage.get((account, slot), 0)

    def get_base_fee(self, block_number: BlockNumber = "latest") -> int:
        """Return a block's base fee in wei."""
        return self._block(block_number).header.base_fee

    def _number(self, block_number: BlockNumber) -> int | None:
        """Return a block's number; None for the pending one."""
        head = self.chain.head
        if block_number in LATEST:
            return head
        if block_number == "pending":
            return None
        if block_number == "earliest":
            block_number = 0
        if isinstance(block_number, int) and 0 <= block_number <= head:
            self.chain.blocks.must_be_kept(block_number)
            return block_number
        raise BlockNotFound(f"No block found for block number: {block_number}")

    def _block(self, block_number: BlockNumber) -> Block:
        number = self._number(block_number)
        return self.chain.pending if number is None else self.chain.blocks[number]

    def _state(self, block_number: BlockNumber) -> AbstractContextManager[WorldState]:
        return trials.state_of(self.chain, self._number(block_number))

    def get_block_by_number(
        self, block_number: BlockNumber, full_transaction: bool = True
    ) -> dict[str, Any]:
        """Return a block, with its transactions or their hashes."""
        return self._serialize(self._block(block_number), full=full_transaction)

    def get_block_by_hash(self, block_hash: bytes, full_transaction: bool = True) -> dict[str, Any]:
        """Return a block, with its transactions or their hashes."""
        number = self.chain.blocks.number_of(block_hash)
        if number is None:
            raise BlockNotFound(
                f"No block found for block hash: 0x{block_hash.hex()}" + self._unless_older()
            )
        return self._serialize(self.chain.blocks[number], full=full_transaction)

    def _serialize(self, block: Block, *, full: bool) -> dict[str, Any]:
        number = block.header.number
        signed = [self.signature(block, index) for index in range(len(block.transactions))]
        pending = number > self.chain.head
        transactions: list[Any] = [transaction.hash for transaction in signed]
        if full:
            transactions = [
                serializers.serialize_transaction(
                    block, index, transaction, self.chain.chain_id, pending=pending
                )
                for index, transaction in enumerate(signed)
            ]
        parent = self.chain.blocks.hash(number - 1) if number else bytes(32)
        size = sum(len(transaction.encode()) for transaction in signed)
        return serializers.serialize_block(block, parent, transactions, size)

    def get_fee_history(
        self,
        block_count: int = 1,
        newest_block: BlockNumber = "latest",
        reward_percentiles: Sequence[int] = (),  # noqa: ARG002
    ) -> dict[str, Any]:
        """Return base fees and fullness of the blocks before one, newest first, as eth-tester."""
        if isinstance(block_count, int) and not 1 <= block_count <= MAX_FEE_HISTORY:
            raise ValidationError("block_count must be between 1 and 1024")
        newest = self._block("latest" if newest_block == "pending" else newest_block)
        last = newest.header.number
        numbers = range(last - 1, max(self.chain.blocks.oldest - 1, last - 1 - block_count), -1)
        headers: list[Header] = [self.chain.blocks[number].header for number in numbers]
        return {
            "oldest_block": 1,
            "base_fee_per_gas": [header.base_fee for header in headers],
            "gas_used_ratio": [header.gas_used / header.gas_limit for header in headers],
            "reward": [],
        }

    def signature(self, block: Block, index: int) -> Any:
        """Return a transaction with its signature, which is made when it is first asked for."""
        return self._signed.at(block, index)

    def _find(self, transaction_hash: bytes) -> tuple[Block, int]:
        """Return where a transaction is; those that nobody has asked for are signed first."""
        place = self._signed.find(transaction_hash)
        if place is None:
            raise TransactionNotFound(
                f"No transaction found for transaction hash: 0x{transaction_hash.hex()}"
                + self._unless_older()
            )
        number, index = place
        if number > self.chain.head:
            return self.chain.pending, index
        return self.chain.blocks[number], index

    def _unless_older(self) -> str:
        """Return what else is to say of what is not found."""
        oldest = self.chain.blocks.oldest
        return f" (blocks before {oldest} are no longer kept)" if oldest else ""

    def get_transaction_by_hash(self, transaction_hash: bytes) -> dict[str, Any]:
        """Return a transaction, a pending one too."""
        block, index = self._find(transaction_hash)
        return serializers.serialize_transaction(
            block,
            index,
            self.signature(block, index),
            self.chain.chain_id,
            pending=block.header.number > self.chain.head,
        )

    def get_transaction_receipt(self, transaction_hash: bytes) -> dict[str, Any]:
        """Return what became of a transaction."""
        block, index = self._find(transaction_hash)
        pending = block.header.number > self.chain.head
        return serializers.serialize_receipt(block, index, transaction_hash, pending=pending)

    def send_transaction(self, transaction: Mapping[str, Any]) -> bytes:
        """Sign a transaction and execute it in the pending block."""
        if transaction["from"] not in self._signed.keys:
            raise ValidationError(
                'No valid "from" key was provided in the transaction '
                "which is required for transaction signing."
            )
        return self._include(self._transaction(transaction))

    def send_signed_transaction(self, transaction: Mapping[str, Any]) -> bytes:
        """Execute a transaction that comes with its signature."""
        unsigned = self._transaction(transaction)
        signed = signing.with_signature(unsigned, transaction, self.chain.chain_id)
        return self._include(signing.from_signed(signed))

    def send_raw_transaction(self, raw_transaction: bytes) -> bytes:
        """Execute a transaction that comes as bytes."""
        return self._include(signing.decode(raw_transaction))

    def _transaction(self, given: Mapping[str, Any]) -> Transaction:
        return signing.from_fields(
            given,
            next_nonce=lambda: self.get_nonce(given["from"], "pending"),
            base_fee=self.get_base_fee,
            default_gas=lambda: self.estimate_gas(given),
        )

    def _include(self, transaction: Transaction) -> bytes:
        self._begin()
        self.chain.include(transaction)
        block = self.chain.pending
        signed = self.signature(block, len(block.transactions) - 1)
        found: bytes = signed.hash
        return found

    def call(self, transaction: Mapping[str, Any], block_number: BlockNumber = "latest") -> bytes:
        """Return what a call answers after a block.

        Raises:
            TransactionFailed: the call fails.
        """
        limit = self._block(block_number).header.gas_limit
        # nodes cap what a call may use; an engine may know no more than 64 bits
        gas = min(transaction.get("gas", limit), limit)
        return self._try(transaction, gas, block_number).output

    def estimate_gas(
        self, transaction: Mapping[str, Any], block_number: BlockNumber = "latest"
    ) -> int:
        """Return a gas limit that is enough for a transaction, and not much more.

        Raises:
            TransactionFailed: the transaction fails, however much gas it has.
        """
        limit = self._block(block_number).header.gas_limit
        used = self._try(transaction, limit, block_number).gas_used

        def is_enough(gas: int) -> bool:
            return not self._execute(transaction, gas, block_number).error

        data = transaction.get("data", b"")
        return least_gas(max(used, floor_gas(data)), limit, is_enough)

    def _try(
        self, transaction: Mapping[str, Any], gas: int, block_number: BlockNumber
    ) -> ExecutionResult:
        execution = self._execute(transaction, gas, block_number)
        if execution.error:
            raise TransactionFailed(_failure(execution))
        return execution

    def _execute(
        self, given: Mapping[str, Any], gas: int, block_number: BlockNumber
    ) -> ExecutionResult:
        fields = signing.from_fields({**given, "gas": gas}, lambda: 0, self.get_base_fee, int)
        try:
            return trials.execute(self.chain, fields, self._number(block_number))
        except trials.CannotBegin as error:
            raise TransactionFailed(str(error)) from None


def _failure(execution: ExecutionResult) -> str:
    """Return the reason of a failure as eth-tester's own backend gives it."""
    if execution.error != REVERTED:
        return execution.error
    data = execution.output
    if data[:4] == ERROR_SELECTOR:
        try:
            return str(abi_decode(["string"], data[4:])[0])
        except DecodingError:
            pass
    return str(data)
