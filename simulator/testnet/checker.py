"""Checks the invariants while a world lives.

What a check costs follows what a block was about: the parties of its events, and a few questions to
the chain.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from simulator.node.channels import ChannelBook
from simulator.node.node import Node
from simulator.node.plan import Facts, Plan
from simulator.node.world import World
from simulator.testnet.holders import Holders
from simulator.testnet.invariants import (
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
from simulator.testnet.payment_checker import PaymentChecker
from simulator.testnet.transfer_invariants import Finding
from simulator.words.events import (
    ChainEvent,
    ChannelOpened,
    ChannelSettled,
    InvariantBroken,
    TokensMoved,
    Unlocked,
)
from simulator.words.options import Check, is_remote
from simulator.words.units import ZERO_ADDRESS, Address, checksum

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

Report = Callable[[InvariantBroken], None]
"""Told what does not hold."""


def ignore(_: InvariantBroken) -> None:
    """Leave it to others to look at what was recorded."""


class Checker:
    """Checks a world's invariants while it lives, and records what does not hold.

    After a block, what nodes believe of the channels that it was about is compared, and the chain
    is asked what some of the wallets have whose tokens have moved. In a world of up to
    `SMALL_WORLD` nodes, so is what the token network has, which must be what is in the channels.
    Everything is counted now and then, after each block among few nodes, and at the end. What is
    sent in channels, `PaymentChecker` looks at.

    A remote chain is asked at the end only: each question takes as long as a transaction.

    Args:
        world: the environment.
        nodes: all nodes.
        holders: other accounts that hold tokens.
        check: when it is done.
        report: told what does not hold, each rule once.
    """

    def __init__(
        self,
        world: World,
        nodes: Sequence[Node],
        holders: Holders,
        check: Check = Check.EVERY_BLOCK,
        report: Report = ignore,
    ) -> None:
        self._world = world
        self._nodes = nodes
        self._by_address = {node.address: node for node in nodes}
        self._strangers = holders.strangers
        self.check = check
        self.report = report
        self._is_small = len(nodes) <= SMALL_WORLD
        self._asks = not is_remote(world.ledger.engine)
        self._followed: dict[Address, _RunningBooks] = {}
        if check is not Check.NEVER:
            self._payments = PaymentChecker(world, self._by_address, self._tell, check)
            world.on_plan.append(self._after_plan)
            world.on_block.append(self._after_block)

    def finish(self) -> None:
        """Check everything, unless nothing is to be checked.

        In the middle of a block not all need hold: nothing is checked then.
        """
        if self.check is not Check.NEVER and not self._world.clock.is_in_slot:
            self._payments.look()
            self._tell(of_everything(self._world, self._nodes, self._strangers))

    def _after_plan(self, name: str, facts: Facts, decision: Plan) -> None:
        try:
            check_plan(facts, decision)
        except InvariantViolated as error:
            self._tell(iter([(f"{name}: {error.rule}", error.found)]))

    def _after_block(self, events: Sequence[ChainEvent]) -> None:
        self._payments.look()
        by_contract: defaultdict[Address, list[Any]] = defaultdict(list)
        for event in events:
            by_contract[event.contract].append(event)
        token_of = self._world.token_of
        tokens = (token_of.get(contract, contract) for contract in by_contract)
        for token in dict.fromkeys(one for one in tokens if one in self._world.networks):
            moves = by_contract.get(token, [])
            if self.check.is_often:
                network = self._world.networks[token].address
                self._tell(self._of_token(token, by_contract.get(network, []), moves))

    def _of_token(
        self, token: Address, events: Sequence[Any], moves: Sequence[TokensMoved]
    ) -> Iterator[Finding]:
        """Check what a block was about: its channels, and then the wallets, or everything."""
        followed = self._followed.get(token)
        if followed is None:
            followed = _RunningBooks(self._world, token, self._by_address)
            self._followed[token] = followed
        last: dict[int, ChainEvent] = {
            event.channel_identifier: event for event in events if type(event) is not Unlocked
        }
        yield from followed.look_at(last)
        if not self._asks:
            return
        followed.follow(moves)
        followed.unchecked += len(last) + len(moves)
        # at or below FEW_NODES that is always so
        if followed.unchecked >= EVENTS_FOR_EACH_NODE * (len(self._nodes) - FEW_NODES):
            followed.unchecked = 0
            yield from of_token(self._world, token, self._nodes, self._strangers)
        elif moves and all_known(self._world):
            yield from followed.compare(moves)
            if self._is_small:
                yield from followed.count()

    def _tell(self, findings: Iterable[Finding]) -> None:
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


class _Books(dict[Address, "ChannelBook | None"]):
    """What nodes believe of their channels of a token; None: of an account without any.

    A node keeps its book for good, once it has one.
    """

    def __init__(self, token: Address, nodes: Mapping[Address, Node]) -> None:
        super().__init__()
        self._token = token
        self._nodes = nodes

    def __missing__(self, owner: Address) -> ChannelBook | None:
        """Ask a node, and remember what it has."""
        node = self._nodes.get(owner)
        book = None if node is None else node.book(self._token)
        if book is not None:
            self[owner] = book
        return book


class _RunningBooks:
    """What the blocks have told of a token so far, beside what nodes believe and the chain says.

    Attributes:
        unchecked: events since everything was counted.
    """

    def __init__(self, world: World, token: Address, nodes: Mapping[Address, Node]) -> None:
        self.unchecked = 0
        self._token = token
        self._nodes = nodes
        self._ledger = world.ledger
        self._network = world.networks[token]
        self._graph = world.graphs[token]
        self._edges = self._graph.edges
        self._books = _Books(token, nodes)
        self._balances: dict[Address, int] = {}
        self._capacities = {identifier: edge.capacity for identifier, edge in self._edges.items()}
        self._inside = sum(self._capacities.values())

    def look_at(self, last: Mapping[int, ChainEvent]) -> Iterator[Finding]:
        """Check channels after the last of a block's events about each, and take in their deposits.

        This is done for every channel of every block: it makes no detours while all is well.
        """
        edges, books, capacities = self._edges, self._books, self._capacities
        change = 0
        for identifier, event in last.items():
            edge = edges.get(identifier)
            if edge is not None and type(event) is not ChannelOpened:
                one, other = books[edge.one], books[edge.other]
                if one is not None and other is not None:
                    end, other_end = one.get(identifier), other.get(identifier)
                    if end is not None and other_end is not None and agree(end, other_end):
                        capacity = end.capacity
                        change += capacity - capacities.get(identifier, 0)
                        capacities[identifier] = capacity
                        continue
            found, capacity = self._of_channel(identifier, event)
            yield from found
            change += capacity - capacities.pop(identifier, 0)
            if capacity:
                capacities[identifier] = capacity
        self._inside += change

    def _of_channel(self, identifier: int, event: ChainEvent) -> tuple[Sequence[Finding], int]:
        """Check a channel in all it may lack; tell what is in it too."""
        nodes, token = self._nodes, self._token
        if type(event) is ChannelSettled:
            ends = (event.participant1, event.participant2)
            return of_settled(token, identifier, [nodes[end] for end in ends if end in nodes]), 0
        edge = self._edges[identifier]
        known = [nodes[end] for end in (edge.one, edge.other) if end in nodes]
        views = [(node, view_of(token, identifier, node)) for node in known]
        found = of_channel(token, identifier, views)
        if type(event) is ChannelOpened:
            for node in known:
                found = [*found, *of_partners(token, node)]
        view = views[0][1] if views else None
        return found, edge.capacity if view is None else view.capacity

    def follow(self, moves: Sequence[TokensMoved]) -> None:
        """Take in transfers from and to wallets that the chain was asked for once."""
        balances = self._balances
        for move in moves:
            if move.sender in balances:
                balances[move.sender] -= move.amount
            if move.receiver in balances:
                balances[move.receiver] += move.amount

    def count(self) -> Iterator[Finding]:
        """Compare what the token network has with what is in the channels, as `of_token` does."""
        if not self._network.token.is_ours:
            return
        locked = self._network.token.balance_of(self._ledger, self._network.address)
        yield from backed(self._token, locked, self._inside + self._graph.kept)

    def compare(self, moves: Iterable[TokensMoved]) -> Iterator[Finding]:
        """Ask the chain what some wallets have whose tokens have moved.

        Whether a token that somebody has brought along tells all its transfers, nobody knows.
        """
        if not self._network.token.is_ours:
            return
        passed = (ZERO_ADDRESS, self._network.address)
        ends = (end for move in moves for end in (move.sender, move.receiver) if end not in passed)
        some = dict.fromkeys(islice(ends, 2 * WALLETS_AT_ONCE))  # each may be there twice
        for wallet in islice(some, WALLETS_AT_ONCE):
            actual = self._network.token.balance_of(self._ledger, wallet)
            known = self._balances.get(wallet, actual)
            self._balances[wallet] = actual
            if actual != known:
                yield (
                    f"what {checksum(wallet)} has of {checksum(self._token)} came by transfers",
                    f"it has {actual}, and the transfers add up to {known}",
                )
