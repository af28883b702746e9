"""What a file says about a network, whatever its format, and the channels that come of it.

Nothing is lost in silence: what can't be a channel, and what is said about money and not used, has
a line that says what and why. Data that nobody uses never refuses a file.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field

from simulator.chain.contracts import SETTLE_TIMEOUT_MAX_BLOCKS, SETTLE_TIMEOUT_MIN_BLOCKS
from simulator.topology.amounts import (
    AS_THEY_ARE,
    CAPACITY,
    DEPOSITS,
    Amounts,
    NoAmount,
    own_deposits,
    whole,
)
from simulator.words.errors import InvalidAddress
from simulator.words.quoting import shortened, shown, visible_line
from simulator.words.units import CLOSED, Address, parse_address

MAX_NAMED = 3
"""So many channels are named where some are left out; of the others only how many they are."""

SETTLE_TIMEOUTS = range(SETTLE_TIMEOUT_MIN_BLOCKS, SETTLE_TIMEOUT_MAX_BLOCKS + 1)

BALANCES = ("balance1", "balance2")
"""What they have, which is something else where payments were made."""

MAX_NOTES = 20

ARE_THESE = f"are {' and '.join(DEPOSITS)}, or their sum is {CAPACITY}"

_MONEY = re.compile("amount|balance|capacit|deposit|satoshi", re.IGNORECASE)

Data = Mapping[str, object]


class NotThat(Exception):
    """A file is not what it should be; the text says in which way, without a full stop."""


class Unusable(Exception):
    """A network can't be started from; the text begins with a verb and has no full stop."""


@dataclass(frozen=True, slots=True)
class FileEdge:
    """An edge as it stands in a file: its first end, its second, and what is said about it."""

    one: Hashable
    other: Hashable
    data: Data = field(default_factory=dict)

    def __str__(self) -> str:
        """Return both ends, for people."""
        return f"{shown(self.one)} - {shown(self.other)}"


class FileGraph:
    """Nodes and edges in the order of a file.

    Attributes:
        nodes: what is said about each, by name.
        edges: all of them, whether or not they can be channels.
        notes: what of the file is not here, and why.
    """

    def __init__(self) -> None:
        self.nodes: dict[Hashable, Data] = {}
        self.edges: list[FileEdge] = []
        self.notes: list[str] = []

    def add_node(self, name: Hashable, data: Data) -> None:
        """Take in a node; one that is there already stays as it is."""
        if name in self.nodes:
            self.notes.append(f"the node {shown(name)} stands there again, which is left out")
        else:
            self.nodes[name] = data

    def add_edge(self, one: Hashable, other: Hashable, data: Data) -> None:
        """Take in an edge; the nodes must be there.

        Raises:
            NotThat: one of them is not.
        """
        if one not in self.nodes or other not in self.nodes:
            raise NotThat(f"it has a channel of an unknown node, {shown(one)} or {shown(other)}")
        self.edges.append(FileEdge(one, other, data))


@dataclass(frozen=True, slots=True)
class GraphChannel:
    """A channel that a network is to have.

    Attributes:
        opener: the node that opens it.
        partner: the other node, or an account that is none.
        deposits: what the opener and the partner put in; None: the file does not say.
        settle_timeout_blocks: None: the file does not say, or nothing that a channel can have.
    """

    opener: int
    partner: int | Address
    deposits: tuple[int, int] | None = None
    settle_timeout_blocks: int | None = None


@dataclass(frozen=True, slots=True)
class Network:
    """A network to start from.

    Attributes:
        channels: in the order in which they are opened.
        notes: what of the file is not in it, and why.
        nodes: how many there must be for it, if it comes from a file or a graph.
    """

    channels: tuple[GraphChannel, ...]
    notes: tuple[str, ...] = ()
    nodes: int = 0


def network_of(graph: FileGraph, nodes: int | None, amounts: Amounts = AS_THEY_ARE) -> Network:
    """Return the network that a file's graph is.

    Channels are opened in the order of their identifiers where all have one, as in a graph of
    ours, or else in the order of the file.

    Args:
        graph: what the file says.
        nodes: how many nodes there are; None: that is not known.
        amounts: how what the file says about money becomes deposits.

    Raises:
        Unusable: it has other nodes than there are, or what it says about money is no amount.
    """
    numbers = _numbers(graph, nodes)
    notes = list(graph.notes)
    edges = _in_order(_possible(graph, numbers, notes))
    try:
        deposits = [amounts.deposits(edge.data, edge) for edge in edges]
    except NoAmount as error:
        raise Unusable(str(error)) from None
    channels = [
        _channel(edge, own, numbers, notes) for edge, own in zip(edges, deposits, strict=True)
    ]
    if amounts.used:
        _note_unused_money(graph, edges, deposits, notes)
    if len(notes) > MAX_NOTES:
        notes[MAX_NOTES:] = [f"and {len(notes) - MAX_NOTES} more notes"]
    highest = max((number for number in numbers.values() if isinstance(number, int)), default=-1)
    return Network(tuple(channels), tuple(notes), highest + 1)


def _numbers(graph: FileGraph, count: int | None) -> dict[Hashable, int | Address]:
    """Return the nodes' numbers: those that they carry, or else in the order of the file.

    In a graph of ours accounts that are no nodes have no number, but an address for a name.
    """
    given = {name: whole(data.get("node")) for name, data in graph.nodes.items()}
    found: dict[Hashable, int | Address] = {}
    for name, number in given.items():
        place = _address(name) if number is None else number
        if place is not None:
            found[name] = place
    carried = [number for number in given.values() if number is not None]
    if not carried or len({*carried}) < len(carried) or len(found) < len(given):
        if count is not None and len(given) > count:
            raise Unusable(f"has {len(given)} nodes, but there are only {count}")
        return {name: number for number, name in enumerate(given)}
    if count is not None and max(carried) >= count:
        raise Unusable(f"has a node {max(carried)}, but nodes are 0 to {count - 1}")
    return found


