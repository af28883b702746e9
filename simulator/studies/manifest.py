"""What a study's folder is about: the study itself, versions, and what its tables hold."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from simulator.reports.versions import versions
from simulator.studies.columns import (
    CURVE_POINTS,
    EXECUTIONS,
    SERIES,
    columns_of_runs,
)
from simulator.studies.design import Design, plain_value
from simulator.studies.measures import MEASURES, name_of
from simulator.studies.tables import (
    CURVES_TABLE,
    EXECUTIONS_TABLE,
    RUNS_TABLE,
    SERIES_TABLE,
    of_kind,
)
from simulator.system import bounded_json, files
from simulator.system.table_files import Column, TableFormat, kind_of
from simulator.topology.measures import CURVES
from simulator.topology.metrics import Metric
from simulator.words.errors import ConfigurationError

FORMAT = 1
FILE = "manifest.json"
MAX_BYTES = 2**26


def write(
    design: Design, folder: Path, form: TableFormat, runs: int, failures: int, replications: int
) -> None:
    """Write it.

    Raises:
        FileUnwritable: it can't be written.
    """
    tables = {RUNS_TABLE: columns_of_runs(design), EXECUTIONS_TABLE: EXECUTIONS}
    if design.series is not None:
        tables[SERIES_TABLE] = SERIES
    if design.curves:
        tables[CURVES_TABLE] = CURVE_POINTS
    said = {
        "study_manifest": FORMAT,
        "name": design.name,
        "description": design.description,
        "file": design.written.file,
        "study": plain_value(dict(design.written.data)),
        "files": dict(design.files),
        "code": dict(design.code),
        "factors": list(design.factors.names),
        "values": {
            name: [of_kind(value, kind_of(values)) for value in values]
            for name, values in design.factors.grid.items()
        },
        "measures": _described_all(design.measures),
        "series": _described_all([] if design.series is None else design.series.measures),
        "curves": {name: _described_curve(name) for name in design.curves},
        "points": design.factors.count,
        "replications": replications,
        "runs": runs,
        "failed": failures,
        "tables": {
            f"{name}{form.suffix}": {column.name: str(column.kind) for column in columns}
            for name, columns in sorted(tables.items())
        },
        "versions": versions(design.engine),
    }
    files.write(folder / FILE, json.dumps(said, indent=2) + "\n")


def _described_all(names: Iterable[str | Metric]) -> dict[str, str]:
    return {name_of(name): described(name) for name in names}


def _described_curve(name: str) -> dict[str, str]:
    found = CURVES[name]
    return {
        "description": found.description,
        "across": found.across,
        "up": found.up,
        "shape": str(found.shape),
    }


def described(name: object) -> str:
    """Return what a measure is, for people."""
    return MEASURES[name].description if isinstance(name, str) else "a metric of the user's"


def read(folder: Path) -> dict[str, Any]:
    """Read the manifest of a study's folder.

    Raises:
        ConfigurationError: there is none, or it is another file.
    """
    path = folder / FILE
    try:
        data = bounded_json.loads(files.read_text(path, MAX_BYTES))
    except ValueError as error:
        raise ConfigurationError(f"{path}: is not a study's manifest: {error}") from None
    if not isinstance(data, dict) or data.get("study_manifest") != FORMAT:
        raise ConfigurationError(f"{path}: is not a study's manifest of this version")
    return data


def columns(data: dict[str, Any], table: str) -> tuple[str, list[Column]]:
    """Return the file and the columns of a table.

    Raises:
        ConfigurationError: the study has no such table.
    """
    for name, kinds in data["tables"].items():
        if name.partition(".")[0] == table:
            return name, [Column(column, kind) for column, kind in kinds.items()]
    raise ConfigurationError(f"This study has no table {table}.")
