"""Whom to open a channel with: partner-selection strategies.

A strategy puts the peers into an order; the plan takes as many from the front as it needs. Ours see
the peers as they are kept, and look at a few of very many. A user's function sees a copy of what
everybody can see.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from random import Random
from typing import Any

import networkx as nx

from simulator.system import extensions
from simulator.topology.choice import PartnerChoice, Strategy
from simulator.topology.graph import PeerGraph
from simulator.topology.wide_strategies import Betweenness, Mixture, Richest, far, k_center
from simulator.words.errors import ConfigurationError, ExtensionFailed
from simulator.words.quoting import shown
from simulator.words.units import Address, checksum, parse_address


@dataclass(frozen=True)
class PeerView:
    """What a strategy of a user's is shown: what any Raiden node can know.

    Attributes:
        address: who chooses, as all addresses here an EIP-55 text. It is in `graph` only if it has
            an open channel.
        peers: those with whom it can open a channel now, in order of address: they take part, are
            online, are not leaving, and have no unsettled channel with it. All are in `graph`.
        stream: the node's own source of randomness. What is drawn from it is the same whenever the
            seed is the same; no other randomness should decide.
    """

    address: str
    peers: tuple[str, ...]
    stream: Random = field(repr=False)
    _graph: PeerGraph = field(repr=False)

    @cached_property
    def graph(self) -> "nx.Graph[str]":
        """The open channels of the token network; it takes as long as there are channels to make.

        A copy that can't be changed. Nodes carry `online`, `leaving` and `deposit` (what they have
        in these channels), edges `capacity` (both deposits, less what was withdrawn), `deposit1`
        and `deposit2`, and all else that `Testnet.graph` has, except for the numbers of nodes and
        what only the ends of a channel know: their balances and locks.
        """
        graph: nx.Graph[str] = nx.freeze(self._graph.snapshot(private=False))
        return graph

    def degree(self, peer: str) -> int:
        """Return how many open channels somebody has; it needs no `graph`."""
        return self._graph.degree(parse_address(peer))


def _view(choice: PartnerChoice) -> PeerView:
    peers = tuple(map(checksum, choice.possible(iter(choice.graph.peers))))
    return PeerView(checksum(choice.node), peers, choice.stream, choice.graph)


OwnStrategy = Callable[[PeerView], Iterable[str]]
"""A strategy of a user's: returns those of `PeerView.peers` whom it wants, best first."""


class Extension:
    """A function of a user's as a strategy.

    Args:
        function: what it does.
        name: what it is called; by default as Python calls it.
    """

    def __init__(self, function: OwnStrategy, name: str = "") -> None:
        self._function = function
        self.name = name or extensions.name_of(function)
        self._file = extensions.file_of(function)

    def __repr__(self) -> str:
        return self.name

    def __call__(self, choice: PartnerChoice) -> Iterator[Address]:
        """Yield whom the function names, one after the other.

        Raises:
            ExtensionFailed: it raises something, or names somebody who is no candidate or was
                named before.
        """
        what = f"{extensions.STRATEGY.name} {self.name}"
        view = _view(choice)
        if not view.peers:  # and no function needs to think of that
            return
        left = dict.fromkeys(view.peers, True)
        with extensions.contained(what, self._file):
            named = iter(_in_order(what, self._function(view)))
        while True:
            with extensions.contained(what, self._file):
                try:
                    peer = next(named)
                except StopIteration:
                    return
            if not isinstance(peer, str) or peer not in left:
                told = f"it named {shown(peer)}, who is none of the peers: choose from view.peers"
                raise ExtensionFailed(what, told)
            if not left[peer]:
                raise ExtensionFailed(what, f"it named {peer} twice")
            left[peer] = False
            yield parse_address(peer)


Configured = Richest | Betweenness | Mixture
"""One of ours that has parameters."""

AnyStrategy = str | Mapping[str, Any] | OwnStrategy | Extension | Configured
"""A strategy by its name, that with its parameters in a mapping, or a function of a user's."""


def _in_order(what: str, named: object) -> Iterable[object]:
    extensions.refuse_set(what, named)
    if isinstance(named, str | bytes) or not isinstance(named, Iterable):
        told = f"it returned {shown(type(named).__name__)}, not peers in an order"
        raise ExtensionFailed(what, told)
    return named


def random(choice: PartnerChoice) -> Iterator[Address]:
    """Return the peers in uniformly random order."""
    return choice.graph.peers.in_random_order(choice.stream)


def highest_degree(choice: PartnerChoice) -> Iterator[Address]:
    """Return those with the most open channels first, equals in random order: hubs grow."""
    return choice.graph.peers.in_order_of_degree(choice.stream, highest_first=True)


def lowest_degree(choice: PartnerChoice) -> Iterator[Address]:
    """Return those with the fewest open channels first, equals in random order: it evens out."""
    return choice.graph.peers.in_order_of_degree(choice.stream, highest_first=False)


