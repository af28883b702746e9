"""web3.py on the testnet's chain, for users and their tools."""

from collections.abc import Callable
from typing import Any

from eth_tester import EthereumTester
from web3 import EthereumTesterProvider, Web3
from web3.types import RPCEndpoint, RPCResponse


class _Provider(EthereumTesterProvider):
    """Makes the blocks that have passed in virtual time before it answers."""

    def __init__(self, tester: EthereumTester, catch_up: Callable[[], None]) -> None:
        super().__init__(tester)
        self._catch_up = catch_up

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        self._catch_up()
        return super().make_request(method, params)


def connect(tester: EthereumTester, catch_up: Callable[[], None]) -> Web3:
    """Return a web3.py whose requests go to an eth-tester."""
    return Web3(_Provider(tester, catch_up))
