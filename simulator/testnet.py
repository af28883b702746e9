"""The Python API: a testnet in a few lines.

>>> from simulator import Testnet
>>> net = Testnet(nodes=5, seed=7)
>>> for node in net.nodes[:3]:
...     node.join(net.token, funds=100)
>>> net.run_until_idle()
>>> net.node(3).join(net.token, funds=100, initial_channel_target=4)
>>> sorted(net.node(3).deposits(net.token).values())
[15, 15, 15]
>>> net.node(4).join(net.token, funds=100)
>>> net.run_until_idle()
>>> sorted(net.node(3).deposits(net.token).values())
[15, 15, 15, 15]
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import networkx as nx
import simpy

from simulator.chain.engines.choice import DEFAULT_ENGINE
from simulator.chain.mempool import Fault
from simulator.errors import NodeNotFound
from simulator.genesis import TokenDetails
from simulator.handles import NodeHandle, PendingCall, wait_for
from simulator.journal import JournalView
from simulator.node.node import DEFAULT_DIALECT, Dialect
from simulator.node.world import Settings
from simulator.scenario.start_graph import StartGraph
from simulator.simulation import (
    DEFAULT_ETH_BALANCE,
    DEFAULT_NODES,
    DEFAULT_TOKEN_BALANCE,
    Simulation,
)
from simulator.starting import Topology, open_channels, start_graph
from simulator.topology.strategies import AnyStrategy
from simulator.units import checksum, parse_address

if TYPE_CHECKING:
    from web3 import Web3


@dataclass(frozen=True, slots=True)
class Gas:
    """What a node has used for one function of the contracts, on behalf of one task.

    Attributes:
        node: its number; None: the deployer.
        function: of the contracts.
        task: the call of the node that made it do so, such as `join`, or a scenario's task by its
            place in the file; empty for what the node did by itself, such as settling.
        calls: how many transactions were mined, reverted ones too.
        gas: units, all of them together.
    """

    node: int | None
    function: str
    task: str
    calls: int
    gas: int


MAX_CALLS = 100
"""So many calls are remembered for a report."""

AnyNode = int | str | NodeHandle
"""A node by its number, from 0, by its address, or itself."""


class Testnet:
    """A chain with contracts, nodes with full wallets, and a token network to join.

    Nothing happens until a call waits for its answer or time is advanced.

    Args:
        nodes: how many nodes, 1 to 10,000, and to 1,000,000 on the model; None: as many as the
            graph has that it starts from, or 5.
        seed: decides keys, addresses and every random choice.
        topology: the network to start from, whose channels are opened and funded: the name of a
            shape (`star`, `line`, `ring`, `complete`, `grid`), what `topology` of a scenario file
            holds, a networkx graph, whose edges may carry deposits as those of `graph` do, or a
            function of your own that makes one.
        settings: block time, timeouts, confirmations.
        token_balance: tokens minted for each node, in the token's smallest unit.
        eth_balance: ETH of each node, in wei.
        dialects: API dialects, given to the nodes in turn.
        strategies: whom to open channels with, given to the nodes in turn too: `random`,
            `highest_degree`, `lowest_degree`, what an installed package offers by name, or a
            function of your own, which takes a `PeerView`.
        tokens: how many tokens with token networks are deployed, 1 to 100.
        settle_timeouts: how many blocks channels that a node opens wait for settlement, given in
            turn; None: what the settings say.
        token_details: name, symbol and decimals of the first token.
        keep_journal: how many of the newest journal entries stay in memory, and the peer graph as
            it was before them; None: all.
        engine: what executes the contracts: pyevm, revm, pyevm-full, model (their rules without an
            EVM), or the URL of a development node that runs elsewhere.
        keep_blocks: how many of the newest blocks web3.py can see, with state, receipts and logs;
            None: all. The engine pyevm-full keeps all, a chain elsewhere what it likes.

    Raises:
        ConfigurationError: a value is out of range, or there is no such network to start from.
        SimulatorError: the network can't be paid for.
    """

    __test__ = False  # the name would make pytest collect it

    def __init__(  # noqa: PLR0913 - all but the first two by name
        self,
        nodes: int | None = None,
        seed: int = 0,
        *,
        topology: Topology | None = None,
        settings: Settings | None = None,
        token_balance: int = DEFAULT_TOKEN_BALANCE,
        eth_balance: int = DEFAULT_ETH_BALANCE,
        dialects: Sequence[Dialect] = (DEFAULT_DIALECT,),
        strategies: Sequence[AnyStrategy] = ("random",),
        tokens: int = 1,
        settle_timeouts: Sequence[int | None] = (None,),
        token_details: TokenDetails | None = None,
        keep_journal: int | None = None,
        engine: str = DEFAULT_ENGINE,
        keep_blocks: int | None = None,
    ) -> None:
        count, start = _start(topology, nodes)
        self._simulation = Simulation(
            count,
            seed,
            settings=settings,
            token_balance=token_balance,
            eth_balance=eth_balance,
            dialects=dialects,
            strategies=strategies,
            tokens=tokens,
            settle_timeouts=settle_timeouts,
            token_details=token_details,
            keep_journal=keep_journal,
            engine=engine,
            keep_blocks=keep_blocks,
        )
        if start is not None:
            open_channels(self._simulation, start)
        self._begin_record()

    @classmethod
    def of(cls, simulation: Simulation) -> "Testnet":
        """Return the face of a world that is there already, such as the one of a scenario's run."""
        made = cls.__new__(cls)
        made._simulation = simulation  # noqa: SLF001 - its own
        made._begin_record()  # noqa: SLF001
        return made

    def _begin_record(self) -> None:
        self._calls: deque[PendingCall[Any]] = deque(maxlen=MAX_CALLS)
        self._graph_before = self.graph()
        self._started = perf_counter()

    def __repr__(self) -> str:
        return f"<testnet of {len(self.nodes)} nodes, seed {self.seed}, at {self.now:g} s>"

    # -- who and what --------------------------------------------------------------------

    @property
    def seed(self) -> int:
        """What keys, addresses and every random choice follow from."""
        return self._simulation.seed

    @property
    def settings(self) -> Settings:
        """The rules of the world."""
        return self._simulation.settings

    @cached_property
    def nodes(self) -> list[NodeHandle]:
        """All nodes, by their numbers."""
        made = self._calls.append
        return [NodeHandle(self._simulation, node, made) for node in self._simulation.nodes]

    def node(self, which: AnyNode) -> NodeHandle:
        """Return a node by its number, from 0, or by its address.

        Raises:
            NodeNotFound: the testnet has no such node.
            InvalidAddress: the text is no EIP-55 address.
        """
        return self.nodes[self._number_of(which)]

    def _number_of(self, which: AnyNode) -> int:
        if isinstance(which, NodeHandle):
            which = which.address
        if isinstance(which, str):
            address = parse_address(which)
            if address not in self._numbers:
                raise NodeNotFound(which, len(self.nodes))
            return self._numbers[address]
        return self._simulation.controls.node(which).index

    @cached_property
    def _numbers(self) -> dict[bytes, int]:
        return {node.address: node.index for node in self._simulation.nodes}

    @property
    def tokens(self) -> list[str]:
        """The tokens' addresses, in order of deployment."""
        return self._simulation.tokens

    @property
    def token(self) -> str:
        """The first token's address."""
        return self._simulation.token

    # -- what came of it -----------------------------------------------------------------

    def graph(
        self, token: str | None = None, *, everything: bool = False, at: int | None = None
    ) -> "nx.Graph[str]":
        """Return a copy of a token network's peer graph; see `Simulation.graph`.

        Args:
            token: which; None: the first.
            everything: whether closed channels, the bootstrap address and nodes without channels
                are shown too.
            at: as it was right before the journal entry of this position; None: as it is now.

        Raises:
            UnknownTokenNetwork: the token is none of this testnet.
            InvalidRequest: the journal has fewer entries.
            NotKept: the entries since then are no longer kept.
        """
        return self._simulation.graph(token, everything=everything, at=at)

    @cached_property
    def journal(self) -> JournalView:
        """Everything that has happened, in order."""
        return JournalView(self._simulation.journal)

    @property
    def digest(self) -> str:
        """The journal's digest: the name of everything that has happened."""
        return self._simulation.digest

    @property
    def last_block_hash(self) -> str:
        """The hash of the newest block, in hexadecimal."""
        return self._simulation.last_block_hash

    @property
    def web3(self) -> "Web3":
        """A web3.py on the testnet's chain. Each of its transactions is a block of its own.

        Raises:
            ConfigurationError: the chain has no EVM.
        """
        return self._simulation.web3

    def gas(self, node: "AnyNode | None" = None) -> list[Gas]:
        """Return who has used how much gas, for what, and on whose behalf.

        Args:
            node: only of this one; None: of all.

        Returns:
            A row for each node, function of the contracts, and task.
        """
        wanted = None if node is None else self._number_of(node)
        rows = [
            Gas(self._numbers.get(use.sender), use.function, use.cause, use.calls, use.gas)
            for use in self._simulation.world.mempool.gas
        ]
        return [row for row in rows if wanted is None or row.node == wanted]

    def report(self, directory: Path | str, name: str = "A testnet in Python") -> None:
        """Write a report into a folder: the same files as `simulator run --report` leaves.

        The calls that were made of the nodes are its tasks, of many the newest 100. There is no
        scenario to replay: the program itself does the run again.

        Args:
            directory: where to; it is made if need be.
            name: what it is called.

        Raises:
            ConfigurationError: a file can't be written.
        """
        from simulator.python_report import write  # noqa: PLC0415 - pictures cost a second

        wall_seconds = perf_counter() - self._started
        before = self._graph_before
        write(self._simulation, self._calls, before, wall_seconds, name, Path(directory))

    def check_invariants(self, other_wallets: Sequence[str] = ()) -> None:
        """Check that tokens are conserved and both ends of every channel agree.

        Args:
            other_wallets: accounts beside the nodes' that hold tokens, if you gave them some.

        Raises:
            InvariantViolated: the simulator is wrong; please report the seed.
        """
        self._simulation.check_invariants(other_wallets)

    # -- time ----------------------------------------------------------------------------

    @property
    def now(self) -> float:
        """Virtual seconds since the start."""
        return self._simulation.now

    @property
    def block_number(self) -> int:
        """The number of the newest block."""
        return self._simulation.block_number

    def run_until_idle(self) -> None:
        """Let time pass until nothing is left to do, automatic settlements included.

        Raises:
            ExtensionFailed: a strategy of your own does not do what it should.
        """
        self._simulation.world.clock.run()
        if failed := self._simulation.world.failed_extensions:
            raise failed[0]
        faults = self._simulation.world.faults
        if faults:
            raise RuntimeError(f"internal fault of {checksum(faults[0].node)}: {faults[0].error}")

    def advance(self, *, seconds: float = 0, blocks: int = 0) -> None:
        """Let time pass, with everything that happens in it.

        Raises:
            InvalidRequest: a negative or excessive span.
        """
        controls = self._simulation.controls
        if seconds:
            self._wait(controls.advance_seconds(seconds))
        if blocks:
            self._wait(controls.advance_blocks(blocks))
        self._simulation.world.mempool.catch_up()

    # -- a tester's hands ----------------------------------------------------------------

    def mint(self, node: AnyNode, amount: int, token: str | None = None) -> None:
        """Mint tokens into a node's wallet."""
        of = parse_address(token or self.token)
        self._wait(self._simulation.controls.mint(self._number_of(node), of, amount))

    def set_eth_balance(self, node: AnyNode, wei: int) -> None:
        """Give a node exactly `wei`."""
        self._wait(self._simulation.controls.set_eth_balance(self._number_of(node), wei))

    def set_fault(self, node: AnyNode, fault: Fault | str, blocks: int | None = None) -> None:
        """Hold back, drop or fail a node's transactions; see `Fault`."""
        self._simulation.controls.set_fault(self._number_of(node), Fault(fault), blocks)

    def set_gas_price(self, wei: int | None = None, blocks: int | None = None) -> None:
        """Change what every transaction pays for each unit of gas; None: the usual price."""
        self._simulation.controls.set_gas_price(wei, blocks)

    def _wait(self, process: simpy.Process) -> None:
        wait_for(self._simulation.world, process)


def _start(topology: Topology | None, nodes: int | None) -> tuple[int, StartGraph | None]:
    """Return how many nodes there are, and what opens the channels of the network."""
    if nodes is None:
        nodes = len(topology) if isinstance(topology, nx.Graph) else DEFAULT_NODES
    return nodes, None if topology is None else start_graph(topology, nodes)
