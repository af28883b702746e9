"""Study files for tests, and what comes of them."""

import csv
from pathlib import Path
from typing import Any

import pytest

from simulator.cli.main import main

WORLD = """\
chain: {engine: model, settle_timeout_blocks: 10}
nodes: {count: 6}
growth: {funds: 100, arrivals: poisson, every_seconds: 60}
"""

SMALL = WORLD + "measures: [channels, components, joins]\n"


def write(folder: Path, text: str, name: str = "small.yaml") -> Path:
    """Write a file."""
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def call(*arguments: str | Path) -> int:
    """Run the command line in this process; return the exit code."""
    with pytest.raises(SystemExit) as end:
        main(["study", *map(str, arguments)])
    code = end.value.code
    assert isinstance(code, int | None)
    return code or 0


def run(folder: Path, text: str, *options: str) -> Path:
    """Write and run a study in this process; return the folder of its tables."""
    out = folder / "out"
    assert call("run", write(folder, text), "--jobs", "1", "--out", out, *options) == 0
    return out


def table(file: Path) -> list[dict[str, Any]]:
    """Return a table's rows as they stand there."""
    with file.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))
