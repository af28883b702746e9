"""Goldens: what a scenario did when somebody last looked and found it right.

A golden is the run's lines below a head that says what was run. It holds every event, so that a
rule that changes shows up as a readable difference, even where a scenario asserts nothing about it.
"""

import re
import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from simulator.reports import golden_lines
from simulator.reports.difference import MAX_BYTES, read_lines, write_lines
from simulator.reports.golden_difference import GoldenDifference, first_difference
from simulator.reports.golden_edits import Edit, edit_of
from simulator.reports.golden_lines import FORMAT, KEYS, SCENARIO, SEED, VERSION
from simulator.reports.golden_orphans import Orphan, move, renamed, resembling
from simulator.reports.option_names import COMMAND_LINE, OptionNames
from simulator.reports.record import RunRecord
from simulator.system import files
from simulator.words.errors import ConfigurationError
from simulator.words.quoting import shortened, visible_line

_CONFLICT = re.compile(r"<{7}( |$)|={7}$|>{7}( |$)|\|{7}( |$)")

ADDED, CHANGED, MOVED, UNCHANGED = "added", "changed", "moved", "unchanged"


@dataclass(frozen=True, slots=True)
class GoldenFinding:
    """Why a run is not as its golden.

    Attributes:
        message: one line.
        details: the difference in its context, if there is one.
        line: where the task that led to it is in the scenario file, if one did.
        place: the place of that task.
        source: the orphan that its golden is, or may be, by another name.
    """

    message: str
    details: str = ""
    line: int | None = None
    place: str = ""
    source: Path | None = None


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
            lines = lines or ": another order"
        source = f", from {self.source}" if self.source else ""
        parts = [f"{self.what:<9}  {self.file}{source}{lines}", *filter(None, (self.note,))]
        if self.instead_of is not None:
            gone = shlex.join(["rm", str(self.instead_of)])
            parts.append(f"perhaps renamed from {self.instead_of}, but recorded anew: `{gone}`")
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
    note = _about_seeds(_seed(old), report, file, option_names)
    other = resembling(new[len(KEYS) :], orphans) if is_new and source is None else None
    write_lines(new, file)
    more, less = golden_lines.changes(old, new)
    what = MOVED if source else ADDED if is_new else CHANGED
    return Recorded(file, what, more.total(), less.total(), source, note, other)


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
                f"`seed: {now}` into the scenario"
            )
        return f"with seed {now}, which was {then}"
    if is_of_file:
        return ""
    return (
        f"with seed {now}, which the scenario does not say: {option_names.with_seed(now)} compares"
    )


def text_of(report: RunRecord) -> list[str]:
    """Return a run as the lines of a golden."""
    head = [f"{key} {value}" for key, value in golden_lines.head(report).items()]
    return head + [line.text for line in golden_lines.lines(report)]


def compare(
    report: RunRecord,
    file: Path,
    orphans: Sequence[Orphan] = (),
    option_names: OptionNames = COMMAND_LINE,
) -> GoldenFinding | None:
    """Compare a run with its golden.

    Args:
        report: what happened.
        file: what should have.
        orphans: goldens without a scenario, one of which may be this one's by another name.
        option_names: what options are called where the user has come in.

    Returns:
        None when they are equal; else what differs, or why nothing can be compared.
    """
    if files.is_missing(file):
        return _without_golden(report, file, orphans, option_names)
    found = _compare_with(report, file, option_names)
    if found is not None and _is_cut_off(file):
        reason = "it is not whole: its last line has no end, as of a file that was cut off"
        remedy = f"take it from version control again, or {_anew(option_names, report)}"
        return GoldenFinding(f"{file}: {reason}; {remedy}")
    return found


def _is_cut_off(file: Path) -> bool:
    """Tell whether a golden does not end where a line does, as each does that was recorded."""
    try:
        text = files.read_text(file, MAX_BYTES)
    except ConfigurationError:
        return False
    return text != "" and not text.endswith("\n")


def _compare_with(report: RunRecord, file: Path, option_names: OptionNames) -> GoldenFinding | None:
    """Compare with a golden that is there."""
    try:
        text = read_lines(file)
    except ConfigurationError as error:
        return GoldenFinding(str(error))
    if reason := _unusable(text, option_names) or _of_another_run(text, report, option_names):
        return GoldenFinding(f"{file}: {reason}")
    return _compare_lines(report, file, text, option_names)


def _without_golden(
    report: RunRecord, file: Path, orphans: Sequence[Orphan], option_names: OptionNames
) -> GoldenFinding:
    """Tell what there is instead of a golden, and what to do."""
    missing = f"{file} does not exist"
    if source := renamed(report, orphans):
        found = _compare_with(report, source, option_names)
        if found is None:
            told = f"{missing}; looks renamed from {source}: {option_names.record} moves it"
            return GoldenFinding(told, source=source)
        differs = found.message.removeprefix(f"not as in {source}: ")
        told = f"{missing}; looks renamed from {source}, but does something else: {differs}"
        told += f"; {move(source, file)} keeps the old record"
        return replace(found, message=told, source=source)
    if source := resembling([line.text for line in golden_lines.lines(report)], orphans):
        told = (
            f"{missing}; perhaps renamed from {source}, and edited: {move(source, file)}, and "
            f"the next run shows what differs; else record it with {option_names.record}"
        )
        return GoldenFinding(told, source=source)
    return GoldenFinding(f"{missing}: record it with {option_names.record}")


