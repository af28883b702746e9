"""What bodies of requests and answers look like."""

import re
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, WithJsonSchema, with_config
from pydantic.config import JsonDict
from typing_extensions import TypeAliasType, TypedDict

from simulator.api.body import EXACTLY_ONE, Body, Integer, Number
from simulator.node.channels import REVEAL_TIMEOUT_BLOCKS
from simulator.node.dialects import Dialect
from simulator.node.join_terms import DEFAULT_CHANNEL_TARGET, DEFAULT_JOINABLE, JoinTerms
from simulator.words.errors import InvalidBody, InvalidRequest
from simulator.words.units import Address, AnyChannelState, parse_address_field

ADDRESS_SCHEMA = {"pattern": "^0x[0-9a-fA-F]{40}$", "example": "0x" + "22" * 20}
AddressText = Annotated[str, Field(description="EIP-55", json_schema_extra=ADDRESS_SCHEMA)]
Amount = TypeAliasType("Amount", int | Annotated[str, Field(pattern="^[0-9]+$")])
"""A number in a node's answer; `AMOUNTS` says what it is in a dialect."""
AMOUNTS: dict[type[int] | type[str], JsonDict] = {
    int: {"type": "integer", "minimum": 0},
    str: {"type": "string", "pattern": "^[0-9]+$"},
}
"""How a node documents its amounts, by its dialect's `numbers`."""


ContractAddress = TypeAliasType("ContractAddress", AddressText | Literal[""] | None)
"""A contract of services; `ABSENT_TOO` says how it looks in a dialect where there is none."""
_ADDRESS: JsonDict = {"type": "string", "pattern": ADDRESS_SCHEMA["pattern"]}
ABSENT_TOO: dict[Dialect, JsonDict] = {
    Dialect.RED_EYES: _ADDRESS,
    Dialect.ALDERAAN: {"anyOf": [_ADDRESS, {"const": ""}]},
    Dialect.BESPIN: {"anyOf": [_ADDRESS, {"type": "null"}]},
}
"""How a node documents its contracts."""

HASH_TEXT = re.compile("0x[0-9a-fA-F]{64}")
HashText = Annotated[str, Field(json_schema_extra={"pattern": f"^{HASH_TEXT.pattern}$"})]
"""32 bytes in hexadecimal."""


def one_of(kind: type[StrEnum]) -> WithJsonSchema:
    """Return how a text is documented that is a value of some kind."""
    return WithJsonSchema({"type": "string", "enum": [value.value for value in kind]})


class JoinBody(Body):
    """How to join a token network."""

    funds: Annotated[Integer, Field(description="Tokens to put into the network, above 0.")]
    initial_channel_target: Annotated[
        Integer, Field(description="Channels to open, at least 1; the funds are split over them.")
    ] = DEFAULT_CHANNEL_TARGET
    joinable_funds_target: Annotated[
        Number,
        Field(
            default_factory=lambda: DEFAULT_JOINABLE,
            description="The fraction of the funds kept for channels of others, in [0, 1].",
            json_schema_extra={"default": float(DEFAULT_JOINABLE)},
        ),
    ]

    def terms(self) -> JoinTerms:
        """Return the terms of the join.

        Raises:
            InvalidRequest: a value is out of range.
        """
        return JoinTerms.checked(
            self.funds, self.initial_channel_target, self.joinable_funds_target
        )


class OpenChannelBody(Body):
    """Which channel to open."""

    token_address: AddressText
    partner_address: AddressText
    total_deposit: Annotated[Integer, Field(description="Tokens to deposit.")] = 0
    settle_timeout: Annotated[
        Integer | None, Field(description="Blocks; the testnet's own timeout if left out.")
    ] = None
    reveal_timeout: Annotated[
        Integer | None,
        Field(
            description="Blocks, at most half of the settle timeout; if left out, "
            f"{REVEAL_TIMEOUT_BLOCKS}, or half of a settle timeout that is shorter than twice that."
        ),
    ] = None

    def arguments(self) -> tuple[Address, Address, int | None, int, int | None]:
        """Return token, partner, settle timeout, total deposit and reveal timeout.

        Raises:
            InvalidBody: one is not an EIP-55 address.
        """
        return (
            parse_address_field("token_address", self.token_address),
            parse_address_field("partner_address", self.partner_address),
            self.settle_timeout,
            self.total_deposit,
            self.reveal_timeout,
        )


