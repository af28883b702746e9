"""What is: the network, blocks, accounts, transactions, receipts."""

from typing import Any

import simulator
from simulator.evm.blocks import Block
from simulator.rpc import shapes, values
from simulator.rpc.handlers import Handlers
from simulator.rpc.shapes import Shape
from simulator.rpc.values import PENDING
from simulator.rpc.view import View
from simulator.words.hashing import keccak
from simulator.words.units import UINT256_MAX

PRIORITY_FEE = 1_000_000_000
"""Wei for each unit of gas that is recommended on top of the base fee."""


def client_version() -> str:
    """Return what the chain's client calls itself."""
    return f"raiden-simulator/{simulator.__version__}"


class Reads:
    """Methods that look at the network, the chain and what waits for a block.

    Args:
        view: the chain.
    """

    def __init__(self, view: View) -> None:
        self._view = view
        self._chain = view.chain

    def methods(self) -> Handlers:
        """Return the handlers by method."""
        return {
            "web3_clientVersion": client_version,
            "web3_sha3": lambda text: shapes.data(keccak(values.data(text, "the data"))),
            "net_version": lambda: str(self._chain.chain_id),
            "net_listening": lambda: True,
            "net_peerCount": lambda: "0x0",
            "eth_chainId": lambda: shapes.quantity(self._chain.chain_id),
            "eth_protocolVersion": lambda: "0x44",
            "eth_syncing": lambda: False,
            "eth_mining": lambda: False,
            "eth_hashrate": lambda: "0x0",
            "eth_coinbase": lambda: shapes.data(bytes(20)),
            "eth_blockNumber": lambda: shapes.quantity(self._chain.head),
            "eth_gasPrice": lambda: shapes.quantity(self._view.base_fee() + PRIORITY_FEE),
            "eth_maxPriorityFeePerGas": lambda: shapes.quantity(PRIORITY_FEE),
            "eth_blobBaseFee": lambda: "0x1",
            "eth_getBalance": self.balance,
            "eth_getTransactionCount": self.nonce,
            "eth_getCode": self.code,
            "eth_getStorageAt": self.storage,
            "eth_getBlockByNumber": self.block,
            "eth_getBlockByHash": self.block_by_hash,
            "eth_getBlockReceipts": self.block_receipts,
            "eth_getBlockTransactionCountByNumber": self.count,
            "eth_getBlockTransactionCountByHash": self.count,
            "eth_getUncleCountByBlockNumber": self.uncles,
            "eth_getUncleCountByBlockHash": self.uncles,
            "eth_getUncleByBlockNumberAndIndex": lambda _block, _index: None,
            "eth_getUncleByBlockHashAndIndex": lambda _block, _index: None,
            "eth_getTransactionByHash": self.transaction,
            "eth_getTransactionByBlockNumberAndIndex": self.transaction_at,
            "eth_getTransactionByBlockHashAndIndex": self.transaction_at,
            "eth_getRawTransactionByHash": self.raw_transaction,
            "eth_getTransactionReceipt": self.receipt,
            "txpool_status": self.pool_status,
            "txpool_content": self.pool_content,
        }

    def balance(self, account: object, block: object = None) -> str:
        """Return an account's ETH."""
        with self._view.state(values.block(block)) as state:
            return shapes.quantity(state.balances.get(values.address(account), 0))

    def nonce(self, account: object, block: object = None) -> str:
        """Return how many transactions an account has sent, those that wait included if pending."""
        sender, choice = values.address(account), values.block(block)
        if choice == PENDING:
            return shapes.quantity(self._view.pool.next_nonce(sender))
        with self._view.state(choice) as state:
            return shapes.quantity(state.nonces.get(sender, 0))

    def code(self, account: object, block: object = None) -> str:
        """Return a contract's code."""
        with self._view.state(values.block(block)) as state:
            return shapes.data(state.codes.get(values.address(account), b""))

    def storage(self, account: object, slot: object, block: object = None) -> str:
        """Return what a slot of a contract's storage holds."""
        place = (values.address(account), values.quantity(slot, "the slot", UINT256_MAX))
        with self._view.state(values.block(block)) as state:
            return shapes.word(state.storage.get(place, 0))

    def block(self, block: object, full: object = False) -> Shape | None:
        """Return a block by number or tag."""
        return self._view.block(values.block(block), full=bool(full))

    def block_by_hash(self, block_hash: object, full: object = False) -> Shape | None:
        """Return a block by its hash."""
        return self._view.block(values.hash32(block_hash), full=bool(full))

    def _block(self, block: object) -> Block | None:
        """Return a block's record; of a pending one, what it would be if nothing came."""
        choice = values.block(block)
        if choice == PENDING:
            waiting = tuple(self._view.pool.waiting())
            return Block(self._chain.blocks.pending(), waiting)
        number = self._view.find(choice)
        return None if number is None else self._chain.blocks[number]

    def block_receipts(self, block: object) -> list[Shape] | None:
        """Return all receipts of a block."""
        found = self._block(block)
        if found is None:
            return None
        return [self._view.receipt(found, index) for index in range(len(found.receipts))]

    def count(self, block: object) -> str | None:
        """Return how many transactions a block has."""
        found = self._block(block)
        return None if found is None else shapes.quantity(len(found.transactions))

    def uncles(self, block: object) -> str | None:
        """Return how many uncles a block has."""
        return None if self._block(block) is None else "0x0"

    def transaction(self, transaction_hash: object) -> Shape | None:
        """Return a transaction, one that waits too."""
        wanted = values.hash32(transaction_hash)
        waiting = self._view.waiting(wanted)
        if waiting is not None:
            return waiting
        place = self._view.place(wanted)
        return None if place is None else self._view.transaction(*place)

    def transaction_at(self, block: object, index: object) -> Shape | None:
        """Return a transaction by its place."""
        found, position = self._block(block), values.quantity(index, "the index")
        if found is None or position >= len(found.transactions):
            return None
        if values.block(block) == PENDING:
            return self._view.waiting(found.transactions[position].signed.hash)
        return self._view.transaction(found, position)

    def raw_transaction(self, transaction_hash: object) -> str | None:
        """Return a transaction as the bytes that were signed."""
        wanted = values.hash32(transaction_hash)
        waiting = self._view.pool.get(wanted)
        if waiting is not None:
            return shapes.data(waiting.signed.encode())
        place = self._view.place(wanted)
        return None if place is None else shapes.data(self._view.signed.at(*place).encode())

    def receipt(self, transaction_hash: object) -> Shape | None:
        """Return what became of a transaction; nothing while it waits."""
        place = self._view.place(values.hash32(transaction_hash))
        return None if place is None else self._view.receipt(*place)

    def _by_readiness(self) -> dict[str, list[Any]]:
        found: dict[str, list[Any]] = {"pending": [], "queued": []}
        for one in self._view.pool.waiting():
            ready = one.nonce < self._view.pool.next_nonce(one.sender)
            found["pending" if ready else "queued"].append(one)
        return found

    def pool_status(self) -> dict[str, str]:
        """Return how many transactions wait: for a block, and for others before them."""
        return {name: shapes.quantity(len(some)) for name, some in self._by_readiness().items()}

    def pool_content(self) -> dict[str, Any]:
        """Return the transactions that wait, by sender and nonce."""
        content: dict[str, dict[str, dict[str, Any]]] = {}
        for name, some in self._by_readiness().items():
            senders = content.setdefault(name, {})
            for one in some:
                of_sender = senders.setdefault(shapes.data(one.sender), {})
                of_sender[str(one.nonce)] = self._view.waiting(one.signed.hash)
        return content
