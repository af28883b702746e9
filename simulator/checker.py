"""Checks the invariants while a world lives.

What a check costs follows what a block was about: the parties of its events, and a few questions to
the chain.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any, cast

from simulator.events import (
    ChainEvent,
    ChannelClosed,
    ChannelOpened,
    ChannelSettled,
    Deposited,
    Event,
    InvariantBroken,
    TokensMoved,
)
from simulator.invariants import (
    Finding,
    InvariantViolated,
    agree,
    all_known,
    backed,
    check_plan,
    of_channel,
    of_everything,
    of_partners,
    of_settled,
    of_token,
    view_of,
)
from simulator.node.node import Node
from simulator.node.plan import Facts, Plan
from simulator.node.world import World
from simulator.options import Check, is_elsewhere
from simulator.units import ZERO_ADDRESS, Address, checksum

SMALL_WORLD = 300
"""Up to so many nodes, what is in the channels is counted after every block."""

FEW_NODES = 8
"""Up to so many nodes, everything is."""

EVENTS_FOR_EACH_NODE = 100
"""With more nodes everything is counted once in so many events for each: then an event's part of
that does not grow with the world."""

WALLETS_AT_ONCE = 4
"""Wallets that the chain is asked for after a block: each costs a call of the contract."""

MAX_FOUND = 100
"""Of more that doesn't hold nobody is told: what goes wrong once may go wrong in every block."""

KINDS = (ChannelOpened, Deposited, ChannelClosed, ChannelSettled, TokensMoved)
"""The events after which something may not hold any more."""


Report = Callable[[InvariantBroken], None]
"""Told what does not hold."""


def ignore(_: InvariantBroken) -> None:
    """Leave it to others to look at what was recorded."""


class Checker:
    """Checks a world's invariants while it lives, and records what does not hold.

    After a block, what nodes believe of the channels that it was about is compared, and the chain
    is asked what some of the wallets have whose tokens have moved. In a world of up to
    `SMALL_WORLD` nodes, so is what the token network has, which must be what is in the channels.
    Everything is counted now and then, after each block among few nodes, and at the end.

    A chain elsewhere is asked at the end only: each question takes as long as a transaction.

    Args:
        world: the environment.
        nodes: all nodes.
        extra_wallets: other accounts that hold tokens (the deployer).
        check: when it is done.
        report: told what does not hold, each rule once.
    """

    def __init__(
        self,
        world: World,
        nodes: Sequence[Node],
        extra_wallets: Sequence[Address],
        check: Check = Check.EVERY_BLOCK,
        report: Report = ignore,
    ) -> None:
        self._world = world
        self._nodes = nodes
        self._by_address = {node.address: node for node in nodes}
        self._strangers = dict.fromkeys(extra_wallets)
        self.check = check
        self.report = report
        self._is_small = len(nodes) <= SMALL_WORLD
        self._asks = not is_elsewhere(world.ledger.engine)
        self._block: list[Any] = []  # chain events
        self._accounts: dict[Address, _Account] = {}
        if check is not Check.NEVER:
            world.on_plan.append(self._after_plan)
            world.journal.subscribe(self._note_stranger, TokensMoved)
        if check is Check.EVERY_BLOCK:
            world.journal.subscribe(self._block.append, *KINDS)
            world.on_block.append(self._after_block)

    def finish(self) -> None:
        """Check everything, unless nothing is to be checked.

        In the middle of a block not all need hold: nothing is checked then.
        """
        if self.check is not Check.NEVER and not self._world.clock.is_in_slot:
            self._tell(of_everything(self._world, self._nodes, self._strangers))

    def _note_stranger(self, event: Event) -> None:
        receiver = cast("TokensMoved", event).receiver
        if receiver not in self._by_address and receiver not in self._world.token_of:
            self._strangers[receiver] = None

    def _after_plan(self, name: str, facts: Facts, decision: Plan) -> None:
        try:
            check_plan(facts, decision)
        except InvariantViolated as error:
            self._tell(iter([(f"{name}: {error.rule}", error.found)]))

    def _after_block(self) -> None:
        events = self._block.copy()
        self._block.clear()
        self._tell(self._of_block(events))

    def _of_block(self, events: Sequence[ChainEvent]) -> Iterator[Finding]:
        """Check the token networks that events are about."""
        token_of = self._world.token_of
        by_token: dict[Address, tuple[dict[int, ChainEvent], list[TokensMoved]]] = {}
        for event in events:
            token = token_of.get(event.contract, event.contract)
            last, moves = by_token.setdefault(token, ({}, []))
            if type(event) is TokensMoved:
                moves.append(event)
            else:
                last[event.channel_identifier] = event  # type: ignore[attr-defined]
        for token, (last, moves) in by_token.items():
            account = self._account(token)
            for identifier, event in last.items():
                found, capacity = self._of_channel(token, identifier, event)
                yield from found
                if account is not None and self._is_small:
                    account.put(identifier, capacity)
            if account is not None:
                yield from self._of_account(account, moves, len(last) + len(moves))

    def _account(self, token: Address) -> "_Account | None":
        """Return what is known of a token; None where the chain is not asked."""
        if not self._asks:
            return None
        if token not in self._accounts:
            self._accounts[token] = _Account(self._world, token)
        return self._accounts[token]

    def _of_account(
        self, account: "_Account", moves: Sequence[TokensMoved], events: int
    ) -> Iterator[Finding]:
        """Compare what has moved with what the chain says, or everything if that is due."""
        account.follow(moves)
        account.unchecked += events
        if account.unchecked >= EVENTS_FOR_EACH_NODE * (len(self._nodes) - FEW_NODES):
            account.unchecked = 0
            yield from of_token(self._world, account.token, self._nodes, self._strangers)
        elif moves and all_known(self._world):
            yield from account.compare(moves)
            if self._is_small:
                yield from account.count()

    def _of_channel(
        self, token: Address, identifier: int, event: ChainEvent
    ) -> tuple[Sequence[Finding], int]:
        """Check a channel after the last of a block's events about it; tell what is in it too."""
        nodes = self._by_address
        if type(event) is ChannelSettled:
            ends = (event.participant1, event.participant2)
            return of_settled(token, identifier, [nodes[end] for end in ends if end in nodes]), 0
        edge = self._world.graphs[token].edges[identifier]
        one, other = nodes.get(edge.one), nodes.get(edge.other)
        if one is not None and other is not None and type(event) is not ChannelOpened:
            end, other_end = view_of(token, identifier, one), view_of(token, identifier, other)
            if end is not None and other_end is not None and agree(end, other_end):
                return (), end.own_deposit + end.partner_deposit  # as nearly always
        known = [node for node in (one, other) if node is not None]
        views = [(node, view_of(token, identifier, node)) for node in known]
        found = of_channel(token, identifier, views)
        if type(event) is ChannelOpened:
            for node in known:
                found = [*found, *of_partners(token, node)]
        view = views[0][1] if views else None
        return found, edge.capacity if view is None else view.own_deposit + view.partner_deposit

    def _tell(self, findings: Iterator[Finding]) -> None:
        found = list(islice(findings, MAX_FOUND))
        if not found:
            return
        broken = self._world.broken
        for rule, instead in found:
            if len(broken) < MAX_FOUND and all(rule != other.rule for other in broken):
                event = InvariantBroken(self._world.clock.block_number, rule, instead)
                broken.append(event)
                self._world.record(event)
                self.report(event)


