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
from pathlib import Path
from time import perf_counter
from typing import Any

from simulator.chain.contract_sets import OURS, read
from simulator.evm.registry import DEFAULT_ENGINE
from simulator.node.dialects import (
    DEFAULT_DIALECT,
    DEFAULT_ROUTING_MODE,
    Dialect,
    RoutingMode,
)
from simulator.node.settings import Settings
from simulator.payments.conditions import LineConditions
from simulator.payments.fees import Fees
from simulator.payments.routing.routing import AnyRouting
from simulator.testnet.calls import PendingCall
from simulator.testnet.genesis import TokenDetails
from simulator.testnet.running import RunningTestnet
from simulator.testnet.simulation import (
    DEFAULT_ETH_BALANCE,
    DEFAULT_NODES,
    DEFAULT_TOKEN_BALANCE,
    Simulation,
)
from simulator.testnet.start_graph import StartGraph
from simulator.testnet.topology_argument import Topology, open_channels, start_graph
from simulator.topology.strategies import AnyStrategy
from simulator.words.units import parse_address

MAX_CALLS = 100
"""So many calls are remembered for a report."""


class Testnet(RunningTestnet):
    """A chain with contracts, nodes with full wallets, and a token network to join.

    Nothing happens until a call waits for its answer or time is advanced.

    Args:
        nodes: how many nodes, 1 to 10,000, and to 1,000,000 on the model; None: as many as the
            graph has that it starts from, be it from a file or said by its `nodes`, or 5.
        seed: decides keys, addresses and every random choice.
        topology: the network to start from, whose channels are opened and funded: the name of a
            shape (`star`, `line`, `ring`, `complete`, `grid`), what `topology` of a scenario file
            holds, a networkx graph, whose edges may carry deposits as those of `graph` do, or a
            function of your own that makes one.
        settings: block time, timeouts, confirmations.
        token_balance: tokens minted for each node, in the token's smallest unit.
        eth_balance: ETH of each node, in wei.
        dialects: API dialects, given to the nodes in turn.
        routing_modes: where `bespin` nodes find the ways of payments, given in turn too: `pfs`, or
            `private`, which pay direct partners only.
        strategies: whom to open channels with, given to the nodes in turn too: `random`,
            `highest_degree`, `lowest_degree`, what an installed package offers by name, or a
            function of your own, which takes a `PeerView`.
        tokens: how many tokens with token networks are deployed, 1 to 100.
        settle_timeouts: how many blocks channels that a node opens wait for settlement, given in
            turn; None: what the settings say.
        messages: how messages of a node travel, given in turn; None: as the settings say.
        fees: what nodes take for passing payments on, given in turn; None: as their dialect does.
        routing: how nodes find the ways of their payments, given in turn: `own`, `shortest`,
            `cheapest`, `most_capacity` or `pathfinding_service`, a mapping or a `Routing` that says
            more, or a function of your own, which takes a `RouteView`; None: as their dialect does.
        token_details: name, symbol and decimals of the first token.
        keep_journal: how many of the newest journal entries stay in memory, and the peer graph as
            it was before them; None: all.
        engine: what executes the contracts: pyevm, pyevm-interpreted, revm, pyevm-full, model (by
            their rules, without an EVM), or the URL of a development node that runs elsewhere.
        keep_blocks: how many of the newest blocks web3.py can see, with state, receipts and logs;
            None: all. The engine pyevm-full keeps all, a remote chain what it likes.
        contracts: a file of other contracts to deploy, in the format in which raiden-contracts
            publishes its own; None: the package's.
        max_token_networks: how many token networks there can be; None: any number.
        services: whether the contracts of Raiden's services are deployed too, such as the one for
            user deposits, and a token that services are paid with.

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
        routing_modes: Sequence[RoutingMode | str] = (DEFAULT_ROUTING_MODE,),
        strategies: Sequence[AnyStrategy] = ("random",),
        tokens: int = 1,
        settle_timeouts: Sequence[int | None] = (None,),
        messages: Sequence[LineConditions | None] = (None,),
        fees: Sequence[Fees | None] = (None,),
        routing: Sequence[AnyRouting | None] = (None,),
        token_details: TokenDetails | None = None,
        keep_journal: int | None = None,
        engine: str = DEFAULT_ENGINE,
        keep_blocks: int | None = None,
        contracts: Path | str | None = None,
        max_token_networks: int | None = None,
        services: bool = False,
    ) -> None:
        start: StartGraph | None = None
        if topology is not None:
            nodes, start = start_graph(topology, nodes)
        simulation = Simulation(
            DEFAULT_NODES if nodes is None else nodes,
            seed,
            settings=settings,
            token_balance=token_balance,
            eth_balance=eth_balance,
            dialects=dialects,
            routing_modes=routing_modes,
            strategies=strategies,
            tokens=tokens,
            settle_timeouts=settle_timeouts,
            messages=messages,
            fees=fees,
            routing=routing,
            token_details=token_details,
            keep_journal=keep_journal,
            engine=engine,
            keep_blocks=keep_blocks,
            contracts=OURS if contracts is None else read(Path(contracts)),
            max_token_networks=max_token_networks,
            services=services,
        )
        if start is not None:
            open_channels(simulation, start)
        super().__init__(simulation)
        self._calls: deque[PendingCall[Any]] = deque(maxlen=MAX_CALLS)
        # not as people see it, which would take as much memory as the channels themselves
        self._graph_before = simulation.world.graphs[parse_address(simulation.token)].copy()
        self._started = perf_counter()

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
        from simulator.testnet.report import write  # noqa: PLC0415 - costs a while, not for all

        wall_seconds = perf_counter() - self._started
        before = self._graph_before.snapshot([node.address for node in self._simulation.nodes])
        write(self._simulation, self._calls, before, wall_seconds, name, Path(directory))

    def _made(self, call: PendingCall[Any]) -> None:
        self._calls.append(call)
