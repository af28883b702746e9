"""What differs between the runs of a study: factors with values or ranges, and their points.

Values in lists form a grid. Ranges are sampled, and a list of points names some; every one of these
meets every cell of the grid, so that all cells are compared at equal values.

A draw depends on the study's seed, the factor's name and the number of the draw alone: one factor
or one random draw more changes no other. A Latin hypercube of another size is another one.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import product
from typing import Annotated, Any

from pydantic import Field, WithJsonSchema

from simulator.forms.part import Part, Problem
from simulator.forms.values import FromWord
from simulator.kernel.rng import Rng

STREAM = "factor"
MAX_POINTS = 1_000_000
MAX_DRAWS = 1_000_000

Point = Mapping[str, Any]
"""A value for each factor, by its name."""


class Scale(StrEnum):
    """How a range is drawn from."""

    LINEAR = "linear"
    LOG = "log"


ScaleName = Annotated[
    Scale, Field(strict=False), WithJsonSchema({"type": "string", "enum": list(Scale)})
]


class RangePart(Part):
    """A factor whose values are drawn; two whole ends give whole numbers."""

    from_: Annotated[int | float, FromWord] = Field(alias="from", description="the smallest value")
    to: Annotated[int | float, FromWord] = Field(description="the largest value")
    scale: ScaleName = Field(
        default=Scale.LINEAR, description="`linear`, or `log`: each factor of ten as often"
    )

    def rules(self) -> Iterable[Iterable[Problem]]:
        """Return what checks both ends."""
        return [self._order(), self._positive()]

    def _order(self) -> Iterable[Problem]:
        if self.to <= self.from_:
            yield ("to",), f"must be more than from, which is {self.from_:g}"

    def _positive(self) -> Iterable[Problem]:
        if self.scale is Scale.LOG and self.from_ <= 0:
            yield ("from",), "must be more than 0 on a log scale"

    def value(self, share: float) -> int | float:
        """Return the value at a share of the range, 0 up to 1, which is left out."""
        low, high = self.from_, self.to
        whole = isinstance(low, int) and isinstance(high, int)
        end = high + 1 if whole else high
        if self.scale is Scale.LOG:
            drawn = math.exp(math.log(low) + share * (math.log(end) - math.log(low)))
        else:
            drawn = low + share * (end - low)
        drawn = min(max(drawn, low), high)
        return int(drawn) if whole else float(drawn)


class SamplePart(Part):
    """How ranges are drawn from."""

    random: Annotated[int, Field(ge=1, le=MAX_DRAWS)] | None = Field(
        default=None, description="so many points, each drawn by itself"
    )
    latin: Annotated[int, Field(ge=1, le=MAX_DRAWS)] | None = Field(
        default=None,
        description="so many points of a Latin hypercube: each factor's range is cut into so many "
        "parts, and each part has one point",
    )

    def problems(self) -> Iterable[Problem]:
        """Yield that it says nothing, or too much."""
        if (self.random is None) == (self.latin is None):
            yield (), "must be either random or latin, with a number of points"


@dataclass(frozen=True, slots=True)
class Factors:
    """The points of a study.

    Attributes:
        grid: the values of each factor that has a list of them.
        ranges: the range of each factor that is drawn.
        sample: how; None: nothing is drawn.
        points: values that belong together; at least one, which may be empty.
        seed: of the study.
    """

    grid: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    ranges: Mapping[str, RangePart] = field(default_factory=dict)
    sample: SamplePart | None = None
    points: Sequence[Point] = ({},)
    seed: int = 0

    @property
    def names(self) -> tuple[str, ...]:
        """All factors, in the order of columns."""
        named = dict.fromkeys(name for point in self.points for name in point)
        return (*self.grid, *self.ranges, *named)

    @property
    def count(self) -> int:
        """How many points there are."""
        cells = math.prod(len(values) for values in self.grid.values())
        return cells * self.draws * len(self.points)

    @property
    def draws(self) -> int:
        """How many points are drawn of the ranges; 1 if there are none."""
        return 1 if self.sample is None else self.sample.random or self.sample.latin or 1

    def __iter__(self) -> Iterator[Point]:
        """Go through the points; the last factors change first."""
        drawn = list(self._drawn())
        for values in product(*self.grid.values()):
            cell = dict(zip(self.grid, values, strict=True))
            for draw in drawn:
                for point in self.points:
                    yield {**cell, **draw, **point}

    def corners(self) -> Iterator[Point]:
        """Go through points among which each value of each list is, and both ends of ranges.

        What is wrong with a value shows there, however many points there are.
        """
        first = {name: values[0] for name, values in self.grid.items()}
        first |= {name: part.from_ for name, part in self.ranges.items()}
        for point in self.points:
            yield {**first, **point}
        first |= self.points[0]
        for name, values in self.grid.items():
            for value in values[1:]:
                yield {**first, name: value}
        for name, part in self.ranges.items():
            yield {**first, name: part.to}

    def values(self, name: str) -> list[Any]:
        """Return values of a factor that tell its type."""
        if name in self.grid:
            return list(self.grid[name])
        if name in self.ranges:
            return [self.ranges[name].value(0.0)]
        return [point[name] for point in self.points if name in point]

    def _drawn(self) -> Iterator[Point]:
        if self.sample is None:
            yield {}
            return
        shares = {name: self._shares(name) for name in self.ranges}
        for number in range(self.draws):
            yield {name: part.value(shares[name][number]) for name, part in self.ranges.items()}

    def _shares(self, name: str) -> list[float]:
        """Return where in a factor's range the draws are, 0 up to 1."""
        rng, draws = Rng(self.seed), self.draws
        if self.sample is not None and self.sample.latin is not None:
            stream = rng.stream(STREAM, name, "latin")
            parts = stream.sample(range(draws), draws)
            return [(part + stream.random()) / draws for part in parts]
        stream = rng.stream(STREAM, name)
        return [stream.random() for _ in range(draws)]
