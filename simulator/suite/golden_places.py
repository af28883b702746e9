"""Where goldens are: one file for each scenario and set of parameters, whichever are run.

A folder of goldens mirrors the folder that it is in: the golden of `scenarios/a/b.yaml` is
`scenarios/golden/a/b.golden`. So where one is depends on nothing but the two, and it can be told of
each whether there is a scenario that it belongs to.
"""

import os
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path, PurePath
from typing import NamedTuple

from simulator.forms.parameters import Parameters
from simulator.reports.difference import read_lines
from simulator.reports.golden_lines import KEYS
from simulator.reports.golden_orphans import NEW, SUFFIX, Orphan, resembling, run_of
from simulator.scenario.language.collection import is_scenario_name, run_name
from simulator.scenario.language.source import conditions_of, read_sets
from simulator.system import files
from simulator.words.errors import ConfigurationError, ScenarioInvalid

MAX_COMPARED = 20
"""Of so many orphans it is found out which other goldens say much the same."""

_UP = "_"
"""Stands for a folder above: goldens never leave their own."""


def golden_file(folder: Path, file: Path, run: str) -> Path:
    """Return where the golden of a run is.

    Args:
        folder: where goldens are.
        file: the scenario's.
        run: the name of the run: of the file and of the set of parameters.
    """
    place, home = files.real(file.parent), files.real(folder)
    base = home if place.is_relative_to(home) else home.parent
    above = PurePath(os.path.relpath(place, base))
    return folder.joinpath(*(_UP if part == ".." else part for part in above.parts), run + SUFFIX)


def orphans(folder: Path, of_this_run: Collection[Path]) -> list[Orphan]:
    """Return the goldens in a folder, and below, that no scenario has, by name.

    Args:
        folder: where goldens are.
        of_this_run: those that are somebody's whatever their names are.
    """
    known = {files.real(file) for file in of_this_run}
    scenarios = cache(_scenarios_in)
    goldens = sorted(_goldens(folder))
    found = [
        Orphan(file, run_of(file), *why)
        for file in goldens
        if files.real(file) not in known and (why := _without_scenario(folder, file, scenarios))
    ]
    others = sorted({*goldens} - {orphan.file for orphan in found})
    for place, orphan in enumerate(found[:MAX_COMPARED]):
        if orphan.free and orphan.name.startswith(NEW):  # a set's has a scenario that it is of
            found[place] = replace(orphan, like=_like(orphan.file, others))
    return found


def _like(golden: Path, others: Iterable[Path]) -> Path | None:
    """Return another golden beside one that says much the same, if there is one."""
    try:
        lines = read_lines(golden)[len(KEYS) :]
    except ConfigurationError:
        return None
    return resembling(lines, (other for other in others if other.parent == golden.parent))


def _goldens(folder: Path) -> Iterator[Path]:
    for place, below, names in os.walk(folder):
        below[:] = [name for name in below if not name.startswith(".")]
        yield from (Path(place) / name for name in names if name.endswith(SUFFIX))


class _Why(NamedTuple):
    """Why a golden belongs to no scenario; the other fields are those of an `Orphan`."""

    reason: str
    name: str
    condition: str
    free: frozenset[Path]


def _without_scenario(
    folder: Path, golden: Path, scenarios: Callable[[Path], list[Path]]
) -> _Why | None:
    """Return why no scenario has a golden; None if one has."""
    parts = golden.parent.relative_to(folder).parts
    below = [".." if part == _UP else part for part in parts]
    name = golden.name.removesuffix(SUFFIX)
    found: _Why | None = None
    for base in _bases(folder):
        for file in scenarios(base.joinpath(*below)):
            if file.stem == name or name.startswith(f"{file.stem}."):
                found = _not_of(folder, file, name)
                if found is None:
                    return None
    if found is not None:
        return found
    beside = [file for base in _bases(folder) for file in scenarios(base.joinpath(*below))]
    home = os.path.relpath(files.real(folder).parent.joinpath(*below))
    with_a_set = ", be it with a set of parameters" if "." in name else ""
    _, dot, rest = name.partition(".")  # which stays, be it a set or a part of the file's name
    reason = f"there is no scenario {name} in {home}{with_a_set}"
    free = frozenset(place for file in beside for place in _missing(folder, file))
    return _Why(reason, f"{NEW}{dot}{rest}", "its scenario is called NEW by now", free)


def _bases(folder: Path) -> tuple[Path, Path]:
    """Return the folders that one of goldens may mirror."""
    return files.real(folder), files.real(folder).parent


def _missing(folder: Path, file: Path) -> Iterator[Path]:
    """Yield the goldens that there should be of a scenario file, but aren't.

    What is expected to fail has none.
    """
    try:
        sets = read_sets(file)
    except ScenarioInvalid:  # nobody knows before it is mended
        sets = ()
    for one in sets or (Parameters(),):
        place = golden_file(folder, file, run_name(file.name, one))
        if files.is_missing(place):
            conditions = conditions_of(str(file), one)
            if conditions is None or not conditions.xfail:
                yield place


def _not_of(folder: Path, file: Path, name: str) -> _Why | None:
    """Return why a golden is none of a scenario file's, whose name it begins with."""
    try:
        sets = [one.name for one in read_sets(file)]
    except ScenarioInvalid:  # nobody knows before it is mended
        return None
    wanted, shown = name[len(file.stem) + 1 :], os.path.relpath(file)
    if wanted in (sets or [""]):
        return None
    new, free = f"{file.stem}.NEW", frozenset(_missing(folder, file))
    if not wanted:
        return _Why(f"{shown} has sets of parameters by now", new, "it is of the set NEW", free)
    reason = f"{shown} has no set of parameters {wanted}"
    if not sets:
        return _Why(reason, file.stem, "it is of the whole file by now", free)
    return _Why(reason, new, "the set is called NEW by now", free)


def _scenarios_in(folder: Path) -> list[Path]:
    try:
        return [file for file in folder.iterdir() if is_scenario_name(file.name)]
    except OSError:
        return []
