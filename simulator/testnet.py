"""The Python API: a testnet in a few lines.

>>> from simulator.testnet import Testnet
>>> net = Testnet(nodes=5, seed=7)
>>> for index in range(3):
...     net.node(index).join(net.token, funds=100)
>>> net.run_until_idle()
>>> net.node(3).join(net.token, funds=100, initial_channel_target=4)
>>> net.node(3).deposits(net.token)
[15, 15, 15]
>>> net.node(4).join(net.token, funds=100)
>>> net.run_until_idle()
>>> net.node(3).deposits(net.token)
[15, 15, 15, 15]
"""

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import networkx as nx
import simpy

from simulator import genesis
from simulator.chain.ledgers import DEFAULT_ENGINE, check_engine, max_nodes, new_ledger, web3_of
from simulator.chain.mempool import Fault
from simulator.clock import Clock
from simulator.controls import Controls
from simulator.errors import (
    ConfigurationError,
    InvalidRequest,
    UnknownTokenNetwork,
    check_range,
    check_whole,
)
from simulator.events import ChainEvent
from simulator.garbage import collect_rarely_with, collecting_rarely
from simulator.genesis import TokenDetails
from simulator.handles import NodeHandle, wait_for
from simulator.invariants import check_world
from simulator.journal import Journal
from simulator.node.node import Dialect, Node
from simulator.node.world import Settings, World
from simulator.rng import Rng
from simulator.topology.graph import ChannelGraph
from simulator.topology.strategies import STRATEGIES, Strategy
from simulator.units import UINT256_MAX, Address, checksum, parse_address

if TYPE_CHECKING:
    from web3 import Web3

DEFAULT_TOKEN_BALANCE = 10**24
DEFAULT_ETH_BALANCE = 10**20
MAX_TOKENS = 100


