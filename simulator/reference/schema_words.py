"""Types, ranges and values of a JSON Schema in plain words."""

from collections.abc import Callable, Iterable
from typing import Any

Json = dict[str, Any]

READABLE = 10**9
"""Larger numbers are written as powers."""

_TIMES = "\N{MULTIPLICATION SIGN}"
_MINUS = "\N{MINUS SIGN}"
_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def kind_of(schema: Json) -> str:
    """Return what a value may be.

    >>> kind_of({"type": "integer", "minimum": 1, "maximum": 5000})
    'whole number, 1 to 5,000'
    """
    forms = [form for form in schema.get("anyOf", ()) if form != {"type": "null"}]
    if forms:
        return " or ".join(dict.fromkeys(_form(form) for form in forms))
    return _plain(schema)


def _form(schema: Json) -> str:
    """Return what one of several forms is; those that words can't tell have a description."""
    return schema["description"] if "description" in schema else kind_of(schema)


def _plain(schema: Json) -> str:
    if "$ref" in schema:
        name = schema["$ref"].removeprefix("#/$defs/")
        return f"a {name}" if name in _ALONE else _REFERENCES.get(name, "a section")
    if "const" in schema:
        return literal(schema["const"])
    if "enum" in schema:
        return choice(literal(value) for value in schema["enum"])
    kind = schema.get("type", "any")
    return _KINDS[kind[0] if isinstance(kind, list) else kind](schema)  # or nothing at all


def _array(schema: Json) -> str:
    name = schema["items"].get("$ref", "").removeprefix("#/$defs/")
    items = _REFERENCES.get(name) or kind_of(schema["items"])
    if schema["items"].get("type") == "array":
        items = items.replace("list of", "lists of", 1)
    elif name not in _REFERENCES:
        items = items.replace("number", "numbers", 1)
    most = f", at most {schema['maxItems']:,}" if "maxItems" in schema else ""
    least = ", at least one" if "minItems" in schema else ""
    return f"list of {items}{most}{least}"


def _object(schema: Json) -> str:
    if schema.get("maxProperties") == 1:
        return "a task"
    if "patternProperties" in schema:
        return "options by a node's number"
    values = schema.get("additionalProperties")
    if isinstance(values, dict) and "anyOf" in values:
        return f"by name: {kind_of(values)}"
    return "keys and values"


def _text(schema: Json) -> str:
    longest = schema.get("maxLength")
    return f"text, at most {longest} characters" if longest else "text"


_REFERENCES = {
    "options": "options",
    "step": "tasks",
    "fault": "faults",
    "EventPart": "events",
    "curve": "curves",
    "figure": "figures",
    "measure": "measures",
    "strategy": "strategies",
}
"""What stands where the JSON Schema refers to a definition; the others are sections."""

_ALONE = {"curve", "measure", "strategy"}
"""Of these definitions there can be one, or a list."""

_KINDS: dict[str, Callable[[Json], str]] = {
    "any": lambda _: "any value",
    "integer": lambda schema: "whole number" + _range(schema),
    "number": lambda schema: "number" + _range(schema),
    "boolean": lambda _: "`true` or `false`",
    "array": _array,
    "object": _object,
    "string": _text,
}


def choice(words: Iterable[str], last: str = "or") -> str:
    """Return a list for people.

    >>> choice("abc")
    'a, b or c'
    """
    *first, end = words
    return f"{', '.join(first)} {last} {end}" if first else end


def _range(schema: Json) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    if "exclusiveMinimum" in schema and high is not None:
        return f", more than {powers(schema['exclusiveMinimum'])}, {powers(high)} at most"
    if low is None:
        return ""
    if "exclusiveMaximum" in schema:
        return f" from {powers(low)}, less than {powers(schema['exclusiveMaximum'])}"
    if high is None or high == 2**256 - 1:
        return f" from {powers(low)}"
    return f", {powers(low)} to {powers(high)}"


def powers(number: float) -> str:
    """Return a number for people: large ones as powers, odd ones rounded.

    >>> powers(2**63), powers(10**20), powers(1_000_000), powers(0.5)
    ('2⁶³', '10²⁰', '1,000,000', '0.5')
    """
    if isinstance(number, float) and not number.is_integer():
        return str(number)
    whole = int(number)
    if abs(whole) <= READABLE:
        return f"{whole:,}"
    if whole < 0:
        return f"{_MINUS}{powers(-whole)}"
    for offset, text in ((0, ""), (1, f" {_MINUS} 1")):
        power = whole + offset
        if power & (power - 1) == 0:
            return f"2{_raised(power.bit_length() - 1)}{text}"
    digits = str(whole).rstrip("0")
    if len(digits) <= 2:
        zeros = _raised(len(str(whole)) - len(digits))
        return f"10{zeros}" if digits == "1" else f"{digits} {_TIMES} 10{zeros}"
    return f"about {digits[0]}.{digits[1]} {_TIMES} 10{_raised(len(str(whole)) - 1)}"


def _raised(exponent: int) -> str:
    return str(exponent).translate(_SUPERSCRIPTS)


def literal(value: object) -> str:
    """Return a value as it is written in a file."""
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, int | float):
        return powers(value)
    if isinstance(value, list):
        return f"`[{', '.join(map(str, value))}]`"
    return f"`{value}`"
