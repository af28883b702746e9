"""The graph that a testnet starts from: its channels are opened and funded before all else."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from itertools import islice
from pathlib import Path
from random import Random
from typing import Annotated, Any

import simpy
from pydantic import Field

from simulator.chain.contracts import APPROVE, GAS_LIMITS, OPEN_WITH_DEPOSIT
from simulator.forms.own_code import Named
from simulator.forms.part import Part, Problem
from simulator.forms.values import Amount, FromWord
from simulator.node.by_hand import deposit, open_channel
from simulator.node.node import Node
from simulator.node.settings import Settings
from simulator.node.world import CallResult, Steps
from simulator.system import extensions
from simulator.testnet.simulation import Simulation
from simulator.topology import formats, generators
from simulator.topology.amounts import Amounts
from simulator.topology.file_graph import GraphChannel, Network
from simulator.topology.own_graphs import Generator
from simulator.words.errors import AssertionFailed, ConfigurationError, SimulatorError
from simulator.words.units import Address, parse_address

STREAM = "topology"
"""The name of the random stream that graphs are drawn from."""

GRAPHS = {
    **{name: shape.description for name, shape in generators.SHAPES.items()},
    **formats.FILE_TYPES,
}
"""Every type of graph, and what it looks like."""

AMOUNTS = ("file_deposits", "scale", "at_least", "at_most", "first_share")
"""The parameters that say how what a file says about money becomes deposits."""

TAKES: dict[object, tuple[str, ...]] = {
    **{name: shape.takes for name, shape in generators.SHAPES.items()},
    **dict.fromkeys(formats.FILE_TYPES, ("file", *AMOUNTS)),
}
"""The parameters that say something about a type of graph."""

NEEDS: dict[object, tuple[str, ...]] = {
    **TAKES,
    **{name: shape.needs for name, shape in generators.SHAPES.items()},
    **dict.fromkeys(formats.FILE_TYPES, ("file",)),
}
"""Those that it can't do without."""


SNAPSHOT_LIKE = "snapshot_like"
"""The type of graph whose capacities can be drawn."""

NODES = "nodes"
"""What all graphs take that are made for a number of nodes: those of files bring theirs."""


GraphType = Annotated[str | Generator, Named(extensions.GENERATOR, GRAPHS, Generator)]


