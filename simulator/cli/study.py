"""The commands `simulator study run`, `show`, `report` and `replay`."""

import json
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from simulator.cli.exits import EXIT_FAILED
from simulator.cli.options import AllowCode
from simulator.system.terminal import say

if TYPE_CHECKING:
    from simulator.scenario.run.interrupts import Interrupts
    from simulator.studies.design import Design
    from simulator.studies.execution import Executed

SHOWN_POINTS = 40

StudyFile = click.argument("file", metavar="STUDY", type=click.Path(path_type=Path))


@click.group()
def study() -> None:
    """Answer a question with many runs: see docs/studies.md."""


@study.command()
@StudyFile
@click.option(
    "--out",
    "folder",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where tables go, and what is finished meanwhile; a study that was stopped goes on from "
    "there. Default: the file's name without its suffix, with -results behind it.",
)
@click.option(
    "--jobs",
    metavar="N",
    type=click.IntRange(min=1),
    help="Run so many at the same time, each in a process of its own. Default: one for each core.",
)
@click.option(
    "--scheduler",
    metavar="ADDRESS",
    help="Run on an existing Dask cluster instead, such as tcp://10.0.0.1:8786, whose workers see "
    "the same folder.",
)
@click.option("--parquet", is_flag=True, help="Write tables as Parquet instead of CSV.")
@click.option(
    "--dry-run",
    is_flag=True,
    help="Only say how many runs there are, and about how long they take.",
)
@click.option("-q", "--quiet", is_flag=True, help="Don't show how far it is.")
@AllowCode
def run(file: Path, **options: Any) -> None:
    """Run what of a study is not finished yet, and write its tables.

    The exit code is 0 when all runs have passed, 1 when one has failed or timed out, and 2 when
    the file is invalid. Ctrl-C ends with 130 after the tables of what is finished are written.
    """
    from simulator.scenario.run.interrupts import Interrupts  # noqa: PLC0415 - not for --help

    interrupts = Interrupts()
    with interrupts.remembered():
        with interrupts.at_once():
            from simulator.studies.reader import read_study  # noqa: PLC0415 - takes a second

            design = read_study(file, allow_code=options["allow_code"])
            folder: Path = options["folder"] or Path(f"{file.stem}-results")
            if options["jobs"] is not None and options["scheduler"] is not None:
                raise click.UsageError("--jobs and --scheduler exclude each other.")
            if options["dry_run"]:
                _foretell(design, folder, options["jobs"])
                return
        done = _executed(design, folder, interrupts, options)
    _tell(folder, done)
    if interrupts.happened:
        raise KeyboardInterrupt
    click.get_current_context().exit(EXIT_FAILED if done.failures else 0)


def _executed(
    design: "Design", folder: Path, interrupts: "Interrupts", options: dict[str, Any]
) -> "Executed":
    from simulator.studies.execution import execute  # noqa: PLC0415 - not for --help
    from simulator.studies.executors import cluster  # noqa: PLC0415

    scheduler = options["scheduler"]
    with nullcontext() if scheduler is None else cluster(scheduler) as workers:
        return execute(
            design,
            folder,
            jobs=options["jobs"],
            workers=workers,
            parquet=options["parquet"],
            interrupts=interrupts,
            out=None if options["quiet"] else sys.stdout,
        )


def _foretell(design: "Design", folder: Path, jobs: int | None) -> None:
    from simulator.studies.foretelling import foretell  # noqa: PLC0415 - not for --help

    say(foretell(design, folder, jobs))


def _tell(folder: Path, done: "Executed") -> None:
    from simulator.studies.results import Results, table_text  # noqa: PLC0415 - not for --help

    if done.runs:
        say(f"\n{table_text(Results(folder), SHOWN_POINTS)}\n")
    for row in done.failed:
        say(
            f"{str(row['outcome']).upper()} {row['label']}: {row['error']}\nagain: {row['command']}"
        )
    if done.failures > len(done.failed):
        say(f"and {done.failures - len(done.failed)} more; all are in the table of runs")
    if done.unmet:
        known = f"{len(done.unmet)} points" if done.unmet[1:] else done.unmet[0]
        say(f"until is not reached with {done.replications} replications: {known}")
    missing = f", {done.missing:,} not finished" if done.missing else ""
    say(f"{done.runs:,} runs, {done.failures:,} failed{missing}; tables in {folder}")


@study.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
def show(folder: Path) -> None:
    """Show the means of what a study has found, with 95 % intervals."""
    from simulator.studies.results import Results, table_text  # noqa: PLC0415 - not for --help

    say(table_text(Results(folder), sys.maxsize))


@study.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--out",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where it goes. Default: report, in the study's folder.",
)
def report(folder: Path, out: Path | None) -> None:
    """Draw what a study has found: a page with figures and means, figures as SVG, PDF and CSV.

    It needs the tables and the manifest in the study's folder, and nothing else.
    """
    from simulator.studies.results import Results  # noqa: PLC0415 - not for --help

    say(f"{Results(folder).report(out)}")


@study.command()
@StudyFile
@click.argument("key")
@AllowCode
def replay(file: Path, key: str, allow_code: bool) -> None:
    """Do one run of a study again, here, and show its row; the exit code is 1 if it fails."""
    from simulator.reports.record import PASSED  # noqa: PLC0415 - not for --help
    from simulator.studies.reader import read_study  # noqa: PLC0415
    from simulator.studies.run import perform  # noqa: PLC0415

    design = read_study(file, allow_code=allow_code)
    spec = design.spec(key)
    row = perform(design, spec)
    say(f"{spec.label}, seed {spec.seed}")
    print(json.dumps(row.as_dict(), indent=2))
    click.get_current_context().exit(0 if row.outcome == PASSED else EXIT_FAILED)
