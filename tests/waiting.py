"""Waiting for what others do: for as long as it takes, but not for ever."""

import time
from collections.abc import Callable

PATIENCE_SECONDS = 300
"""After so long nothing will come any more. It is no measure of how fast anything is."""

PAUSE_SECONDS = 0.01


def until(happened: Callable[[], object]) -> None:
    """Return as soon as something has happened.

    Raises:
        AssertionError: it has not, after all patience.
    """
    end = time.monotonic() + PATIENCE_SECONDS
    while not happened():
        assert time.monotonic() < end, "nothing has happened"
        time.sleep(PAUSE_SECONDS)
