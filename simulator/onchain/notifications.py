"""What nodes have to tell their users without being asked for it."""

from typing import NamedTuple

from simulator.node.world import World
from simulator.words.events import Event, NodeCrashed, NodeStopped, PlanUnaffordable
from simulator.words.units import Address


class Notification(NamedTuple):
    """Something that a user should know.

    Attributes:
        id: what it is about; a newer one takes the place of one with the same id.
        summary: in a few words.
        body: in a sentence.
        urgency: how soon something should be done.
    """

    id: str
    summary: str
    body: str
    urgency: str


class Notifications:
    """What all nodes have to tell, until somebody has read it or they stop.

    Args:
        world: the environment.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._of_node: dict[Address, dict[str, Notification]] = {}
        world.journal.subscribe(self._take_in, PlanUnaffordable, NodeStopped, NodeCrashed)

    def _take_in(self, event: Event) -> None:
        match event:
            case NodeStopped() | NodeCrashed():
                self._of_node.pop(event.node, None)
            case PlanUnaffordable():
                self._tell(event.node, self._missing_eth(event))

    def _tell(self, node: Address, news: Notification) -> None:
        self._of_node.setdefault(node, {})[news.id] = news

    def _missing_eth(self, event: PlanUnaffordable) -> Notification:
        available = self._world.ledger.eth_balance(event.node)
        return Notification(
            "missing_gas_reserve",
            "Missing gas reserve",
            "The account's ETH does not cover what the node has to do on the chain, so that tokens "
            f"may be lost: it needs {event.required_wei} wei and has {available} wei.",
            "critical",
        )

    def take(self, node: Address) -> list[Notification]:
        """Return what a node has to tell; it is told once."""
        return [*self._of_node.pop(node, {}).values()]
