"""How many runs a study has, and about how long they take, without running it."""

from itertools import islice
from pathlib import Path
from time import perf_counter

from simulator.reports.wording import span
from simulator.studies.design import Design
from simulator.studies.executors import cores
from simulator.studies.progress import about
from simulator.studies.run import perform
from simulator.studies.shards import SHARDS, Shards

LOOKED_AT = 100
"""So many finished runs tell how long one takes."""


def foretell(design: Design, folder: Path, jobs: int | None) -> str:
    """Return it in a few words.

    If nothing is finished yet, the first run is done once to see how long it takes; nothing of it
    stays.

    Args:
        design: the study.
        folder: where its tables go.
        jobs: how many processes; None: one for each core.
    """
    jobs = jobs or cores()
    places = {}
    if (folder / SHARDS).is_dir():
        shards = Shards(folder)
        shards.look()
        places = shards.places
    specs = list(design.specs())
    there = [spec for spec in specs if spec.key in places]
    missing = len(specs) - len(there)
    if there:
        known = [places[spec.key].read()["wall_seconds"] for spec in islice(there, LOOKED_AT)]
        how = "by those that are finished"
    else:
        began = perf_counter()
        perform(design, specs[0])
        known, how = [perf_counter() - began], "by the first one"
    points, replications = design.factors.count, design.replications
    more = f"; up to {design.most:,} replications" if design.most > replications else ""
    finished = f", {len(there):,} of them finished" if there else ""
    processes = "1 process" if jobs == 1 else f"{jobs} processes"
    return (
        f"{points:,} points x {replications:,} replications{more}: {len(specs):,} runs{finished}\n"
        f"about {span(about(known, missing, jobs))} with {processes}, {how}"
    )
