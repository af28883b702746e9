"""A whole simulated world: a chain with contracts, nodes on it, and a tester's hands.

This is what the scenario runner, the HTTP server and the Python API drive. `Testnet` is the face
that users see of it.
"""

from collections.abc import Sequence
from functools import cached_property
from itertools import count, cycle
from typing import TYPE_CHECKING, Any

import networkx as nx

from simulator.chain.contract_sets import OURS, ContractSet
from simulator.chain.contracts import SecretRegistryContract, Token, TokenNetworkContract
from simulator.chain.keys import Key
from simulator.chain.ledger import Ledger
from simulator.chain.ledgers import (
    max_nodes,
    new_ledger,
    web3_of,
)
from simulator.chain.registry import TokenNetworkRegistryContract
from simulator.chain.user_deposit import UserDepositContract
from simulator.evm.parameters import ChainIdentity
from simulator.evm.registry import DEFAULT_ENGINE
from simulator.kernel.clock import Clock
from simulator.kernel.journal import Journal
from simulator.kernel.rng import Rng
from simulator.node.dialects import (
    DEFAULT_DIALECT,
    DEFAULT_ROUTING_MODE,
    Dialect,
    RoutingMode,
)
from simulator.node.node import Node
from simulator.node.options import NodeOptions
from simulator.node.settings import Settings
from simulator.node.world import World
from simulator.onchain.notifications import Notifications
from simulator.onchain.token_networks import TokenNetworks
from simulator.onchain.user_deposits import UserDeposits
from simulator.payments.conditions import LineConditions
from simulator.payments.fees import Fees
from simulator.payments.routing.routing import AnyRouting, routings_of
from simulator.system.garbage import collect_rarely_with, collecting_rarely
from simulator.testnet import genesis
from simulator.testnet.arguments import (
    check_amounts,
    check_kept,
    check_lists,
    check_types,
)
from simulator.testnet.checker import Checker, Report, ignore
from simulator.testnet.controls import Controls
from simulator.testnet.deploying import TokenDeployer
from simulator.testnet.genesis import TokenDetails, WhatToDeploy
from simulator.testnet.holders import Holders
from simulator.testnet.invariants import check_world
from simulator.testnet.presence import Presence
from simulator.topology.choice import Strategy
from simulator.topology.graph import ChannelGraph
from simulator.topology.strategies import AnyStrategy, strategies_of
from simulator.words.errors import (
    InvalidRequest,
    NoServices,
    UnknownTokenNetwork,
    check_range,
    check_whole,
)
from simulator.words.events import ChainEvent
from simulator.words.options import Check, is_remote
from simulator.words.units import Address, checksum, parse_address
from simulator.workloads.workloads import Workloads

if TYPE_CHECKING:
    from web3 import Web3

DEFAULT_NODES = 5
DEFAULT_TOKEN_BALANCE = 10**24
DEFAULT_ETH_BALANCE = 10**20


