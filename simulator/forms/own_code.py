"""What a scenario file names that may be of the user's own: a strategy, a generator, a metric."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationInfo
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from simulator.forms.yaml_words import remedy
from simulator.system import extensions
from simulator.words.errors import ConfigurationError
from simulator.words.quoting import shown

OF_A_PACKAGE = "of an installed package"
OWN_CODE = "`module:function` with `--allow-code`"

ALLOW_CODE = "allow_code"
"""Of the context in which values are checked: whether the user lets a file name code."""


@dataclass(frozen=True, slots=True, eq=False)
class Named:
    """The type of a value that names one of ours, one of a package's, or `module:function`.

    Attributes:
        kind: what it is.
        ours: those of the simulator, which stay names, with a description or none.
        wrap: takes what is none of ours, and its name.
    """

    kind: extensions.Kind
    ours: Mapping[str, str]
    wrap: Callable[[Any, str], Any]

    def check(self, value: object, info: ValidationInfo) -> Any:
        """Return what is named, or what a function of Python's makes.

        Raises:
            ValueError: there is no such thing, or it may not be used.
        """
        if callable(value):
            return self.wrap(value, "")
        if not isinstance(value, str):
            reason = f"must be the name of a {self.kind.name}, not {shown(value)}{remedy(value)}"
            raise ValueError(reason)  # noqa: TRY004 - for pydantic
        if value in self.ours:
            return value
        allowed = bool((info.context or {}).get(ALLOW_CODE))
        try:
            found = extensions.find(self.kind, value, self.ours, allowed=allowed)
            return self.wrap(found, value)
        except ConfigurationError as error:
            raise ValueError(str(error).removesuffix(".")) from None

    def __get_pydantic_core_schema__(self, _: Any, __: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.with_info_plain_validator_function(self.check)

    def __get_pydantic_json_schema__(
        self, _: CoreSchema, __: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """List what there is when somebody asks: packages come and go."""
        names: dict[str, Any] = {"enum": extensions.names(self.kind, self.ours)}
        if any(self.ours.values()):
            names["oneOf"] = [
                {"const": name, "description": self.ours.get(name, OF_A_PACKAGE)}
                for name in names["enum"]
            ]
        code = {
            "type": "string",
            "pattern": f"^{extensions.REFERENCE}$",
            "description": OWN_CODE,
        }
        return {"anyOf": [names, code]}
