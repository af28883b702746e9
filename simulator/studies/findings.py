"""What a study's tables say: their rows, and means, quantiles and differences with intervals.

The runs of one replication see equal worlds, so they are no independent observations: where some of
them are taken together, they are first brought to one number, and intervals are over replications.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from statistics import fmean
from typing import Any, Self

from simulator.reports.estimates import USUAL_CONFIDENCE
from simulator.reports.record import PASSED
from simulator.studies import manifest
from simulator.studies.columns import RUN
from simulator.studies.lines import LinePoints, common_places, height
from simulator.studies.notebook import FoundRows
from simulator.studies.statistics import (
    Interval,
    difference_interval,
    mean_interval,
    quantile_interval,
)
from simulator.studies.tables import CURVES_TABLE, RUNS_TABLE, SERIES_TABLE, read_table
from simulator.system.notebook import Rows
from simulator.topology.measures import CurveShape
from simulator.words.errors import ConfigurationError
from simulator.words.quoting import suggestion

TableRecord = dict[str, Any]
Group = tuple[dict[str, Any], list[TableRecord]]
"""Values of factors, and the runs that have them."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What some runs say about a measure.

    Attributes:
        point: the values of the factors that they have in common.
        interval: the mean, or whatever was asked for, with its interval.
        failed: how many runs did not pass, or have nobody to be compared with.
    """

    point: dict[str, Any]
    interval: Interval
    failed: int = 0


@dataclass(frozen=True, slots=True)
class Band:
    """What some runs say about a line.

    Attributes:
        point: the values of the factors that they have in common.
        places: from left to right.
        intervals: the mean at each place, with its interval.
    """

    point: dict[str, Any]
    places: tuple[float, ...]
    intervals: tuple[Interval, ...]


class Findings:
    """The tables in a study's folder.

    Args:
        folder: of the study.
        only: values of factors; runs that have others are left out.

    Raises:
        ConfigurationError: there are none.
    """

    def __init__(self, folder: Path | str, only: Mapping[str, Any] | None = None) -> None:
        self.folder = Path(folder)
        self.manifest = manifest.read(self.folder)
        self.only = dict(only or {})

    @property
    def factors(self) -> list[str]:
        """The names of the factors."""
        return list(self.manifest["factors"])

    @property
    def measures(self) -> list[str]:
        """The names of what was measured at the end of runs."""
        return list(self.manifest["measures"])

    @cached_property
    def runs(self) -> list[TableRecord]:
        """One row for each run, failed ones too, in order of their keys."""
        only = self.only.items()
        rows = self._table(RUNS_TABLE)
        return Rows(row for row in rows if all(row[name] == value for name, value in only))

    @cached_property
    def series(self) -> list[TableRecord]:
        """One row for each run, time and measure.

        Raises:
            ConfigurationError: the study has no series.
        """
        return self._of_runs(SERIES_TABLE)

    @cached_property
    def curves(self) -> list[TableRecord]:
        """One row for each run, curve and point.

        Raises:
            ConfigurationError: the study keeps no curves.
        """
        return self._of_runs(CURVES_TABLE)

    def where(self, values: Mapping[str, Any]) -> Self:
        """Return what the runs with some values of factors say.

        Args:
            values: by the factors' names.

        Raises:
            ConfigurationError: there is no such factor, or it never has this value.
        """
        for name, value in values.items():
            known = self.values(name)
            if value not in known:
                told = ", ".join(map(str, known))
                raise ConfigurationError(f"No run has {name} {value!r}; there are: {told}.")
        return type(self)(self.folder, {**self.only, **values})

    def values(self, factor: str) -> list[Any]:
        """Return the values that a factor has: as they were listed, or in order.

        Raises:
            ConfigurationError: there is no such factor.
        """
        self._check(factor, self.factors, "factor")
        there = {row[factor] for row in self.runs}
        listed = [value for value in self.manifest["values"].get(factor, []) if value in there]
        return [*listed, *sorted(there.difference(listed), key=lambda value: _in_order((value,)))]

    def means(
        self,
        measure: str,
        by: Sequence[str] | None = None,
        confidence: float = USUAL_CONFIDENCE,
    ) -> list[Finding]:
        """Return the mean of a measure at each point, with its interval.

        Args:
            measure: its name.
            by: the factors that tell points apart; None: all. What a replication has at several
                values of the others is first brought to its mean.
            confidence: of the intervals.
        """
        return FoundRows(
            _finding(group, measure, lambda values: mean_interval(values, confidence))
            for group in self._measured(measure, by)
        )

    def quantiles(
        self,
        measure: str,
        share: float = 0.5,
        by: Sequence[str] | None = None,
        confidence: float = USUAL_CONFIDENCE,
    ) -> list[Finding]:
        """Return a quantile of a measure at each point, by default the median; see `means`."""
        return FoundRows(
            _finding(group, measure, lambda values: quantile_interval(values, share, confidence))
            for group in self._measured(measure, by)
        )

    def differences(
        self,
        measure: str,
        factor: str,
        base: Any,
        by: Sequence[str] | None = None,
        confidence: float = USUAL_CONFIDENCE,
    ) -> list[Finding]:
        """Return how much a measure differs from where a factor has another value.

        Pairs are runs of one replication that differ in that factor only: they see equal worlds.
        A pair counts if both passed.

        Args:
            measure: its name.
            factor: which factor.
            base: its value that others are compared with.
            by: the factors that tell points apart, beside this one; None: all; see `means`.
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
        wanted = None if by is None else [factor, *(name for name in by if name != factor)]
        found = FoundRows[Finding]()
        for point, rows in self._measured(measure, wanted):
            if point[factor] == base:
                continue
            both = []
            for row in rows:
                twin = pairs.get((*(row[name] for name in others), row["replication"]))
                pair = (row[measure], None if twin is None else twin[measure])
                both.append((None, None) if None in pair else pair)
            ones = _by_replication(rows, [one for one, _ in both])
            bases = _by_replication(rows, [other for _, other in both])
            interval = difference_interval(ones, bases, confidence)
            found.append(Finding(point, interval, both.count((None, None))))
        return found

    def over_time(
        self,
        measure: str,
        by: Sequence[str] | None = None,
        confidence: float = USUAL_CONFIDENCE,
    ) -> list[Band]:
        """Return the mean of a measure over time at each point, as far as all its runs last.

        Args:
            measure: one of the series'.
            by: the factors that tell points apart; None: all; see `means`.
            confidence: of the intervals.

        Raises:
            ConfigurationError: it was not measured over time.
        """
        self._check(measure, self.manifest["series"], "series of")
        return list(self._bands(self._lines(SERIES_TABLE, measure), None, by, confidence))

    def mean_curves(
        self,
        curve: str,
        by: Sequence[str] | None = None,
        confidence: float = USUAL_CONFIDENCE,
    ) -> list[Band]:
        """Return the mean of a curve at each point, place by place.

        Args:
            curve: its name.
            by: the factors that tell points apart; None: all; see `means`.
            confidence: of the intervals.

        Raises:
            ConfigurationError: it was not kept.
        """
        self._check(curve, self.manifest["curves"], "curve")
        shape = CurveShape(self.manifest["curves"][curve]["shape"])
        return list(self._bands(self._lines(CURVES_TABLE, curve), shape, by, confidence))

    def _bands(
        self,
        lines: Mapping[str, LinePoints],
        shape: CurveShape | None,
        by: Sequence[str] | None,
        confidence: float,
    ) -> Iterator[Band]:
        for point, rows in self._groups(by):
            known = [lines.get(row[RUN], ()) for row in rows]
            there = [line for line in known if line]
            places = common_places(there, shape) if there else []
            intervals = []
            for place in places:
                heights = [height(line, place, shape) if line else None for line in known]
                intervals.append(mean_interval(_by_replication(rows, heights), confidence))
            yield Band(point, tuple(places), tuple(intervals))

    def _lines(self, table: str, name: str) -> dict[str, list[tuple[float, float | None]]]:
        """Return the points of each run's line of a name."""
        rows = self.series if table == SERIES_TABLE else self.curves
        named, across, up = ("metric", "time", "value") if table == SERIES_TABLE else _OF_CURVES
        found: dict[str, list[tuple[float, float | None]]] = {}
        for row in rows:
            if row[named] == name:
                found.setdefault(row[RUN], []).append((row[across], row[up]))
        return found

    def _measured(self, measure: str, by: Sequence[str] | None) -> Iterator[Group]:
        self._check(measure, self.measures, "measure")
        return self._groups(by)

    def _groups(self, by: Sequence[str] | None) -> Iterator[Group]:
        """Yield the rows of each point, in the order of its values."""
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
            known_ones = suggestion(name, names) if names else "the study has none"
            raise ConfigurationError(f"There is no {what} {name!r}; {known_ones}.")

    def _of_runs(self, table: str) -> list[TableRecord]:
        keys = {row[RUN] for row in self.runs}
        return Rows(row for row in self._table(table) if row[RUN] in keys)

    def _table(self, table: str) -> Iterator[TableRecord]:
        name, columns = manifest.columns(self.manifest, table)
        yield from read_table(self.folder / name, columns)


_OF_CURVES = ("curve", "x", "y")


def _finding(
    group: Group, measure: str, estimate: Callable[[Sequence[float]], Interval]
) -> Finding:
    point, rows = group
    values = [row[measure] for row in rows]
    failed = sum(row["outcome"] != PASSED for row in rows)
    return Finding(point, estimate(_by_replication(rows, values)), failed)


def _by_replication(rows: Sequence[TableRecord], values: Sequence[float | None]) -> list[float]:
    """Return one number for each replication: the mean of its runs, if all of them have a value.

    A mean over some of them only would be one over other points than its neighbours are.

    Args:
        rows: of one point, in order of replications.
        values: what is known of each.
    """
    found: dict[int, list[float | None]] = {}
    for row, value in zip(rows, values, strict=True):
        found.setdefault(row["replication"], []).append(value)
    most = max(map(len, found.values()), default=0)
    return [
        fmean(known)
        for own in found.values()
        if len(known := [value for value in own if value is not None]) == most
    ]


def _in_order(values: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return what values are sorted by: numbers among themselves, and texts."""
    return tuple(
        (1, str(value), 0.0) if isinstance(value, str) or value is None else (0, "", float(value))
        for value in values
    )
