"""Processes that work for another one."""

import os
from multiprocessing import parent_process
from threading import Thread


def end_with_parent() -> None:
    """See to it that this process ends when the one that has started it does, however it ends.

    Nobody waits for a result then.
    """
    Thread(target=_wait, daemon=True).start()


def _wait() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
