"""What the documentation shows is run."""

import contextlib
import io
import re
import textwrap
from pathlib import Path

import pytest

from simulator import Study
from simulator.reports.joins import JOIN_MEASURES
from simulator.reports.payment_measures import PAYMENT_MEASURES
from simulator.scenario.language.scenario import NO_PARAMETERS, load
from simulator.scenario.language.source import read_sets
from simulator.scenario.run.runner import run_file
from simulator.topology.measures import CURVES, MEASURES

ROOT = Path(__file__).parent.parent
PAGES = [
    "README.md",
    "docs/python.md",
    "docs/extending.md",
    "docs/strategies.md",
    "docs/measures.md",
    "docs/studies.md",
]
FOLDERS = ("", "contracts", "docs", "docs/internals", "examples/*", "simulator/**")
OUR_PAGES = [page for folder in FOLDERS for page in sorted(ROOT.glob(f"{folder}/*.md".lstrip("/")))]


def python_blocks(page: str) -> str:
    text = (ROOT / page).read_text(encoding="utf-8")
    return "\n".join(re.findall(r"```python\n(.*?)```", text, re.DOTALL))


@pytest.mark.parametrize("page", PAGES)
def test_python_examples_run(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # where the examples leave their files
    printed = io.StringIO()
    code = python_blocks(page)
    with contextlib.redirect_stdout(printed):
        exec(compile(code, page, "exec"), {})  # noqa: S102 - our own pages
    lines = iter(printed.getvalue().splitlines())
    for promised in re.findall(r"print\(.*\)  # (.*)|^ +# (\w* ?\d.*|{.*})$", code, re.MULTILINE):
        assert "".join(promised) in lines, promised  # in this order, with others in between


def test_the_scenario_in_the_readme_passes(tmp_path: Path) -> None:
    (text,) = re.findall(r"```yaml\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    file = tmp_path / "readme.yaml"
    file.write_text(text)
    assert run_file(file).passed


GUIDE = (ROOT / "docs" / "scenarios.md").read_text(encoding="utf-8")
FRAME = "version: 2\nnodes: {count: 30}\nscenario: {serial: {tasks: [wait: 60]}}\n"


EDITORS = (ROOT / "docs" / "editors.md").read_text(encoding="utf-8")


STUDIED = "".join(
    (ROOT / "docs" / page).read_text(encoding="utf-8")
    for page in ("strategies.md", "measures.md", "workloads.md")
)


@pytest.mark.parametrize("text", re.findall(r"```yaml\n(.*?)```", STUDIED, re.DOTALL))
def test_scenarios_of_the_pages_for_researchers_pass(text: str, tmp_path: Path) -> None:
    file = tmp_path / "shown.yaml"
    file.write_text(text, encoding="utf-8")
    assert run_file(file).passed


def test_the_page_of_measures_lists_them_all() -> None:
    page = (ROOT / "docs" / "measures.md").read_text(encoding="utf-8")
    told = {name: measure.description for name, measure in MEASURES.items()}
    told |= {name: measure.description for name, measure in JOIN_MEASURES.items()}
    told |= {name: measure.description for name, measure in PAYMENT_MEASURES.items()}
    told |= {name: curve.description for name, curve in CURVES.items()}
    for name, description in told.items():
        assert f"| `{name}` | {description} |" in page


@pytest.mark.parametrize("text", re.findall(r"```yaml\n(.*?)```", GUIDE + EDITORS, re.DOTALL))
def test_examples_of_the_guide_are_valid(text: str, tmp_path: Path) -> None:
    """Lists of tasks and single sections get the rest of a file around them; a study has all."""
    file = tmp_path / "example.yaml"
    if "\ngrowth:" in text:
        file.write_text(text, encoding="utf-8")
        assert Study.load(file)
        return
    if text.startswith("- "):
        text = "tasks:\n" + text
    if text.startswith("tasks:"):
        text = "scenario:\n  serial:\n" + textwrap.indent(text, "    ")
    begins = {line.split(":")[0] for line in text.splitlines()}
    rest = [line for line in FRAME.splitlines() if line.split(":")[0] not in begins] or [""]
    head, line, body = text.rpartition("---\n")  # sets of parameters come first
    file.write_text("\n".join([f"{head}{line}{rest[0]}", *rest[1:], body]), encoding="utf-8")
    for parameters in read_sets(file) or [NO_PARAMETERS]:
        load(file, parameters)


def test_studies_of_the_docs_are_valid(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "studies.md").read_text(encoding="utf-8")
    study, *additions = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    for addition in ("", *additions):
        file = tmp_path / "example.yaml"
        file.write_text(study + addition, encoding="utf-8")
        assert Study.load(file).name == "Too few peers"


def anchors_of(path: Path) -> set[str]:
    """Return the names that headings of a page get where it is shown."""
    headings = re.findall(r"^#+ (.*)", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", OUR_PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", path.read_text(encoding="utf-8")):
        if "://" not in target:
            name, _, anchor = target.partition("#")
            page = path.parent / name if name else path
            assert page.exists(), target
            assert not anchor or anchor in anchors_of(page), target
