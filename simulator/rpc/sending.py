"""Transactions that others have signed: taken in, and let into the next block."""

from collections.abc import Callable
from typing import Any

from simulator.evm import signing
from simulator.evm.pool import Refused
from simulator.evm.transactions import Transaction
from simulator.rpc import shapes, values
from simulator.rpc.failures import REFUSED, RpcFailure
from simulator.rpc.handlers import Handlers
from simulator.rpc.view import View
from simulator.words.quoting import shown


class Sending:
    """Methods that take signed transactions.

    Args:
        view: the chain.
        on_sent: called when a transaction waits for a block.
    """

    def __init__(self, view: View, on_sent: Callable[[], None]) -> None:
        self._view = view
        self._on_sent = on_sent

    def methods(self) -> Handlers:
        """Return the handlers by method."""
        return {"eth_sendRawTransaction": self.send_raw}

    def send_raw(self, raw: object) -> str:
        """Take in a transaction that comes as bytes, and return its hash."""
        content = values.data(raw, "the signed transaction")
        try:
            transaction = signing.decode(content)
        except Exception as error:  # noqa: BLE001 - decoders raise whatever they meet
            raise RpcFailure(REFUSED, f"invalid transaction: {shown(str(error))}") from None
        self._check_chain(transaction.signed)
        return self.send(transaction)

    def send(self, transaction: Transaction) -> str:
        """Let a signed transaction wait for the next block, and return its hash."""
        try:
            transaction_hash = self._view.pool.add(transaction)
        except Refused as error:
            raise RpcFailure(REFUSED, str(error)) from None
        self._on_sent()
        return shapes.data(transaction_hash)

    def _check_chain(self, signed: Any) -> None:
        chain_id, named = self._view.chain.chain_id, signing.chain_id_of(signed)
        if named not in (None, chain_id):
            raise RpcFailure(
                REFUSED, f"invalid chain id for signer: this chain is {chain_id}, not {named}"
            )
