"""What a study file asks for under `figures`."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from pydantic import Field

from simulator.forms.part import Part, Problem


class FigureKind(StrEnum):
    """What a figure is about."""

    MEANS = "means"
    """A measure's means, with their intervals."""
    DIFFERENCES = "differences"
    """Its paired differences from where a factor has its first value."""
    SERIES = "series"
    """Its means over time."""
    CURVE = "curve"
    """The mean of a curve."""


class FigurePart(Part):
    """A figure: of means, paired differences, lines over time or a curve."""

    means: str | None = Field(default=None, description="of this measure the means are drawn")
    differences: str | None = Field(
        default=None, description="of this measure paired differences are drawn"
    )
    series: str | None = Field(
        default=None, description="of this measure of the series the means over time are drawn"
    )
    curve: str | None = Field(default=None, description="of this curve the mean is drawn")
    across: str | None = Field(
        default=None,
        description="the factor from left to right, or in rows; by default the first number",
    )
    lines: str | None = Field(
        default=None,
        description="the factor that tells lines apart; by default the strategy, or another one; "
        "of differences: what is compared",
    )
    panels: str | None = Field(
        default=None, description="the factor that tells panels apart; by default another one"
    )
    base: Any = Field(
        default=None,
        description="of differences: the value of that factor that others are compared with; by "
        "default the first",
    )
    where: dict[str, Any] | None = Field(
        default=None,
        min_length=1,
        description="values of factors; runs that have others are left out",
    )
    title: str | None = Field(default=None, description="for people; by default what it is about")

    @property
    def kind(self) -> FigureKind:
        """Which one it is."""
        return self._kinds()[0]

    def _kinds(self) -> list[FigureKind]:
        return [kind for kind in FigureKind if getattr(self, kind) is not None]

    @property
    def subject(self) -> str:
        """The name of the measure or curve."""
        return str(getattr(self, self.kind))

    def rules(self) -> Iterable[Iterable[Problem]]:
        """Return what checks its kind, and what the kind has."""
        return [self._one_kind(), self._of_kind()]

    def _one_kind(self) -> Iterable[Problem]:
        if len(self._kinds()) != 1:
            yield (), f"must have one of {', '.join(FigureKind)}, with the name of what is drawn"

    def _of_kind(self) -> Iterable[Problem]:
        for kind in self._kinds():
            if self.across is not None and kind in (FigureKind.SERIES, FigureKind.CURVE):
                yield ("across",), f"says nothing beside {kind}, which has its own"
            if self.base is not None and kind is not FigureKind.DIFFERENCES:
                yield ("base",), f"says nothing beside {kind}: it is for differences"

    def factors(self) -> Iterable[tuple[str, str]]:
        """Yield each factor that it names, after the key that names it."""
        for key in ("across", "lines", "panels"):
            if (name := getattr(self, key)) is not None:
                yield key, name
