"""The channels of a token network as directed edges between numbers, for searches.

A channel is two edges, one for either direction, that differ in the last bit of their numbers. What
can be sent over them is kept beside, in flat arrays, and changed as it changes.
"""

from typing import Protocol

UNUSABLE = -1
"""What can be sent over an edge over which nothing can be."""


class Mirror(Protocol):
    """A copy of a map that follows it."""

    def set_capacity(self, edge: int, capacity: int) -> None:
        """Take in what can be sent over an edge from now on."""


class RouteMap:
    """Who can pay whom how much, as somebody knows it.

    Args:
        nodes: how many there are; they have the numbers from 0.

    Attributes:
        payee: at whom an edge ends.
        capacity: what can be sent over an edge; `UNUSABLE`: nothing, not even 0.
        leaving: the edges that begin at a node.
        version: changes with the edges, and not with what can be sent over them.
        mirror: told of changes.
    """

    def __init__(self, nodes: int) -> None:
        self.payee: list[int] = []
        self.capacity: list[int] = []
        self.leaving: list[list[int]] = [[] for _ in range(nodes)]
        self.version = 0
        self.mirror: Mirror | None = None
        self._free: list[int] = []

    def add(self, one: int, other: int) -> int:
        """Add a channel over which nothing can be sent yet.

        Returns:
            The edge from the first to the second.
        """
        self.version += 1
        if self._free:
            edge = self._free.pop()
            self.payee[edge], self.payee[edge ^ 1] = other, one
        else:
            edge = len(self.payee)
            self.payee += [other, one]
            self.capacity += [UNUSABLE, UNUSABLE]
        self.leaving[one].append(edge)
        self.leaving[other].append(edge ^ 1)
        return edge

    def remove(self, edge: int) -> None:
        """Remove the channel of an edge."""
        self.version += 1
        self.leaving[self.payee[edge ^ 1]].remove(edge)
        self.leaving[self.payee[edge]].remove(edge ^ 1)
        self.capacity[edge] = self.capacity[edge ^ 1] = UNUSABLE
        self._free.append(edge & ~1)

    def set_capacity(self, edge: int, capacity: int) -> None:
        """Say what can be sent over an edge."""
        if self.capacity[edge] != capacity:
            self.capacity[edge] = capacity
            if self.mirror is not None:
                self.mirror.set_capacity(edge, capacity)

    def edge(self, payer: int, payee: int) -> int | None:
        """Return the edge from one node to another; None: they have no channel."""
        return next((edge for edge in self.leaving[payer] if self.payee[edge] == payee), None)
