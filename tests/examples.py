"""How many examples hypothesis tries."""

import os
from typing import Any

from hypothesis import settings

EXPLORES = os.environ.get("HYPOTHESIS_PROFILE") == "explore"
TIMES = 10


def examples(count: int, **others: Any) -> settings:
    """Try so many in the suite, and ten times as many when it looks for new ones."""
    return settings(max_examples=count * (TIMES if EXPLORES else 1), **others)
