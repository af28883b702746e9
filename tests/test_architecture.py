"""The house rules as tests: layers point one way, functions and files stay small."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import simulator

PACKAGE = Path(simulator.__file__).parent
SOURCES = sorted(PACKAGE.rglob("*.py"))

FLOORS = [
    {"words"},
    {"system"},
    {"kernel"},
    {"evm"},
    {"chain"},
    {"topology", "rpc"},
    {"payments"},
    {"forms"},
    {"node", "reports"},
    {"onchain"},
    {"workloads"},
    {"testnet"},
    {"scenario"},
    {"suite", "replay", "studies"},
    {"reference"},
    {"api"},
    {"cli", "pytest_plugin"},
    {"__main__"},
]
"""The rooms from the bottom up. Modules import from their own, or from below."""

INNER_FLOORS = {
    "scenario": ("tasks", "language", "run"),
}
"""Rooms that are large enough to have floors of their own, from the bottom up."""

ALONE = [("api", "scenario"), ("api", "suite"), ("api", "replay")]
"""Rooms that must not know each other though one is above the other."""

ONLY = {"evm": {"words"}}
"""Rooms that could be published alone, and what they know besides themselves."""

MAX_ROOM_LINES = 6_000
MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 70
MAX_COLUMNS = 100


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def room_of(module: str) -> str:
    """Return the room of a module, given by its dotted name without the package's."""
    return module.split(".", maxsplit=1)[0]


def floor_of(module: str) -> tuple[int, int]:
    """Return the floor of a module's room, and the floor inside of the room."""
    room, *inner = module.split(".")
    (level,) = [level for level, rooms in enumerate(FLOORS) if room in rooms]
    floors = INNER_FLOORS.get(room, ())
    return level, floors.index(inner[0]) if floors and inner else 0


def dotted(path: Path) -> str:
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts)


def imported(path: Path) -> Iterator[str]:
    """Yield the modules of the package that a module imports anywhere, without the package's name.

    For typing too, and in strings such as `"simulator.cli.run:run"`, which are imported later.
    """
    for node in ast.walk(parsed(path)):
        names: list[str] = []
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            names = re.findall(r"^(simulator\.[a-z_.]+)(?::\w+)?$", node.value)
        for name in names:
            package, _, module = name.partition(".")
            if package == "simulator" and module and module != "__version__":
                yield module


def may_import(module: str, other: str) -> bool:
    room, there = room_of(module), room_of(other)
    if room == there:
        return floor_of(other) <= floor_of(module)
    known = room not in ONLY or there in ONLY[room]
    return floor_of(other)[0] < floor_of(module)[0] and (room, there) not in ALONE and known


def test_imports_point_downwards() -> None:
    wrong = [
        f"{dotted(path)} knows {other}"
        for path in SOURCES
        if dotted(path) != "__init__"
        for other in imported(path)
        if not may_import(dotted(path), other)
    ]
    assert wrong == []


@pytest.mark.parametrize("room", sorted(set.union(*FLOORS) - {"__main__"}))
def test_no_room_is_crowded(room: str) -> None:
    files = (PACKAGE / room).rglob("*.py")
    assert sum(len(path.read_text("utf-8").splitlines()) for path in files) <= MAX_ROOM_LINES


@pytest.mark.parametrize("room", INNER_FLOORS)
def test_a_room_with_floors_has_nothing_beside_them(room: str) -> None:
    inside = {path.stem for path in (PACKAGE / room).iterdir()} - {"__init__", "__pycache__"}
    assert inside == {*INNER_FLOORS[room]}


def test_every_room_has_a_floor_and_says_what_is_inside() -> None:
    folders = {path.name for path in PACKAGE.iterdir() if path.is_dir()} - {"__pycache__"}
    files = {path.stem for path in PACKAGE.glob("*.py")} - {"__init__"}
    assert folders | files == set.union(*FLOORS)
    for folder in PACKAGE.rglob("*/"):
        if any(folder.glob("*.py")):
            assert ast.get_docstring(ast.parse((folder / "__init__.py").read_text("utf-8"))), folder


def test_no_import_cycles() -> None:
    names = {dotted(path): path for path in SOURCES if path.name != "__init__.py"}
    edges = {
        name: {known for other in imported(path) for known in (other, other.rpartition(".")[0])}
        & names.keys()
        for name, path in names.items()
    }
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, f"cycle: {' -> '.join((*trail, name))}"
        if name not in done:
            for other in sorted(edges[name]):
                visit(other, (*trail, name))
            done.add(name)

    for name in sorted(names):
        visit(name, ())


def test_files_and_functions_stay_small() -> None:
    too_large = []
    for path in SOURCES:
        lines = path.read_text(encoding="utf-8").splitlines()
        if len(lines) > MAX_FILE_LINES or max(map(len, lines), default=0) > MAX_COLUMNS:
            too_large.append(str(path))
        too_large += [
            f"{path}:{node.lineno}: {node.name}"
            for node in ast.walk(parsed(path))
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            and (node.end_lineno or 0) - node.lineno >= MAX_FUNCTION_LINES
        ]
    assert too_large == []


def test_nothing_depends_on_the_hash_seed_or_the_wall_clock() -> None:
    """`hash()` differs between processes; the linter sees to the rest."""
    hashing = [
        f"{path}:{node.lineno}"
        for path in SOURCES
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "hash"
    ]
    assert hashing == []


def test_no_two_classes_share_a_name() -> None:
    """One word means one thing; what begins with an underscore is nobody else's."""
    homes: dict[str, list[str]] = {}
    for path in SOURCES:
        for node in parsed(path).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                homes.setdefault(node.name, []).append(dotted(path))
    assert {name: places for name, places in homes.items() if len(places) > 1} == {}
