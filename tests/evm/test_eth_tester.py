"""eth-tester's own conformance suite on each engine; eth-tester's own backend is the reference."""

import pickle
from typing import Any

import pytest
from eth_tester import EthereumTester, PyEVMBackend
from eth_tester.utils.backend_testing import BaseTestBackendDirect

from simulator.evm.eth_tester.standalone import DEFAULT_BALANCE, ChainBackend
from tests.evm.engines import OUR_ENGINES, needs_revm


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


@pytest.mark.parametrize("engine", OUR_ENGINES)
def test_a_pickled_backend_goes_on_like_the_original(engine: str) -> None:
    tester = EthereumTester(ChainBackend(engine))
    one, other, *_ = tester.get_accounts()
    transfer = {"from": one, "to": other, "value": 5, "gas": 21_000}
    tester.send_transaction(transfer)
    twin = EthereumTester(pickle.loads(pickle.dumps(tester.backend)))  # noqa: S301 - it is our own
    assert twin.send_transaction(transfer) == tester.send_transaction(transfer)
    assert twin.get_balance(other) == tester.get_balance(other) == DEFAULT_BALANCE + 10
    assert twin.get_block_by_number()["hash"] == tester.get_block_by_number()["hash"]
