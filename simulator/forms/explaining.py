"""What pydantic finds wrong with a part of a file, in our own words."""

from collections.abc import Callable

from pydantic_core import ErrorDetails

from simulator.forms.part import Part
from simulator.forms.yaml_words import remedy
from simulator.words.quoting import shown, suggestion, visible_line

_TYPES = {
    "int_type": "an integer",
    "float_type": "a number",
    "finite_number": "a finite number",
    "bool_type": "true or false",
    "string_type": "text",
    "string_unicode": "text that UTF-8 can hold",
    "list_type": "a list",
    "dict_type": "a mapping of keys to values",
    "model_type": "a mapping of keys to values",
}


_TEXTS = {"string_type", "string_unicode"}


def _nothing(_: str) -> str:
    return ""


def explain(
    detail: ErrorDetails, model: type[Part], foreign: Callable[[str], str] = _nothing
) -> str:
    """Say what is wrong with a value.

    Args:
        detail: what pydantic found.
        model: the part that the value belongs to.
        foreign: returns why a key that means something elsewhere is refused here; empty for others.
    """
    kind, context, value = detail["type"], detail.get("ctx", {}), detail["input"]
    match kind:
        case "missing":
            return "is missing"
        case "extra_forbidden":
            key = str(detail["loc"][-1])
            known = [field.alias or name for name, field in model.model_fields.items()]
            return foreign(key) or f"unknown key; {suggestion(key, known)}"
        case "value_error" | "argument":
            return str(context["error"])
        case "string_too_long":
            return f"must be at most {context['max_length']} characters"
    wanted = _wanted(detail)
    if isinstance(value, dict | list):
        return f"must be {wanted}"
    how = remedy(value, "truth" if kind == "bool_type" else "number")
    return f"must be {wanted}, not {shown(value)}{how if kind not in _TEXTS else ''}"


def _wanted(detail: ErrorDetails) -> str:
    """Return what a value must be."""
    kind, context = detail["type"], detail.get("ctx", {})
    match kind:
        case "greater_than":
            return f"more than {context['gt']:g}"
        case "greater_than_equal":
            return f"at least {int(context['ge'])}"
        case "less_than_equal":
            return f"at most {int(context['le'])}"
        case "literal_error" | "enum":
            return str(context["expected"])
    if kind in _TYPES:
        return _TYPES[kind]
    told = visible_line(detail["msg"])  # of a type that only a user's own task asks for
    return f"something else: {told[:1].lower()}{told[1:]}"
