"""A network that grows: nodes come, go offline and return, leave, each at times of its own.

A growth is the root of a run, as a task is the root of a scenario. Every node draws its times from
streams of its own, and a mean only scales what is drawn: worlds with another rate, another
strategy or more nodes stay comparable.
"""

import math
from collections.abc import Iterable
from enum import StrEnum
from fractions import Fraction
from random import Random
from typing import Annotated, Any

from pydantic import Field, WithJsonSchema

from simulator.forms.expected import Exact
from simulator.forms.part import Problem
from simulator.forms.values import FromWord, Seconds
from simulator.node.join_terms import DEFAULT_CHANNEL_TARGET, DEFAULT_JOINABLE, JoinTerms
from simulator.node.node import Node
from simulator.node.world import CallResult
from simulator.scenario.tasks.calls import GOOD_TERMS
from simulator.scenario.tasks.scenario_run import Scope, Steps
from simulator.scenario.tasks.task import Task
from simulator.words.errors import (
    InsufficientEth,
    InvalidRequest,
    NodeUnavailable,
    SimulatorError,
    TransactionFailed,
    TransactionTimedOut,
)
from simulator.words.statuses import ApiCall
from simulator.words.units import checksum

STREAM = "growth"
"""Before the names of the streams that times are drawn from."""

DEFAULT_OFFLINE_SECONDS = 600.0
MAX_MEAN_SECONDS = 1_000_000_000.0

_CHANCE = (InsufficientEth, NodeUnavailable, TransactionFailed, TransactionTimedOut)
"""What may come of a call that is right in itself."""


class Arrivals(StrEnum):
    """When nodes come."""

    IN_TURN = "in_turn"
    """Each once the join before it has been answered, and a pause is over."""
    WAVES = "waves"
    """Some at the same time, again and again."""
    POISSON = "poisson"
    """Each by itself, at exponential times."""


ArrivalsName = Annotated[
    Arrivals, Field(strict=False), WithJsonSchema({"type": "string", "enum": list(Arrivals)})
]
Mean = Annotated[float, Field(gt=0, le=MAX_MEAN_SECONDS), FromWord]
Share = Annotated[float, Field(ge=0, lt=1), FromWord]


class Growth(Task):
    """Nodes join, and may go offline, return, leave and join again.

    Those join that have no channel of the graph to start from, in order of their numbers.
    """

    arrivals: ArrivalsName = Field(
        default=Arrivals.IN_TURN,
        description="when nodes come: `in_turn`, each once the join before it is answered; "
        "`waves`, `wave_size` at the same time; `poisson`, by themselves",
    )
    every_seconds: Seconds = Field(
        default=0,
        description="the pause behind each join, the time from one wave to the next, or the mean "
        "time between two arrivals",
    )
    wave_size: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="`waves`: how many nodes come at the same time"
    )
    funds: int = Field(description="tokens that each node may put into channels; from 1")
    initial_channel_target: int = Field(
        default=DEFAULT_CHANNEL_TARGET, description="how many channels each opens; from 1"
    )
    joinable_funds_target: Exact = Field(
        default=DEFAULT_JOINABLE,
        description="the part of the funds kept for channels that others open, from 0 to 1",
        json_schema_extra={"default": float(DEFAULT_JOINABLE)},
    )
    offline: Share | None = Field(
        default=None, description="the share of nodes that is offline at any time, below 1"
    )
    online_seconds: Mean | None = Field(
        default=None, description="how long a node stays online, on average"
    )
    offline_seconds: Mean | None = Field(
        default=None,
        description="how long a node stays offline, on average; by default "
        f"{DEFAULT_OFFLINE_SECONDS:g}",
    )
    stay_seconds: Mean | None = Field(
        default=None, description="how long until a node leaves, on average; by default it stays"
    )
    away_seconds: Mean | None = Field(
        default=None,
        description="how long until one that has left joins again, on average; by default never",
    )
    after_seconds: Seconds = Field(
        default=0, description="how long the world goes on once all have come"
    )

    def rules(self) -> Iterable[Iterable[Problem]]:
        """Return one for each of the terms, and those about several values."""
        terms = [self._term(name) for name in GOOD_TERMS]
        return [*terms, self._waves(), self._times(), self._presence(), self._absence()]

    def _term(self, name: str) -> Iterable[Problem]:
        try:
            JoinTerms.checked(**{**GOOD_TERMS, name: getattr(self, name)})
        except InvalidRequest as error:
            yield (error.field,), error.reason

    def _waves(self) -> Iterable[Problem]:
        if self.arrivals is Arrivals.WAVES and self.wave_size is None:
            yield ("wave_size",), "is missing: waves need it"
        elif self.arrivals is not Arrivals.WAVES and self.wave_size is not None:
            yield ("wave_size",), f"says nothing about arrivals {self.arrivals}"

    def _times(self) -> Iterable[Problem]:
        if self.arrivals is not Arrivals.IN_TURN and not self.every_seconds:
            yield ("every_seconds",), f"must be more than 0 with arrivals {self.arrivals}"

    def _presence(self) -> Iterable[Problem]:
        times = (self.online_seconds, self.offline_seconds)
        if self.offline is not None and None not in times:
            yield ("offline",), "follows from online_seconds and offline_seconds: leave one out"
        elif self.offline is None and self.online_seconds is None and self.offline_seconds:
            yield ("offline_seconds",), "says nothing without offline or online_seconds"

    def _absence(self) -> Iterable[Problem]:
        if self.away_seconds is not None and self.stay_seconds is None:
            yield ("away_seconds",), "says nothing without stay_seconds: nobody leaves"

    @property
    def presence(self) -> tuple[float, float] | None:
        """How long nodes are online and offline, on average; None: they are never offline."""
        share, on, off = self.offline, self.online_seconds, self.offline_seconds
        if share is None:
            return None if on is None else (on, off or DEFAULT_OFFLINE_SECONDS)
        if share == 0:
            return None
        if on is not None:
            return on, on * share / (1 - share)
        off = off or DEFAULT_OFFLINE_SECONDS
        return off * (1 - share) / share, off

    def terms(self) -> tuple[int, int, Fraction]:
        """Return what each node joins with."""
        return self.funds, self.initial_channel_target, self.joinable_funds_target

    def run(self, scope: Scope) -> Steps:
        """Let everybody come, each with a life of its own, and some time pass after that."""
        there = {
            end for edge in scope.net.world.graphs[scope.token].edges.values()
            for end in (edge.one, edge.other)
        }  # fmt: skip
        newcomers = [node for node in scope.net.nodes if node.address not in there]
        lives = [_Life(self, scope, node) for node in newcomers]
        clock = scope.net.world.clock
        come = {
            Arrivals.IN_TURN: self._in_turn,
            Arrivals.WAVES: self._in_waves,
            Arrivals.POISSON: self._by_chance,
        }[self.arrivals]
        yield from come(scope, lives)
        yield clock.env.all_of([life.joined for life in lives])
        for life in lives:
            if life.refused is not None:
                raise life.refused
        yield clock.sleep(self.after_seconds)

    def _in_turn(self, scope: Scope, lives: "list[_Life]") -> Steps:
        for number, life in enumerate(lives):
            if number and self.every_seconds:
                yield scope.net.world.clock.sleep(self.every_seconds)
            life.begin()
            yield life.joined

    def _in_waves(self, scope: Scope, lives: "list[_Life]") -> Steps:
        for number, life in enumerate(lives):
            if number and number % (self.wave_size or 1) == 0:
                yield scope.net.world.clock.sleep(self.every_seconds)
            life.begin()

    def _by_chance(self, scope: Scope, lives: "list[_Life]") -> Steps:
        stream = scope.net.world.rng.stream(STREAM, "arrivals")
        for life in lives:
            yield scope.net.world.clock.sleep(_drawn(stream, self.every_seconds))
            life.begin()


