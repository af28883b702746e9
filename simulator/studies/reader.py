"""From the text of a study file, or a program's arguments, to a study, or to what is wrong."""

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from simulator.forms.leftovers import value_of
from simulator.forms.parameters import RESERVED, problems_of
from simulator.forms.part import KeyPath
from simulator.scenario.language.parts import Parts
from simulator.scenario.language.source import read
from simulator.studies.columns import FIXED
from simulator.studies.design import STRATEGY, Design, Written, path_of, point_text
from simulator.studies.factors import MAX_POINTS, Factors, Point, RangePart, SamplePart
from simulator.studies.figures.request import FigureKind, FigurePart
from simulator.studies.measures import name_of
from simulator.studies.sections import GROWTH, WORKLOAD, WORLD, SeriesPart, StudyPart, UntilPart
from simulator.system import extensions, files
from simulator.words.errors import ConfigurationError, ScenarioInvalid
from simulator.words.quoting import shown, suggestion

FEW_POINTS = 200
"""So many points are all looked at before anything runs; of more, each value once."""

MAX_FILE_BYTES = 2**28


def read_study(file: Path, *, allow_code: bool = False) -> Design:
    """Read a study file; see `Study.load`."""
    with files.noted() as noted:
        source = read(file)
        if not isinstance(source.data, dict):
            source.problems.add(1, (), "must be a mapping of keys to values")
        source.problems.raise_if_any()
        folder = file.absolute().parent
        written = Written(source.data, dict(source.lines), str(file), folder, allow_code)
        found = read_written(written)
    return _with_files(found, noted, file)


def read_sections(sections: Mapping[str, Any]) -> Design:
    """Read what a program says; see `simulator.study`."""
    with files.noted() as noted:
        found = read_written(Written(dict(sections), {}, "", Path.cwd(), allow_code=True))
    return _with_files(found, noted, None)


def _with_files(found: Design, noted: Mapping[Path, Any], own: Path | None) -> Design:
    """Return a study that knows which files it rests on, its own excepted."""
    folder = found.written.folder
    hashes = {
        os.path.relpath(file, folder): hashlib.sha256(files.read(file, MAX_FILE_BYTES)).hexdigest()
        for file in sorted(noted)
        if file != own
    }
    return replace(found, files=hashes)


def read_written(written: Written) -> Design:
    """Return the study that somebody has written, every value looked at once.

    Raises:
        ScenarioInvalid: something breaks a rule.
    """
    if written.data.get("scenario", "") is None:  # nothing behind a key is as no key
        said = {name: value for name, value in written.data.items() if name != "scenario"}
        written = replace(written, data=said)
    with extensions.noted() as code:
        found = _Reader(written).design()
        _check_points(found)
    for own in written.own_code():
        code[extensions.name_of(own)] = extensions.sha256_of(own)
    return replace(found, code=code)


def _check_points(found: Design) -> None:
    """See that what is run can be read, with each value.

    Raises:
        ScenarioInvalid: it can't, with some.
    """
    factors = found.factors
    points = factors if factors.count <= FEW_POINTS else factors.corners()
    lines: dict[str, None] = {}
    for point in points:
        try:
            found.scenario_at(point)
        except ScenarioInvalid as error:
            lines.update(dict.fromkeys(str(error).splitlines()))
        except ConfigurationError as error:  # about all that is said, such as a file that is gone
            where = point_text(point)
            lines[f"{_place(found)}: {f'with {where}: ' if where else ''}{error}"] = None
    if lines:
        raise ScenarioInvalid("\n".join(lines), len(lines))


def _place(found: Design) -> str:
    """Return where a study says what it runs."""
    written = found.written
    what = next((name for name in ("scenario", GROWTH) if name in written.data), WORKLOAD)
    line = written.lines.get((what,), 1)
    return f"{written.path}:{line}" if written.file else str(written.path)


