"""web3.py on the testnet's chain, for users and their tools."""

from collections.abc import Callable
from typing import Any

from web3 import EthereumTesterProvider, Web3
from web3.providers.eth_tester.defaults import API_ENDPOINTS


def connect(tester: Any, chain_id: int, catch_up: Callable[[], bool]) -> Web3:
    """Return a web3.py whose requests go to an eth-tester on a shared chain.

    Args:
        tester: knows the chain.
        chain_id: of the chain.
        catch_up: makes the blocks that have passed in virtual time, before anybody looks at them;
            tells whether others may make some now.
    """
    tester.backend.catch_up = catch_up
    # the provider has numbers of its own for these two, whatever the chain says
    own: dict[str, Any] = {
        "eth": {"chainId": lambda *_: chain_id},
        "net": {"version": lambda *_: str(chain_id)},
    }
    given: dict[str, Any] = API_ENDPOINTS
    endpoints = {name: {**methods, **own.get(name, {})} for name, methods in given.items()}
    return Web3(EthereumTesterProvider(tester, endpoints))
