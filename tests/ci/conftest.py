"""What tests here share: pytest within pytest, and moments in the life of processes."""

from pathlib import Path

import pytest

from tests.ci.moments import Moments
from tests.scenarios.writing import text_of, write
from tests.test_cli import call


@pytest.fixture(scope="session")
def _all_is_loaded(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("loaded")
    file = write(folder, text_of("wait: 1"))
    assert call("run", file, "--report", folder / "out") == 0
    golden = ("--golden", folder / "golden", "--update-golden")
    assert call("run", file, *golden, "--engine", "pyevm") == 0


@pytest.fixture
def pytester(
    _all_is_loaded: None, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> pytest.Pytester:
    """Import before pytester does, which would forget it again, and half of what belongs to it.

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
