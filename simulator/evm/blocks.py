"""Blocks: those that hold something are kept, empty ones are worked out when asked for.

A block's hash is the Keccak-256 of its header's fields, each as a big-endian number of a fixed
width, one after the other: anchor (32 bytes), number (8), timestamp (8), coinbase (20), mix hash
(32), gas limit (8), gas used (8), base fee (32), content (32). The *anchor* is the hash of the
newest kept block before it, which is what makes a run of empty blocks cost nothing; the *content*
is the Keccak-256 over `transactions.encode` of each transaction, after the balances that were set.
There is no state root: hashes name histories, they prove nothing.

Blocks that are no longer kept are refused by number. Headers go back a little further than blocks,
since contracts may ask for the hashes of the last 256.
"""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache

from eth_utils.exceptions import ValidationError

from simulator.evm.fees import base_fee_after_empty_blocks, next_base_fee
from simulator.evm.log_index import LogIndex
from simulator.evm.transactions import Receipt, Transaction, encode
from simulator.words.errors import NotKept
from simulator.words.hashing import keccak
from simulator.words.units import ZERO_ADDRESS

NO_HASH = bytes(32)

HASHES_BEHIND = 257
"""How far behind the oldest kept block hashes are known: what its BLOCKHASH reaches, and more."""

FEW_HEADERS = 256
"""So many headers that nobody needs pile up before they are thrown out together."""


def mix_hash(number: int) -> bytes:
    """Return what PREVRANDAO answers in a block."""
    return keccak(b"simulator" + number.to_bytes(32, "big"))


def digest(
    balances: Iterable[tuple[bytes, int]], done: Iterable[tuple[Transaction, Receipt]]
) -> bytes:
    """Return the content field of a header."""
    parts = [account + wei.to_bytes(32, "big") for account, wei in balances]
    parts += [encode(transaction, receipt) for transaction, receipt in done]
    return keccak(b"".join(parts))


@dataclass(frozen=True)
class Header:
    """What a block says about itself."""

    number: int
    timestamp: int
    gas_limit: int
    base_fee: int
    anchor: bytes
    coinbase: bytes = ZERO_ADDRESS
    gas_used: int = 0
    content: bytes = NO_HASH

    @cached_property
    def mix_hash(self) -> bytes:
        """What PREVRANDAO answers in the block."""
        return mix_hash(self.number)

    @cached_property
    def hash(self) -> bytes:
        """The hash that the module describes."""
        fields = (
            self.anchor,
            self.number.to_bytes(8, "big"),
            self.timestamp.to_bytes(8, "big"),
            self.coinbase,
            self.mix_hash,
            self.gas_limit.to_bytes(8, "big"),
            self.gas_used.to_bytes(8, "big"),
            self.base_fee.to_bytes(32, "big"),
            self.content,
        )
        return keccak(b"".join(fields))


@dataclass(frozen=True, slots=True)
class Block:
    """A header with what was executed under it."""

    header: Header
    transactions: tuple[Transaction, ...] = ()
    receipts: tuple[Receipt, ...] = ()


class BlockGone(NotKept, ValidationError):
    """A block is asked for, or the state after it, that is older than what is kept."""

    def __init__(self, number: int, oldest: int) -> None:
        super().__init__("block", number, oldest, "keep_blocks")


