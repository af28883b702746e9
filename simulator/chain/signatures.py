"""Signatures of participants, made when somebody needs the bytes and not before."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from simulator.chain.keys import Key
from simulator.evm.ecdsa import LOWEST_V, recover
from simulator.words.hashing import keccak
from simulator.words.units import Address


@dataclass(frozen=True, slots=True, repr=False)
class Signed:
    """A message that an account has signed.

    A ledger without an EVM compares signer and message; only calldata needs the signature
    itself, which costs some ten microseconds to make and as many to recover its signer.

    Attributes:
        message: what is hashed and signed, prefix included.
        key: what signs it.
    """

    message: bytes
    key: Key

    def __repr__(self) -> str:
        """Name the signer; the model's block hashes cover that."""
        return f"Signed(signer={self.key.address!r})"

    @property
    def signer(self) -> Address | None:
        """Whose signature it will be; None where only the bytes can tell, as keys sign wrongly."""
        return self.key.address if _signs_well(type(self.key).sign) else None

    def __bytes__(self) -> bytes:
        signature = self.key.sign(keccak(self.message))
        return signature[:-1] + bytes([signature[-1] + LOWEST_V])


def signer_of(message: bytes, signature: bytes) -> Address | None:
    """Return who has signed a message; None where nobody can have.

    The rules are those of `Signatures._recoverSigner` for signatures of the right length.
    """
    v = signature[-1] - LOWEST_V if signature[-1] >= LOWEST_V else signature[-1]
    return recover(keccak(message), signature[:-1] + bytes([v]))


@lru_cache(maxsize=8)
def _signs_well(sign: Callable[[Key, bytes], bytes]) -> bool:
    """Tell whether a way to sign makes signatures that are recovered as the key's account's.

    It is tried out once. Making each signature to find out would take longer than the whole call
    without an EVM.
    """
    digest = keccak(b"whose is this?")
    key = Key(digest)
    return recover(digest, sign(key, digest)) == key.address
