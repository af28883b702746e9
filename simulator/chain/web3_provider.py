"""web3.py on the testnet's chain, for users and their tools."""

from collections.abc import Callable
from typing import Any

from web3 import EthereumTesterProvider, Web3


def connect(tester: Any, catch_up: Callable[[], bool]) -> Web3:
    """Return a web3.py whose requests go to an eth-tester on a shared chain.

    Args:
        tester: knows the chain.
        catch_up: makes the blocks that have passed in virtual time, before anybody looks at them;
            tells whether others may make some now.
    """
    tester.backend.catch_up = catch_up
    return Web3(EthereumTesterProvider(tester))
