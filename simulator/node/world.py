"""What all nodes share: time, chain, journal, peer graphs, and who plans next."""

import logging
from collections.abc import Callable, Generator, Mapping, Sequence
from functools import cached_property
from typing import Any, Generic, Protocol, TypeVar

import simpy
from msgspec import Struct

from simulator.chain.contracts import (
    SecretRegistryContract,
    TokenNetworkContract,
)
from simulator.chain.ledger import Ledger
from simulator.chain.mempool import Mempool
from simulator.kernel.clock import Clock
from simulator.kernel.journal import Journal
from simulator.kernel.rng import Rng
from simulator.node.members import Host, Member, SettlingTogether, WithoutWay
from simulator.node.pending_closes import PendingCloses
from simulator.node.plan import Facts, Plan
from simulator.node.secrets import Secrets
from simulator.node.settings import Settings
from simulator.payments.routing.atlas import Atlas
from simulator.payments.transport import Transport
from simulator.topology.graph import KINDS, PeerGraph
from simulator.topology.history import GraphHistory
from simulator.words.errors import (
    ExtensionFailed,
    InternalFault,
    NodeUnavailable,
    SimulatorError,
)
from simulator.words.events import (
    ChainEvent,
    Event,
    InternalError,
    InvariantBroken,
    SecretRegistered,
)
from simulator.words.quoting import shortened, visible_line
from simulator.words.units import Address

logger = logging.getLogger(__name__)

MAX_ERROR_LENGTH = 1_000
MAX_FAULTS = 100
"""Of more faults than these only the journal tells: a world may live for weeks."""


T = TypeVar("T")
Steps = Generator[simpy.Event, Any, T]


class CallResult(Struct, Generic[T], frozen=True):
    """How a call ended: with a value or with an expected error."""

    value: T | None = None
    error: SimulatorError | None = None

    def unwrap(self) -> T:
        """Return the value, or raise the error."""
        if self.error is not None:
            raise self.error
        return self.value  # type: ignore[return-value]


def name_of_failure(error: Exception) -> str:
    """Return the class of the error that a call answers with when it ends like this."""
    if isinstance(error, simpy.Interrupt):
        return NodeUnavailable.__name__
    return type(error if isinstance(error, SimulatorError) else InternalFault()).__name__


class Planner(Protocol):
    """Somebody with plans, one for each node and token."""

    order: tuple[Address, Address]
    """Nodes plan in order of address, then of token."""

    def plan_in_turn(self) -> None:
        """Run the plan, now or when nobody else works in the token network."""


