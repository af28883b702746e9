"""What a node is to its parts: an account on the chain that is online or not."""

from collections.abc import Callable
from enum import Enum
from typing import Any, TypeVar

import simpy

from simulator.chain.keys import Key
from simulator.kernel.light_process import LightProcess
from simulator.node.settings import check_reveal_timeout, check_settle_timeout
from simulator.node.transactions import Outbox
from simulator.node.world import CallResult, Steps, World
from simulator.payments.fees import NO_BOOK, FeeBook
from simulator.topology.choice import Strategy

T = TypeVar("T")


class End(Enum):
    """How a node goes offline."""

    STOP = "stop"
    """It shuts down: what it was told to do stays in force, what it has sent goes on."""
    CRASH = "crash"
    """It is gone at once: what is neither on the chain nor on its disk is lost."""


class Account:
    """A node's key, its transactions and its state.

    Args:
        world: the environment.
        name: for people.
        key: signs transactions and messages.
        strategy: whom to open channels with.
        settle_timeout_blocks: of channels that it opens; None: what the world's settings say.
        fees: what it takes for passing payments on.

    Raises:
        ConfigurationError: the settle timeout is one that no channel can have.
    """

    __slots__ = (
        "_processes",
        "address",
        "fees",
        "key",
        "name",
        "online",
        "outbox",
        "settle_timeout_blocks",
        "strategy",
        "world",
    )

    def __init__(
        self,
        world: World,
        name: str,
        key: Key,
        strategy: Strategy,
        settle_timeout_blocks: int | None = None,
        fees: FeeBook = NO_BOOK,
    ) -> None:
        self.world = world
        self.fees = fees
        self.name = name
        self.key = key
        self.strategy = strategy
        self.address = key.address
        self.settle_timeout_blocks = world.settings.settle_timeout_blocks
        if settle_timeout_blocks is not None:
            self.settle_timeout_blocks = check_settle_timeout(settle_timeout_blocks)
            check_reveal_timeout(settle_timeout_blocks, world.settings.confirmation_blocks)
        self.online = False
        self.outbox = Outbox(world, self.address)
        self._processes: dict[simpy.Event | LightProcess[CallResult[Any]], None] = {}

    def background(self, task: Callable[[], Steps[Any]]) -> simpy.Process:
        """Start a process that ends when the account goes offline."""
        process = self.world.spawn(self, task)
        self._processes[process] = None
        assert process.callbacks is not None  # noqa: S101 - it has only begun
        process.callbacks.append(self._forget)
        return process

    def _forget(self, process: "simpy.Event | LightProcess[CallResult[Any]]") -> None:
        del self._processes[process]
        if not self._processes:  # and let go of its table: most nodes are at rest
            self._processes.clear()

    def go_through(
        self, task: Callable[[], Steps[T]], done: Callable[[CallResult[T]], None]
    ) -> None:
        """Do a task as `background` does, at once and for less; `done` is told how it ended."""
        world = self.world

        def over(result: "CallResult[T]") -> None:  # unquoted, it would be looked up each time
            self._forget(process)
            done(result)

        process = LightProcess(world.clock, world.journal, world.contained(self, task), over)
        self._processes[process] = None
        process.begin()

    def interrupt(self, end: End) -> None:
        """End all processes; after a crash, nothing that they submitted is pending any more."""
        if end is End.CRASH:
            self.world.mempool.discard(self.address)
        for process in list(self._processes):
            if isinstance(process, simpy.Process | LightProcess) and process.is_alive:
                process.interrupt(end)
