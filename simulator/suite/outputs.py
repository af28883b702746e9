"""Where `simulator run` leaves its files: each in its own place, and old ones out of the way."""

import os
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from simulator.reports.file_names import FILES as REPORT_FILES
from simulator.system.terminal import say
from simulator.words.errors import ConfigurationError

if TYPE_CHECKING:
    from simulator.reports.golden import Orphan
    from simulator.reports.result import ScenarioResult
    from simulator.suite.jobs import Job


def check_apart(
    files: Iterable[str],
    goldens: Iterable[Path],
    folders: Iterable[Path | None],
    options: dict[str, Any],
) -> None:
    """Refuse to write one file over another: what is read, or what else is written."""
    read = chain[str | Path](files, goldens)
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
    folder: Path | None, files: Sequence[str], names: Sequence[str]
) -> list[Path | None]:
    """Choose a place for each run's golden; None where none is asked for."""
    if folder is None:
        return [None] * len(files)
    from simulator.suite.golden_places import golden_file  # noqa: PLC0415

    found: dict[Path, str] = {}
    for file, name in zip(files, names, strict=True):
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
    from simulator.reports.golden import UNCHANGED  # noqa: PLC0415 - not for --help

    recorded = [result.recorded for result in results if result.recorded is not None]
    unmoved, moved = False, {one.source for one in recorded if one.source is not None}
    for one in recorded:
        if one.what != UNCHANGED:
            say(str(one))
    for file in sorted(moved):
        try:
            file.unlink()
        except OSError as error:
            say(f"simulator: {file}: cannot be taken away: {error.strerror}", sys.stderr)
            unmoved = True
    if jobs and jobs[0].update_golden:
        counts = Counter(one.what for one in recorded)
        told = ", ".join(f"{count} {what}" for what, count in sorted(counts.items()))
        say(f"goldens: {told or 'none recorded'}")
    for orphan in jobs[0].orphans if jobs else ():
        if orphan.file not in moved:
            say(f"note: {orphan}")
    return unmoved
