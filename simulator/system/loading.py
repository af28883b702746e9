"""Ctrl-C while Python loads the program: nothing has been done, so nothing is lost by ending.

An interrupt in the middle of an import comes out as a traceback, or is swallowed by what was being
loaded. So meanwhile the process ends at once.
"""

import os
import signal
import threading
from types import FrameType, TracebackType

EXIT_INTERRUPTED = 130


class Loading:
    """A context in which Ctrl-C ends the process, if nobody else has said what it does."""

    def __enter__(self) -> None:
        """Take over from Python, which would raise `KeyboardInterrupt`."""
        self._takes_over = (
            threading.current_thread() is threading.main_thread()
            and signal.getsignal(signal.SIGINT) is signal.default_int_handler
        )
        if self._takes_over:
            signal.signal(signal.SIGINT, _end)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave it to Python again."""
        if self._takes_over:
            signal.signal(signal.SIGINT, signal.default_int_handler)


def _end(_number: int, _frame: FrameType | None) -> None:
    os.write(2, b"\nsimulator: interrupted\n")
    os._exit(EXIT_INTERRUPTED)
