"""A study's tables on the disk, as CSV or Parquet.

Rows are in order of their keys, and nothing is in them that differs from one execution to the
next, but for the table about just that: however a study was executed, the bytes are the same.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from simulator.studies.columns import (
    CURVE_POINTS,
    EXECUTIONS,
    RUN,
    SERIES,
    columns_of_runs,
)
from simulator.studies.design import Design, RunSpec, value_text
from simulator.studies.shards import RowPlace
from simulator.system import files
from simulator.system.table_files import Column, ColumnKind, Parquet, TableFormat, TableRow
from simulator.words.errors import ConfigurationError

RUNS_TABLE, SERIES_TABLE, CURVES_TABLE = "runs", "series", "curves"
EXECUTIONS_TABLE = "executions"

_READ: dict[str, Any] = {
    ColumnKind.TEXT: str,
    ColumnKind.WHOLE: int,
    ColumnKind.NUMBER: float,
    ColumnKind.TRUTH: lambda text: text == "true",
}


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
