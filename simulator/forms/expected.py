"""What somebody expects of a number: the number itself, or a comparison with it."""

import math
import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Annotated

import networkx as nx
from pydantic import JsonValue, PlainValidator, WithJsonSchema

from simulator.forms.yaml_words import as_number, remedy
from simulator.words.quoting import shown
from simulator.words.units import Address, checksum, exact_fraction


@dataclass(frozen=True, slots=True)
class Comparison:
    """An expectation that leaves room: `">= 60"`."""

    sign: str
    number: int | Fraction

    def holds(self, actual: int | Fraction) -> bool:
        """Tell whether an actual value meets it."""
        return _SIGNS[self.sign](actual, self.number)

    def __str__(self) -> str:
        """Return it as it is written in a file."""
        return f"{self.sign} {plain(self.number)}"


_COMPARISON = "(>=|<=|>|<) *(0|[1-9][0-9_]{0,99})"
_DECIMAL = r"(?:0|[1-9][0-9]{0,49})(?:\.[0-9]{1,50})?"

_SIGNS: dict[str, Callable[[int | Fraction, int | Fraction], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}


def expected_of(value: object) -> int | Comparison:
    """Return a whole number, or a comparison with one, for a validator.

    Raises:
        ValueError: it is neither.
    """
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    found = re.fullmatch(_COMPARISON, value) if isinstance(value, str) else None
    if found is None:
        reason = f'must be a number from 0 or a text like ">= 60", not {shown(value)}'
        raise ValueError(reason + remedy(value))
    return Comparison(found[1], int(found[2].replace("_", "")))


def _measure(value: object) -> Fraction | Comparison:
    found = re.fullmatch(r"(>=|<=|>|<) *(.+)", value) if isinstance(value, str) else None
    try:
        number = _fraction(found[2] if found else value)
    except ValueError:
        number = Fraction(-1)
    if number < 0:
        reason = f'must be a number from 0 or a text like ">= 0.2", not {shown(value)}'
        raise ValueError(reason + remedy(value))
    return Comparison(found[1], number) if found else number


def _fraction(value: object) -> Fraction:
    if isinstance(value, str) and re.fullmatch(_DECIMAL, value):
        return exact_fraction(Decimal(value))
    number = as_number(value)
    if isinstance(number, bool) or not isinstance(number, int | float) or not math.isfinite(number):
        raise ValueError(f"must be a number, not {shown(value)}{remedy(value)}")
    return exact_fraction(number)


def _text(pattern: str, description: str) -> dict[str, JsonValue]:
    return {"type": "string", "pattern": pattern, "description": description}


_WHOLE = {"type": "integer", "minimum": 0}

Expected = Annotated[
    int | Comparison,
    PlainValidator(expected_of),
    WithJsonSchema(
        {"anyOf": [_WHOLE, _text(f"^{_COMPARISON}$", 'a comparison such as `">= 60"`')]}
    ),
]
"""A number that a value must have, or a comparison that it must meet."""

Measured = Annotated[
    Fraction | Comparison,
    PlainValidator(_measure),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "minimum": 0},
                _text(f"^((>=|<=|>|<) *)?{_DECIMAL}$", 'a comparison such as `">= 0.2"`'),
            ]
        }
    ),
]
"""As `Expected`, for values that need not be whole: `">= 0.2"`."""

Exact = Annotated[
    Fraction,
    PlainValidator(_fraction),
    WithJsonSchema({"anyOf": [{"type": "number"}, _text(f"^{_DECIMAL}$", "a number in quotes")]}),
]
"""A number that is never rounded."""


def plain(value: object) -> str:
    """Return a value for people."""
    if isinstance(value, bytes):
        return checksum(Address(value))
    if isinstance(value, float | Fraction):
        return f"{float(value):g}"
    if value is None:
        return "undefined"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(plain, value))}]"
    if isinstance(value, dict):
        return ", ".join(f"{key} {plain(entry)}" for key, entry in value.items())
    return str(value).lower() if isinstance(value, bool) else str(value)


def holds(expected: object, actual: object) -> bool:
    """Tell whether a value is what a file says, or meets a comparison.

    Of a list, each entry is met by a value of its own, and none is left.
    """
    if isinstance(expected, Comparison):
        return isinstance(actual, int | Fraction) and expected.holds(actual)
    if isinstance(expected, list) and isinstance(actual, list):
        return len(expected) == len(actual) and _all_met(expected, actual)
    return expected == actual


def _all_met(expected: list[object], actual: list[object]) -> bool:
    """Tell whether there is a value for each expectation, whichever way they are put together."""
    exact = [entry for entry in expected if not isinstance(entry, Comparison)]
    left = list(actual)
    for entry in exact:  # which only one kind of value meets
        if entry not in left:
            return False
        left.remove(entry)
    comparisons = [entry for entry in expected if isinstance(entry, Comparison)]
    if not comparisons:
        return True
    graph: nx.Graph[tuple[str, int]] = nx.Graph()
    tops = [("expected", number) for number in range(len(comparisons))]
    graph.add_nodes_from(tops)
    graph.add_edges_from(
        (("expected", one), ("actual", other))
        for one, comparison in enumerate(comparisons)
        for other, value in enumerate(left)
        if holds(comparison, value)
    )
    met = nx.bipartite.maximum_matching(graph, tops)
    return all(top in met for top in tops)
