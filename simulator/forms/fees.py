"""What a node takes for passing payments on, as files say it: the same words everywhere."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

from simulator.forms.values import Amount
from simulator.payments.fees import MAX_IMBALANCE, MILLION

Flat = Amount
Proportional = Annotated[int, Field(ge=0, le=MILLION)]
Imbalance = Annotated[int, Field(ge=0, le=MAX_IMBALANCE)]
"""Tokens, parts per million of what is passed on, and of a channel's capacity."""


def _of_the_token(value: object) -> object:
    """Take the number behind a token's address, as Raiden's command line has it."""
    is_pair = isinstance(value, list) and len(value) == 2 and isinstance(value[0], str)
    return value[1] if is_pair else value  # type: ignore[index]


def _option(most: int | None) -> Any:
    number = {"type": "integer", "minimum": 0} | ({} if most is None else {"maximum": most})
    pair = {
        "type": "array",
        "prefixItems": [{"type": "string"}, number],
        "minItems": 2,
        "maxItems": 2,
        "description": "a token's address, which changes nothing, and the number",
    }
    return WithJsonSchema({"anyOf": [number, pair]})


FlatOption = Annotated[Flat, BeforeValidator(_of_the_token), _option(None)]
ProportionalOption = Annotated[Proportional, BeforeValidator(_of_the_token), _option(MILLION)]
ImbalanceOption = Annotated[Imbalance, BeforeValidator(_of_the_token), _option(MAX_IMBALANCE)]
"""The options of nodes, which may name the token: there is one in a scenario."""
