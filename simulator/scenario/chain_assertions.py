"""Assertions about the chain: events of the contracts, gas, blocks."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from pydantic import Field, PlainValidator, ValidationError, ValidationInfo, WithJsonSchema
from pydantic_core import InitErrorDetails, PydanticCustomError

from simulator import events
from simulator.errors import AssertionFailed
from simulator.quoting import shown, suggestion
from simulator.scenario.assertions import Expectation
from simulator.scenario.execution import Scope, Steps
from simulator.scenario.task import Expected, Problem, Task, partner_of, plain
from simulator.scenario.words import remedy
from simulator.units import UINT256_MAX, Address

Arguments = dict[str, "int | Address"]


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
        return self.minted is None or (sender == Address(bytes(20))) == self.minted


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
    },
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


def _argument(kind: _EventKind, name: str, argument: object, info: ValidationInfo) -> int | Address:
    """Return an argument of an event.

    Raises:
        ValueError: the event has none of that name, or it is of another type.
    """
    if name not in kind.arguments:
        raise ValueError(f"no such argument; {suggestion(name, kind.arguments)}")
    if name in kind.accounts:
        return partner_of(argument, info)
    if type(argument) is int and 0 <= argument <= UINT256_MAX:
        return argument
    raise ValueError(f"must be a number from 0, not {shown(argument)}{remedy(argument)}")


class AssertEvents(Expectation):
    """How many such events nodes have learned of since the run began."""

    subjects: ClassVar[tuple[str, ...]] = ("num_events",)
    contract_name: Literal["TokenNetwork", "CustomToken"] = Field(
        description="the contract that emits the event"
    )
    event_name: str = Field(description="the event, by the contract's name of it")
    num_events: Expected = Field(description="how many of them")
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
        "order, addresses as in `to`",
    )
    channel_info_key: str | None = Field(
        default=None,
        description="count only events of the channel that `store_channel_info` has remembered",
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
            yield ("channel_info_key",), "events of the token are about no channel"

    def run(self, scope: Scope) -> Steps:
        """Count those with which all arguments agree.

        Raises:
            AssertionFailed: the number is another one, or nothing was stored under the key.
        """
        kind = EVENTS[self.contract_name][self.event_name]
        wanted: dict[str, object] = {
            kind.arguments[name]: scope.address(value) if name in kind.accounts else value
            for name, value in (self.event_args or {}).items()
        }
        if self.channel_info_key is not None:
            wanted["channel_identifier"] = self._stored(scope)
        network = scope.net.world.networks[scope.token]
        on_network = self.contract_name == "TokenNetwork"
        contract = network.address if on_network else network.token.address
        count = sum(
            kind.matches(entry.event)
            and getattr(entry.event, "contract", None) == contract
            and all(getattr(entry.event, name) == value for name, value in wanted.items())
            for entry in scope.net.journal.entries
        )
        self.compare({"num_events": count})
        yield from ()

    def _stored(self, scope: Scope) -> int:
        key = self.channel_info_key or ""
        if key not in scope.channel_infos:
            raise AssertionFailed(f"no channel was stored under the key {shown(key)}")
        return scope.channel_infos[key]

    def text(self) -> str:
        """Return the parameters; of the arguments, their names as in the file."""
        given = ", ".join(f"{n} {plain(v)}" for n, v in (self.event_args or {}).items())
        shown_args = f" ({given})" if given else ""
        return f"{self.contract_name}.{self.event_name}{shown_args}, {plain(self.num_events)}"


CallName = Literal[
    "approve",
    "mintFor",
    "openChannel",
    "openChannelWithDeposit",
    "setTotalDeposit",
    "closeChannel",
    "settleChannel",
]
"""The contract functions that the simulator calls."""


class AssertGas(Expectation):
    """How often contracts were called since the run began, and what that cost.

    Calls that were mined and reverted count; one that its sender could not pay for was never mined.
    """

    subjects: ClassVar[tuple[str, ...]] = ("calls", "gas", "gas_per_call")
    call: CallName | None = Field(
        default=None, description="the function that is called; by default all of them"
    )
    calls: Expected | None = Field(default=None, description="how many calls")
    gas: Expected | None = Field(default=None, description="units of gas, all calls together")
    gas_per_call: Expected | None = Field(
        default=None, description="units of gas in the mean, rounded up"
    )

    def run(self, scope: Scope) -> Steps:
        """Add up what was used by the function, or by all of them."""
        used = scope.net.world.mempool.gas.by_function()
        chosen = list(used.values()) if self.call is None else [used.get(self.call, (0, 0))]
        calls, gas = (sum(column) for column in zip((0, 0), *chosen, strict=True))
        average = -(-gas // calls) if calls else None
        self.compare({"calls": calls, "gas": gas, "gas_per_call": average})
        yield from ()


class AssertBlocks(Expectation):
    """How many blocks were mined since the root task began; those of a start graph don't count."""

    shorthand: ClassVar[str | None] = "blocks"
    subjects: ClassVar[tuple[str, ...]] = ("blocks",)
    blocks: Expected | None = Field(
        default=None, description="how many blocks", examples=["'>= 10'"]
    )

    def run(self, scope: Scope) -> Steps:
        """Look at the height and compare."""
        self.compare({"blocks": scope.blocks})
        yield from ()


TASKS: dict[str, type[Task]] = {
    "assert_events": AssertEvents,
    "assert_gas": AssertGas,
    "assert_blocks": AssertBlocks,
}
"""The tasks of this module by their names in scenario files."""
