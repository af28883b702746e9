"""Ctrl-C, SIGTERM and SIGHUP: a run ends early, and leaves what there is to say about it.

Python raises `KeyboardInterrupt` wherever it happens to be, in the middle of a block or of a file
that is being written. So a signal is only remembered, and whoever works looks from time to time.
While nothing has happened yet that could be reported, it is raised all the same, so that nobody
waits for a large world to be set up. The second signal ends everything at once, unless it is
SIGHUP: when a terminal goes away, the shell and the system may both send it.
"""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import NoReturn

from simulator.system.loading import EXIT_INTERRUPTED

HANG_UP = getattr(signal, "SIGHUP", None)  # not on every system
SIGNALS = tuple(filter(None, (signal.SIGINT, signal.SIGTERM, HANG_UP)))
SHOW_CURSOR = b"\x1b[?25h\n"


class Interrupts:
    """Whether the user wants to stop.

    Args:
        last_word: whether the second signal ends the process; if not, whoever has started the
            process sees to that.

    Attributes:
        happened: whether a signal has come.
        processes: the numbers of the processes that work for this one and are to be told.
    """

    def __init__(self, *, last_word: bool = True) -> None:
        self.happened = False
        self.processes: set[int] = set()
        self._last_word = last_word
        self._raises = False

    @contextmanager
    def remembered(self) -> Iterator[None]:
        """Remember signals meanwhile; only a main thread is told of them."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self._handle) for number in SIGNALS}
        if HANG_UP is not None and before[HANG_UP] is signal.SIG_IGN:
            signal.signal(HANG_UP, signal.SIG_IGN)  # `nohup` has switched it off
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """Raise `KeyboardInterrupt` as soon as a signal comes, or if one has: nothing is lost yet.

        Nothing should be shown meanwhile: what is in a buffer might come out twice.
        """
        self._raises = True
        try:
            if self.happened:
                raise KeyboardInterrupt
            yield
        finally:
            self._raises = False

    def tell(self, process: int, number: int) -> None:
        """Send a signal to a process, if it is still there."""
        with suppress(ProcessLookupError):
            os.kill(process, number)

    def _handle(self, number: int, _frame: FrameType | None) -> None:
        if self.happened:
            if self._last_word and number != HANG_UP:
                self._end()
            return
        self.happened = True
        for process in list(self.processes):
            self.tell(process, signal.SIGTERM)
        if self._raises:
            raise KeyboardInterrupt

    def _end(self) -> NoReturn:
        """End without another word to anybody: no handlers, no buffers, no files."""
        for process in list(self.processes):
            self.tell(process, signal.SIGKILL)
        if os.isatty(1):  # where something may be drawn, and the cursor hidden
            os.write(1, SHOW_CURSOR)
        with suppress(OSError):
            os.write(2, b"simulator: interrupted\n")
        os._exit(EXIT_INTERRUPTED)
