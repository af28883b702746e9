"""Secrets on the chain: which are registered, and who has an interest in them."""

from typing import Protocol

from msgspec import Struct

from simulator.chain.contracts import SecretRegistryContract
from simulator.words.events import Event, SecretRegistered


class RegisteredSecret(Struct, frozen=True, gc=False):
    """A secret that everybody knows, and the block in which it was registered first."""

    secret: bytes
    block: int


class Interested(Protocol):
    """Somebody with a part in a payment."""

    def look_at(self, secrethash: bytes) -> None:
        """See whether something is due about a secret."""


class Secrets:
    """What the chain has told of secrets so far; all nodes learn of a block at the same time.

    Attributes:
        registry: the contract.
    """

    def __init__(self) -> None:
        self.registry: SecretRegistryContract | None = None
        self._registered: dict[bytes, RegisteredSecret] = {}
        self._interested: dict[bytes, dict[Interested, None]] = {}

    def get(self, secrethash: bytes) -> RegisteredSecret | None:
        """Return a secret, if it is registered."""
        return self._registered.get(secrethash)

    def watch(self, secrethash: bytes, who: Interested) -> None:
        """Tell somebody when a secret is registered."""
        self._interested.setdefault(secrethash, {})[who] = None

    def unwatch(self, secrethash: bytes, who: Interested) -> None:
        """Tell somebody no longer."""
        interested = self._interested.get(secrethash, {})
        interested.pop(who, None)
        if not interested:
            self._interested.pop(secrethash, None)

    def take_in(self, event: Event) -> None:
        """Learn that a secret is registered."""
        if isinstance(event, SecretRegistered):
            secrethash = bytes.fromhex(event.secrethash[2:])
            secret = bytes.fromhex(event.secret[2:])
            self._registered[secrethash] = RegisteredSecret(secret, event.block_number)
            for who in list(self._interested.get(secrethash, ())):
                who.look_at(secrethash)
