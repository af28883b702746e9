"""What must hold after every block, across nodes; checked apart from the code that it checks."""

from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence

from simulator.node.channels import ChannelBook, ChannelEntry
from simulator.node.node import Node
from simulator.node.plan import Facts, JoinDeposit, OpenBootstrap, OpenWithDeposit, Plan
from simulator.node.world import World
from simulator.payments.messages import ChannelKey
from simulator.testnet.transfer_invariants import Finding, of_transfers
from simulator.words.units import Address, checksum


class InvariantViolated(AssertionError):
    """The simulator broke one of its own promises: a bug.

    Attributes:
        rule: what should hold.
        found: what does instead.
    """

    def __init__(self, rule: str, found: str = "") -> None:
        super().__init__(rule, found)
        self.rule = rule
        self.found = found

    def __str__(self) -> str:
        return f"this does not hold: {self.rule}" + (f" ({self.found})" if self.found else "")


Books = Mapping[Address, tuple[Node, ChannelBook | None]]
"""What each node believes of its channels in one token network."""


def check_world(world: World, nodes: Sequence[Node], extra_wallets: Iterable[Address]) -> None:
    """Check tokens and channels of a whole world.

    Args:
        world: the environment.
        nodes: all nodes.
        extra_wallets: other accounts that hold tokens (the deployer).

    Raises:
        InvariantViolated: with the first rule that does not hold.
    """
    for finding in of_everything(world, nodes, extra_wallets):
        raise InvariantViolated(*finding)


def of_everything(
    world: World, nodes: Sequence[Node], extra_wallets: Iterable[Address]
) -> Iterator[Finding]:
    """Check tokens and channels of a whole world; see `check_world`."""
    for token in world.networks:
        yield from of_token(world, token, nodes, extra_wallets)


def of_token(
    world: World, token: Address, nodes: Sequence[Node], extra_wallets: Iterable[Address]
) -> Iterator[Finding]:
    """Check a token and its token network.

    Of a token that somebody has brought along only the channels: nobody knows who else has some,
    nor whether it tells the truth.
    """
    network = world.networks[token]
    books = {node.address: (node, node.book(token)) for node in nodes}
    is_ours, locked = network.token.is_ours, 0
    if is_ours:
        locked = network.token.balance_of(world.ledger, network.address)
        wallets = {*books, *extra_wallets} - {network.address}
        held = sum(network.token.balance_of(world.ledger, wallet) for wallet in wallets)
        yield from conserved(world, token, held + locked)
    inside = yield from _of_books(world, token, books)
    for edge in world.graphs[token].edges.values():
        if edge.one not in books and edge.other not in books:  # whose channel no node knows
            inside += edge.capacity
    if is_ours and all_known(world):
        yield from backed(token, locked, inside + world.graphs[token].kept)


def conserved(world: World, token: Address, found: int) -> Iterator[Finding]:
    """Check that wallets and token network have together what was minted."""
    minted = world.networks[token].token.total_supply(world.ledger)
    if found != minted:
        yield (
            f"the tokens of {checksum(token)} are conserved",
            f"wallets and token network have {found}, and {minted} were minted",
        )


def backed(token: Address, locked: int, inside: int) -> Iterator[Finding]:
    """Check that a token network has what its channels hold, and what settled ones have left."""
    if locked != inside:
        yield (
            f"the token network of {checksum(token)} has what is in its channels",
            f"it has {locked}, and {inside} should be there",
        )


def all_known(world: World) -> bool:
    """Tell whether the nodes know of every block: none waits for its confirmations."""
    return world.settings.confirmation_blocks == 0 or not world.clock.awaits_block


def _of_books(world: World, token: Address, books: Books) -> Generator[Finding, None, int]:
    """Check what all nodes believe of their channels; return what is in these."""
    inside = 0
    for owner, (node, book) in books.items():
        if not book:
            continue
        yield from _pairs(token, node, book)
        for channel in book:
            other = books.get(channel.partner)
            if other is None:
                inside += channel.capacity
                continue
            other_end = None if other[1] is None else other[1].get(channel.identifier)
            if other_end is None or not agree(channel, other_end):
                yield _disagreement(
                    token, channel.identifier, (node, channel), (other[0], other_end)
                )
            key = ChannelKey(token, channel.identifier)
            if key not in node.disk.forgotten:
                quiet = world.transport.is_quiet(owner, channel.partner)
                quiet = quiet and key not in other[0].disk.forgotten
                yield from of_transfers(token, node, channel, other_end, quiet=quiet)
            if owner < channel.partner:
                inside += channel.capacity
    return inside


