"""The journal as users read it: its kept entries, parts of it, and tables of both."""

from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Any, overload

from simulator.kernel.journal import Entry, Journal
from simulator.system import notebook
from simulator.words.units import ADDRESS_TEXT

MAX_KINDS = 12
"""So many kinds of entries are counted for notebooks."""


def _cells(entry: Entry) -> dict[str, object]:
    """Return an entry as a row of a table: its own keys in one cell, addresses by their beginning.

    All of an address is in the entry's own table.
    """
    said = entry.as_dict()
    cells = {name: said.pop(name) for name in ("position", "time", "block", "event")}
    del said["block_time"]
    return {**cells, "says": ", ".join(f"{name}: {_brief(said[name])}" for name in said)}


def _brief(value: object) -> object:
    if isinstance(value, list):
        return ", ".join(str(_brief(one)) for one in value)
    is_address = isinstance(value, str) and ADDRESS_TEXT.fullmatch(value)
    return f"{str(value)[:8]}…" if is_address else value


class EntryRows(notebook.Rows[Entry]):
    """Entries; notebooks show a table."""

    def _row(self, item: Entry) -> dict[str, object]:
        return _cells(item)


class JournalView:
    """A journal to read: its kept entries, oldest first; `view[0]` is the oldest one."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def __repr__(self) -> str:
        return f"<journal of {self.count} entries>"

    def _repr_html_(self) -> str:
        """Return the newest entries as a table, and how many there are of each kind."""
        kinds = Counter(type(entry.event).__name__ for entry in self)
        newest = islice(reversed(self._journal.entries), notebook.MAX_ROWS)
        rows = [_cells(entry) for entry in newest]
        told = [f"{count:,} {name}" for name, count in kinds.most_common(MAX_KINDS)]
        if len(kinds) > MAX_KINDS:
            told.append(f"and {len(kinds) - MAX_KINDS} more kinds")
        return notebook.block(
            f"Journal of {self.count:,} entries, the newest first",
            notebook.table(rows, len(self), "entries"),
            notebook.text(", ".join(told)),
        )

    def __len__(self) -> int:
        """Return how many entries are kept."""
        return len(self._journal.entries)

    @overload
    def __getitem__(self, index: int) -> Entry: ...

    @overload
    def __getitem__(self, index: slice) -> list[Entry]: ...

    def __getitem__(self, index: int | slice) -> Entry | list[Entry]:
        """Return one entry, or some."""
        if isinstance(index, slice):
            return EntryRows(list(self._journal.entries)[index])
        return self._journal.entries[index]

    def __iter__(self) -> Iterator[Entry]:
        """Go through the kept entries."""
        return iter(self._journal.entries)

    @property
    def count(self) -> int:
        """How many entries there have been, those that are no longer kept included."""
        return self._journal.count

    @property
    def oldest(self) -> int:
        """The position of the oldest entry that is kept."""
        return self._journal.oldest

    def as_dicts(self) -> list[dict[str, Any]]:
        """Return all kept entries as JSON-ready data: rows of a table, such as a data frame."""
        return notebook.Rows(entry.as_dict() for entry in self)
