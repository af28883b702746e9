"""How messages travel: how long they take, how many are lost, and who can't reach whom."""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from random import Random

from msgspec import Struct

from simulator.words.units import Address

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
        delay_seconds: the mean delay, in virtual seconds.
        spread: how delays are spread around it.
        loss: the part of the messages that is lost, 0 to 1; with 1 nothing arrives.
    """

    delay_seconds: float = 0.0
    spread: Spread = Spread.FIXED
    loss: float = 0.0

    @property
    def are_ideal(self) -> bool:
        """Whether messages arrive at once, all of them."""
        return not self.delay_seconds and not self.loss

    @property
    def longest_seconds(self) -> float:
        """The longest delay that there may be."""
        factors = {Spread.FIXED: 1, Spread.UNIFORM: 2, Spread.EXPONENTIAL: LONGEST_OF_MEAN}
        return self.delay_seconds * factors[self.spread]

    def delay(self, stream: Random) -> float:
        """Draw how long a message takes."""
        mean = self.delay_seconds
        if not mean or self.spread is Spread.FIXED:
            return mean
        if self.spread is Spread.UNIFORM:
            return stream.uniform(0, 2 * mean)
        return min(stream.expovariate(1 / mean), self.longest_seconds)

    def is_lost(self, stream: Random) -> bool:
        """Draw whether a message is lost."""
        return bool(self.loss) and stream.random() < self.loss


IDEAL = LineConditions()


class Air:
    """What is between the nodes.

    What is said of a pair counts more than what is said of one of its nodes, and that more than
    what is said of all.
    """

    def __init__(self) -> None:
        self._all = IDEAL
        self._of_node: dict[Address, LineConditions] = {}
        self._of_pair: dict[frozenset[Address], LineConditions] = {}
        self._group: dict[Address, int] = {}
        self._silent: frozenset[Address] = frozenset()

    def set(self, conditions: LineConditions | None, *nodes: Address) -> None:
        """Decide how messages travel between two nodes, of one node, or of all.

        Args:
            conditions: None: as where nothing is said.
            nodes: which; none at all: everybody, and whatever else was said is forgotten.
        """
        if not nodes:
            self._all = conditions or IDEAL
            self._of_node.clear()
            self._of_pair.clear()
        elif len(nodes) == 1:
            self._of_node.pop(nodes[0], None)
            if conditions is not None:
                self._of_node[nodes[0]] = conditions
        else:
            self._of_pair.pop(frozenset(nodes), None)
            if conditions is not None:
                self._of_pair[frozenset(nodes)] = conditions

    def divide(self, groups: Sequence[Iterable[Address]]) -> None:
        """Let nodes reach only those of their own group; who is in none reaches everybody."""
        self._group = {node: number for number, group in enumerate(groups) for node in group}

    def silence(self, nodes: Iterable[Address]) -> None:
        """Let nothing get out of these nodes, and of no others."""
        self._silent = frozenset(nodes)

    def between(self, sender: Address, receiver: Address) -> LineConditions:
        """Return how messages travel between two nodes, in either direction."""
        if self._of_pair:
            of_pair = self._of_pair.get(frozenset((sender, receiver)))
            if of_pair is not None:
                return of_pair
        if self._of_node:
            ends = (self._of_node.get(sender), self._of_node.get(receiver))
            found = [conditions for conditions in ends if conditions is not None]
            if found:  # the worse ones, so that both directions are alike
                return max(found, key=lambda one: (one.loss, one.longest_seconds))
        return self._all

    def is_cut(self, sender: Address, receiver: Address) -> bool:
        """Tell whether nothing gets from a node to another."""
        if sender in self._silent:
            return True
        if self._group:
            there = self._group.get(sender), self._group.get(receiver)
            if None not in there and there[0] != there[1]:
                return True
        return self.between(sender, receiver).loss >= 1
