"""Moments at which the processes of a test say something, or are interrupted."""

from pathlib import Path

import pytest

from tests.ci.moments import Moments


@pytest.fixture
def moments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Moments:
    """Lie in wait in the processes that a test starts."""
    return Moments(tmp_path / "moments", monkeypatch)
