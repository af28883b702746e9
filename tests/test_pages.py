"""What the pages say about the code is there: rooms, files, and the names in diagrams."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import simulator
from tests.test_architecture import FLOORS, PACKAGE, SOURCES, parsed
from tests.test_docs import OUR_PAGES

ROOT = PACKAGE.parent
DESIGN = ROOT / "docs" / "design.md"
GLOSSARY = ROOT / "docs" / "glossary.md"
INTERNALS = [DESIGN, GLOSSARY, *sorted((ROOT / "docs" / "internals").glob("*.md"))]
MAX_DESIGN_LINES = 150


def short(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def quoted(page: Path) -> list[str]:
    """Return what stands between single backticks on a page."""
    text = re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
    return re.findall(r"`([^`\n]+)`", text)


def assigned(node: ast.AST) -> Iterator[str]:
    """Yield the names that a statement gives a value: `x = …`, `x: int`, `self.x = …`."""
    targets = node.targets if isinstance(node, ast.Assign) else []
    if isinstance(node, ast.AnnAssign):
        targets = [node.target]
    for target in targets:
        for inner in ast.walk(target):
            if isinstance(inner, ast.Name):
                yield inner.id
            elif isinstance(inner, ast.Attribute):
                yield inner.attr


@cache
def names_in_the_code() -> dict[str, set[str]]:
    """Return what each class, and each module by its last name, has of its own."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in SOURCES:
        module = parsed(path)
        for node in module.body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                found[path.stem].add(node.name)
            found[path.stem].update(assigned(node))
        for class_ in ast.walk(module):
            if isinstance(class_, ast.ClassDef):
                for inner in ast.walk(class_):
                    if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef):
                        found[class_.name].add(inner.name)
                    found[class_.name].update(assigned(inner))
    return found


@cache
def bases_in_the_code() -> dict[str, set[str]]:
    return {
        class_.name: {base.id for base in class_.bases if isinstance(base, ast.Name)}
        for path in SOURCES
        for class_ in ast.walk(parsed(path))
        if isinstance(class_, ast.ClassDef)
    }


def has(owner: str, name: str) -> bool:
    """Tell whether a class, one of its parents, or a module has something of that name."""
    bases = bases_in_the_code().get(owner, ())
    return name in names_in_the_code().get(owner, ()) or any(has(base, name) for base in bases)


def diagrams() -> list[tuple[str, str]]:
    """Return the diagrams of all pages, each with the heading above it."""
    found = []
    for page in INTERNALS:
        for part in re.split(r"^## ", page.read_text("utf-8"), flags=re.MULTILINE)[1:]:
            heading = part.splitlines()[0]
            found += [
                (heading, text) for text in re.findall(r"```mermaid\n(.*?)```", part, re.DOTALL)
            ]
    return found


DIAGRAMS = diagrams()


@pytest.mark.parametrize(("heading", "text"), DIAGRAMS, ids=[heading for heading, _ in DIAGRAMS])
def test_a_diagram_names_only_what_is_in_the_code(heading: str, text: str) -> None:
    named = re.findall(r"\b([A-Za-z_]\w*)\.([a-z_]\w*)", text)
    assert len(named) > 10, heading
    for owner, name in named:
        assert has(owner, name), f"{owner}.{name}"
    for line in re.findall(r"participant (\w+)(?: as (\w+))?", text):
        who = next(filter(None, reversed(line)))
        assert who in names_in_the_code() or who == "Caller", who


def test_joins_later_channels_and_leaves_have_a_diagram() -> None:
    assert [heading for heading, _ in DIAGRAMS] == ["A join", "The fourth channel", "A leave"]


@pytest.mark.parametrize("page", INTERNALS, ids=short)
def test_members_that_a_page_names_are_in_the_code(page: Path) -> None:
    """Such as `Clock.soon`: of a class of ours, or of none."""
    for text in quoted(page):
        for owner, name in re.findall(r"^([A-Z]\w+)\.(\w+)", text):
            assert has(owner, name), text


@pytest.mark.parametrize("page", OUR_PAGES, ids=short)
def test_files_that_a_page_names_exist(page: Path) -> None:
    modules = {path.name for path in SOURCES}
    for text in quoted(page):
        is_path = re.fullmatch(r"[\w./]+\.py", text) and ("/" in text or text in modules)
        if is_path or (page in INTERNALS and re.fullmatch(r"[\w.]+/[\w./]*", text)):
            places = (page.parent, ROOT, PACKAGE, *PACKAGE.iterdir())
            assert any((place / text).exists() for place in places), text


def test_every_term_of_the_glossary_has_a_module() -> None:
    rows = re.findall(r"^\| (.+) \|$", GLOSSARY.read_text("utf-8"), re.MULTILINE)
    terms = [row.split(" | ") for row in rows if not row.startswith("term |")]
    assert len(terms) > 50
    for term, meaning, where in terms:
        places = re.findall(r"`([^`]+)`", where)
        assert places, term
        assert meaning, term
        for place in places:
            assert (PACKAGE / place).exists(), f"{term}: {place}"


def test_design_draws_the_rooms_on_their_floors() -> None:
    text = DESIGN.read_text("utf-8")
    (table,) = re.findall(r"^\| room \|.*\n\|[-|]+\n((?:\|.*\n)+)", text, re.MULTILINE)
    rows = [row.split("|")[1:3] for row in table.splitlines()]
    drawn = [{*re.findall(r"`(\w+)/`", rooms)} for rooms, _ in rows]
    assert drawn == [floor for floor in reversed(FLOORS) if floor != {"__main__"}]
    for rooms, (_, inside) in zip(drawn, rows, strict=True):
        there = {path.stem for room in rooms for path in (PACKAGE / room).iterdir()}
        assert {*re.findall(r"`(\w+)/?`", inside)} <= there


def test_design_is_read_in_one_sitting() -> None:
    assert len(DESIGN.read_text("utf-8").splitlines()) <= MAX_DESIGN_LINES


@pytest.mark.parametrize(
    ("word", "place"),
    [
        ("undo", "evm/state.py"),
        ("pending", "chain/submissions.py"),
        ("remote", "chain/remote/rpc.py"),
        ("revert", "evm/reverts.py"),
        ("out of gas", "evm/engine.py"),
        ("translator", "evm/translator/tracer.py"),
    ],
)
def test_the_words_of_the_field_lead_to_their_place(word: str, place: str) -> None:
    """Whoever looks for one in the code finds it where it is decided: the module says so."""
    assert word in (ast.get_docstring(parsed(PACKAGE / place)) or "").lower()


@pytest.mark.parametrize("page", OUR_PAGES, ids=short)
def test_modules_that_a_page_imports_or_names_exist(page: Path) -> None:
    """Such as `simulator.words.errors`, in code too, or a name in one."""
    for dotted in re.findall(r"\bsimulator((?:\.[A-Za-z_]\w*)+)", page.read_text("utf-8")):
        place = PACKAGE.joinpath(*dotted[1:].split("."))
        face = place.parent == PACKAGE and place.name in simulator.__all__
        inside = face or place.name in names_in_the_code().get(place.parent.name, ())
        assert place.is_dir() or place.with_suffix(".py").exists() or inside, dotted
