"""A few messages on an engine and on py-evm's, which must come out the same."""

from collections.abc import Iterator

from simulator.chain.abi import Artifact, load
from simulator.chain.engines.base import Engine, Environment, Execution, Message
from simulator.chain.engines.gas import intrinsic_gas
from simulator.chain.engines.pyevm import PyEvmEngine
from simulator.chain.engines.state import WorldState
from simulator.errors import ConfigurationError
from simulator.units import ZERO_ADDRESS

OWNER = bytes([1] * 20)
OTHER = bytes([2] * 20)
WEI = 10**18
GAS = 3_000_000
FIRST_SLOTS_GAS = 30_000
"""Enough to begin with a call, and not enough to write two slots."""


def _environment(number: int) -> Environment:
    return Environment(
        number=number,
        timestamp=number,
        coinbase=ZERO_ADDRESS,
        mix_hash=bytes(32),
        base_fee=0,
        gas_limit=2 * GAS,
        chain_id=1,
        block_hash=lambda _: bytes(32),
    )


def _calls(token: Artifact) -> Iterator[tuple[bytes, int, int]]:
    """Yield data, gas and value: a refund, reverts, out of gas, ETH that is taken and not."""
    yield token.encode("mintFor", 5, OWNER), GAS, 0
    yield token.encode("transfer", OTHER, 2), GAS, 0
    yield token.encode("approve", OTHER, 3), GAS, 0
    yield token.encode("approve", OTHER, 0), GAS, 0
    yield token.encode("transfer", OTHER, 2), GAS, 0
    yield token.encode("transfer", OTHER, 10), GAS, 0
    yield token.encode("mintFor", 5, OTHER), FIRST_SLOTS_GAS, 0
    yield token.encode("transfer", OTHER, 1), GAS, 7
    yield b"", GAS, 7


def _play(engine: Engine) -> Iterator[tuple[Execution, list[dict[object, object]]]]:
    """Yield what each message did and what all accounts hold then."""
    token = load("CustomToken")
    state = engine.state
    state.fund({OWNER: WEI})
    engine.reload()
    messages = [(token.deployment(10, 18, "Token", "TK"), GAS, 0), *_calls(token)]
    address = None
    for nonce, (data, gas, value) in enumerate(messages):
        intrinsic = intrinsic_gas(data, creates=address is None)
        message = Message(OWNER, address, data, value, gas, 1, intrinsic, nonce)
        state.put(state.nonces, OWNER, nonce + 1)
        execution = engine.execute(_environment(nonce + 1), message)
        address = address or execution.created
        yield execution, [dict(table) for table in state.tables]


def compare(engine: Engine) -> None:
    """Compare an engine, on a state that holds nothing, with py-evm's.

    Raises:
        ConfigurationError: gas, logs, results or states differ.
    """
    pairs = zip(_play(engine), _play(PyEvmEngine(WorldState())), strict=True)
    for number, (mine, reference) in enumerate(pairs):
        if mine != reference:
            raise ConfigurationError(
                f"The engine {engine.name} differs from py-evm at message {number} of its "
                "self-test: use the engine pyevm."
            )
