"""eth-tester's own conformance suite on each engine; eth-tester's own backend is the reference."""

from typing import Any

import pytest
from eth_tester import EthereumTester, PyEVMBackend
from eth_tester.utils.backend_testing import BaseTestBackendDirect

from simulator.chain.backend.bare import ChainBackend
from tests.chain.engines import needs_revm


class Revm(ChainBackend):
    """The suite makes a second backend by calling the class of the first one."""

    def __init__(self) -> None:
        super().__init__("revm")


class TestPyEvm(BaseTestBackendDirect):  # type: ignore[misc]
    @pytest.fixture
    def eth_tester(self) -> EthereumTester:
        return EthereumTester(ChainBackend())


@needs_revm
class TestRevm(BaseTestBackendDirect):  # type: ignore[misc]
    @pytest.fixture
    def eth_tester(self) -> EthereumTester:
        return EthereumTester(Revm())


class TestPyEvmFull(BaseTestBackendDirect):  # type: ignore[misc]
    @pytest.fixture
    def eth_tester(self) -> Any:
        return EthereumTester(PyEVMBackend())
