"""What a token network keeps of a channel."""

from msgspec import Struct

from simulator.chain.model.transaction import Revert
from simulator.words.units import ZERO_ADDRESS, Address

NO_HASH = bytes(32)


def pair_of(participant: Address, partner: Address) -> bytes:
    """Return the key of two accounts, in either order; see `getParticipantsHash`.

    Raises:
        Revert: they are not two accounts.
    """
    if participant == ZERO_ADDRESS:
        raise Revert("TN: participant address zero")
    if partner == ZERO_ADDRESS:
        raise Revert("TN: partner address zero")
    if participant == partner:
        raise Revert("TN: identical addresses")
    return participant + partner if participant < partner else partner + participant


class Side(Struct, eq=False, gc=False):
    """What a channel knows of one participant; the proof is about what this one has sent."""

    deposit: int = 0
    withdrawn: int = 0
    is_the_closer: bool = False
    nonce: int = 0
    balance_hash: bytes = NO_HASH


class ModelChannel(Struct, eq=False, gc=False):
    """A channel that is not settled yet.

    Attributes:
        pair: the participants; see `pair_of`.
        settle_block_number: the settle timeout while the channel is open; once it is closed,
            the last block in which it can't be settled.
        side1: of the participant with the smaller address.
    """

    identifier: int
    pair: bytes
    settle_block_number: int
    side1: Side
    side2: Side
    closed: bool = False

    def sides(self, participant: Address, partner: Address) -> tuple[Side, Side]:
        """Return the sides of the two participants, in this order."""
        if participant < partner:
            return self.side1, self.side2
        return self.side2, self.side1

    def side_of(self, participant: Address) -> Side | None:
        """Return the side of a participant; None for anybody else."""
        if participant == self.pair[:20]:
            return self.side1
        return self.side2 if participant == self.pair[20:] else None
