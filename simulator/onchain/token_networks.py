"""Token networks that come while the world lives: whoever registers a token, all nodes know it."""

import simpy

from simulator.chain.registry import StrangersToken, TokenNetworkRegistryContract
from simulator.node.account import Account
from simulator.node.node import Node
from simulator.node.transactions import Intent
from simulator.node.world import Steps, World
from simulator.words.errors import InvalidRequest, TooManyTokenNetworks
from simulator.words.events import Event, TokenNetworkCreated
from simulator.words.units import ZERO_ADDRESS, Address, checksum


class TokenNetworks:
    """What nodes know of a registry of token networks, and ask of it.

    Args:
        world: the environment.
        registry: the contract.
    """

    def __init__(self, world: World, registry: TokenNetworkRegistryContract) -> None:
        self._world = world
        self._registry = registry
        world.ledger.watch_registry(registry.address)
        world.journal.subscribe(self._take_in, TokenNetworkCreated)

    def _take_in(self, event: Event) -> None:
        """Know a token network from now on."""
        if isinstance(event, TokenNetworkCreated):
            token = StrangersToken(event.token, self._registry.contracts)
            network = self._registry.network(self._world.ledger, token, event.token_network)
            self._world.add_network(network)

    def register(self, node: Node, token: Address) -> simpy.Process:
        """Let a node create a token's network; see `_register`. The value is its address."""
        return node.in_turn(lambda: self._register(node.account, token))

    def _register(self, account: Account, token: Address) -> Steps[Address]:
        """Create a token's network, and wait until that is mined.

        Raises:
            InvalidRequest: there is no such token, or it has a token network.
            TooManyTokenNetworks: the registry has no room for another one.
            InsufficientEth: the ETH does not cover the transaction.
            TransactionTimedOut, TransactionFailed: it was late, or somebody else was faster.
        """
        self._check(token)
        intent = Intent(self._registry.create(account.address, token), token)
        yield from account.outbox.send_all([intent])
        return self._registry.network_of(self._world.ledger, token)

    def _check(self, token: Address) -> None:
        ledger, named = self._world.ledger, checksum(token)
        if token == ZERO_ADDRESS:
            raise InvalidRequest("token_address", "the zero address is no token")
        if self._registry.network_of(ledger, token) != ZERO_ADDRESS:
            raise InvalidRequest("token_address", f"{named} has a token network already")
        if not StrangersToken(token, self._registry.contracts).is_there(ledger):
            reason = f"there is no ERC-20 token at {named}, or none with a supply"
            raise InvalidRequest("token_address", reason)
        most = self._registry.most_networks(ledger)
        if self._registry.count(ledger) >= most:
            raise TooManyTokenNetworks(most)
