"""The command `simulator run`."""

import sys
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from simulator.chain.engines import ENGINES, engines_told
from simulator.cli.exits import EXIT_FAILED, EXIT_INVALID
from simulator.cli.options import (
    AllowCode,
    CheckOption,
    ContractsOption,
    Files,
    OutputFile,
    Set,
    Sets,
    Tags,
    check_seed,
    engine_of,
    parse_seeds,
)
from simulator.cli.selection import chosen_runs, collected, with_tags
from simulator.reports.file_names import FILES as REPORT_FILES
from simulator.suite.outputs import (
    check_apart,
    golden_files,
    orphans_in,
    prepared,
    report_folders,
    show_goldens,
    without_goldens,
)
from simulator.system.files import Reservation
from simulator.system.terminal import say
from simulator.words.errors import ConfigurationError

if TYPE_CHECKING:
    from simulator.reports.result import ScenarioResult
    from simulator.scenario.run.interrupts import Interrupts
    from simulator.suite.job import Job

    Output = tuple[Reservation, Callable[[Sequence[ScenarioResult]], str]]

RESERVED_BYTES = 4_096
"""Of the disk, for each file's part of the results: reports may fill the rest."""


@click.command()
@Files
@Set
@Sets
@Tags
@click.option(
    "--seed",
    metavar="N",
    type=int,
    callback=check_seed,
    help="Decides keys, addresses and all random choices. Default: the file's, or 0.",
)
@click.option(
    "--seeds",
    metavar="LIST",
    callback=parse_seeds,
    help="Run each file once with each of these seeds, such as 0-99 or 0,3,7-9, and compare them.",
)
@click.option(
    "--engine",
    type=click.Choice([*ENGINES]),
    help=f"What executes the contracts: {engines_told()}. Default: the file's.",
)
@click.option(
    "--chain",
    metavar="URL",
    help="Run on a development node that runs elsewhere and speaks JSON-RPC, such as anvil.",
)
@ContractsOption
@click.option(
    "--report",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help=f"Write {', '.join(REPORT_FILES[:-1])} and {REPORT_FILES[-1]} into DIR; with several "
    "files into a folder of DIR for each, with --seeds into NAME/seed-N there.",
)
@click.option(
    "--jobs",
    metavar="N",
    type=click.IntRange(min=1),
    default=1,
    help="Run so many files at the same time, each in a process of its own. Default: 1.",
)
@click.option("--junit", metavar="FILE", type=OutputFile, help="Write results as JUnit XML.")
@click.option(
    "--summary", metavar="FILE", type=OutputFile, help="Write results as a Markdown table."
)
@click.option(
    "--golden",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="Compare what each scenario does with its record in DIR.",
)
@click.option(
    "--update-golden",
    is_flag=True,
    help="Record it in --golden instead, and tell what has changed there.",
)
@click.option(
    *("-q", "--quiet"), is_flag=True, help="Show only what does not pass, and how many there are."
)
@click.option(
    *("-v", "--verbose"), is_flag=True, help="Show every event of the world too, as it happens."
)
@CheckOption
@AllowCode
def run(files: tuple[str, ...], **options: Any) -> None:
    """Run scenario files, for a folder all *.yaml and *.yml in it and below, and what globs match.

    The exit code is 0 when all scenarios pass, 1 when one fails, and 2 when a file is invalid
    (the others run all the same) or the command line is wrong. Ctrl-C ends with 130, after the
    reports and results so far are written; a second one ends at once.
    """
    from simulator.scenario.run.interrupts import Interrupts  # noqa: PLC0415 - not for --help

    interrupts = Interrupts()
    with interrupts.remembered():
        with interrupts.at_once():
            from simulator.reports.result import FINE, INVALID  # noqa: PLC0415 - takes a second
            from simulator.suite.jobs import not_run  # noqa: PLC0415

            jobs = _jobs(collected(files), options)
            outputs = _outputs(options["junit"], options["summary"], len(jobs))
        results: list[ScenarioResult] = []
        try:
            with closing(_results(jobs, options["jobs"], interrupts)) as running:
                for result in running:
                    results.append(result)
                    if not jobs[0].quiet:
                        _show(result)
                    else:
                        _show_briefly(result, results[-2:-1], options["quiet"])
        finally:  # whatever has happened
            results += [not_run(job) for job in jobs[len(results) :]]
            unwritten = show_goldens(jobs, results)
            unwritten |= _finish(results, outputs, options)
    if interrupts.happened:
        raise KeyboardInterrupt
    outcomes = {result.outcome for result in results}
    passed = outcomes <= FINE and not unwritten
    _exit(EXIT_INVALID if INVALID in outcomes else 0 if passed else EXIT_FAILED)


def _exit(code: int) -> None:
    click.get_current_context().exit(code)


