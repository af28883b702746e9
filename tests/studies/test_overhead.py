"""What a study costs beside its runs can be measured; how much that is, no test asks."""

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.results import read

ROOT = Path(__file__).parents[2]


@pytest.mark.nightly  # more of what the tests of benchmarks show by day with another one
def test_the_benchmark_has_its_rows(tmp_path: Path) -> None:
    words = ["-m", "benchmarks.studies", "--quick", f"--results={tmp_path}"]
    subprocess.run([sys.executable, *words], check=True, cwd=ROOT, capture_output=True)
    _, *rows = read(tmp_path / "studies.jsonl")
    ways = [row["way"] for row in rows if row.get("table") == "studies"]
    assert ways == ["2 processes", "Dask, 2 workers"]
