"""The sections of a study file: their keys, types and ranges.

What a world is stands there in the words of scenario files, and is read by the same models.
"""

from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import Field, WithJsonSchema

from simulator.forms.part import Part, Problem
from simulator.forms.strategy_name import StrategyName
from simulator.forms.values import FromWord
from simulator.kernel.rng import MAX_SEED, MIN_SEED
from simulator.studies.measures import MEASURES, CurveName, MeasureName, name_of
from simulator.topology.metrics import Metric
from simulator.words.options import Check

MAX_REPLICATIONS = 1_000_000
MIN_UNTIL = 2
"""Of fewer replications nobody knows how far they vary."""

USUAL_MEASURES = ("channels", "components", "joins_failed")

WORLD = ("chain", "token", "nodes", "topology", "faults", "settings", "timeout")
"""The sections that a study has in common with scenario files."""

GROWTH = "growth"
WORKLOAD = "workload"
"""What is run in a world that a study describes by itself: one of them, or both in this order."""

LISTS = ("measures", "strategies", "curves")
"""The sections that are lists in which nothing stands twice."""

OF_SCENARIOS = "says nothing beside scenario: that file says it"

CheckName = Annotated[
    Check, Field(strict=False), WithJsonSchema({"type": "string", "enum": list(Check)})
]
Whole = Annotated[int, Field(ge=1, le=MAX_REPLICATIONS)]
Positive = Annotated[float, Field(gt=0, le=1_000_000_000), FromWord]
Confidence = Annotated[float, Field(ge=0.5, lt=1), FromWord]


class SeriesPart(Part):
    """What is measured again and again while a run lasts."""

    every_seconds: Positive = Field(description="virtual seconds from one time to the next")
    measures: list[MeasureName] = Field(
        min_length=1, description="what is measured; none that only the end can tell"
    )

    def problems(self) -> Iterable[Problem]:
        """Yield the measures that no series can have."""
        for position, name in enumerate(self.measures):
            if isinstance(name, str) and MEASURES[name].at_end:
                yield ("measures", position), f"{name} is only known at the end of a run"
        yield from twice("measures", self.measures)


class UntilPart(Part):
    """How long replications are added: until a mean is known well enough at every point."""

    metric: MeasureName = Field(description="whose mean; one of the study's measures")
    half_width: Positive = Field(description="half the width that its interval may have")
    confidence: Confidence = Field(default=0.95, description="of the interval, below 1")
    most: Whole = Field(default=1_000, description="so many replications at most")


class StudyPart(Part):
    """The top level of a study file."""

    version: Literal[1] = Field(default=1, description="the version of the language")
    name: str | None = Field(default=None, description="for people; by default the file's name")
    description: str | None = Field(default=None, description="for people: the question")
    seed: Annotated[int, Field(ge=MIN_SEED, le=MAX_SEED)] = Field(
        default=0, description="decides the seeds of all runs, and what is drawn of ranges"
    )
    scenario: str | None = Field(
        default=None,
        description="the scenario file that is run, seen from the study file; factors are "
        "variables of its template",
    )
    growth: Any = Field(default=None, description="how a network grows, instead of a scenario")
    workload: Any = Field(
        default=None,
        description="payments that are made once the network is there, as the task of that name",
    )
    chain: Any = Field(default=None, description="as in a scenario file")
    token: Any = Field(default=None, description="as in a scenario file")
    nodes: Any = Field(default=None, description="as in a scenario file")
    topology: Any = Field(default=None, description="as in a scenario file")
    faults: Any = Field(default=None, description="as in a scenario file")
    settings: Any = Field(default=None, description="as in a scenario file")
    timeout: Any = Field(default=None, description="as in a scenario file: what a run may take")
    factors: dict[str, Any] | None = Field(
        default=None,
        description="what differs between runs: by the way to a key, such as `growth.funds`, or by "
        "the name of a variable, a list of values or a range",
    )
    sample: Any = Field(default=None, description="how ranges are drawn from")
    points: list[dict[str, Any]] | None = Field(
        default=None, description="values of factors that belong together"
    )
    strategies: list[StrategyName] | None = Field(
        default=None,
        min_length=1,
        description="whom nodes open channels with: a factor of its own, `strategy`",
    )
    replications: Whole = Field(
        default=1, description="how many runs each point has, each in another world"
    )
    measures: list[MeasureName] = Field(
        default=[*USUAL_MEASURES], min_length=1, description="what is measured at the end of a run"
    )
    series: Any = Field(default=None, description="what is measured while a run lasts")
    curves: list[CurveName] | None = Field(
        default=None, min_length=1, description="which curves are kept of a run's end"
    )
    figures: list[Any] | None = Field(
        default=None, description="what a report draws; by default all that the design suggests"
    )
    until: Any = Field(default=None, description="when there are replications enough")
    check: CheckName = Field(default=Check.END, description="when a world's invariants are checked")

    def rules(self) -> Iterable[Iterable[Problem]]:
        """Return a rule for what is run, and others for what is listed."""
        return [self._what_runs(), *(self._twice(name) for name in LISTS)]

    def _twice(self, name: str) -> Iterable[Problem]:
        yield from twice(name, getattr(self, name) or ())

    def _what_runs(self) -> Iterable[Problem]:
        own = (self.growth, self.workload)
        if self.scenario is None and own == (None, None):
            yield (), "must have a scenario, a growth or a workload, which is what is run"
        elif self.scenario is not None and self.growth is not None:
            yield (), "must have either a scenario or a growth, which is what is run"
        elif self.scenario is not None:
            for name in (*WORLD, WORKLOAD):
                if getattr(self, name) is not None:
                    yield (name,), OF_SCENARIOS


def twice(key: str, listed: Iterable[str | Metric | Any]) -> Iterable[Problem]:
    """Yield what stands in a list for the second time."""
    seen: set[str] = set()
    for position, one in enumerate(listed):
        name = name_of(one)
        if name in seen:
            yield (key, position), f"{name} is listed twice"
        seen.add(name)