def _drawn(stream: Random, mean: float) -> float:
    """Return an exponential time; another mean stretches what would be drawn anyway."""
    return stream.expovariate(1.0) * mean


class _Life:
    """What a node does from its arrival on.

    Args:
        growth: how nodes live.
        scope: where.
        node: which one.

    Attributes:
        joined: succeeds when its first join is answered.
        refused: why no node would have been let in on these terms; None: it was.
    """

    def __init__(self, growth: Growth, scope: Scope, node: Node) -> None:
        self._growth = growth
        self._scope = scope
        self._node = node
        self._clock = scope.net.world.clock
        self.joined = self._clock.env.event()
        self.refused: SimulatorError | None = None
        rng = scope.net.world.rng
        self._presence = rng.stream(STREAM, "presence", node.index)
        self._stay = rng.stream(STREAM, "stay", node.index)

    def begin(self) -> None:
        """Come."""
        self._scope.spawn(self._live)

    def _live(self) -> Steps:
        try:
            yield from self._call(ApiCall.JOIN)
        except SimulatorError as error:
            self.refused = error
        self.joined.succeed()
        if self.refused is not None:
            return
        growth = self._growth
        if growth.presence is None and growth.stay_seconds is None:
            return
        toggles = self._first_toggle()
        leaves = self._later(self._stay, growth.stay_seconds)
        while True:
            yield self._clock.sleep(max(0.0, min(toggles, leaves) - self._clock.now))
            if toggles <= leaves:
                toggles = self._toggle()
                continue
            if not self._node.online:  # who is offline can't leave
                self._node.start()
                toggles = self._next_toggle()
            yield from self._call(ApiCall.LEAVE)
            if growth.away_seconds is None:
                return
            yield self._clock.sleep(_drawn(self._stay, growth.away_seconds))
            yield from self._call(ApiCall.JOIN)
            leaves = self._later(self._stay, growth.stay_seconds)

    def _later(self, stream: Random, mean: float | None) -> float:
        return math.inf if mean is None else self._clock.now + _drawn(stream, mean)

    def _first_toggle(self) -> float:
        """Return when the node changes over first: some are offline at once.

        So the share of those offline is the same from the beginning on.
        """
        presence = self._growth.presence
        if presence is None:
            return math.inf
        online, offline = presence
        if self._presence.random() * (online + offline) < offline:
            self._node.stop()
        return self._next_toggle()

    def _next_toggle(self) -> float:
        presence = self._growth.presence
        mean = None if presence is None else presence[0 if self._node.online else 1]
        return self._later(self._presence, mean)

    def _toggle(self) -> float:
        """Go offline or come back; return when the next change is due."""
        if self._node.online:
            self._node.stop()
        else:
            self._node.start()
        return self._next_toggle()

    def _call(self, call: ApiCall) -> Steps:
        """Make a call and wait for its answer.

        Raises:
            SimulatorError: the node would refuse it at any time. What may happen to any call in a
                world of chance shows in the journal.
        """
        node, path = self._node, (checksum(self._scope.token),)
        cause = self._scope.path
        try:
            if call is ApiCall.JOIN:
                pending = node.call(call, path, self._terms, node.join, cause)
            else:
                begin = lambda token, _: node.leave(token)  # noqa: E731 - beside the join
                pending = node.call(call, path, lambda: None, begin, cause)
        except NodeUnavailable:  # a fault has stopped it
            return
        answer: CallResult[Any] = yield pending
        if answer.error is not None and not isinstance(answer.error, _CHANCE):
            raise answer.error

    def _terms(self) -> Any:
        return JoinTerms.checked(*self._growth.terms())
