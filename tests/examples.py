"""How many examples hypothesis tries."""

import os
from typing import Any

from hypothesis import settings

EXPLORES = os.environ.get("HYPOTHESIS_PROFILE") == "explore"
TIMES = 10


def examples(count: int, *, at_night: int | None = None, **others: Any) -> settings:
    """Try so many in the suite, and at night as many as are wanted then, or ten times as many."""
    return settings(max_examples=(at_night or count * TIMES) if EXPLORES else count, **others)
