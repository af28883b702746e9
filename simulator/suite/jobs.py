"""Many scenarios: running each file, and what becomes of it.

A `ScenarioResult` is plain data: it comes back from another process, and all that is written for a
CI server is made of it.
"""

import io
import traceback
from collections.abc import Generator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TextIO

from simulator.chain.contract_sets import read as read_contracts
from simulator.reports import folder as reports
from simulator.reports import golden, golden_recording, timeline
from simulator.reports.golden import GoldenFinding
from simulator.reports.payments import table_of
from simulator.reports.record import ERROR, FAILED, INTERRUPTED, PASSED, RunRecord
from simulator.reports.result import (
    CRASHED,
    INVALID,
    NOT_RUN,
    SKIPPED,
    XFAILED,
    ScenarioResult,
)
from simulator.reports.workload_record import MAX_IN_SUMMARY as MAX_WORKLOADS
from simulator.scenario.run import runner
from simulator.scenario.run.interrupts import Interrupts
from simulator.suite import console
from simulator.suite.display import Board, Lane
from simulator.suite.job import Job
from simulator.suite.progress import Meter, Numbers, Together
from simulator.system import files
from simulator.system.terminal import say
from simulator.words.errors import ConfigurationError, ScenarioInvalid


def perform(
    job: Job,
    out: TextIO,
    interrupts: Interrupts,
    numbers: Numbers,
    shown: AbstractContextManager[None] | None = None,
) -> ScenarioResult:
    """Run one file and write what it leaves behind; whatever happens is in the result.

    Args:
        job: what to do.
        out: where to show it.
        interrupts: what ends the run.
        numbers: where it is written how far the run is.
        shown: what shows that meanwhile.
    """
    result = not_run(job)
    try:
        if interrupts.happened or job.obstacle:
            return _error(result, job.obstacle) if job.obstacle else result
        with interrupts.at_once():
            scenario = job.load()
        seed = scenario.seed if job.seed is None else job.seed
        result = replace(result, name=scenario.name, seed=seed)
        if scenario.conditions.skip:
            return _skipped(result, scenario.conditions.skip, out)
        if job.engine is not None:
            scenario = replace(scenario, engine=job.engine)
        if job.contracts is not None:
            scenario = replace(scenario, contracts=read_contracts(job.contracts))
        console.heading(scenario, seed, out)
        meter = Meter(numbers)
        meter.begin(scenario.size)
        lines = console.Lines(out, hears_events=job.verbose)
        on_board = out.isatty() and not job.verbose  # which lines would break
        watcher = meter if on_board else Together(lines, meter)
        with nullcontext() if job.verbose or shown is None else shown:
            report = runner.run(scenario, seed, watcher, interrupts, check=job.check)
        console.summary(report, out)
        return _concluded(job, report, out)
    except (KeyboardInterrupt, Exception) as error:  # noqa: BLE001 - which ends this file only
        return _ended_by(error, result)


def _concluded(job: Job, report: RunRecord, out: TextIO) -> ScenarioResult:
    """Return what becomes of a run, and show it."""
    result = _leave(job, report, _compared(job, report), out)
    result = _as_expected(replace(result, options=job.options), report)
    console.verdict(result, report, out)
    return result


def _ended_by(error: BaseException, result: ScenarioResult) -> ScenarioResult:
    """Return what becomes of a job that something has ended."""
    match error:
        case KeyboardInterrupt():
            return result
        case ScenarioInvalid():
            return replace(result, outcome=INVALID, details=str(error), message=_first(error))
        case ConfigurationError():  # the world can't be set up
            return _error(result, str(error))
        case _:
            return crashed(result, "".join(traceback.format_exception(error)))


def perform_quietly(
    job: Job,
    interrupts: Interrupts,
    numbers: Numbers,
    shown: AbstractContextManager[None] | None = None,
) -> ScenarioResult:
    """Run one file and keep what it prints; see `perform`."""
    out = io.StringIO()
    result = perform(job, out, interrupts, numbers, shown)
    return replace(result, output=out.getvalue())


def _leave(job: Job, report: RunRecord, result: ScenarioResult, out: TextIO) -> ScenarioResult:
    """Write what the job asks for; what can't be written does not hide how the run went."""
    folder = job.folder
    if folder is not None:
        try:
            reports.write(report, folder)
            say(f"report in {folder}", out)
        except ConfigurationError as error:
            result = _error(result, str(error))
    return result


def _skipped(result: ScenarioResult, reason: str, out: TextIO) -> ScenarioResult:
    say(f"SKIPPED {result.file}:{result.parameters.mark} {reason}", out)
    return replace(result, outcome=SKIPPED, message=reason)


def _as_expected(result: ScenarioResult, report: RunRecord) -> ScenarioResult:
    """Return what becomes of a result if the file says that the scenario fails.

    What the scenario does is meant, or what it does otherwise than its golden: a fault of the
    simulator, which has no place in the file, stays one, and so does a golden that can't be
    compared.
    """
    reason, failure = report.scenario.xfail, report.failure
    if not reason or result.outcome not in {PASSED, FAILED}:
        return result
    if failure is not None and not failure.path:
        return result
    if failure is None and result.outcome == FAILED and not result.details:
        return result
    if result.outcome == FAILED:
        brief = f"{reason}: {result.brief}" if result.brief else ""
        message = f"{reason}: {result.message}"
        return replace(result, outcome=XFAILED, message=message, brief=brief)
    line = report.scenario.xfail_line
    message = f"passed, but is expected to fail ({reason}): take xfail out of line {line}"
    return replace(result, outcome=FAILED, message=message, line=line, brief="")