class _Account:
    """What transfers and channels tell of a token, beside what the chain says.

    Attributes:
        unchecked: events since everything was counted.
    """

    def __init__(self, world: World, token: Address) -> None:
        self.token = token
        self.unchecked = 0
        self._world = world
        self._network = world.networks[token]
        self._balances: dict[Address, int] = {}
        self._capacities = {
            identifier: edge.capacity for identifier, edge in world.graphs[token].edges.items()
        }
        self._deposits = sum(self._capacities.values())

    def put(self, identifier: int, capacity: int) -> None:
        """Take in what is in a channel."""
        before = self._capacities.pop(identifier, 0)
        if capacity:
            self._capacities[identifier] = capacity
        self._deposits += capacity - before

    def follow(self, moves: Sequence[TokensMoved]) -> None:
        """Take in transfers from and to wallets that the chain was asked for once."""
        balances = self._balances
        for move in moves:
            if move.sender in balances:
                balances[move.sender] -= move.amount
            if move.receiver in balances:
                balances[move.receiver] += move.amount

    def count(self) -> Iterator[Finding]:
        """Compare what the token network has with what is in the channels."""
        locked = self._network.token.balance_of(self._world.ledger, self._network.address)
        yield from backed(self.token, locked, self._deposits)

    def compare(self, moves: Sequence[TokensMoved]) -> Iterator[Finding]:
        """Ask the chain what some wallets have whose tokens have moved."""
        ends = dict.fromkeys(end for move in moves for end in (move.sender, move.receiver))
        wallets = [end for end in ends if end not in (ZERO_ADDRESS, self._network.address)]
        for wallet in wallets[:WALLETS_AT_ONCE]:
            actual = self._network.token.balance_of(self._world.ledger, wallet)
            known = self._balances.get(wallet, actual)
            self._balances[wallet] = actual
            if actual != known:
                yield (
                    f"what {checksum(wallet)} has of {checksum(self.token)} came by transfers",
                    f"it has {actual}, and the transfers add up to {known}",
                )
