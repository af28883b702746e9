"""Results as a Markdown table, for the page that a CI server shows of a job."""

from collections.abc import Sequence

from simulator.quoting import visible
from simulator.scenario.suite import (
    CRASHED,
    ERROR,
    FAILED,
    INTERRUPTED,
    INVALID,
    NOT_RUN,
    PASSED,
    Result,
)

OUTCOMES = (PASSED, FAILED, INVALID, ERROR, CRASHED, INTERRUPTED, NOT_RUN)
COLUMNS = ("scenario", "outcome", "seed", "tasks", "blocks", "gas", "digest", "failure")
NUMBERS = {"seed", "tasks", "blocks", "gas"}
DIGEST_LENGTH = 12


def counts(results: Sequence[Result]) -> str:
    """Return how many results of each kind there are; crashes and unfinished only if any."""
    numbers = {kind: sum(result.outcome == kind for result in results) for kind in OUTCOMES}
    always = {PASSED, FAILED, INVALID}
    return ", ".join(
        f"{number} {kind}" for kind, number in numbers.items() if number or kind in always
    )


def overview(results: Sequence[Result]) -> str:
    """Return a line for each result that is to be looked at; the last one counts all."""
    rows = [
        f"{result.outcome.upper():<11}  {_place(result)}{result.message}"
        for result in results
        if result.outcome not in {PASSED, NOT_RUN}
    ]
    return "\n".join((*rows, counts(results)))


def _place(result: Result) -> str:
    if result.outcome == INVALID:  # whose message names it
        return ""
    line = f":{result.line}" if result.line else ""
    return f"{result.file}{line}{result.parameters.mark}: "


def document(results: Sequence[Result]) -> str:
    """Return results as a table with a heading."""
    rows = [COLUMNS, tuple("--:" if name in NUMBERS else "---" for name in COLUMNS)]
    rows += [_row(result) for result in results]
    table = "".join(f"| {' | '.join(row)} |\n" for row in rows)
    return f"### Scenarios: {counts(results)}\n\n{table}"


def _row(result: Result) -> tuple[str, ...]:
    ran = bool(result.digest)
    outcome = result.outcome if result.outcome == PASSED else f"**{result.outcome}**"
    place = f"line {result.line}, {result.place}: " if result.line else ""
    return (
        _cell(result.file + result.parameters.mark),
        outcome,
        "" if result.seed is None else str(result.seed),
        f"{result.tasks_done}/{result.tasks}" if ran else "",
        f"{result.blocks:,}" if ran else "",
        f"{result.gas:,}" if ran else "",
        f"`{result.digest[:DIGEST_LENGTH]}`" if ran else "",
        _cell(place + result.message),
    )


def _cell(text: str) -> str:
    """Return a text that neither ends a cell nor becomes markup."""
    text = visible(" ".join(text.split()))
    for mark in "\\`*_|<>[]":
        text = text.replace(mark, f"\\{mark}")
    return text