class World:
    """The environment of the nodes.

    What one event costs does not depend on how many nodes or token networks there are, but on how
    many have an interest in it.

    Args:
        settings: the rules.
        ledger: the chain.
        clock: virtual time.
        rng: the source of randomness.
        journal: the record of what happens.

    Attributes:
        networks: token networks by token.
        token_of: tokens by the address of their token network.
        graphs: peer graphs by token.
        past: the graphs as they were where the kept part of the journal begins.
        faults: the first exceptions that nobody expected.
        failed_extensions: the first failures of what users have added.
        broken: the first invariants that were found not to hold, where somebody checks them.
        on_block: told the events of a block when all nodes have taken them in.
        on_plan: told each plan that does something, with the name of its node and the facts.
        without_peers: by token, planners that a node more would be of use to.
        without_way: by node, others whose transfers may wait for it to come online.
        settling_with: by node, others who wait for it to settle a channel with them.
        pending_closes: those of all nodes.
        secrets: those on the chain.
        transport: carries messages between nodes.
        members: the nodes, in order of their numbers.
    """

    def __init__(
        self, settings: Settings, ledger: Ledger, clock: Clock, rng: Rng, journal: Journal
    ) -> None:
        self.settings = settings
        self.ledger = ledger
        self.clock = clock
        self.rng = rng
        self.journal = journal
        self.networks: dict[Address, TokenNetworkContract] = {}
        self.token_of: dict[Address, Address] = {}
        self._graph_of: dict[Address, PeerGraph] = {}
        self.graphs: dict[Address, PeerGraph] = {}
        self.without_peers: dict[Address, dict[Planner, None]] = {}
        self.faults: list[InternalError] = []
        self.failed_extensions: list[ExtensionFailed] = []
        self.broken: list[InvariantBroken] = []
        self.on_block: list[Callable[[Sequence[ChainEvent]], None]] = []
        self.on_plan: list[Callable[[str, Facts, Plan], None]] = []
        self.mempool = Mempool(
            ledger,
            clock,
            settings.transaction_timeout_seconds,
            settings.confirmation_blocks,
            self.record,
            self.deliver,
        )
        self.pending_closes = PendingCloses(self.mempool)
        self.secrets = Secrets()
        self.members: dict[Address, Member] = {}
        self.without_way: dict[Address, dict[WithoutWay, None]] = {}
        self.settling_with: dict[Address, dict[SettlingTogether, None]] = {}
        self.transport = Transport(clock, rng, self.members, settings.messages)
        self._planners: set[Planner] = set()
        self._newly_available: dict[Address, set[Address]] = {}
        self._plans_come = False
        self.past = GraphHistory()
        # before the parties are told: a node that plans finds the event in the graph
        journal.subscribe(self._tell_graphs, *KINDS)
        journal.subscribe_dropped(self.past.drop, *KINDS)

    def add_secret_registry(self, registry: SecretRegistryContract) -> None:
        """Know where secrets are registered, and learn of those that are from now on."""
        self.ledger.watch_secrets(registry.address)
        self.secrets.registry = registry
        self.journal.subscribe(self.secrets.take_in, SecretRegistered)

    def add_network(self, network: TokenNetworkContract) -> PeerGraph:
        """Know a token network from now on; its graph follows the events."""
        token = network.token.address
        self.ledger.watch(token, network.address)
        self.networks[token] = network
        self.without_peers[token] = {}
        online = [address for address, member in self.members.items() if member.online]
        graph = PeerGraph(token, network.address, self._on_available, online)
        self.graphs[token] = graph
        self.past.add_network(token, network.address)
        self.token_of[network.address] = token
        self._graph_of[network.address] = graph
        return graph

    @cached_property
    def atlas(self) -> Atlas:
        """What payers know of channels that are not their own, kept from when somebody asks."""
        return Atlas(self.graphs, self.members, self.journal, self.transport)

    @property
    def known_block(self) -> int:
        """The newest block whose events the nodes have handled: their own clock."""
        return self.clock.block_number - self.settings.confirmation_blocks

    @cached_property
    def numbers(self) -> Mapping[Address, int]:
        """The nodes' numbers."""
        return {address: number for number, address in enumerate(self.members)}

    def record(self, event: Event) -> None:
        """Put an event into the journal, which tells everybody concerned."""
        self.journal.record(event, *self.clock.moment())

    def _record_of_chain(self, event: ChainEvent, mined_at: float, transaction: int | None) -> None:
        # a deposit or a settlement names one end or none: the graph knows both, before it follows
        graph = self._graph_of.get(event.contract)
        ends = () if graph is None else graph.participants_of(event)
        now, block = self.clock.now, event.block_number
        self.journal.record(event, now, block, mined_at, ends, transaction)

    def _graph_about(self, event: Event) -> PeerGraph | None:
        if isinstance(event, ChainEvent):
            return self._graph_of.get(event.contract)
        token = getattr(event, "token", None)
        return None if token is None else self.graphs.get(token)

    def _tell_graphs(self, event: Event) -> None:
        """Let the graphs follow an event: its token network's, or all if it is about a node."""
        graph = self._graph_about(event)
        if graph is not None:
            graph.apply(event)
        else:
            for graph in self.graphs.values():
                graph.apply(event)

    def deliver(self, events: Sequence[tuple[ChainEvent, int | None]], mined_at: float) -> None:
        """Take in the events of a block, with their transactions' sequences.

        Args:
            events: those of a transaction that the mempool does not know have none.
            mined_at: when the block was mined, in virtual seconds.
        """
        for event, transaction in events:
            self._record_of_chain(event, mined_at, transaction)
        for callback in self.on_block:
            callback([event for event, _ in events])

    def plan_soon(self, planner: Planner) -> None:
        """Let a planner plan at the end of this instant, after everything that happens in it."""
        self._planners.add(planner)
        self._let_plans_come()

    def _let_plans_come(self) -> None:
        if not self._plans_come:
            self._plans_come = True
            self.clock.soon(self._run_plans)

    def _run_plans(self) -> None:
        self._plans_come = False
        self._wake_those_without_peers()
        # in a set they have no order, and the order decides who gets the last peer
        planners, self._planners = self._planners, set()
        for planner in sorted(planners, key=lambda p: p.order):
            planner.plan_in_turn()

    def _on_available(self, token: Address, node: Address) -> None:
        self._let_plans_come()
        self._newly_available.setdefault(token, set()).add(node)

    def _wake_those_without_peers(self) -> None:
        """Let those plan who wait for peers: once, however many have become available together."""
        news, self._newly_available = self._newly_available, {}
        for token, nodes in news.items():
            # nobody is a peer of its own
            self._planners.update(
                planner for planner in self.without_peers[token] if nodes != {planner.order[0]}
            )

    def spawn(self, node: Host, task: Callable[[], Steps[T]]) -> simpy.Process:
        """Start a process of a node; it always succeeds, with a `CallResult`.

        What it does, it does on behalf of whatever is in progress now.
        Expected errors end up in the result. Anything else is a fault of the simulator: it is
        logged with its traceback, recorded, and contained in this one call.
        """
        steps, cause = self.contained(node, task), self.journal.cause
        return self.clock.env.process(self.journal.on_behalf(cause, steps) if cause else steps)

    def contained(self, node: Host, task: Callable[[], Steps[T]]) -> Steps[CallResult[T]]:
        """Go through a task of a node; see `spawn`."""
        if not node.online:
            return CallResult(error=NodeUnavailable(node.name))
        try:
            return CallResult(value=(yield from task()))
        except simpy.Interrupt:
            return CallResult(error=NodeUnavailable(node.name))
        except ExtensionFailed as error:
            return self._extension_failed(node, error)
        except SimulatorError as error:
            return CallResult(error=error)
        except Exception as error:
            logger.exception("%s: internal fault", node.name)
            return self._fault(node, task, error)

    def attempt(self, node: Host, work: Callable[[], T]) -> CallResult[T]:
        """Do something of a node's that takes no time, contained as a process is."""
        try:
            return CallResult(value=work())
        except ExtensionFailed as error:
            return self._extension_failed(node, error)
        except Exception as error:
            logger.exception("%s: internal fault", node.name)
            return self._fault(node, work, error)

    def _extension_failed(self, node: Host, error: ExtensionFailed) -> CallResult[Any]:
        """Take down what users' code has done wrong.

        It is logged and no event: what a user's exception says may differ from run to run, and
        with it would the journal's digest.
        """
        if len(self.failed_extensions) < MAX_FAULTS:  # it may fail for every plan of weeks
            self.failed_extensions.append(error)
            logger.error("%s: %s", node.name, error)
        return CallResult(error=error)

    def _fault(self, node: Host, work: Callable[[], Any], error: Exception) -> CallResult[Any]:
        told = shortened(visible_line(repr(error)), MAX_ERROR_LENGTH)
        fault = InternalError(node.address, getattr(work, "__name__", "task"), told)
        if len(self.faults) < MAX_FAULTS:
            self.faults.append(fault)
        self.record(fault)
        return CallResult(error=InternalFault())
