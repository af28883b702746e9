"""The ledgers there are, by name. Each is imported when it is chosen: an EVM takes a while."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from eth_keys.datatypes import PrivateKey

from simulator.chain.ledger import Ledger
from simulator.chain.model.ledger import ModelLedger
from simulator.errors import ConfigurationError
from simulator.units import Address

if TYPE_CHECKING:
    from web3 import Web3

ENGINES = ("pyevm", "model")
DEFAULT_ENGINE = "pyevm"


def new_ledger(
    engine: str,
    private_keys: Sequence[PrivateKey],
    balances: Mapping[Address, int],
    block_time: int,
) -> Ledger:
    """Return a new chain of its first block.

    Args:
        engine: a name from `ENGINES`.
        private_keys: the accounts that send transactions.
        balances: ETH in the first block, in wei.
        block_time: seconds between two blocks.

    Raises:
        ConfigurationError: there is no such engine.
    """
    if engine == "model":
        return ModelLedger(private_keys, balances, block_time)
    if engine == "pyevm":
        from simulator.chain.evm import EvmLedger  # noqa: PLC0415 - takes a second

        return EvmLedger(private_keys, balances, block_time)
    raise ConfigurationError(f"engine must be one of {', '.join(ENGINES)}, not {engine!r}.")


def web3_of(ledger: Ledger, before: Callable[[], None]) -> "Web3":
    """Return a web3.py on a ledger's chain.

    Args:
        ledger: the chain.
        before: called before each request, to make the blocks that are due.

    Raises:
        ConfigurationError: the chain has no EVM.
    """
    tester = getattr(ledger, "tester", None)
    if tester is None:
        raise ConfigurationError("The model engine has no EVM for web3.py: use the pyevm engine.")
    from simulator.chain.web3_provider import connect  # noqa: PLC0415 - takes seconds

    return connect(tester, before)
