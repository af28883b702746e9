"""The one py-evm whose private fields we know is the one that is installed, everywhere."""

import re
import tomllib
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_py_evm_is_pinned_exactly() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (wanted,) = [text for text in project["dependencies"] if text.startswith("py-evm")]
    assert wanted == f"py-evm=={version('py-evm')}"
    for file in ROOT.glob("constraints*.txt"):
        constraints = file.read_text(encoding="utf-8")
        assert re.findall(r"^py-evm==\S+", constraints, re.MULTILINE) == [wanted], file.name
