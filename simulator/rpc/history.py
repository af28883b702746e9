"""What was: fees of past blocks, and logs."""

from collections.abc import Iterator

from simulator.evm.blocks import Block
from simulator.evm.log_index import LogPlace
from simulator.rpc import shapes, values
from simulator.rpc.failures import TOO_MUCH, RpcFailure, wrong
from simulator.rpc.handlers import Handlers
from simulator.rpc.shapes import Shape
from simulator.rpc.values import BlockChoice, LogQuery
from simulator.rpc.view import View
from simulator.words.quoting import shown

MAX_FEE_HISTORY = 1_024
MAX_PERCENTILES = 100
MAX_LOGS = 10_000
"""So many logs are in one answer at most."""


class History:
    """Methods about past blocks.

    Args:
        view: the chain.
    """

    def __init__(self, view: View) -> None:
        self._view = view

    def methods(self) -> Handlers:
        """Return the handlers by method."""
        return {"eth_feeHistory": self.fees, "eth_getLogs": self.get_logs}

    def fees(self, count: object, newest: object, percentiles: object = None) -> Shape:
        """Return fees and fullness of blocks, oldest first, and the base fee of the one after."""
        wanted = min(values.quantity(count, "the number of blocks"), MAX_FEE_HISTORY)
        last = self._view.number(values.block(newest))
        chosen = _percentiles(percentiles)
        blocks = self._view.chain.blocks
        first = max(blocks.oldest, last + 1 - wanted)
        some = [blocks[number] for number in range(first, last + 1)]
        headers = [one.header for one in some]
        after = blocks[last + 1].header if last < blocks.head else blocks.pending()
        found: Shape = {
            "oldestBlock": shapes.quantity(first),
            "baseFeePerGas": [shapes.quantity(one.base_fee) for one in (*headers, after)],
            "gasUsedRatio": [one.gas_used / one.gas_limit for one in headers],
        }
        if chosen is not None:
            found["reward"] = [_rewards(one, chosen) for one in some]
        return found

    def get_logs(self, wanted: object) -> list[Shape]:
        """Return the logs that somebody wants."""
        return self.logs(values.log_query(wanted))

    def logs(self, query: LogQuery) -> list[Shape]:
        """Return the logs that somebody wants.

        Raises:
            RpcFailure: there is no such block, or there are too many logs.
            BlockGone: the first block is no longer kept.
        """
        if query.block_hash is not None:
            first = last = self._view.number(query.block_hash)
        else:
            first, last = self._range(query.first, query.last)
        return self.logs_between(first, last, query)

    def _range(self, first: BlockChoice, last: BlockChoice) -> tuple[int, int]:
        head = self._view.chain.head
        low = first if isinstance(first, int) else self._view.number(first)
        high = last if isinstance(last, int) else self._view.number(last)
        if low > high:
            raise wrong(f"fromBlock ({low}) is behind toBlock ({high}).")
        if low <= head:
            self._view.chain.blocks.must_be_kept(low)
        return low, min(high, head)

    def logs_between(self, first: int, last: int, query: LogQuery) -> list[Shape]:
        """Return the logs of a range of blocks that a query wants, wherever that wants them.

        Raises:
            RpcFailure: there are too many.
        """
        found: list[Shape] = []
        for place in self._matching(first, last, query):
            if len(found) >= MAX_LOGS:
                raise RpcFailure(
                    TOO_MUCH, f"There are more than {MAX_LOGS:,} such logs; ask for fewer blocks."
                )
            found.append(self._shape(place))
        return found

    def _matching(self, first: int, last: int, query: LogQuery) -> Iterator[LogPlace]:
        index = self._view.chain.blocks.logs()
        return (
            place
            for place in index.find(first, last, query.contracts, query.topics)
            if _matches(place, query)
        )

    def _shape(self, place: LogPlace) -> Shape:
        block = self._view.chain.blocks[place.block]
        signed = self._view.signed.at(block, place.transaction)
        return shapes.log(block, place.transaction, signed.hash, place.number, place.log)


def _matches(place: LogPlace, query: LogQuery) -> bool:
    log = place.log
    if query.contracts is not None and log.contract not in query.contracts:
        return False
    if len(query.topics) > len(log.topics):
        return False
    pairs = zip(query.topics, log.topics, strict=False)
    return all(wanted is None or topic in wanted for wanted, topic in pairs)


def _percentiles(given: object) -> list[float] | None:
    if given is None:
        return None
    if (
        isinstance(given, list)
        and len(given) <= MAX_PERCENTILES
        and all(isinstance(one, int | float) and not isinstance(one, bool) for one in given)
        and all(0 <= one <= 100 for one in given)
        and given == sorted(given)
    ):
        return given
    raise wrong(
        f"percentiles must be up to {MAX_PERCENTILES} rising numbers from 0 to 100, "
        f"not {shown(given)}."
    )


def _rewards(block: Block, percentiles: list[float]) -> list[str]:
    """Return what was paid on top of the base fee, at percentiles of the gas that was used."""
    base_fee = block.header.base_fee
    paid = sorted((done.gas_price - base_fee, done.gas_used) for done in block.receipts)
    found = []
    for percentile in percentiles:
        threshold, used, reward = block.header.gas_used * percentile / 100, 0, 0
        for reward, gas in paid:  # noqa: B007 - the last one counts
            used += gas
            if used >= threshold:
                break
        found.append(shapes.quantity(reward))
    return found
