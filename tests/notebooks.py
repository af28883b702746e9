"""The notebooks of the examples: run in a kernel, as Jupyter does.

`make notebooks` writes what their cells show into them anew. They are committed with that: on a
repository's page nobody runs them.
"""

import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

os.environ.setdefault("JUPYTER_PLATFORM_DIRS", "1")  # without it, Jupyter warns

import nbformat
from nbclient import NotebookClient

FOLDER = Path(__file__).parents[1] / "examples" / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
VERSION = 4


def read(file: Path) -> nbformat.NotebookNode:
    """Return a notebook; it must be a valid one."""
    notebook: nbformat.NotebookNode = nbformat.read(file, VERSION)
    nbformat.validate(notebook)
    return notebook


def executed(file: Path, folder: Path) -> nbformat.NotebookNode:
    """Return a notebook with what its cells show when they run in an empty folder.

    Raises:
        CellExecutionError: a cell fails.
    """
    notebook = read(file)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = []
    place = {"metadata": {"path": str(folder)}}
    NotebookClient(notebook, resources=place, record_timing=False).execute()
    del notebook.metadata["language_info"]  # which names the version of Python
    return notebook


def main() -> None:
    for file in NOTEBOOKS:
        with TemporaryDirectory() as folder:
            nbformat.write(executed(file, Path(folder)), file)
        sys.stdout.write(f"{file}\n")


if __name__ == "__main__":
    main()
