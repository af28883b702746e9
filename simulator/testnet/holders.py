"""Who has tokens beside the nodes, and what has come to token networks beside deposits."""

from collections.abc import Sequence

from simulator.node.world import World
from simulator.words.events import Event, TokensMoved
from simulator.words.units import Address


class Holders:
    """What transfers tell of accounts that are nobody's here: invariants count their tokens too.

    Args:
        world: the environment.
        known: accounts that have tokens from the beginning.

    Attributes:
        strangers: the accounts, other contracts among them.
    """

    def __init__(self, world: World, known: Sequence[Address]) -> None:
        self.strangers = dict.fromkeys(known)
        self._world = world
        world.journal.subscribe(self._follow, TokensMoved)

    def _follow(self, event: Event) -> None:
        """Note who has got tokens, and what a token network has got of its own."""
        if isinstance(event, TokensMoved) and event.receiver not in self._world.members:
            if self._world.token_of.get(event.receiver) == event.contract:
                self._world.graphs[event.contract].received += event.amount
            else:
                self.strangers[event.receiver] = None
