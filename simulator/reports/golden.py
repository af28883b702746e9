"""Goldens: what a scenario did when somebody last looked and found it right.

A golden is the run's lines below a head that says what was run. It holds every event, so that a
rule that changes shows up as a readable difference, even where a scenario asserts nothing about it.
"""

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from simulator.reports import golden_lines
from simulator.reports.difference import MAX_BYTES, read_lines
from simulator.reports.golden_difference import GoldenDifference, first_difference
from simulator.reports.golden_edits import Edit, edit_of, first_beyond
from simulator.reports.golden_lines import FORMAT, KEYS, SCENARIO, SEED, VERSION
from simulator.reports.golden_orphans import (
    Orphan,
    move,
    perhaps_renamed,
    recorded_as,
    renamed,
    swap,
)
from simulator.reports.option_names import COMMAND_LINE, OptionNames
from simulator.reports.record import RunRecord
from simulator.system import files
from simulator.words.errors import ConfigurationError
from simulator.words.quoting import shortened, visible_line

AGAIN = "take it from version control again"
"""What to do with a golden that was cut off."""

SIDES = ("HEAD", "MERGE_HEAD")
"""What git calls the sides of a merge."""

_CONFLICT = re.compile(r"<{7}( |$)|={7}$|>{7}( |$)|\|{7}( |$)")


@dataclass(frozen=True, slots=True)
class GoldenFinding:
    """Why a run is not as its golden.

    Attributes:
        message: one line.
        details: the difference in its context, if there is one.
        line: where the task that led to it is in the scenario file, if one did.
        place: the place of that task.
        source: the orphan that its golden is, or may be, by another name.
        preface: the beginning of the message, before what differs; empty if that comes first.
        brief: what differs in a few words; empty if that is the message.
        remedy: an option that is in the way, or missing, in words; it compares with the golden.
    """

    message: str
    details: str = ""
    line: int | None = None
    place: str = ""
    source: Path | None = None
    preface: str = ""
    brief: str = ""
    remedy: str = ""


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
    if (other := recorded_as(report, file)) is not None:
        return _of_another_name(report, file, other, orphans, option_names)
    found = _compare_with(report, file, option_names)
    if found is not None and _has_half_a_line(file):
        told = "its last line has no end, as of a file that was cut off"
        return GoldenFinding(f"{file}: {_not_whole(told, _anew(option_names, report))}")
    return found


def _not_whole(reason: str, anew: str) -> str:
    """Say that a golden was cut off, and what to do."""
    return f"it is not whole: {reason}; {AGAIN}, or {anew}"


def _has_half_a_line(file: Path) -> bool:
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
    anew = _anew(option_names, report)
    reason = _unusable(file, text, anew)
    if not reason and (found := _of_another_run(text, report, option_names)):
        return replace(found, message=f"{file}: {found.message}")
    reason = reason or _cut_off(text, report, anew)
    if reason:
        return GoldenFinding(f"{file}: {reason}")
    return _compare_lines(report, file, text, anew)


def _without_golden(
    report: RunRecord, file: Path, orphans: Sequence[Orphan], option_names: OptionNames
) -> GoldenFinding:
    """Tell what there is instead of a golden, and what to do."""
    missing, of_set = f"{file} does not exist", report.scenario.set_line
    if source := renamed(report, orphans):
        found = _compare_with(report, source, option_names)
        if found is None:
            brief = f"{missing}; looks renamed from {source}"
            told = f"{brief}: {option_names.record} moves it"
            return GoldenFinding(told, line=of_set, source=source, brief=brief)
        told = f"it has no golden; it looks renamed, but {_without_names(found, source)}"
        told += f"; {move(source, file)} keeps the old record"
        brief = f"it looks renamed, but: {found.brief}" if found.brief else ""
        return replace(found, message=told, source=source, preface="", brief=brief)
    lines = [line.text for line in golden_lines.lines(report)]
    if source := perhaps_renamed(report, lines, orphans):
        found = _perhaps_renamed(report, file, source, option_names)
        return replace(found, line=found.line or of_set, source=source)
    return GoldenFinding(f"{missing}: record it with {option_names.record}", line=of_set)


