"""What is left of a part of a file when something in it is wrong, so that the rest is checked too.

All mistakes come at once. Rules about several values together need a model; they end where they
ask for a value that nobody knows.
"""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from functools import lru_cache
from typing import Any, TypeVar

from pydantic import create_model
from pydantic_core import ErrorDetails

from simulator.forms.part import KeyPath, Part

MAX_LOOKED_AT = 100
"""Of so many unknown keys it is found out which key each might have been meant to be."""

_DOUBTFUL = "_doubtful"

P = TypeVar("P", bound=Part)


class Doubtful(Exception):
    """A value is asked for that the file does not say in a way that can be understood."""


class _Leftover:
    """What makes a model forget values that nobody knows."""

    def __getattribute__(self, name: str) -> Any:
        if name in object.__getattribute__(self, "__dict__").get(_DOUBTFUL, ()):
            raise Doubtful(name)
        return super().__getattribute__(name)


def leftover(
    model: type[P], value: object, details: Sequence[ErrorDetails], context: Mapping[str, Any]
) -> P | None:
    """Return a part without what is wrong in it; None if it is no mapping at all.

    Args:
        model: what it should be.
        value: what stands in the file.
        details: what pydantic has found.
        context: what it was told.
    """
    if not isinstance(value, dict):
        return None
    names = {field.alias or name: name for name, field in model.model_fields.items()}
    wrong = {str(detail["loc"][0]) for detail in details if detail["loc"]}
    rest = {key: entry for key, entry in value.items() if key in names.keys() - wrong}
    found: P = _lenient(model).model_validate(rest, context=dict(context))
    unknown = [key for key in wrong if key not in names]
    not_given = [key for key in names if key not in value]
    for key in sorted(unknown)[:MAX_LOOKED_AT]:  # which may be another one, misspelt
        wrong.update(difflib.get_close_matches(key, not_given, n=1))
    object.__setattr__(found, _DOUBTFUL, {names[key] for key in wrong & names.keys()})
    return found


def is_leftover(part: Part) -> bool:
    """Tell whether something of a part is missing."""
    return isinstance(part, _Leftover)


def value_of(part: Part | None, name: str) -> Any:
    """Return a value of a part, or None if nobody knows it."""
    try:
        return None if part is None else getattr(part, name)
    except Doubtful:
        return None


def broken_rules(part: Part) -> Iterator[tuple[KeyPath, str]]:
    """Yield what is wrong with the values together, as far as they are known."""
    for rule in part.rules():
        try:
            yield from rule
        except Doubtful:
            continue


@lru_cache(maxsize=256)
def _lenient(model: type[P]) -> type[P]:
    """Return a model that needs no key."""
    optional: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        if field.is_required():
            without = copy(field)
            without.default = None
            optional[name] = (field.annotation, without)
    bases: Any = (_Leftover, model)
    made: type[P] = create_model(model.__name__, __base__=bases, **optional)
    return made
