"""Which way a payment takes: one search from the target, and paths made only when they are tried.

The shortest path is meant, and of several that are equally short the one with the smallest sequence
of node numbers: a property of the path, so that every search finds the same one.
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence

from msgspec import Struct

from simulator.payments.channel_state import ChannelView
from simulator.payments.fees import Fees, mediation_of
from simulator.words.units import Address

Neighbours = Callable[[Address], Iterable[Address]]
"""Tells who has a channel with somebody that may be used."""

Passable = Callable[[Address, Address], bool]
"""Tells whether the first may pay the second over their channel."""


def anybody(_: Address, __: Address) -> bool:
    """Let everybody pay everybody: nobody knows the balances of others."""
    return True


def distances(
    neighbours: Neighbours, target: Address, passable: Passable = anybody
) -> dict[Address, int]:
    """Return how many hops away from a target everybody is who can reach it."""
    found = {target: 0}
    queue = deque([target])
    while queue:
        node = queue.popleft()
        for other in neighbours(node):
            if other not in found and passable(other, node):
                found[other] = found[node] + 1
                queue.append(other)
    return found


class Paths(Struct):
    """The ways to a target.

    Attributes:
        neighbours: who has channels with whom.
        hops: how far everybody is from the target.
        numbers: the nodes' numbers; other accounts come behind them, by address.
        passable: who may pay whom.
    """

    neighbours: Neighbours
    hops: Mapping[Address, int]
    numbers: Mapping[Address, int]
    passable: Passable = anybody

    def path_from(self, start: Address) -> tuple[Address, ...] | None:
        """Return the nodes from one, itself included, to the target; None: there is no way."""
        if start not in self.hops:
            return None
        path = [start]
        while (left := self.hops[path[-1]]) > 0:
            here = path[-1]
            nearer = (
                other
                for other in self.neighbours(here)
                if self.hops.get(other) == left - 1 and self.passable(here, other)
            )
            path.append(min(nearer, key=self._order))
        return tuple(path)

    def _order(self, node: Address) -> tuple[int, Address]:
        return self.numbers.get(node, len(self.numbers)), node


def fee_of(
    path: Sequence[Address],
    amount: int,
    view: Callable[[Address, Address], ChannelView | None],
    fees: Callable[[Address, Address], Fees],
) -> int | None:
    """Return what all mediators of a path take for an amount; None: one can't pass it on.

    Args:
        path: the nodes, whoever pays and the target included.
        amount: what is to arrive.
        view: a node's view of its channel with another one.
        fees: what a node takes in that channel.
    """
    sent = amount
    for payer, mediator, payee in reversed(list(zip(path, path[1:], path[2:], strict=False))):
        back, channel = view(mediator, payer), view(mediator, payee)
        if back is None or channel is None:
            return None
        mediation = mediation_of((fees(mediator, payer), fees(mediator, payee)), back, channel)
        received = sent if mediation.is_free else mediation.amount_in(sent)
        if received is None:
            return None
        sent = received
    return sent - amount


class Candidate(Struct, frozen=True):
    """A partner over whom a payment might go.

    Attributes:
        hops: from the partner to the target.
        nonrefundable: whether the partner could not send the amount back.
        partner: who.
        channel: the channel's identifier.
    """

    hops: int
    nonrefundable: bool
    partner: Address
    channel: int

    @property
    def order(self) -> tuple[int, bool, Address, int]:
        """What comes first is tried first."""
        return self.hops, self.nonrefundable, self.partner, self.channel
