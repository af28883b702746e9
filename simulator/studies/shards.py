"""What workers leave: finished rows, each worker's in files of its own.

A row is one line, written at once, so that a worker that is killed leaves at most half of its last
line, which counts as nothing. A process appends to a file that it has made itself: nobody writes
behind half a line of another one.

A run is claimed while it is done, with a lock on a byte of a file that all share. The system gives
the lock back when the process ends, however it does. Whoever has the claim looks whether the run
has been finished meanwhile, perhaps by a worker that a killed client has left behind: so nothing
is done twice.
"""

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from simulator.studies.design import KEY_LENGTH
from simulator.studies.run import Row
from simulator.words.errors import ConfigurationError

try:
    import fcntl

    can_claim = True
except ImportError:  # not a Unix: there, a killed client's workers must have ended before the next
    can_claim = False

SHARDS = "shards"
SUFFIX = ".jsonl"
CLAIMS = "claims"
_HEAD = b'{"run":"'
_CLAIM_BITS = 60


@dataclass(frozen=True, slots=True)
class RowPlace:
    """Where a finished row is: in which file, from which byte on, how many bytes."""

    file: Path
    start: int
    length: int

    def read_from(self, stream: BinaryIO) -> dict[str, Any]:
        """Return the row as plain data, from its file."""
        stream.seek(self.start)
        found: dict[str, Any] = json.loads(stream.read(self.length))
        return found

    def read(self) -> dict[str, Any]:
        """Return the row as plain data."""
        with self.file.open("rb") as stream:
            return self.read_from(stream)


class Shards:
    """The finished rows in a study's folder.

    Args:
        folder: of the study.

    Attributes:
        places: where the row of each key is.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder / SHARDS
        self._read: dict[Path, int] = {}
        self._own: int | None = None
        self._claims: int | None = None
        self.places: dict[str, RowPlace] = {}
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigurationError(f"{folder}: cannot be written: {error.strerror}") from None

    def look(self) -> None:
        """Take in what has been finished since the last look."""
        for file in sorted(self._folder.glob(f"*{SUFFIX}")):
            self._look_into(file)

    def _look_into(self, file: Path) -> None:
        start = self._read.get(file, 0)
        if file.stat().st_size <= start:
            return
        with file.open("rb") as stream:
            stream.seek(start)
            for line in stream:
                if not line.endswith(b"\n"):  # half a line, or one that is being written
                    break
                if line.startswith(_HEAD):
                    key = line[len(_HEAD) : len(_HEAD) + KEY_LENGTH].decode("ascii", "replace")
                    self.places[key] = RowPlace(file, start, len(line))
                start += len(line)
        self._read[file] = start

    def append(self, row: Row) -> None:
        """Write a finished row.

        Raises:
            OSError: it can't be written; then it counts as not done.
        """
        line = json.dumps(row.as_dict(), separators=(",", ":")).encode() + b"\n"
        if self._own is None:
            start = f"{row.host or 'client'}-{os.getpid()}-".replace("/", "_")
            self._own, _ = tempfile.mkstemp(SUFFIX, start, self._folder)
        try:
            while line:
                line = line[os.write(self._own, line) :]
        except OSError:
            own, self._own = self._own, None  # what comes must not stand behind half a line
            os.close(own)
            raise

    def close(self) -> None:
        """Let go of the files; what is written from now on is in others."""
        for descriptor in (self._own, self._claims):
            if descriptor is not None:
                with suppress(OSError):
                    os.close(descriptor)
        self._own = self._claims = None

    @contextmanager
    def claimed(self, key: str) -> Iterator[None]:
        """Have a run for oneself, among all processes; wait until it is free."""
        if not can_claim:
            yield
            return
        if self._claims is None:
            flags = os.O_RDWR | os.O_CREAT
            self._claims = os.open(self._folder / CLAIMS, flags, 0o666)
        place = int(key, 16) >> (4 * KEY_LENGTH - _CLAIM_BITS)
        fcntl.lockf(self._claims, fcntl.LOCK_EX, 1, place)
        try:
            yield
        finally:
            fcntl.lockf(self._claims, fcntl.LOCK_UN, 1, place)