class _Reader:
    """Builds models of a study's own sections and notes what is wrong."""

    def __init__(self, written: Written) -> None:
        self._written = written
        source = written.source(dict(written.data), written.lines)
        self._problems = source.problems
        self._parts = Parts(source, written.allow_code)

    def design(self) -> Design:
        data, written = self._written.data, self._written
        top = self._parts.part(StudyPart, dict(data), ())
        series, until = data.get("series"), data.get("until")
        series_part = series and self._parts.part(SeriesPart, series, ("series",))
        until_part = until and self._parts.part(UntilPart, until, ("until",))
        factors = self._factors(top)
        self._check_until(top, until_part or None)
        self._check_columns(top, factors)
        for position, said in enumerate(value_of(top, "figures") or ()):
            self._check_figure(top, factors, said, ("figures", position))
        self._problems.raise_if_any()
        assert top is not None  # noqa: S101 - or there were problems
        return Design(
            name=top.name or written.path.stem,
            description=top.description or "",
            seed=top.seed,
            factors=factors,
            replications=top.replications,
            measures=tuple(top.measures),
            series=series_part or None,
            curves=tuple(top.curves or ()),
            until=until_part or None,
            check=top.check,
            written=written,
        )

    def _check_until(self, top: StudyPart | None, until: UntilPart | None) -> None:
        measures, replications = value_of(top, "measures"), value_of(top, "replications")
        metric, most = value_of(until, "metric"), value_of(until, "most")
        if metric is not None and measures is not None:
            name, known = name_of(metric), [name_of(one) for one in measures]
            if name not in known:
                told = f"{name} is none of the measures; {suggestion(name, known)}"
                self._parts.problem(("until", "metric"), told)
        if most is not None and replications is not None and most < replications:
            told = f"must be at least replications, which is {replications}"
            self._parts.problem(("until", "most"), told)

    def _check_figure(
        self, top: StudyPart | None, factors: Factors, said: object, path: KeyPath
    ) -> None:
        """Note what a figure names that the study has not."""
        part = self._parts.part(FigurePart, said, path)
        if part is None or len(self._problems):
            return
        series = self._written.data.get("series")
        listed = {
            FigureKind.SERIES: series.get("measures", ()) if isinstance(series, dict) else (),
            FigureKind.CURVE: value_of(top, "curves") or (),
        }.get(part.kind, value_of(top, "measures") or ())
        named: list[tuple[KeyPath, str]] = [((key,), name) for key, name in part.factors()]
        named += [(("where", name), name) for name in part.where or ()]
        for place, name in named:
            if name not in factors.names:
                self._unknown((*path, *place), f"{name} is no factor", name, factors.names)
        known = [name_of(one) for one in listed]
        if part.subject not in known:
            told = f"{part.subject} is not measured"
            self._unknown((*path, part.kind), told, part.subject, known)

    def _unknown(self, path: KeyPath, told: str, name: str, known: Sequence[str]) -> None:
        there = suggestion(name, known) if known else "there is nothing of that kind"
        self._parts.problem(path, f"{told}; {there}")

    def _factors(self, top: StudyPart | None) -> Factors:
        grid: dict[str, list[Any]] = {}
        ranges: dict[str, RangePart] = {}
        for name, value in (value_of(top, "factors") or {}).items():
            path: KeyPath = ("factors", name)
            self._check_name(name, path)
            if isinstance(value, dict):
                part = self._parts.part(RangePart, value, path)
                if part is not None and not len(self._problems):
                    ranges[name] = part
            elif isinstance(value, list) and value:
                self._check_values(name, value, path)
                grid[name] = value
            else:
                told = "must be a list of at least one value, or a range such as {from: 1, to: 9}"
                self._parts.problem(path, told)
        strategies = value_of(top, "strategies")
        if strategies is not None:
            grid[STRATEGY] = list(strategies)
        points = self._points(value_of(top, "points"), {*grid, *ranges})
        sample = self._sample(ranges)
        factors = Factors(grid, ranges, sample, points, value_of(top, "seed") or 0)
        if not len(self._problems) and factors.count > MAX_POINTS:  # else nobody can count them
            told = f"come to {factors.count:,} points; at most {MAX_POINTS:,} are allowed"
            self._parts.problem(("factors",), told)
        return factors

    def _sample(self, ranges: Mapping[str, RangePart]) -> SamplePart | None:
        said = self._written.data.get("sample")
        part = said and self._parts.part(SamplePart, said, ("sample",))
        if ranges and not said:
            told = "is missing: how many points are drawn of the ranges, such as {latin: 20}"
            self._parts.problem(("sample",), told)
        elif said and not any(isinstance(v, dict) for v in self._said_factors().values()):
            self._parts.problem(("sample",), "says nothing: no factor is a range")
        return part or None

    def _said_factors(self) -> Mapping[str, Any]:
        said = self._written.data.get("factors")
        return said if isinstance(said, dict) else {}

    def _points(self, said: list[dict[str, Any]] | None, taken: set[str]) -> list[Point]:
        if said is None:
            return [{}]
        if not said:
            self._parts.problem(("points",), "must hold at least one point")
            return [{}]
        for position, point in enumerate(said):
            for name in point:
                path: KeyPath = ("points", position, name)
                self._check_name(name, path)
                if name in taken:
                    self._parts.problem(path, "has values of its own already")
            if point.keys() != said[0].keys():
                told = f"must say the same as the first point: {', '.join(said[0])}"
                self._parts.problem(("points", position), told)
        return list(said)

    def _check_name(self, name: str, path: KeyPath) -> None:
        """Note that a factor can't be called like that."""
        if "scenario" in self._written.data:
            for _, reason in problems_of({name: 0}):
                self._parts.problem(path, f"is no variable: {reason}")
            return
        known = (*WORLD, GROWTH, WORKLOAD)
        if path_of(name)[0] not in known:
            told = f"is no way to a key of this file; {suggestion(path_of(name)[0], known)}"
            self._parts.problem(path, told)

    def _check_values(self, name: str, values: list[Any], path: KeyPath) -> None:
        seen: list[Any] = []
        for position, value in enumerate(values):
            if any(type(value) is type(other) and value == other for other in seen):
                self._parts.problem((*path, position), f"{shown(value)} is listed twice")
            seen.append(value)
            if "scenario" in self._written.data:
                for _, reason in problems_of({name: value} if name not in RESERVED else {}):
                    self._parts.problem((*path, position), reason)

    def _check_columns(self, top: StudyPart | None, factors: Factors) -> None:
        """Note names that two columns of a table would have."""
        taken = dict.fromkeys(FIXED, "is a column of every table")
        for name, path in self._columns(top, factors):
            if name in taken:
                self._parts.problem(path, f"{name} {taken[name]}: give it another name")
            taken.setdefault(name, "is the name of a factor")

    def _columns(self, top: StudyPart | None, factors: Factors) -> Iterator[tuple[str, KeyPath]]:
        for name in factors.names:
            yield name, ("factors", name)
        for position, measure in enumerate(value_of(top, "measures") or ()):
            yield name_of(measure), ("measures", position)
