"""What a study has found, as its users see it."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from simulator.studies import notebook
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
from simulator.system.notebook import MAX_ROWS, Rows
from simulator.words.quoting import visible_line


class FigureRows(Rows[Figure]):
    """Figures; notebooks show what they are about, and each of them as a picture."""

    def _row(self, item: Figure) -> Mapping[str, object]:
        return {"figure": item.name, "title": item.title, "caption": item.caption}


class Results(Findings):
    """The tables in a study's folder.

    Args:
        folder: of the study.

    Raises:
        ConfigurationError: there are none.
    """

    def __repr__(self) -> str:
        said, name = self.manifest, visible_line(str(self.manifest["name"]))
        return f"<results of {name}: {said['runs']} runs, {said['failed']} failed>"

    def _repr_html_(self) -> str:
        count = len(self.means(self.measures[0]))
        return notebook.of_results(self, point_rows(self, MAX_ROWS), count)

    means_figure = means_figure
    differences_figure = differences_figure
    series_figure = series_figure
    curve_figure = curve_figure

    def figures(self) -> list[Figure]:
        """Return the figures that the study asks for, or all usual ones.

        Raises:
            ConfigurationError: one that is asked for can't be drawn of what there is.
        """
        return FigureRows(figures_of(self))

    def report(self, folder: Path | str | None = None) -> Path:
        """Write a page with figures and means, and figures for papers beside it; return the page.

        Args:
            folder: where to; None: `report` in the study's own.

        Raises:
            ConfigurationError: a figure can't be drawn, or matplotlib is not installed.
            FileUnwritable: a file can't be written.
        """
        return write_report(self, folder)


def point_rows(results: Results, limit: int) -> list[dict[str, object]]:
    """Return means and half widths of the first points, by factor and measure.

    Args:
        results: what was found.
        limit: how many points at most.
    """
    findings = {name: results.means(name)[:limit] for name in results.measures}
    rows = []
    for found in zip(*findings.values(), strict=True):
        runs = max(one.interval.count for one in found)
        means = dict(zip(findings, (str(one.interval) for one in found), strict=True))
        rows.append({**found[0].point, notebook.COUNTED: runs, **means})
    return rows


def table_text(results: Results, limit: int) -> str:
    """Return means and half widths of all points as a table for people.

    Args:
        results: what was found.
        limit: how many points at most.
    """
    head = [*results.factors, "runs", *results.measures]
    rows = [[*map(_cell, row.values())] for row in point_rows(results, limit)]
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    lines = [
        "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in (head, *rows)
    ]
    points = len(results.means(results.measures[0]))
    if points > limit:
        lines.append(f"and {points - limit} more points")
    return "\n".join(lines)


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.6g}" if math.isfinite(value) else str(value)
    return str(value)