def _compare_lines(
    report: RunRecord, file: Path, text: list[str], option_names: OptionNames
) -> GoldenFinding | None:
    lines, head = golden_lines.lines(report), _head(text)
    difference = first_difference(text, len(KEYS), lines)
    anew = _anew(option_names, report)
    if head[SCENARIO] != report.scenario.content:
        edit = edit_of(text, len(KEYS), lines)
        told = _edited(report, file, difference, edit)
        if difference is None or edit is None or edit.can_explain(difference):
            told += f" ({anew})" if difference is not None else f": {anew}"
    elif difference is None:
        return None
    else:
        told = f"not as in {file}: {difference.message}"
        told += f"; if it is meant, {anew}" if report.passed else ""
    if difference is None:
        return GoldenFinding(told)
    if head[VERSION] != golden_lines.version():
        then, now = _quoted(head[VERSION]), golden_lines.version()
        told += f"; it was recorded by version {then} of the simulator, this is {now}"
    if difference.task is None:
        return GoldenFinding(told, difference.explain())
    return GoldenFinding(told, difference.explain(), difference.task.line, difference.task.path)


def _edited(
    report: RunRecord, file: Path, difference: GoldenDifference | None, edit: Edit | None
) -> str:
    """Say what an edit has changed, or that it can't have."""
    edited = f"{report.scenario.file} has been edited since {file} was recorded"
    if difference is None:
        return f"{edited}, and does what it did"
    if edit is None:
        return f"{edited}, which may be why it differs from {file.name}: {difference.message}"
    if not edit.can_explain(difference):
        return (
            f"not as in {file}: {difference.message}; the scenario has been edited too "
            f"({edit.tasks}), but that comes later and can't explain it, as only an edit outside "
            "of its tasks could"
        )
    if edit.is_difference(difference):
        return f"{edited}: {edit.tasks}; {edit.consequences}"
    why = f"which may be why it differs from {file.name}: {difference.message}"
    if not edit.told:
        return f"{edited}, {edit.tasks}, {why}"
    return f"{edited}: {edit.tasks}, {why}; {edit.consequences}"


def _anew(option_names: OptionNames, report: RunRecord | None = None) -> str:
    """Say how to record anew, and when."""
    told = f"{option_names.record} records it anew"
    if report is None:
        return told
    if report.scenario.xfail:
        return f"once `xfail` is out of the file, {told}"
    return told if report.passed else f"once it passes, {told}"


def _unusable(text: Sequence[str], option_names: OptionNames) -> str | None:
    """Return why a text is no golden that this version can compare with."""
    for number, line in enumerate(text, 1):
        if _CONFLICT.match(line):
            return (
                f"line {number} is a mark of a merge conflict: merge the scenario, "
                f"look at both sides here, and {_anew(option_names)}"
            )
    head = _head(text)
    if "golden" not in head:
        return f"it is no golden: its first line should be `golden {FORMAT}`; {_anew(option_names)}"
    if head["golden"] != str(FORMAT):
        by = f", of version {_quoted(head[VERSION])} of the simulator" if VERSION in head else ""
        return (
            f"it has format {_quoted(head['golden'])}{by}, "
            f"and this version knows format {FORMAT}: {_anew(option_names)}"
        )
    if missing := [key for key in KEYS if key not in head]:
        return f"it does not say its {missing[0]} where it should: {_anew(option_names)}"
    if _seed(text) is None:
        return f"its seed is no number, but {_quoted(head[SEED])}: {_anew(option_names)}"
    return None


def _of_another_run(
    text: Sequence[str], report: RunRecord, option_names: OptionNames
) -> str | None:
    then, now = _seed(text), report.seed
    if then is None or then == now:
        return None
    scenario = report.scenario
    remedy = f"{option_names.for_seed(then, scenario.seed)} compares with it"
    if now == scenario.seed:
        place = scenario.seed_place or "the scenario"
        remedy = f"write `seed: {then}` into {place}; if {now} is meant, {_anew(option_names)}"
    return (
        f"it was recorded with seed {then}, and this run has seed {now}: "
        f"they can't be compared; {remedy}"
    )


def _seed(text: Sequence[str]) -> int | None:
    """Return the seed that a golden says that it has; None if it doesn't."""
    seed = _head(text).get(SEED, "")
    return int(seed) if re.fullmatch(r"-?[0-9]{1,20}", seed) else None


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


def _quoted(text: str) -> str:
    return shortened(visible_line(text))
