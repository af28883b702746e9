"""The page about the journal, made of the events themselves: `make docs` writes it."""

from collections.abc import Iterator
from inspect import getdoc
from typing import get_type_hints

from simulator.kernel.journal import Entry, fields_of
from simulator.words import events
from simulator.words.units import Address

INTRODUCTION = """\
# The journal

Everything that happens in a testnet is an entry of its journal, in one order that the seed
decides. `net.journal` gives it in Python (`for entry in net.journal`, `net.journal.as_dicts()`),
`GET /journal` over HTTP, `journal.jsonl` in a report, one line of JSON for each entry; the
SHA-256 over the seed and all lines is the digest that names a run. The events are the classes of
`simulator.words.events`.

*This page is made of these classes by `make docs`.*

## What every entry says
"""

TIMES = """
A node learns of a block when it has its confirmations. With `confirmation_blocks` above 0, an
event of the chain has a `time` that is later than its `block_time`; without them both are the
same. Who measures how long something takes on the chain takes `block_time`, who asks what nodes
knew takes `time`. What happens in the simulation is in no block: how long a join took is told by
the `time` of its `JoinStarted` and its `JoinEnded`. A node has one join at a time, so each
`JoinEnded` belongs to the last `JoinStarted` with the same `node`. Real Raiden nodes wait for five
confirmations; here it is none unless the settings say so.

## What happens

`node` is a node's address; `net.node(address).index` is its number, and `nodes.csv` of a report
has both. Addresses are EIP-55 texts, amounts are whole numbers in the token's smallest unit, or
wei. `contract` is the contract that the event is of: the token network, or the token.
"""

TYPES = {
    tuple[str, ...]: "list of texts",
    int: "integer",
    float: "number",
    str: "text",
    Address: "address",
}


def markdown() -> str:
    """Return the page."""
    return "".join(line + "\n" for line in _lines())


def _lines() -> Iterator[str]:
    yield from INTRODUCTION.splitlines()
    yield "| key | type | meaning |"
    yield "|---|---|---|"
    hints = get_type_hints(Entry)
    for name, meaning in _attributes(getdoc(Entry) or ""):
        shown = "text" if name == "event" else TYPES[hints[name]]
        yield f"| `{name}` | {shown} | {_as_event(meaning) if name == 'event' else meaning} |"
    yield from TIMES.splitlines()
    for of_chain, title in ((True, "On the chain"), (False, "In the simulation")):
        yield ""
        yield f"### {title}"
        for kind in _events():
            if issubclass(kind, events.ChainEvent) is of_chain:
                yield ""
                yield from _about(kind)


def _events() -> list[type[events.Event]]:
    found = [getattr(events, name) for name in events.__all__]
    return [kind for kind in found if not kind.__subclasses__()]  # what others build on is none


def _about(kind: type[events.Event]) -> Iterator[str]:
    fields = ", ".join(f"`{name}` ({_type(kind, name)})" for name in fields_of(kind))
    text = " ".join((getdoc(kind) or "").split())
    yield f"- **`{kind.__name__}`**: {text}"
    if fields:
        yield f"  <br>{fields}"


def _type(kind: type[events.Event], name: str) -> str:
    hint = get_type_hints(kind)[name]
    return TYPES.get(hint, "list of addresses")


def _as_event(meaning: str) -> str:
    return meaning.rstrip(".") + ": the name of the event; its own keys follow."


def _attributes(text: str) -> Iterator[tuple[str, str]]:
    """Yield names and meanings from a docstring's list of attributes."""
    lines = text.partition("Attributes:\n")[2].splitlines()
    name, meaning = "", ""
    for line in lines:
        if line.startswith("    ") and not line.startswith("     "):
            if name:
                yield name, meaning
            name, _, meaning = line.strip().partition(": ")
        else:
            meaning += " " + line.strip()
    if name:
        yield name, meaning.strip()
