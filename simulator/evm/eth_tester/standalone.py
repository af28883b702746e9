"""A chain of its own behind eth-tester."""

from collections.abc import Mapping, Sequence

from eth_keys.datatypes import PrivateKey
from eth_tester.backends.pyevm.main import get_default_account_keys

from simulator.evm.chain import Chain
from simulator.evm.eth_tester.backend import TesterBackend
from simulator.evm.parameters import CHAIN_ID, GENESIS_TIME
from simulator.evm.registry import DEFAULT_ENGINE, make_engine

GAS_LIMIT = 30_029_122
DEFAULT_BALANCE = 10**24
"""What eth-tester's own chain begins with."""


class ChainBackend(TesterBackend):
    """An eth-tester backend whose contracts run on an engine of choice.

    Args:
        engine: `pyevm` or `revm`.
        private_keys: the accounts that sign here; eth-tester's ten where none are given.
        balances: ETH in the genesis, in wei; a million for each account where none are given.
        block_time: seconds between two blocks.
        gas_limit: of every block.
        keep: of how many of the newest blocks everything is kept; None: of all.

    Raises:
        ConfigurationError: there is no such engine, or it can't be had here.
    """

    def __init__(
        self,
        engine: str = DEFAULT_ENGINE,
        private_keys: Sequence[PrivateKey] = (),
        balances: Mapping[bytes, int] | None = None,
        block_time: int = 1,
        gas_limit: int = GAS_LIMIT,
        keep: int | None = None,
    ) -> None:
        keys = tuple(private_keys or get_default_account_keys())
        addresses = [key.public_key.to_canonical_address() for key in keys]
        chain = Chain(
            make_engine(engine),
            dict.fromkeys(addresses, DEFAULT_BALANCE) if balances is None else balances,
            timestamp=GENESIS_TIME,
            block_time=block_time,
            gas_limit=gas_limit,
            chain_id=CHAIN_ID,
            keep=keep,
        )
        super().__init__(chain, keys)
