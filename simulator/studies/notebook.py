"""What notebooks show of a study and of what it has found."""

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol, TypeVar

from simulator.reports.record import PASSED
from simulator.studies.design import Design, value_text
from simulator.studies.factors import Factors
from simulator.studies.manifest import described
from simulator.studies.measures import name_of
from simulator.studies.sections import GROWTH, WORKLOAD
from simulator.studies.statistics import Interval
from simulator.system.notebook import Rows, block, facts, table, text

Cells = dict[str, object]

COUNTED = "runs counted"
"""A column beside those of factors, whose names are one word."""

MAX_VALUES = 12
"""So many values of a factor are shown."""
FAILURE = ("replication", "error", "command")
"""What is shown of a failed run, beside its factors."""
MAX_FAILED = 3
"""So many runs that have failed are shown."""


def _what_runs(data: Mapping[str, Any]) -> str:
    if "scenario" in data:
        return str(data["scenario"])
    return " and ".join(f"a {name}" for name in (GROWTH, WORKLOAD) if data.get(name) is not None)


def of_study(design: Design) -> str:
    """Return a study: what is run how often, what differs, and what is measured."""
    data, factors, until = design.written.data, design.factors, design.until
    more = f", more until the half width of {name_of(until.metric)} is at most " if until else ""
    more += f"{until.half_width:g}; {until.most:,} at most" if until else ""
    said: Cells = {
        "runs": f"{factors.count * design.replications:,}",
        "points": f"{factors.count:,}",
        "replications": f"{design.replications:,}{more}",
        "what runs": _what_runs(data),
        "seed": str(design.seed),
    }
    if design.series is not None:
        every = f"every {design.series.every_seconds:g} virtual seconds"
        said["series"] = [*map(name_of, design.series.measures), every]
    measures = ({"measure": name_of(one), "meaning": described(one)} for one in design.measures)
    return block(
        design.name,
        text(design.description),
        facts(said),
        table(_factors(factors), len(factors.names), "factors"),
        table(measures, len(design.measures), "measures"),
    )


def _factors(factors: Factors) -> Iterator[Cells]:
    for name in factors.names:
        yield {"factor": name, "values": _values(factors, name)}


def _values(factors: Factors, name: str) -> str:
    if name in factors.ranges:
        part = factors.ranges[name]
        return f"{part.from_:g} to {part.to:g}, {part.scale}, {factors.draws:,} of them drawn"
    values = list(dict.fromkeys(value_text(value) for value in factors.values(name)))
    more = f", and {len(values) - MAX_VALUES:,} more" if len(values) > MAX_VALUES else ""
    return ", ".join(values[:MAX_VALUES]) + more


class Found(Protocol):
    """What some runs say about a measure; see `Finding`."""

    @property
    def point(self) -> dict[str, Any]:
        """The values of the factors that they have in common."""

    @property
    def interval(self) -> Interval:
        """The mean, or whatever was asked for."""

    @property
    def failed(self) -> int:
        """How many are not in it."""


F = TypeVar("F", bound=Found)


class FoundRows(Rows[F]):
    """What the points say about a measure; notebooks show a table."""

    def _row(self, item: F) -> Mapping[str, object]:
        interval = item.interval
        return {
            **item.point,
            "estimate ± half width": str(interval),
            "lower end": float(f"{interval.low:.4g}"),
            "upper end": float(f"{interval.high:.4g}"),
            COUNTED: interval.count,
            "runs left out": item.failed,
        }


class Tables(Protocol):
    """The tables of a study; see `Results`."""

    folder: Path
    manifest: dict[str, Any]

    @property
    def runs(self) -> list[dict[str, Any]]:
        """One row for each run."""


def of_results(results: Tables, points: Collection[Cells], count: int) -> str:
    """Return what a study has found: means with their intervals, and the first failed runs.

    Args:
        results: its tables.
        points: the first ones, each with its means.
        count: how many points there are.
    """
    said, runs = results.manifest, results.runs
    failed = [row for row in runs if row["outcome"] != PASSED]
    why = [{name: row[name] for name in (*said["factors"], *FAILURE)} for row in failed]
    return block(
        f"{said['name']}: {len(runs):,} runs, {len(failed):,} failed",
        text(str(said["description"])),
        table(points, count, "points"),
        text("Means ± half of their 95 % intervals.") if points else "",
        table(why[:MAX_FAILED], len(why), "failed runs"),
        text(f"Tables: {results.folder}"),
    )
