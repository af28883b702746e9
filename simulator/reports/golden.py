"""Goldens: what a scenario did when somebody last looked and found it right.

A golden is the run's lines below a head that says what was run. It holds every event, so that a
rule that changes shows up as a readable difference, even where a scenario asserts nothing about it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from simulator.reports import golden_lines
from simulator.reports.difference import read_lines, write_lines
from simulator.reports.golden_difference import first_difference
from simulator.reports.golden_lines import FORMAT, KEYS, SCENARIO, SEED, VERSION
from simulator.reports.record import RunRecord
from simulator.system import files
from simulator.words.errors import ConfigurationError
from simulator.words.quoting import shortened, visible_line

RECORD = "--update-golden records it anew"

_CONFLICT = re.compile(r"<{7}( |$)|={7}$|>{7}( |$)|\|{7}( |$)")

ADDED, CHANGED, MOVED, UNCHANGED = "added", "changed", "moved", "unchanged"


@dataclass(frozen=True, slots=True)
class Orphan:
    """A golden that belongs to no scenario.

    Attributes:
        file: where it is.
        run: which seed and which content of a scenario it is of, as far as it says so.
        reason: why it belongs to none.
    """

    file: Path
    run: tuple[str, str]
    reason: str

    def __str__(self) -> str:
        """Return it as a line for people."""
        return f"{self.file} is an orphan: {self.reason}"


@dataclass(frozen=True, slots=True)
class Finding:
    """Why a run is not as its golden.

    Attributes:
        message: one line.
        details: the difference in its context, if there is one.
        line: where the task that led to it is in the scenario file, if one did.
    """

    message: str
    details: str = ""
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """What `record` has done.

    Attributes:
        file: the golden.
        what: "added", "changed", "moved" or "unchanged".
        more: how many lines it has that were not there before.
        less: how many lines were there that it does not have.
        source: where it was before, if it has moved.
    """

    file: Path
    what: str
    more: int = 0
    less: int = 0
    source: Path | None = None

    def __str__(self) -> str:
        """Return it as a line for people."""
        lines = (
            f": +{self.more} -{self.less} lines" if self.more or self.less else ": another order"
        )
        lines = lines if self.what == CHANGED else ""
        source = f", from {self.source}" if self.source else ""
        return f"{self.what:<9}  {self.file}{lines}{source}"


def record(report: RunRecord, file: Path, orphans: Sequence[Orphan] = ()) -> Recorded:
    """Write a golden, unless it says the same already.

    Args:
        report: a run that passed.
        file: where to.
        orphans: goldens without a scenario; one of the same scenario has another name now.

    Raises:
        ConfigurationError: it cannot be written.
    """
    new = text_of(report)
    source = _renamed(report, orphans) if files.is_missing(file) else None
    old: list[str] = []
    if not files.is_missing(file):
        try:
            old = read_lines(file)
        except ConfigurationError:  # whatever it is, it is no golden
            old = [""]
    if _but_version(old) == _but_version(new):
        return Recorded(file, UNCHANGED)
    write_lines(new, file)
    more, less = golden_lines.changes(old, new)
    what = MOVED if source else CHANGED if old else ADDED
    return Recorded(file, what, more.total(), less.total(), source)


def text_of(report: RunRecord) -> list[str]:
    """Return a run as the lines of a golden."""
    head = [f"{key} {value}" for key, value in golden_lines.head(report).items()]
    return head + [line.text for line in golden_lines.lines(report)]


def compare(report: RunRecord, file: Path, orphans: Sequence[Orphan] = ()) -> Finding | None:
    """Compare a run with its golden.

    Args:
        report: what happened.
        file: what should have.
        orphans: goldens without a scenario, one of which may be this one's by another name.

    Returns:
        None when they are equal; else what differs, or why nothing can be compared.
    """
    if files.is_missing(file):
        source = _renamed(report, orphans)
        if source is None:
            return Finding(f"{file} does not exist: record it with --update-golden")
        return Finding(
            f"{file} does not exist; looks renamed from {source}: --update-golden moves it"
        )
    try:
        text = read_lines(file)
    except ConfigurationError as error:
        return Finding(str(error))
    if reason := _unusable(text) or _of_another_run(text, report):
        return Finding(f"{file}: {reason}")
    return _compare_lines(report, file, text)


def _compare_lines(report: RunRecord, file: Path, text: list[str]) -> Finding | None:
    difference = first_difference(text, len(KEYS), golden_lines.lines(report))
    head = _head(text)
    if head[SCENARIO] != report.scenario.content:
        edited = f"{report.scenario.file} has been edited since {file} was recorded"
        if difference is None:
            return Finding(f"{edited}, and does what it did: {RECORD}")
        told = f"{edited}, which may be why: {difference.message} ({RECORD})"
    elif difference is None:
        return None
    else:
        told = f"not as in {file}: {difference.message}"
    if head[VERSION] != golden_lines.version():
        then, now = _quoted(head[VERSION]), golden_lines.version()
        told += f"; it was recorded by version {then} of the simulator, this is {now}"
    task = difference.task
    return Finding(told, difference.explain(), task.line if task else None)


def _unusable(text: Sequence[str]) -> str | None:
    """Return why a text is no golden that this version can compare with."""
    for number, line in enumerate(text, 1):
        if _CONFLICT.match(line):
            return (
                f"line {number} is a mark of a merge conflict: merge the scenario, "
                f"look at both sides here, and {RECORD}"
            )
    head = _head(text)
    if "golden" not in head:
        return f"it is no golden: its first line should be `golden {FORMAT}`; {RECORD}"
    if head["golden"] != str(FORMAT):
        by = f", of version {_quoted(head[VERSION])} of the simulator" if VERSION in head else ""
        return (
            f"it has format {_quoted(head['golden'])}{by}, "
            f"and this version knows format {FORMAT}: {RECORD}"
        )
    if missing := [key for key in KEYS if key not in head]:
        return f"it does not say its {missing[0]} where it should: {RECORD}"
    return None


def _of_another_run(text: Sequence[str], report: RunRecord) -> str | None:
    seed = _head(text)[SEED]
    if seed == str(report.seed):
        return None
    return (
        f"it was recorded with seed {_quoted(seed)}, and this run has seed {report.seed}: "
        "they can't be compared"
    )


def _head(text: Sequence[str]) -> dict[str, str]:
    """Return what a golden says of itself, as far as it does."""
    found: dict[str, str] = {}
    for key, line in zip(KEYS, text, strict=False):
        name, _, value = line.partition(" ")
        if name != key:
            break
        found[key] = value
    return found


def _but_version(text: Sequence[str]) -> list[str]:
    return [line for n, line in enumerate(text) if n >= len(KEYS) or KEYS[n] != VERSION]


def _renamed(report: RunRecord, orphans: Sequence[Orphan]) -> Path | None:
    """Return the orphan that is this run's golden by another name."""
    own = (str(report.seed), report.scenario.content)
    return next((orphan.file for orphan in orphans if orphan.run == own), None)


def _quoted(text: str) -> str:
    return shortened(visible_line(text))
