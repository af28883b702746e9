"""What is hashed and signed of a balance proof, in the layout of raiden-contracts 0.40.

It is made when a proof goes to the chain and not before: most proofs never do.
"""

import hashlib
import json
from collections.abc import Sequence

from simulator.payments.channel_state import BalanceProof, Lock
from simulator.payments.messages import (
    ChannelMessage,
    LockedTransfer,
    LockExpired,
    RefundTransfer,
    Unlock,
)
from simulator.words.hashing import keccak

NO_HASH = bytes(32)
NO_LOCKS = keccak(b"")
"""The locksroot where there are no locks."""


def hash_of_secret(secret: bytes) -> bytes:
    """Return what locks name a secret by."""
    return hashlib.sha256(secret).digest()


def _word(number: int) -> bytes:
    return number.to_bytes(32, "big")


def _short(number: int) -> bytes:
    return number.to_bytes(8, "big")


def packed(locks: Sequence[Lock]) -> bytes:
    """Return locks as the contract reads them."""
    return b"".join(
        [_word(lock.expiration) + _word(lock.amount) + lock.secrethash for lock in locks]
    )


def locksroot(locks: Sequence[Lock]) -> bytes:
    """Return the hash of pending locks in their order."""
    return keccak(packed(locks))


def balance_hash(proof: BalanceProof) -> bytes:
    """Return the hash of amounts and locks; zero where there are none."""
    if not (proof.transferred or proof.locked or proof.locks):
        return NO_HASH
    return keccak(_word(proof.transferred) + _word(proof.locked) + locksroot(proof.locks))


def additional_hash(message: ChannelMessage) -> bytes:
    """Return the hash of the message that a proof came with."""
    number = _short(message.identifier)
    match message:
        case LockedTransfer():
            body = _of_transfer(message)
            return keccak(b"\x07" + number + body + _of_metadata(message))
        case RefundTransfer():
            return keccak(b"\x08" + number + _of_transfer(message))
        case Unlock():
            return keccak(b"\x04" + number + _short(message.payment_identifier) + message.secret)
        case LockExpired():
            return keccak(b"\x0d" + number + message.receiver + message.secrethash)
    raise TypeError(message.name)


def _of_transfer(message: LockedTransfer | RefundTransfer) -> bytes:
    payment, lock = message.payment, message.lock
    return b"".join(
        [
            _short(payment.identifier),
            _word(lock.expiration),
            payment.token,
            message.receiver,
            payment.target,
            payment.initiator,
            lock.secrethash,
            _word(lock.amount),
        ]
    )


def _of_metadata(message: LockedTransfer) -> bytes:
    """Return the hash of what a transfer says of its way; addresses in it are in lower case."""
    routes = {"routes": [{"route": [f"0x{node.hex()}" for node in message.route]}]}
    return keccak(json.dumps(routes, separators=(",", ":"), sort_keys=True).encode())
