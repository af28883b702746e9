"""eth-tester's own conformance suite on each of our engines."""

import pytest
from eth_tester import EthereumTester
from eth_tester.utils.backend_testing import BaseTestBackendDirect

from simulator.chain.backend.tester import ChainBackend


class TestPyEvm(BaseTestBackendDirect):
    @pytest.fixture
    def eth_tester(self) -> EthereumTester:
        return EthereumTester(ChainBackend())
