"""What a tester can do to a world and a Raiden node can't: faults, money, time.

Scenario tasks, the control API and the Python API all call these functions. Those that take time
return a SimPy process that succeeds with a `CallResult`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import simpy
from msgspec.structs import replace

from simulator.chain.ledger import ContractCall
from simulator.chain.mempool import Fault
from simulator.node.node import Node
from simulator.node.orders import SECRET_LENGTH
from simulator.node.world import Steps, World
from simulator.payments.routing.routing import WHOLE, RoutingInvalid, routing_of
from simulator.words.errors import (
    ConfigurationError,
    InvalidRequest,
    NodeNotFound,
    TransactionFailed,
    UnknownTokenNetwork,
    check_whole,
)
from simulator.words.events import (
    EthBalanceSet,
    Event,
    FeesSet,
    GasPriceSet,
    MessagesSet,
    NetworkDivided,
    NodesSilenced,
    RoutingSet,
)
from simulator.words.options import is_remote
from simulator.words.units import UINT256_MAX, Address, checksum


@dataclass(frozen=True, slots=True)
class Left:
    """What is not done in a world: at rest, it won't be before somebody does something.

    Attributes:
        held: transactions that a fault holds back.
        pending: others that are in no block yet.
        unsettled: channels that are closed and not settled.
    """

    held: int
    pending: int
    unsettled: int

    def __bool__(self) -> bool:
        """Whether there is something."""
        return bool(self.held or self.pending or self.unsettled)

    def __str__(self) -> str:
        """Return it in a few words."""
        parts = (self.held, "held"), (self.pending, "pending"), (self.unsettled, "unsettled")
        return ", ".join(f"{count} {what}" for count, what in parts if count)


MAX_ADVANCE_BLOCKS = 1_000_000
MAX_ADVANCE_SECONDS = 100 * MAX_ADVANCE_BLOCKS
MIN_GAS_PRICE = 10**9
MAX_GAS_PRICE = 10**15
"""Wei for each unit of gas; the lowest is the chain's first base fee, below which nothing is
mined."""


class Controls:
    """A tester's hands on a world.

    Args:
        world: the environment.
        nodes: all nodes, by index.
        deployer: the account that mints.
    """

    name = "the tester"
    online = True

    def __init__(self, world: World, nodes: Sequence[Node], deployer: Address) -> None:
        self.address = deployer
        self._world = world
        self._nodes = nodes
        world.journal.subscribe(self._on_gas_price, GasPriceSet)

    def node(self, index: int) -> Node:
        """Return a node by its number.

        Raises:
            NodeNotFound: there is no such node.
        """
        if not 0 <= index < len(self._nodes):
            raise NodeNotFound(index, len(self._nodes))
        return self._nodes[index]

    def stop(self, index: int) -> None:
        """Stop a node: its calls end with 503, its transactions go on."""
        self.node(index).stop()

    def start(self, index: int) -> None:
        """Start a node again."""
        self.node(index).start()

    def crash(self, index: int) -> None:
        """End a node at once: its calls end with 503, what is in no block yet is lost."""
        self.node(index).crash()

    def back_up(self, index: int) -> None:
        """Put a copy of what a node has saved aside, in place of any earlier one."""
        self.node(index).disk.back_up()

    def lose_disk(self, index: int) -> None:
        """Crash a node, and let it lose what it has saved since its last back-up, or everything."""
        self.node(index).disk.lose()

    def _on_gas_price(self, event: Event) -> None:
        """Tell all nodes of a lower price: each may have waited for it."""
        if isinstance(event, GasPriceSet) and event.gas_price_wei < event.previous_wei:
            for node in self._nodes:
                node.go_on()

    def set_gas_price(self, wei: int | None = None, blocks: int | None = None) -> None:
        """Change what every transaction pays, for a number of blocks or for good.

        Args:
            wei: for each unit of gas, 10^9 to 10^15; None: the usual price.
            blocks: return to the usual price after so many blocks, 1 to 1,000,000.

        Raises:
            InvalidRequest: a value is out of range, or there are blocks without a price.
        """
        if wei is None and blocks is not None:
            raise InvalidRequest("blocks", "says nothing without wei")
        if wei is not None:
            _check_range("wei", wei, MIN_GAS_PRICE, MAX_GAS_PRICE)
        if blocks is not None:
            _check_range("blocks", blocks, 1, MAX_ADVANCE_BLOCKS)
        self._world.mempool.set_gas_price(wei, blocks)

    def set_fault(self, index: int, fault: Fault, blocks: int | None = None) -> None:
        """Hold back, drop or fail a node's transactions, for a number of blocks or for good.

        Raises:
            InvalidRequest: `blocks` is not from 1 to 1,000,000.
        """
        if blocks is not None:
            _check_range("blocks", blocks, 1, MAX_ADVANCE_BLOCKS)
        self._world.mempool.set_fault(self.node(index).address, fault, blocks)

    def set_messages(
        self,
        *indices: int,
        delay_seconds: float | None = None,
        spread: str | None = None,
        loss: float | None = None,
    ) -> None:
        """Change how messages travel; what is not given stays as it is.

        Args:
            indices: between which two nodes, or of which one; none: of all.
            delay_seconds: how long they take on average; see `LineConditions`.
            spread: how delays are spread.
            loss: the part of them that is lost. Without any of the three they travel as usual, or
                as those of others where nodes are named.

        Raises:
            InvalidRequest: a value can't be, or more than two nodes are named.
        """
        if len(set(indices)) != len(indices) or len(indices) > 2:
            raise InvalidRequest("nodes", "messages travel between two nodes, of one, or of all")
        nodes = tuple(self.node(index).address for index in indices)
        transport = self._world.transport
        conditions = None
        if (delay_seconds, spread, loss) != (None, None, None):
            conditions = transport.air.now(*nodes).but(delay_seconds, spread, loss)
        transport.air.set(conditions, *nodes)
        told = transport.air.now(*nodes)
        delay = f"{told.spread} {told.delay_seconds:g}" if told.delay_seconds else "none"
        self._world.record(MessagesSet(nodes, delay, f"{told.loss:g}"))
        transport.go_on_everywhere()

    def divide(self, groups: Sequence[Sequence[int]]) -> None:
        """Let nodes reach only those of their own group; no groups: everybody.

        Raises:
            InvalidRequest: a node is in two groups.
        """
        members = [[self.node(index).address for index in group] for group in groups]
        everybody = [node for group in members for node in group]
        if len(set(everybody)) != len(everybody):
            raise InvalidRequest("groups", "a node can be in one group only")
        names = tuple(" ".join(map(checksum, group)) for group in members)
        self._world.record(NetworkDivided(names))
        self._world.transport.air.divide(members)
        self._world.transport.go_on_everywhere()

    def silence(self, indices: Sequence[int]) -> None:
        """Let nodes take in what others tell them and say nothing themselves; none: all speak.

        What they have to say waits.
        """
        nodes = tuple(self.node(index).address for index in indices)
        if frozenset(nodes) == self._world.transport.air.silent:
            return
        self._world.record(NodesSilenced(nodes))
        self._world.transport.air.silence(nodes)
        self._world.transport.go_on_everywhere()

    def set_fees(
        self,
        index: int,
        partner: tuple[Address, Address] | None = None,
        *,
        flat: int | None = None,
        proportional: int | None = None,
        imbalance: int | None = None,
        capped: bool | None = None,
    ) -> None:
        """Change what a node takes for passing payments on; what is not given stays as it is.

        Args:
            index: whose.
            partner: in the channel with whom, and of which token, as token and partner; None: in
                all of which nothing was said.
            flat: tokens for each payment.
            proportional: parts per million of what is passed on.
            imbalance: parts per million of a channel's capacity.
            capped: whether it never takes less than nothing; of all channels only. Without any of
                the four it takes what it did at first, or, in a channel, what it takes elsewhere.

        Raises:
            InvalidRequest: a value can't be.
        """
        node = self.node(index)
        book = node.account.fees
        if partner is not None and capped is not None:
            raise InvalidRequest("capped", "is said of a node, and not of a channel")
        given = (flat, proportional, imbalance, capped)
        before = book.usual if partner is None else book.of(*partner)
        try:
            fees = None if given == (None,) * len(given) else before.but(*given).checked()
        except ConfigurationError as error:
            field, _, reason = str(error).removesuffix(".").partition(" ")
            raise InvalidRequest(field, reason) from None
        node.set_fees(fees, partner)
        book = node.account.fees
        now = book.usual if partner is None else book.of(*partner)
        told = (now.flat, now.proportional, now.imbalance, now.capped)
        self._world.record(FeesSet(node.address, partner or (), *told))

    def set_routing(self, index: int, **changes: str | int) -> None:
        """Change how a node finds the ways of its payments; what is not given stays as it is.

        Args:
            index: whose.
            changes: `policy` by its name, and the other parts of a `Routing`. Without any it finds
                them as it did at first.

        Raises:
            InvalidRequest: a value can't be, or the node pays direct partners only.
        """
        node = self.node(index)
        before = node.member.routing
        if before is None:
            mode = node.routing_mode
            raise InvalidRequest("routing", f"the node's mode is {mode}: it pays partners only")
        try:
            after = routing_of(replace(before, **changes)) if changes else None
        except RoutingInvalid as error:
            part = "policy" if error.part == WHOLE else error.part
            raise InvalidRequest(part, error.reason) from None
        except ConfigurationError as error:
            raise InvalidRequest("policy", str(error).removesuffix(".")) from None
        node.member.set_routing(after)
        now = node.member.routing
        assert now is not None  # noqa: S101 - it was there before
        more = (now.max_paths, now.fee_penalty, now.diversity_penalty)
        self._world.record(RoutingSet(node.address, now.policy_name, str(now.knowledge), *more))

    def register_secret(self, index: int, secret: bytes) -> simpy.Process:
        """Let a node register a secret on the chain, whatever it is of; done with the next block.

        Raises:
            InvalidRequest: it has not 32 bytes.
        """
        if len(secret) != SECRET_LENGTH:
            raise InvalidRequest("secret", f"must have {SECRET_LENGTH} bytes, not {len(secret)}")
        registry = self._world.secrets.registry
        assert registry is not None  # noqa: S101 - every world has one
        call = registry.register(self.node(index).address, [secret])
        return self._spawn(lambda: self._transact(call))

    def set_eth_balance(self, index: int, wei: int) -> simpy.Process:
        """Give a node exactly `wei`, in force with the next block."""
        return self.set_balance_of(self.node(index).address, wei)

    def set_balance_of(self, address: Address, wei: int) -> simpy.Process:
        """Give an account exactly `wei`, in force with the next block."""
        _check_range("wei", wei, 0, UINT256_MAX)

        def work() -> Steps[None]:
            yield self._world.mempool.set_eth_balance(address, wei)
            self._world.record(EthBalanceSet(address, wei))

        return self._spawn(work)

    def mint(self, index: int, token: Address, amount: int) -> simpy.Process:
        """Mint tokens into a node's wallet.

        Raises:
            UnknownTokenNetwork: the token is none of this world.
        """
        _check_range("amount", amount, 1, UINT256_MAX)
        target = self.node(index).address
        if token not in self._world.networks:
            raise UnknownTokenNetwork(checksum(token))
        call = self._world.networks[token].token.mint_for(self.address, amount, target)
        return self._spawn(lambda: self._transact(call))

    def _transact(self, call: ContractCall) -> Steps[None]:
        (receipt,) = yield self._world.mempool.submit([call])[0].submission.answers
        if not receipt.succeeded:
            raise TransactionFailed(call.function, receipt.reason)

    def advance_seconds(self, seconds: float) -> simpy.Process:
        """Let virtual time pass."""
        if not 0 <= seconds <= MAX_ADVANCE_SECONDS:
            raise InvalidRequest("seconds", f"must be within 0 to {MAX_ADVANCE_SECONDS}")

        def work() -> Steps[None]:
            yield self._world.clock.sleep(seconds)
            if is_remote(self._world.ledger.engine):  # others look at it past us
                self._world.mempool.catch_up()

        return self._spawn(work)

    def advance_blocks(self, blocks: int) -> simpy.Process:
        """Let time pass until so many more blocks are mined."""
        _check_range("blocks", blocks, 0, MAX_ADVANCE_BLOCKS)
        clock = self._world.clock
        at = clock.time_of_block(clock.block_number + blocks)
        return self.advance_seconds(max(0.0, at - clock.now))

    def wait_until_idle(self) -> simpy.Process:
        """Let time pass until nothing is left to do, automatic settlements included."""

        def work() -> Steps[None]:
            yield self._world.clock.idle()

        return self._spawn(work)

    def left(self) -> Left:
        """Return what is left to do in the world."""
        unsettled = {
            (token, channel.identifier)
            for node in self._nodes
            for token, channel in node.channels(None)
            if not channel.is_open
        }
        mempool = self._world.mempool
        return Left(mempool.held, mempool.waiting - mempool.held, len(unsettled))

    def _spawn(self, work: Callable[[], Steps[Any]]) -> simpy.Process:
        def in_foreground() -> Steps[Any]:
            with self._world.clock.foreground:
                return (yield from work())

        return self._world.spawn(self, in_foreground)


def _check_range(field: str, value: int, least: int, most: int) -> None:
    check_whole(field, value)
    if not least <= value <= most:
        raise InvalidRequest(field, f"must be within {least} to {most}, not {value}")