class TopologyPart(Part):
    """The graph to start from.

    Its channels are really opened and funded, by hand and all at once, before the root task runs.
    Random graphs are drawn from the seed.
    """

    type: GraphType = Field(description="what the graph looks like, or a generator of your own")
    nodes: Annotated[int, Field(ge=1, le=generators.MAX_NODES)] | None = Field(
        default=None,
        description="that the graph is made of only so many nodes, the first ones, and the others "
        "start without channels; by default of all; not for files",
    )
    columns: Annotated[int, Field(ge=1, le=generators.MAX_NODES)] | None = Field(
        default=None,
        description="`grid`: how many nodes in a row; by default as square as possible",
    )
    probability: Annotated[float, Field(ge=0, le=1), FromWord] | None = Field(
        default=None,
        description="`random`: of each channel; `small_world`: that an end is moved",
    )
    neighbours: Annotated[int, Field(ge=2)] | None = Field(
        default=None, description="`small_world`: how many each node has in the ring; even"
    )
    attachments: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="`scale_free`: how many channels a node comes with"
    )
    mean_degree: Annotated[float, Field(ge=2, le=1000), FromWord] | None = Field(
        default=None,
        description="`snapshot_like`: how many channels a node has on average, about; by default "
        "9.043",
    )
    median_capacity: Annotated[int, Field(ge=1, le=10**30)] | None = Field(
        default=None,
        description="`snapshot_like`: the median of the channels' lognormal capacities, of which "
        "both ends put in half; by default all get `deposit` and `partner_deposit`",
    )
    capacity_spread: Annotated[float, Field(ge=0, le=10), FromWord] = Field(
        default=1.88,
        description="`snapshot_like`: the standard deviation of the logarithm of the capacities",
    )
    file: str | None = Field(
        default=None,
        description="types of files: where it is, seen from the scenario file; nodes get their "
        "numbers in the file's order, unless all carry theirs as `node`",
    )
    file_deposits: bool | None = Field(
        default=None,
        description="types of files: whether the deposits and capacities of the file are used, "
        "which they are by default",
    )
    scale: Annotated[float, Field(gt=0, le=10**30), FromWord] | None = Field(
        default=None,
        description="types of files: what their amounts are multiplied by; less than one token is "
        "dropped",
    )
    at_least: Amount | None = Field(
        default=None,
        description="types of files: what both ends of a channel put in together where the file, "
        "scaled, has less",
    )
    at_most: Amount | None = Field(
        default=None, description="types of files: what they put in together where it has more"
    )
    first_share: Annotated[float, Field(ge=0, le=1), FromWord] | None = Field(
        default=None,
        description="types of files: how much of a `capacity` the first end puts in, if the file "
        "does not say whose it is; by default half",
    )
    deposit: Amount = Field(
        default=0,
        description="what the end with the lower number puts into each channel for which a file "
        "has no deposits of its own",
    )
    partner_deposit: Amount = Field(
        default=0, description="what the other end puts into each of them"
    )

    accept_share: Annotated[float, Field(ge=0, le=1), FromWord] = Field(
        default=0.0,
        description="how much of what a node has in the graph's channels it may put, in all, into "
        "channels that others open with it later, as an answer to their deposits, though it has "
        "not joined; it opens none by itself",
    )

    def rules(self) -> Iterable[Iterable[Problem]]:
        """Return what checks each parameter that is about some types of graphs only."""
        names = (
            NODES,
            "columns",
            "probability",
            "neighbours",
            "attachments",
            "mean_degree",
            "file",
            *AMOUNTS,
        )
        return [*(self._about(name) for name in names), self._clipped(), self._drawn_amounts()]

    def _drawn_amounts(self) -> Iterable[Problem]:
        drawn = {"median_capacity", "capacity_spread"} & self.model_fields_set
        if self.type != SNAPSHOT_LIKE:
            for name in sorted(drawn):
                yield (name,), f"says nothing about a graph of type {self.type}"
        elif self.median_capacity is None:
            for name in sorted(drawn):
                yield (name,), "says nothing without median_capacity"
        else:
            for name in sorted({"deposit", "partner_deposit"} & self.model_fields_set):
                yield (name,), "says nothing: with median_capacity deposits are drawn"

    def _clipped(self) -> Iterable[Problem]:
        if self.at_most is not None and (self.at_least or 0) > self.at_most:
            yield ("at_least",), f"is more than at_most, which is {self.at_most}"

    def _about(self, name: str) -> Iterable[Problem]:
        """Yield that a parameter is missing, or says nothing about graphs of this type."""
        given = getattr(self, name) is not None
        is_made = name == NODES and self.type not in formats.FILE_TYPES
        if given and not is_made and name not in TAKES.get(self.type, ()):
            yield (name,), f"says nothing about a graph of type {self.type}"
        elif not given and name in NEEDS.get(self.type, ()):
            yield (name,), f"is missing: a graph of type {self.type} needs it"

    def check(self, nodes: int) -> None:
        """Check whether there is such a graph, without drawing one.

        Raises:
            ConfigurationError: there is none.
        """
        if self.nodes is not None and self.nodes > nodes:
            raise ConfigurationError(f"nodes is {self.nodes}, but there are only {nodes}.")
        nodes = self.nodes or nodes
        generators.check_size(nodes)
        shape = generators.SHAPES.get(self.type) if isinstance(self.type, str) else None
        if shape is not None:
            check = shape.check or shape.make
            check(nodes, **self._given(check))

    def _given(self, function: Callable[..., object]) -> dict[str, object]:
        """Return the parameters that a function of the graph's is told."""
        return {name: getattr(self, name) for name in generators.parameters_of(function)}

    def made(self, nodes: int, stream: Random) -> Network:
        """Return the graph, unless it comes from a file.

        Args:
            nodes: how many nodes there are.
            stream: the source of randomness.

        Raises:
            ConfigurationError: there is no such graph.
            ExtensionFailed: a generator of the user's does not do what it should.
        """
        nodes = self.nodes or nodes
        if isinstance(self.type, Generator):
            return self.type(nodes, stream)
        shape = generators.SHAPES[self.type]
        drawn = {} if shape.check is None else {"stream": stream}
        edges = shape.make(nodes, **self._given(shape.make), **drawn)
        if self.median_capacity is None:
            return Network(tuple(GraphChannel(*edge) for edge in edges))
        deposits = generators.lognormal_deposits(
            len(edges), self.median_capacity, self.capacity_spread, stream
        )
        return Network(
            tuple(GraphChannel(*edge, own) for edge, own in zip(edges, deposits, strict=True))
        )

    def read(self, folder: Path, nodes: int | None) -> Network | None:
        """Return the graph that comes from a file; None if it comes from none.

        Args:
            folder: where relative paths start.
            nodes: how many nodes there are; None: that is not known.

        Raises:
            ConfigurationError: the file cannot be used.
        """
        if self.type not in formats.FILE_TYPES:
            return None
        return formats.read(folder / (self.file or ""), str(self.type), nodes, self._amounts())

    def _amounts(self) -> Amounts:
        usual = Amounts()
        return Amounts(
            used=self.file_deposits is not False,
            scale=usual.scale if self.scale is None else Fraction(str(self.scale)),
            at_least=self.at_least or 0,
            at_most=self.at_most,
            first_share=usual.first_share
            if self.first_share is None
            else Fraction(str(self.first_share)),
        )

    def says_nothing(self, network: Network) -> Iterable[Problem]:
        """Yield what is said about deposits and changes nothing, whatever the file has."""
        if network.channels and all(channel.deposits for channel in network.channels):
            for name in sorted({"deposit", "partner_deposit"} & self.model_fields_set):
                yield (name,), "says nothing: the file has deposits of its own for every channel"
        if not any(channel.deposits for channel in network.channels):
            for name in [name for name in AMOUNTS[1:] if getattr(self, name) is not None]:
                yield (name,), "says nothing: no deposits or capacities of the file are used"


