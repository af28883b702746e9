"""Ctrl-C that is not lost.

Python raises `KeyboardInterrupt` wherever it happens to be. In a finalizer or a callback of a
library it is swallowed, and the run would go on. So it is remembered, and raised again when the
next task begins or ends.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from simulator.scenario.execution import Progress, TaskRecord


class Interrupts:
    """Whether the user has pressed Ctrl-C."""

    def __init__(self) -> None:
        self.happened = False

    def handle(self, _number: int, _frame: FrameType | None) -> None:
        """Take the signal."""
        self.happened = True
        raise KeyboardInterrupt

    def heed(self) -> None:
        """Raise `KeyboardInterrupt` if Ctrl-C was pressed."""
        if self.happened:
            raise KeyboardInterrupt

    @contextmanager
    def remembered(self) -> Iterator[None]:
        """Remember Ctrl-C meanwhile; only a main thread is told of it."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = signal.signal(signal.SIGINT, self.handle)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)


class Heedful:
    """A watcher that ends the run when Ctrl-C was pressed.

    Args:
        watcher: who else is told.
        interrupts: what is remembered.
    """

    def __init__(self, watcher: Progress, interrupts: Interrupts) -> None:
        self._watcher = watcher
        self._interrupts = interrupts

    def started(self, record: TaskRecord) -> None:
        """Pass it on."""
        self._interrupts.heed()
        self._watcher.started(record)

    def ended(self, record: TaskRecord) -> None:
        """Pass it on."""
        self._interrupts.heed()
        self._watcher.ended(record)