def _possible(
    graph: FileGraph, numbers: Mapping[Hashable, int | Address], notes: list[str]
) -> list[FileEdge]:
    """Return the edges that can be channels; note the others."""
    left_out: dict[str, list[FileEdge]] = defaultdict(list)
    found: dict[frozenset[Hashable], FileEdge] = {}
    for edge in graph.edges:
        pair = frozenset((edge.one, edge.other))
        if len(pair) == 1:
            left_out["a channel has two different ends"].append(edge)
        elif edge.data.get("state") == CLOSED:
            left_out["a channel that is closed can't be opened again"].append(edge)
        elif not any(isinstance(numbers[end], int) for end in pair):
            left_out["only nodes open channels"].append(edge)
        elif pair in found:
            left_out["two nodes have one channel at a time"].append(edge)
        else:
            found[pair] = edge
    for reason, edges in left_out.items():
        names = ", ".join(map(str, edges[:MAX_NAMED]))
        more = f" and {len(edges) - MAX_NAMED} more" if len(edges) > MAX_NAMED else ""
        notes.append(f"left out: {counted(len(edges), 'channel')}, {names}{more}: {reason}")
    return list(found.values())


def _in_order(edges: list[FileEdge]) -> list[FileEdge]:
    identifiers = [whole(edge.data.get("channel_identifier")) for edge in edges]
    known = [identifier for identifier in identifiers if identifier is not None]
    if len({*known}) < len(edges):
        return edges
    return [edge for _, edge in sorted(zip(known, edges, strict=True), key=lambda pair: pair[0])]


def _channel(
    edge: FileEdge,
    deposits: tuple[int, int] | None,
    numbers: Mapping[Hashable, int | Address],
    notes: list[str],
) -> GraphChannel:
    """Return a channel: the first participant opens it where the file says what it puts in."""
    settle_timeout = whole(edge.data.get("settle_timeout"))
    # or somebody else's word for something else; a range is searched through for None
    if settle_timeout is not None and settle_timeout not in SETTLE_TIMEOUTS:
        settle_timeout = None
    first, second = _ends(edge)
    one, other = numbers[first], numbers[second]
    if isinstance(one, int) and isinstance(other, int):
        if deposits is None:
            one, other = min(one, other), max(one, other)
        return GraphChannel(one, other, deposits, settle_timeout)
    if not isinstance(one, int):
        one, other, second = other, one, first
        deposits = deposits and (deposits[1], deposits[0])
    assert isinstance(one, int)  # noqa: S101 - or the edge was left out
    if deposits and deposits[1]:
        notes.append(f"left out: the deposit of {shown(second)}: only nodes put something in")
        deposits = (deposits[0], 0)
    return GraphChannel(one, other, deposits, settle_timeout)


def _ends(edge: FileEdge) -> tuple[Hashable, Hashable]:
    """Return the ends in the order in which their deposits are numbered."""
    named = [edge.data.get(key) for key in ("participant1", "participant2")]
    if named == [None, None]:
        return edge.one, edge.other
    for first, second in ((edge.one, edge.other), (edge.other, edge.one)):
        if named[0] in (None, first, str(first)) and named[1] in (None, second, str(second)):
            return first, second
    if own_deposits(edge.data):
        raise Unusable(
            f"names a participant1 or participant2 of the channel {edge} who is not its end, so "
            "nobody can tell whose the deposits are; without both, deposit1 is of the first end"
        )
    return edge.one, edge.other


def _note_unused_money(
    graph: FileGraph,
    edges: Sequence[FileEdge],
    deposits: Sequence[tuple[int, int] | None],
    notes: list[str],
) -> None:
    unused: Counter[str] = Counter()
    paid = 0
    for edge, own in zip(edges, deposits, strict=True):
        given = own_deposits(edge.data)
        used = {*DEPOSITS} if given else {CAPACITY} if own else set()
        if given and whole(edge.data.get(CAPACITY)) == sum(whole(one) or 0 for one in given):
            used.add(CAPACITY)
        balances = [whole(edge.data.get(key)) for key in BALANCES]
        if given and None not in balances:  # as a graph of ours says them
            used.update(BALANCES)
            paid += balances != [whole(one) or 0 for one in given]
        said = (key for key, value in edge.data.items() if value is not None and key not in used)
        unused.update(key for key in said if _MONEY.search(key))
    if paid:
        where = f"{counted(paid, 'channel')}, where balances are not the deposits"
        notes.append(f"left out: payments in {where}: a channel begins with its deposits")
    for key, count in unused.items():
        whose = counted(count, "channel")
        notes.append(f"unused: {_word(key)} of {whose}: a channel's deposits {ARE_THESE}")
    if not any(deposits):  # or a graph of ours adds them up
        said = (key for data in graph.nodes.values() for key in data if _MONEY.search(key))
        words = map(_word, dict.fromkeys(said))
        notes += [
            f"unused: {key} of nodes: channels hold deposits, which {ARE_THESE}" for key in words
        ]


def _word(key: str) -> str:
    return shortened(visible_line(key))


def _address(name: Hashable) -> Address | None:
    try:
        return parse_address(name) if isinstance(name, str) else None
    except InvalidAddress:
        return None


def counted(count: int, noun: str) -> str:
    """Return a number of things in words.

    >>> counted(1, "channel"), counted(2, "channel")
    ('1 channel', '2 channels')
    """
    return f"{count} {noun}{'' if count == 1 else 's'}"
