"""What is run by `make nightly` only: more of what a quick example shows already."""

from typing import Any

import pytest


def nightly(*values: Any, **others: Any) -> Any:
    """Return a test's parameters that have to wait for the night."""
    return pytest.param(*values, marks=pytest.mark.nightly, **others)
