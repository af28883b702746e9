"""A figure as data: what is drawn, what it is called, and the table behind it."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulator.studies.figures.rendering import Plot, pdf, png, svg
from simulator.studies.figures.request import FigureKind
from simulator.studies.statistics import Interval
from simulator.system import files


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture, with what people read beside it; notebooks show it as it is.

    Attributes:
        kind: what it is about.
        subject: the measure's or curve's name.
        title: for people.
        caption: what is to be known to read it.
        plot: what is drawn.
        columns: the names of the table's columns: panels', lines', places' factors.
    """

    kind: FigureKind
    subject: str
    title: str
    caption: str
    plot: Plot
    columns: tuple[str | None, str | None, str]

    @property
    def name(self) -> str:
        """What its files are called: letters, digits, hyphens and underscores."""
        words = [self.kind, self.subject, self.columns[2].rpartition(".")[2]]
        said = words if self.kind in (FigureKind.MEANS, FigureKind.DIFFERENCES) else words[:2]
        text = "-".join(said)
        return "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "_" for c in text)

    def rows(self) -> Iterator[dict[str, Any]]:
        """Go through the figure's table: a row for each mean that is drawn.

        Factors have their names; then come `estimate`, `low`, `high` (None where nobody can tell)
        and `count`, the number of replications.
        """
        panels, lines, across = self.columns
        for panel in self.plot.panels:
            for line in panel.lines:
                for place, interval in zip(line.places, line.intervals, strict=True):
                    where = {panels: panel.value, lines: line.value, across: place}
                    row = {name: value for name, value in where.items() if name is not None}
                    yield row | interval_cells(interval)

    def csv(self) -> str:
        """Return the table as CSV."""
        text = io.StringIO()
        names = [name for name in self.columns if name is not None]
        head = [*names, "estimate", "low", "high", "count"]
        writer = csv.DictWriter(text, head, lineterminator="\n")
        writer.writeheader()
        writer.writerows(self.rows())
        return text.getvalue()

    def svg(self) -> str:
        """Return the picture as SVG; equal figures give equal bytes.

        Raises:
            ConfigurationError: matplotlib is not installed.
        """
        return svg(self.plot)

    def pdf(self) -> bytes:
        """Return the picture as PDF, with its fonts in it; likewise."""
        return pdf(self.plot)

    def png(self) -> bytes:
        """Return the picture as PNG; likewise."""
        return png(self.plot)

    def save(self, folder: Path | str, name: str | None = None) -> None:
        """Write the picture as SVG and PDF, and its table as CSV beside it.

        Args:
            folder: where to.
            name: of the files, without a suffix; None: the figure's own.

        Raises:
            FileUnwritable: a file can't be written.
        """
        beside = Path(folder) / (name or self.name)
        files.write(beside.with_name(f"{beside.name}.svg"), self.svg())
        files.write(beside.with_name(f"{beside.name}.pdf"), self.pdf())
        files.write(beside.with_name(f"{beside.name}.csv"), self.csv())

    def __repr__(self) -> str:
        lines = max((len(panel.lines) for panel in self.plot.panels), default=0)
        return f"<figure {self.name}: {len(self.plot.panels)} panels, {lines} lines>"

    def _repr_svg_(self) -> str:
        return self.svg()


def interval_cells(interval: Interval) -> dict[str, float | int | None]:
    """Return an interval as a table has it; None where nobody can tell."""

    def known(value: float) -> float | None:
        return value if abs(value) < float("inf") else None  # nan too is not

    return {
        "estimate": known(interval.estimate),
        "low": known(interval.low),
        "high": known(interval.high),
        "count": interval.count,
    }
