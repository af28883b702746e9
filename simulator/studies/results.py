"""What a study has found: its tables as rows, and what they say."""

import csv
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from simulator.reports.record import PASSED
from simulator.studies import manifest, notebook
from simulator.studies.columns import ColumnKind
from simulator.studies.statistics import (
    USUAL_CONFIDENCE,
    Interval,
    difference_interval,
    mean_interval,
    quantile_interval,
)
from simulator.studies.tables import RUNS_TABLE, SERIES_TABLE, Parquet
from simulator.system.notebook import MAX_ROWS, Rows
from simulator.words.errors import ConfigurationError
from simulator.words.quoting import suggestion, visible_line

TableRecord = dict[str, Any]
_READ: dict[str, Any] = {
    ColumnKind.TEXT: str,
    ColumnKind.WHOLE: int,
    ColumnKind.NUMBER: float,
    ColumnKind.TRUTH: lambda text: text == "true",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """What some runs say about a measure.

    Attributes:
        point: the values of the factors that they have in common.
        interval: the mean, or whatever was asked for, with its interval.
        failed: how many runs did not pass, and are not in it.
    """

    point: dict[str, Any]
    interval: Interval
    failed: int = 0


COUNTED = "runs counted"
"""A column beside those of factors, whose names are one word."""


class Findings(Rows[Finding]):
    """What the points say about a measure; notebooks show a table."""

    def _row(self, item: Finding) -> Mapping[str, object]:
        interval = item.interval
        return {
            **item.point,
            "estimate ± half width": str(interval),
            "lower end": interval.low,
            "upper end": interval.high,
            COUNTED: interval.count,
            "runs left out": item.failed,
        }


class Results:
    """The tables in a study's folder.

    Args:
        folder: of the study.

    Raises:
        ConfigurationError: there are none.
    """

    def __init__(self, folder: Path | str) -> None:
        self.folder = Path(folder)
        self._manifest = manifest.read(self.folder)

    def __repr__(self) -> str:
        said, name = self._manifest, visible_line(self._manifest["name"])
        return f"<results of {name}: {said['runs']} runs, {said['failed']} failed>"

    def _repr_html_(self) -> str:
        points = point_rows(self, MAX_ROWS) if self.runs else []
        return notebook.of_results(self._manifest, points, self.runs, self.folder)

    @property
    def factors(self) -> list[str]:
        """The names of the factors."""
        return list(self._manifest["factors"])

    @property
    def measures(self) -> list[str]:
        """The names of what was measured at the end of runs."""
        return list(self._manifest["measures"])

    @cached_property
    def runs(self) -> list[TableRecord]:
        """One row for each run, failed ones too, in order of their keys."""
        return Rows(self._table(RUNS_TABLE))

    @cached_property
    def series(self) -> list[TableRecord]:
        """One row for each run, time and measure.

        Raises:
            ConfigurationError: the study has no series.
        """
        return Rows(self._table(SERIES_TABLE))

    def means(
        self,
        measure: str,
        by: Sequence[str] | None = None,
        confidence: float = USUAL_CONFIDENCE,
    ) -> list[Finding]:
        """Return the mean of a measure at each point, with its interval.

        Args:
            measure: its name.
            by: the factors that tell points apart; None: all.
            confidence: of the intervals.
        """
        return Findings(
            Finding(point, mean_interval(_values(rows, measure), confidence), _failed(rows))
            for point, rows in self._groups(measure, by)
        )

    def quantiles(
        self,
        measure: str,
        share: float = 0.5,
        by: Sequence[str] | None = None,
        confidence: float = USUAL_CONFIDENCE,
    ) -> list[Finding]:
        """Return a quantile of a measure at each point, by default the median; see `means`."""
        return Findings(
            Finding(
                point, quantile_interval(_values(rows, measure), share, confidence), _failed(rows)
            )
            for point, rows in self._groups(measure, by)
        )

    def differences(
        self,
        measure: str,
        factor: str,
        base: Any,
        confidence: float = USUAL_CONFIDENCE,
    ) -> list[Finding]:
        """Return how much a measure differs from where a factor has another value.

        Pairs are runs of one replication that differ in that factor only: they see equal worlds.
        A pair counts if both passed.

        Args:
            measure: its name.
            factor: which factor.
            base: its value that others are compared with.
            confidence: of the intervals.

        Raises:
            ConfigurationError: there is no such factor, or it never has this value.
        """
        self._check(factor, self.factors, "factor")
        others = [name for name in self.factors if name != factor]
        pairs: dict[tuple[Any, ...], TableRecord] = {
            (*(row[name] for name in others), row["replication"]): row
            for row in self.runs
            if row[factor] == base
        }
        if not pairs:
            raise ConfigurationError(f"No run has {factor} {base!r}.")
        found = Findings()
        for point, rows in self._groups(measure, None):
            if point[factor] == base:
                continue
            twins = [
                (row, pairs.get((*(row[name] for name in others), row["replication"])))
                for row in rows
            ]
            both = [
                (row[measure], twin[measure])
                for row, twin in twins
                if twin is not None and None not in (row[measure], twin[measure])
            ]
            ones, bases = [one for one, _ in both], [other for _, other in both]
            interval = difference_interval(ones, bases, confidence)
            found.append(Finding(point, interval, len(rows) - len(both)))
        return found

    def _groups(
        self, measure: str, by: Sequence[str] | None
    ) -> Iterator[tuple[dict[str, Any], list[TableRecord]]]:
        """Yield the rows of each point, in the order of its values."""
        self._check(measure, self.measures, "measure")
        names = self.factors if by is None else list(by)
        for name in names:
            self._check(name, self.factors, "factor")
        groups: dict[tuple[Any, ...], list[TableRecord]] = {}
        for row in self.runs:
            groups.setdefault(tuple(row[name] for name in names), []).append(row)
        for values in sorted(groups, key=_in_order):
            rows = sorted(groups[values], key=lambda row: row["replication"])
            yield dict(zip(names, values, strict=True)), rows

    def _check(self, name: str, known: Iterable[str], what: str) -> None:
        names = list(known)
        if name not in names:
            raise ConfigurationError(f"There is no {what} {name!r}; {suggestion(name, names)}.")

    def _table(self, table: str) -> Iterator[TableRecord]:
        name, columns = manifest.columns(self._manifest, table)
        path = self.folder / name
        if path.suffix == Parquet.suffix:
            yield from Parquet().read(path)
            return
        kinds = {column.name: column.kind for column in columns}
        try:
            with path.open(encoding="utf-8", newline="") as stream:
                for row in csv.DictReader(stream):
                    yield {key: _read(kinds[key], text) for key, text in row.items()}
        except OSError as error:
            raise ConfigurationError(f"{path}: cannot be read: {error.strerror}") from None


def _read(kind: str, text: str) -> Any:
    return None if not text and kind != ColumnKind.TEXT else _READ[kind](text)


def _values(rows: Iterable[Mapping[str, Any]], measure: str) -> list[float]:
    return [row[measure] for row in rows if row[measure] is not None]


def _failed(rows: Iterable[Mapping[str, Any]]) -> int:
    return sum(row["outcome"] != PASSED for row in rows)


def _in_order(values: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return what values are sorted by: numbers among themselves, and texts."""
    return tuple(
        (1, str(value), 0.0) if isinstance(value, str) or value is None else (0, "", float(value))
        for value in values
    )


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
        rows.append({**found[0].point, COUNTED: runs, **means})
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
