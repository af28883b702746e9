"""What a scenario file names that may be of the user's own: a strategy, a graph generator."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationInfo
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from simulator import extensions
from simulator.errors import ConfigurationError
from simulator.quoting import shown
from simulator.scenario.source import suggestion
from simulator.scenario.words import remedy

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
        try:
            return self.wrap(self._found(value, (info.context or {}).get(ALLOW_CODE)), value)
        except ConfigurationError as error:
            raise ValueError(str(error).removesuffix(".")) from None

    def _found(self, name: str, allowed: bool | None) -> Any:
        """Return what is none of ours; code of a module is imported only where that is allowed."""
        names = extensions.names(self.kind, self.ours)
        if name in names:
            return extensions.installed_one(self.kind, name)
        if not extensions.is_reference(name):
            problem = f"must be the name of a {self.kind.name}, not {shown(name)}"
            raise ConfigurationError(f"{problem}; {suggestion(name, names)}")
        if not allowed:
            raise ConfigurationError(f"{shown(name)} {extensions.NOT_ALLOWED}")
        return extensions.referenced(self.kind, name)

    def __get_pydantic_core_schema__(self, _: Any, __: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.with_info_plain_validator_function(self.check)

    def __get_pydantic_json_schema__(
        self, _: CoreSchema, __: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """List what there is when somebody asks: packages come and go."""
        names: dict[str, Any] = {"enum": extensions.names(self.kind, self.ours)}
        if any(self.ours.values()):
            names["oneOf"] = [
                {"const": name, "description": self.ours.get(name, "of an installed package")}
                for name in names["enum"]
            ]
        code = {
            "type": "string",
            "pattern": f"^{extensions.REFERENCE}$",
            "description": "`module:function` with `--allow-code`",
        }
        return {"anyOf": [names, code]}
