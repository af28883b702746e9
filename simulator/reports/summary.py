"""Results as a Markdown table, for the page that a CI server shows of a job."""

from collections import Counter
from collections.abc import Sequence
from html import escape

from simulator.reports import over_seeds, payments, workload_record
from simulator.reports.record import ERROR, FAILED, INTERRUPTED, PASSED
from simulator.reports.result import (
    CRASHED,
    FINE,
    INVALID,
    NOT_RUN,
    SKIPPED,
    XFAILED,
    ScenarioResult,
)
from simulator.reports.wording import at, span
from simulator.words.quoting import visible

OUTCOMES = (PASSED, FAILED, INVALID, SKIPPED, XFAILED, ERROR, CRASHED, INTERRUPTED, NOT_RUN)
COLUMNS = (
    *("scenario", "outcome", "seed", "tasks", "blocks", "virtual time", "wall time"),
    *("gas", "digest", "reason"),
)
NUMBERS = {"seed", "tasks", "blocks", "virtual time", "wall time", "gas"}
DIGEST_LENGTH = 12
MAX_TABLES = 50
"""Of so many runs the payments are listed, and so many workloads."""


def counts(results: Sequence[ScenarioResult]) -> str:
    """Return how many results of each kind there are; crashes and unfinished only if any."""
    numbers = {kind: sum(result.outcome == kind for result in results) for kind in OUTCOMES}
    always = {PASSED, FAILED, INVALID}
    return ", ".join(
        f"{number} {kind}" for kind, number in numbers.items() if number or kind in always
    )


def overview(results: Sequence[ScenarioResult]) -> str:
    """Return a line for each result that is not plainly passed; the last one counts all.

    What it was in full has been told before; what an option does to many is told once.
    """
    several = _has_several_seeds(results)
    rows = [
        f"{result.outcome.upper():<11}  {_place(result, several)}{result.brief or result.message}"
        for result in results
        if result.outcome not in {PASSED, NOT_RUN}
    ]
    remedies = Counter(result.remedy for result in results if result.remedy)
    notes = (
        f"note: {remedy} compares with {'its golden' if number == 1 else f'{number} goldens'}"
        for remedy, number in remedies.items()
    )
    # a file is invalid with any seed
    return "\n".join((*dict.fromkeys(rows), *notes, counts(results)))


def _has_several_seeds(results: Sequence[ScenarioResult]) -> bool:
    """Tell whether a file was run with more than one seed."""
    runs = [(result.file, result.parameters.label) for result in results]
    return len({*runs}) < len(runs)


def _place(result: ScenarioResult, with_seed: bool) -> str:
    if result.outcome == INVALID:  # whose message names it
        return ""
    line = f":{result.line}" if result.line else ""
    seed = f" [seed {result.seed}]" if with_seed else ""
    return f"{result.file}{line}{result.parameters.mark}{seed}: "


def line(result: ScenarioResult) -> str:
    """Return how a run went in one line."""
    return (
        f"{result.outcome:<11}  {result.file}{result.parameters.mark}  seed {result.seed}  "
        f"{result.blocks:,} blocks  {result.gas:,} gas  digest {result.digest[:DIGEST_LENGTH]}"
    )


def document(results: Sequence[ScenarioResult]) -> str:
    """Return results as a table with a heading."""
    rows = [COLUMNS, tuple("--:" if name in NUMBERS else "---" for name in COLUMNS)]
    rows += [_row(result) for result in results]
    text = f"### Scenarios: {counts(results)}\n\n{_markdown(rows)}"
    paying = [result for result in results if result.payments is not None]
    tables = _workloads(results) + "".join(map(_payments, paying[:MAX_TABLES]))
    if not _has_several_seeds(results):
        return text + tables
    head, *rows_over_seeds = over_seeds.table(results)
    marks = tuple("--:" if name in over_seeds.NUMBERS else "---" for name in head)
    cells = [tuple(map(_cell, row)) for row in rows_over_seeds]
    return f"{text}\n### Over seeds\n\n{_markdown([head, marks, *cells])}{tables}"


def _workloads(results: Sequence[ScenarioResult]) -> str:
    """Return what all workloads have come to; nothing if there were none."""
    found = [
        (f"{result.file}{result.parameters.mark}, seed {result.seed}", *texts)
        for result in results
        for texts in result.workloads
    ]
    if not found:
        return ""
    head = ("scenario", *workload_record.HEADINGS)
    marks = tuple("--:" if name in workload_record.NUMBERS else "---" for name in head)
    cells = [tuple(map(_cell, row)) for row in found[:MAX_TABLES]]
    more = f"\n{len(found) - MAX_TABLES} more are in the reports.\n" * (len(found) > MAX_TABLES)
    return f"\n### Workloads\n\n{_markdown([head, marks, *cells])}{more}"


def _payments(result: ScenarioResult) -> str:
    """Return a run's payments, folded up; nothing if there were none."""
    if result.payments is None:
        return ""
    table = result.payments
    marks = tuple("--:" if name in payments.NUMBERS else "---" for name in payments.COLUMNS)
    rows = [payments.COLUMNS, marks, *(tuple(map(_cell, row)) for row in table.rows)]
    head = escape(visible(f"Payments of {result.file}{result.parameters.mark}, seed {result.seed}"))
    more = f"\n{table.left_out:,} more are in the report.\n" if table.left_out else ""
    return (
        f"\n<details><summary>{head}: {table.told}</summary>\n\n"
        f"{_markdown(rows)}{more}\n</details>\n"
    )


def _markdown(rows: Sequence[Sequence[str]]) -> str:
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _row(result: ScenarioResult) -> tuple[str, ...]:
    ran = bool(result.digest)
    outcome = result.outcome if result.outcome in FINE else f"**{result.outcome}**"
    message = at(result.place, result.message)
    where = f"line {result.line}{', ' if result.place else ': '}" if result.line else ""
    return (
        _cell(result.file + result.parameters.mark),
        outcome,
        "" if result.seed is None else str(result.seed),
        f"{result.tasks_done}/{result.tasks}" if ran else "",
        f"{result.blocks:,}" if ran else "",
        span(result.virtual_seconds) if ran else "",
        f"{result.wall_seconds:.1f} s" if ran else "",
        f"{result.gas:,}" if ran else "",
        f"`{result.digest[:DIGEST_LENGTH]}`" if ran else "",
        _cell(where + message),
    )


def _cell(text: str) -> str:
    """Return a text that neither ends a cell nor becomes markup."""
    text = visible(" ".join(text.split()))
    for mark in "\\`*_|<>[]":
        text = text.replace(mark, f"\\{mark}")
    return text