class Testnet:
    """A chain with contracts, nodes with full wallets, and a token network to join.

    Args:
        nodes: how many nodes, 1 to 10,000, and to 1,000,000 on the model.
        seed: decides keys, addresses and every random choice.
        settings: block time, timeouts, confirmations.
        token_balance: tokens minted for each node, in the token's smallest unit.
        eth_balance: ETH of each node, in wei.
        dialects: API dialects, given to the nodes in turn.
        strategies: whom to open channels with, names from `STRATEGIES`, given in turn too.
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
        ConfigurationError: a value is out of range.
    """

    __test__ = False  # the name would make pytest collect it

    @collecting_rarely()
    def __init__(  # noqa: PLR0913 - all but the first two by name
        self,
        nodes: int = 5,
        seed: int = 0,
        *,
        settings: Settings | None = None,
        token_balance: int = DEFAULT_TOKEN_BALANCE,
        eth_balance: int = DEFAULT_ETH_BALANCE,
        dialects: Sequence[Dialect] = (Dialect.ALDERAAN,),
        strategies: Sequence[str] = ("random",),
        tokens: int = 1,
        settle_timeouts: Sequence[int | None] = (None,),
        token_details: TokenDetails | None = None,
        keep_journal: int | None = None,
        engine: str = DEFAULT_ENGINE,
        keep_blocks: int | None = None,
    ) -> None:
        check_engine(engine)
        check_range("nodes", nodes, 1, max_nodes(engine))
        check_range("tokens", tokens, 1, MAX_TOKENS)
        collect_rarely_with(self, nodes)
        check_range("token_balance", token_balance, 0, UINT256_MAX // (nodes + 1))
        check_range("eth_balance", eth_balance, 0, UINT256_MAX // (nodes + 2))
        check_range("seed", seed, -(2**63), 2**64 - 1)
        for name, keep in (("keep_blocks", keep_blocks), ("keep_journal", keep_journal)):
            if keep is not None:
                check_range(name, keep, 1, UINT256_MAX)
        _check_not_empty(dialects=dialects, settle_timeouts=settle_timeouts)
        chosen = _chosen(strategies)
        self.seed = seed
        self.settings = settings or Settings()
        block_time = self.settings.block_time
        rng = Rng(seed)
        deployer_key = genesis.derive_key(rng, "deployer")
        node_keys = [genesis.derive_key(rng, "node", index) for index in range(nodes)]
        wallets = [key.address for key in node_keys]
        deployer = deployer_key.address
        self.ledger = new_ledger(
            engine,
            [deployer_key, *node_keys],
            {deployer: genesis.DEPLOYER_WEI, **dict.fromkeys(wallets, eth_balance)},
            block_time,
            keep_blocks,
        )
        details = [TokenDetails.usual(number) for number in range(tokens)]
        details[0] = token_details or details[0]
        self.deployment, networks = genesis.set_up(
            self.ledger, deployer, wallets, details, token_balance, block_time, keep_blocks
        )
        clock = Clock(block_time, self.ledger.head)
        self.journal = Journal(seed, keep_journal)
        self.world = World(self.settings, self.ledger, clock, rng, self.journal)
        for network in networks:
            self.world.add_network(network)
        self.nodes = [
            Node(
                self.world,
                index,
                key,
                chosen[index % len(chosen)],
                dialects[index % len(dialects)],
                settle_timeouts[index % len(settle_timeouts)],
            )
            for index, key in enumerate(node_keys)
        ]
        self.controls = Controls(self.world, self.nodes, deployer)
        self.ledger.on_foreign_blocks = self._foreign_blocks
        for node in self.nodes:
            node.start()

    # -- who and what --------------------------------------------------------------------

    def node(self, index: int) -> NodeHandle:
        """Return a node by its number, from 0."""
        return NodeHandle(self.world, self.controls.node(index))

    @property
    def tokens(self) -> list[str]:
        """The tokens' addresses, in order of deployment."""
        return [checksum(token) for token in self.world.networks]

    @property
    def token(self) -> str:
        """The first token's address."""
        return checksum(next(iter(self.world.networks)))

    def graph(
        self, token: str | None = None, *, everything: bool = False, at: int | None = None
    ) -> "nx.Graph[str]":
        """Return a copy of a token network's peer graph; see `ChannelGraph.snapshot`.

        Args:
            token: which; None: the first.
            everything: whether closed channels and the bootstrap address are shown too.
            at: as it was when the journal had so many entries, that is, right before the entry of
                this position; None: as it is now.

        Raises:
            UnknownTokenNetwork: the token is none of this testnet.
            InvalidRequest: the journal has fewer entries.
            NotKept: the entries since then are no longer kept.
        """
        text = token or self.token
        address = parse_address(text)
        if address not in self.world.graphs:
            raise UnknownTokenNetwork(text)
        graph = self.world.graphs[address] if at is None else self._past_graph(address, at)
        return graph.snapshot(everything=everything)

    def _past_graph(self, token: Address, at: int) -> ChannelGraph:
        journal = self.journal
        check_whole("at", at)
        if not 0 <= at <= journal.count:
            raise InvalidRequest(
                "at", f"{at} is not within 0 to {journal.count}, the entries so far"
            )
        journal.must_be_kept(at)
        events = (entry.event for entry in journal.part(journal.oldest, at))
        return self.world.past.after(token, events)

    @property
    def digest(self) -> str:
        """The journal's digest: the name of everything that has happened."""
        return self.journal.digest

    @property
    def last_block_hash(self) -> str:
        """The hash of the newest block, in hexadecimal."""
        self.world.mempool.catch_up()
        return "0x" + self.ledger.head_hash.hex()

    @cached_property
    def web3(self) -> "Web3":
        """A web3.py on the testnet's chain. Each of its transactions is a block of its own.

        Raises:
            ConfigurationError: the chain has no EVM.
        """
        return web3_of(self.ledger, self.world.mempool.catch_up)

    def check_invariants(self, other_wallets: Sequence[str] = ()) -> None:
        """Check that tokens are conserved and both ends of every channel agree.

        Args:
            other_wallets: accounts beside the nodes' that hold tokens, if you gave them some.

        Raises:
            InvariantViolated: the simulator is wrong; please report the seed.
        """
        wallets = [self.deployment.deployer, *map(parse_address, other_wallets)]
        check_world(self.world, self.nodes, wallets)

    # -- time ----------------------------------------------------------------------------

    @property
    def now(self) -> float:
        """Virtual seconds since the start."""
        return self.world.clock.now

    @property
    def block_number(self) -> int:
        """The number of the newest block."""
        return self.world.clock.block_number

    def run_until_idle(self) -> None:
        """Let time pass until nothing is left to do, automatic settlements included."""
        self.world.clock.run()
        self._raise_faults()

    def advance(self, *, seconds: float = 0, blocks: int = 0) -> None:
        """Let time pass, with everything that happens in it.

        Raises:
            InvalidRequest: a negative or excessive span.
        """
        if seconds:
            self._wait(self.controls.advance_seconds(seconds))
        if blocks:
            self._wait(self.controls.advance_blocks(blocks))
        self.world.mempool.catch_up()

    # -- a tester's hands ----------------------------------------------------------------

    def mint(self, index: int, amount: int, token: str | None = None) -> None:
        """Mint tokens into a node's wallet."""
        self._wait(self.controls.mint(index, parse_address(token or self.token), amount))

    def set_eth_balance(self, index: int, wei: int) -> None:
        """Give a node exactly `wei`."""
        self._wait(self.controls.set_eth_balance(index, wei))

    def set_fault(self, index: int, fault: Fault | str, blocks: int | None = None) -> None:
        """Hold back, drop or fail a node's transactions; see `Fault`."""
        self.controls.set_fault(index, Fault(fault), blocks)

    def set_gas_price(self, wei: int | None = None, blocks: int | None = None) -> None:
        """Change what every transaction pays for each unit of gas; None: the usual price."""
        self.controls.set_gas_price(wei, blocks)

    def _wait(self, process: simpy.Process) -> None:
        wait_for(self.world, process)

    def _raise_faults(self) -> None:
        if self.world.faults:
            fault = self.world.faults[0]
            raise RuntimeError(f"internal fault of {checksum(fault.node)}: {fault.error}")

    def _foreign_blocks(self, numbers: range, events: Sequence[ChainEvent]) -> None:
        self.world.clock.shift_blocks(len(numbers))
        self.world.mempool.foreign_block(numbers[0], events)


def _chosen(names: Sequence[str]) -> list[Strategy]:
    if not names or not set(names) <= STRATEGIES.keys():
        known = ", ".join(STRATEGIES)
        raise ConfigurationError(f"strategies must name at least one of {known}, and no other.")
    return [STRATEGIES[name] for name in names]


def _check_not_empty(**given: Sequence[object]) -> None:
    for name, values in given.items():
        if not values:
            raise ConfigurationError(
                f"{name} must hold at least one, since nodes get them in turn."
            )
