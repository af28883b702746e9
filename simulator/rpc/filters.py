"""Filters that are asked for what is new, and subscriptions that tell of it."""

from collections import OrderedDict
from dataclasses import dataclass, field, replace
from typing import Any

from simulator.evm.pool import TransactionPool
from simulator.rpc import shapes, values
from simulator.rpc.failures import REFUSED, RpcFailure
from simulator.rpc.handlers import Handlers
from simulator.rpc.history import History
from simulator.rpc.values import LATEST, PENDING, LogQuery
from simulator.rpc.view import View

MAX_FILTERS = 1_000
"""Of more, the one that nobody has asked for longest is dropped."""

MAX_PENDING = 10_000
"""So many hashes a filter remembers of transactions that wait."""


@dataclass(slots=True)
class _Filter:
    """What somebody wants to hear of.

    Attributes:
        query: which logs; None: hashes of blocks.
        next: the first block that it has not told of.
        hashes: of transactions that began to wait since it was asked; None: it is about blocks.
    """

    query: LogQuery | None
    next: int
    hashes: list[str] | None = field(default=None)


class Filters:
    """Methods that tell what has come since they were asked last.

    Args:
        view: the chain.
        history: finds logs.
        pool: what waits for a block.
    """

    def __init__(self, view: View, history: History, pool: TransactionPool) -> None:
        self._view = view
        self._history = history
        self._filters: OrderedDict[str, _Filter] = OrderedDict()
        self._count = 0
        pool.on_added.append(self._on_added)

    def methods(self) -> Handlers:
        """Return the handlers by method."""
        return {
            "eth_newFilter": self.new_filter,
            "eth_newBlockFilter": lambda: self._add(_Filter(None, self._next)),
            "eth_newPendingTransactionFilter": lambda *_: self._add(_Filter(None, 0, [])),
            "eth_getFilterChanges": self.changes,
            "eth_getFilterLogs": self.all_logs,
            "eth_uninstallFilter": self.remove,
        }

    @property
    def _next(self) -> int:
        return self._view.chain.head + 1

    def new_filter(self, wanted: object = None) -> str:
        """Begin to look for logs."""
        query = values.log_query(wanted)
        if query.first in (LATEST, PENDING):  # as it is now: later it would be another block
            query = replace(query, first=self._view.chain.head)
        first = query.first if isinstance(query.first, int) else 0
        return self._add(_Filter(query, max(self._next, first)))

    def _add(self, one: _Filter) -> str:
        self._count += 1
        name = shapes.quantity(self._count)
        self._filters[name] = one
        while len(self._filters) > MAX_FILTERS:
            self._filters.popitem(last=False)
        return name

    def _on_added(self, transaction_hash: bytes) -> None:
        for one in self._filters.values():
            if one.hashes is not None:
                one.hashes.append(shapes.data(transaction_hash))
                del one.hashes[:-MAX_PENDING]

    def _get(self, name: object) -> _Filter:
        found = self._filters.get(shapes.quantity(values.quantity(name, "the filter")))
        if found is None:
            raise RpcFailure(REFUSED, "filter not found: it was removed, or never made")
        self._filters.move_to_end(shapes.quantity(values.quantity(name, "the filter")))
        return found

    def changes(self, name: object) -> list[Any]:
        """Return what has come since somebody asked last."""
        one = self._get(name)
        if one.hashes is not None:
            hashes, one.hashes = one.hashes, []
            return hashes
        first, one.next = one.next, max(one.next, self._next)
        return self.news(one.query, first)

    def news(self, query: LogQuery | None, first: int) -> list[Any]:
        """Return what the blocks from one on hold: their hashes, or the logs that are wanted.

        Raises:
            BlockGone: the first of them is no longer kept.
        """
        blocks, last = self._view.chain.blocks, self._view.chain.head
        if first > last:
            return []
        blocks.must_be_kept(first)
        if query is None:
            return [shapes.data(blocks.hash(number)) for number in range(first, last + 1)]
        if isinstance(query.last, int):
            last = min(last, query.last)
        return self._history.logs_between(first, last, query)

    def all_logs(self, name: object) -> list[Any]:
        """Return all logs that a filter wants, those that were told too."""
        one = self._get(name)
        if one.query is None:
            raise RpcFailure(REFUSED, "filter not found: this one is not about logs")
        return self._history.logs(one.query)

    def remove(self, name: object) -> bool:
        """Forget a filter, and tell whether it was there."""
        place = shapes.quantity(values.quantity(name, "the filter"))
        return self._filters.pop(place, None) is not None
