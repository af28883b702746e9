"""What tests here share: pytest within pytest, and moments in the life of processes."""

from pathlib import Path

import pytest

from tests.ci.moments import Moments


@pytest.fixture
def pytester(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """Be at a desk.

    Where these variables tell of a CI machine, pytest's summary shows whole messages, not only
    their first lines; the tests here read what people see at their own desks.
    """
    for variable in ("CI", "BUILD_NUMBER"):
        monkeypatch.delenv(variable, raising=False)
    return pytester


@pytest.fixture
def moments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Moments:
    """Lie in wait in the processes that a test starts."""
    return Moments(tmp_path / "moments", monkeypatch)
