"""Which factor goes from left to right, which one tells lines apart, and which one panels."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from simulator.studies.design import STRATEGY
from simulator.studies.figures.rendering import MAX_LINES, MAX_PANELS
from simulator.studies.findings import Findings
from simulator.system.table_files import ColumnKind
from simulator.words.errors import ConfigurationError
from simulator.words.quoting import shortened, visible_line

MAX_LABEL = 40
USUAL_PANELS = 6
"""Of a factor with more values, nobody has asked for a panel each."""


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Where the factors of a figure are.

    Attributes:
        across: from left to right, or in rows; None: no factor is.
        lines: each value has a line; None: there is only one.
        panels: each value has a panel; None: there is only one.
        averaged: what differs beside them; a replication counts with its mean over these.
    """

    across: str | None
    lines: str | None
    panels: str | None
    averaged: tuple[str, ...]

    @property
    def by(self) -> list[str]:
        """The factors that tell means apart."""
        return [name for name in (self.panels, self.lines, self.across) if name is not None]


def numeric(findings: Findings) -> list[str]:
    """Return the factors that are numbers, and differ."""
    kinds = kinds_of(findings)
    numbers = (ColumnKind.WHOLE, ColumnKind.NUMBER)
    return [
        name
        for name in findings.factors
        if kinds[name] in numbers and len(findings.values(name)) > 1
    ]


def kinds_of(findings: Findings) -> dict[str, str]:
    """Return the types of the columns of runs."""
    for name, kinds in findings.manifest["tables"].items():
        if name.partition(".")[0] == "runs":
            return dict(kinds)
    return {}


def arranged(
    findings: Findings,
    across: str | None = None,
    lines: str | None = None,
    panels: str | None = None,
) -> Arrangement:
    """Return where the factors go that nobody has given a place.

    Raises:
        ConfigurationError: there is no such factor, or it has too many values for its place.
    """
    given = [name for name in (across, lines, panels) if name is not None]
    for name in given:
        findings.values(name)
        if given.count(name) > 1:
            raise ConfigurationError(f"{name} has two places in the figure: give it one.")
    free = [name for name in _varying(findings, across) if name not in given]
    if lines is None:
        lines = _taken(findings, free, MAX_LINES, STRATEGY)
    elif len(findings.values(lines)) > MAX_LINES:
        raise ConfigurationError(
            f"{lines} has {len(findings.values(lines))} values; a figure has {MAX_LINES} lines at "
            "most: choose some with where, or put it elsewhere."
        )
    if panels is None:
        panels = _taken(findings, free, USUAL_PANELS)
    elif len(findings.values(panels)) > MAX_PANELS:
        raise ConfigurationError(
            f"{panels} has {len(findings.values(panels))} values; a figure has {MAX_PANELS} panels "
            "at most: choose some with where, or put it elsewhere."
        )
    return Arrangement(across, lines, panels, tuple(free))


def _varying(findings: Findings, across: str | None) -> list[str]:
    """Return the other factors that differ where this one does not.

    Those that follow from it are not among them, nor what was drawn together with it.
    """
    found = []
    for name in findings.factors:
        pairs = {(None if across is None else row[across], row[name]) for row in findings.runs}
        if name != across and len(pairs) > len({value for value, _ in pairs}):
            found.append(name)
    return found


def _taken(findings: Findings, free: list[str], most: int, first: str = "") -> str | None:
    """Take a factor that has a value for each place, and no more; one is preferred."""
    for name in sorted(free, key=lambda name: name != first):
        if len(findings.values(name)) <= most:
            free.remove(name)
            return name
    return None


def label_of(factor: str, factors: Sequence[str]) -> str:
    """Return what people call a factor: the end of its name, if no other ends like that."""
    last = factor.rpartition(".")[2]
    ends = [name.rpartition(".")[2] for name in factors]
    return told(last if ends.count(last) == 1 else factor)


def told(value: Any) -> str:
    """Return a value, or a name, for people."""
    if isinstance(value, float):
        return f"{value:.6g}"
    return shortened(visible_line(str(value)), MAX_LABEL).replace("_", " ")
