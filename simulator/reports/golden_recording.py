"""Recording goldens: what a run leaves to be compared with, and what is told of that."""

import shlex
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from simulator.reports import golden_lines
from simulator.reports.difference import read_lines, write_lines
from simulator.reports.golden import mark_of_a_conflict, seed_of, text_of
from simulator.reports.golden_lines import KEYS, VERSION
from simulator.reports.golden_orphans import Orphan, perhaps_renamed, renamed
from simulator.reports.option_names import COMMAND_LINE, OptionNames
from simulator.reports.record import RunRecord
from simulator.system import files
from simulator.words.errors import ConfigurationError

ADDED, CHANGED, MOVED, UNCHANGED = "added", "changed", "moved", "unchanged"

HAD_MARKS = "it had marks of a merge conflict"


@dataclass(frozen=True, slots=True)
class Recorded:
    """What `record` has done.

    Attributes:
        file: the golden.
        what: "added", "changed", "moved" or "unchanged".
        more: how many lines it has that were not there before.
        less: how many lines were there that it does not have.
        source: where it was before, if it has moved.
        note: what is to be known of it.
        instead_of: an orphan that it may have been by another name, and that is still there.
    """

    file: Path
    what: str
    more: int = 0
    less: int = 0
    source: Path | None = None
    note: str = ""
    instead_of: Path | None = None

    def __str__(self) -> str:
        """Return it as a line for people."""
        lines = f": +{self.more} -{self.less} lines" if self.more or self.less else ""
        if self.what == ADDED:
            lines = ""
        elif self.what == CHANGED:
            lines = lines or ": another order" * (not self.note)
        source = f", from {self.source}" if self.source else ""
        parts = [f"{self.what:<9}  {self.file}{source}{lines}", *filter(None, (self.note,))]
        if self.instead_of is not None:
            gone = shlex.join(["rm", str(self.instead_of)])
            parts.append(f"perhaps it was renamed, but recorded anew: `{gone}`")
        return "; ".join(parts)


def record(
    report: RunRecord,
    file: Path,
    orphans: Sequence[Orphan] = (),
    option_names: OptionNames = COMMAND_LINE,
) -> Recorded:
    """Write a golden, unless it says the same already.

    Args:
        report: a run that passed.
        file: where to.
        orphans: goldens without a scenario; one of the same scenario has another name now.
        option_names: what options are called where the user has come in.

    Raises:
        ConfigurationError: it cannot be written, or is of another seed than this run, which has one
            that the scenario does not say: the next comparison would fail.
    """
    new = text_of(report)
    is_new = files.is_missing(file)
    source = renamed(report, orphans) if is_new else None
    old = _lines_of(source or file) if source or not is_new else []
    if _but_version(old) == _but_version(new):
        if source is None:
            return Recorded(file, UNCHANGED)
        new = old
    note = _about_seeds(seed_of(old), report, file, option_names)
    other = None
    if is_new and source is None:
        other = perhaps_renamed(report, new[len(KEYS) :], orphans)
    write_lines(new, file)
    more, less = golden_lines.changes(old, new)
    if mark_of_a_conflict(old):  # of both sides it has lines, and of neither all
        more, less, note = Counter(), Counter(), "; ".join(filter(None, (HAD_MARKS, note)))
    what = MOVED if source else ADDED if is_new else CHANGED
    return Recorded(file, what, more.total(), less.total(), source, note, other)


def is_possible(report: RunRecord, file: Path, orphans: Sequence[Orphan] = ()) -> bool:
    """Tell whether a run that passed can be recorded; see `record`."""
    source = renamed(report, orphans) if files.is_missing(file) else file
    then = None if source is None else seed_of(_lines_of(source))
    return then in {None, report.seed} or report.seed == report.scenario.seed


def _lines_of(file: Path) -> list[str]:
    """Return what a golden says; something else than any run if it can't be read."""
    try:
        return read_lines(file)
    except ConfigurationError:  # whatever it is, it is no golden
        return [""]


def moved_once(recorded: Iterable[Recorded]) -> list[Recorded]:
    """Return what was recorded, each orphan once: of two that it may be the first has moved."""
    recorded, found = list(recorded), list[Recorded]()
    sources = {one.source for one in recorded}
    for one in recorded:
        if one.source is not None and any(one.source == other.source for other in found):
            found.append(replace(one, what=ADDED, source=None))
        elif one.instead_of in sources:
            found.append(replace(one, instead_of=None))
        else:
            found.append(one)
    return found


def _about_seeds(then: int | None, report: RunRecord, file: Path, option_names: OptionNames) -> str:
    """Return what is to be known of the seed that a golden gets.

    Args:
        then: the seed that it has; None: none.
        report: the run.
        file: the golden.
        option_names: what options are called where the user has come in.

    Raises:
        ConfigurationError: nobody has said that it should have another one.
    """
    now, is_of_file = report.seed, report.seed == report.scenario.seed
    if then not in {None, now}:
        if not is_of_file:
            again = option_names.for_seed(then, report.scenario.seed)
            raise ConfigurationError(
                f"{file} stays as it is: it was recorded with seed {then}, and this run has "
                f"seed {now}; {again} records it anew; if seed {now} is meant from now on, write "
                f"`seed: {now}` into {report.scenario.seed_home}"
            )
        return f"with seed {now}, which was {then}"
    if is_of_file:
        return ""
    return (
        f"with seed {now}, which the scenario does not say: {option_names.with_seed(now)} compares"
    )


def _but_version(text: Sequence[str]) -> list[str]:
    return [line for n, line in enumerate(text) if n >= len(KEYS) or KEYS[n] != VERSION]
