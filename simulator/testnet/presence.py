"""How long nodes have been online."""

from simulator.node.world import World
from simulator.words.events import Event, NodeCrashed, NodeStarted, NodeStopped
from simulator.words.units import Address


class Presence:
    """Since when nodes are online.

    Args:
        world: the environment.
    """

    def __init__(self, world: World) -> None:
        self._clock = world.clock
        self._since: dict[Address, float] = {}
        world.journal.subscribe(self._take_in, NodeStarted, NodeStopped, NodeCrashed)

    def _take_in(self, event: Event) -> None:
        match event:
            case NodeStarted():
                self._since[event.node] = self._clock.now
            case NodeStopped() | NodeCrashed():
                self._since.pop(event.node, None)

    def uptime(self, node: Address) -> float:
        """Return for how many virtual seconds a node has been online; 0 if it is not."""
        return self._clock.now - self._since.get(node, self._clock.now)
