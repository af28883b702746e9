"""Who has signed 32 bytes, as ECRECOVER finds it out."""

from coincurve import PublicKey

from simulator.words.hashing import keccak
from simulator.words.units import Address

LENGTH = 65
LOWEST_V = 27
"""The last byte of a signature is this or one more; contracts also take 0 and 1."""


def recover(digest: bytes, signature: bytes) -> Address | None:
    """Return whose signature that of 32 bytes is; None where it is nobody's.

    As for ECRECOVER, `s` may be in the upper half of its range.

    Args:
        digest: what was signed.
        signature: r, s, and one byte that is 0 or 1.
    """
    if len(signature) != LENGTH or signature[-1] > 1:
        return None
    try:
        key = PublicKey.from_signature_and_message(signature, digest, hasher=None)
    except ValueError:
        return None
    return Address(keccak(key.format(compressed=False)[1:])[-20:])
