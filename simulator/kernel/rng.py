"""Named random streams from one seed.

A stream depends on the seed and its name alone, so a node or a feature more disturbs no other
stream. Names are hashed with SHA-256: Python's own `hash` differs between processes.
"""

import hashlib
from random import Random

MIN_SEED, MAX_SEED = -(2**63), 2**63 - 1
"""The seeds that a world can have."""


class Rng:
    """The source of all randomness of a world."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def digest(self, *name: str | bytes | int) -> bytes:
        """Return 32 bytes that belong to a name: keys and other one-off values."""
        sha = hashlib.sha256(f"simulator/{self.seed}".encode())
        for part in name:
            data = part if isinstance(part, bytes) else str(part).encode()
            sha.update(len(data).to_bytes(4, "big") + data)
        return sha.digest()

    def stream(self, *name: str | bytes | int) -> Random:
        """Return a new random stream for a name; equal names give equal streams."""
        return Random(int.from_bytes(self.digest(*name), "big"))  # noqa: S311