class PatchChannelBody(Body):
    """What to do with a channel: exactly one of the fields."""

    model_config = ConfigDict(json_schema_extra=EXACTLY_ONE)

    total_deposit: Annotated[Integer | None, Field(description="The new total deposit.")] = None
    state: Annotated[
        Literal["closed"] | None,
        Field(
            description="Close the channel; bespin nodes settle it at once, together with a bespin "
            "partner, where nothing is pending."
        ),
    ] = None
    total_withdraw: Annotated[
        Integer | None,
        Field(description="Everything that the node has ever taken out, with what it takes now."),
    ] = None
    reveal_timeout: Annotated[
        Integer | None, Field(description="Blocks, at most half of the settle timeout.")
    ] = None

    def change(self) -> tuple[str, int]:
        """Return what is asked for: the field's name and its number; 0 where it is none.

        Raises:
            InvalidBody: nothing is asked for.
            InvalidRequest: more than one thing.
        """
        given = [name for name, value in self if value is not None]
        if not given:
            raise InvalidBody(
                "body",
                "Nothing to do: give total_deposit, total_withdraw, reveal_timeout or state.",
            )
        if len(given) > 1:
            raise InvalidRequest(given[1], f"can't be given together with {given[0]}")
        return given[0], self.total_deposit or self.total_withdraw or self.reveal_timeout or 0


@with_config(ConfigDict(extra="forbid"))
class Answer(TypedDict):
    """A JSON object with the keys of its form and no others, sent in the order of the form."""


class ErrorBody(Answer):
    """What went wrong: a sentence, a list of them, or reasons by field."""

    errors: str | list[str] | dict[str, list[str]]


class MessageBody(Answer):
    """Why a method is not allowed."""

    message: str


class OurAddress(Answer):
    """The node's account."""

    our_address: AddressText


class Version(Answer):
    """The simulator's version."""

    version: str


class NodeStatus(Answer):
    """Whether the node is running."""

    status: Literal["ready", "unavailable"]


class ShutDownBody(Answer):
    """The node stops."""

    status: Literal["shutdown"]


class SettingsBody(Answer):
    """How the node was started."""

    pathfinding_service_address: str | None


class NotificationBody(Answer):
    """Something that the node's user should know."""

    id: Annotated[str, Field(description="What it is about.")]
    summary: str
    body: str
    urgency: str


class Deposits(Answer):
    """What a node has in one token network, where its dialect does not offer joining."""

    sum_deposits: Amount
    channels: Amount


class ConnectionBody(Answer):
    """What a node has in one token network."""

    funds: Annotated[Amount, Field(description="The funds of the last accepted join.")]
    sum_deposits: Amount
    channels: Amount


_ONLY_THESE = Field(json_schema_extra={"additionalProperties": False})
ByToken = Annotated[dict[AddressText, ConnectionBody], _ONLY_THESE]
DepositsByToken = Annotated[dict[AddressText, Deposits], _ONLY_THESE]
"""The token networks in which a node has open channels, by token address."""


class PartnerBody(Answer):
    """A partner and where its channel is found."""

    partner_address: AddressText
    channel: str


class ChannelBody(Answer):
    """A channel, seen from one of its ends."""

    channel_identifier: Amount
    token_address: AddressText
    token_network_address: AddressText
    partner_address: AddressText
    settle_timeout: Amount
    reveal_timeout: Amount
    balance: Amount
    state: AnyChannelState
    total_deposit: Amount
    total_withdraw: Amount
