"""Where `simulator run` leaves its files: each in its own place, and old ones out of the way."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from simulator.errors import ConfigurationError
from simulator.scenario.report_files import FILES as REPORT_FILES

if TYPE_CHECKING:
    from simulator.scenario.suite import Job


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
    from simulator.scenario import report  # noqa: PLC0415 - not for --help

    try:
        if job.folder is not None:
            report.prepare(job.folder)
    except ConfigurationError as error:
        return replace(job, obstacle=str(error))
    return job
