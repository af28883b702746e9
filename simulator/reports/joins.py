"""What joins have come to, as the journal tells it: funds, channels, times, gas and fees."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction

from simulator.chain.gas_book import GasUse
from simulator.kernel.journal import Entry
from simulator.topology.graph import KINDS, PeerGraph
from simulator.words.events import (
    Event,
    JoinStarted,
    LeaveStarted,
    LeavingCancelled,
)
from simulator.words.units import Address

FOR_JOINS = frozenset({"approve", "openChannel", "openChannelWithDeposit", "setTotalDeposit"})
"""The calls by which a node takes part: what it uses for them, its joins have cost."""


@dataclass(slots=True)
class Join:
    """One join that was accepted.

    Attributes:
        node: who.
        funds: what it may deposit, in tokens.
        target: how many channels it wants.
        begun: when, in virtual seconds.
        reached: when it first had so many open channels; None: not yet.
    """

    node: Address
    funds: int
    target: int
    begun: float
    reached: float | None = None


@dataclass(slots=True)
class _Member:
    """A node that takes part: its last join, and since when each of its channels is missing."""

    join: Join
    missing: deque[float] = field(default_factory=deque)
    leaving: bool = False


class JoinHistory:
    """All joins of a token network up to some moment.

    A channel is *missing* from when a node joins, or loses it while it takes part, until another
    one is open in its place, whoever opened it; those missing longest are filled first. When the
    node leaves, or wants fewer, none is missing any longer. A channel with the bootstrap address
    is none.

    Args:
        token: the network's token.
        token_network: its contract.
        entries: the journal from its beginning, up to that moment.
        now: that moment, in virtual seconds; missing channels have stayed so until then.
        gas: what was used until then; see `GasBook`.

    Attributes:
        joins: in their order.
        waits: for how many seconds each missing channel has stayed so, also those that still do.
        gas: units that nodes which have joined have used to open channels and to deposit.
        fees: what they have paid for them, in wei.
    """

    def __init__(
        self,
        token: Address,
        token_network: Address,
        entries: Iterable[Entry],
        now: float,
        gas: Iterable[GasUse] = (),
    ) -> None:
        self.joins: list[Join] = []
        self.waits: list[float] = []
        self._graph = PeerGraph(token, token_network)
        self._members: dict[Address, _Member] = {}
        for entry in entries:
            if type(entry.event) in KINDS:
                self._take_in(entry.event, entry.time)
        for member in self._members.values():
            self.waits += [now - since for since in member.missing]
        used = [use for use in gas if use.sender in self._members and use.function in FOR_JOINS]
        self.gas = sum(use.gas for use in used)
        self.fees = sum(use.wei for use in used)

    def unplaced(self) -> dict[Address, int]:
        """Return for each node that takes part which part of its funds is in no open channel."""
        placed: dict[Address, int] = {}
        for edge in self._graph.open_channels():
            one, other = edge.one, edge.other
            placed[one] = placed.get(one, 0) + edge.deposit_of_one - edge.withdrawn_by_one
            placed[other] = placed.get(other, 0) + edge.deposit_of_other - edge.withdrawn_by_other
        return {
            node: max(0, member.join.funds - placed.get(node, 0))
            for node, member in self._taking_part()
        }

    def short(self) -> dict[Address, int]:
        """Return for each node that takes part how many channels are missing to its target."""
        return {node: len(member.missing) for node, member in self._taking_part()}

    def _taking_part(self) -> Iterator[tuple[Address, _Member]]:
        return ((node, one) for node, one in self._members.items() if not one.leaving)

    def _take_in(self, event: Event, time: float) -> None:
        ends = self._ends(event)  # before settling makes it forget
        self._graph.apply(event)
        if isinstance(event, JoinStarted) and event.token == self._graph.token:
            join = Join(event.node, event.funds, event.initial_channel_target, time)
            self.joins.append(join)
            member = self._members.setdefault(event.node, _Member(join))
            member.join, member.leaving = join, False
            self._adjust(event.node, time)
        elif (
            isinstance(event, LeaveStarted | LeavingCancelled) and event.token == self._graph.token
        ):
            if event.node in self._members:
                self._members[event.node].leaving = isinstance(event, LeaveStarted)
                self._adjust(event.node, time)
        else:  # nothing changes for those ends of whose channel only the deposits grew
            for end in ends or self._ends(event):
                self._adjust(end, time)

    def _ends(self, event: Event) -> tuple[Address, ...]:
        ours = getattr(event, "contract", None) == self._graph.token_network
        return self._graph.participants_of(event) if ours else ()

    def _adjust(self, node: Address, time: float) -> None:
        """Let as many channels of a node be missing as there are to its target now."""
        member = self._members.get(node)
        if member is None:
            return
        degree = self._graph.degree(node)
        short = 0 if member.leaving else max(0, member.join.target - degree)
        while len(member.missing) < short:
            member.missing.append(time)
        while len(member.missing) > short:
            self.waits.append(time - member.missing.popleft())
        if degree >= member.join.target and member.join.reached is None and not member.leaving:
            member.join.reached = time


@dataclass(frozen=True, slots=True)
class JoinMeasure:
    """A number that joins have come to.

    Attributes:
        of: takes their history; None: there is no such thing.
        description: what it is, with its unit.
        whole: whether it is always a whole number.
    """

    of: Callable[[JoinHistory], int | Fraction | None]
    description: str
    whole: bool = False


def _mean(values: Iterable[float]) -> Fraction | None:
    exact = [Fraction(value) for value in values]
    return sum(exact, Fraction(0)) / len(exact) if exact else None


def _times_to_target(history: JoinHistory) -> list[float]:
    return [join.reached - join.begun for join in history.joins if join.reached is not None]


JOIN_MEASURES: dict[str, JoinMeasure] = {
    "unplaced_tokens": JoinMeasure(
        lambda history: _mean(history.unplaced().values()),
        "which part of its funds a node that takes part has in no open channel, in tokens; the "
        "mean over nodes; none without such nodes",
    ),
    "channels_short": JoinMeasure(
        lambda history: sum(history.short().values()),
        "how many channels nodes that take part are short of their targets",
        whole=True,
    ),
    "missing_seconds": JoinMeasure(
        lambda history: _mean(history.waits),
        "how long a missing channel stays open, in virtual seconds, also where it still does; the "
        "mean over all that were ever missing; none without such",
    ),
    "target_seconds": JoinMeasure(
        lambda history: _mean(_times_to_target(history)),
        "how long after a join a node has as many channels as it wanted, in virtual seconds; the "
        "mean over joins that have come there; none without such",
    ),
    "on_target": JoinMeasure(
        lambda history: _mean(join.reached is not None for join in history.joins),
        "the share of joins that have come to their targets, 0 to 1; none without joins",
    ),
    "gas_per_join": JoinMeasure(
        lambda history: Fraction(history.gas, len(history.joins)) if history.joins else None,
        "what nodes that have joined use to open channels and to deposit, topping up and answering "
        "too, in gas for each join; none without joins",
    ),
    "fees_per_join": JoinMeasure(
        lambda history: Fraction(history.fees, len(history.joins)) if history.joins else None,
        "what nodes that have joined pay for that gas, in wei for each join; none without joins",
    ),
}
"""By the names that tables use."""
