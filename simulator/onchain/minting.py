"""Minting test tokens, as a node's user asks for it."""

import simpy

from simulator.chain.registry import StrangersToken
from simulator.chain.submissions import TransactionResult
from simulator.node.node import Node
from simulator.node.transactions import Intent
from simulator.node.world import Steps
from simulator.words.errors import InvalidRequest
from simulator.words.units import UINT256_MAX, ZERO_ADDRESS, Address, checksum


def mint(node: Node, token: StrangersToken, to: Address, value: int) -> simpy.Process:
    """Let a node mint tokens into anybody's wallet; see `_mint`. The value is the receipt."""
    return node.in_turn(lambda: _mint(node, token, to, value))


def _mint(node: Node, token: StrangersToken, to: Address, value: int) -> Steps[TransactionResult]:
    """Mint tokens, and wait until that is mined.

    Raises:
        InvalidRequest: the amount can't be, nobody can have them, or there is no such token.
        InsufficientEth: the ETH does not cover the transaction.
        TransactionTimedOut, TransactionFailed: it was late, or the token refuses it.
    """
    if not 1 <= value <= UINT256_MAX:
        raise InvalidRequest("value", f"must be within 1 to 2^256 - 1, not {value}")
    if to == ZERO_ADDRESS:
        raise InvalidRequest("to", "the zero address can't have tokens")
    if not token.is_there(node.account.world.ledger):
        raise InvalidRequest(
            "token_address", f"there is no ERC-20 token at {checksum(token.address)}"
        )
    intent = Intent(token.mint_for(node.address, value, to), token.address)
    receipts = yield from node.account.outbox.send_all([intent])
    return receipts[-1]
