"""Transactions per second of every way to a chain: the backends, and through the ledger.

Opens channels and deposits into each, in several rounds; the figure is the median round's. Ways
inside this process are timed on the processor's clock, since machines are shared; what goes to
anvil on the wall's, since the work is done in another process. Ratios are to web3.py's defaults on
eth-tester's own backend with gas given, measured in the same run. pytest-benchmark measures:
`benchmarks/micro/bench_transactions.py` says what.
"""

import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from benchmarks.results import TIMES, Results, parser, results_of
from benchmarks.ways import DEPOSIT, EMPTY, FIRST, OPEN, WAYS, Way

NAME = "transactions"
MEASURED = Path(__file__).parent / "micro" / "bench_transactions.py"
KINDS = (OPEN, DEPOSIT)

Seconds = dict[tuple[str, str, str], float]
"""By table, way and kind: what one call takes; for empty blocks, what a round of them takes."""


class Skipped:
    """A pytest plugin that keeps the reasons for what was skipped."""

    def __init__(self) -> None:
        self.reasons: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep a reason; one that several benchmarks share once."""
        if report.skipped and isinstance(report.longrepr, tuple):
            reason = report.longrepr[2].removeprefix("Skipped: ")
            if reason not in self.reasons:
                self.reasons.append(reason)


def measure(results: Results, *options: str) -> int:
    """Let pytest-benchmark measure everything, write the rows, and return the exit code."""
    skipped = Skipped()
    with TemporaryDirectory() as folder:
        file = Path(folder) / "measured.json"
        quiet = ["-q", "-rfE", "--benchmark-quiet"]  # the rows tell the rest
        told = [str(MEASURED), f"--benchmark-json={file}", *quiet, *options]
        code = pytest.main(told, plugins=[skipped])
        seconds = seconds_in(file) if file.exists() else {}
    report(results, seconds)
    for reason in skipped.reasons:
        results.note(reason)
    return int(code)


def seconds_in(file: Path) -> Seconds:
    """Return the medians of what pytest-benchmark has measured."""
    found: Seconds = {}
    for row in json.loads(file.read_text(encoding="utf-8"))["benchmarks"]:
        what, median = row["extra_info"], row["stats"]["median"]
        count = 1 if what["kind"] == EMPTY else what["count"]
        found[what["table"], what["way"], what["kind"]] = median / count
    return found


def report(results: Results, seconds: Seconds) -> None:
    """Write a row for each way that was measured, compared with the first."""

    def rates(way: Way) -> list[float]:
        taken = [seconds.get((way.table, way.name, kind)) for kind in KINDS]
        return [1 / each for each in taken if each is not None]

    base = rates(FIRST)
    for way in WAYS.values():
        found = rates(way)
        if not len(found) == len(base) == len(KINDS):
            continue  # skipped or failed, which pytest has told
        ratios = [rate / of for rate, of in zip(found, base, strict=True)]
        figures: dict[str, float] = {}
        for kind, rate, ratio in zip(KINDS, found, ratios, strict=True):
            figures |= {kind: rate, f"{kind} ratio": ratio}
        empty_s = seconds.get((way.table, way.name, EMPTY))
        if empty_s is not None:
            figures["empty_ms"] = 1000 * empty_s
        results.row(way.table, way=way.name, **figures)
        if way.target is not None:
            results.target(f"{way.what}, against web3.py", min(ratios), TIMES, at_least=way.target)


def main() -> int:
    """Measure, print, and return the exit code."""
    options = parser(__doc__).parse_args()
    results = results_of(NAME, options)
    return measure(results, *(["--quick"] if options.quick else []))


if __name__ == "__main__":
    sys.exit(main())
