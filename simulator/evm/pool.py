"""Transactions that others have signed, until they are in a block.

Each account's transactions come in order of their nonces; what is ahead of its turn waits. What a
block can't hold any more when it is made, since somebody has spent the ETH, is forgotten, as by any
node.
"""

from collections.abc import Callable, Iterator

from eth_utils.exceptions import ValidationError

from simulator.evm.chain import Chain
from simulator.evm.fees import MAX_INITCODE_BYTES, floor_gas, intrinsic_gas
from simulator.evm.transactions import Receipt, Transaction

MAX_TRANSACTIONS = 5_000
"""So many may wait."""

MAX_DATA_BYTES = 128 * 1024
"""How long a transaction's data may be, as with other nodes."""

DEARER_PERCENT = 110
"""What a transaction offers at least, of what the one offers in whose place it is to come."""


class Refused(Exception):
    """A transaction can't wait for a block; the text begins as with other nodes."""


class TransactionPool:
    """What waits for a block of a chain.

    Args:
        chain: whose pending block takes the transactions.
        most_gas: what all transactions of a block may use together.

    Attributes:
        on_added: told the hash of each transaction that begins to wait.
    """

    def __init__(self, chain: Chain, most_gas: int) -> None:
        self._chain = chain
        self.most_gas = most_gas
        self._waiting: dict[bytes, Transaction] = {}  # by hash, in order of arrival
        self._by_nonce: dict[tuple[bytes, int], bytes] = {}
        self.on_added: list[Callable[[bytes], None]] = []

    def add(self, transaction: Transaction) -> bytes:
        """Let a signed transaction wait for a block, and return its hash.

        Raises:
            Refused: no block can hold it, or another one is to be there instead.
        """
        transaction_hash: bytes = transaction.signed.hash
        if transaction_hash in self._waiting:
            raise Refused("already known")
        self._check(transaction)
        place = (transaction.sender, transaction.nonce)
        former = self._by_nonce.get(place)
        if former is not None:
            _check_dearer(transaction, self._waiting[former])
            del self._waiting[former]
        elif len(self._waiting) >= MAX_TRANSACTIONS:
            raise Refused(f"txpool is full: {MAX_TRANSACTIONS:,} transactions wait already")
        self._waiting[transaction_hash] = transaction
        self._by_nonce[place] = transaction_hash
        for told in self.on_added:
            told(transaction_hash)
        return transaction_hash

    def _check(self, one: Transaction) -> None:
        """See whether a block could hold a transaction, as things are.

        Raises:
            Refused: none can.
        """
        with self._chain.state_after(self._chain.head) as state:
            nonce = state.nonces.get(one.sender, 0)
            balance = state.balances.get(one.sender, 0)
        base_fee = self._chain.blocks.pending().base_fee
        intrinsic = intrinsic_gas(one.data, one.access_list, creates=one.to is None)
        needed = max(intrinsic, floor_gas(one.data))
        cost = one.gas * one.max_fee + one.value
        problem = ""
        if one.nonce < nonce:
            problem = f"nonce too low: next nonce {nonce}, tx nonce {one.nonce}"
        elif one.gas > self.most_gas:
            problem = f"exceeds block gas limit: {one.gas} of at most {self.most_gas}"
        elif one.gas < needed:
            problem = f"intrinsic gas too low: gas {one.gas}, minimum needed {needed}"
        elif one.priority_fee > one.max_fee:
            problem = "max priority fee per gas higher than max fee per gas"
        elif one.max_fee < base_fee:
            problem = (
                "max fee per gas less than block base fee: "
                f"maxFeePerGas {one.max_fee}, baseFee {base_fee}"
            )
        elif one.to is None and len(one.data) > MAX_INITCODE_BYTES:
            problem = f"max initcode size exceeded: {len(one.data)} of {MAX_INITCODE_BYTES} bytes"
        elif len(one.data) > MAX_DATA_BYTES:
            problem = f"oversized data: {len(one.data)} of {MAX_DATA_BYTES} bytes"
        elif balance < cost:
            problem = (
                f"insufficient funds for gas * price + value: balance {balance}, tx cost {cost}"
            )
        if problem:
            raise Refused(problem)

    def next_nonce(self, account: bytes) -> int:
        """Return the nonce of an account's next transaction, behind those that wait."""
        with self._chain.state_after(self._chain.head) as state:
            nonce = state.nonces.get(account, 0)
        while (account, nonce) in self._by_nonce:
            nonce += 1
        return nonce

    def get(self, transaction_hash: bytes) -> Transaction | None:
        """Return a transaction that waits."""
        return self._waiting.get(transaction_hash)

    def waiting(self) -> list[Transaction]:
        """Return all that wait, in order of arrival."""
        return list(self._waiting.values())

    @property
    def has_ready(self) -> bool:
        """Whether the next block can take some."""
        return bool(self._waiting) and self._next(set()) is not None

    def fill(self) -> Iterator[Receipt]:
        """Put what is ready into the pending block, in order of arrival, as far as there is room.

        Yields the receipt of each as soon as it has been executed.
        """
        no_room: set[bytes] = set()
        while (found := self._next(no_room)) is not None:
            transaction = self._waiting[found]
            if self._chain.gas_used and self._chain.gas_used + transaction.gas > self.most_gas:
                no_room.add(found)
                continue
            self._forget(found)
            try:
                receipt = self._chain.include(transaction)
            except ValidationError:
                continue
            yield receipt

    def _next(self, passed_over: set[bytes]) -> bytes | None:
        """Return the first transaction whose turn it is."""
        nonces = self._chain.pending_state.nonces
        for transaction_hash, transaction in list(self._waiting.items()):
            next_nonce = nonces.get(transaction.sender, 0)
            if transaction.nonce < next_nonce:  # another one has come first
                self._forget(transaction_hash)
            elif transaction.nonce == next_nonce and transaction_hash not in passed_over:
                return transaction_hash
        return None

    def _forget(self, transaction_hash: bytes) -> None:
        transaction = self._waiting.pop(transaction_hash)
        self._by_nonce.pop((transaction.sender, transaction.nonce), None)


def _check_dearer(one: Transaction, former: Transaction) -> None:
    """See whether a transaction may come in the place of another one.

    Raises:
        Refused: it offers too little.
    """
    fees = (one.max_fee, former.max_fee), (one.priority_fee, former.priority_fee)
    for mine, theirs in fees:
        if mine * 100 < theirs * DEARER_PERCENT:
            raise Refused(
                "replacement transaction underpriced: the one that waits must be outbid by a tenth"
            )
