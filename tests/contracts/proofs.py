"""What participants of a channel sign, and the calls that show it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from hashlib import sha256

from eth_utils.crypto import keccak

from .harness import NO_HASH, NO_SIGNATURE, Chain, Contract, Party, Receipt

PROOF = 1
UPDATE = 2
WITHDRAW = 3
FAR = 10**6
"""A block that no test comes to."""

Withdraw = tuple[str, int, int, bytes, bytes]
"""What `setTotalWithdraw2` and `cooperativeSettle` take for one participant."""


def word(number: int) -> bytes:
    return number.to_bytes(32, "big")


def raw(address: str) -> bytes:
    return bytes.fromhex(address.removeprefix("0x"))


@dataclass(frozen=True)
class Lock:
    """A pending transfer."""

    amount: int
    secret: bytes
    expiration: int = FAR

    @property
    def secrethash(self) -> bytes:
        return sha256(self.secret).digest()

    @property
    def packed(self) -> bytes:
        return word(self.expiration) + word(self.amount) + self.secrethash


def packed(locks: Iterable[Lock]) -> bytes:
    """Locks as `unlock` takes them, and the locksroot hashes them."""
    return b"".join(lock.packed for lock in locks)


def locksroot(locks: Iterable[Lock]) -> bytes:
    return keccak(packed(locks))


@dataclass(frozen=True)
class Proof:
    """The state of one side of a channel, as that side signs it."""

    channel: int
    nonce: int = 1
    transferred: int = 0
    locked: int = 0
    locksroot: bytes = NO_HASH
    additional_hash: bytes = b"\xad" * 32

    @property
    def balance_hash(self) -> bytes:
        if self.nonce == 0:
            return NO_HASH
        return keccak(word(self.transferred) + word(self.locked) + self.locksroot)

    @property
    def amounts(self) -> tuple[int, int, bytes]:
        """What settling needs to know."""
        return self.transferred, self.locked, self.locksroot

    def message(self, network: str, chain_id: int, kind: int) -> bytes:
        """What is signed; `network` is the token network's address."""
        head = raw(network) + word(chain_id) + word(kind) + word(self.channel)
        return head + self.balance_hash + word(self.nonce) + self.additional_hash


@dataclass(frozen=True)
class Channel:
    """A channel seen by the tests: who closes, and who is closed on."""

    chain: Chain
    network: Contract
    id: int
    closer: Party
    partner: Party

    def swapped(self) -> "Channel":
        return replace(self, closer=self.partner, partner=self.closer)

    def nothing(self) -> Proof:
        """What a closer shows who never received a transfer."""
        return Proof(self.id, nonce=0, additional_hash=NO_HASH)

    def sign(self, proof: Proof, sender: Party) -> bytes:
        return sender.sign(proof.message(self.network.address, self.chain.id, PROOF))

    def countersign(self, proof: Proof, receiver: Party, kind: int, signature: bytes) -> bytes:
        message = proof.message(self.network.address, self.chain.id, kind)
        return receiver.sign(message + signature)

    def close(
        self,
        proof: Proof | None = None,
        *,
        sent: bytes | None = None,
        received: bytes | None = None,
    ) -> Receipt:
        """Close with the partner's proof; signatures are right unless given."""
        proof = proof or self.nothing()
        if sent is None:
            sent = self.sign(proof, self.partner) if proof.nonce else NO_SIGNATURE
        if received is None:
            received = self.countersign(proof, self.closer, PROOF, sent)
        return self.network.send(
            "closeChannel",
            self.id,
            self.partner.address,
            self.closer.address,
            proof.balance_hash,
            proof.nonce,
            proof.additional_hash,
            sent,
            received,
        )

    def update(
        self, proof: Proof, *, sent: bytes | None = None, received: bytes | None = None
    ) -> Receipt:
        """Show the closer's proof; signatures are right unless given."""
        if sent is None:
            sent = self.sign(proof, self.closer)
        if received is None:
            received = self.countersign(proof, self.partner, UPDATE, sent)
        return self.network.send(
            "updateNonClosingBalanceProof",
            self.id,
            self.closer.address,
            self.partner.address,
            proof.balance_hash,
            proof.nonce,
            proof.additional_hash,
            sent,
            received,
        )

    def pass_timeout(self) -> None:
        """Mine until the pending block is the first one that may settle."""
        last: int = self.info()[0]
        self.chain.mine(last - self.chain.block_number)

    def settle(
        self, closers: Proof | None = None, partners: Proof | None = None, *, as_two: bool = False
    ) -> Receipt:
        """Settle with the last proof of each side, the side that sent less first."""
        sides = [
            (self.closer.address, *(closers or self.nothing()).amounts),
            (self.partner.address, *(partners or self.nothing()).amounts),
        ]
        first, second = sorted(sides, key=lambda side: side[1] + side[2])
        if as_two:
            return self.network.send("settleChannel2", self.id, first, second)
        return self.network.send("settleChannel", self.id, *first, *second)

    def agreement(
        self,
        participant: Party,
        total: int,
        expiration: int = FAR,
        *,
        signers: tuple[Party, Party] | None = None,
    ) -> Withdraw:
        """A withdrawal that both have signed, unless others are to sign."""
        head = raw(self.network.address) + word(self.chain.id) + word(WITHDRAW) + word(self.id)
        message = head + raw(participant.address) + word(total) + word(expiration)
        one, two = signers or (participant, self.other(participant))
        return participant.address, total, expiration, one.sign(message), two.sign(message)

    def withdraw(self, withdraw: Withdraw, *, as_two: bool = False) -> Receipt:
        if as_two:
            return self.network.send("setTotalWithdraw2", self.id, withdraw)
        return self.network.send("setTotalWithdraw", self.id, *withdraw)

    def cooperate(self, one: Withdraw, two: Withdraw) -> Receipt:
        return self.network.send("cooperativeSettle", self.id, one, two)

    def unlock(self, receiver: Party, locks: bytes) -> Receipt:
        sender = self.other(receiver)
        return self.network.send("unlock", self.id, receiver.address, sender.address, locks)

    def other(self, party: Party) -> Party:
        return self.partner if party == self.closer else self.closer

    def info(self) -> tuple[int, int]:
        parties = (self.closer.address, self.partner.address)
        found: tuple[int, int] = self.network.call("getChannelInfo", self.id, *parties)
        return found

    def side(self, party: Party) -> tuple[int, int, bool, bytes, int, bytes, int]:
        found: tuple[int, int, bool, bytes, int, bytes, int] = self.network.call(
            "getChannelParticipantInfo", self.id, party.address, self.other(party).address
        )
        return found
