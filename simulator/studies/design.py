"""A study as data: what is run, at which points, how often, and what is measured.

A run's name is its key, a hash of all that decides how it goes: what the file says at that point,
the replication's seed, what is measured, the files that are read, and the code of the simulator.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from simulator.forms.parameters import Parameters
from simulator.forms.part import KeyPath
from simulator.scenario.language.parts import Parts
from simulator.scenario.language.scenario import Scenario, load, with_root
from simulator.scenario.language.source import Problems, Source
from simulator.scenario.tasks.groups import Serial
from simulator.scenario.tasks.scenario_run import Step
from simulator.scenario.tasks.task import Task
from simulator.scenario.tasks.workloads import MakeWorkload
from simulator.studies.factors import Factors, Point
from simulator.studies.growth import Growth
from simulator.studies.measures import name_of
from simulator.studies.sections import GROWTH, WORKLOAD, WORLD, SeriesPart, UntilPart
from simulator.studies.seeds import seed_of
from simulator.system import extensions, program
from simulator.topology.metrics import Metric
from simulator.topology.strategies import Configured, Extension
from simulator.words.errors import ConfigurationError
from simulator.words.options import Check
from simulator.workloads.listed import FOLDER

STRATEGY = "strategy"
"""The factor that `strategies` is, and its column."""

KEY_LENGTH = 20
"""Of the SHA-256's hexadecimal digits, how many name a run."""


@dataclass(frozen=True, slots=True)
class Written:
    """What somebody has written: all that a worker needs to read a study again.

    Attributes:
        data: the sections, with the factors' own values in none of them.
        lines: where they stand.
        file: as the user wrote it; empty for a study of a program's.
        folder: where relative paths in it start, whatever the current folder of a worker is.
        allow_code: whether code that it names as `module:function` may run.
    """

    data: Mapping[str, Any]
    lines: Mapping[KeyPath, int]
    file: str
    folder: Path
    allow_code: bool

    @property
    def path(self) -> Path:
        """The file, or a name beside which a program's files are: if it can be, as written."""
        said = Path(self.file or "study")
        return said if said.absolute().parent == self.folder else self.folder / said.name

    def own_code(self) -> Iterator[Callable[..., Any]]:
        """Go through the functions that a program has put in."""
        waiting: list[Any] = [self.data]
        while waiting:
            one = waiting.pop()
            if isinstance(one, Mapping):
                waiting += one.values()
            elif isinstance(one, list | tuple):
                waiting += one
            elif callable(one):
                yield one

    def source(self, data: dict[str, Any], lines: Mapping[KeyPath, int]) -> Source:
        """Return data as the content of a file, whose problems are noted."""
        source = Source(Problems(self.file) if self.file else ArgumentProblems("study"))
        source.data, source.lines, source.usable = data, dict(lines), True
        return source


class ArgumentProblems(Problems):
    """What is wrong with arguments of a program's, which stand on no line."""

    def _text(self, line: int, path: KeyPath, message: Any) -> str:
        head, _, rest = super()._text(line, path, message).partition(f":{line}:")
        return f"{head}:{rest}"


@dataclass(frozen=True, slots=True)
class RunSpec:
    """A run of a study.

    Attributes:
        key: its name.
        point: the values of its factors.
        replication: from 0.
        seed: of its world.
    """

    key: str
    point: Point
    replication: int
    seed: int

    @property
    def label(self) -> str:
        """Which one it is, for people."""
        where = [point_text(self.point)] if self.point else []
        return ", ".join([*where, f"replication {self.replication}"])


