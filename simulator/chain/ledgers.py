"""The ledgers there are, by engine. Each is imported when it is chosen: an EVM takes a while."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from simulator.chain.contract_sets import OURS, ContractSet
from simulator.chain.engines import ENGINES, MAX_NODES, MODEL
from simulator.chain.keys import Key
from simulator.chain.ledger import Ledger
from simulator.evm.lazy_curves import defer_curves
from simulator.evm.parameters import USUAL, ChainIdentity
from simulator.words.errors import ConfigurationError
from simulator.words.options import is_remote
from simulator.words.units import Address

if TYPE_CHECKING:
    from web3 import Web3


ONLY_OURS = "the model executes no bytecode, so it can't take other contracts than its own"


def max_nodes(engine: str) -> int:
    """Return how many nodes a testnet can have."""
    return ENGINES[engine].max_nodes if engine in ENGINES else MAX_NODES


def check_engine(engine: str) -> None:
    """See whether there is such an engine.

    Raises:
        ConfigurationError: there is none.
    """
    if engine not in ENGINES and not is_remote(engine):
        known = ", ".join(ENGINES)
        raise ConfigurationError(
            f"engine must be one of {known}, or a URL with http://, not {engine!r}."
        )


def check_contracts(engine: str, contracts: ContractSet) -> None:
    """See whether an engine can execute some contracts.

    Raises:
        ConfigurationError: they are not those whose rules it knows.
    """
    if engine == MODEL and contracts is not OURS:
        raise ConfigurationError(f"{contracts.file}: {ONLY_OURS}.")


def new_ledger(
    engine: str,
    keys: Sequence[Key],
    balances: Mapping[Address, int],
    block_time: int,
    keep_blocks: int | None = None,
    identity: ChainIdentity = USUAL,
) -> Ledger:
    """Return a new chain of its first block.

    Args:
        engine: a name from `ENGINES`, or the URL of a remote chain.
        keys: of the accounts that send transactions.
        balances: ETH in the first block, in wei.
        block_time: seconds between two blocks.
        keep_blocks: of how many of the newest blocks receipts can be asked for; None: of all.
        identity: the chain's id, and when its first block is; a remote chain has its own.

    Raises:
        ConfigurationError: there is no such engine, or it can't be had here.
    """
    check_engine(engine)
    if engine == MODEL:
        from simulator.chain.model.ledger import ModelLedger  # noqa: PLC0415

        return ModelLedger(balances, block_time, identity)
    private_keys = [key.private_key for key in keys]
    if is_remote(engine):
        from simulator.chain.remote.rpc import RpcLedger  # noqa: PLC0415

        return RpcLedger(private_keys, balances, engine)
    defer_curves()
    from simulator.chain.evm_ledger import EvmLedger  # noqa: PLC0415

    return EvmLedger(private_keys, balances, block_time, engine, keep_blocks, identity)


def web3_of(ledger: Ledger, catch_up: Callable[[], bool]) -> "Web3":
    """Return a web3.py on a ledger's chain.

    Args:
        ledger: the chain.
        catch_up: makes the blocks that are due; tells whether others may make some now.

    Raises:
        ConfigurationError: the chain has no EVM of ours.
    """
    tester = getattr(ledger, "tester", None)
    if tester is None:
        raise ConfigurationError(
            "There is no web3.py here: the model has no EVM, and a remote chain has its own URL."
        )
    from simulator.chain.web3_provider import connect  # noqa: PLC0415 - takes seconds

    return connect(tester, ledger.chain_id, catch_up)
