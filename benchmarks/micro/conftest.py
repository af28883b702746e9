"""What all micro benchmarks share: how much is measured, and on which stack."""

from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor

import pytest

from benchmarks.ways import QUICK, USUAL, Load


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that all benchmarks have."""
    parser.addoption("--quick", action="store_true", help="tiny sizes, to see that it works")


@pytest.fixture(scope="session")
def load(request: pytest.FixtureRequest) -> Load:
    """Return how many transactions are measured."""
    return QUICK if request.config.getoption("--quick") else USUAL


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """Run each benchmark in a thread of its own, whose stack is empty.

    Python keeps its frames in chunks of memory and gives a chunk back as soon as it is empty. A
    loop that calls over the edge of one has it mapped again and again. On top of pytest's own forty
    frames py-evm does so, and takes up to a half longer than it does for anybody else.
    """
    benchmark = pyfuncitem.obj

    def on_an_empty_stack(**fixtures: object) -> None:
        with ThreadPoolExecutor(1) as thread:
            thread.submit(benchmark, **fixtures).result()

    pyfuncitem.obj = on_an_empty_stack
    return (yield)
