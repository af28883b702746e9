"""Balance proofs: what participants of a channel sign, and the calls that show it."""

from dataclasses import dataclass, replace

from eth_utils.crypto import keccak

from .harness import NO_HASH, NO_SIGNATURE, Chain, Contract, Party, Receipt

PROOF = 1
UPDATE = 2


def word(number: int) -> bytes:
    return number.to_bytes(32, "big")


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

    def message(self, network: Contract, chain: Chain, kind: int) -> bytes:
        head = bytes.fromhex(network.address.removeprefix("0x"))
        numbers = word(chain.id) + word(kind) + word(self.channel)
        return head + numbers + self.balance_hash + word(self.nonce) + self.additional_hash


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
        return sender.sign(proof.message(self.network, self.chain, PROOF))

    def countersign(self, proof: Proof, receiver: Party, kind: int, signature: bytes) -> bytes:
        return receiver.sign(proof.message(self.network, self.chain, kind) + signature)

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

    def info(self) -> tuple[int, int]:
        parties = (self.closer.address, self.partner.address)
        found: tuple[int, int] = self.network.call("getChannelInfo", self.id, *parties)
        return found

    def side(self, party: Party) -> tuple[int, int, bool, bytes, int, bytes, int]:
        other = self.partner if party == self.closer else self.closer
        found: tuple[int, int, bool, bytes, int, bytes, int] = self.network.call(
            "getChannelParticipantInfo", self.id, party.address, other.address
        )
        return found
