"""Golden journals: what a scenario did when somebody last looked and found it right.

A golden is a journal as canonical lines. It holds every event, so that a rule that changes shows
up as a readable difference, even where a scenario asserts nothing about it.
"""

from pathlib import Path

from simulator import files
from simulator.errors import ConfigurationError
from simulator.journal import Journal
from simulator.scenario.difference import first_difference, lines_of, read_lines, write_lines

SUFFIX = ".jsonl"


def golden_file(folder: Path, run: str) -> Path:
    """Return where the golden of a run is, by the name of the run."""
    return folder / (run + SUFFIX)


def record(journal: Journal, file: Path) -> None:
    """Write a golden.

    Raises:
        ConfigurationError: it cannot be written.
    """
    write_lines(lines_of(journal), file)


def compare(journal: Journal, file: Path) -> tuple[str, str] | None:
    """Compare a journal with its golden.

    Returns:
        None when they are equal, or one line that says what differs, and an explanation.
    """
    if files.is_missing(file):
        return f"{file} does not exist: record it with --update-golden", ""
    try:
        expected = read_lines(file)
    except ConfigurationError as error:
        return str(error), ""
    difference = first_difference(expected, lines_of(journal))
    if difference is None:
        return None
    return f"not as in {file}: {difference.message}", difference.explain()