def preferential(choice: PartnerChoice) -> Iterator[Address]:
    """Return one after the other, drawn as likely as it has channels: the rich get richer."""
    return choice.graph.peers.in_order_of_chance(choice.stream)


STRATEGIES: dict[str, Strategy] = {
    "random": random,
    "preferential": preferential,
    "highest_degree": highest_degree,
    "lowest_degree": lowest_degree,
    "betweenness": Betweenness(),
    "k_center": k_center,
    "richest": Richest(),
    "far": far,
}
"""Our own by the names that scenario files and the Python API use."""

MIXTURE = "mixture"
_LOOKING: dict[str, type[Richest | Betweenness]] = {
    "betweenness": Betweenness,
    "richest": Richest,
}
EVERY_JOINS = "every_joins"
WITH_PARAMETERS = (MIXTURE, *_LOOKING)
MAX_EVERY_JOINS = 1_000_000_000
MAX_WEIGHT = 1_000_000


def strategies_of(wanted: Sequence[AnyStrategy]) -> list[Strategy]:
    """Return strategies that are given by name, with parameters, or as functions.

    Raises:
        ConfigurationError: there is none, or one is unknown or can't be used.
    """
    if isinstance(wanted, str) or not isinstance(wanted, Sequence) or not wanted:
        one = extensions.name_of(wanted) if callable(wanted) else shown(wanted)
        such = f", such as [{one}]" if wanted else ""
        raise ConfigurationError(f"strategies must be a list of at least one strategy{such}.")
    return [_strategy(one) for one in wanted]


def configured(
    wanted: Mapping[Any, Any], part: Callable[[Any], AnyStrategy] = lambda one: one
) -> Configured:
    """Return a strategy with its parameters: a mapping of its name to a mapping of them.

    Args:
        wanted: such as `{"mixture": {"random": 0.7, "highest_degree": 0.3}}` or
            `{"betweenness": {"every_joins": 10}}`.
        part: checks what a mixture names.

    Raises:
        ConfigurationError: it is none.
    """
    ((name, values), *others) = wanted.items() or (("", None),)
    if others or name not in WITH_PARAMETERS:
        known = ", ".join(WITH_PARAMETERS)
        told = f"a strategy with parameters must be a mapping of one of {known} to them"
        raise ConfigurationError(f"{told}, not {shown(dict(wanted))}.")
    if not isinstance(values, Mapping) or not values:
        example = "{random: 0.7, far: 0.3}" if name == MIXTURE else f"{{{EVERY_JOINS}: 10}}"
        raise ConfigurationError(
            f"{name} must be a mapping such as {example}, not {shown(values)}."
        )
    if name == MIXTURE:
        return _mixture(values, part)
    every = values.get(EVERY_JOINS)
    if len(values) > 1 or EVERY_JOINS not in values:
        wrong = next(key for key in values if key != EVERY_JOINS)
        raise ConfigurationError(f"{name} has the parameter {EVERY_JOINS}, not {shown(wrong)}.")
    if type(every) is not int or not 1 <= every <= MAX_EVERY_JOINS:
        told = f"{name}.{EVERY_JOINS} must be a whole number of joins from 1"
        raise ConfigurationError(f"{told} to {MAX_EVERY_JOINS}, not {shown(every)}.")
    return _LOOKING[name](every)


def _mixture(values: Mapping[Any, Any], part: Callable[[Any], AnyStrategy]) -> Mixture:
    parts = []
    for name, weight in values.items():
        number = isinstance(weight, int | float) and not isinstance(weight, bool)
        if not number or not 0 < weight <= MAX_WEIGHT:
            told = f"the share of {shown(name)} must be a number above 0, at most {MAX_WEIGHT}"
            raise ConfigurationError(f"mixture: {told}, not {shown(weight)}.")
        parts.append((_strategy(part(name)), float(weight)))
    text = ", ".join(f"{name}: {weight}" for name, weight in values.items())
    return Mixture(tuple(parts), f"mixture: {{{text}}}")


def _strategy(wanted: AnyStrategy) -> Strategy:
    if isinstance(wanted, Extension | Configured):
        return wanted
    if isinstance(wanted, Mapping):
        return configured(wanted)
    if isinstance(wanted, str):
        # each node of a world asks: whoever looks at what is installed reads a file of each package
        if wanted in STRATEGIES:
            return STRATEGIES[wanted]
    elif callable(wanted):
        return Extension(wanted)
    known = extensions.names(extensions.STRATEGY, STRATEGIES)
    if isinstance(wanted, str) and wanted in known:
        return Extension(extensions.installed_one(extensions.STRATEGY, wanted), wanted)
    raise ConfigurationError(
        f"strategies must name some of {', '.join(known)}, or be functions, not {shown(wanted)}."
    )
