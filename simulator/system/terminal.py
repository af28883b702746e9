"""What goes out to people: it never stops the work, and a terminal never obeys it.

A run that was asked for JUnit's XML must not end because nobody reads its lines: what the standard
output does not take (a full disk, a reader that has gone) is lost, and only that.
"""

import errno
import io
import os
import select
import sys
from typing import TextIO, cast

from simulator.words.quoting import visible

STREAMS = 3
"""Standard input, output and error have the numbers below."""


def say(text: str, out: TextIO | None = None) -> None:
    """Print lines in which names may come from anywhere.

    Args:
        text: without the last line break.
        out: where to; the standard output by default.
    """
    print(visible(text), file=out or sys.stdout, flush=True)


class Outlet(io.RawIOBase):
    """A file descriptor that takes everything; what the system refuses is lost.

    Attributes:
        error: why the system has refused something, from when on all is lost; None: it hasn't.
    """

    def __init__(self, descriptor: int) -> None:
        super().__init__()
        self.error: OSError | None = None
        self._descriptor = descriptor

    @property
    def loss(self) -> str:
        """Why something is lost; empty if nobody minds: a reader that has left wants no more."""
        if self.error is None or self.error.errno in {errno.EPIPE, errno.EIO}:
            return ""
        return self.error.strerror or str(self.error)

    def writable(self) -> bool:
        """Return True."""
        return True

    def fileno(self) -> int:
        """Return the descriptor."""
        return self._descriptor

    def isatty(self) -> bool:
        """Tell whether it is a terminal."""
        return os.isatty(self._descriptor)

    def write(self, data: "memoryview[int]") -> int:  # type: ignore[override]
        """Write what the system takes, or lose it."""
        while self.error is None:
            try:
                return os.write(self._descriptor, data)
            except BlockingIOError:  # somebody else has switched waiting off
                select.select([], [self._descriptor], [])
            except OSError as error:
                self.error = error
        return len(data)


def open_outlets() -> Outlet | None:
    """Let the standard output and error take everything from now on.

    Streams that others have put in their places (a test, a notebook) stay as they are.

    Returns:
        Where the standard output goes; None if it stays as it is.
    """
    if None in (sys.__stdout__, sys.__stderr__):
        _occupy_closed_streams()
    _take_over("stderr", Outlet(2))
    return _take_over("stdout", Outlet(1))


def _take_over(name: str, outlet: Outlet) -> Outlet | None:
    present: TextIO | None = getattr(sys, name)
    if present is not getattr(sys, f"__{name}__"):
        return None
    encoding = "utf-8" if present is None else present.encoding
    lines = outlet.isatty() or name == "stderr"
    buffer = io.BufferedWriter(cast("io.RawIOBase", outlet))
    # what the console has no letters for is written out
    stream = io.TextIOWrapper(buffer, encoding, "backslashreplace", line_buffering=lines)
    setattr(sys, name, stream)
    setattr(sys, f"__{name}__", stream)
    return outlet


def _occupy_closed_streams() -> None:
    """Put something in the place of closed streams: the next file opened would get their number."""
    for number in range(STREAMS):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # gets the lowest free number, which is this one
