"""What a study has found, as its users see it."""

import math
from pathlib import Path
from typing import Any

from simulator.studies.figures.choice import figures_of
from simulator.studies.figures.figure import Figure
from simulator.studies.figures.kinds import (
    curve_figure,
    differences_figure,
    means_figure,
    series_figure,
)
from simulator.studies.figures.report import write_report
from simulator.studies.findings import Findings


class Results(Findings):
    """The tables in a study's folder.

    Args:
        folder: of the study.

    Raises:
        ConfigurationError: there are none.
    """

    def __repr__(self) -> str:
        said = self.manifest
        return f"<results of {said['name']}: {said['runs']} runs, {said['failed']} failed>"

    means_figure = means_figure
    differences_figure = differences_figure
    series_figure = series_figure
    curve_figure = curve_figure

    def figures(self) -> list[Figure]:
        """Return the figures that the study asks for, or all usual ones.

        Raises:
            ConfigurationError: one that is asked for can't be drawn of what there is.
        """
        return list(figures_of(self))

    def report(self, folder: Path | str | None = None) -> Path:
        """Write a page with figures and means, and figures for papers beside it; return the page.

        Args:
            folder: where to; None: `report` in the study's own.

        Raises:
            ConfigurationError: a figure can't be drawn, or matplotlib is not installed.
            FileUnwritable: a file can't be written.
        """
        return write_report(self, folder)


def table_text(results: Results, limit: int) -> str:
    """Return means and half widths of all points as a table for people.

    Args:
        results: what was found.
        limit: how many points at most.
    """
    findings = {name: results.means(name) for name in results.measures}
    points = next(iter(findings.values()))
    head = [*results.factors, "runs", *results.measures]
    rows = []
    for number, first in enumerate(points[:limit]):
        intervals = [findings[name][number].interval for name in results.measures]
        runs = max(interval.count for interval in intervals)
        rows.append([*map(_cell, first.point.values()), str(runs), *map(str, intervals)])
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    lines = [
        "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in (head, *rows)
    ]
    if len(points) > limit:
        lines.append(f"and {len(points) - limit} more points")
    return "\n".join(lines)


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.6g}" if math.isfinite(value) else str(value)
    return str(value)