def _perhaps_renamed(
    report: RunRecord, file: Path, source: Path, option_names: OptionNames
) -> GoldenFinding:
    """Say what a golden by another name may be, and what the run after moving it will tell."""
    told, record = "it has no golden; perhaps it was renamed", option_names.record
    text = read_lines(source)
    if reason := _unusable(source, text, f"{record} records it"):
        gone = f"`{shlex.join(['rm', str(source)])}`"
        told += f" from {source}, which can't be compared: {reason}; then {gone}"
        return GoldenFinding(told)
    is_edited = _head(text)[SCENARIO] != report.scenario.content
    told += ", and edited" if is_edited else ""
    then, now, scenario = seed_of(text), report.seed, report.scenario
    moves = move(source, file)
    if then is None or then == now:
        shows = "and the next run shows what differs"
        all_told = f"{told}: {moves}, {shows}; else record it with {record}"
        return GoldenFinding(all_told, brief=told)
    if now != scenario.seed:
        told += f"; it was recorded with seed {then}, and this run has seed {now}"
        compares = f"{option_names.for_seed(then, scenario.seed)} compares with it"
        return GoldenFinding(f"{told}: {moves} keeps the old record, and {compares}", brief=told)
    place = f" ({scenario.seed_place})" if scenario.seed_place else ""
    told += f", and its seed changed from {then} to {now}{place}"
    meant = f"{moves} keeps the old record; if {now} is meant, record it with {record}"
    return GoldenFinding(f"{told}: {meant}", line=scenario.seed_line, brief=told)


def _of_another_name(
    report: RunRecord, file: Path, other: Path, orphans: Sequence[Orphan], option_names: OptionNames
) -> GoldenFinding:
    """Tell that a golden is of another scenario, and the one of this has another name."""
    found = _compare_with(report, other, option_names)
    is_free = any(orphan.file == other for orphan in orphans)
    if is_free:
        told = f"its golden is of another scenario; {move(other, file)} puts its own there"
    else:
        told = "its golden is of another scenario, and its own has another name: if the two "
        told += f"were swapped, {swap(file, other)} swaps their goldens too, else "
        told += _anew(option_names, report)
    source = other if is_free else None
    if found is None:
        return GoldenFinding(told, source=source)
    told += f"; it {_without_names(found, other)}"
    return replace(found, message=told, source=source, preface="", brief="")


def _without_names(found: GoldenFinding, file: Path) -> str:
    """Return a finding about a golden that is named anyway."""
    differs = found.message.removeprefix(f"not as in {file}: ")
    if differs != found.message:
        return f"does something else: {differs}"
    return f"can't be compared with that golden: {found.message.removeprefix(f'{file}: ')}"


def _cut_off(text: Sequence[str], report: RunRecord, anew: str) -> str | None:
    """Return why a golden of the same scenario can't be whole, though its last line is.

    Of an edited one nobody knows: its last tasks may be new.
    """
    if _head(text)[SCENARIO] != report.scenario.content:
        return None
    task = first_beyond(text, len(KEYS), golden_lines.lines(report))
    if not task:
        return None
    return _not_whole(f"it ends before {task}, and the scenario is as it was", anew)


def _compare_lines(
    report: RunRecord, file: Path, text: list[str], anew: str
) -> GoldenFinding | None:
    lines, head, edit = golden_lines.lines(report), _head(text), None
    difference = first_difference(text, len(KEYS), lines)
    task = None if difference is None else difference.task
    if head[SCENARIO] != report.scenario.content:
        edit = edit_of(text, len(KEYS), lines)
        if edit is not None and edit.can_explain_moves(lines):
            difference = first_difference(text, len(KEYS), lines, edit.moved) or difference
        told = _edited(file, difference, edit)
        if difference is None or edit is None or edit.can_explain(difference):
            task = next(iter(edit.edited), task) if edit is not None else task
            told += f" ({anew})" if difference is not None else f": {anew}"
        elif report.passed:
            told += f"; if it is meant, {anew}"
    elif difference is None:
        return None
    else:
        told = f"not as in {file}: {difference.message}{_of_the_simulator(head[VERSION])}"
        if difference.number > len(text):
            told += f"; there the golden ends: if it was cut off, {AGAIN}"
        told += f"; if it is meant, {anew}" if report.passed else ""
    if difference is None:
        return GoldenFinding(told)
    is_edited = head[SCENARIO] != report.scenario.content
    if is_edited and head[VERSION] != golden_lines.version():
        then, now = _quoted(head[VERSION]), golden_lines.version()
        told += f"; it was recorded by version {then} of the simulator, this is {now}"
    fact = difference.what
    if edit is not None and edit.told and edit.can_explain(difference):
        fact = edit.tasks
    preface = told.partition(fact)[0]
    found = GoldenFinding(told, difference.explain(), preface=preface, brief=fact)
    return found if task is None else replace(found, line=task.line, place=task.path)


