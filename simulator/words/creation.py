"""Where contracts come to be: an address follows from who deploys, and the how manyth it is."""

from simulator.words.hashing import keccak
from simulator.words.units import Address


def created_address(creator: bytes, nonce: int) -> Address:
    """Return where a contract comes to be: the hash of who deploys it and that one's nonce."""
    number = nonce.to_bytes((nonce.bit_length() + 7) // 8, "big")
    item = number if 0 < nonce < 0x80 else bytes([0x80 + len(number)]) + number
    payload = b"\x94" + creator + item
    return Address(keccak(bytes([0xC0 + len(payload)]) + payload)[12:])