class Simulation:
    """A chain with contracts, nodes with full wallets, and a token network to join.

    Args:
        nodes: how many nodes, 1 to 10,000, and to 1,000,000 on the model.
        seed: decides keys, addresses and every random choice.
        settings: block time, timeouts, confirmations.
        token_balance: tokens minted for each node, in the token's smallest unit.
        eth_balance: ETH of each node, in wei.
        dialects: API dialects, given to the nodes in turn.
        routing_modes: where `bespin` nodes find the ways of payments, given in turn too.
        strategies: whom to open channels with, names or functions of a user's, given in turn too.
        tokens: how many tokens with token networks are deployed, 1 to 100.
        settle_timeouts: how many blocks channels that a node opens wait for settlement, given in
            turn; None: what the settings say.
        messages: how messages of a node travel, given in turn; None: as the settings say.
        fees: what nodes take for passing payments on, given in turn; None: as their dialect does.
        routing: how nodes find the ways of their payments, names of policies, mappings with more,
            or functions of a user's, given in turn; None: as their dialect does.
        token_details: name, symbol and decimals of the first token.
        keep_journal: how many of the newest journal entries stay in memory, and the peer graph as
            it was before them; None: all.
        engine: what executes the contracts: pyevm, pyevm-interpreted, revm, pyevm-full, model (by
            their rules, without an EVM), or the URL of a development node that runs elsewhere.
        keep_blocks: how many of the newest blocks web3.py can see, with state, receipts and logs;
            None: all. The engine pyevm-full keeps all, a chain elsewhere what it likes.
        contracts: what is deployed.
        max_token_networks: how many token networks there can be; None: any number.
        services: whether the contracts of Raiden's services are deployed too, and a token that
            services are paid with.
        accounts: further accounts with as much ETH and as many tokens as a node; a chain elsewhere
            has given them ETH or not.

    Raises:
        ConfigurationError: a value is out of range.

    Attributes:
        checker: checks the invariants, if `watch` has asked for it.
        token_deployer: deploys tokens that have no token network.
        token_networks: what nodes ask of the registry.
        notifications: what nodes have to tell their users.
        presence: how long nodes have been online.
        workloads: payments that are made by themselves.
    """

    @collecting_rarely()
    def __init__(  # noqa: PLR0913 - all but the first two by name
        self,
        nodes: int = DEFAULT_NODES,
        seed: int = 0,
        *,
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
        contracts: ContractSet = OURS,
        max_token_networks: int | None = None,
        services: bool = False,
        accounts: Sequence[Key] = (),
    ) -> None:
        what = WhatToDeploy(contracts, max_token_networks, services)
        what.check(engine)
        check_range("nodes", nodes, 1, max_nodes(engine))
        collect_rarely_with(self, nodes)
        check_amounts(nodes, seed, tokens, token_balance, eth_balance)
        check_kept(keep_blocks=keep_blocks, keep_journal=keep_journal)
        check_lists(dialects=dialects, routing_modes=routing_modes, messages=messages)
        check_lists(settle_timeouts=settle_timeouts, fees=fees)
        check_types(settings, messages, fees)
        chosen, found = strategies_of(strategies), routings_of(routing)
        self.seed = seed
        self.settings = settings or Settings()
        self.accounts = tuple(accounts)
        block_time = self.settings.block_time
        rng = Rng(seed)
        deployer_key, *node_keys = genesis.derive_keys(rng, nodes)
        self.ledger = self._new_ledger(engine, deployer_key, node_keys, eth_balance, keep_blocks)
        deployer, *wallets = (key.address for key in (deployer_key, *node_keys, *accounts))
        self.deployment, networks = genesis.set_up(
            *(self.ledger, deployer, wallets, TokenDetails.of_all(tokens, token_details)),
            *(token_balance, block_time, keep_blocks, what),
        )
        self.first_block, self.journal = self.ledger.head, Journal(seed, keep_journal)
        clock = Clock(block_time, self.first_block)
        self.world = World(self.settings, self.ledger, clock, rng, self.journal)
        self._know(networks, contracts)
        options = (chosen, dialects, settle_timeouts, routing_modes, fees, found)
        turns = zip(count(), node_keys, *map(cycle, options), strict=False)
        self.nodes = [self._new_node(*turn) for turn in turns]
        self._let_messages_travel(messages)
        self._let_testers_in(wallets[:nodes])
        self.ledger.on_foreign_blocks = self._foreign_blocks
        for node in self.nodes:
            node.start()

    def _new_ledger(
        self,
        engine: str,
        deployer: Key,
        nodes: Sequence[Key],
        eth_balance: int,
        keep_blocks: int | None,
    ) -> Ledger:
        # what people have on a chain that runs elsewhere is none of our business
        wealthy = nodes if is_remote(engine) else (*nodes, *self.accounts)
        wei = {key.address: eth_balance for key in wealthy}
        return new_ledger(
            engine,
            [deployer, *nodes],
            {deployer.address: genesis.DEPLOYER_WEI, **wei},
            self.settings.block_time,
            keep_blocks,
            ChainIdentity(self.settings.chain_id, self.settings.genesis_time),
        )

    def _new_node(
        self,
        index: int,
        key: Key,
        strategy: Strategy,
        dialect: str,
        settle_timeout: int | None,
        routing_mode: str,
        *more: Any,
    ) -> Node:
        words = Dialect(dialect), settle_timeout, RoutingMode(routing_mode)
        return Node(self.world, index, key, NodeOptions(strategy, *words, *more))

    def _let_testers_in(self, wallets: Sequence[Address]) -> None:
        """Make what testers have beside the nodes."""
        deployment = self.deployment
        self.controls = Controls(self.world, self.nodes, deployment.deployer)
        self.workloads = Workloads(self.world, self.nodes, self.controls)
        self.token_deployer = TokenDeployer(self.world, deployment, wallets)
        self.checker = self._new_checker(Check.NEVER, ignore)

    def _let_messages_travel(self, messages: Sequence[LineConditions | None]) -> None:
        """Decide how messages of single nodes travel."""
        if any(messages):
            for node in self.nodes:
                conditions = messages[node.index % len(messages)]
                if conditions is not None:
                    self.world.transport.air.set_usual(node.address, conditions)

    def _know(self, networks: Sequence[TokenNetworkContract], contracts: ContractSet) -> None:
        """Let the nodes know the contracts that have been deployed."""
        registry = SecretRegistryContract(self.deployment.secret_registry, contracts)
        self.world.add_secret_registry(registry)
        for network in networks:
            self.world.add_network(network)
        registries = TokenNetworkRegistryContract(self.deployment.registry, contracts)
        self.token_networks = TokenNetworks(self.world, registries)
        others = (key.address for key in self.accounts)
        self.holders = Holders(self.world, [self.deployment.deployer, *others])
        self.notifications = Notifications(self.world)
        self.presence = Presence(self.world)

    @property
    def user_deposits(self) -> UserDeposits:
        """What nodes have put aside for services.

        Raises:
            NoServices: there are no contracts of services.
        """
        services = self.deployment.services
        if services is None:
            raise NoServices
        token = Token(services.token, self.deployment.contracts)
        return UserDeposits(self.world, UserDepositContract(services.user_deposit), token)

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
            everything: whether closed channels, the bootstrap address and nodes without channels
                are shown too.
            at: as it was when the journal had so many entries, that is, right before the entry of
                this position; None: as it is now.

        Raises:
            UnknownTokenNetwork: the token is none of this world.
            InvalidRequest: the journal has fewer entries.
            NotKept: the entries since then are no longer kept.
        """
        text = token or self.token
        address = parse_address(text)
        if address not in self.world.graphs:
            raise UnknownTokenNetwork(text)
        graph = self.world.graphs[address] if at is None else self._past_graph(address, at)
        return graph.snapshot([node.address for node in self.nodes], everything=everything)

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

    def balance(self, index: int, token: Address) -> int:
        """Return the tokens in a node's wallet."""
        network = self.world.networks[token]
        return network.token.balance_of(self.ledger, self.controls.node(index).address)

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
        """A web3.py on the world's chain. Each of its transactions is a block of its own.

        Raises:
            ConfigurationError: the chain has no EVM.
        """
        return web3_of(self.ledger, self.world.mempool.catch_up)

    def check_invariants(self) -> None:
        """Check that tokens are conserved and both ends of every channel agree.

        Raises:
            InvariantViolated: the simulator is wrong; please report the seed.
        """
        check_world(self.world, self.nodes, self.holders.strangers)

    def watch(self, check: Check, report: Report = ignore) -> None:
        """Check the invariants from now on; to be called once.

        Args:
            check: when.
            report: told what does not hold, each rule once.
        """
        self.checker = self._new_checker(check, report)

    def _new_checker(self, check: Check, report: Report) -> Checker:
        return Checker(self.world, self.nodes, self.holders, check, report)

    @property
    def now(self) -> float:
        """Virtual seconds since the start."""
        return self.world.clock.now

    @property
    def block_number(self) -> int:
        """The number of the newest block."""
        return self.world.clock.block_number

    def _foreign_blocks(self, numbers: range, events: Sequence[ChainEvent]) -> None:
        self.world.clock.shift_blocks(len(numbers))
        self.world.mempool.foreign_block(numbers[0], events)
