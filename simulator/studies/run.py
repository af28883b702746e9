"""One run of a study, in this process: its row, whatever happens."""

import os
import platform
import traceback
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from time import perf_counter
from typing import Any

from simulator.reports.record import ERROR, PASSED
from simulator.scenario.run import runner
from simulator.scenario.run.interrupts import Interrupts
from simulator.studies import measures
from simulator.studies.design import Design, RunSpec
from simulator.words.errors import SimulatorError
from simulator.words.quoting import shortened, visible_line

MAX_ERROR = 1_000

SeriesPoint = tuple[float, str, int | float | None]
"""Virtual seconds, measure, value."""

CurvePoint = tuple[str, float, float]
"""The curve, how far to the right, how high."""


@dataclass(frozen=True, slots=True)
class Row:
    """What came of a run.

    Attributes:
        run: its key.
        outcome: "passed", or what else a scenario can come to: "failed", "error".
        error: why it did not pass, in one line; empty if it did.
        command: what to type to see that again; likewise.
        digest: names everything that happened; empty if there is no world.
        measures: the values at the end, by name; none unless it passed.
        series: the values over time, if any were asked for; likewise.
        curves: the points of curves at the end; likewise.
        wall_seconds: how long it took.
        host: where.
        process: the number of the process there.
    """

    run: str
    outcome: str
    error: str = ""
    command: str = ""
    digest: str = ""
    measures: dict[str, int | float | None] = field(default_factory=dict)
    series: list[SeriesPoint] = field(default_factory=list)
    curves: list[CurvePoint] = field(default_factory=list)
    wall_seconds: float = 0.0
    host: str = ""
    process: int = 0

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain data, its key first."""
        return asdict(self)


class Interrupted(Exception):
    """The user does not wait for the run's end."""


def perform(design: Design, spec: RunSpec, interrupts: Interrupts | None = None) -> Row:
    """Do a run.

    Args:
        design: the study.
        spec: which of its runs.
        interrupts: what ends it before its end.

    Raises:
        Interrupted: the user has ended it.
    """
    began = perf_counter()
    try:
        found = _performed(design, spec, interrupts or Interrupts())
    except Interrupted:  # no fault of the run's: it is done when the study goes on
        raise
    except SimulatorError as error:
        found = _without_world(design, spec, str(error))
    except Exception as error:  # noqa: BLE001 - a fault of ours ends this run only
        last = traceback.format_exception_only(error)[-1]
        found = _without_world(design, spec, f"internal fault: {last}")
    wall = perf_counter() - began
    where = {"wall_seconds": wall, "host": platform.node(), "process": os.getpid()}
    return Row(**{**found, **where})


def _without_world(design: Design, spec: RunSpec, reason: str) -> dict[str, Any]:
    return {
        "run": spec.key,
        "outcome": ERROR,
        "error": shortened(visible_line(" ".join(reason.split())), MAX_ERROR),
        "command": design.command(spec.key),
    }


def failed(design: Design, spec: RunSpec, reason: str) -> Row:
    """Return the row of a run that nobody could finish."""
    return Row(**_without_world(design, spec, reason))


def _performed(design: Design, spec: RunSpec, interrupts: Interrupts) -> dict[str, Any]:
    scenario = design.scenario_at(spec.point)
    try:
        done = runner.run(scenario, spec.seed, None, interrupts, check=design.check)
    except KeyboardInterrupt:
        raise Interrupted from None
    if done.interrupted:
        raise Interrupted
    if done.outcome != PASSED:
        reason = str(done.failure) if done.failure else done.broken_off
        return {
            **_without_world(design, spec, reason),
            "outcome": done.outcome,
            "digest": "" if done.outcome == ERROR else done.digest,
        }
    end = measures.now(done.testnet)
    return {
        "run": spec.key,
        "outcome": PASSED,
        "digest": done.digest,
        "measures": measures.values(design.measures, end),
        "series": list(_series(design, done)),
        "curves": list(measures.curve_points(design.curves, end)),
    }


def _series(design: Design, done: runner.FinishedRun) -> Iterable[SeriesPoint]:
    if design.series is None:
        return
    net = done.testnet
    zero = net.now - done.virtual_seconds
    names = tuple(design.series.measures)
    for time, values in measures.over_time(net, names, zero, design.series.every_seconds):
        for name, value in values.items():
            yield time, name, value
