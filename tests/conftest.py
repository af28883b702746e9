"""What all tests share: what programs inherit that they start, and how hypothesis works here."""

import gc
import os
import signal
import sys

import eth
import pytest
from hypothesis import HealthCheck, settings

from tests.examples import TIMES

# Many tests start programs, which load the same modules: compiling them takes longer than most of
# what is tested. Workers and programs start with the environment of the process that is first here.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# In the background of a script, Ctrl-C is ignored, and by all programs that are started there, also
# by those that a test interrupts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Worlds are slow to build compared to what hypothesis expects, and the machines are shared: only
# the number of examples bounds a test. The suite explores the same examples every time;
# `HYPOTHESIS_PROFILE=explore` looks for new ones.
assert eth  # py-evm raises the recursion limit, which hypothesis must not see happen in a test
settings.register_profile(
    "suite",
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    print_blob=True,
)
settings.register_profile(
    "explore", settings.get_profile("suite"), derandomize=False, max_examples=100 * TIMES
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "suite"))

pytest_plugins = ["pytester"]


def pytest_collection_finish() -> None:
    """Keep the collector from looking at what stays: all modules and tests, again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.fixture(scope="session")
def _all_is_loaded(tmp_path_factory: pytest.TempPathFactory) -> None:
    from tests.scenarios.writing import text_of, write  # noqa: PLC0415 - most tests need no pytest
    from tests.test_cli import call  # noqa: PLC0415

    folder = tmp_path_factory.mktemp("loaded")
    file = write(folder, text_of("wait: 1"))
    assert call("run", file, "--report", folder / "out") == 0
    golden = ("--golden", folder / "golden", "--update-golden")
    assert call("run", file, *golden, "--engine", "pyevm") == 0


@pytest.fixture
def pytester(
    _all_is_loaded: None, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> pytest.Pytester:
    """Run pytest in this process, or without plugins that take half a second to load.

    Everything is imported before pytester does, which would forget it again, and half of what
    belongs to it.
    """
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p no:hypothesispytest -p no:benchmark -p no:anyio")
    return pytester
