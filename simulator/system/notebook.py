"""What notebooks show of an object: tables in HTML.

Texts come from users' files, so they are escaped, made visible and cut off. There are no scripts,
no styles that reach outside, and no colours: a table takes those of its page, dark or bright.
However much an object holds, only its beginning is shown.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from html import escape
from itertools import islice
from typing import Any, TypeVar

from simulator.words.quoting import shortened, shown, visible_line
from simulator.words.units import UINT256_MAX

T = TypeVar("T")

MAX_ROWS = 20
"""Of more rows these are shown, and how many there are."""
MAX_COLUMNS = 16
MAX_CELL = 120
"""So many characters of a cell are shown; who points at it is told more."""
MAX_TOLD = 1_000
UNBROKEN = 24
"""So many characters stay on one line, such as a mean with its half width."""
MAX_TEXT = 400
"""So many characters of a paragraph are shown."""


def block(title: str, *parts: str) -> str:
    """Return what is shown of an object: a title, and what `facts`, `table` and `text` return."""
    told = escape(shortened(visible_line(title), MAX_TEXT))
    return f"<div><p><strong>{told}</strong></p>{''.join(parts)}</div>"


def text(content: str) -> str:
    """Return a paragraph; of nothing, nothing."""
    told = escape(shortened(visible_line(content), MAX_TEXT))
    return f"<p>{told}</p>" if content else ""


def facts(pairs: Mapping[str, object]) -> str:
    """Return a table of names and values; what is None is left out."""
    rows = [
        f"<tr>{_cell(name, 'th')}{_cell(_joined(value), right=False, most=MAX_TEXT)}</tr>"
        for name, value in pairs.items()
        if value is not None
    ]
    return f"<table><tbody>{''.join(rows)}</tbody></table>" if rows else ""


def table(rows: Iterable[Mapping[str, object]], count: int, what: str = "rows") -> str:
    """Return a table: a column for each key of the rows that are shown.

    Args:
        rows: as many as there are, or more than are shown.
        count: how many there are.
        what: they are, in the plural.
    """
    seen = list(islice(rows, MAX_ROWS))
    if not seen:
        return ""
    names = list(dict.fromkeys(name for row in seen for name in row))
    columns, left_out = names[:MAX_COLUMNS], names[MAX_COLUMNS:]
    right = {name for name in columns if any(_is_number(row.get(name)) for row in seen)}
    head = "".join(_cell(name, "th", right=name in right) for name in columns)
    body = "".join(f"<tr>{''.join(_cell(row.get(name)) for name in columns)}</tr>" for row in seen)
    more = [f"{count - len(seen):,} more {what}"] if count > len(seen) else []
    more += (
        [f"{len(left_out):,} more columns: {', '.join(map(_plain, left_out))}"] if left_out else []
    )
    rest = text(f"and {'; '.join(more)}") if more else ""
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{rest}"


class Rows(list[T]):
    """A list that notebooks show as a table; its items are dataclasses or mappings."""

    def _repr_html_(self) -> str:
        kind = f"{len(self):,} rows" if len(self) != 1 else "1 row"
        return block(kind, table(map(self._row, self), len(self)))

    def _row(self, item: T) -> Mapping[str, object]:
        """Return the cells of an item, by column."""
        return as_row(item)


def as_row(item: object) -> Mapping[str, object]:
    """Return the values of a dataclass or a mapping, by their names."""
    if isinstance(item, Mapping):
        return item
    if is_dataclass(item):
        return {field.name: getattr(item, field.name) for field in fields(item)}
    return {"": item}


def _joined(value: object) -> object:
    """Return the first of several values, on one line."""
    if isinstance(value, Collection) and not isinstance(value, str | bytes | Mapping):
        several: Sequence[Any] = [*islice(value, MAX_ROWS)]
        more = [f"and {len(value) - len(several):,} more"] if len(value) > len(several) else []
        return ", ".join([*map(_plain, several), *more])
    return value


def _cell(
    value: object, tag: str = "td", *, right: bool | None = None, most: int = MAX_CELL
) -> str:
    """Return a cell; by default numbers are to the right, all else to the left."""
    plain = visible_line(_plain(value))
    told = shortened(plain, most)
    more = f' title="{escape(shortened(plain, MAX_TOLD))}"' if told != plain else ""
    align = "right" if (_is_number(value) if right is None else right) else "left"
    together = "; white-space: nowrap" if tag == "td" and len(told) <= UNBROKEN else ""
    style = f"text-align: {align}{together}"
    return f'<{tag} style="{style}"{more}>{escape(told)}</{tag}>'


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _plain(value: object) -> str:
    """Return a value for people."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int) and abs(value) <= UINT256_MAX:
        return str(value)  # as programs take it: cells are copied
    if isinstance(value, float):
        return f"{value:.10g}"
    return _in_words(value)


def _in_words(value: object) -> str:
    if isinstance(value, str):
        return str(value)
    if isinstance(value, bytes):
        return f"0x{value.hex()}"
    if isinstance(value, int):  # Python writes none of thousands of digits
        return shown(value)
    return str(getattr(value, "__name__", value))
