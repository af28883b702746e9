"""How messages travel: how long they take, how many are lost, and who can't reach whom.

What a delay, a spread and a loss can be is said here once, for all who take them.
"""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from random import Random

from msgspec import Struct
from msgspec.structs import asdict

from simulator.words.errors import ConfigurationError, InvalidRequest
from simulator.words.quoting import shown
from simulator.words.units import Address

MAX_DELAY_SECONDS = 100_000

LONGEST_OF_MEAN = 10
"""A delay that is drawn exponentially is no longer than so many means."""


class Spread(StrEnum):
    """How delays are spread."""

    FIXED = "fixed"
    """All are the same."""
    UNIFORM = "uniform"
    """Any up to twice the mean is as likely."""
    EXPONENTIAL = "exponential"
    """Short ones are likely, and few are long; none is above ten times the mean."""


class LineConditions(Struct, frozen=True):
    """How messages travel from one node to another.

    Attributes:
        delay_seconds: how long they take on average, in virtual seconds, 0 to 100,000.
        spread: how delays are spread around that: `fixed`, `uniform` (from 0 to twice as long) or
            `exponential` (at most ten times as long).
        loss: the part of the messages that is lost, 0 to 1; with 1 nothing arrives.

    Raises:
        InvalidRequest: a value can't be.
    """

    delay_seconds: float = 0.0
    spread: str = Spread.FIXED
    loss: float = 0.0

    def __post_init__(self) -> None:
        """See whether the values can be."""
        _check_number("delay_seconds", self.delay_seconds, MAX_DELAY_SECONDS)
        _check_number("loss", self.loss, 1)
        if self.spread not in [*Spread]:
            known = ", ".join(Spread)
            raise InvalidRequest("spread", f"must be one of {known}, not {shown(self.spread)}")

    def __str__(self) -> str:
        """Return it in a few words."""
        delay = f"{self.delay_seconds:g} s, {self.spread}" if self.delay_seconds else "at once"
        return f"{delay}, {f'{self.loss:.0%}' if self.loss else 'none'} lost"

    def but(
        self,
        delay_seconds: float | None = None,
        spread: str | None = None,
        loss: float | None = None,
    ) -> "LineConditions":
        """Return the same but for what is given.

        Raises:
            InvalidRequest: a value can't be.
        """
        given = {"delay_seconds": delay_seconds, "spread": spread, "loss": loss}
        said = {name: value for name, value in given.items() if value is not None}
        return LineConditions(**{**asdict(self), **said})  # which are looked at

    @property
    def are_ideal(self) -> bool:
        """Whether messages arrive at once, all of them."""
        return not self.delay_seconds and not self.loss

    @property
    def longest_seconds(self) -> float:
        """The longest delay that there may be."""
        factors = {Spread.FIXED: 1, Spread.UNIFORM: 2, Spread.EXPONENTIAL: LONGEST_OF_MEAN}
        return self.delay_seconds * factors[Spread(self.spread)]

    def delay(self, stream: Random) -> float:
        """Draw how long a message takes."""
        mean = self.delay_seconds
        if not mean or self.spread == Spread.FIXED:
            return mean
        if self.spread == Spread.UNIFORM:
            return stream.uniform(0, 2 * mean)
        return min(stream.expovariate(1 / mean), self.longest_seconds)

    def is_lost(self, stream: Random) -> bool:
        """Draw whether a message is lost."""
        return bool(self.loss) and stream.random() < self.loss


def _check_number(name: str, value: object, most: int) -> None:
    a_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not a_number or not 0 <= value <= most:  # type: ignore[operator]  # nor is NaN within them
        raise InvalidRequest(name, f"must be a number within 0 to {most}, not {shown(value)}")


IDEAL = LineConditions()


def check_conditions(name: str, value: object) -> None:
    """See whether an option says how messages travel.

    Raises:
        ConfigurationError: it does not.
    """
    if not isinstance(value, LineConditions):
        raise ConfigurationError(f"{name} must be LineConditions(…), not {shown(value)}.")


class Air:
    """What is between the nodes.

    What is said of a pair counts more than what is said of one of its nodes, and that more than
    what is said of all.

    Args:
        usual: how messages travel between nodes of which nothing else is said.

    Attributes:
        of_all: how they travel between nodes of which nothing is said now.
        of_node: and what is said of single nodes,
        of_pair: and of pairs.
        groups: who can reach only each other; none: everybody can.
        silent: out of whom nothing gets.
    """

    def __init__(self, usual: LineConditions = IDEAL) -> None:
        self.of_all = usual
        self.of_node: dict[Address, LineConditions] = {}
        self.of_pair: dict[frozenset[Address], LineConditions] = {}
        self.groups: tuple[tuple[Address, ...], ...] = ()
        self._usual = usual
        self._usual_of_node: dict[Address, LineConditions] = {}
        self._group: dict[Address, int] = {}
        self.silent: frozenset[Address] = frozenset()

    def set_usual(self, node: Address, conditions: LineConditions) -> None:
        """Decide how messages of a node travel unless something else is said."""
        self._usual_of_node[node] = self.of_node[node] = conditions

    def set(self, conditions: LineConditions | None, *nodes: Address) -> None:
        """Decide how messages travel between two nodes, of one node, or of all.

        Args:
            conditions: None: as usual.
            nodes: which; none at all: everybody, and whatever else was said is forgotten.
        """
        if not nodes:
            self.of_all = self._usual if conditions is None else conditions
            self.of_node = dict(self._usual_of_node) if conditions is None else {}
            self.of_pair = {}
        elif len(nodes) == 1:
            found = conditions or self._usual_of_node.get(nodes[0])
            self.of_node.pop(nodes[0], None)
            if found is not None:
                self.of_node[nodes[0]] = found
        else:
            self.of_pair.pop(frozenset(nodes), None)
            if conditions is not None:
                self.of_pair[frozenset(nodes)] = conditions

    def now(self, *nodes: Address) -> LineConditions:
        """Return how messages travel between two nodes, of one node, or where nothing is said."""
        if not nodes:
            return self.of_all
        if len(nodes) == 1:
            return self.of_node.get(nodes[0], self.of_all)
        return self.between(*nodes)

    def divide(self, groups: Sequence[Iterable[Address]]) -> None:
        """Let nodes reach only those of their own group; who is in none reaches everybody."""
        self.groups = tuple(tuple(group) for group in groups)
        self._group = {node: number for number, group in enumerate(self.groups) for node in group}

    def silence(self, nodes: Iterable[Address]) -> None:
        """Let nothing get out of these nodes, and of no others."""
        self.silent = frozenset(nodes)

    def between(self, sender: Address, receiver: Address) -> LineConditions:
        """Return how messages travel between two nodes, in either direction."""
        if self.of_pair:
            of_pair = self.of_pair.get(frozenset((sender, receiver)))
            if of_pair is not None:
                return of_pair
        if self.of_node:
            ends = (self.of_node.get(sender), self.of_node.get(receiver))
            found = [conditions for conditions in ends if conditions is not None]
            if found:  # the worse ones, so that both directions are alike
                return max(found, key=lambda one: (one.loss, one.longest_seconds))
        return self.of_all

    def is_cut(self, sender: Address, receiver: Address) -> bool:
        """Tell whether nothing gets from a node to another."""
        if sender in self.silent:
            return True
        if self._group:
            there = self._group.get(sender), self._group.get(receiver)
            if None not in there and there[0] != there[1]:
                return True
        return self.between(sender, receiver).loss >= 1
