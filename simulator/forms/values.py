"""The types of what people write: nodes, amounts, times, statuses, with their ranges."""

import re
import warnings
from typing import Annotated

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainValidator,
    ValidationInfo,
    WithJsonSchema,
)

from simulator.forms.yaml_words import as_number, remedy
from simulator.words.errors import InvalidAddress
from simulator.words.units import UINT256_MAX, Address, parse_address

MAX_STATUS_LENGTH = 50
MAX_SECONDS = 1_000_000


def _known_node(index: int, info: ValidationInfo) -> int:
    count = (info.context or {}).get("nodes")
    if count is not None and index >= count:
        raise ValueError(f"there is no node {index}: nodes are 0 to {count - 1}")
    return index


def partner_of(value: object, info: ValidationInfo) -> int | Address:
    """Return a node's number or an account's address, for a validator.

    Raises:
        ValueError: it is neither, or there is no such node.
    """
    if isinstance(value, str):
        try:
            return parse_address(value)
        except InvalidAddress as error:
            how = remedy(value)
            raise ValueError(
                f"must be a node's number or an address{how}" if how else str(error)
            ) from None
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError("must be a node's number or an address")
    return _known_node(value, info)


def _status(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise ValueError("must be a number or a regular expression")  # noqa: TRY004 - for pydantic
    pattern = str(value)
    try:
        if len(pattern) > MAX_STATUS_LENGTH:
            raise ValueError(f"must be at most {MAX_STATUS_LENGTH} characters")
        with warnings.catch_warnings():  # of what Python may once read differently
            warnings.simplefilter("ignore")
            re.compile(pattern)
    except (re.error, OverflowError) as error:
        raise ValueError(f"is not a regular expression: {error}") from None
    return pattern


NodeIndex = Annotated[int, Field(ge=0), AfterValidator(_known_node)]
"""A node's number, from 0."""

_ADDRESS_TEXT = {
    "type": "string",
    "pattern": "^0x[0-9a-fA-F]{40}$",
    "description": "an account's address",
}
_WHOLE = {"type": "integer", "minimum": 0}

Partner = Annotated[
    int | Address,
    PlainValidator(partner_of),
    WithJsonSchema({"anyOf": [{**_WHOLE, "description": "a node's number"}, _ADDRESS_TEXT]}),
    Field(description="the other end of the channel: a node, or any account"),
]
"""A node's number, or any account's address."""

FromWord = BeforeValidator(as_number)
"""What lets a number that need not be whole be written as 1e-3; behind its range."""

Amount = Annotated[int, Field(ge=0, le=UINT256_MAX)]
"""Tokens in their smallest unit, or wei."""

Seconds = Annotated[float, Field(ge=0, le=MAX_SECONDS), FromWord]
"""Virtual seconds."""

HttpStatus = Annotated[
    str,
    PlainValidator(_status),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer"},
                {
                    "type": "string",
                    "maxLength": MAX_STATUS_LENGTH,
                    "description": "a regular expression that the whole status must match",
                },
            ]
        }
    ),
    Field(description="the HTTP status that the answer must have; any other one is a failure"),
]
"""A regular expression that a whole HTTP status must match."""
