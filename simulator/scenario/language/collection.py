"""Which scenario files are meant: files, folders and globs, on the command line and in pytest.

Nothing is left out in silence: a glob or a folder without files is a mistake, and files beside
those that were found are named when they look like scenarios.
"""

import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from glob import glob, has_magic
from pathlib import Path

from simulator.forms.parameters import Parameters
from simulator.system import files
from simulator.words.errors import ConfigurationError

SUFFIXES = (".yaml", ".yml")
MAX_LOOKED_AT = 1_000
"""Of so many files it is found out whether they look like scenarios."""

_SCENARIO = re.compile(rb"""^(?:\xef\xbb\xbf)?["']?scenario["']?[ \t]*:""", re.MULTILINE)
_MAX_BYTES = 2**20


@dataclass(frozen=True, slots=True)
class Collection:
    """What was asked for.

    Attributes:
        files: in the order of the patterns, as the user would write them.
        passed_over: files that look like scenarios and lie in the same folders, or in folders right
            below, but are not among them.
    """

    files: tuple[str, ...]
    passed_over: tuple[str, ...]


def collect(patterns: Iterable[str], root: Path = Path()) -> Collection:
    """Find scenario files.

    Args:
        patterns: paths of files; folders, which stand for the `*.yaml` and `*.yml` in them and
            below, by name, hidden folders left out; globs, in which `*` stays in a folder and `**`
            goes through any number of them.
        root: where relative ones start.

    Raises:
        ConfigurationError: a folder or a glob has no files; the pattern is named.
    """
    found: list[str] = []
    searched: set[str] = set()
    for pattern in patterns:
        if not pattern:
            raise ConfigurationError("An empty text is no file: name one, or a folder.")
        files_of_pattern = _matches(pattern, root)
        found += files_of_pattern
        if files_of_pattern != [pattern]:
            searched.update(str(Path(file).parent) for file in files_of_pattern)
    return Collection(tuple(found), tuple(_passed_over(searched, found, root)))


def matching(patterns: Iterable[str]) -> list[str]:
    """Find scenario files as `collect` does, without a look at what lies beside them.

    Raises:
        ConfigurationError: as with `collect`.
    """
    return [file for pattern in patterns for file in _matches(pattern, Path())]


def run_name(file: str, parameters: Parameters) -> str:
    """Return what a run's report and golden are called: like the file.

    Dots alone are no name: a file `...yaml` would put its report into the folder above.
    """
    stem = Path(file).stem
    stem = stem if stem.strip(".") else "scenario"
    return f"{stem}.{parameters.name}" if parameters.name else stem


def is_scenario_name(name: str) -> bool:
    """Tell whether files of that name count in folders."""
    return name.lower().endswith(SUFFIXES)


def _matches(pattern: str, root: Path) -> list[str]:
    place = root / pattern
    if files.is_folder(place):
        found = _below(pattern, root)
        if not found:
            raise ConfigurationError(
                f"{pattern}: there are no scenario files (*.yaml, *.yml) in it, nor below."
            )
        return found
    if not files.is_missing(place) or not has_magic(pattern):
        return [pattern]
    matches = sorted(glob(pattern, root_dir=root, recursive=True))  # noqa: PTH207 - as shells do
    files_found = [
        file
        for match in matches
        for file in (_below(match, root) if files.is_folder(root / match) else [match])
    ]
    if not files_found:
        raise ConfigurationError(f"{pattern}: no file matches.")
    return list(dict.fromkeys(str(Path(file)) for file in files_found))


def _below(folder: str, root: Path) -> list[str]:
    """Return the scenario files in a folder, then those in each folder in it, and so on.

    A folder that a link leads to counts once, since links may go round in circles.
    """
    found: list[str] = []
    waiting, seen = [folder], set[Path]()
    while waiting:
        place = waiting.pop()
        if (where := files.real(root / place)) not in seen:
            seen.add(where)
            found += _in_folder(place, root)
            waiting += reversed(_folders_in(place, root))
    return found


def _in_folder(folder: str, root: Path) -> list[str]:
    try:
        entries = [entry for entry in (root / folder).iterdir() if is_scenario_name(entry.name)]
        names = sorted(entry.name for entry in entries if not files.is_folder(entry))
    except OSError as error:
        raise ConfigurationError(f"{folder}: cannot be read: {error.strerror}") from None
    return [str(Path(folder) / name) for name in names]


def _passed_over(folders: Iterable[str], found: Sequence[str], root: Path) -> Iterable[str]:
    known = {files.real(root / file) for file in found}
    candidates: list[str] = []
    for folder in sorted(folders):
        for place in (folder, *_folders_in(folder, root)):
            with suppress(ConfigurationError):  # what can't be read need not be named
                candidates += _in_folder(place, root)
        if len(candidates) > MAX_LOOKED_AT:
            break
    for file in dict.fromkeys(candidates[:MAX_LOOKED_AT]):
        if files.real(root / file) not in known and _looks_like_a_scenario(root / file):
            yield file


def _folders_in(folder: str, root: Path) -> list[str]:
    try:
        names = sorted(
            entry.name
            for entry in (root / folder).iterdir()
            if files.is_folder(entry) and not entry.name.startswith(".")
        )
    except OSError:
        return []
    return [str(Path(folder) / name) for name in names]


def _looks_like_a_scenario(file: Path) -> bool:
    try:
        return _SCENARIO.search(files.read(file, _MAX_BYTES)) is not None
    except ConfigurationError:
        return False
