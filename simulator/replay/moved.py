"""Where the scenario file of a manifest may be by now, by any name.

It has the same content, or else most of the words of the tasks that were recorded.
"""

import os
import re
import shlex
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

from simulator.reports.golden_lines import task_text
from simulator.reports.manifest import sha256
from simulator.reports.record import TaskRecord
from simulator.scenario.language.collection import is_scenario_name
from simulator.system import files
from simulator.words.errors import ConfigurationError

MAX_LOOKED_AT = 1_000
MAX_NAMED = 3
MAX_BYTES = 2**20

ALIKE = 3 / 5
"""Which part of the words of tasks must be in a file that may be theirs."""

_WORD = re.compile(r"\w+")


def candidates(wanted: object, folders: Iterable[Path]) -> list[Path]:
    """Return files in some folders, and below, whose hash is the wanted one, by name."""
    found: dict[Path, Path] = {}
    for file in islice(_files_in(folders), MAX_LOOKED_AT):
        if sha256(file) == wanted:
            found.setdefault(files.real(file), file)
    return sorted(found.values())


def resembling(tasks: Sequence[TaskRecord], folders: Iterable[Path]) -> Path | None:
    """Return the file in some folders, and below, that is most like some tasks, if one is."""
    words = set(_WORD.findall(" ".join(map(task_text, tasks))))
    found: dict[Path, float] = {}
    for file in islice(_files_in(folders), MAX_LOOKED_AT):
        try:
            others = set(_WORD.findall(files.read_text(file, MAX_BYTES)))
        except ConfigurationError:
            continue
        if len(words & others) >= ALIKE * len(words):
            found[file] = len(words & others) / len(words | others)
    return max(found, key=lambda file: found[file], default=None)


def what_to_do(
    wanted: object,
    folders: Sequence[Path],
    tasks: Sequence[TaskRecord] | None,
    command: Sequence[str],
) -> str:
    """Say that a file is gone, and what to type.

    Args:
        wanted: its hash.
        folders: where it may be, or below.
        tasks: what it said; None: nobody knows.
        command: what was typed.
    """
    found = candidates(wanted, folders)
    like = resembling(tasks, folders) if tasks and not found else None
    if not found and like is None:
        start = "relative paths start in the current folder"
        remedy = "if it has another name or place by now, name it with --file PATH"
        return f"is not there, nor beside the manifest; {start}; {remedy}"
    file = found[0] if found else like
    again = f"`{shlex.join([*command, '--file', str(file)])}`"
    if not found:
        return f"is not there; perhaps it was renamed, and edited, to {file}: {again}"
    others = f" (or {', '.join(map(str, found[1:MAX_NAMED]))})" if found[1:] else ""
    return f"was renamed to {file}{others}: {again}"


def _files_in(folders: Iterable[Path]) -> Iterator[Path]:
    for folder in folders:
        for place, below, names in os.walk(folder):
            below[:] = sorted(name for name in below if not name.startswith("."))
            yield from (Path(place) / name for name in sorted(names) if is_scenario_name(name))
