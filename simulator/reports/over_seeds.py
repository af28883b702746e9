"""How the runs of one scenario with many seeds compare."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from statistics import median

from simulator.reports.result import ScenarioResult

MAX_NAMED = 20
"""How many seeds a cell names."""

COLUMNS = ("scenario", "seeds", "passed", "failed", "blocks", "gas", "not passed")
NUMBERS = {"seeds", "passed", "failed"}


NO_FAILURES = frozenset({"not run", "interrupted", "skipped", "xfailed"})
"""Outcomes of which nothing is to be told but that they are not "passed"."""


def table(results: Sequence[ScenarioResult]) -> list[tuple[str, ...]]:
    """Return a row for each scenario, and each set of its parameters, over all its seeds.

    Blocks and gas are the least, the median and the most, of the runs that came to their end.
    """
    runs = groupby(results, lambda result: (result.file, result.parameters))
    return [COLUMNS, *(_row(list(group)) for _, group in runs)]


def _row(results: Sequence[ScenarioResult]) -> tuple[str, ...]:
    ended = [result for result in results if result.digest]
    passed = [result for result in results if result.outcome == "passed"]
    others = [result for result in results if result.outcome != "passed"]
    failed = [result for result in others if result.outcome not in NO_FAILURES]
    return (
        results[0].file + results[0].parameters.mark,
        str(len(results)),
        str(len(passed)),
        str(len(failed)),
        _spread([result.blocks for result in ended]),
        _spread([result.gas for result in ended]),
        _named(result.seed for result in others),
    )


def _spread(numbers: Sequence[int]) -> str:
    """Return the least, the median and the most."""
    if not numbers:
        return ""
    values = (min(numbers), round(median(numbers)), max(numbers))
    return " / ".join(f"{value:,}" for value in values)


def _named(seeds: Iterable[int | None]) -> str:
    texts = [str(seed) for seed in seeds]
    more = f" and {len(texts) - MAX_NAMED} more" if len(texts) > MAX_NAMED else ""
    return ", ".join(texts[:MAX_NAMED]) + more


def text(results: Sequence[ScenarioResult]) -> str:
    """Return the table for a terminal."""
    rows = table(results)
    widths = [max(len(row[column]) for row in rows) for column in range(len(COLUMNS))]
    lines = (
        "  ".join(
            cell.rjust(width) if name in NUMBERS else cell.ljust(width)
            for name, cell, width in zip(COLUMNS, row, widths, strict=True)
        ).rstrip()
        for row in rows
    )
    return "\n".join(lines)