def _error(result: ScenarioResult, reason: str) -> ScenarioResult:
    """Return a result to which a reason is added that isn't the scenario's doing."""
    text = f"{result.file}:{result.parameters.mark} {reason}"
    if result.outcome not in {PASSED, NOT_RUN, INTERRUPTED}:  # what went wrong first says more
        return _with_more(result, text)
    result = replace(result, outcome=ERROR, message=reason)
    return result if result.digest else _with_more(result, text)  # a run says its message itself


def _with_more(result: ScenarioResult, details: str) -> ScenarioResult:
    """Return a result to whose details something is added."""
    return replace(result, details="\n".join(filter(None, (result.details, details))))


def crashed(result: ScenarioResult, details: str) -> ScenarioResult:
    """Return what becomes of a job that a fault of the simulator ended."""
    last = details.strip().splitlines()[-1]
    return replace(result, outcome=CRASHED, message=f"internal fault: {last}", details=details)


def run_here(
    jobs: Sequence[Job], out: TextIO, interrupts: Interrupts
) -> Generator[ScenarioResult, None, None]:
    """Run files one after the other, showing them as they go."""
    board = board_of(jobs, out, interrupts)
    lane = Lane()
    board.lanes.append(lane)
    for job in jobs:
        board.begin(lane, job.shown)
        if job.quiet:
            yield perform_quietly(job, interrupts, lane.numbers, board.shown(out))
        else:
            yield perform(job, out, interrupts, lane.numbers, board.shown(out))
        board.end(lane)


def board_of(jobs: Sequence[Job], out: TextIO, interrupts: Interrupts) -> Board:
    """Return what shows how far the jobs are."""
    board = Board(len(jobs), interrupts)
    if len(jobs) > 1 and out.isatty():
        board.read_ahead([partial(_size, job) for job in jobs])
    return board


def _size(job: Job) -> int:
    """Return how many tasks a job has; none if it is invalid."""
    try:
        return job.load().size
    except ConfigurationError:
        return 0


def _first(error: Exception) -> str:
    """Return the first line of a text, and how many more there are."""
    first, *others = str(error).splitlines() or [""]
    return f"{first} (and {len(others)} more)" if others else first


def _result(report: RunRecord) -> ScenarioResult:
    failure = report.failure
    steps = [record for record in report.tasks if not record.is_group]
    stopped = "stopped by the user" * report.interrupted
    return ScenarioResult(
        file=report.scenario.file,
        outcome=report.outcome,
        name=report.scenario.name,
        seed=report.seed,
        message=failure.message if failure else stopped,
        place=failure.path if failure else "",
        line=failure.line if failure else None,
        timeline=timeline.around(report),
        notes=report.scenario.notes,
        tasks_done=sum(record.status == PASSED for record in steps),
        tasks=report.scenario.size,
        blocks=report.blocks,
        gas=sum(gas for _, gas in report.world.gas.values()),
        digest=report.digest,
        virtual_seconds=report.virtual_seconds,
        wall_seconds=report.wall_seconds,
        parameters=report.scenario.parameters,
        payments=table_of(report),
        workloads=tuple(one.texts() for one in report.world.workloads[:MAX_WORKLOADS]),
    )


def _compared(job: Job, report: RunRecord) -> ScenarioResult:
    """Compare with the golden, or record it.

    A scenario that fails is no model for others, and half a run is neither model nor copy.
    """
    result = _result(report)
    may_be_recorded = report.passed and not report.scenario.xfail
    if job.golden is None or report.outcome not in {PASSED, FAILED}:
        return result
    if job.update_golden:
        return _recorded(job, job.golden, report, result)
    if not may_be_recorded and files.is_missing(job.golden):
        return result
    finding = golden.compare(report, job.golden, job.orphans, job.option_names)
    if finding is None:
        return result
    is_possible = golden_recording.is_possible(report, job.golden, job.orphans)
    acceptable = may_be_recorded and is_possible
    return replace(_not_as_recorded(result, finding), acceptable=acceptable)


def _recorded(
    job: Job, golden_file: Path, report: RunRecord, result: ScenarioResult
) -> ScenarioResult:
    if not report.passed or report.scenario.xfail:
        why_not = "is expected to fail" if report.scenario.xfail else "fails"
        return _with_more(result, f"not recorded: the scenario {why_not}")
    try:
        recorded = golden_recording.record(report, golden_file, job.orphans, job.option_names)
    except ConfigurationError as error:
        return _error(result, str(error))
    return replace(result, recorded=recorded)


def _not_as_recorded(result: ScenarioResult, finding: GoldenFinding) -> ScenarioResult:
    message, details = finding.message, finding.details
    result = replace(result, claimed=finding.source)
    if result.outcome != PASSED:  # the scenario's own failure says more
        return _with_more(result, "\n".join(filter(None, (message, details))))
    result = replace(result, line=finding.line, place=finding.place)
    result = replace(result, preface=finding.preface, brief=finding.brief, remedy=finding.remedy)
    return replace(result, outcome=FAILED, message=message, details=details)


def not_run(job: Job) -> ScenarioResult:
    """Return what becomes of a file that the user did not wait for."""
    return ScenarioResult(
        job.file,
        NOT_RUN,
        message="stopped by the user",
        seed=job.seed,
        parameters=job.parameters,
        options=job.options,
    )
