"""Files that come from outside, and files that are left behind.

What is read comes from anywhere: only regular files of a bounded size are taken, since a pipe would
be waited for and a device has no end. What is written is whole or not there: it is written beside
its place and renamed, so that neither a full disk nor the end of the process leaves half a file
under a name that others look for.
"""

import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from glob import escape
from pathlib import Path
from typing import BinaryIO

from simulator.words.errors import ConfigurationError

UNSAVABLE = "backslashreplace"
"""How UTF-8 takes in the halves of a surrogate pair, which file names can hold: as JSON does."""

_OPEN = {"/dev/stdout": 1, "/dev/stderr": 2}
"""Names of what is open already; opened anew, it would be written from its beginning."""

_BESIDE_LENGTH = 40
"""How many characters of a name are in the name beside it, which may not grow too long."""


Stamp = tuple[int, ...] | None
"""What differs when a file is written or replaced; None: there is none."""

_read_so_far: ContextVar[dict[Path, Stamp] | None] = ContextVar("read", default=None)


class FileUnreadable(ConfigurationError):
    """A file can't be read, or is none that is read."""

    def __init__(self, file: Path | str, reason: str) -> None:
        super().__init__(f"{file}: cannot be read: {reason}")


class FileUnwritable(ConfigurationError):
    """A file can't be written."""

    def __init__(self, file: Path, error: OSError) -> None:
        super().__init__(f"{file}: cannot be written: {error.strerror or error}")


def is_missing(file: Path) -> bool:
    """Tell whether there is nothing; of what may not be looked at, reading tells the reason."""
    try:
        file.stat()
    except FileNotFoundError:
        return True
    except (OSError, ValueError):
        return False
    return False


def is_folder(file: Path) -> bool:
    """Tell whether a folder is there; what may not be looked at is none."""
    return os.path.isdir(file)  # noqa: PTH112 - pathlib's raises


def real(file: Path) -> Path:
    """Return where a file is, links followed as far as they lead: they may go round in circles."""
    return Path(os.path.realpath(file))


def stamp(file: Path) -> Stamp:
    """Return what tells whether a file, or what is in a folder, has changed since."""
    try:
        found = file.stat()
    except (OSError, ValueError):
        return None
    return (found.st_mtime_ns, found.st_size, found.st_ino)


@contextmanager
def noted() -> Iterator[dict[Path, Stamp]]:
    """Note which files `read` is asked for meanwhile, each with its stamp of before."""
    read_so_far: dict[Path, Stamp] = {}
    token = _read_so_far.set(read_so_far)
    try:
        yield read_so_far
    finally:
        _read_so_far.reset(token)


def read(file: Path, most: int) -> bytes:
    """Read a regular file.

    Args:
        file: where it is.
        most: how many bytes it may have.

    Raises:
        ConfigurationError: it is not there, is larger, or is a folder, a pipe or a device.
    """
    if (read_so_far := _read_so_far.get()) is not None and file not in read_so_far:
        read_so_far[file] = stamp(file)
    try:
        # without waiting, which opening a pipe does until somebody writes into it
        with open(file, "rb", opener=_open_at_once) as stream:
            if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
                raise FileUnreadable(file, "it is no regular file; write its content into one")
            content = stream.read(most + 1)
    except OSError as error:
        raise FileUnreadable(file, error.strerror or str(error)) from None
    except ValueError:  # a NUL, or half a surrogate pair
        raise FileUnreadable(repr(str(file)), "not a file name") from None
    if len(content) > most:
        raise ConfigurationError(f"{file}: larger than {most} bytes")
    return content


def read_text(file: Path, most: int) -> str:
    """Read a regular file of UTF-8 text; a byte order mark is left out.

    Args:
        file: where it is.
        most: how many bytes it may have.

    Raises:
        ConfigurationError: as with `read`, and when it is not UTF-8.
    """
    try:
        return read(file, most).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise FileUnreadable(file, "it is not UTF-8") from None


def _open_at_once(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


@contextmanager
def writing(file: Path) -> Iterator[BinaryIO]:
    """Write a file that gets its name when it is whole; missing folders are made.

    What is no regular file (a pipe, a device, `/dev/stdout`) is written where it is.

    Raises:
        FileUnwritable: it can't be made, filled or named; then nothing has changed.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        if _is_stream(file):
            with _open_stream(file) as stream:
                yield stream
            return
        place, beside = _places(file)
        try:
            with beside.open("wb") as stream:
                yield stream
            beside.replace(place)
        except BaseException:
            with suppress(OSError):
                beside.unlink()
            raise
    except OSError as error:
        raise FileUnwritable(file, error) from None


def write(file: Path, content: str | bytes) -> None:
    """Write a file at once; text as UTF-8.

    Raises:
        FileUnwritable: it can't be made, filled or named; then nothing has changed.
    """
    data = content.encode("utf-8", UNSAVABLE) if isinstance(content, str) else content
    with writing(file) as stream:
        stream.write(data)


def clear(file: Path) -> None:
    """Take away what an earlier run has left under a name, and see whether one can be written.

    Raises:
        FileUnwritable: something that is no file is there, or nothing can be written.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        if _is_stream(file):
            return
        place, beside = _places(file)
        beside.write_bytes(b"")
        # those of runs that were killed, and the one that was just tried
        for leftover in place.parent.glob(f".{escape(_start(place))}.*.part"):
            leftover.unlink(missing_ok=True)
        place.unlink(missing_ok=True)
    except OSError as error:
        raise FileUnwritable(file, error) from None


class Reservation:
    """Room for a file that is written last, when others may have filled the disk.

    Args:
        file: where it is to be; an earlier one is taken away.
        size: how many bytes are kept free for it, if the system can do that.

    Raises:
        FileUnwritable: something that is no file is there, or nothing can be written.
    """

    def __init__(self, file: Path, size: int) -> None:
        clear(file)
        self.file = file
        self._beside = None if _is_stream(file) else _places(file)[1]
        if self._beside is not None:
            with self._beside.open("wb") as stream:
                _keep_free(stream.fileno(), size)

    def write(self, content: str) -> None:
        """Write the file, as UTF-8.

        Raises:
            FileUnwritable: it can't be filled or named.
        """
        data = content.encode("utf-8", UNSAVABLE)
        if self._beside is None:
            write(self.file, data)
            return
        try:
            with self._beside.open("r+b") as stream:
                stream.write(data)
                stream.truncate()
            self._beside.replace(_places(self.file)[0])
        except OSError as error:
            with suppress(OSError):
                self._beside.unlink()
            raise FileUnwritable(self.file, error) from None


def _keep_free(descriptor: int, size: int) -> None:
    """Have the system find room for an open file; less may do, so it is no error if there isn't."""
    try:
        os.posix_fallocate(descriptor, 0, size)
    except (AttributeError, OSError):
        os.ftruncate(descriptor, 0)


def _is_stream(file: Path) -> bool:
    """Tell whether a path leads to what is open already or never holds anything."""
    if str(file) in _OPEN:
        return True
    return file.exists() and not file.is_file() and not file.is_dir()


def _open_stream(file: Path) -> BinaryIO:
    if str(file) not in _OPEN:
        return file.open("ab")
    sys.stdout.flush()  # what was printed before comes first
    return os.fdopen(os.dup(_OPEN[str(file)]), "wb")


def _places(file: Path) -> tuple[Path, Path]:
    """Return where a file is, links followed, and where it is written: each process has its own."""
    place = real(file)
    return place, place.with_name(f".{_start(place)}.{os.getpid()}.part")


def _start(place: Path) -> str:
    return place.name[:_BESIDE_LENGTH]
