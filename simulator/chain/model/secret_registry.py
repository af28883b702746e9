"""SecretRegistry without an EVM; see contracts/SecretRegistry.sol."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar

from simulator.chain.model.gas import SECRET_KNOWN, SECRET_REVEALED, memory_of_secrets
from simulator.chain.model.transaction import TransactionContext
from simulator.words.events import SecretRegistered
from simulator.words.units import Address


class SecretRegistry:
    """The record of revealed secrets.

    Attributes:
        reveal_blocks: when each secret was revealed, by its SHA-256 hash.
    """

    kind = "SecretRegistry"

    def __init__(self, address: Address) -> None:
        self.address = address
        self.reveal_blocks: dict[bytes, int] = {}

    def register(self, run: TransactionContext, secret: bytes) -> None:
        """Record a secret; the first reveal counts."""
        fresh = self._fresh(run, [secret])
        run.pay("" if fresh else "known")
        self._record(run, fresh)

    def register_all(self, run: TransactionContext, secrets: Sequence[bytes]) -> None:
        """Record several secrets."""
        fresh = self._fresh(run, secrets)
        run.gas += SECRET_REVEALED * len(fresh) + SECRET_KNOWN * (len(secrets) - len(fresh))
        run.gas += memory_of_secrets(len(secrets))
        run.pay("" if secrets else "no secrets")
        self._record(run, fresh)

    def _fresh(self, run: TransactionContext, secrets: Sequence[bytes]) -> dict[bytes, bytes]:
        """Return what is new of some secrets, by hash, and count the storage that this takes."""
        by_hash = {hashlib.sha256(secret).digest(): secret for secret in secrets}
        fresh = {}
        for secrethash, secret in by_hash.items():
            run.load_cold()
            if secrethash not in self.reveal_blocks:
                run.write(0, run.block_number)
                fresh[secrethash] = secret
        return fresh

    def _record(self, run: TransactionContext, fresh: Mapping[bytes, bytes]) -> None:
        for secrethash, secret in fresh.items():
            self.reveal_blocks[secrethash] = run.block_number
            if self.address in run.watched:
                told = ("0x" + secrethash.hex(), "0x" + secret.hex())
                run.events.append(SecretRegistered(self.address, run.block_number, *told))

    functions: ClassVar[dict[str, Callable[..., None]]] = {
        "registerSecret": register,
        "registerSecretBatch": register_all,
    }