def _jobs(files: list[str], options: dict[str, Any]) -> "list[Job]":
    """Decide what is done with each file, and prepare the folders."""
    from simulator.scenario.language.collection import run_name  # noqa: PLC0415 - not for --help
    from simulator.suite.job import Job  # noqa: PLC0415

    folder, update = options["golden"], options["update_golden"]
    if update and folder is None:
        raise click.UsageError("--update-golden needs --golden DIR.", click.get_current_context())
    seeds = _seeds(options)
    if options["quiet"] and options["verbose"]:
        message = "--quiet and --verbose exclude each other."
        raise click.UsageError(message, click.get_current_context())
    runs = chosen_runs(files, options["variables"], options["sets"])
    runs = with_tags(runs, options["tags"])
    names = [run_name(file, parameters) for file, parameters in runs]
    goldens = golden_files(folder, [file for file, _ in runs], names)
    engine = engine_of(options["engine"], options["chain"])
    if options["chain"] and options["jobs"] > 1:
        message = "--chain needs --jobs 1: there is one chain."
        raise click.UsageError(message, click.get_current_context())
    reports = report_folders(names, options["report"], options["seeds"])
    quiet, check = options["quiet"] or options["seeds"] is not None, options["check"]
    check_apart(files, [one for one in goldens if one], chain.from_iterable(reports), options)
    if reason := without_goldens(folder, "--update-golden", update=update):
        raise click.UsageError(f"--golden: {reason}.", click.get_current_context())
    orphaned = orphans_in(folder, goldens)
    return [
        prepared(
            Job(
                *(file, parameters, seed, engine, report, golden, update, orphaned, check, quiet),
                verbose=options["verbose"],
                allow_code=options["allow_code"],
                goldens=folder,
                contracts=options["contracts"],
            )
        )
        for (file, parameters), golden, folders in zip(runs, goldens, reports, strict=True)
        for seed, report in zip(seeds, folders, strict=True)
    ]


def _seeds(options: dict[str, Any]) -> tuple[int | None, ...]:
    """Return the seeds that each file is run with; None: its own."""
    seeds: tuple[int, ...] | None = options["seeds"]
    if seeds is None:
        return (options["seed"],)
    reason = ""
    if options["seed"] is not None:
        reason = "--seed and --seeds exclude each other."
    elif options["golden"] is not None and len(seeds) > 1:
        reason = "--golden compares with the record of one seed: --seeds must name one."
    if reason:
        raise click.UsageError(reason, click.get_current_context())
    return seeds


def _results(
    jobs: "list[Job]", processes: int, interrupts: "Interrupts"
) -> "Generator[ScenarioResult, None, None]":
    """Run everything, in order of the files."""
    if processes > 1:
        from simulator.suite.parallel import run_in_processes  # noqa: PLC0415

        return run_in_processes(jobs, processes, sys.stdout, interrupts)
    from simulator.suite.jobs import run_here  # noqa: PLC0415

    return run_here(jobs, sys.stdout, interrupts)


def _show(result: "ScenarioResult") -> None:
    """Print what a process of its own could not, and why a file has no result."""
    print(result.output, end="", flush=True)
    if result.digest:
        print()
    if _has_more(result):
        say(result.details.rstrip(), sys.stderr)


def _has_more(result: "ScenarioResult") -> bool:
    """Tell whether the details of a result were not printed while it ran."""
    from simulator.reports.result import CRASHED  # noqa: PLC0415

    return bool(result.details) and (result.outcome == CRASHED or not result.digest)


def _show_briefly(
    result: "ScenarioResult", before: "Sequence[ScenarioResult]", quiet: bool
) -> None:
    """Print a line for what is fine, or none, and all else in full; repetitions only once."""
    from simulator.reports.result import FINE  # noqa: PLC0415
    from simulator.reports.summary import line  # noqa: PLC0415

    if result.outcome in FINE:
        if not quiet:
            say(line(result))
    elif not (_has_more(result) and before and _same(before[-1], result)):
        _show(result)


def _same(one: "ScenarioResult", other: "ScenarioResult") -> bool:
    """Tell whether a file has the same trouble again, with another seed."""
    return (one.file, one.details) == (other.file, other.details)


def _outputs(junit: Path | None, summary: Path | None, jobs: int) -> "list[Output]":
    """Keep room for what is written when all have run, and say how it is made of the results."""
    from simulator.reports import junit as xml  # noqa: PLC0415 - not for --help
    from simulator.reports import summary as table  # noqa: PLC0415

    wanted = ((junit, xml.document), (summary, table.document))
    size = RESERVED_BYTES * (jobs + 1)
    return [(Reservation(file, size), document) for file, document in wanted if file is not None]


def _finish(
    results: "list[ScenarioResult]", outputs: "list[Output]", options: "dict[str, Any]"
) -> bool:
    """Write and show what came of all files; tell whether something could not be written."""
    from simulator.reports import over_seeds  # noqa: PLC0415 - not for --help
    from simulator.reports import summary as table  # noqa: PLC0415

    unwritten = False
    for reservation, document in outputs:
        try:
            reservation.write(document(results))
        except ConfigurationError as error:
            say(f"simulator: {error}", sys.stderr)
            unwritten = True
    if options["seeds"] is not None:
        say(f"\n{over_seeds.text(results)}\n")
    if len(results) > 1 or options["quiet"]:
        say(table.overview(results))
    return unwritten
