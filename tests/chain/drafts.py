"""What random histories of a token network are made of, often wrong on purpose."""

from dataclasses import dataclass, replace
from enum import Enum
from hashlib import sha256

from hypothesis import strategies as st

from simulator.chain.mempool import FAILING_GAS_LIMIT
from simulator.chain.model.proofs import SignedState
from simulator.chain.signatures import Signed
from simulator.words.hashing import keccak
from tests.chain.side_by_side import GAS, MAX, NO_HASH, NO_SIGNATURE, balance_hash

SECRETS = [bytes([n]) * 32 for n in range(1, 6)]

senders = st.integers(0, 3)
places = st.sampled_from([0, 1, 2, 3, 0, 1, 2, 3, 4, 5, 6])
"""Participants: the accounts, and who can't sign."""

amounts = st.sampled_from([0, 1, 10, 50, 51, 100, 700, 2**255, MAX]) | st.integers(0, 300)
sent = st.sampled_from([0, 0, 1, 20, 90, 2**255, MAX])
roots = st.sampled_from([NO_HASH, NO_HASH, b"\xaa" * 32, keccak(b"")])
gas_limits = st.sampled_from([GAS, GAS, GAS, GAS, FAILING_GAS_LIMIT])
seldom = st.integers(0, 11).map(lambda n: n == 0)
wrongs = st.none() | st.none() | st.none() | st.integers(0, 8)
spoils = st.just((0, 0)) | st.just((0, 0)) | st.tuples(st.integers(0, 7), st.integers(0, 7))


class Phase(Enum):
    """How far a channel has come."""

    OPEN = "open"
    CLOSED = "closed"
    SETTLED = "settled"


@dataclass(frozen=True)
class Choice:
    """The channel that a call is about, and who comes first; sometimes somebody strange does."""

    channel: int
    swap: bool = False
    wrong: int | None = None
    unfit: bool = False


choices = st.builds(Choice, st.integers(0, 6), st.booleans(), wrongs, seldom)


@dataclass(frozen=True)
class Consent:
    """How a withdrawal is signed.

    Attributes:
        margin: blocks until the signatures expire.
        spoil: what is wrong with the signatures.
        lazy: nothing is, and nobody looks before they are wanted as bytes.
        keys: who signs in place of the participants.
    """

    margin: int = 100
    spoil: tuple[int, int] = (0, 0)
    lazy: bool = False
    keys: tuple[int, int] | None = None


consents = st.builds(
    Consent,
    st.sampled_from([100, 100, 100, 2, 1, 0, -1000]),
    spoils,
    st.booleans(),
    st.none() | st.none() | st.none() | st.tuples(senders, senders),
)


@dataclass(frozen=True)
class Lock:
    """A pending transfer; its expiration counts from the block in which the lock is made."""

    secret: int
    amount: int
    expiration: int

    @property
    def packed(self) -> bytes:
        numbers = self.expiration.to_bytes(32, "big") + self.amount.to_bytes(32, "big")
        return numbers + sha256(SECRETS[self.secret]).digest()


lock_lists = st.lists(
    st.builds(
        Lock,
        st.integers(0, len(SECRETS) - 1),
        st.sampled_from([0, 1, 5, 20, 20, 90, 2**255]),
        st.sampled_from([0, 1, 2, 3, 8, 14, 10**6, MAX - 10**6]),
    ),
    max_size=3,
)


@dataclass(frozen=True)
class Proof:
    """What one participant has signed last.

    Attributes:
        claimed: what it says is locked; None: what its locks add up to.
        empty_root: the locksroot where there are no locks.
    """

    nonce: int = 0
    transferred: int = 0
    claimed: int | None = 0
    empty_root: bytes = NO_HASH
    locks: tuple[Lock, ...] = ()

    @property
    def packed(self) -> bytes:
        return b"".join(lock.packed for lock in self.locks)

    @property
    def locked(self) -> int:
        total = sum(lock.amount for lock in self.locks) % 2**256
        return total if self.claimed is None else self.claimed

    @property
    def terms(self) -> tuple[int, int, bytes]:
        root = keccak(self.packed) if self.locks else self.empty_root
        return self.transferred, self.locked, root

    def state(self, channel: int) -> SignedState:
        hashed = balance_hash(*self.terms) if self.nonce else NO_HASH
        return SignedState(channel, hashed, self.nonce, NO_HASH)

    def made_in(self, block: int) -> "Proof":
        locks = [replace(lock, expiration=lock.expiration + block) for lock in self.locks]
        return replace(self, locks=tuple(locks))


proofs = st.builds(
    Proof,
    st.integers(0, 3),
    sent,
    st.none() | st.none() | sent,
    roots,
    lock_lists.map(tuple),
)


def spoiled(signature: Signed, how: int) -> bytes:
    """A signature as it is, in the other convention, or wrong in some way."""
    data = bytes(signature)
    ways = {
        1: data[:-1] + bytes([data[-1] - 27]),
        2: data[:-1] + b"\x05",
        3: b"\xff" * 64 + b"\x1b",
        4: NO_SIGNATURE,
        5: data[:-1],
        6: b"",
        7: bytes([data[0] ^ 1]) + data[1:],
    }
    return ways.get(how, data)
