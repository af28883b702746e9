"""Tables on the disk, as CSV or Parquet, whose columns have types."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from simulator.words.errors import ConfigurationError

ROWS_AT_ONCE = 5_000

TableRow = Sequence[Any]

MAX_INT64 = 2**63 - 1


class ColumnKind(StrEnum):
    """The type of a column."""

    TEXT = "string"
    WHOLE = "int64"
    NUMBER = "double"
    TRUTH = "bool"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table."""

    name: str
    kind: ColumnKind


def kind_of(values: Iterable[Any]) -> ColumnKind:
    """Return the type that takes in all values."""
    kinds = {type(value) for value in values}
    if kinds == {bool}:
        return ColumnKind.TRUTH
    if kinds == {int} and all(abs(value) <= MAX_INT64 for value in values):
        return ColumnKind.WHOLE
    return ColumnKind.NUMBER if kinds and kinds <= {int, float} else ColumnKind.TEXT


class TableFormat(Protocol):
    """A way to write a table.

    Attributes:
        suffix: of its files.
    """

    suffix: str

    def write(self, stream: BinaryIO, columns: Sequence[Column], rows: Iterator[TableRow]) -> None:
        """Write a table; rows come one after the other."""


class Csv:
    """Comma-separated values in UTF-8, numbers as Python writes them, nothing for no value."""

    suffix = ".csv"

    def write(self, stream: BinaryIO, columns: Sequence[Column], rows: Iterator[TableRow]) -> None:
        """Write a table."""
        text = io.TextIOWrapper(stream, "utf-8", newline="")
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow([column.name for column in columns])
        truths = any(column.kind is ColumnKind.TRUTH for column in columns)
        for row in rows:
            said = [str(v).lower() if isinstance(v, bool) else v for v in row] if truths else row
            writer.writerow(said)
        text.flush()
        text.detach()


class Parquet:
    """Apache Parquet, by pyarrow.

    Raises:
        ConfigurationError: pyarrow is not installed.
    """

    suffix = ".parquet"

    def __init__(self) -> None:
        try:
            import pyarrow as pa  # noqa: PLC0415 - of an extra
            from pyarrow import parquet  # noqa: PLC0415
        except ImportError:
            raise ConfigurationError(
                "Parquet needs pyarrow: pip install 'raiden-simulator[parquet]'."
            ) from None
        self._arrow = pa
        self._parquet = parquet

    def write(self, stream: BinaryIO, columns: Sequence[Column], rows: Iterator[TableRow]) -> None:
        """Write a table."""
        arrow = self._arrow
        types = {
            ColumnKind.TEXT: arrow.string(),
            ColumnKind.WHOLE: arrow.int64(),
            ColumnKind.NUMBER: arrow.float64(),
            ColumnKind.TRUTH: arrow.bool_(),
        }
        schema = arrow.schema([(column.name, types[column.kind]) for column in columns])
        with self._parquet.ParquetWriter(stream, schema) as writer:
            while block := list(islice(rows, ROWS_AT_ONCE)):
                values = [
                    arrow.array([row[number] for row in block], types[column.kind])
                    for number, column in enumerate(columns)
                ]
                writer.write_batch(arrow.record_batch(values, schema=schema))

    def read(self, file: Path) -> Iterator[dict[str, Any]]:
        """Go through the rows of a table.

        Raises:
            ConfigurationError: it can't be read.
        """
        try:
            table = self._parquet.read_table(file)
        except OSError as error:
            raise ConfigurationError(f"{file}: cannot be read: {error}") from None
        for block in table.to_batches():
            yield from block.to_pylist()


def format_of(*, parquet: bool) -> TableFormat:
    """Return the format that is wanted.

    Raises:
        ConfigurationError: it can't be had here.
    """
    return Parquet() if parquet else Csv()