@dataclass(frozen=True)
class Design:
    """A question, and the runs that answer it.

    Attributes:
        name: for people.
        description: likewise.
        seed: decides the seeds of all runs, and what is drawn of ranges.
        factors: the points.
        replications: how many runs each has, if `until` asks for no more.
        measures: what is measured at the end of a run.
        series: what is measured while it lasts; None: nothing.
        curves: which curves are kept of its end.
        until: when there are replications enough; None: as many as `replications` says.
        check: when a world's invariants are checked.
        written: the study as its user wrote it.
        files: the hash of each file that it is read from.
        code: that of users' own code that it names.
    """

    name: str
    description: str
    seed: int
    factors: Factors
    replications: int
    measures: tuple[str | Metric, ...]
    series: SeriesPart | None
    curves: tuple[str, ...]
    until: UntilPart | None
    check: Check
    written: Written = field(repr=False)
    files: Mapping[str, str] = field(default_factory=dict, repr=False)
    code: Mapping[str, str | None] = field(default_factory=dict, repr=False)

    @property
    def most(self) -> int:
        """How many replications there can be."""
        return self.replications if self.until is None else self.until.most

    @cached_property
    def engine(self) -> str:
        """What executes the contracts at the first point."""
        return self.scenario_at(next(iter(self.factors))).engine

    def specs(self, replications: Iterable[int] | None = None) -> Iterator[RunSpec]:
        """Go through the runs, replication by replication.

        Args:
            replications: which ones; None: as many as the study says.
        """
        wanted = range(self.replications) if replications is None else replications
        hashes = [(point, self._hash_of(point)) for point in self.factors]
        for replication in wanted:
            seed = seed_of(self.seed, replication)
            for point, content in hashes:
                key = hashlib.sha256(f"{content} {seed}".encode()).hexdigest()
                yield RunSpec(key[:KEY_LENGTH], point, replication, seed)

    def spec(self, key: str) -> RunSpec:
        """Return the run of a key.

        Raises:
            ConfigurationError: no run has it.
        """
        for spec in self.specs(range(self.most)):
            if spec.key == key:
                return spec
        raise ConfigurationError(
            f"{self.written.path}: none of its runs is called {key}: the study has changed since, "
            "or the simulator has."
        )

    def command(self, key: str) -> str:
        """Return what to type to do a run again."""
        if not self.written.file:
            return f"study.replay({key!r})"
        code = " --allow-code" if self.written.allow_code else ""
        return f"simulator study replay {self.written.file} {key}{code}"

    def scenario_at(self, point: Point) -> Scenario:
        """Return what is run at a point.

        Raises:
            ScenarioInvalid: a value of the point breaks a rule.
        """
        strategy = point.get(STRATEGY)
        data, values = self.written.data, without_strategy(point)
        if "scenario" in data:
            parameters = Parameters(variables=values, given=tuple(values))
            file = self.written.path.parent / data["scenario"]
            scenario = load(file, parameters, allow_code=self.written.allow_code)
        else:
            scenario = self._grown(values)
        if strategy is not None:
            scenario = replace(scenario, strategies=(strategy,) * len(scenario.dialects))
        return scenario

    def _grown(self, values: Point) -> Scenario:
        written = self.written
        sections = self._resolved(values)
        lines = dict(written.lines)
        for name in values:
            line = lines.get(("factors", name), lines.get(("points",), 1))
            lines[path_of(name)] = line
        said = {name: sections.pop(name) for name in (GROWTH, WORKLOAD) if name in sections}
        source = written.source({**sections, "scenario": {}}, lines)
        parts = Parts(source, written.allow_code)
        parts.context |= {FOLDER: written.folder, "nodes": _count(sections)}
        steps = [
            Step(name, name, task, source.line((name,)))
            for name, data in said.items()
            if (task := parts.part(_TASKS[name], data, (name,))) is not None
        ]
        if len(steps) < len(said):
            source.problems.raise_if_any()
        root = (
            steps[0] if len(steps) == 1 else Step("study", "serial", Serial(tasks=tuple(steps)), 1)
        )
        scenario = with_root(source, written.path, root, allow_code=written.allow_code)
        source.problems.raise_if_any()
        assert scenario is not None  # noqa: S101 - or there were problems
        return scenario

    def _resolved(self, values: Point) -> dict[str, Any]:
        """Return what the file says at a point, as far as it is about the world."""
        data = self.written.data
        sections = {
            name: data[name] for name in (*WORLD, GROWTH, WORKLOAD) if data.get(name) is not None
        }
        if values:
            sections = deepcopy(sections)
        for name, value in values.items():
            place: dict[str, Any] = sections
            *way, last = path_of(name)
            for part in way:
                inner = place.get(part)
                if not isinstance(inner, dict):
                    inner = place[part] = {}
                place = inner
            place[last] = value
        return sections

    def _hash_of(self, point: Point) -> str:
        strategy, values = point.get(STRATEGY), without_strategy(point)
        if "scenario" in self.written.data:
            said: Any = {"scenario": self.written.data["scenario"], "variables": values}
        else:
            said = self._resolved(values)
        own = {**self._content, "said": said, STRATEGY: strategy}
        text = json.dumps(own, sort_keys=True, separators=(",", ":"), default=_named)
        return hashlib.sha256(text.encode()).hexdigest()

    @cached_property
    def _content(self) -> dict[str, Any]:
        """What decides about all runs alike."""
        series = self.series
        curves = {"curves": list(self.curves)} if self.curves else {}
        return {
            **curves,
            "sources": program.sources(),
            "files": dict(self.files),
            "code": dict(self.code),
            "measures": [name_of(name) for name in self.measures],
            "series": series and [series.every_seconds, *map(name_of, series.measures)],
            "check": str(self.check),
        }


_TASKS: dict[str, type[Task]] = {GROWTH: Growth, WORKLOAD: MakeWorkload}
"""What is run in a world that the study describes, one after the other."""


def _count(sections: Mapping[str, Any]) -> int | None:
    """Return how many nodes there are, as far as that is known before all is read."""
    nodes = sections.get("nodes")
    count = nodes.get("count") if isinstance(nodes, dict) else None
    return count if isinstance(count, int) else None


def path_of(factor: str) -> tuple[str, ...]:
    """Return the way to the key that a factor is named after."""
    return tuple(factor.split("."))


def without_strategy(point: Point) -> dict[str, Any]:
    """Return the values of the other factors."""
    return {name: value for name, value in point.items() if name != STRATEGY}


def point_text(point: Point) -> str:
    """Return a point for people; empty if there are no factors."""
    return ", ".join(f"{name}={value_text(value)}" for name, value in point.items())


def value_text(value: object) -> str:
    """Return a factor's value as a text of a table's."""
    if isinstance(value, str | Extension | Configured):
        return str(value)
    if callable(value):
        return extensions.name_of(value)
    return json.dumps(value, sort_keys=True, default=_named)


def plain_value(value: object) -> Any:
    """Return what was written as data for JSON: users' code by its name."""
    return json.loads(json.dumps(value, default=_name))


def _name(value: object) -> str:
    if callable(value) and not isinstance(value, Extension | Configured | Metric):
        return extensions.name_of(value)
    return str(value)


def _named(value: object) -> Any:
    """Return what stands for users' code in a hash, or for a number that is exact."""
    if isinstance(value, Extension | Configured | Metric):
        return str(value)
    if callable(value):
        return [extensions.name_of(value), extensions.sha256_of(value)]
    return str(value)
