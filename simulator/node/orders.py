"""What a user asks a node to pay, and what came of it."""

from dataclasses import dataclass

from msgspec import Struct

from simulator.payments.balance_proof import hash_of_secret
from simulator.words.errors import InvalidRequest, check_whole
from simulator.words.units import UINT256_MAX, Address

MAX_IDENTIFIER = 2**64 - 1
SECRET_LENGTH = 32


@dataclass(frozen=True, slots=True)
class PaymentOrder:
    """What is to be paid.

    Attributes:
        target: who is paid.
        amount: tokens, in the token's smallest unit.
        identifier: names the payment, 1 to 2^64 - 1; None: a random one.
        secret: what unlocks it; None: a new one.
        secrethash: its SHA-256; with it alone, somebody else must know the secret.
        lock_timeout: blocks until the locks expire; None: twice the reveal timeout.
    """

    target: Address
    amount: int
    identifier: int | None = None
    secret: bytes | None = None
    secrethash: bytes | None = None
    lock_timeout: int | None = None

    @property
    def is_tied(self) -> bool:
        """Whether the caller has chosen the secret: then one route is tried only."""
        return self.secret is not None or self.secrethash is not None

    def check(self, payer: Address) -> None:
        """See whether it means something.

        Raises:
            InvalidRequest: it does not.
        """
        for name, value in [("amount", self.amount), ("identifier", self.identifier)]:
            if value is not None:
                check_whole(name, value)
        if not 0 < self.amount <= UINT256_MAX:
            raise InvalidRequest("amount", f"must be within 1 to 2^256 - 1, not {self.amount}")
        if self.target == payer:
            raise InvalidRequest("target_address", "a node can't pay itself")
        if self.identifier is not None and not 0 < self.identifier <= MAX_IDENTIFIER:
            raise InvalidRequest("identifier", f"must be within 1 to 2^64 - 1: {self.identifier}")
        for name, data in [("secret", self.secret), ("secret_hash", self.secrethash)]:
            if data is not None and len(data) != SECRET_LENGTH:
                raise InvalidRequest(name, f"must have {SECRET_LENGTH} bytes, not {len(data)}")
        if self.secret is not None and self.secrethash not in (None, hash_of_secret(self.secret)):
            raise InvalidRequest("secret_hash", "is not the SHA-256 of the secret")
        if self.lock_timeout is not None:
            check_whole("lock_timeout", self.lock_timeout)
            if self.lock_timeout < 1:
                raise InvalidRequest("lock_timeout", f"must be at least 1: {self.lock_timeout}")


class PaymentResult(Struct, frozen=True, gc=False):
    """A payment that has succeeded.

    Attributes:
        secret: what unlocked it.
    """

    initiator: Address
    target: Address
    token: Address
    amount: int
    identifier: int
    secret: bytes
    secrethash: bytes


class HistoryEntry(Struct, frozen=True, gc=False):
    """How a payment ended, as a node remembers it.

    Attributes:
        event: as Raiden calls it.
        time: in virtual seconds since the start.
        token: what was paid.
        other: the other end of the payment.
        identifier: of the payment.
        amount: paid, or to be paid.
        reason: why it failed; empty where it has not.
    """

    event: str
    time: float
    token: Address
    other: Address
    identifier: int
    amount: int
    reason: str = ""


SENT = "EventPaymentSentSuccess"
FAILED = "EventPaymentSentFailed"
RECEIVED = "EventPaymentReceivedSuccess"
