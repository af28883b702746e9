"""What is there instead of what an assertion expects: the closest thing, and what is still to come.

Each function looks at the world after an assertion has failed, and yields what people would look
for next. Nodes go by their numbers; blocks and times count from the root task.
"""

from collections.abc import Collection, Iterable, Iterator
from itertools import islice

import networkx as nx

from simulator.node.channels import ChannelEntry
from simulator.node.node import Node
from simulator.reports.wording import span
from simulator.scenario.tasks.scenario_run import Scope
from simulator.scenario.tasks.task import Task
from simulator.words import events
from simulator.words.units import Address, checksum

MOST = 5
"""So many of a kind are named."""


def some(texts: Iterable[str], most: int = MOST) -> str:
    """Return the first of many, and how many there are beside them."""
    every = list(texts)
    more = f" and {len(every) - most} more" if len(every) > most else ""
    return ", ".join(every[:most]) + more


def hints(task: Task, scope: Scope) -> str:
    """Return in brackets what people would look for next when an assertion has failed."""
    return in_brackets([*task.nearest(scope), *unrest(scope)])


def in_brackets(texts: Iterable[str]) -> str:
    """Return texts in brackets, behind a space; nothing for none."""
    told = "; ".join(texts)
    return f" ({told})" if told else ""


def unrest(scope: Scope) -> Iterator[str]:
    """Yield that the world is not at rest, and note it: things may be different in a moment."""
    world = scope.net.world
    moving = world.mempool.waiting - world.mempool.held
    if moving:
        scope.say_moving()
        noun = "transaction" if moving == 1 else "transactions"
        yield f"{moving} {noun} on the way: wait_idle first?"
    elif world.clock.awaits_block:
        scope.say_moving()
        yield "a block is not confirmed yet: wait_idle first?"


def channel(scope: Scope, node: Node, partner: Address) -> Iterator[str]:
    """Yield what became of the channel of two ends, or with whom there are channels instead."""
    found = node.channel(scope.token, partner)
    if found is not None:
        yield from _closed(scope, [found])
        return
    ends = {node.address, partner}
    opened = [
        entry.event.channel_identifier
        for entry in scope.net.journal.entries
        if isinstance(entry.event, events.ChannelOpened) and set(entry.event.parties) == ends
    ]
    if not opened:
        others = [scope.name_of(other.partner) for _, other in node.channels(scope.token)]
        yield f"they never had one; {_has(scope, node)} channels with {some(others) or 'nobody'}"
        return
    identifier = opened[-1]
    for entry in scope.net.journal.entries:
        event = entry.event
        if isinstance(event, events.ChannelSettled) and event.channel_identifier == identifier:
            yield f"theirs was settled at {moment(scope, entry.block, entry.time)}"


def channels(scope: Scope, node: Node) -> Iterator[str]:
    """Yield a node's channels by partner, if it has any; which are closed, and until when."""
    found = [one for _, one in node.channels(scope.token)]
    if found:
        yield f"{_has(scope, node)} " + some((_told(scope, one) for one in found), 2 * MOST)
    yield from _closed(scope, found)


def _has(scope: Scope, node: Node) -> str:
    return f"{scope.name_of(node.address)} has"


def _told(scope: Scope, one: ChannelEntry) -> str:
    closed = "" if one.is_open else " (closed)"
    return f"{one.own_deposit} with {scope.name_of(one.partner)}{closed}"


def _closed(scope: Scope, found: Iterable[ChannelEntry]) -> Iterator[str]:
    for one in islice((one for one in found if not one.is_open), MOST):
        assert one.block_closed is not None  # noqa: S101 - what is not open
        since = scope.block(one.block_closed)
        until = scope.block(one.settle_block + 1)
        who = scope.name_of(one.partner)
        yield f"the one with {who} is closed since block {since}, can be settled in block {until}"


def wallet(scope: Scope, node: Node) -> Iterator[str]:
    """Yield the tokens of a node that are not in its wallet."""
    found = [one for _, one in node.channels(scope.token)]
    for state, is_open in (("open", True), ("closed", False)):
        amount = sum(one.own_deposit for one in found if one.is_open is is_open)
        if amount:
            yield f"{amount} more in {state} channels"


def graph(scope: Scope, shown: "nx.Graph[str]", compared: Collection[str]) -> Iterator[str]:
    """Yield who is not in the graph, in which parts it falls, who has fewest and most channels.

    Args:
        scope: of the assertion.
        shown: the graph.
        compared: what was expected of it; only what concerns that is told.
    """
    names = {checksum(node.address): f"node {node.index}" for node in scope.net.nodes}
    missing = [name for address, name in names.items() if address not in shown]
    if missing and "nodes" in compared:
        yield f"not in it: {some(missing)}"
    parts = [_names(names, part) for part in nx.connected_components(shown)]
    if len(parts) > 1 and not {"connected", "components", "diameter"}.isdisjoint(compared):
        yield f"its parts: {some(f'[{some(part)}]' for part in parts)}"
    degrees = dict(shown.degree())
    for subject, extreme in (("min_degree", min), ("max_degree", max)):
        if degrees and subject in compared:
            found = extreme(degrees.values())
            those = _names(names, (node for node, degree in degrees.items() if degree == found))
            yield f"so many has {some(those)}"


def _names(names: dict[str, str], addresses: Iterable[str]) -> list[str]:
    order = list(names)
    known = sorted((a for a in addresses if a in names), key=order.index)
    return [names[address] for address in known]


def moment(scope: Scope, block: int, time: float) -> str:
    """Return when something was, for people."""
    return f"{span(scope.seconds(time))} (block {scope.block(block)})"
