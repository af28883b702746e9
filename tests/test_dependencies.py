"""What the package imports is declared, and what is declared is imported."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterable
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]

COMMANDS = {"ipykernel", "mypy", "pytest-benchmark", "pytest-xdist", "ruff"}
"""What is called, and not imported."""
IN_TEXTS = {"fastapi-swagger", "numpy", "websockets"}
"""What texts name: files that are served, programs that tests write, and what uvicorn is to speak
WebSocket with."""
OUTSIDE = {"dressed", "pytest", "schemathesis"}
"""What a test writes, what loads the plugin, and what has an environment of its own."""
OPTIONAL = ("dask", "fast", "figures", "graphs", "parquet", "revm")
"""The extras of what is imported only where somebody asks for it."""


def named(requirements: Iterable[str]) -> set[str]:
    """Return the distributions of requirements, as PEP 503 writes them."""
    names = (re.match(r"[\w.-]+", requirement) for requirement in requirements)
    return {normal(name.group()) for name in names if name}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def imported(*folders: str) -> set[str]:
    """Return the distributions, or for want of one the modules, that Python files import."""
    modules: set[str] = set()
    for path in (path for folder in folders for path in (ROOT / folder).rglob("*.py")):
        if "node_modules" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                modules |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                modules.add((node.module or "").partition(".")[0])
    modules -= {"simulator", "tests", "benchmarks", *sys.stdlib_module_names}
    known = packages_distributions()
    return {normal(known.get(module, [module])[0]) for module in modules}


def test_the_package_imports_what_it_declares_and_declares_what_it_imports() -> None:
    declared = named(PROJECT["dependencies"])
    extra = set[str]().union(*(named(EXTRAS[name]) for name in OPTIONAL))
    used = imported("simulator") - OUTSIDE
    assert sorted(used - declared - extra) == []
    assert sorted(declared - used - IN_TEXTS) == []


def test_what_only_tests_and_benchmarks_import_is_declared_and_used_too() -> None:
    declared, extra = named(PROJECT["dependencies"]), named(EXTRAS["dev"])
    used = imported("simulator", "tests", "benchmarks", "examples")
    stubs = {name for name in extra if name.startswith("types-") or name.endswith("-stubs")}
    assert sorted(used - declared - extra - OUTSIDE) == []
    assert sorted(extra - used - stubs - COMMANDS - IN_TEXTS - named(EXTRAS["revm"])) == []


def test_what_the_makefile_tests_is_there() -> None:
    (smoke,) = re.findall(
        r"^SMOKE := ((?:.*\\\n)*.*)", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE
    )
    paths = smoke.replace("\\", "").split()
    assert len(paths) > 10
    assert [path for path in paths if not (ROOT / path).exists()] == []
