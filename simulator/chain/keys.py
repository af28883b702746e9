"""Accounts' keys: a world knows all addresses at once, and few keys ever sign."""

from typing import TYPE_CHECKING

import coincurve

from simulator.words.hashing import keccak
from simulator.words.units import Address

if TYPE_CHECKING:
    from eth_keys.datatypes import PrivateKey, Signature


class Key:
    """A private key and the account that it belongs to.

    An address costs 30 microseconds; eth-keys' key twice as much again and a kilobyte, and a pair
    of keys for each signature half of what signing costs. So both are made when they are wanted.

    Args:
        secret: 32 bytes.
    """

    __slots__ = ("_private_key", "_signer", "address", "secret")

    def __init__(self, secret: bytes) -> None:
        point = coincurve.PublicKey.from_secret(secret).format(compressed=False)
        self.address = Address(keccak(point[1:])[-20:])
        self.secret = secret
        self._private_key: PrivateKey | None = None
        self._signer: coincurve.PrivateKey | None = None

    @property
    def private_key(self) -> "PrivateKey":
        """The key as eth-keys has it."""
        if self._private_key is None:
            from eth_keys.datatypes import PrivateKey  # noqa: PLC0415 - the model does without it

            self._private_key = PrivateKey(self.secret)
        return self._private_key

    def sign(self, message_hash: bytes) -> bytes:
        """Sign 32 bytes: r, s, and one byte that is 0 or 1."""
        if self._signer is None:
            self._signer = coincurve.PrivateKey(self.secret)
        return self._signer.sign_recoverable(message_hash, hasher=None)

    def sign_msg_hash(self, message_hash: bytes) -> "Signature":
        """Sign 32 bytes, as eth-keys' key does."""
        from eth_keys.datatypes import Signature  # noqa: PLC0415 - the model does without it

        return Signature(self.sign(message_hash))
