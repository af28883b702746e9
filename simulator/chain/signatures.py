"""Signatures of participants, made when somebody needs the bytes and not before."""

from dataclasses import dataclass, field

from eth_keys.datatypes import PrivateKey, Signature
from eth_keys.exceptions import BadSignature
from eth_utils.exceptions import ValidationError

from simulator.chain.keys import Key
from simulator.hashing import keccak
from simulator.units import Address

LENGTH = 65
LOWEST_V = 27
"""The last byte of a signature is this or one more; contracts also take 0 and 1."""

MAX_SIGNERS = 1 << 10
"""Of how many of the newest signatures the signer is remembered: more than go into a block."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A message that an account has signed.

    A ledger without an EVM compares signer and message; only calldata needs the signature
    itself, which costs a tenth of a millisecond.

    Attributes:
        signer: the account that `key` belongs to.
        message: what is hashed and signed, prefix included.
    """

    signer: Address
    message: bytes = field(repr=False)
    key: PrivateKey | Key = field(repr=False, compare=False)

    def __bytes__(self) -> bytes:
        digest = keccak(self.message)
        if isinstance(self.key, Key):
            signature = self.key.sign(digest)
            _remember(digest, signature, self.key.address)
        else:
            signature = self.key.sign_msg_hash(digest).to_bytes()
        return signature[:-1] + bytes([signature[-1] + LOWEST_V])


_signers: dict[bytes, Address] = {}


def _remember(digest: bytes, signature: bytes, signer: Address) -> None:
    if len(_signers) >= MAX_SIGNERS:
        del _signers[next(iter(_signers))]
    v = (signature[-1] + LOWEST_V).to_bytes(32, "big")
    _signers[digest + v + signature[:-1]] = signer


def remembered_signer(data: bytes) -> Address | None:
    """Return what ECRECOVER finds in its input, where our own key has just made the signature.

    A hash and a recoverable signature have one signer, so this is what would be computed.
    """
    return _signers.get(data)


def signer_of(message: bytes, signature: bytes | Signed) -> Address | None:
    """Return who has signed a message; None where nobody can have.

    The rules are those of `Signatures._recoverSigner` for signatures of the right length.
    """
    if isinstance(signature, Signed) and signature.message == message:
        return signature.signer
    data = bytes(signature)
    v = data[-1] - LOWEST_V if data[-1] >= LOWEST_V else data[-1]
    try:
        recovered = Signature(data[:-1] + bytes([v])).recover_public_key_from_msg_hash(
            keccak(message)
        )
    except (BadSignature, ValidationError):
        return None
    return Address(recovered.to_canonical_address())
