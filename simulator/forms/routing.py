"""How a file says how a node finds ways: a policy by its name, or with more, or the user's own."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import GetJsonSchemaHandler, ValidationInfo
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from simulator.forms.own_code import Named
from simulator.payments.routing.atlas import Knowledge
from simulator.payments.routing.routing import (
    MAX_PATHS,
    MAX_PENALTY,
    POLICIES,
    Routing,
    RoutingInvalid,
    routing_of,
)
from simulator.payments.routing.user_policy import UserPolicy
from simulator.system import extensions

_PENALTY = {"type": "integer", "minimum": 0, "maximum": MAX_PENALTY}
_MORE: dict[str, Any] = {
    "knowledge": {"enum": [*Knowledge]},
    "max_paths": {"type": "integer", "minimum": 1, "maximum": MAX_PATHS},
    "fee_penalty": _PENALTY,
    "diversity_penalty": _PENALTY,
}


@dataclass(frozen=True, slots=True, eq=False)
class _NamedRouting(Named):
    def check(self, value: object, info: ValidationInfo) -> Any:
        given = dict(value) if isinstance(value, Mapping) else {"policy": value}
        if "policy" in given:
            given["policy"] = Named.check(self, given["policy"], info)
        try:
            return routing_of(given)
        except RoutingInvalid as error:
            raise ValueError(error.told) from None

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        policy = Named.__get_pydantic_json_schema__(self, schema, handler)
        more = {"properties": {"policy": policy, **_MORE}, "additionalProperties": False}
        return {"anyOf": [*policy["anyOf"], {"type": "object", **more}]}


RoutingOption = Annotated[
    Routing, _NamedRouting(extensions.ROUTING, dict.fromkeys(POLICIES, ""), UserPolicy)
]
"""One of ours, one of a package's, or `module:function`, and what else it needs."""
