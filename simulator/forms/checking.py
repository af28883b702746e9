"""Parts that do not come from a file: those of programs, and of the control API."""

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import ValidationError

from simulator.forms.explaining import explain
from simulator.forms.leftovers import broken_rules
from simulator.forms.part import KeyPath, Part, key_text
from simulator.words.errors import ConfigurationError

P = TypeVar("P", bound=Part)


def checked(model: type[P], spec: object, key: str, context: Mapping[str, Any]) -> P:
    """Return a part, if it follows the rules that a file's would have to follow.

    Args:
        model: what it is.
        spec: what is given for it.
        key: what it is called in messages; empty: its own keys say enough.
        context: what the model is told beside its values, such as how many nodes there are.

    Raises:
        ConfigurationError: it breaks rules; the text names each place and reason.
    """
    reasons: list[tuple[KeyPath, str]]
    try:
        part = model.model_validate(spec, context=dict(context))
    except ValidationError as error:
        reasons = [
            (detail["loc"], explain(detail, model)) for detail in error.errors(include_url=False)
        ]
    else:
        reasons = list(broken_rules(part))
        if not reasons:
            return part
    start = (key,) if key else ()
    told = [f"{key_text((*start, *place))}: {reason}" for place, reason in reasons]
    raise ConfigurationError("; ".join(told))
