"""The house rules as tests: layers point one way, functions and files stay small."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import simulator

PACKAGE = Path(simulator.__file__).parent
SOURCES = sorted(PACKAGE.rglob("*.py"))

LAYERS = [
    {
        "bounded_json",
        "errors",
        "extensions",
        "files",
        "garbage",
        "hashing",
        "loading",
        "options",
        "program",
        "quoting",
        "terminal",
        "units",
    },
    {"events", "rng", "statuses"},
    {"clock", "journal"},
    {"journal_reference"},
    {"evm"},
    {"chain"},
    {"topology"},
    {"node"},
    {"genesis", "controls", "invariants", "checker"},
    {"simulation"},
    {"handles", "running"},
    {"driver"},
    {"api", "scenario"},
    {"python_report", "starting", "testnet"},
    {
        *("cli", "scenario_commands", "scenario_choice", "scenario_options", "scenario_outputs"),
        *("replay_command", "validate_command", "up"),
        *("pytest_options", "pytest_goldens", "pytest_items", "pytest_plugin"),
    },
    {"__main__"},
]
"""From the bottom up. A module imports from its own layer's siblings or from below."""

ALONE = [("api", "scenario"), ("scenario", "api")]
"""Siblings that must not know each other."""

ONLY = {"evm": {"errors", "hashing", "quoting", "units"}}
"""Parts that could be published alone, and the words that they know besides themselves."""

MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 70
MAX_COLUMNS = 100


def part_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def layer_of(part: str) -> int:
    (level,) = [level for level, parts in enumerate(LAYERS) if part in parts]
    return level


def imported_parts(path: Path) -> Iterator[str]:
    """Yield the parts of the package that a module imports anywhere, for typing included."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        for name in names:
            parts = name.split(".")
            if parts[0] == "simulator" and len(parts) > 1 and parts[1] != "__version__":
                yield parts[1]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_downwards(path: Path) -> None:
    part = part_of(path)
    if part == "__init__":
        return
    for other in imported_parts(path):
        assert layer_of(other) <= layer_of(part), f"{part} imports {other}"
        assert (part, other) not in ALONE
        assert part not in ONLY or other in {part, *ONLY[part]}, f"{part} imports {other}"


def modules_imported_by(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found


def test_no_import_cycles() -> None:
    names = {
        ".".join(("simulator", *path.relative_to(PACKAGE).with_suffix("").parts)): path
        for path in SOURCES
        if path.name != "__init__.py"
    }
    edges = {name: modules_imported_by(path) & names.keys() for name, path in names.items()}
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, f"cycle: {' -> '.join((*trail, name))}"
        if name not in done:
            for other in sorted(edges[name]):
                visit(other, (*trail, name))
            done.add(name)

    for name in sorted(names):
        visit(name, ())


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_files_and_functions_stay_small(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    assert len(lines) <= MAX_FILE_LINES
    assert max(map(len, lines), default=0) <= MAX_COLUMNS
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or 0) - node.lineno < MAX_FUNCTION_LINES, node.name


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_nothing_depends_on_the_hash_seed_or_the_wall_clock(path: Path) -> None:
    """`hash()` differs between processes; the linter sees to the rest."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id != "hash"
