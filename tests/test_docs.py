"""What the documentation shows is run."""

import contextlib
import io
import re
from pathlib import Path

import pytest

from simulator.scenario.runner import run_file

ROOT = Path(__file__).parent.parent
PAGES = ["README.md", "docs/python.md"]


def python_blocks(page: str) -> str:
    text = (ROOT / page).read_text(encoding="utf-8")
    return "\n".join(re.findall(r"```python\n(.*?)```", text, re.DOTALL))


@pytest.mark.parametrize("page", PAGES)
def test_python_examples_run(page: str) -> None:
    printed = io.StringIO()
    code = python_blocks(page)
    with contextlib.redirect_stdout(printed):
        exec(compile(code, page, "exec"), {})  # noqa: S102 - our own pages
    lines = printed.getvalue().splitlines()
    for number, promised in enumerate(re.findall(r"print\(.*\)  # (.*)", code)):
        assert lines[number] == promised


def test_the_scenario_in_the_readme_passes(tmp_path: Path) -> None:
    (text,) = re.findall(r"```yaml\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    file = tmp_path / "readme.yaml"
    file.write_text(text)
    assert run_file(file).passed


@pytest.mark.parametrize("path", sorted(ROOT.glob("*.md")) + sorted(ROOT.glob("*/*.md")))
def test_links_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", path.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (path.parent / target).exists(), target
