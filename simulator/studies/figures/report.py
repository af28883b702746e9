"""A study's report: one page that needs nothing else, and each figure for papers beside it."""

import csv
import io
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any

import jinja2
from jinja2.sandbox import ImmutableSandboxedEnvironment

from simulator.reports.record import PASSED
from simulator.studies.figures.arrangement import label_of, told
from simulator.studies.figures.choice import figures_of
from simulator.studies.figures.figure import Figure, interval_cells
from simulator.studies.findings import Finding, Findings
from simulator.system import files

PAGE, FIGURES, MEANS = "report.html", "figures", "means.csv"
FOLDER = "report"

MAX_FIGURES = 60
"""Of more, a study should say under `figures` which ones it wants."""
MAX_POINTS = 200
MAX_FAILED = 10


@dataclass(frozen=True, slots=True)
class _Shown:
    """A figure as the page has it."""

    figure: Figure
    file: str
    picture: str


def write_report(findings: Findings, folder: Path | str | None = None) -> Path:
    """Write a report: `report.html`, `means.csv`, and figures as SVG, PDF and CSV.

    Equal tables give equal bytes. What an earlier report has left there is taken away.

    Args:
        findings: a study's.
        folder: where to; None: `report` in the study's own.

    Returns:
        The page.

    Raises:
        ConfigurationError: a figure can't be drawn, or matplotlib is not installed.
        FileUnwritable: a file can't be written.
    """
    out = findings.folder / FOLDER if folder is None else Path(folder)
    figures = list(islice(figures_of(findings), MAX_FIGURES + 1))
    shown = list(_saved(figures[:MAX_FIGURES], out / FIGURES))
    _clear(out / FIGURES, {one.file for one in shown})
    files.write(out / MEANS, means_csv(findings))
    files.write(out / PAGE, _page(findings, shown, more=len(figures) > MAX_FIGURES))
    return out / PAGE


def _saved(figures: list[Figure], folder: Path) -> Iterator[_Shown]:
    taken: dict[str, int] = {}
    for figure in figures:
        count = taken[figure.name] = taken.get(figure.name, 0) + 1
        name = figure.name if count == 1 else f"{figure.name}-{count}"
        figure.save(folder, name)
        picture = b64encode((folder / f"{name}.svg").read_bytes()).decode()
        yield _Shown(figure, name, f"data:image/svg+xml;base64,{picture}")


def _clear(folder: Path, names: set[str]) -> None:
    """Take away the figures of an earlier report that this one has not."""
    for suffix in (".svg", ".pdf", ".csv"):
        for file in folder.glob(f"*{suffix}"):
            if file.stem not in names:
                file.unlink()


def means_csv(findings: Findings) -> str:
    """Return all means with their intervals: a row for each point and measure."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    head = ("measure", "estimate", "low", "high", "count", "failed")
    writer.writerow([*findings.factors, *head])
    for measure in findings.measures:
        for found in findings.means(measure):
            cells = interval_cells(found.interval).values()
            writer.writerow([*found.point.values(), measure, *cells, found.failed])
    return text.getvalue()


def _page(findings: Findings, shown: list[_Shown], *, more: bool) -> str:
    environment = ImmutableSandboxedEnvironment(
        loader=jinja2.ChoiceLoader(
            [
                jinja2.PackageLoader("simulator.studies.figures", "templates"),
                jinja2.PackageLoader("simulator.reports", "templates"),
            ]
        ),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style = environment.get_template("report.css").render()
    style += environment.get_template("study.css").render()
    failed = [row for row in findings.runs if row["outcome"] != PASSED]
    points = _points(findings)
    return environment.get_template("study.html.j2").render(
        style=style,
        style_hash=b64encode(sha256(style.encode()).digest()).decode(),
        said=findings.manifest,
        factors=[
            (label_of(name, findings.factors), [told(value) for value in findings.values(name)])
            for name in findings.factors
        ],
        head=[label_of(name, findings.factors) for name in findings.factors],
        measures=[(told(name), about) for name, about in findings.manifest["measures"].items()],
        points=points[:MAX_POINTS],
        points_left_out=max(0, len(points) - MAX_POINTS),
        shown=shown,
        more=more,
        most=MAX_FIGURES,
        failed=failed[:MAX_FAILED],
        failed_left_out=max(0, len(failed) - MAX_FAILED),
        folder=FIGURES,
        means=MEANS,
    )


def _points(findings: Findings) -> list[tuple[list[str], int, list[str]]]:
    """Return the points for people: values, how many replications, means with half widths."""
    columns: list[list[Finding]] = [findings.means(name) for name in findings.measures]
    points: list[tuple[list[str], int, list[str]]] = []
    for row in zip(*columns, strict=True):
        values: list[Any] = list(row[0].point.values())
        count = max(found.interval.count for found in row)
        points.append(([told(v) for v in values], count, [str(f.interval) for f in row]))
    return points