@dataclass(frozen=True, slots=True)
class StartGraph:
    """The graph that a testnet starts from, and how its channels are opened.

    Attributes:
        part: what it looks like.
        network: the graph, if it comes from a file; others are made when the run's seed is known.
    """

    part: TopologyPart
    network: Network | None = None

    def open(self, net: Simulation) -> Steps[None]:
        """Open all channels as their owners would, and fund both sides.

        All at once, unless there are more than blocks can take before senders lose patience: then
        one begins where another is done.

        Raises:
            SimulatorError: somebody has not got the tokens or the ETH, or the graph that is drawn
                has too many channels.
        """
        network = self.network
        if network is None:
            network = self.part.made(len(net.nodes), net.world.rng.stream(STREAM))
        usual = (self.part.deposit, self.part.partner_deposit)
        channels = [
            replace(channel, deposits=channel.deposits or usual) for channel in network.channels
        ]
        _check_tokens(net, channels)
        openings = _Openings(net, channels)
        if channels:
            yield openings.begin(_most_at_once(net.settings, net.ledger.slot_gas))
        if openings.failures:
            raise openings.failures[0]
        if self.part.accept_share:
            for node in net.nodes:
                node.accept(parse_address(net.token), Fraction(str(self.part.accept_share)))


def _most_at_once(settings: Settings, slot_gas: int) -> int:
    """Return how many channels can wait for a block without one of them waiting for too long."""
    blocks = settings.transaction_timeout_seconds // settings.block_time // 2
    calls = (APPROVE, OPEN_WITH_DEPOSIT)
    return max(1, blocks) * (slot_gas // sum(GAS_LIMITS[call] for call in calls))


class _Openings:
    """Opens channels, a number of them at a time: there may be hundreds of thousands.

    Nobody waits for one of them, so none has a process of its own beside its nodes' calls.

    Args:
        net: the world.
        channels: which; their deposits are known.

    Attributes:
        failures: of the calls that failed, in order.
    """

    def __init__(self, net: Simulation, channels: Sequence[GraphChannel]) -> None:
        self.failures: list[SimulatorError] = []
        self._journal = net.journal
        self._cause = net.journal.cause
        self._clock = net.world.clock
        self._nodes = net.nodes
        self._token = parse_address(net.token)
        self._left = iter(channels)
        self._count = len(channels)
        self._over = self._clock.env.event()

    def begin(self, at_once: int) -> simpy.Event:
        """Begin with some; what is returned succeeds when all channels are open, or failed."""
        for channel in islice(self._left, at_once):
            self._open(channel)
        return self._over

    def _open(self, channel: GraphChannel) -> None:
        opener, partner, then = self._nodes[channel.opener], channel.partner, self._go_on
        own, others = channel.deposits or (0, 0)
        if isinstance(partner, int):
            there = self._nodes[partner]
            partner = there.address
            if others:
                then = partial(self._fund, there, opener.address, others)

        opening = partial(
            open_channel,
            partner=partner,
            settle_timeout_blocks=channel.settle_timeout_blocks,
            total_deposit=own,
        )
        opener.let(self._token, opening, then)

    def _fund(self, node: Node, partner: Address, amount: int, opened: CallResult[Any]) -> None:
        """Let the other end deposit into a channel that is open, if it is."""
        if opened.error is not None:
            self._go_on(opened)
            return
        with self._journal.acting_for(self._cause):
            funding = partial(deposit, partner=partner, total_deposit=amount)
            node.let(self._token, funding, self._go_on)

    def _go_on(self, done: CallResult[Any]) -> None:
        """Open another one in the place of one that is done with."""
        if done.error is not None:
            self.failures.append(done.error)
        self._count -= 1
        if self._count == 0:
            self._over.succeed()
        elif (channel := next(self._left, None)) is not None:
            with self._journal.acting_for(self._cause):
                self._open(channel)


def _check_tokens(net: Simulation, channels: Iterable[GraphChannel]) -> None:
    needed = [0] * len(net.nodes)
    for channel in channels:
        own, others = channel.deposits or (0, 0)
        needed[channel.opener] += own
        if isinstance(channel.partner, int):
            needed[channel.partner] += others
    most = max(needed)
    there = net.balance(needed.index(most), parse_address(net.token))
    if most > there:
        raise AssertionFailed(f"node {needed.index(most)} needs {most} tokens but has {there}")