def _of_the_simulator(then: str) -> str:
    """Say what has changed where nobody has edited anything.

    Args:
        then: the version that has recorded the golden.
    """
    now = golden_lines.version()
    versions = f"{now} then and now" if then == now else f"{_quoted(then)} then, {now} now"
    return (
        "; the scenario and the seed are as they were, so it is "
        f"the simulator ({versions}) or what it uses"
    )


def _edited(file: Path, difference: GoldenDifference | None, edit: Edit | None) -> str:
    """Say what an edit has changed, or that it can't have."""
    edited = f"the scenario has been edited since {file} was recorded"
    if difference is None:
        return f"{edited}, and does what it did"
    if edit is None:
        return f"{edited}, which may be why they differ: {difference.message}"
    if not edit.can_explain(difference):
        return (
            f"not as in {file}: {difference.message}; the scenario has been edited too "
            f"({edit.tasks}), but that comes later and can't explain it, as only an edit outside "
            "of its tasks could"
        )
    if edit.is_difference(difference):
        return f"{edited}: {edit.tasks}; {edit.consequences}"
    why = f"which may be why they differ: {difference.message}"
    if not edit.told:
        return f"{edited}, {edit.tasks}, {why}"
    return f"{edited}: {edit.tasks}, {why}; {edit.consequences}"


def _anew(option_names: OptionNames, report: RunRecord) -> str:
    """Say how to record anew, and when."""
    told = f"{option_names.record} records it anew"
    if report.scenario.xfail:
        return f"once `xfail` is out of line {report.scenario.xfail_line}, {told}"
    return told if report.passed else f"once it passes, {told}"


def _unusable(file: Path, text: Sequence[str], anew: str) -> str | None:
    """Return why a text is no golden that this version can compare with.

    Args:
        file: where it is.
        text: its lines.
        anew: how to record it anew.
    """
    if number := mark_of_a_conflict(text):
        sides = (shlex.join(["git", "diff", side, "--", str(file)]) for side in SIDES)
        return (  # of the scenario nothing is left to merge, or it would not have run
            f"line {number} of the golden is a mark of a merge conflict, and the scenario has "
            f"none: {anew}; see that it differs from each side by what the other one did: "
            + ", ".join(f"`{command}`" for command in sides)
        )
    head = _head(text)
    if "golden" not in head:
        return f"it is no golden: its first line should be `golden {FORMAT}`; {anew}"
    if head["golden"] != str(FORMAT):
        by = f", of version {_quoted(head[VERSION])} of the simulator" if VERSION in head else ""
        return (
            f"it has format {_quoted(head['golden'])}{by}, "
            f"and this version knows format {FORMAT}: {anew}"
        )
    if missing := [key for key in KEYS if key not in head]:
        told = f"it does not say its {missing[0]} where it should: {anew}"
        is_over = len(text) == len(head)
        return _not_whole(f"it ends before its {missing[0]}", anew) if is_over else told
    if seed_of(text) is None:
        return f"its seed is no number, but {_quoted(head[SEED])}: {anew}"
    return None


def _of_another_run(
    text: Sequence[str], report: RunRecord, option_names: OptionNames
) -> GoldenFinding | None:
    then, now = seed_of(text), report.seed
    if then is None or then == now:
        return None
    scenario = report.scenario
    brief = f"it was recorded with seed {then}, and this run has seed {now}"
    told = f"{brief}: they can't be compared"
    if now == scenario.seed:
        anew = _anew(option_names, report)
        remedy = f"write `seed: {then}` into {scenario.seed_home}; if {now} is meant, {anew}"
        return GoldenFinding(f"{told}; {remedy}", line=scenario.seed_line, brief=brief)
    remedy = option_names.for_seed(then, scenario.seed)
    return GoldenFinding(f"{told}; {remedy} compares with it", brief=brief, remedy=remedy)


def mark_of_a_conflict(text: Sequence[str]) -> int:
    """Return the number of the first line that is a mark of a merge conflict; 0 if none is."""
    return next((number for number, line in enumerate(text, 1) if _CONFLICT.match(line)), 0)


def seed_of(text: Sequence[str]) -> int | None:
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


def _quoted(text: str) -> str:
    return shortened(visible_line(text))
