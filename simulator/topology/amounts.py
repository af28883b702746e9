"""What the ends of a channel put in, from what a file says: both deposits, or only their sum.

A file's amounts are taken as they are, scaled, or clipped, since a network elsewhere counts in
other units, and its largest channels would be beyond any wallet here.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from simulator.words.quoting import shown
from simulator.words.units import UINT256_MAX

DEPOSITS = ("deposit1", "deposit2")
"""What a channel's ends put in, in the order of participant1 and participant2."""

CAPACITY = "capacity"
"""What both ends put in together, where it isn't known who has put in how much."""

_WHOLE = re.compile(r"([0-9]{1,100})(\.0{0,100})?", re.ASCII)
_NUMBER = re.compile(r"[0-9]{1,100}(\.[0-9]{0,100})?([eE][+-]?[0-9]{1,2})?", re.ASCII)


class NoAmount(Exception):
    """What a file says about money can't be; the text begins with a verb, without a full stop."""


@dataclass(frozen=True, slots=True)
class Amounts:
    """How the amounts of a file become deposits.

    Attributes:
        used: whether they do at all.
        scale: what they are multiplied by, more than 0; of the sum, what is less than one token is
            dropped.
        at_least: how many tokens both ends put in together, from 0, where the file has less.
        at_most: how many where it has more; None: as many as it says.
        first_share: how much of a capacity the first end puts in, from 0 to 1, rounded up; the
            other end puts in the rest.
    """

    used: bool = True
    scale: Fraction = Fraction(1)
    at_least: int = 0
    at_most: int | None = None
    first_share: Fraction = Fraction(1, 2)

    def deposits(self, data: Mapping[str, object], channel: object) -> tuple[int, int] | None:
        """Return what both ends put in; None: that is not said, or not used.

        Args:
            data: what the file says about the channel; its deposits go before its capacity.
            channel: its name, for people.

        Raises:
            NoAmount: what it says about it can't be.
        """
        if not self.used:
            return None
        own = own_deposits(data)
        if own:
            one, other = (
                Fraction(0) if given is None else self._amount(key, given, channel)
                for key, given in zip(DEPOSITS, own, strict=True)
            )
        elif data.get(CAPACITY) is not None:
            capacity = self._amount(CAPACITY, data[CAPACITY], channel)
            one = capacity * self.first_share
            other = capacity - one
        else:
            return None
        if own and self.scale == 1 and not self.at_least and self.at_most is None:
            return int(one), int(other)
        total = max(math.floor((one + other) * self.scale), self.at_least)
        if self.at_most is not None:
            total = min(total, self.at_most)
        share = one / (one + other) if one + other else self.first_share
        first = math.ceil(total * share)
        return first, total - first

    def _amount(self, key: str, given: object, channel: object) -> Fraction:
        what = f"has for {key} of the channel {channel}"
        most = "2^256 - 1"
        if self.scale == 1:
            tokens = whole(given)
            if tokens is None or tokens > UINT256_MAX:
                raise NoAmount(f"{what} not a whole number from 0 to {most} but {shown(given)}")
            return Fraction(tokens)
        amount = number(given)
        if amount is None or amount * self.scale > UINT256_MAX:
            raise NoAmount(
                f"{what} not a number that scaled is from 0 to {most} but {shown(given)}"
            )
        return amount


AS_THEY_ARE = Amounts()


def own_deposits(data: Mapping[str, object]) -> list[object]:
    """Return the deposits of both ends as a file gives them, if it gives one."""
    given = [data.get(key) for key in DEPOSITS]
    return [] if given == [None, None] else given


def number(value: object) -> Fraction | None:
    """Return a number from 0, which may be written as text; None if it is something else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if isinstance(value, int):
        return Fraction(value) if value >= 0 else None
    text = str(value).strip()
    return Fraction(text) if _NUMBER.fullmatch(text) else None


def whole(value: object) -> int | None:
    """Return a whole number from 0, which may be written as text; None if it is something else."""
    if isinstance(value, str):
        found = _WHOLE.fullmatch(value.strip())
        return int(found[1]) if found else None
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        return None
    return int(value) if isinstance(value, int) or value.is_integer() else None
