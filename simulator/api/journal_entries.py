"""What entries of the journal look like in answers: made of the events themselves."""

from typing import Annotated, Any, Literal, get_type_hints

from pydantic import BaseModel, ConfigDict, WithJsonSchema, create_model

from simulator.api.schemas import AddressText
from simulator.kernel.journal import Entry, fields_of
from simulator.words import events
from simulator.words.units import Address

_TEXTS: dict[object, object] = {Address: AddressText, tuple[Address, ...]: list[AddressText]}


def _schema(kind: type[events.Event]) -> dict[str, Any]:
    """Return the JSON schema of an entry about an event of some kind; see `Entry.as_dict`."""
    hints = get_type_hints(Entry) | get_type_hints(kind) | {"event": Literal[kind.__name__]}
    names = ("position", "time", "block", "block_time", "event", *fields_of(kind))
    fields: Any = {name: (_TEXTS.get(hints[name], hints[name]), ...) for name in names}
    model: type[BaseModel] = create_model(
        kind.__name__, __doc__=kind.__doc__, __config__=ConfigDict(extra="forbid"), **fields
    )
    return model.model_json_schema()


_NAMED = [getattr(events, name) for name in events.__all__]
_KINDS = [kind for kind in _NAMED if not kind.__subclasses__()]  # what others build on is none
JournalEntry = Annotated[dict[str, Any], WithJsonSchema({"anyOf": [*map(_schema, _KINDS)]})]
"""One of them, by its `event`."""
