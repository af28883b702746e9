"""How a file names a strategy: by its name, with parameters, or as code of the user's own."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import GetJsonSchemaHandler, ValidationInfo
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from simulator.forms.own_code import Named
from simulator.system import extensions
from simulator.topology.strategies import (
    EVERY_JOINS,
    MIXTURE,
    STRATEGIES,
    WITH_PARAMETERS,
    Configured,
    Extension,
    configured,
)
from simulator.words.errors import ConfigurationError


@dataclass(frozen=True, slots=True, eq=False)
class _NamedStrategy(Named):
    def check(self, value: object, info: ValidationInfo) -> Any:
        if isinstance(value, Configured):
            return value
        if not isinstance(value, Mapping):
            return Named.check(self, value, info)
        try:
            return configured(value, lambda part: Named.check(self, part, info))
        except ConfigurationError as error:
            raise ValueError(str(error).removesuffix(".")) from None

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        found = Named.__get_pydantic_json_schema__(self, schema, handler)
        share = {"type": "number", "exclusiveMinimum": 0}
        every = {"type": "integer", "minimum": 1}
        for name in WITH_PARAMETERS:
            parameters: dict[str, Any] = {"type": "object", "minProperties": 1}
            if name == MIXTURE:
                parameters |= {"additionalProperties": share}
            else:
                parameters |= {"additionalProperties": False, "properties": {EVERY_JOINS: every}}
            found["anyOf"].append(
                {
                    "type": "object",
                    "properties": {name: parameters},
                    "required": [name],
                    "additionalProperties": False,
                }
            )
        return found


StrategyName = Annotated[
    str | Extension | Configured,
    _NamedStrategy(extensions.STRATEGY, dict.fromkeys(STRATEGIES, ""), Extension),
]
"""One of ours, one of a package's, or `module:function`."""
