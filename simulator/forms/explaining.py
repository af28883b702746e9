"""What pydantic finds wrong with a part of a file, in our own words."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeGuard, get_args

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
            inner = _model_at(model, detail["loc"][:-1])
            known = [field.alias or name for name, field in inner.model_fields.items()]
            return foreign(key) or f"unknown key; {suggestion(key, known)}"
        case "value_error" | "argument":
            return str(context["error"])
        case "string_too_long" | "string_too_short" | "too_short" | "too_long":
            return _wrong_length(kind, context)
    wanted = _wanted(detail)
    if isinstance(value, dict | list):
        return f"must be {wanted}"
    how = remedy(value, "truth" if kind == "bool_type" else "number")
    return f"must be {wanted}, not {shown(value)}{how if kind not in _TEXTS else ''}"


def _wrong_length(kind: str, context: Mapping[str, object]) -> str:
    match kind:
        case "string_too_long":
            return f"must be at most {context['max_length']} characters"
        case "string_too_short":
            return "must not be empty"
        case "too_short":
            return f"must have at least {context['min_length']}, not {context['actual_length']}"
    return f"must have at most {context['max_length']}, not {context['actual_length']}"


def _model_at(model: type[Part], place: Sequence[int | str]) -> type[Part]:
    """Return the part of a part in which something stands, as far as it is one."""
    for name in place:
        field = model.model_fields.get(str(name))
        candidates = () if field is None else (field.annotation, *get_args(field.annotation))
        inner = next((one for one in candidates if _is_part(one)), None)
        if inner is None:
            break
        model = inner
    return model


def _is_part(annotation: object) -> TypeGuard[type[Part]]:
    return isinstance(annotation, type) and issubclass(annotation, Part)


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
