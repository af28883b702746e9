"""Assertions about events of the contracts: how many there were, and in which order."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from pydantic import (
    BeforeValidator,
    Field,
    PlainValidator,
    ValidationError,
    ValidationInfo,
    WithJsonSchema,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from simulator.forms.expected import Comparison, Expected, expected_of, holds, plain
from simulator.forms.part import Part, Problem
from simulator.forms.values import partner_of
from simulator.forms.yaml_words import remedy
from simulator.kernel.journal import Entry
from simulator.reports.wording import span
from simulator.scenario.tasks import near_misses
from simulator.scenario.tasks.assertions import Expectation
from simulator.scenario.tasks.scenario_run import Scope, Steps
from simulator.scenario.tasks.task import Task
from simulator.words import events
from simulator.words.errors import AssertionFailed
from simulator.words.quoting import shown, suggestion
from simulator.words.units import UINT256_MAX, ZERO_ADDRESS, Address

Arguments = dict[str, "int | Address | Comparison"]


@dataclass(frozen=True, slots=True)
class _EventKind:
    """How the journal keeps a contract's event.

    Attributes:
        kind: its record.
        arguments: the record's attributes by the contract's names of the arguments.
        accounts: the arguments that are addresses.
        minted: whether it is a transfer from nobody; None: no transfer at all.
    """

    kind: type[events.ChainEvent]
    arguments: dict[str, str]
    accounts: frozenset[str] = frozenset()
    minted: bool | None = None

    def matches(self, event: events.Event) -> bool:
        """Tell whether a record is one of these events."""
        if not isinstance(event, self.kind):
            return False
        sender = getattr(event, "sender", None)
        return self.minted is None or (sender == ZERO_ADDRESS) == self.minted


def _same(*names: str) -> dict[str, str]:
    return {name: name for name in names}


_ENDS = frozenset({"participant1", "participant2"})

EVENTS: dict[str, dict[str, _EventKind]] = {
    "TokenNetwork": {
        "ChannelOpened": _EventKind(
            events.ChannelOpened,
            _same("channel_identifier", "participant1", "participant2")
            | {"settle_timeout": "settle_timeout_blocks"},
            _ENDS,
        ),
        "ChannelNewDeposit": _EventKind(
            events.Deposited,
            _same("channel_identifier", "participant", "total_deposit"),
            frozenset({"participant"}),
        ),
        "ChannelClosed": _EventKind(
            events.ChannelClosed,
            _same("channel_identifier", "closing_participant"),
            frozenset({"closing_participant"}),
        ),
        "ChannelWithdraw": _EventKind(
            events.Withdrawn,
            _same("channel_identifier", "participant", "total_withdraw"),
            frozenset({"participant"}),
        ),
        "NonClosingBalanceProofUpdated": _EventKind(
            events.BalanceProofUpdated,
            _same("channel_identifier", "closing_participant", "nonce"),
            frozenset({"closing_participant"}),
        ),
        "ChannelSettled": _EventKind(
            events.ChannelSettled,
            _same("channel_identifier", "participant1", "participant1_amount")
            | _same("participant2", "participant2_amount"),
            _ENDS,
        ),
        "ChannelUnlocked": _EventKind(
            events.Unlocked,
            _same("channel_identifier", "receiver", "sender", "unlocked_amount")
            | {"returned_tokens": "returned_amount"},
            frozenset({"receiver", "sender"}),
        ),
    },
    "SecretRegistry": {"SecretRevealed": _EventKind(events.SecretRegistered, {})},
    "CustomToken": {
        "Transfer": _EventKind(
            events.TokensMoved,
            {"_from": "sender", "_to": "receiver", "_value": "amount"},
            frozenset({"_from", "_to"}),
            minted=False,
        ),
        "Minted": _EventKind(
            events.TokensMoved,
            {"_to": "receiver", "_num": "amount"},
            frozenset({"_to"}),
            minted=True,
        ),
    },
}
"""What can be counted: events by contract and name."""


def _event_arguments(value: object, info: ValidationInfo) -> Arguments:
    kind = EVENTS.get(info.data.get("contract_name", ""), {}).get(info.data.get("event_name", ""))
    if not isinstance(value, dict):
        raise ValueError(f"must be a mapping of keys to values, not {shown(value)}")  # noqa: TRY004
    if kind is None:
        return {}  # the name of the event is the mistake to be told
    found: Arguments = {}
    wrong: list[InitErrorDetails] = []
    for name, argument in value.items():
        try:
            found[name] = _argument(kind, name, argument, info)
        except ValueError as error:
            reason = PydanticCustomError("argument", "{error}", {"error": str(error)})
            wrong.append({"type": reason, "loc": (name,), "input": argument})
    if wrong:  # all of them at once
        raise ValidationError.from_exception_data("event_args", wrong)
    return found


def _argument(
    kind: _EventKind, name: str, argument: object, info: ValidationInfo
) -> int | Address | Comparison:
    """Return an argument of an event.

    Raises:
        ValueError: the event has none of that name, or it is of another type.
    """
    if not kind.arguments:
        raise ValueError("can't be compared: of these events there is only how many there are")
    if name not in kind.arguments:
        raise ValueError(f"no such argument; {suggestion(name, kind.arguments)}")
    if name in kind.accounts:
        return partner_of(argument, info)
    if type(argument) is int and 0 <= argument <= UINT256_MAX:
        return argument
    if isinstance(argument, str) and argument[:1] in "<>":
        return expected_of(argument)
    raise ValueError(f"must be a number from 0, not {shown(argument)}{remedy(argument)}")


def _tuple(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


class EventPart(Part):
    """An event of a contract, as a file names it."""

    contract_name: Literal["TokenNetwork", "SecretRegistry", "CustomToken"] = Field(
        default="TokenNetwork", description="the contract that emits the event"
    )
    event_name: str = Field(description="the event, by the contract's name of it")
    event_args: (
        Annotated[
            Arguments,
            PlainValidator(_event_arguments),
            WithJsonSchema(
                {"type": "object", "additionalProperties": {"type": ["integer", "string"]}}
            ),
        ]
        | None
    ) = Field(
        default=None,
        description="arguments that must agree, by the contract's names; participants in their "
        "order, addresses as in `to`, numbers may be comparisons",
    )
    channel_info_key: str | None = Field(
        default=None,
        description="only events of the channel that `store_channel_info` has remembered",
    )

    def rules(self) -> Iterable[Iterable[Problem]]:
        """Return those about the event's name and about the channel."""
        return [self._named(), self._about_a_channel()]

    def _named(self) -> Iterable[Problem]:
        """Yield that the contract has no such event."""
        known = EVENTS[self.contract_name]
        if self.event_name not in known:
            yield ("event_name",), f"no such event; {suggestion(self.event_name, known)}"

    def _about_a_channel(self) -> Iterable[Problem]:
        """Yield that the event is about no channel."""
        if self.channel_info_key is not None and self.contract_name != "TokenNetwork":
            yield ("channel_info_key",), f"events of the {self.contract_name} are about no channel"

    def matching(self, scope: Scope) -> list[Entry]:
        """Return the journal's entries with which all arguments agree, in order.

        Raises:
            AssertionFailed: nothing was stored under the key.
        """
        wanted = self._wanted(scope)
        return [entry for entry in self._of_its_kind(scope) if not self._misses(entry, wanted)]

    def nearest(self, scope: Scope) -> Iterator[str]:
        """Yield those that agree in most of their arguments, if there are any."""
        wanted, found = self._wanted(scope), self._of_its_kind(scope)
        least = min((len(self._misses(entry, wanted)) for entry in found), default=0)
        near = [entry for entry in found if len(self._misses(entry, wanted)) == least]
        if near:
            told = Counter(self._told(scope, entry, wanted) for entry in near)
            yield "there: " + near_misses.some((f"{n} {text}" for text, n in told.items()), 3)
        else:
            yield f"nobody's either; there: {_all_kinds(scope) or 'none at all'}"

    def _told(self, scope: Scope, entry: Entry, wanted: dict[str, object]) -> str:
        """Return an entry for people, with the arguments that are another's than wanted."""
        names = {ours: theirs for theirs, ours in self._kind.arguments.items()}
        values = [
            f"{names[name]} {_plain(scope, getattr(entry.event, name))}"
            for name in self._misses(entry, wanted)
        ]
        other = f"with {', '.join(values)} " if values else ""
        return f"{other}at {near_misses.moment(scope, entry.block, entry.time)}"

    @property
    def _kind(self) -> _EventKind:
        return EVENTS[self.contract_name][self.event_name]

    def _wanted(self, scope: Scope) -> dict[str, object]:
        """Return what the attributes of an event's record must be."""
        kind = self._kind
        wanted: dict[str, object] = {
            kind.arguments[name]: scope.address(value)
            if name in kind.accounts and not isinstance(value, Comparison)
            else value
            for name, value in (self.event_args or {}).items()
        }
        if self.channel_info_key is not None:
            wanted["channel_identifier"] = self._stored(scope)
        return wanted

    def _of_its_kind(self, scope: Scope) -> list[Entry]:
        network, registry = scope.network, scope.net.world.secrets.registry
        assert registry is not None  # noqa: S101 - every world has one
        contract = {
            "TokenNetwork": network.address,
            "SecretRegistry": registry.address,
            "CustomToken": network.token.address,
        }[self.contract_name]
        return [
            entry
            for entry in scope.net.journal.entries
            if self._kind.matches(entry.event)
            and getattr(entry.event, "contract", None) == contract
        ]

    @staticmethod
    def _misses(entry: Entry, wanted: dict[str, object]) -> list[str]:
        """Return the attributes in which an entry is none of those wanted."""
        return [n for n, value in wanted.items() if not holds(value, getattr(entry.event, n))]

    def _stored(self, scope: Scope) -> int:
        key = self.channel_info_key or ""
        if key not in scope.channel_infos:
            raise AssertionFailed(f"no channel was stored under the key {shown(key)}")
        return scope.channel_infos[key]

    def named(self) -> str:
        """Return the event with its arguments, by their names as in the file."""
        given = ", ".join(f"{n} {plain(v)}" for n, v in (self.event_args or {}).items())
        shown_args = f" ({given})" if given else ""
        return f"{self.contract_name}.{self.event_name}{shown_args}"


