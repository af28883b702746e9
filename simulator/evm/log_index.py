"""Where logs are: by contract, by topic, and both, in the order in which they were emitted."""

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import chain
from operator import attrgetter
from typing import NamedTuple

from simulator.evm.transactions import Log, Receipt

IndexKey = tuple[bytes | int, ...]
"""A contract; a contract with its first topic; or a topic's position with the topic."""

Alternatives = Collection[bytes] | None
"""One of them must be there; None: whatever it is."""


class LogPlace(NamedTuple):
    """A log, and where it is.

    Attributes:
        block: the block's number.
        transaction: its index in the block.
        number: the log's index in the block.
    """

    block: int
    transaction: int
    number: int
    log: Log


_block = attrgetter("block")


class LogIndex:
    """The logs of a chain, as far as somebody has asked for them.

    Attributes:
        last: the number of the newest block that has been looked at; -1: of none.
    """

    def __init__(self) -> None:
        self.last = -1
        self._places: list[LogPlace] = []
        self._positions: dict[IndexKey, list[int]] = {}
        self._gone = 0

    def __len__(self) -> int:
        """Return how many logs are held, those that are gone included."""
        return len(self._places)

    def add(self, block: int, receipts: Iterable[Receipt]) -> None:
        """Take up the logs of the next block."""
        self.last = block
        number = 0
        for transaction, receipt in enumerate(receipts):
            for log in receipt.logs:
                self._append(LogPlace(block, transaction, number, log))
                number += 1

    def _append(self, place: LogPlace) -> None:
        for key in _keys(place.log):
            self._positions.setdefault(key, []).append(len(self._places))
        self._places.append(place)

    def truncate(self, number: int) -> None:
        """Take away the logs of all blocks after one."""
        self.last = min(self.last, number)
        while self._places and self._places[-1].block > number:
            for key in _keys(self._places.pop().log):
                positions = self._positions[key]
                positions.pop()
                if not positions:
                    del self._positions[key]

    def forget(self, number: int) -> None:
        """Answer nothing any more about blocks up to one.

        Their logs are thrown out when they are the majority, which makes it cheap for each.
        """
        self._gone = bisect_right(self._places, number, key=_block)
        if 2 * self._gone > len(self._places):
            kept = self._places[self._gone :]
            self._places, self._positions, self._gone = [], {}, 0
            for place in kept:
                self._append(place)

    def find(
        self, first: int, last: int, contracts: Alternatives, topics: Sequence[Alternatives]
    ) -> Iterator[LogPlace]:
        """Yield the logs of a range of blocks that meet the rarest of some conditions, in order.

        All logs that meet all conditions are among them. The work is proportional to what is
        yielded, with a logarithm of all logs for each alternative, or pair of alternatives for
        contract and first topic.
        """
        start = max(self._gone, bisect_left(self._places, first, key=_block))
        end = bisect_right(self._places, last, key=_block)
        best: list[Sequence[int]] = [range(start, end)]
        count = end - start
        conditions: list[Iterable[IndexKey]] = [
            [(position, topic) for topic in alternatives]
            for position, alternatives in enumerate(topics)
            if alternatives is not None
        ]
        if contracts is not None:
            conditions.append([(contract,) for contract in contracts])
            heads = topics[0] if topics else None
            if heads is not None:
                conditions.append([(contract, head) for contract in contracts for head in heads])
        for keys in conditions:
            # counting is two searches, so only the rarest condition is looked through
            runs = [(found, *_between(found, start, end)) for found in self._held(keys)]
            size = sum(high - low for _, low, high in runs)
            if size < count:
                best, count = [found[low:high] for found, low, high in runs], size
        return (self._places[position] for position in sorted(chain.from_iterable(best)))

    def _held(self, keys: Iterable[IndexKey]) -> Iterator[list[int]]:
        for key in set(keys):
            if key in self._positions:
                yield self._positions[key]


def _between(positions: list[int], start: int, end: int) -> tuple[int, int]:
    low = bisect_left(positions, start)
    return low, max(low, bisect_left(positions, end))


def _keys(log: Log) -> Iterator[IndexKey]:
    """Yield what a log can be found by."""
    yield (log.contract,)
    if log.topics:
        yield (log.contract, log.topics[0])
    yield from enumerate(log.topics)
