"""What a study's folder is about: the study itself, versions, and what its tables hold."""

import json
from pathlib import Path
from typing import Any

from simulator.reports.versions import versions
from simulator.studies.columns import EXECUTIONS, SERIES, Column, columns_of_runs
from simulator.studies.design import Design, plain_value
from simulator.studies.measures import MEASURES, name_of
from simulator.studies.tables import EXECUTIONS_TABLE, RUNS_TABLE, SERIES_TABLE, TableFormat
from simulator.system import bounded_json, files
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
    said = {
        "study_manifest": FORMAT,
        "name": design.name,
        "description": design.description,
        "file": design.written.file,
        "study": plain_value(dict(design.written.data)),
        "files": dict(design.files),
        "code": dict(design.code),
        "factors": list(design.factors.names),
        "measures": {name_of(name): described(name) for name in design.measures},
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
