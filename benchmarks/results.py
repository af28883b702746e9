"""Where figures go: one file of JSON lines for each benchmark.

The first line says where, when and with what; then come rows of tables and targets. The page of
the documentation is made of these files alone.
"""

import argparse
import importlib.metadata
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from benchmarks.anvil import anvil_version
from simulator.system import large_pages

FOLDER = Path(__file__).parent / "results"
QUICK_FOLDER = FOLDER / "quick"
"""Figures of tiny sizes must not take the place of real ones."""

CPUINFO = Path("/proc/cpuinfo")
PACKAGES = ("eth-tester", "py-evm", "pyrevm", "web3", "simpy", "networkx", "fastapi", "uvicorn")

Row = dict[str, Any]

TIMES = "×"  # noqa: RUF001 - a multiplication sign is meant


def _cpu() -> str:
    if CPUINFO.exists():
        for line in CPUINFO.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return {**found, "anvil": version} if (version := anvil_version()) else found


def _commit() -> str:
    git = shutil.which("git")
    if git is None:
        return ""
    command = [git, "describe", "--always", "--dirty"]
    asked = subprocess.run(command, capture_output=True, text=True, check=False, cwd=FOLDER.parent)
    return asked.stdout.strip()


def circumstances(command: str, *, quick: bool) -> Row:
    """Return where, when and with what something is measured."""
    return {
        "command": command,
        "quick": quick,
        "date": time.strftime("%Y-%m-%d"),
        "commit": _commit(),
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "system": f"{platform.system()} {platform.release()}",
        "load": round(os.getloadavg()[0], 2),
        "versions": _versions(),
    }


class Results:
    """Figures of one benchmark, on their way to its file and to the terminal.

    Args:
        file: where to; what was there before is gone.
        command: what measures it again.
        quick: whether the sizes are tiny, for a test of the benchmark itself.
    """

    def __init__(self, file: Path, command: str, *, quick: bool = False) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        self._file = file
        file.write_text("", encoding="utf-8")
        self._write({"run": circumstances(command, quick=quick)})

    def _write(self, data: Row) -> None:
        with self._file.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(data) + "\n")

    def row(self, table: str, **figures: Any) -> None:
        """Add a row to a table."""
        self._write({"table": table, **figures})
        shown = (f"{key} {_short(value)}" for key, value in figures.items())
        print(f"{table}:", ", ".join(shown), flush=True)

    def note(self, text: str) -> None:
        """Say what could not be measured, and why."""
        self._write({"note": text})
        print(text, flush=True)

    def target(
        self,
        what: str,
        value: float,
        unit: str = "",
        *,
        at_most: float | None = None,
        at_least: float | None = None,
    ) -> None:
        """Compare a figure with what it should be."""
        limit = at_most if at_least is None else at_least
        if limit is None:
            raise ValueError("A target has a limit.")
        sign = "≤" if at_least is None else "≥"
        met = value <= limit if at_least is None else value >= limit
        target = f"{sign} {limit:g}{_attached(unit)}"
        figure = f"{_short(value)}{_attached(unit)}"
        self._write({"target": what, "value": figure, "limit": target, "met": met})
        print(f"  target: {what}: {figure}, wanted {target}: {'met' if met else 'NOT MET'}")


def _attached(unit: str) -> str:
    return unit if unit in {"", TIMES} else f" {unit}"


def _short(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def read(file: Path) -> list[Row]:
    """Return the lines of a file of results; none where there is no file."""
    if not file.exists():
        return []
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def parser(description: str | None) -> argparse.ArgumentParser:
    """Return a parser of what every benchmark understands."""
    made = argparse.ArgumentParser(description=(description or "").partition("\n")[0])
    made.add_argument("--quick", action="store_true", help="tiny sizes, to see that it works")
    made.add_argument("--results", type=Path, metavar="FOLDER", help="where the figures go")
    return made


def results_of(name: str, options: argparse.Namespace, file: str = "") -> Results:
    """Open the results of a benchmark: its module's name, what it was told, and another file."""
    folder = options.results or (QUICK_FOLDER if options.quick else FOLDER)
    words = [word for word in sys.argv[1:] if not word.startswith("--results")]
    told = [word for word in words if word != str(options.results)]
    command = " ".join(["python -m", f"benchmarks.{name}", *told])
    return Results(folder / f"{file or name}.jsonl", command, quick=options.quick)


def child(
    *arguments: str, timeout_s: float = 14_400, variables: Mapping[str, str] | None = None
) -> Row:
    """Run a part of a benchmark in a process of its own, which prints one line of JSON.

    Its memory comes in large pages, as that of the command line, if `variables` of the environment
    say nothing else. The row has a `problem` where there are no figures: one size that is too large
    for a machine does not keep the others from being measured.
    """
    command = [sys.executable, "-m", *arguments]
    try:
        ended = subprocess.run(
            command,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            timeout=timeout_s,
            env={**os.environ, **(large_pages.missing() if variables is None else variables)},
        )
    except subprocess.CalledProcessError as problem:
        return {"problem": f"the process has ended with {problem.returncode}."}
    except subprocess.TimeoutExpired:
        return {"problem": f"not done within {timeout_s:,.0f} s."}
    row: Row = json.loads(ended.stdout)
    return row


def answer(row: Row) -> NoReturn:
    """Tell `child` a row, and end at once.

    Python would take the world apart first, which takes minutes where it has a million nodes: keep
    it until here.
    """
    print(json.dumps(row), flush=True)
    os._exit(0)
