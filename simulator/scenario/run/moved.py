"""Where the scenario file of a manifest may be by now: one with the same content, by any name."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from simulator.reports.manifest import sha256
from simulator.scenario.language.collection import is_scenario_name
from simulator.system import files

MAX_LOOKED_AT = 1_000
MAX_NAMED = 3


def candidates(wanted: object, folders: Iterable[Path]) -> list[Path]:
    """Return files in some folders, and below, whose hash is the wanted one, by name."""
    found: dict[Path, Path] = {}
    for number, file in enumerate(_files_in(folders)):
        if number == MAX_LOOKED_AT:
            break
        if sha256(file) == wanted:
            found.setdefault(files.real(file), file)
    return sorted(found.values())


def advice(wanted: object, folders: Iterable[Path]) -> str:
    """Return what to do about a file that is gone."""
    found = candidates(wanted, folders)
    if not found:
        return "if it has another name or place by now, name it with --file PATH"
    others = f" (or {', '.join(map(str, found[1:MAX_NAMED]))})" if found[1:] else ""
    return f"a file with the same content is there: --file {found[0]}{others}"


def _files_in(folders: Iterable[Path]) -> Iterator[Path]:
    for folder in folders:
        for place, below, names in os.walk(folder):
            below[:] = sorted(name for name in below if not name.startswith("."))
            yield from (Path(place) / name for name in sorted(names) if is_scenario_name(name))
