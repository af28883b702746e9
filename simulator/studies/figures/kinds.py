"""The figures that there are: means, paired differences, lines over time, curves."""

from collections.abc import Iterable, Sequence
from typing import Any

from simulator.reports.estimates import USUAL_CONFIDENCE
from simulator.studies.figures.arrangement import (
    Arrangement,
    arranged,
    kinds_of,
    label_of,
    numeric,
    told,
)
from simulator.studies.figures.figure import Figure
from simulator.studies.figures.rendering import Panel, Plot, PlotLine, PlotLook
from simulator.studies.figures.request import FigureKind
from simulator.studies.findings import Band, Finding, Findings
from simulator.studies.statistics import Interval
from simulator.topology.measures import CurveShape
from simulator.words.errors import ConfigurationError

MAX_JOINED = 40
"""Of so many values of a factor a line can be drawn; more are points."""


def means_figure(
    findings: Findings,
    measure: str,
    across: str | None = None,
    lines: str | None = None,
    panels: str | None = None,
) -> Figure:
    """Draw a measure's means, with their intervals.

    Args:
        findings: a study's.
        measure: its name.
        across: the factor from left to right; None: the first that is a number, or else that whose
            values are rows.
        lines: the factor that tells lines apart; None: the strategy, or another one.
        panels: the factor that tells panels apart; None: another one.

    Raises:
        ConfigurationError: there is no such measure or factor, or no factor at all.
    """
    across = across or _usual_across(findings)
    plan = arranged(findings, across, lines, panels)
    found = findings.means(measure, plan.by)
    up, about = told(measure), findings.manifest["measures"][measure]
    title = f"{_big(up)} by {label_of(across, findings.factors)}"
    plot = _plot(findings, plan, found, up)
    caption = f"{_big(about)}. {_how(findings, plan, found, 'Means')}"
    return Figure(FigureKind.MEANS, measure, title, caption, plot, _columns(plan, across))


def differences_figure(
    findings: Findings,
    measure: str,
    across: str | None = None,
    lines: str | None = None,
    panels: str | None = None,
    base: Any = None,
) -> Figure:
    """Draw paired differences: how much a measure differs from where a factor has another value.

    Args:
        findings: a study's.
        measure: its name.
        across: the factor from left to right; None: the first that is a number, or none.
        lines: the factor that is compared; None: the strategy, or another one.
        panels: the factor that tells panels apart; None: another one.
        base: the value that others are compared with; None: the first.

    Raises:
        ConfigurationError: there is no such measure, factor or value, or nothing to compare.
    """
    numbers = [name for name in numeric(findings) if name not in (lines, panels)]
    plan = arranged(findings, across or next(iter(numbers), None), lines, panels)
    if plan.lines is None or len(findings.values(plan.lines)) < 2:
        raise ConfigurationError("Differences need a factor with two values or more: say which.")
    base = findings.values(plan.lines)[0] if base is None else base
    found = findings.differences(measure, plan.lines, base, plan.by)
    compared = plan
    if plan.across is None:  # what is compared is in rows
        plan = Arrangement(plan.lines, None, plan.panels, plan.averaged)
    up, about = told(measure), findings.manifest["measures"][measure]
    title = f"{_big(up)}: differences from {told(base)}"
    plot = _plot(findings, plan, found, f"{up}: difference from {told(base)}", zero=True)
    caption = (
        f"{_big(about)}: how much more than with {told(base)}, in equal worlds. "
        f"{_how(findings, compared, found, 'Mean paired differences')}"
    )
    columns = _columns(plan, plan.across or "")
    return Figure(FigureKind.DIFFERENCES, measure, title, caption, plot, columns)


def series_figure(
    findings: Findings, measure: str, lines: str | None = None, panels: str | None = None
) -> Figure:
    """Draw a measure's means over time, as far as all runs of a line last.

    Args:
        findings: a study's.
        measure: one that was measured over time.
        lines: the factor that tells lines apart; None: the strategy, or another one.
        panels: the factor that tells panels apart; None: another one.

    Raises:
        ConfigurationError: there is no such measure or factor.
    """
    plan = arranged(findings, None, lines, panels)
    bands = findings.over_time(measure, plan.by)
    up, about = told(measure), findings.manifest["series"][measure]
    plot = _of_bands(findings, plan, bands, PlotLook.LINES, "virtual seconds", up)
    caption = f"{_big(about)}. {_how(findings, plan, bands, 'Means')} Lines end where a run does."
    title = f"{_big(up)} over time"
    return Figure(FigureKind.SERIES, measure, title, caption, plot, _columns(plan, "time"))


def curve_figure(
    findings: Findings, curve: str, lines: str | None = None, panels: str | None = None
) -> Figure:
    """Draw the mean of a curve, such as what is left of a network whose hubs are taken away.

    Args:
        findings: a study's.
        curve: one that was kept.
        lines: the factor that tells lines apart; None: the strategy, or another one.
        panels: the factor that tells panels apart; None: another one.

    Raises:
        ConfigurationError: there is no such curve or factor.
    """
    plan = arranged(findings, None, lines, panels)
    bands = findings.mean_curves(curve, plan.by)
    about = findings.manifest["curves"][curve]
    look = PlotLook.STEPS if about["shape"] == CurveShape.CCDF else PlotLook.LINES
    plot = _of_bands(findings, plan, bands, look, about["across"], about["up"])
    caption = f"{_big(about['description'])}. {_how(findings, plan, bands, 'Means at each place')}"
    title = _big(told(curve))
    return Figure(FigureKind.CURVE, curve, title, caption, plot, _columns(plan, "x"))


