"""A run as people see it: tables on a terminal, plain lines elsewhere."""

from collections import Counter
from typing import TextIO

from simulator.reports import last_lines
from simulator.reports.folder import channel_count
from simulator.reports.record import (
    FAILED,
    INTERRUPTED,
    PASSED,
    UNFINISHED,
    RunRecord,
    TaskRecord,
)
from simulator.reports.result import FINE, XFAILED, ScenarioResult
from simulator.reports.timeline import cells, lines
from simulator.reports.wording import span, when
from simulator.scenario.language.scenario import Scenario
from simulator.system.terminal import say
from simulator.words.quoting import visible

MAX_ROWS = 60


def heading(scenario: Scenario, seed: int, out: TextIO) -> None:
    """Print which run begins, and what is to be known of it."""
    say(f"{scenario.file}{scenario.parameters.mark}  {scenario.name}, seed {seed}", out)
    for note in scenario.notes:
        say(f"note: {note}", out)


class Lines:
    """One line for each task when it is over, and for each event if they are wanted."""

    def __init__(self, out: TextIO, *, hears_events: bool = False) -> None:
        self._out = out
        self.hears_events = hears_events

    def started(self, record: TaskRecord) -> None:
        """Say nothing yet, except that a named block begins."""
        if record.is_group and record.parameters:
            say(f"  {record.parameters}", self._out)

    def ended(self, record: TaskRecord) -> None:
        """Say how it went."""
        if not record.is_group:
            for line in lines(record):
                say(line, self._out)

    def happened(self, text: str, seconds: float, block: int) -> None:
        """Say what, below the tasks that have begun meanwhile."""
        say(f"        {when(seconds, block)}  {text}", self._out)

    def at(self, block: int, payments: int) -> None:
        """Say nothing."""


def summary(report: RunRecord, out: TextIO) -> None:
    """Print what came of a run, but for its outcome."""
    if out.isatty():
        _print_tables(report, out)
    else:
        width = max(len(name) for name, _ in _facts(report))
        for name, value in _facts(report):
            say(f"{name:<{width}}  {value}", out)


def verdict(result: ScenarioResult, report: RunRecord, out: TextIO) -> None:
    """Print how a run went: one line, and below it all that helps to find the cause."""
    failure, outcome = report.failure, result.outcome.upper()
    if failure is None and (result.outcome == INTERRUPTED or not result.message):
        when = "after" if report.interrupted else "in"
        say(f"{outcome} {when} {report.wall_seconds:.1f} s", out)
    else:
        expected = f"{report.scenario.xfail}: " if result.outcome == XFAILED else ""
        told = result.message if failure is None else f"{expected}{failure}"
        line = f":{result.line}" if result.line else ""
        say(f"{outcome} {result.file}{line}:{result.parameters.mark} {told}", out)
    if result.details:
        say(result.details, out)
    if failure is not None:
        for line in last_lines.around(report):
            say(line, out)
    if result.outcome not in {*FINE, INTERRUPTED}:
        for name, command in result.commands.items():
            say(f"{name}: {command}", out)


def _facts(report: RunRecord) -> list[tuple[str, str]]:
    counts = Counter(record.status for record in report.tasks if not record.is_group)
    started = counts.total()
    not_started = report.scenario.size - started
    tasks = [f"{counts[status]} {status}" for status in (PASSED, FAILED, UNFINISHED)]
    shown = [text for text in tasks if not text.startswith("0 ")]
    if not_started:
        shown.append(f"{not_started} not started")
    opened, *others = channel_count(report).items()
    channels = [opened, *((name, number) for name, number in others if number)]
    calls = sum(calls for calls, _ in report.world.gas.values())
    gas = sum(gas for _, gas in report.world.gas.values())
    facts = [
        ("tasks", ", ".join(shown)),
        ("channels", ", ".join(f"{number} {name}" for name, number in channels)),
        ("blocks", f"{report.blocks:,} in {span(report.virtual_seconds)} of virtual time"),
        ("gas used", f"{gas:,} in {calls:,} transaction{'s' if calls != 1 else ''}"),
    ]
    for name, (calls, gas) in report.world.gas.items():
        facts.append((f"  {name}", f"{gas:,} in {calls:,}"))
    return [*facts, ("last block", report.world.last_block_hash), ("digest", report.digest)]


def _print_tables(report: RunRecord, out: TextIO) -> None:
    from rich.console import Console  # noqa: PLC0415 - a terminal only
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    console = Console(file=out)
    tasks = Table("status", "virtual time", "task", "parameters", box=None, pad_edge=False)
    rows = [record for record in report.tasks if not record.is_group]
    if len(rows) > MAX_ROWS:
        say(f"{len(rows)} tasks; the last {MAX_ROWS} and what failed:", out)
        rows = [r for r in rows[:-MAX_ROWS] if r.failure or r.note] + rows[-MAX_ROWS:]
    for record in rows:
        style = {PASSED: "green", FAILED: "bold red"}.get(record.status, "yellow")
        status, *others = (visible(cell.strip()) for cell in cells(record))
        tasks.add_row(Text(status, style=style), *map(Text, others))
        if told := record.failure or record.note:
            style = "red" if record.failure else "yellow"
            tasks.add_row("", "", "", Text(visible(told), style=style))
    facts = Table(show_header=False, box=None, pad_edge=False)
    for name, value in _facts(report):
        facts.add_row(name, Text(value, overflow="fold"))
    console.print(tasks)
    console.print()
    console.print(facts)
