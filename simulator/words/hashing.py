"""Keccak-256, the hash of Ethereum.

Every slot of a mapping, signed message and block is one. The library is C and nothing else: a hash
takes less than a microsecond, and ten times as long through eth-utils and pycryptodome.
"""

from sha3 import keccak_256


def keccak(data: bytes | bytearray | memoryview) -> bytes:
    """Return the 32 bytes of a hash."""
    digest: bytes = keccak_256(data).digest()
    return digest
