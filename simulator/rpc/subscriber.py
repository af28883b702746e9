"""A connection over which a node tells by itself what is new."""

import json
from dataclasses import dataclass
from typing import Any

from simulator.rpc import shapes, values
from simulator.rpc.failures import REFUSED, RpcFailure, wrong
from simulator.rpc.handlers import Handlers
from simulator.rpc.node import JsonRpcNode
from simulator.rpc.values import LogQuery
from simulator.words.quoting import shown

MAX_SUBSCRIPTIONS = 100
"""Of one connection."""

MAX_HEADS = 1_000
"""Of more blocks at once, only the newest are told."""

MAX_HASHES = 10_000

KINDS = ("newHeads", "logs", "newPendingTransactions", "syncing")


@dataclass(slots=True)
class _Subscription:
    """What a connection is told.

    Attributes:
        next: the first block that it has not been told of.
        query: which logs.
    """

    kind: str
    next: int
    query: LogQuery | None = None


class Subscriber:
    """The subscriptions of one connection.

    Args:
        node: answers all other requests.
    """

    def __init__(self, node: JsonRpcNode) -> None:
        self._node = node
        self._subscriptions: dict[str, _Subscription] = {}
        self._count = 0
        self._hashes: list[str] = []
        node.view.pool.on_added.append(self._on_added)

    def close(self) -> None:
        """Hear of nothing any more."""
        self._node.view.pool.on_added.remove(self._on_added)

    @property
    def is_told(self) -> bool:
        """Whether there are subscriptions."""
        return bool(self._subscriptions)

    async def answer(self, body: bytes) -> str | None:
        """Answer a request or a batch; see `JsonRpcNode.answer`."""
        more: Handlers = {"eth_subscribe": self.subscribe, "eth_unsubscribe": self.unsubscribe}
        return await self._node.answer(body, more)

    def subscribe(self, kind: object, options: object = None) -> str:
        """Begin to be told of something."""
        if kind not in KINDS:
            raise wrong(f"a subscription is to one of {', '.join(KINDS)}, not {shown(kind)}.")
        if len(self._subscriptions) >= MAX_SUBSCRIPTIONS:
            raise RpcFailure(REFUSED, f"a connection has at most {MAX_SUBSCRIPTIONS} subscriptions")
        query = values.log_query(options) if kind == "logs" else None
        self._count += 1
        name = f"0x{self._count:032x}"
        self._subscriptions[name] = _Subscription(str(kind), self._node.view.chain.head + 1, query)
        return name

    def unsubscribe(self, name: object) -> bool:
        """End a subscription, and tell whether it was there."""
        return isinstance(name, str) and self._subscriptions.pop(name, None) is not None

    def _on_added(self, transaction_hash: bytes) -> None:
        self._hashes.append(shapes.data(transaction_hash))
        del self._hashes[:-MAX_HASHES]

    def news(self) -> list[str]:
        """Return what is to be told, as it is sent, since somebody asked last."""
        hashes, self._hashes = self._hashes, []
        told: list[str] = []
        for name, one in self._subscriptions.items():
            for result in hashes if one.kind == "newPendingTransactions" else self._of_blocks(one):
                params = {"subscription": name, "result": result}
                told.append(
                    json.dumps({"jsonrpc": "2.0", "method": "eth_subscription", "params": params})
                )
        return told

    def _of_blocks(self, one: _Subscription) -> list[Any]:
        view = self._node.view
        head = view.chain.head
        if one.kind not in ("newHeads", "logs") or one.next > head:
            return []
        first, one.next = max(one.next, view.chain.blocks.oldest), head + 1
        if one.kind == "logs":
            return self._node.filters.news(one.query, first)
        return [self._head(number) for number in range(max(first, head - MAX_HEADS + 1), head + 1)]

    def _head(self, number: int) -> shapes.Shape:
        blocks = self._node.view.chain.blocks
        block = blocks[number]
        logs = [log for receipt in block.receipts for log in receipt.logs]
        parent = blocks.hash(number - 1) if number else bytes(32)
        return shapes.header(block.header, logs, parent)