class Blocks:
    """The blocks of a chain.

    Args:
        genesis: the first block's header.
        block_time: seconds between two blocks.
        keep: how many of the newest blocks are kept, empty ones included; None: all.

    Attributes:
        head: the number of the newest block.
        oldest: the number of the oldest block that is kept.
    """

    def __init__(self, genesis: Header, block_time: int, keep: int | None = None) -> None:
        self.block_time = block_time
        self.keep = keep
        self.head = self.oldest = genesis.number
        self._kept = [Block(genesis)]
        self._numbers = [genesis.number]
        self._first_whole = 0
        self._by_hash = {genesis.hash: genesis.number}
        self._indexed = genesis.number
        self._logs = LogIndex()

    def __getitem__(self, number: int) -> Block:
        """Return a block that exists already; an `IndexError` where it doesn't.

        Raises:
            BlockGone: it is no longer kept.
        """
        self.must_be_kept(number)
        if number > self.head:
            raise IndexError(number)
        block = self._anchor(number)
        return block if block.header.number == number else Block(self._after(block.header, number))

    def must_be_kept(self, number: int) -> None:
        """See whether a block is not too old.

        Raises:
            BlockGone: it is no longer kept.
        """
        if number < self.oldest:
            raise BlockGone(number, self.oldest)

    @property
    def head_hash(self) -> bytes:
        """The hash of the newest block."""
        return self.hash(self.head)

    def hash(self, number: int) -> bytes:
        """Return a block's hash.

        Raises:
            BlockGone: it is further behind than `HASHES_BEHIND`.
        """
        if number < self._numbers[0]:
            raise BlockGone(number, self.oldest)
        anchor = self._anchor(number).header
        found = (anchor if anchor.number == number else self._after(anchor, number)).hash
        self._remember(found, number)
        return found

    def _remember(self, block_hash: bytes, number: int) -> None:
        self._by_hash[block_hash] = number
        if self.keep is not None and len(self._by_hash) > 2 * (self.keep + HASHES_BEHIND):
            self._by_hash = {h: n for h, n in self._by_hash.items() if n >= self.oldest}

    def number_of(self, block_hash: bytes) -> int | None:
        """Return the number of the block with this hash, if it is kept."""
        if block_hash not in self._by_hash:
            # an empty block has no hash before somebody asks: newest first, and none of them twice
            for number in range(self.head, max(self._indexed, self.oldest - 1), -1):
                if self.hash(number) == block_hash:
                    break
            else:
                self._indexed = self.head
        return self._by_hash.get(block_hash)

    def pending(self) -> Header:
        """Return the header of the block that comes next, as far as it is known."""
        return self._after(self._anchor(self.head).header, self.head + 1)

    def full(self) -> Iterable[Block]:
        """Yield the kept blocks that hold something, newest first."""
        return reversed(self._kept[self._first_whole :])

    def logs(self) -> LogIndex:
        """Return where the logs of the kept receipts are.

        The index goes on from where it was when somebody asked last; making blocks costs nothing
        for it.
        """
        self._logs.forget(self.oldest - 1)
        seen = bisect_right(self._numbers, self._logs.last)
        for block in self._kept[max(seen, self._first_whole) :]:
            self._logs.add(block.header.number, block.receipts)
        return self._logs

    def _anchor(self, number: int) -> Block:
        return self._kept[bisect_right(self._numbers, number) - 1]

    def _after(self, anchor: Header, number: int) -> Header:
        return _empty(anchor, number, self.block_time)

    def advance(self, blocks: int) -> None:
        """Let empty blocks follow."""
        self.head += blocks
        self._forget()

    def append(self, block: Block) -> None:
        """Let a block follow that is kept."""
        self.head = block.header.number
        self._kept.append(block)
        self._numbers.append(self.head)
        self._remember(block.header.hash, self.head)
        self._forget()

    def _forget(self) -> None:
        """Keep of what is too old by now no more than the headers that are needed."""
        if self.keep is None:
            return
        self.oldest = max(self.oldest, self.head - self.keep + 1)
        kept, first = self._kept, self._first_whole
        while first < len(kept) and self._numbers[first] < self.oldest:
            kept[first] = Block(kept[first].header)
            first += 1
        # empty blocks follow from the last header before them
        needless = bisect_right(self._numbers, self.oldest - HASHES_BEHIND) - 1
        # many at once: taking one from the front of a list moves all others
        if needless >= FEW_HEADERS:
            del kept[:needless], self._numbers[:needless]
            first -= needless
        self._first_whole = first

    def truncate(self, number: int) -> None:
        """Take away all blocks after one."""
        count = bisect_right(self._numbers, number)
        del self._kept[count:], self._numbers[count:]
        self._first_whole = min(self._first_whole, count)
        self._logs.truncate(number)
        self._by_hash = {key: value for key, value in self._by_hash.items() if value <= number}
        self._indexed = min(self._indexed, number)
        self.head = number

    def copy(self, keep: int | None = None) -> "Blocks":
        """Return the same blocks, to grow on their own.

        Args:
            keep: how many of the newest blocks the copy keeps; None: all that are here.
        """
        other = Blocks(self._kept[0].header, self.block_time, keep)
        other.head, other.oldest = self.head, self.oldest
        other._kept = list(self._kept)
        other._numbers = list(self._numbers)
        other._first_whole = self._first_whole
        other._by_hash = dict(self._by_hash)
        other._indexed = self._indexed
        other._forget()
        return other


@lru_cache(maxsize=8)
def _empty(last: Header, number: int, block_time: int) -> Header:
    """Return the header of a block that follows on another without one that is kept in between.

    The newest ones are remembered: whoever walks along empty blocks asks for each of them twice,
    once as a parent.
    """
    distance = number - last.number
    fee = next_base_fee(last.base_fee, last.gas_used, last.gas_limit)
    return Header(
        number=number,
        timestamp=last.timestamp + distance * block_time,
        gas_limit=last.gas_limit,
        base_fee=base_fee_after_empty_blocks(fee, distance - 1),
        anchor=last.hash,
    )
