"""How the deposits of a closed channel are divided; see contracts/Settlement.sol."""

from typing import NamedTuple

from simulator.chain.model.token_network.channel import Side
from simulator.chain.model.transaction import Revert
from simulator.words.hashing import keccak
from simulator.words.units import UINT256_MAX, Address


class SettlementTerms(NamedTuple):
    """What is claimed about one participant when a channel is settled."""

    participant: Address
    transferred: int
    locked: int
    locksroot: bytes

    @property
    def balance_hash(self) -> bytes:
        """What a balance proof over these amounts holds."""
        amounts = self.transferred.to_bytes(32, "big") + self.locked.to_bytes(32, "big")
        return keccak(amounts + self.locksroot)


class Share(NamedTuple):
    """What a participant gets, and what is kept for the locks it has left."""

    paid: int
    kept: int


class Division(NamedTuple):
    """How a channel's deposits are divided.

    Attributes:
        smaller: how many amounts were less than what they were compared with.
        saturated: how many sums would have been above 2**256 - 1.
    """

    share1: Share
    share2: Share
    smaller: int
    saturated: int


def claim_of(deposit: int, withdrawn: int, first: tuple[int, int], second: tuple[int, int]) -> int:
    """Return the most that the participant who has sent less can claim.

    Args:
        deposit: the first participant's, in tokens.
        withdrawn: what the first participant has taken out.
        first: what the first participant has transferred and locked.
        second: the same of the other one.

    Raises:
        Revert: the first one has sent more.
    """
    sent, received = min(sum(first), UINT256_MAX), min(sum(second), UINT256_MAX)
    if received < sent:
        raise Revert("TN: transfers not ordered")
    return max(min(received - sent + deposit, UINT256_MAX) - withdrawn, 0)


def divide(side1: Side, first: SettlementTerms, side2: Side, second: SettlementTerms) -> Division:
    """Return the shares of both; together they are all that the channel holds.

    Raises:
        Revert: the first one has sent more.
    """
    available = side1.deposit + side2.deposit - side1.withdrawn - side2.withdrawn
    amounts1, amounts2 = first[1:3], second[1:3]
    claim = claim_of(side1.deposit, side1.withdrawn, amounts1, amounts2)
    part1 = min(claim, available)
    part2 = available - part1
    kept2, kept1 = min(part1, second.locked), min(part2, first.locked)
    net = min(sum(amounts2), UINT256_MAX) - min(sum(amounts1), UINT256_MAX)
    gross = net + side1.deposit
    sums = (sum(amounts1), sum(amounts2), gross)
    return Division(
        Share(part1 - kept2, kept1),
        Share(part2 - kept1, kept2),
        (min(gross, UINT256_MAX) < side1.withdrawn)
        + (claim < available)
        + (part1 < second.locked)
        + (part2 < first.locked),
        sum(total > UINT256_MAX for total in sums),
    )
