"""The notebooks of the examples run, and are committed with what they show."""

from pathlib import Path
from typing import Any

import pytest

from tests.notebooks import NOTEBOOKS, executed, read

CELLS = 12
MAX_BYTES = 400_000

RICH = ("image/svg+xml", "text/html", "text/plain")
"""What notebooks show of a value: the first of these that there is."""


def shown(notebook: Any) -> list[list[Any]]:
    """Return what each cell of code shows; of pictures and tables no text beside them."""
    found = []
    for cell in notebook.cells:
        if cell.cell_type == "code":
            told = [output.get("data", output) for output in cell.outputs]
            found.append([next((one[k] for k in RICH if k in one), one) for one in told])
    return found


def test_there_are_some() -> None:
    assert "whom_to_choose.ipynb" in {file.name for file in NOTEBOOKS}


@pytest.mark.parametrize("file", NOTEBOOKS, ids=lambda file: str(file.stem))
def test_a_notebook_is_committed_with_what_its_cells_show(file: Path, tmp_path: Path) -> None:
    """Who looks at it on a repository's page sees tables and figures, and they are current."""
    committed = read(file)
    assert len(committed.cells) == CELLS
    assert file.stat().st_size < MAX_BYTES
    again = executed(file, tmp_path)
    current = shown(again) == shown(committed)
    assert current, f"{file.name} shows something else by now: run `make notebooks` and look at it"
    numbers = [cell.execution_count for cell in again.cells if cell.cell_type == "code"]
    assert numbers == [*range(1, len(numbers) + 1)]
    assert all(shown(again)), "each cell of code ends with something to look at"
    kinds = {kind for cell in again.cells for o in cell.get("outputs", ()) for kind in o["data"]}
    assert kinds == {*RICH}
    assert list(tmp_path.glob("figures/*.pdf"))
