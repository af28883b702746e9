"""eth-tester with an index of logs: it looks up what the original walks along the blocks for."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from eth_tester import EthereumTester
from eth_tester.utils.filters import Filter, check_if_log_matches

from simulator.evm.eth_tester.backend import LATEST, TesterBackend
from simulator.evm.eth_tester.serializers import serialize_log
from simulator.evm.log_index import Alternatives, LogPlace

NEVER_MINED = ("earliest", "pending")
"""Where eth-tester's filters begin or end with these, they want logs that are not mined yet."""


class IndexedTester(EthereumTester):  # type: ignore[misc]
    """An eth-tester on one of our chains; its answers are those of the original.

    Looking for logs in a range of blocks takes what the matching ones take, however many blocks
    and other logs there are. What decides whether a log matches is eth-tester's own.

    Args:
        backend: the chain.
        options: what eth-tester takes.
    """

    def __init__(self, backend: TesterBackend, **options: Any) -> None:
        super().__init__(backend, **options)

    def get_logs(
        self, from_block: Any = None, to_block: Any = None, address: Any = None, topics: Any = None
    ) -> tuple[dict[str, Any], ...]:
        """Return the logs of a range of blocks; without a range those of the newest block."""
        wanted = self._wanted(from_block, to_block, address, topics)
        params = wanted.filter_params
        self._fill(wanted, self._number(params["from_block"]), self._number(params["to_block"]))
        return tuple(map(self.normalizer.normalize_outbound_log_entry, wanted.get_all()))

    def create_log_filter(
        self, from_block: Any = None, to_block: Any = None, address: Any = None, topics: Any = None
    ) -> Any:
        """Begin to collect logs, with those that are there if the range begins with a number."""
        wanted = self._wanted(from_block, to_block, address, topics)
        number = next(self._filter_counter)
        self._log_filters[number] = wanted
        first, last = wanted.filter_params["from_block"], wanted.filter_params["to_block"]
        if isinstance(first, int):
            self._fill(wanted, first, last if isinstance(last, int) else self._number("latest"))
        return self.normalizer.normalize_outbound_filter_id(number)

    def _wanted(self, *given: Any) -> Filter:
        names = ("from_block", "to_block", "address", "topics")
        params = dict(zip(names, given, strict=True))
        self.validator.validate_inbound_filter_params(**params)
        raw = self.normalizer.normalize_inbound_filter_params(**params)
        wanted = dict(zip(("from_block", "to_block", "addresses", "topics"), raw, strict=True))
        return Filter(wanted, partial(check_if_log_matches, **wanted))

    def _number(self, block: int | str | None) -> int:
        if isinstance(block, int):
            return block
        if block == "earliest":  # eth-tester looks it up, even where the range is empty
            self.backend.chain.blocks.must_be_kept(0)
        head: int = self.backend.chain.head
        return {"earliest": 0, "pending": head + 1}.get(block or "latest", head)

    def _fill(self, wanted: Filter, first: int, last: int) -> None:
        """Let a filter have the logs of a range of blocks.

        Raises:
            BlockNotFound: the range goes beyond the newest block.
            BlockGone: it begins with a block that is no longer kept.
        """
        head = self.backend.chain.head
        if first <= last:
            self.backend.chain.blocks.must_be_kept(first)
        for place in self._candidates(wanted.filter_params, first, min(last, head)):
            # the whole entry has the transaction's hash, for which the transaction is signed
            glance = {"address": place.log.contract, "topics": place.log.topics}
            if wanted.filter_fn({"block_number": place.block, "type": "mined", **glance}):
                wanted.add(self._entry(place))
        if max(first, head + 1) <= last:
            self.backend.get_block_by_number(max(first, head + 1))

    def _candidates(self, params: dict[str, Any], first: int, last: int) -> Iterator[LogPlace]:
        """Return the logs of a range that a filter may want, in order."""
        contracts, topics = params["addresses"], params["topics"] or ()
        for end in (params["from_block"], params["to_block"]):
            if end in LATEST[1:]:  # eth-tester refuses these, but only when it meets a log
                contracts, topics = None, ()
                break
            if end in NEVER_MINED:
                return iter(())
        index = self.backend.chain.blocks.logs()
        found: Iterator[LogPlace] = index.find(
            first, last, _alternatives(contracts), [_alternatives(topic) for topic in topics]
        )
        return found

    def _entry(self, place: LogPlace) -> dict[str, Any]:
        block = self.backend.chain.blocks[place.block]
        signed = self.backend.signature(block, place.transaction)
        return serialize_log(block, place.transaction, signed.hash, place.number, place.log)


def _alternatives(wanted: Any) -> Alternatives:
    """Return what a filter names in one place; other kinds of bytes match nothing there."""
    several = wanted if isinstance(wanted, tuple) else (wanted,)
    return None if None in several else [one for one in several if type(one) is bytes]