def _usual_across(findings: Findings) -> str:
    """Return the first factor that is a number, or else one whose values can be rows."""
    differing = [name for name in findings.factors if len(findings.values(name)) > 1]
    for name in (*numeric(findings), *differing):
        return name
    raise ConfigurationError("No factor differs, so there is nothing to draw means against.")


def _plot(
    findings: Findings, plan: Arrangement, found: Sequence[Finding], up: str, *, zero: bool = False
) -> Plot:
    """Return means by a factor: a line where it is a number, rows where it is not."""
    across = plan.across or ""
    label = label_of(across, findings.factors)
    values = findings.values(across)
    if kinds_of(findings)[across] not in {"int64", "double"}:
        rows = [(value, told(value)) for value in values if _has(found, across, value)]
        panels = _panels(findings, plan, found, [value for value, _ in rows])
        return Plot(
            PlotLook.DOTS, panels, up, label, _legend(findings, plan, panels), tuple(rows), zero
        )
    look = PlotLook.LINES if len(values) <= MAX_JOINED else PlotLook.POINTS
    panels = _panels(findings, plan, found, sorted(values))
    return Plot(look, panels, label, up, _legend(findings, plan, panels), zero=zero)


def _has(found: Iterable[Finding], factor: str, value: Any) -> bool:
    return any(one.point[factor] == value for one in found)


def _panels(
    findings: Findings, plan: Arrangement, found: Sequence[Finding], places: Sequence[Any]
) -> tuple[Panel, ...]:
    bands = []
    for panel in _values(findings, plan.panels):
        for line in _values(findings, plan.lines):
            where = {plan.panels: panel, plan.lines: line}
            own = {
                one.point[plan.across or ""]: one.interval
                for one in found
                if all(one.point.get(name) == value for name, value in where.items() if name)
            }
            there = tuple(place for place in places if place in own)
            point = {name: value for name, value in where.items() if name}
            bands.append(Band(point, there, tuple(own[place] for place in there)))
    return _of_points(findings, plan, bands)


def _of_points(findings: Findings, plan: Arrangement, bands: Iterable[Band]) -> tuple[Panel, ...]:
    """Return panels and lines of what is known at their factors' values, empty ones left out."""
    names = (plan.panels or "", plan.lines or "")
    known = {tuple(map(band.point.get, names)): band for band in bands}
    panels = []
    for panel in _values(findings, plan.panels):
        drawn = []
        for number, line in enumerate(_values(findings, plan.lines)):
            band = known.get((panel, line))
            if band is not None and (known_line := _line(plan, line, number, band)).places:
                drawn.append(known_line)
        name = plan.panels and label_of(plan.panels, findings.factors)
        panels.append(Panel(panel, f"{name}: {told(panel)}" if name else "", tuple(drawn)))
    return tuple(panel for panel in panels if panel.lines)


def _line(plan: Arrangement, line: Any, number: int, band: Band) -> PlotLine:
    """Return a line; places at which no run has a value are no part of it."""
    known = [
        (place, interval)
        for place, interval in zip(band.places, band.intervals, strict=True)
        if interval.count
    ]
    places = tuple(place for place, _ in known)
    intervals: tuple[Interval, ...] = tuple(interval for _, interval in known)
    return PlotLine(line, told(line) if plan.lines else "", number, places, intervals)


def _of_bands(
    findings: Findings,
    plan: Arrangement,
    bands: Sequence[Band],
    look: PlotLook,
    across: str,
    up: str,
) -> Plot:
    panels = _of_points(findings, plan, bands)
    return Plot(look, panels, across, up, _legend(findings, plan, panels))


def _values(findings: Findings, factor: str | None) -> list[Any]:
    return [None] if factor is None else findings.values(factor)


def _legend(findings: Findings, plan: Arrangement, panels: Sequence[Panel]) -> str:
    """Return what lines differ in; a single line needs no legend."""
    lines = {line.number for panel in panels for line in panel.lines}
    if plan.lines is None or not lines:
        return ""
    return label_of(plan.lines, findings.factors)


def _columns(plan: Arrangement, across: str) -> tuple[str | None, str | None, str]:
    return plan.panels, plan.lines, across


def _how(findings: Findings, plan: Arrangement, found: Sequence[Finding | Band], what: str) -> str:
    """Return how means were made, for people."""
    counts = sorted(
        {
            interval.count
            for one in found
            for interval in (one.intervals if isinstance(one, Band) else (one.interval,))
            if interval.count
        }
    )
    many = (
        "no"
        if not counts
        else f"{counts[0]}"
        if len(counts) == 1
        else f"{counts[0]} to {counts[-1]}"
    )
    replications = "replication" if counts == [1] else "replications"
    width = f" with {100 * USUAL_CONFIDENCE:g} % intervals" if counts and counts[-1] > 1 else ""
    over = ", ".join(label_of(name, findings.factors) for name in plan.averaged)
    averaged = f", each averaged over {over}" if over else ""
    only = ", ".join(f"{label_of(n, findings.factors)} {told(v)}" for n, v in findings.only.items())
    where = f" Only {only}." if only else ""
    return f"{what} over {many} {replications}{averaged}{width}.{where}"


def _big(text: str) -> str:
    return text[:1].upper() + text[1:]
