"""How people read values."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulator.kernel.journal import Entry


_ADDRESS = re.compile("(?:token )?['\"]?(0x[0-9a-fA-F]{40})['\"]?")


def span(seconds: float) -> str:
    """Return virtual seconds for people.

    >>> span(75), span(7200), span(-90)
    ('1:15', '2:00:00', '-1:30')
    """
    if seconds < 0:
        return f"-{span(-seconds)}"
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def exact(seconds: float) -> str:
    """Return virtual seconds to the millisecond.

    >>> exact(435.0), exact(0.25), exact(1234.56789)
    ('435 s', '0.25 s', '1,234.568 s')
    """
    return f"{seconds:,.3f}".rstrip("0").rstrip(".") + " s"


def when(seconds: float, block: int) -> str:
    """Return a moment, in virtual seconds and blocks since the root task began.

    >>> when(30, 2)
    '0:30 (block 2)'
    """
    return f"{span(seconds)} (block {block})"


def period(seconds: tuple[float, float], blocks: tuple[int, int]) -> str:
    """Return from when to when something took, likewise.

    >>> period((30, 45), (2, 3)), period((30, 40), (2, 2))
    ('0:30 - 0:45 (block 2 to 3)', '0:30 - 0:40 (block 2)')
    """
    first, last = blocks
    told = f"block {first}" if first == last else f"block {first} to {last}"
    return f"{span(seconds[0])} - {span(seconds[1])} ({told})"


def with_names(text: str, names: Mapping[str, str]) -> str:
    """Return a text with the names of accounts for their addresses.

    Args:
        text: that may hold addresses, in quotes or not.
        names: by checksummed address; others stay as they are.
    """
    return _ADDRESS.sub(lambda found: names.get(found[1], found[0]), text)


def at(path: str, message: str) -> str:
    """Return a message with the place that it is about; a task that it names is named once.

    >>> at("scenario.serial.tasks[0].wait", "wait: too long")
    'scenario.serial.tasks[0]: wait: too long'
    >>> at("scenario.serial.tasks[0].wait", "never ends")
    'scenario.serial.tasks[0].wait: never ends'
    """
    above, _, kind = path.rpartition(".")
    place = above if message.startswith((f"{kind}:", f"{kind} of ")) else path
    return f"{place}: {message}" if place else message


def event_text(entry: "Entry") -> str:
    """Return what happened, without its time and place."""
    data = entry.as_dict()
    for key in ("position", "time", "block", "block_time"):
        del data[key]
    name = data.pop("event")
    values = ", ".join(f"{key} {_value(value)}" for key, value in data.items() if value != "")
    return f"{name}  {values}".rstrip()


def _value(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
