"""A study's tables on the disk, as CSV or Parquet.

Rows are in order of their keys, and nothing is in them that differs from one execution to the
next, but for the table about just that: however a study was executed, the bytes are the same.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from simulator.studies.columns import (
    CURVE_POINTS,
    EXECUTIONS,
    RUN,
    SERIES,
    Column,
    ColumnKind,
    columns_of_runs,
)
from simulator.studies.design import Design, RunSpec, value_text
from simulator.studies.shards import RowPlace
from simulator.system import files
from simulator.words.errors import ConfigurationError

RUNS_TABLE, SERIES_TABLE, CURVES_TABLE = "runs", "series", "curves"
EXECUTIONS_TABLE = "executions"
ROWS_AT_ONCE = 5_000

TableRow = Sequence[Any]

_READ: dict[str, Any] = {
    ColumnKind.TEXT: str,
    ColumnKind.WHOLE: int,
    ColumnKind.NUMBER: float,
    ColumnKind.TRUTH: lambda text: text == "true",
}


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


def write_tables(
    design: Design,
    specs: Mapping[str, RunSpec],
    places: Mapping[str, RowPlace],
    folder: Path,
    form: TableFormat,
) -> None:
    """Write all tables of the runs that are finished.

    Args:
        design: the study.
        specs: its runs by their keys.
        places: where the rows of runs are, those of other studies included.
        folder: where to.
        form: how.

    Raises:
        FileUnwritable: a file can't be written.
    """
    keys = sorted(specs.keys() & places.keys())
    columns = columns_of_runs(design)
    with _rows(keys, places) as rows:
        found = (_run_row(specs[row[RUN]], row, columns) for row in rows)
        _write(folder, RUNS_TABLE, form, columns, found)
    if design.series is not None:
        with _rows(keys, places) as rows:
            points = ((row[RUN], *point) for row in rows for point in row["series"])
            _write(folder, SERIES_TABLE, form, SERIES, points)
    if design.curves:
        with _rows(keys, places) as rows:
            points = ((row[RUN], *point) for row in rows for point in row["curves"])
            _write(folder, CURVES_TABLE, form, CURVE_POINTS, points)
    with _rows(keys, places) as rows:
        done = ([row[column.name] for column in EXECUTIONS] for row in rows)
        _write(folder, EXECUTIONS_TABLE, form, EXECUTIONS, done)


def _write(
    folder: Path, name: str, form: TableFormat, columns: Sequence[Column], rows: Iterator[TableRow]
) -> None:
    with files.writing(folder / f"{name}{form.suffix}") as stream:
        form.write(stream, columns, rows)


def _run_row(spec: RunSpec, row: Mapping[str, Any], columns: Iterable[Column]) -> TableRow:
    known = {**row, **row["measures"], "replication": spec.replication, "seed": spec.seed}
    return [
        of_kind(spec.point[column.name], column.kind)
        if column.name in spec.point
        else known.get(column.name)
        for column in columns
    ]


def of_kind(value: Any, kind: ColumnKind) -> Any:
    """Return a factor's value as its column has it."""
    if kind is ColumnKind.TEXT:
        return value_text(value)
    return float(value) if kind is ColumnKind.NUMBER else value


def read_table(file: Path, columns: Sequence[Column]) -> Iterator[dict[str, Any]]:
    """Go through the rows of a table, whose values have their columns' types.

    Raises:
        ConfigurationError: it can't be read.
    """
    if file.suffix == Parquet.suffix:
        yield from Parquet().read(file)
        return
    kinds = {column.name: column.kind for column in columns}
    try:
        with file.open(encoding="utf-8", newline="") as stream:
            for row in csv.DictReader(stream):
                yield {name: _read(kinds[name], text) for name, text in row.items()}
    except OSError as error:
        raise ConfigurationError(f"{file}: cannot be read: {error.strerror}") from None


def _read(kind: str, text: str) -> Any:
    return None if not text and kind != ColumnKind.TEXT else _READ[kind](text)


@contextmanager
def _rows(
    keys: Iterable[str], places: Mapping[str, RowPlace]
) -> Iterator[Iterator[dict[str, Any]]]:
    """Read rows in order of their keys; files are opened once."""
    streams: dict[Path, BinaryIO] = {}

    def read() -> Iterator[dict[str, Any]]:
        for key in keys:
            place = places[key]
            if place.file not in streams:
                streams[place.file] = place.file.open("rb")
            yield place.read_from(streams[place.file])

    try:
        yield read()
    finally:
        for stream in streams.values():
            stream.close()
