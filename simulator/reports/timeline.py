"""What went on around a failure: the tasks before it, those in progress, and what waited."""

from math import inf

from simulator.reports import last_lines
from simulator.reports.record import FAILED, PASSED, UNFINISHED, RunRecord, TaskRecord, in_progress
from simulator.reports.wording import period, when

BEFORE = 5
"""So many of the tasks are shown that were over when it happened."""
IN_PROGRESS = 10
"""So many of those that were not."""

MARKS = {PASSED: "ok", FAILED: "FAILED", UNFINISHED: "unfinished"}


def cells(record: TaskRecord) -> tuple[str, ...]:
    """Return a task's row in a timeline: how it ended, when, what it is, its parameters."""
    if record.ended_seconds is None or record.ended_block is None:
        times = f"{when(record.started_seconds, record.started_block)} -"
    else:
        seconds = (record.started_seconds, record.ended_seconds)
        times = period(seconds, (record.started_block, record.ended_block))
    return (f"{MARKS[record.status]:<6}", f"{times:<26}", f"{record.title:<18}", record.parameters)


def lines(record: TaskRecord) -> list[str]:
    """Return a task's row, and below it what is to be said about it."""
    row = "  " + "  ".join(cells(record)).rstrip()
    told = record.failure or record.note
    return [row, f"      {told}"] if told else [row]


def around(report: RunRecord) -> str:
    """Return the timeline around what ended a run, as lines; nothing for a run that passed.

    Below it the journal's last lines about the nodes concerned.
    """
    if report.passed:
        return ""
    tasks = [record for record in report.tasks if not record.is_group]
    failed = [record for record in tasks if record.status == FAILED]
    moment = min(map(_end, failed), default=inf)
    passed = sorted((task for task in tasks if task.status == PASSED), key=_end)
    over = [task for task in passed if _end(task) <= moment]
    others = in_progress(report.tasks, UNFINISHED)
    others += [task for task in passed if task.started_seconds <= moment < _end(task)]
    shown = (*over[-BEFORE:], *failed, *others[:IN_PROGRESS])
    rows = [row for record in shown for row in lines(record)]
    if len(others) > IN_PROGRESS:
        rows.append(f"  and {len(others) - IN_PROGRESS} more that were in progress")
    return "\n".join([*rows, *_waiting(report), *last_lines.around(report)])


def _end(record: TaskRecord) -> float:
    return record.started_seconds if record.ended_seconds is None else record.ended_seconds


def _waiting(report: RunRecord) -> list[str]:
    """Return what was not done in the world, if there was something."""
    return [f"  waiting: {report.world.left}"] if report.world.left else []