def view_of(token: Address, identifier: int, node: Node) -> ChannelEntry | None:
    """Return what a node believes of an unsettled channel; None: that there is none."""
    book = node.book(token)
    return None if book is None else book.get(identifier)


def of_channel(
    token: Address, identifier: int, views: Sequence[tuple[Node, ChannelEntry | None]]
) -> Sequence[Finding]:
    """Check what the nodes at its ends, one or both, believe of a channel that is not settled."""
    for node, view in views:
        if view is None:
            rule = f"the ends of channel {identifier} of {checksum(token)} know it"
            return [(rule, _view(node, view))]
    if len(views) == 2 and not agree(views[0][1], views[1][1]):  # type: ignore[arg-type]
        return [_disagreement(token, identifier, *views)]
    return ()


def of_settled(token: Address, identifier: int, nodes: Iterable[Node]) -> Sequence[Finding]:
    """Check that nodes know that a channel is settled."""
    views = [(node, view) for node in nodes if (view := view_of(token, identifier, node))]
    if not views:
        return ()
    rule = f"channel {identifier} of {checksum(token)} is settled"
    return [(rule, _view(*view)) for view in views]


def of_partners(token: Address, node: Node) -> Iterator[Finding]:
    """Check that a node has at most one unsettled channel with each partner."""
    book = node.book(token)
    if book is not None:
        yield from _pairs(token, node, book)


def _pairs(token: Address, node: Node, book: ChannelBook) -> Iterator[Finding]:
    if book.partner_count != len(book):
        yield (
            f"{node.account.name} has one unsettled channel of {checksum(token)} with a partner",
            f"{len(book)} channels with {book.partner_count} partners",
        )


def agree(channel: ChannelEntry, other: ChannelEntry) -> bool:
    """Tell whether both ends believe the same of a channel."""
    return (
        channel.own_deposit == other.partner_deposit
        and channel.partner_deposit == other.own_deposit
        and channel.own_withdrawn == other.partner_withdrawn
        and channel.partner_withdrawn == other.own_withdrawn
        and channel.block_closed == other.block_closed
    )


ViewOfEnd = tuple[Node, ChannelEntry | None]


def _disagreement(token: Address, identifier: int, *ends: ViewOfEnd) -> Finding:
    one, other = sorted(ends, key=lambda end: end[0].index)
    return (
        f"both ends of channel {identifier} of {checksum(token)} agree",
        f"{_view(*one)}; {_view(*other)}",
    )


def _view(node: Node, channel: ChannelEntry | None) -> str:
    if channel is None:
        return f"{node.account.name} knows no such channel"
    closed = "open" if channel.is_open else f"closed in block {channel.block_closed}"
    return (
        f"{node.account.name} believes in {channel.own_deposit} of its own, "
        f"{channel.partner_deposit} of its partner, {closed}"
    )


def check_plan(facts: Facts, decision: Plan) -> None:
    """Check a plan against the facts that it was made of.

    Raises:
        InvariantViolated: it over-spends, over-fills a channel, or takes what the target is owed.
    """
    share = facts.share
    spent = joined = 0
    for action in decision.actions:
        if isinstance(action, OpenWithDeposit):
            spent += action.deposit
            if action.deposit != share:
                raise InvariantViolated("a new channel gets the share", str(action))
        elif not isinstance(action, OpenBootstrap):
            spent += action.amount
            joined += isinstance(action, JoinDeposit)
            if action.amount <= 0:
                raise InvariantViolated("a deposit adds something", str(action))
            if action.total_deposit > share:
                raise InvariantViolated("a channel gets at most the share", str(action))
    budget = min(facts.funds - facts.deposited, facts.wallet) - facts.pending
    if spent > max(0, budget):
        raise InvariantViolated("a plan spends what there is", str((spent, max(0, budget))))
    owed = decision.missing * share if joined else 0
    if joined and budget - spent < owed:
        rule = "who answers others leaves what the target is owed"
        raise InvariantViolated(rule, str((budget - spent, owed)))
