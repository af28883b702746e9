"""Payments and amounts that stand in a CSV of the user's."""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

from pydantic import PlainValidator, ValidationInfo, WithJsonSchema

from simulator.system import files
from simulator.topology.file_graph import NotThat
from simulator.topology.files.content import Content, named
from simulator.topology.files.tables import rows
from simulator.words.errors import ConfigurationError
from simulator.words.quoting import shown
from simulator.words.units import UINT256_MAX

FOLDER = "folder"
"""Where relative paths start, in the context of models; without it no file may be named."""
READ = "read"
"""Where the hashes of what was read are noted, likewise."""
NODES = "nodes"

MAX_BYTES = 64 * 2**20
MAX_ROWS = 1_000_000
MAX_SECONDS = 100_000_000
_WHOLE = re.compile("[0-9]{1,80}")

COLUMNS = ("seconds", "from", "to", "amount")
CLOTH = ("start_time", "sender_id", "receiver_id", "amount(millisat)")
"""What CLoTH calls them; its times are milliseconds, and its nodes are numbers from 0."""
MILLISECOND = 0.001

Row = Mapping[str, object]
Listed = tuple[float, int, int, int]
"""A payment of a file: when it begins, who pays, who is paid, and how much."""


@dataclass(frozen=True, slots=True)
class Table:
    """A CSV file of a user's.

    Attributes:
        name: what the user calls it.
        rows: its lines below the header, by the columns' names in small letters.
        nodes: how many nodes there are; None: that is not known.
    """

    name: str
    rows: tuple[Row, ...]
    nodes: int | None

    def __str__(self) -> str:
        return self.name

    def amounts(self, column: str) -> tuple[int, ...]:
        """Return the amounts in a column.

        Raises:
            ValueError: there is no such column, or something else in it.
        """
        return tuple(self._amount(number, row, column) for number, row in self._numbered())

    def payments(self) -> tuple[Listed, ...]:
        """Return the payments in `COLUMNS`, or those of CLoTH's, in the order of their times.

        Raises:
            ValueError: one of the columns is missing, or something else is in it.
        """
        return tuple(sorted(self._payments(), key=lambda payment: payment[0]))

    def _payments(self) -> Iterator[Listed]:
        columns = CLOTH if self.rows and CLOTH[0] in self.rows[0] else COLUMNS
        unit = MILLISECOND if columns is CLOTH else 1.0
        start, payer_column, payee_column, amount = columns
        if columns is CLOTH and "amount" in self.rows[0]:  # as CLoTH itself writes it
            amount = "amount"
        for number, row in self._numbered():
            payer = self._node(number, row, payer_column)
            payee = self._node(number, row, payee_column)
            if payer == payee:
                raise self._wrong(number, f"node {payer} would pay itself")
            seconds = self._seconds(number, row, start) * unit
            yield seconds, payer, payee, self._amount(number, row, amount)

    def _numbered(self) -> Iterator[tuple[int, Row]]:
        return enumerate(self.rows, 2)

    def _seconds(self, number: int, row: Row, column: str) -> float:
        text = self._cell(number, row, column)
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not 0 <= value <= MAX_SECONDS:
            raise self._wrong(
                number, f"{column} must be a number within 0 to {MAX_SECONDS}, not {shown(text)}"
            )
        return value

    def _node(self, number: int, row: Row, column: str) -> int:
        text = self._cell(number, row, column)
        if not _WHOLE.fullmatch(text):
            raise self._wrong(number, f"{column} must be a node's number, not {shown(text)}")
        if self.nodes is not None and int(text) >= self.nodes:
            last = self.nodes - 1
            raise self._wrong(number, f"there is no node {int(text)}: nodes are 0 to {last}")
        return int(text)

    def _amount(self, number: int, row: Row, column: str) -> int:
        text = self._cell(number, row, column)
        if not _WHOLE.fullmatch(text) or not 0 < int(text) <= UINT256_MAX:
            raise self._wrong(number, f"{column} must be a whole number from 1, not {shown(text)}")
        return int(text)

    def _cell(self, number: int, row: Row, column: str) -> str:
        if column.lower() not in row:
            raise self._wrong(number - 1, f"no column is called {column}, but {named(row)}")
        return str(row[column.lower()])

    def _wrong(self, number: int, reason: str) -> ValueError:
        return ValueError(f"{self.name}, row {number}: {reason}")


def read(value: object, info: ValidationInfo) -> Table:
    """Return what is in a file that a user names, for a validator.

    Raises:
        ValueError: it is no CSV, or files can't be named here.
    """
    context: dict[str, Any] = info.context or {}
    if not isinstance(value, str):
        raise ValueError(f"must be the name of a file, not {shown(value)}")  # noqa: TRY004
    if context.get(FOLDER) is None:
        raise ValueError("files can't be named here: list what is in it")
    path = Path(context[FOLDER]) / value
    try:
        data = files.read(path, MAX_BYTES)
        found = tuple(islice(rows(Content(data)), MAX_ROWS + 1))
    except ConfigurationError as error:
        raise ValueError(str(error).removesuffix(".")) from None
    except NotThat as error:
        raise ValueError(f"{value}: {error}") from None
    if not 0 < len(found) <= MAX_ROWS:
        raise ValueError(f"{value}: must have 1 to {MAX_ROWS} rows below its header")
    context.setdefault(READ, []).append(sha256(data).hexdigest())
    return Table(value, found, context.get(NODES))


CsvFile = Annotated[Table, PlainValidator(read), WithJsonSchema({"type": "string"})]
"""The name of a CSV file, which is read at once."""
