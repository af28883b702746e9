"""Where `simulator run` leaves its files: each in its own place, and old ones out of the way."""

import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from simulator.reports.file_names import FILES as REPORT_FILES
from simulator.system import files
from simulator.system.terminal import say
from simulator.words.errors import ConfigurationError

if TYPE_CHECKING:
    from simulator.reports.golden_orphans import Orphan
    from simulator.reports.golden_recording import Recorded
    from simulator.reports.result import ScenarioResult
    from simulator.suite.job import Job


def check_apart(
    scenarios: Iterable[str],
    goldens: Iterable[Path],
    folders: Iterable[Path | None],
    options: dict[str, Any],
) -> None:
    """Refuse to write one file over another: what is read, or what else is written."""
    read = chain[str | Path](scenarios, goldens)
    taken = {os.path.abspath(file) for file in read}  # noqa: PTH100 - ten times as fast
    outputs = [options[name] for name in ("junit", "summary") if options[name] is not None]
    reports = [folder / name for folder in folders if folder is not None for name in REPORT_FILES]
    for file in (*outputs, *reports):
        place = os.path.abspath(file)  # noqa: PTH100
        if place in taken:
            message = f"{file} would be written over something else: choose another name."
            raise click.UsageError(message, click.get_current_context())
        if not place.startswith("/dev/"):
            taken.add(place)


def report_folders(
    names: Sequence[str], directory: Path | None, seeds: Sequence[int] | None
) -> list[list[Path | None]]:
    """Choose a folder for each run's report: for each name, one for each seed."""
    if directory is None:
        return [[None] * (1 if seeds is None else len(seeds))] * len(names)
    if seeds is None and len(names) == 1:
        return [[directory]]
    folders: list[list[Path | None]] = []
    taken: set[str] = set()
    for name in names:
        number, folder = 1, name
        while folder in taken:
            number += 1
            folder = f"{name}-{number}"
        taken.add(folder)
        place = directory / folder
        folders.append([place] if seeds is None else [place / f"seed-{seed}" for seed in seeds])
    return folders


def prepared(job: "Job") -> "Job":
    """Take away what an earlier run has left where the job leaves something; note if that fails."""
    from simulator.reports import folder as report  # noqa: PLC0415 - not for --help

    try:
        if job.folder is not None:
            report.prepare(job.folder)
    except ConfigurationError as error:
        return replace(job, obstacle=str(error))
    return job


def golden_files(
    folder: Path | None, scenarios: Sequence[str], names: Sequence[str]
) -> list[Path | None]:
    """Choose a place for each run's golden; None where none is asked for."""
    if folder is None:
        return [None] * len(scenarios)
    from simulator.suite.golden_places import golden_file  # noqa: PLC0415 - not for --help

    found: dict[Path, str] = {}
    for file, name in zip(scenarios, names, strict=True):
        place = golden_file(folder, Path(file), name)
        if place in found:
            message = f"{found[place]} and {file} would share the golden {place}: name each once, "
            message += "and give files beside each other different names."
            raise click.UsageError(message, click.get_current_context())
        found[place] = file
    return list(found)


def orphans_in(folder: Path | None, goldens: Sequence[Path | None]) -> "tuple[Orphan, ...]":
    """Return the goldens in a folder that no scenario has, whichever are run."""
    if folder is None:
        return ()
    from simulator.suite.golden_places import orphans  # noqa: PLC0415

    return tuple(orphans(folder, [file for file in goldens if file is not None]))


def show_goldens(jobs: "Sequence[Job]", results: "Sequence[ScenarioResult]") -> bool:
    """Tell what has become of goldens, and which are orphans; finish moving those that have moved.

    Returns:
        Whether one could not be taken away from where it was.
    """
    recorded = [result.recorded for result in results if result.recorded is not None]
    claimed = {
        result.claimed: job.golden
        for job, result in zip(jobs, results, strict=True)
        if result.claimed is not None and job.golden is not None
    }
    update = jobs[0].update_golden
    left = [result.outcome for result in results if result.recorded is None]
    told = told_of_goldens(recorded, claimed, jobs[0].orphans, left, update=update)
    for line in told:
        say(line)
    unmoved = False
    for file in sorted({one.source for one in recorded if one.source is not None}):
        try:
            file.unlink()
        except OSError as error:
            say(f"simulator: {file}: cannot be taken away: {error.strerror}", sys.stderr)
            unmoved = True
    return unmoved


def told_of_goldens(
    recorded: "Sequence[Recorded]",
    claimed: Mapping[Path, Path],
    orphans: "Iterable[Orphan]",
    left: Iterable[str],
    *,
    update: bool,
) -> Iterator[str]:
    """Yield lines for people: what has become of goldens, and which belong to no scenario.

    Args:
        recorded: what was done with each.
        claimed: orphans of which a failure has told what to do, with the goldens that they may be.
        orphans: those without a scenario before that.
        left: what became of runs of which nothing was recorded.
        update: whether they were to be recorded.
    """
    from simulator.reports.golden_recording import UNCHANGED, moved_once  # noqa: PLC0415
    from simulator.reports.result import XFAILED  # noqa: PLC0415

    recorded = moved_once(recorded)
    yield from (str(one) for one in recorded if one.what != UNCHANGED)
    if update:
        counts = Counter(one.what for one in recorded)
        told = [f"{count} {what}" for what, count in sorted(counts.items())] or ["none recorded"]
        told += [
            f"{count} not recorded: {'xfail' if outcome == XFAILED else outcome}"
            for outcome, count in sorted(Counter(left).items())
        ]
        yield f"goldens: {', '.join(told)}"
    known = {*claimed, *chain.from_iterable((one.source, one.instead_of) for one in recorded)}
    taken = [*claimed.values(), *(one.file for one in recorded)]
    yield from (f"note: {orphan.note(taken)}" for orphan in orphans if orphan.file not in known)


def without_goldens(folder: Path | None, record: str, *, update: bool) -> str:
    """Return why nothing can be compared with what is in a folder; empty if it can.

    Args:
        folder: where goldens should be; None: nothing is to be compared.
        record: the option that records them.
        update: whether they are to be recorded.
    """
    if folder is None or update or files.is_folder(folder):
        return ""
    return f"there is no folder {folder}: name another one, or record goldens there with {record}"
