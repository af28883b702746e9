"""Which figures a report has: those that the study asks for, or all that its design suggests."""

from collections.abc import Iterator
from dataclasses import replace

from simulator.studies.design import STRATEGY
from simulator.studies.figures.arrangement import numeric
from simulator.studies.figures.figure import Figure
from simulator.studies.figures.kinds import (
    curve_figure,
    differences_figure,
    means_figure,
    series_figure,
)
from simulator.studies.figures.request import FigureKind, FigurePart
from simulator.studies.findings import Findings


def figures_of(findings: Findings) -> Iterator[Figure]:
    """Draw the figures that a study asks for under `figures`; without that, all usual ones.

    Usual are each measure against each factor that is a number, its paired differences from the
    first strategy (or from the first value of another factor that is no number), each series over
    time and each curve. What factors remain has lines, panels, or is averaged over.

    Raises:
        ConfigurationError: one that is asked for can't be drawn of what there is.
    """
    asked = findings.manifest["study"].get("figures")
    if asked is None:
        yield from _usual(findings)
    else:
        for one in asked:
            yield asked_for(findings, FigurePart.model_validate(one))


def asked_for(findings: Findings, part: FigurePart) -> Figure:
    """Draw a figure that somebody asks for.

    Raises:
        ConfigurationError: it can't be drawn of what there is.
    """
    found = findings.where(part.where) if part.where else findings
    subject, lines, panels = part.subject, part.lines, part.panels
    match part.kind:
        case FigureKind.MEANS:
            figure = means_figure(found, subject, part.across, lines, panels)
        case FigureKind.DIFFERENCES:
            figure = differences_figure(found, subject, part.across, lines, panels, part.base)
        case FigureKind.SERIES:
            figure = series_figure(found, subject, lines, panels)
        case FigureKind.CURVE:
            figure = curve_figure(found, subject, lines, panels)
    return figure if part.title is None else replace(figure, title=part.title)


def _usual(findings: Findings) -> Iterator[Figure]:
    numbers = numeric(findings)
    differing = [name for name in findings.factors if len(findings.values(name)) > 1]
    compared = next((name for name in _by_name(differing) if name not in numbers), None)
    for measure in findings.measures if differing else ():
        for across in numbers or (None,):
            yield means_figure(findings, measure, across)
            if compared is not None:
                yield differences_figure(findings, measure, across, compared)
    for measure in findings.manifest["series"]:
        yield series_figure(findings, measure)
    for curve in findings.manifest["curves"]:
        yield curve_figure(findings, curve)


def _by_name(factors: list[str]) -> list[str]:
    """Return factors, the strategy first."""
    return sorted(factors, key=lambda name: name != STRATEGY)