def _all_kinds(scope: Scope) -> str:
    """Return which events there were, by the contracts' names of them, most often first."""
    found = Counter(
        name
        for entry in scope.net.journal.entries
        for kinds in EVENTS.values()
        for name, kind in kinds.items()
        if kind.matches(entry.event)
    )
    return near_misses.some(f"{count} {name}" for name, count in found.most_common())


def _plain(scope: Scope, value: object) -> str:
    return scope.name_of(Address(value)) if isinstance(value, bytes) else plain(value)


class AssertEvents(EventPart, Expectation):
    """How many such events nodes have learned of, those of a start graph included."""

    subjects: ClassVar[tuple[str, ...]] = ("num_events",)
    num_events: Expected = Field(description="how many of them")

    def check(self, scope: Scope) -> Steps:
        """Count them.

        Raises:
            AssertionFailed: the number is another one, or nothing was stored under the key.
        """
        self.compare({"num_events": len(self.matching(scope))})
        yield from ()

    def subject(self) -> str:
        """Return the event."""
        return f" of {self.named()}"

    def text(self) -> str:
        """Return the event and the number."""
        return f"{self.named()}, {plain(self.num_events)}"


class AssertOrder(Expectation):
    """That events came one after the other; others may have come between them."""

    subjects: ClassVar[tuple[str, ...]] = ()
    says_something_alone: ClassVar[bool] = True
    events: Annotated[tuple[EventPart, ...], Field(min_length=2), BeforeValidator(_tuple)] = Field(
        description="which, in their order, each as in `assert_events`"
    )

    def rules(self) -> Iterable[Iterable[Problem]]:
        """Return those of each event."""
        return [*super().rules(), self._of_each()]

    def _of_each(self) -> Iterable[Problem]:
        for number, event in enumerate(self.events):
            for rule in event.rules():
                for place, reason in rule:
                    yield ("events", number, *place), reason

    def check(self, scope: Scope) -> Steps:
        """Look for each event behind the one before it.

        Raises:
            AssertionFailed: there is none.
        """
        behind, before = -1, ""
        for event in self.events:
            found = event.matching(scope)
            later = [entry for entry in found if entry.position > behind]
            if not later:
                raise AssertionFailed(_not_there(scope, event, found, before))
            behind = later[0].position
            before = f"{event.named()} at {span(scope.seconds(later[0].time))}"
        yield from ()

    def text(self) -> str:
        """Return the events in their order."""
        return " < ".join(event.named() for event in self.events)


def _not_there(scope: Scope, event: EventPart, found: list[Entry], before: str) -> str:
    """Say that an event is not where it should be, and where it is."""
    if not before:
        return f"{event.named()} is not there"
    told = f"{event.named()} does not come after {before}"
    if not found:
        return f"{told}: it is not there"
    times = ", ".join(span(scope.seconds(entry.time)) for entry in found[-3:])
    return f"{told}, only before it: at {times}"


TASKS: dict[str, type[Task]] = {
    "assert_events": AssertEvents,
    "assert_order": AssertOrder,
}
"""The tasks of this module by their names in scenario files."""
