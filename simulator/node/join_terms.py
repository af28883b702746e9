"""What a join asks for: the funds, how many channels, and what of it is for others' channels."""

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from simulator.words.errors import InvalidRequest, check_whole
from simulator.words.units import split_funds

DEFAULT_CHANNEL_TARGET = 3
DEFAULT_JOINABLE = Fraction(2, 5)
"""What a join asks for where it doesn't say: channels to open, and the part kept for others'."""


@dataclass(frozen=True, slots=True)
class JoinTerms:
    """What a join asked for.

    Attributes:
        funds: tokens for the network, in the token's smallest unit.
        initial_channel_target: channels to open, at least 1; 0 of a node that only accepts.
        joinable_funds_target: the fraction kept for channels that others open, in [0, 1].
        share: the deposit for each channel.
        answers_after: only channels with greater identifiers get deposits.
    """

    funds: int
    initial_channel_target: int
    joinable_funds_target: Fraction
    share: int
    answers_after: int = 0

    @staticmethod
    def checked(
        funds: int, initial_channel_target: int, joinable_funds_target: Fraction
    ) -> "JoinTerms":
        """Return the terms of a request.

        Raises:
            InvalidRequest: a value is out of range.
        """
        check_whole("funds", funds)
        check_whole("initial_channel_target", initial_channel_target)
        if funds <= 0:
            raise InvalidRequest("funds", f"must be a positive integer, not {funds}")
        if initial_channel_target < 1:
            raise InvalidRequest(
                "initial_channel_target", f"must be at least 1, not {initial_channel_target}"
            )
        if not 0 <= joinable_funds_target <= 1:
            raise InvalidRequest("joinable_funds_target", "should be between 0 and 1")
        return _terms(funds, initial_channel_target, joinable_funds_target)

    @staticmethod
    def accepting(deposited: int, budget: int, answers_after: int) -> "JoinTerms":
        """Return terms of a node that opens nothing, but answers deposits in channels to come.

        Args:
            deposited: what it has in the channels that it has.
            budget: what it may put into others' in all.
            answers_after: the greatest identifier of the channels that it has.
        """
        return JoinTerms(deposited + budget, 0, Fraction(1), budget, answers_after)


@lru_cache(maxsize=256)
def _terms(funds: int, initial_channel_target: int, joinable_funds_target: Fraction) -> JoinTerms:
    """Return terms, the same for all who ask for the same: exact fractions take long."""
    share = split_funds(funds, joinable_funds_target, initial_channel_target)
    return JoinTerms(funds, initial_channel_target, joinable_funds_target, share)


NO_TERMS = JoinTerms(0, 1, Fraction(1), share=0)
"""Of a node that has not joined."""
