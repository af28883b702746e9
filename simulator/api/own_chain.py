"""JSON-RPC about the testnet's own chain."""

from functools import cached_property
from typing import cast

from simulator.api.driver import Driver
from simulator.api.following import Following
from simulator.chain.evm_ledger import EvmLedger
from simulator.rpc.node import JsonRpcNode
from simulator.rpc.subscriber import Subscriber
from simulator.testnet.simulation import Simulation
from simulator.words.units import Address


class _World:
    """The world as the JSON-RPC node asks for it."""

    def __init__(self, testnet: Simulation, driver: Driver, following: Following) -> None:
        self._testnet = testnet
        self._driver = driver
        self._following = following

    def prepare(self) -> None:
        """Make the blocks that are due, before somebody looks."""
        self._driver.synchronize()
        self._testnet.world.mempool.catch_up()
        self._following.asked()

    def on_sent(self) -> None:
        """Have a block made for what was sent."""
        self._testnet.world.mempool.make_room()
        self._following.begin()
        self._driver.kick()

    async def mine(self, blocks: int) -> None:
        """Let so many blocks pass."""
        await self._driver.call(lambda: self._testnet.controls.advance_blocks(blocks), hurry=True)
        self.prepare()

    async def pass_seconds(self, seconds: int) -> None:
        """Let so many virtual seconds pass."""
        await self._driver.call(lambda: self._testnet.controls.advance_seconds(seconds), hurry=True)
        self.prepare()

    async def set_balance(self, account: bytes, wei: int) -> None:
        """Let an account have exactly so much ETH."""
        controls = self._testnet.controls
        await self._driver.call(lambda: controls.set_balance_of(Address(account), wei), hurry=True)


class OwnChain:
    """The testnet's own chain.

    Args:
        testnet: the world.
        driver: lets it live.
        following: lets blocks follow on what is sent.
    """

    def __init__(self, testnet: Simulation, driver: Driver, following: Following) -> None:
        self._testnet = testnet
        self._world = _World(testnet, driver, following)

    @cached_property
    def _node(self) -> JsonRpcNode:
        # made when somebody asks: it takes a while to know the accounts of all nodes by their keys
        ledger = cast("EvmLedger", self._testnet.ledger)
        assert ledger.chain is not None  # noqa: S101 - see `endpoint_of`
        assert ledger.pool is not None  # noqa: S101
        accounts = [key.private_key for key in self._testnet.accounts]
        return JsonRpcNode(ledger.chain, ledger.pool, ledger.signers, accounts, self._world)

    async def answer(self, body: bytes) -> str | None:
        """Answer a request or a batch."""
        return await self._node.answer(body)

    async def close(self) -> None:
        """Do nothing: whoever makes the world ends it."""

    def subscriber(self) -> Subscriber:
        """Begin a connection over which news are told."""
        return Subscriber(self._node)

    def prepare(self) -> None:
        """Make the blocks that are due."""
        self._world.prepare()
